"""Known answers as a model would give them: numbers, or classes in its own words."""

from __future__ import annotations

import pandas as pd
from pandas.api.types import is_bool_dtype

from core.errors import ModelError
from core.i18n import N_
from core.prediction.answers import Predictions
from core.prediction.classes import INLIER, OUTLIER, as_classes, class_word
from core.prediction.names import normal
from core.prediction.predict import Predictor


def output_of(asked: Predictor, column: str) -> str:
    """Return which of a model's several answers a column of right answers is of: the one of its name.

    The empty text stands for the only answer of a model; a model of several with unknown names is told by ``ask``.
    """
    return next((name for name in asked.output_names if normal(name) == normal(column)), asked.output)


def known_answers(asked: Predictor, said: Predictions, answers: pd.Series) -> pd.Series:
    """Return known answers (none of them missing) as ``asked`` gives its own, to be held against what it ``said``.

    They are float64 where it answers with numbers, and else words for classes, as objects; an answer that is none of
    its classes stays as it is.

    Raises:
        NoClassError: none of them is one of its classes.
        ModelError: it has no right answers, or several, or they are not numbers as its own.
    """
    if asked.task == "clusters":
        raise ModelError(
            N_("A model that finds clusters has no right answers: the numbers of its clusters mean nothing elsewhere."),
            N_("Choose another version."),
        )
    if said.outputs and asked.output not in said.outputs:
        raise ModelError(
            N_("The model gives several answers, and nothing says which of them the right ones are of: {names}."),
            N_("Call the column of the right answers as one of them."),
            names=", ".join(said.outputs),
        )
    if said.is_class:
        return _classes(asked, said, answers)
    numbers = pd.to_numeric(answers, errors="coerce").astype("float64")
    if asked.task != "regression" and (is_bool_dtype(answers) or numbers.isna().all()):
        return _classes(asked, said, answers)
    unread = numbers.isna()
    if unread.any():
        raise ModelError(
            N_("The model answers with numbers, so the right answers must be numbers, but one is {value}."),
            N_("Choose the column that has them, or correct the file."),
            value=repr(answers[unread].iloc[0]),
        )
    return numbers


def _classes(asked: Predictor, said: Predictions, answers: pd.Series) -> pd.Series:
    if asked.task == "outliers":
        written = {"-1": OUTLIER, "1": INLIER}
        answers = answers.map({value: written.get(class_word(value), value) for value in answers.unique()})
    told = _classes_of(asked, said)
    seen = [class_word(value) for value in pd.unique(pd.Series(said.values).dropna())]
    return as_classes(answers, told or tuple(sorted(seen)), asked.class_names, are_all=bool(told))


def _classes_of(asked: Predictor, said: Predictions) -> tuple[str, ...]:
    """Return a model's classes, none where it does not say them."""
    if asked.task == "outliers":
        return (OUTLIER, INLIER)
    return asked.classes if said.probabilities is None else tuple(map(str, said.probabilities.columns))
