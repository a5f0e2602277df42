"""Scenarios: inputs that somebody pinned with the answers they got, to be asked again of whatever is live later."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote_plus

import numpy as np
import pandas as pd

from core.errors import ModelError
from core.i18n import N_, _, number, percent
from core.prediction.classes import same_class
from core.prediction.names import by_name, matches
from core.prediction.predict import Prediction, Predictions, Predictor
from core.prediction.schema import Answer, InputField, names_of, typed_frame
from core.prediction.value_words import exact_words
from core.store.registry.stages import Stage

LIVE: tuple[Stage, ...] = ("Production", "Staging")
SHARE = 0.05  # of the larger of two numbers; answers that are further apart than that have flipped
SPECIAL = 0.1  # of the range seen in training; inputs that are closer to the median are nothing special
MOST_SPECIAL = 2  # inputs in a name


@dataclass(frozen=True)
class KeptAnswer:
    """What a version answered, where it stood then, and how likely it took its answer to be, where it says so."""

    stage: Stage
    version: int
    answer: float | str
    probability: float | None = None

    @property
    def words(self) -> str:
        """The answer as people read it, with its probability."""
        answer = self.answer if isinstance(self.answer, str) else number(self.answer)
        return answer if self.probability is None else f"{answer} ({percent(self.probability)})"


@dataclass(frozen=True)
class Scenario:
    """Inputs under a name; ``answers`` are those at the moment they were ``pinned``, by place (see ``place_of``)."""

    name: str
    inputs: Mapping[str, Answer]
    answers: Mapping[str, KeptAnswer] = field(default_factory=dict)
    pinned: datetime | None = None


@dataclass(frozen=True)
class Place:
    """A version that can be asked, and where it stands now."""

    stage: Stage
    version: int
    predictor: Predictor

    @property
    def key(self) -> str:
        """What its answers are compared by."""
        return place_of(self.stage, self.version)


@dataclass(frozen=True)
class Flip:
    """An answer that is another one now; ``difference`` is by how much, where both are numbers."""

    then: KeptAnswer
    now: KeptAnswer
    difference: float | None = None


@dataclass(frozen=True)
class Evaluated:
    """A scenario with what is answered to it ``now``, by place, and why some versions gave no answer."""

    scenario: Scenario
    now: Mapping[str, KeptAnswer] = field(default_factory=dict)
    problems: Mapping[str, ModelError] = field(default_factory=dict)

    @property
    def flips(self) -> dict[str, Flip]:
        """Which answers are others now, by place."""
        return flips(self.scenario, self.now)

    def words(self, place: str) -> str:
        """Return the answer at ``place`` now, beside the pinned one where that was another.

        >>> then, now = KeptAnswer("Production", 3, "No"), KeptAnswer("Production", 4, "Yes")
        >>> Evaluated(Scenario("a", {}, {"Production": then}), {"Production": now}).words("Production")
        'Yes ⇄ was No'
        """
        then, now = self.scenario.answers.get(place), self.now.get(place)
        if now is None:
            said = f"✗ {_('no answer')}" if place in self.problems else "–"
            return said if then is None else f"{said} · {_('was {answer}').format(answer=then.words)}"
        if then is None:
            return now.words
        if place in self.flips:
            return f"{now.words} ⇄ {_('was {answer}').format(answer=then.words)}"
        if now.words == then.words:  # what reads alike is no change
            return now.words
        return f"{now.words} · {_('was {answer}').format(answer=then.words)}"


def place_of(stage: Stage, version: int) -> str:
    """Return what answers are compared by: the stage where it is live, as another version may be there later.

    >>> place_of("Production", 3), place_of("Archived", 3)
    ('Production', '3')
    """
    return stage if stage in LIVE else str(version)


def stage_of_place(place: str) -> Stage | None:
    """Return the live stage that a place is, None where it is a version's number."""
    return next((stage for stage in LIVE if stage == place), None)


def evaluate(places: Sequence[Place], scenarios: Sequence[Scenario]) -> list[Evaluated]:
    """Return what is answered to all scenarios now; each version is asked once for all that have its inputs."""
    now: list[dict[str, KeptAnswer]] = [{} for _one in scenarios]
    problems: list[dict[str, ModelError]] = [{} for _one in scenarios]
    for place in places:
        for which, said in enumerate(ask(place.predictor, [scenario.inputs for scenario in scenarios])):
            if isinstance(said, ModelError):
                problems[which].setdefault(place.key, said)
            else:
                kept = KeptAnswer(place.stage, place.version, said.answer, said.confidence)
                now[which].setdefault(place.key, kept)
    return [Evaluated(*each) for each in zip(scenarios, now, problems, strict=True)]


def ask(predictor: Predictor, asked: Sequence[Mapping[str, Answer]]) -> list[Prediction | ModelError]:
    """Return a model's answer to each of these inputs, or why it has none; one that fails leaves the others theirs."""
    found: dict[int, Prediction | ModelError] = {}
    alike: dict[tuple[str, ...], dict[int, dict[str, Answer]]] = {}
    for which, inputs in enumerate(asked):
        given = by_name(names_of(predictor.fields), inputs)
        if missing := _missing(predictor.fields, given):
            found[which] = missing
            continue
        row = {field.name: given.get(field.name) for field in predictor.fields}
        # A gap would change the type of a whole column, and with it what the model is given for the other rows
        alike.setdefault(tuple(map(_type_of, row.values())), {})[which] = row
    for rows in alike.values():
        found |= _answers(predictor, rows)
    return [found[which] for which in range(len(asked))]


def _missing(fields: Sequence[InputField], given: Mapping[str, Any]) -> ModelError | None:
    missing = [field.name for field in fields if not field.optional and field.name not in given]
    if not missing:
        return None
    return ModelError(
        N_("This scenario does not say what this version wants to know: {names}."),
        N_("Show it, fill in the rest and pin it anew."),
        names=", ".join(missing[:10]) + (", …" if len(missing) > 10 else ""),
    )


def _type_of(value: Answer) -> str:
    if value is None or value != value:
        return "nothing"
    exact_as_float = not isinstance(value, int) or abs(value) < 2**53
    return type(value).__name__ if exact_as_float else str(value)


def _answers(predictor: Predictor, rows: Mapping[int, Mapping[str, Answer]]) -> dict[int, Prediction | ModelError]:
    try:
        said = predictor.ask(typed_frame(predictor.fields, pd.DataFrame(list(rows.values()))))
    except ModelError as error:
        if len(rows) == 1:
            return dict.fromkeys(rows, error)
        return {which: _answers(predictor, {which: row})[which] for which, row in rows.items()}
    return {which: _first_of(said.row(place)) for place, which in enumerate(rows)}


def _first_of(said: Predictions) -> Prediction | ModelError:
    try:
        return said.first()
    except ModelError as error:
        return error


def flips(scenario: Scenario, now: Mapping[str, KeptAnswer], share: float = SHARE) -> dict[str, Flip]:
    """Return, by place, which pinned answers are others now.

    A class has flipped when it is another one; a number when it is further from the pinned one than ``share`` of the
    larger of both. What has no answer now has not flipped.
    """
    found = {}
    for place, then in scenario.answers.items():
        if place in now and _flipped(then.answer, now[place].answer, share):
            found[place] = Flip(then, now[place], _difference(then.answer, now[place].answer))
    return found


def _flipped(then: float | str, now: float | str, share: float) -> bool:
    if isinstance(then, str) and isinstance(now, str):
        return not same_class(then, now)
    if isinstance(then, str) or isinstance(now, str) or not (math.isfinite(then) and math.isfinite(now)):
        return then != now and not (then != then and now != now)
    return abs(now - then) > share * max(abs(then), abs(now))


def _difference(then: float | str, now: float | str) -> float | None:
    return None if isinstance(then, str) or isinstance(now, str) else now - then


def compare_table(scenarios: Sequence[Scenario]) -> tuple[pd.DataFrame, int]:
    """Return the inputs of scenarios, a row each in their order, and how many of the columns differ: they come first.

    Cells are the inputs as they are; ``pd.NA`` where a scenario was pinned without that input.
    """
    names: list[str] = []
    for scenario in scenarios:
        known = matches(names, scenario.inputs).values()
        names += [name for name in scenario.inputs if name not in known]
    given = [by_name(names, scenario.inputs) for scenario in scenarios]
    columns = {name: [inputs.get(name, pd.NA) for inputs in given] for name in names}
    differing = [name for name, values in columns.items() if len({_identity(value) for value in values}) > 1]
    ordered = [*differing, *(name for name in names if name not in set(differing))]
    table = {name: pd.Series(columns[name], dtype=object) for name in ordered}
    return pd.DataFrame(table, index=range(len(scenarios))), len(differing)


def _identity(value: Any) -> tuple[str, Any]:
    """3 and 3.0 are the same input, 1 and True are not; a number that is none is like itself."""
    if value is None or value is pd.NA:
        return ("nothing", repr(value))
    if isinstance(value, bool | str):
        return (type(value).__name__, value)
    return ("number", "nan" if value != value else value)


def as_answer(value: Any) -> Answer:
    """Return what a form holds as what can be kept: NumPy's numbers as Python's, dates as ISO 8601 texts.

    >>> as_answer(np.int64(3)), as_answer(datetime(2026, 3, 1)), as_answer(pd.NaT)
    (3, '2026-03-01T00:00:00', None)
    """
    if isinstance(value, np.generic) and not isinstance(value, np.datetime64):
        value = value.item()
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if pd.api.types.is_scalar(value) and pd.isna(value):
        return None
    return str(value.isoformat()) if hasattr(value, "isoformat") else str(value)


def special_name(fields: Sequence[InputField], inputs: Mapping[str, Answer]) -> str:
    """Return a name made of the inputs that are furthest from typical ones; empty where all are near.

    Numbers are measured by the range seen in training, words by how rare they are among those seen.
    """
    given = by_name(names_of(fields), inputs)
    far = [(_distance(field, given[field.name]), field) for field in fields if field.name in given]
    chosen = sorted((one for one in far if one[0] >= SPECIAL), key=lambda one: -one[0])[:MOST_SPECIAL]
    return " · ".join(f"{field.name} {exact_words(given[field.name])}" for _far, field in chosen)


def _distance(field: InputField, value: Answer) -> float:
    """Return how far an input is from the typical one: 0 is the same, 1 the whole range."""
    typical = field.start if field.median is None else field.median
    if _identity(value) == _identity(typical):
        return 0.0
    if field.is_number and isinstance(value, int | float) and isinstance(typical, int | float):
        if field.low is not None and field.high is not None and field.low < field.high and math.isfinite(value):
            return min(abs(value - typical) / (field.high - field.low), 1.0)
        return 0.5
    if isinstance(value, str) and value in field.choices:
        return 0.5 + 0.5 * field.choices.index(value) / len(field.choices)
    return 0.5


def scenario_address(page: str, model: str, inputs: Mapping[str, Answer], **more: str) -> str:
    """Return the address that opens the page with these inputs; ``page`` is that of the page without parameters.

    ``more`` are parameters besides.

    >>> scenario_address("http://localhost:8501/predict", "a&b", {"age": 3, "what": "x y"})
    'http://localhost:8501/predict?model=a%26b&inputs=%7B%22age%22:3,%22what%22:%22x+y%22%7D'
    """
    plain = {name: None if isinstance(v, float) and not math.isfinite(v) else v for name, v in inputs.items()}
    packed = json.dumps(plain, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    address = f"{page}?model={quote_plus(model, safe='')}&inputs={quote_plus(packed, safe=':,')}"
    return "&".join([address, *(f"{name}={quote_plus(text, safe='')}" for name, text in more.items())])


def now_utc() -> datetime:
    """Return the moment, to the second."""
    return datetime.now(UTC).replace(microsecond=0)
