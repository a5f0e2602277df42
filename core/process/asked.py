"""Versions of registered models that are open, and what they answer: the same for a page and for a route."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

from core import words
from core.i18n import _
from core.prediction.intervals import Interval, disagree, residual_interval, tree_spread
from core.prediction.open_version import OpenVersion, open_version
from core.prediction.predict import Prediction
from core.prediction.schema import Answer, input_frame
from core.process import cache, shared
from core.process.memory import kept
from core.store.consent import agreed
from core.store.registry.registered_models import RegisteredModel, Version
from core.store.registry.stages import Stage

LIVE: tuple[Stage, ...] = ("Production", "Staging")
COVERAGE = 0.9


@dataclass(frozen=True, kw_only=True)
class AskedVersion(OpenVersion):
    """An open version of the registry, and its words."""

    version: Version

    @property
    def answer_title(self) -> str:
        """What it answers, in a word."""
        return self.target or _("Answer")

    @property
    def title(self) -> str:
        """The version in words."""
        return words.staged_version(self.version.number, self.version.stage)

    @property
    def key(self) -> str:
        """What tells it from all other open versions, for what is computed of it and kept."""
        return f"{shared.store_name()} {self.version.uri} {self.version.run_id} {self.version.source} {self.cutoff}"


@dataclass(frozen=True)
class Given:
    """What one version answers; ``interval`` is where similar cases lay, for numbers with stored test answers."""

    asked: AskedVersion
    prediction: Prediction
    interval: Interval | None = None
    spread: tuple[float, float] | None = None


def by_liveness(model: RegisteredModel) -> list[Version]:
    """Return a model's versions: what is used first, then the newest."""
    order: dict[Stage, int] = {"Production": 0, "Staging": 1, "None": 2, "Archived": 3}
    return sorted(model.versions, key=lambda version: (order.get(version.stage, 4), -version.number))


def live_beside(model: RegisteredModel, chosen: Version) -> list[Version]:
    """Return what is in Production and in Staging beside a version."""
    live = [found for stage in LIVE for found in model.in_stage(stage)[:1]]
    return [version for version in live if version.number != chosen.number and version.stage != chosen.stage]


def consented(version: Version) -> bool:
    """Say whether code that came with a version may be run."""
    return agreed(shared.store_uri(), version)


def opened(model: RegisteredModel, version: Version, *, row: Mapping[str, Any] | None = None) -> AskedVersion:
    """Open a version; ``row`` is as in ``open_version``. People's cut-off is not in it yet.

    Raises:
        ModelError: it cannot be opened, or would run code that nobody allowed.
        StoreError: the store does not answer.
    """
    files, loaded = cache.asked_model(version, allow_code=consented(version))
    unit = version.tags.get("unit") or model.tags.get("unit", "")
    known = open_version(files, loaded, row=row, unit=unit)
    return AskedVersion(files, loaded, known.fields, unit=known.unit, version=version)


def answer(asked: AskedVersion, inputs: Mapping[str, Answer]) -> Given:
    """Ask one version.

    Raises:
        ModelError: an input does not fit, or the model refuses.
    """
    prediction, spread = _answered(asked, inputs)
    if not isinstance(prediction.answer, float):
        return Given(asked, prediction)
    tested = cache.test_rows(asked.version)  # they may be out of reach for a moment, so what follows is not kept
    interval = None if tested is None else residual_interval(tested, prediction.answer, COVERAGE)
    return Given(asked, prediction, interval, spread)


@kept(lambda asked, inputs: (asked.key, asked.output, _said(inputs)), max_entries=2048)
def _answered(asked: AskedVersion, inputs: Mapping[str, Answer]) -> tuple[Prediction, tuple[float, float] | None]:
    """Return what a version answers and, of a number, the spread of its trees: all that only the model decides."""
    row = input_frame(asked.fields, inputs)
    prediction = asked.predictor.ask(row).first()
    if not isinstance(prediction.answer, float):
        return prediction, None
    return prediction, tree_spread(asked.predictor, row, COVERAGE, answer=prediction.answer)


def _said(inputs: Mapping[str, Answer]) -> str:
    text = json.dumps(dict(inputs), default=str, sort_keys=True)
    return blake2b(text.encode(), digest_size=16).hexdigest()  # short, whatever is sent


def contradict(first: Given, second: Given) -> bool:
    """Tell whether two versions contradict each other; a class and a number have nothing to contradict."""
    one, other = first.prediction.answer, second.prediction.answer
    if isinstance(one, float) != isinstance(other, float):
        return False
    return disagree(one, other, first.interval, second.interval)


def points_apart(given: Sequence[Given]) -> float | None:
    """Return how many points apart two versions' chances of the first one's answer are, None where one has none."""
    one, other = (said.prediction for said in given[:2])
    chances = [said.probabilities.get(str(one.answer)) for said in (one, other) if said.probabilities]
    known = [chance for chance in chances if chance is not None]
    return 100 * abs(known[0] - known[1]) if len(known) == 2 else None
