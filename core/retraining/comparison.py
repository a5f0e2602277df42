"""A fair comparison of the old version and the new one: on the test rows of before, and on new rows held out."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from math import isfinite
from typing import Any, Literal

import numpy as np
import pandas as pd

from core.comparison.evidence import ROWS_DRAWN, measured
from core.comparison.measures import TESTED
from core.comparison.noise import differences, metric_interval, paired_difference
from core.errors import PizarraError, StoreError
from core.foreign_json import read_json
from core.i18n import DEFAULT_LANGUAGE, N_, speaking
from core.prediction.duel import Rows, answer_rows
from core.prediction.open_version import ToOpen
from core.store.connection import Store
from core.store.record import ANSWER, ROW, feature_columns
from core.store.runs.artifacts import read_document
from core.store.sending import MODEL_NAME
from core.store.writer import RunWriter
from core.training.datasets import load_dataset
from core.training.division import NEW_TESTED, OLD_TESTED
from core.training.tasks import Task

DOCUMENT = "retraining/comparison.json"
NEW_TAG, OLD_TAG = "pizarra.retrained.on_new_rows", "pizarra.retrained.on_old_rows"
JUDGED: dict[str, tuple[str, bool]] = {"classification": ("accuracy", True), "regression": ("mae", False)}
WATCHED = {"recall": True, "f1": True, "roc_auc": True, "rmse": False}

Outcome = Literal["better", "worse", "close", "identical", "unknown"]


@dataclass(frozen=True)
class Score:
    """A metric of one version on some rows, with the ends of its 95 % interval, None where they are not known."""

    value: float
    low: float | None
    high: float | None


@dataclass(frozen=True)
class OnRows:
    """What the new version (``mine``) and the old one (``theirs``) get on the same rows by the metric that judges.

    ``outcome`` is that of the new one: "better" or "worse" for certain. ``gap`` is how much better it is, with its 95 %
    interval, None where it is not known. ``others`` are both versions' other metrics, and ``worse_in`` those of
    them in which the new one is worse for certain: a version that never says the rarer class may well be more accurate.
    """

    rows: int
    metric: str
    mine: Score
    theirs: Score
    outcome: Outcome
    gap: float
    low: float | None
    high: float | None
    others: Mapping[str, tuple[float, float]]
    worse_in: tuple[str, ...] = ()


@dataclass(frozen=True)
class FairComparison:
    """How a new version does against the one that it was trained anew from; ``problem`` says why nobody knows."""

    model: str
    version: int
    new: OnRows | None = None
    old: OnRows | None = None
    problem: str = ""

    @property
    def is_better(self) -> bool:
        """Tell whether it is better on new rows for certain, or the same on each of them, and in nothing else worse."""
        return self.new is not None and self.new.outcome in {"better", "identical"} and not self.new.worse_in

    @property
    def is_worse_before(self) -> bool:
        """Tell whether it is worse for certain on the rows of before."""
        return self.old is not None and (self.old.outcome == "worse" or bool(self.old.worse_in))


def compare(run: RunWriter, *, task: Task, old: ToOpen, model: str, version: int) -> None:
    """Ask both versions about both sets of rows, and add to the new run what came of it. Runs in a worker."""
    mine = ToOpen(f"runs:/{run.run_id}/{MODEL_NAME}", run.run_id, cutoff=old.cutoff)
    try:
        frame = _frame(task)
        sides = frame[task.division.sides]
        found = FairComparison(
            model, version,
            new=_on_rows(run.store, task, mine, old, frame[sides == NEW_TESTED]),
            old=_on_rows(run.store, task, mine, old, frame[sides == OLD_TESTED]),
        )  # fmt: skip
    except PizarraError as error:
        with speaking(DEFAULT_LANGUAGE):  # as reasons of failed runs are kept
            found = FairComparison(model, version, problem=str(error))
    outcomes = {tag: one.outcome for tag, one in ((NEW_TAG, found.new), (OLD_TAG, found.old)) if one is not None}
    run.add({DOCUMENT: asdict(found)}, outcomes)


def read_comparison(store: Store, run_id: str) -> FairComparison:
    """Return what was found of a run that was trained anew.

    Raises:
        StoreError: the run has no such comparison, or it cannot be reached.
    """
    return comparison_of(read_document(store, run_id, DOCUMENT))


def comparison_of(told: object) -> FairComparison:
    """Return a comparison from its document.

    Raises:
        StoreError: it is none.
    """
    try:
        given: dict[str, Any] = read_json(json.dumps(told))
        sets = {name: _read(given[name]) for name in ("new", "old")}
        return FairComparison(str(given["model"]), int(given["version"]), **sets, problem=str(given["problem"]))
    except (KeyError, TypeError, ValueError) as error:
        raise StoreError(
            N_("The comparison that came with this run cannot be read."), N_("Train the version anew.")
        ) from error


def _read(given: dict[str, Any] | None) -> OnRows | None:
    if given is None:
        return None
    others = {str(name): (float(mine), float(theirs)) for name, (mine, theirs) in given["others"].items()}
    return OnRows(
        **given
        | {
            "mine": Score(**given["mine"]),
            "theirs": Score(**given["theirs"]),
            "others": others,
            "worse_in": tuple(map(str, given["worse_in"])),
        }
    )


def _frame(task: Task) -> pd.DataFrame:
    """Return the kept rows; they lie where the task says, wherever the data of others would be looked for."""
    from core.settings import settings

    chosen = settings()
    return load_dataset(task.dataset, data_dir=chosen.data_dir, cache_dir=chosen.cache_dir, downloads=False).frame


def _on_rows(store: Store, task: Task, mine: ToOpen, theirs: ToOpen, frame: pd.DataFrame) -> OnRows:
    if len(frame) > ROWS_DRAWN:  # of more the draws take minutes, and chance moves little
        frame = frame.sample(ROWS_DRAWN, random_state=task.random_state).sort_index()
    features = task.features(frame)
    asked = features.rename(columns=feature_columns(list(features), [ROW, ANSWER]))
    table = pd.concat([pd.DataFrame({ROW: frame.index, ANSWER: frame[task.target]}, index=frame.index), asked], axis=1)
    found = answer_rows(store.uri, [mine, theirs], Rows(table=table, answer=ANSWER))
    for one in found:
        if one.problem is not None:
            raise one.problem
    new, old = (one.table for one in found)
    assert new is not None and old is not None  # noqa: S101, PT018 - else there is a problem
    return judged(task, new, old)


def judged(task: Task, new: pd.DataFrame, old: pd.DataFrame) -> OnRows:
    """Judge two tables of answers to the same rows, in the same order."""
    metric, better = JUDGED[task.kind]
    name = f"{TESTED}{metric}"
    mine, theirs = measured(new), measured(old)
    lead = paired_difference(new, old, name, better)
    outcome: Outcome = lead.outcome if lead.outcome != "better" or lead.gap > 0 else "worse"
    others = {one.removeprefix(TESTED): (mine[one], theirs[one]) for one in mine if one in theirs and one != name}
    return OnRows(
        len(new), metric, _score(new, name, mine[name]), _score(old, name, theirs[name]), outcome,
        _gap(lead.gap, mine[name], theirs[name], better), _known(lead.low), _known(lead.high), others,
        _worse_in(new, old, others),
    )  # fmt: skip


def _worse_in(new: pd.DataFrame, old: pd.DataFrame, others: Mapping[str, object]) -> tuple[str, ...]:
    """Return in which of the metrics that watch over the judge the new version is worse for certain."""
    wanted = {f"{TESTED}{name}": better for name, better in WATCHED.items() if name in others}
    found = differences(new, old, wanted)
    return tuple(name.removeprefix(TESTED) for name, one in found.items() if one.outcome == "better" and one.gap < 0)


def _gap(told: float, mine: float, theirs: float, better: bool) -> float:
    return told if np.isfinite(told) else (mine - theirs) * (1 if better else -1)


def _score(table: pd.DataFrame, name: str, value: float) -> Score:
    found = metric_interval(table, name)
    return Score(value, None, None) if found is None else Score(value, _known(found.low), _known(found.high))


def _known(value: float) -> float | None:
    return float(value) if isfinite(value) else None
