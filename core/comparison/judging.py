"""Judge a registered version by what is stored with its run: against the same answer always, Production, its gates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

import pandas as pd

from core.comparison.baseline import baseline_of
from core.comparison.direction import higher_is_better
from core.comparison.evidence import chance_of, measured
from core.comparison.gates import Candidate, judge, read_gates
from core.comparison.measures import same_test_set
from core.errors import ModelError, StoreError
from core.i18n import N_
from core.store.connection import Store
from core.store.models import describe_model, same_signature
from core.store.registry import timeline
from core.store.registry.events import GateOutcome, staged_before
from core.store.registry.registered_models import RegisteredModel, Version, find_model
from core.store.runs.evaluations import read_evaluation

MAIN = ("test_accuracy", "test_mae")  # the metric that a model has to be above the same answer always by


@dataclass(frozen=True)
class Judged:
    """How a version does on its test rows: metrics with the ends of chance, the same of the same answer always.

    ``production`` is None where nothing is in Production, empty where what is there was not tested on the same rows.
    """

    test_rows: int
    metrics: Mapping[str, float]
    intervals: Mapping[str, tuple[float, float]]
    baseline: Mapping[str, float]
    production: Mapping[str, float] | None
    gates: Sequence[GateOutcome]

    @property
    def above_baseline(self) -> bool | None:
        """Whether it is better than the same answer always; None where nobody can tell."""
        for name in MAIN:
            if name in self.metrics and name in self.baseline:
                mine, same = self.metrics[name], self.baseline[name]
                return mine > same if higher_is_better(name) else mine < same
        return None

    @property
    def passed(self) -> bool:
        """Whether it is above the same answer always, and passes each gate of its model."""
        return self.above_baseline is True and all(gate.passed for gate in self.gates)


def judge_version(store: Store, version: Version) -> Judged:
    """Judge a version.

    Raises:
        StoreError: its run stored no test rows, or the store does not answer.
    """
    model = find_model(store, version.model)
    tested = _tested(store, version)
    if tested is None:
        raise StoreError(
            N_("Judging takes the test rows of the version's run, but that of {model} {number} stored none."),
            N_("Train it here, or compare it on the Registry page."),
            model=version.model,
            number=version.number,
        )
    mine = measured(tested)
    other = next((one for one in model.in_stage("Production") if one.number != version.number), None)
    theirs = None if other is None else _measured_alike(store, tested, other)
    same = baseline_of(tested)
    baseline = measured(same.table) if same else {}
    outcomes = judge(read_gates(model.tags), _candidate(store, model, version, other, mine, theirs, baseline, tested))
    return Judged(len(tested), mine, chance_of(tested, mine), baseline, theirs, outcomes)


def _candidate(
    store: Store, model: RegisteredModel, version: Version, other: Version | None, mine: Mapping[str, float],
    theirs: Mapping[str, float] | None, baseline: Mapping[str, float], tested: pd.DataFrame,
) -> Candidate:  # fmt: skip
    alike = None
    if other is not None:
        with suppress(ModelError):  # then nobody can tell
            alike = same_signature(*(describe_model(store, one.uri, one.run_id) for one in (version, other)))
    staged = version.stage == "Staging" or staged_before(timeline.read_all(store, model.name), version.number)
    return Candidate(
        mine, theirs, baseline, same_signature=alike, staged=staged, description=version.description, answers=tested
    )  # fmt: skip


def _measured_alike(store: Store, tested: pd.DataFrame, other: Version) -> Mapping[str, float]:
    theirs = _tested(store, other)
    return measured(theirs) if theirs is not None and same_test_set(tested, theirs) else {}


def _tested(store: Store, version: Version) -> pd.DataFrame | None:
    try:
        table = read_evaluation(store, version.run_id) if version.run_id else None
    except StoreError:
        return None
    return table if table is not None and measured(table) else None
