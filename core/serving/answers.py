"""What a program is told: an answer with its chances, its interval and how typical the inputs are; why; and what if."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from core.errors import PizarraError
from core.i18n import N_, translate
from core.prediction import explain as explaining
from core.prediction.answers import Prediction, Predictions
from core.prediction.intervals import residual_interval
from core.prediction.oddities import ORDER, Oddity, in_words, oddities
from core.prediction.responses import response_curves
from core.prediction.schema import Answer, input_frame, typed_frame
from core.prediction.typicality import typicality
from core.prediction.variations import can_vary
from core.process import cache, computed
from core.process.asked import COVERAGE, AskedVersion
from core.serving.inputs import UNKNOWN
from core.serving.problems import WrongField, WrongInputsError
from core.serving.served import Served

CURRENCY_SIGNS = {"USD": "$"}
NO_CLASS = N_("is no class of this model")
UNTOLD = N_("No training rows came with this version, so how typical the inputs are cannot be told.")


def ask(served: Served, inputs: Mapping[str, Answer]) -> Prediction:
    """Return what a version answers to one row of read inputs.

    Raises:
        ModelError: the model refuses the row.
    """
    return served.asked.predictor.ask_one([inputs.get(field.name) for field in served.asked.fields])


def answer(served: Served, inputs: Mapping[str, Answer], said: Prediction) -> dict[str, Any]:
    """Return what a program is told of an answer, as plain data."""
    return prediction(served.asked, said) | {"typicality": typical(served.asked, inputs)} | named(served)


def asked_rows(asked: AskedVersion, rows: Sequence[Mapping[str, Answer]]) -> Predictions:
    """Return the answers to several rows of read inputs.

    Raises:
        ModelError: the model refuses a row.
    """
    names = [field.name for field in asked.fields]
    table = pd.DataFrame({name: pd.Series([row.get(name) for row in rows], dtype=object) for name in names})
    return asked.predictor.ask(typed_frame(asked.fields, table))


def words(said: Predictions) -> list[Any]:
    """Return answers to rows as words or numbers; where a model gives several a row, all of them by name."""
    if not said.outputs:
        return [plain(value) for value in said.values.tolist()]
    rows = zip(*(values.tolist() for values in said.outputs.values()), strict=True)
    return [dict(zip(said.outputs, map(plain, row), strict=True)) for row in rows]


def named(served: Served) -> dict[str, Any]:
    """Return which version answered."""
    return {"model": served.model.name, "version": served.version.number, "stage": served.version.stage}


def prediction(asked: AskedVersion, said: Prediction) -> dict[str, Any]:
    """Return one answer: a number with its interval, or a class with its word and its chances."""
    if said.outputs:
        return {
            "prediction": {name: plain(value) for name, value in said.outputs.items()},
            "probabilities": {name: _chances(chances) for name, chances in said.chances.items()} or None,
        }
    if not isinstance(said.answer, float):
        told: dict[str, Any] = {"prediction": label(asked, said.answer), "class_name": said.answer}
        return told | {"probabilities": _chances(said.probabilities) if said.probabilities else None}
    told = {"prediction": plain(said.answer), "unit": asked.unit or None, "interval": _interval(asked, said.answer)}
    return told | in_money(asked, said.answer)


def label(asked: AskedVersion, word: str) -> int | str:
    """Return a class as the model itself has it: the number that stands for the word, else the word."""
    names = list(asked.predictor.class_names)
    return names.index(word) if word in names else word


def in_money(asked: AskedVersion, value: float) -> dict[str, Any]:
    """Return a price under the names and in the form that the workshops taught; nothing for other numbers.

    >>> from types import SimpleNamespace as Asked
    >>> in_money(Asked(unit="USD", target="precio"), 18500.0)
    {'precio_predicho': 18500.0, 'precio_formateado': '$18,500.00 USD', 'status': 'success'}
    """
    is_currency = len(asked.unit) == 3 and asked.unit.isalpha() and asked.unit.isupper()
    if not is_currency or not asked.target or not math.isfinite(value):
        return {}
    sign = "-" if round(value, 2) < 0 else ""
    shown = f"{sign}{CURRENCY_SIGNS.get(asked.unit, '')}{abs(value):,.2f} {asked.unit}"
    return {f"{asked.target}_predicho": value, f"{asked.target}_formateado": shown, "status": "success"}


def typical(asked: AskedVersion, inputs: Mapping[str, Answer]) -> dict[str, Any]:
    """Return how typical inputs are of the training rows, and which of them are odd; None where nobody can tell."""
    reference = computed.typical(asked)
    if reference is not None:
        found = typicality(reference, inputs)
        return {"verdict": found.verdict, "percentile": plain(found.percentile), "odd": _odd(found.oddities)}
    odd = oddities(asked.fields, inputs)
    if not odd:
        return {"verdict": None, "reason": translate(UNTOLD), "odd": []}
    return {"verdict": max((one.alone for one in odd), key=ORDER.index), "percentile": None, "odd": _odd(odd)}


def explanation(served: Served, inputs: Mapping[str, Answer], of: str = "") -> dict[str, Any]:
    """Return how far each input moved the answer away from the typical one; ``of`` names a class.

    Raises:
        ModelError: the model refuses the row.
        PizarraError: no training rows came with it.
        WrongInputsError: there is no such class.
    """
    asked = served.asked
    row = input_frame(asked.fields, inputs)
    said = ask(served, inputs)
    chosen = _followed(asked, said, of)
    rows = computed.training_rows(asked)
    if rows is None:
        raise PizarraError(
            N_("An answer is explained by comparing it with training rows, but none were kept with this version."),
            N_("Ask a version that was trained here."),
        )
    found = explaining.explain(asked.predictor, row, rows, chosen)
    return {
        **prediction(asked, said),
        "of": chosen or None,
        "base": plain(found.base),
        "answer": plain(found.answer),
        "contributions": {str(name): plain(value) for name, value in found.contributions.items()},
        "method": found.method,
        **named(served),
    }


def what_if(
    served: Served, inputs: Mapping[str, Answer], along: str = "", *, of: str = "", steps: int = 21
) -> dict[str, Any]:
    """Return how the answer moves along one input, or along each in turn, all others as they are.

    ``not_moved`` are inputs of which nothing says what else they could be: texts, dates, and numbers without a range.

    Raises:
        ModelError: the model refuses a row.
        WrongInputsError: there is no such input or class.
    """
    asked = served.asked
    names = [field.name for field in asked.fields]
    if along and along not in names:
        raise WrongInputsError([WrongField("along", along, translate(UNKNOWN), {"values": names})])
    said = ask(served, inputs)
    chosen = _followed(asked, said, of)
    curves = response_curves({"": asked.predictor}, inputs, chosen, steps)
    moved = {
        str(name): [
            {"value": plain(value), "answer": plain(told)}
            for value, told in zip(points["value"], points["answer"], strict=True)
        ]
        for name, points in curves.groupby("input", sort=False)
        if along in {"", name}
    }
    still = [field.name for field in asked.fields if along in {"", field.name} and not can_vary(field)]
    return {**prediction(asked, said), "of": chosen or None, "curves": moved, "not_moved": still, **named(served)}


def plain(value: Any) -> Any:
    """Return a value as JSON has it: what is no number there is null, and a whole one that is too long has decimals.

    >>> plain(float("nan")), plain(2**64), plain(2**64 - 1)
    (None, 1.8446744073709552e+19, 18446744073709551615)
    """
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, int) and not -(2**63) <= value < 2**64:
        value = float(value)
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _followed(asked: AskedVersion, said: Prediction, of: str) -> str:
    """Return the class that is followed: the one asked for, else the one answered; nothing of a number."""
    if isinstance(said.answer, float):
        return ""
    words = [str(word) for word in (said.probabilities or {said.answer: 1.0})]
    if of and of not in words:
        raise WrongInputsError([WrongField("of", of, translate(NO_CLASS), {"values": sorted(words)})])
    return of or str(said.answer)


def _interval(asked: AskedVersion, value: float) -> dict[str, Any] | None:
    tested = cache.test_rows(asked.version)
    found = None if tested is None else residual_interval(tested, value, COVERAGE)
    if found is None:
        return None
    return {"low": found.low, "high": found.high, "coverage": found.coverage, "test_rows": found.rows}


def _chances(chances: Mapping[str, float]) -> dict[str, Any]:
    return {str(word): plain(chance) for word, chance in chances.items()}


def _odd(found: Sequence[Oddity]) -> list[dict[str, Any]]:
    return [
        {
            "name": one.name,
            "value": plain(one.value),
            "reason": one.reason,
            "verdict": one.alone,
            "words": in_words(one),
        }
        for one in found
    ]
