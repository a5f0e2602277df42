"""What if one input, or two, were different: how the answer moves around the row that is asked about.

The curves are individual conditional expectations (Goldstein, Kapelner, Bleich and Pitkin 2015) of this one row: the
other inputs stay as they are. They are no averages over rows (partial dependence), so for another row they may look
different.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from core.errors import ModelError
from core.i18n import N_
from core.prediction.names import matches, word_among
from core.prediction.predict import Predictor
from core.prediction.schema import Answer, InputField, names_of
from core.prediction.variations import Variations, answer_now, can_vary, is_whole, is_yes_no, vary

CHOICES_AT_MOST = 12
COLUMNS = ["input", "value", "place", "model", "answer"]


def response_curves(
    predictors: Mapping[str, Predictor], answers: Mapping[str, Answer], of: str = "", steps: int = 21
) -> pd.DataFrame:
    """Return each model's answer while one input moves and the others stay.

    It is a long table of input, value, place, model (the key in ``predictors``) and answer. Numbers take ``steps``
    even steps over what the model saw in training, categories their 12 most frequent choices, yes/no both; the value
    that the input has now is always there. ``place`` is the value's order among all of that input: numbers by size,
    categories as the first model that knows them has them. An input that only one model has is there for that one;
    texts, dates and numbers without a known range are not. ``of`` is the class whose probability is followed; models
    that answer with numbers need none. Each model is asked once, and once more for each
    input that is empty now.

    Raises:
        ModelError: an answer does not fit its column's type; a model refuses.
    """
    names: list[str] = []
    tables = []
    for key, predictor in predictors.items():
        own = names_of(predictor.fields)
        known = {theirs: ours for ours, theirs in matches(names, own).items()}
        names += [name for name in own if name not in known]
        table = _curves(predictor, answers, of, steps)
        tables.append(table.assign(model=key, input=[known.get(name, name) for name in table["input"]]))
    table = pd.concat(tables, ignore_index=True) if tables else pd.DataFrame(columns=COLUMNS)
    order = list(dict.fromkeys(table["input"]))
    places = np.zeros(len(table), dtype=int)
    for name in order:
        rows = (table["input"] == name).to_numpy()
        places[rows] = _places(table["value"].to_numpy(dtype=object)[rows])
    table = table.assign(place=places, order=table["input"].map(order.index))
    model = table["model"].map(list(predictors).index)
    return table.assign(key=model).sort_values(["order", "key", "place"], ignore_index=True)[COLUMNS]


def movement(curves: pd.DataFrame) -> pd.Series:
    """Return by input how far the answer moves, largest first: over models the largest of highest minus lowest."""
    by_model = curves.groupby(["input", "model"], sort=False)["answer"].agg(["min", "max"])
    reach = (by_model["max"] - by_model["min"]).groupby("input", sort=False).max()
    return reach.sort_values(ascending=False, kind="stable").rename("movement")


def response_surface(
    predictor: Predictor, answers: Mapping[str, Answer], x: str, y: str, of: str = "", steps: int = 15
) -> pd.DataFrame:
    """Return the model's answer for each pair of values of two inputs while the others stay: x, y and answer.

    The values are even steps over what the model saw in training, or choices, as in ``response_curves``; what an
    input is now is among them only where it is no number. The model is asked once.

    Raises:
        ModelError: an input is not one that can be moved, or both are the same; an answer does not fit; the model
            refuses.
    """
    by = {field.name: field for field in predictor.fields if can_vary(field)}
    found = matches([x, y], by)
    if len(found) < 2:
        raise ModelError(
            N_("Both must be different inputs that can be moved, but they are {x} and {y}."),
            N_("Choose two numbers or categories whose values in training are known."),
            x=x,
            y=y,
        )
    fields = [by[found[x]], by[found[y]]]
    values = {field.name: _values(field, answer_now(field, answers), steps, with_now=False) for field in fields}
    variations = vary(predictor.fields, answers, values)
    columns, rows = ([*some] for some in values.values())
    codes = np.indices((len(columns), len(rows))).reshape(2, -1).T + 1
    table = pd.DataFrame(
        {"x": _objects(columns)[codes[:, 0] - 1], "y": _objects(rows)[codes[:, 1] - 1]}, index=range(len(codes))
    )
    return table.assign(answer=_scores(predictor, variations, codes, of))


def _curves(predictor: Predictor, answers: Mapping[str, Answer], of: str, steps: int) -> pd.DataFrame:
    fields = [field for field in predictor.fields if can_vary(field)]
    values = {field.name: _values(field, answer_now(field, answers), steps) for field in fields}
    counts = [len(some) for some in values.values()]
    table = pd.DataFrame(
        {
            "input": np.repeat(np.array(list(values), dtype=object), counts),
            "value": _objects([value for some in values.values() for value in some]),
        }
    )
    if table.empty:
        return table.assign(answer=np.array([], dtype=float))
    codes = np.zeros((len(table), len(values)), dtype=np.intp)
    codes[np.arange(len(table)), np.repeat(np.arange(len(values)), counts)] = np.concatenate(
        [np.arange(1, count + 1) for count in counts]
    )
    return table.assign(answer=_scores(predictor, vary(predictor.fields, answers, values), codes, of))


def _scores(predictor: Predictor, variations: Variations, codes: np.ndarray, of: str) -> np.ndarray:
    scores = np.zeros(len(codes))
    for places, rows in variations.frames(codes):
        scores[places] = predictor.score(rows, of)
    return scores


def _values(field: InputField, now: Answer, steps: int, with_now: bool = True) -> list[Answer]:
    if field.choices:
        most: list[Answer] = [*field.choices[:CHOICES_AT_MOST]]
        return most if now is None or word_among(str(now), field.choices) in most else [*most, str(now)]
    if is_yes_no(field):
        return [False, True]
    even = np.linspace(field.low or 0.0, field.high or 0.0, steps)
    whole = is_whole(field)
    numbers = np.unique(np.clip(np.round(even), np.ceil(even[0]), np.floor(even[-1])) if whole else even).tolist()
    if with_now and isinstance(now, int | float):
        numbers = sorted({*numbers, float(now)})
    return [round(value) if whole else value for value in numbers]


def _places(values: np.ndarray) -> np.ndarray:
    """Return the order of each value among those that differ: numbers by size, others as they come."""
    numbers = all(isinstance(value, int | float) and not isinstance(value, bool) for value in values)
    distinct: Sequence[Answer] = sorted(set(values)) if numbers else list(dict.fromkeys(values))
    place = {value: at for at, value in enumerate(distinct)}
    return np.array([place[value] for value in values], dtype=int)


def _objects(values: Sequence[Answer]) -> np.ndarray:
    """Return values as they are, which NumPy would turn into one type."""
    array = np.empty(len(values), dtype=object)
    array[:] = values
    return array
