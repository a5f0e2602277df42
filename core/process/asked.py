"""Models that are open, of versions and of runs, and what they answer: the same for a page and for a route."""

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
from core.settings import settings
from core.store.consent import agreed
from core.store.registry.registered_models import RegisteredModel, Version
from core.store.registry.stages import Stage
from core.store.runs.run_models import RunModel

LIVE: tuple[Stage, ...] = ("Production", "Staging")
COVERAGE = 0.9


class AskedModel(OpenVersion):
    """An open model that is asked, and its words: a version's or, registered or not, a run's."""

    @property
    def stored(self) -> Version | RunModel:
        """What was opened."""
        raise NotImplementedError

    @property
    def title(self) -> str:
        """What it is, in words."""
        raise NotImplementedError

    @property
    def subject(self) -> str:
        """What its inputs belong to; no name of a registered model has a colon, and no address of MLflow has none."""
        raise NotImplementedError

    @property
    def place(self) -> str:
        """What tells it from others that are asked beside it."""
        raise NotImplementedError

    @property
    def answer_title(self) -> str:
        """What it answers, in a word."""
        return self.target or _("Answer")

    @property
    def key(self) -> str:
        """What tells it from all other open models, for what is computed of it and kept."""
        stored = self.stored
        return f"{shared.store_name()} {stored.uri} {stored.run_id} {stored.source} {self.cutoff}"


@dataclass(frozen=True, kw_only=True)
class AskedVersion(AskedModel):
    """An open version of the registry."""

    version: Version

    @property
    def stored(self) -> Version:
        """The version."""
        return self.version

    @property
    def title(self) -> str:
        """The version in words."""
        return words.staged_version(self.version.number, self.version.stage)

    @property
    def subject(self) -> str:
        """The registered model."""
        return self.version.model

    @property
    def place(self) -> str:
        """Its number."""
        return str(self.version.number)


@dataclass(frozen=True, kw_only=True)
class AskedRun(AskedModel):
    """An open model of a run, which no version need be made of."""

    left: RunModel

    @property
    def stored(self) -> RunModel:
        """What the run left behind."""
        return self.left

    @property
    def title(self) -> str:
        """What sets it apart from versions: a page says which run it is."""
        return _("This run")

    @property
    def subject(self) -> str:
        """The model's address."""
        return self.left.uri

    @property
    def place(self) -> str:
        """That it is the run's: there is one."""
        return "run"


@dataclass(frozen=True)
class Given:
    """What one model answers; ``interval`` is where similar cases lay, for numbers with stored test answers."""

    asked: AskedModel
    prediction: Prediction
    interval: Interval | None = None
    spread: tuple[float, float] | None = None


def by_liveness(model: RegisteredModel) -> list[Version]:
    """Return a model's versions: what is used first, then the newest."""
    order: dict[Stage, int] = {"Production": 0, "Staging": 1, "None": 2, "Archived": 3}
    return sorted(model.versions, key=lambda version: (order.get(version.stage, 4), -version.number))


def live(model: RegisteredModel) -> list[Version]:
    """Return what is in Production and in Staging."""
    return [found for stage in LIVE for found in model.in_stage(stage)[:1]]


def live_beside(model: RegisteredModel, chosen: Version) -> list[Version]:
    """Return what is in Production and in Staging beside a version."""
    return [version for version in live(model) if version.number != chosen.number and version.stage != chosen.stage]


def consented(version: Version | RunModel) -> bool:
    """Say whether code that came with a model may be run: a person agreed, or the settings name its model."""
    named = isinstance(version, Version) and version.model in settings().allow_code
    return named or agreed(shared.store_uri(), version)


def saved_cutoff(asked: AskedModel) -> float | None:
    """Return the cut-off that people chose for a version's model; what a run alone has is saved nowhere."""
    return cache.cutoff(asked.version.model) if isinstance(asked, AskedVersion) else None


def opened(model: RegisteredModel | None, version: Version, *, row: Mapping[str, Any] | None = None) -> AskedVersion:
    """Open a version; ``row`` is as in ``open_version``. People's cut-off is not in it yet.

    Raises:
        ModelError: it cannot be opened, or would run code that nobody allowed.
        StoreError: the store does not answer.
    """
    files, loaded = cache.asked_model(version, allow_code=consented(version))
    unit = version.tags.get("unit") or (model.tags.get("unit", "") if model else "")
    known = open_version(files, loaded, row=row, unit=unit)
    fast = cache.fast_way_of(version, known)
    return AskedVersion(files, loaded, known.fields, unit=known.unit, fast=fast, version=version)


def opened_run(left: RunModel, *, row: Mapping[str, Any] | None = None) -> AskedRun:
    """Open a run's model, as ``opened`` does a version."""
    files, loaded = cache.asked_model(left, allow_code=consented(left))
    known = open_version(files, loaded, row=row)
    return AskedRun(files, loaded, known.fields, unit=known.unit, fast=cache.fast_way_of(left, known), left=left)


def answer(asked: AskedModel, inputs: Mapping[str, Answer]) -> Given:
    """Ask one model.

    Raises:
        ModelError: an input does not fit, or the model refuses.
    """
    prediction, spread = _answered(asked, inputs)
    if not isinstance(prediction.answer, float):
        return Given(asked, prediction)
    tested = cache.test_rows(asked.stored)  # they may be out of reach for a moment, so what follows is not kept
    interval = None if tested is None else residual_interval(tested, prediction.answer, COVERAGE)
    return Given(asked, prediction, interval, spread)


@kept(lambda asked, inputs: (asked.key, asked.output, _said(inputs)), max_entries=2048)
def _answered(asked: AskedModel, inputs: Mapping[str, Answer]) -> tuple[Prediction, tuple[float, float] | None]:
    """Return what a model answers and, of a number, the spread of its trees: all that only the model decides."""
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
