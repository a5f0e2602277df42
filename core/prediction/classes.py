"""Classes in words: one spelling for each, and known answers matched to a model's classes by what they mean."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd

from core.errors import ModelError
from core.i18n import N_
from core.prediction.names import normal
from core.prediction.schema import FALSE_WORDS, LARGEST_WHOLE, TRUE_WORDS, is_missing

OUTLIER, INLIER = "outlier", "inlier"  # what scikit-learn's detectors call -1 and 1
CLUSTER = "cluster {number}"

NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,2})?")
LONGEST_NUMBER = 40  # characters
MOST_SHOWN = 5
TRUE, FALSE = {*TRUE_WORDS, "t", "y", "v", "s", "cierto"}, {*FALSE_WORDS, "f", "n"}  # of two classes that are these


class NoClassError(ModelError):
    """The known answers are not a model's classes: none of them is, or some may be classes called otherwise."""


def class_word(value: Any, names: Sequence[str] = ()) -> str:
    """Return the word for a class that the model has as a number, or the class as it is.

    The same class has one spelling, whether it was learned as a whole number or as a float.

    >>> class_word(1, ["no", "yes"]), class_word(1.0), class_word(True), class_word("1.0")
    ('yes', '1', 'True', '1.0')
    """
    is_flag = isinstance(value, bool | np.bool_)
    whole = is_flag or (isinstance(value, int | float | np.number) and float(value).is_integer())
    if whole and 0 <= int(value) < len(names):
        return names[int(value)]
    return str(int(value)) if whole and not is_flag and abs(value) < LARGEST_WHOLE else str(value)


def as_classes(
    answers: pd.Series, classes: Sequence[str], names: Sequence[str] = (), *, are_all: bool = True
) -> pd.Series:
    """Return known answers in a model's own words for its classes; what is none of them stays as it is.

    They match by what they mean: 1, 1.0, "1" and " 1 " are one class, so are "Yes", "yes " and "YES", and the two ways
    to write an accent. If some match in no such way, all are tried as yes and no where the model's two classes are
    that, and as the numbers of its ``names``; then every one of them must be a class. ``are_all``: the model has no
    other ``classes``.

    Raises:
        NoClassError: none of them is one of ``classes``, or some may be those that no answer is: 1 and 2 for 0 and 1.
    """
    values = answers.dropna().unique().tolist()
    found = {value: by_meaning for value in values if (by_meaning := _by_meaning(classes)(value)) is not None}
    if len(found) < len(values):
        are_flags = all(isinstance(value, bool) for value in values)
        ways = [_as_truth(classes), _as_place(names)]
        for way in ways if are_flags or not names else reversed(ways):
            other = {value: word for value in values if (word := way(value)) is not None}
            if len(other) == len(values):
                found = other
                break
    if not found and values:
        raise NoClassError(
            N_("The right answers must be classes of the model, {classes}, but none of them is: {answers}."),
            N_("Choose the column that has them, or write them as the model does."),
            classes=_listed(classes),
            answers=_listed([class_word(value) for value in values]),
        )
    strange = [class_word(value) for value in values if value not in found]
    absent = [word for word in classes if word not in found.values()]
    if are_all and strange and absent and (len(strange) == len(absent) or _are_numbers([*strange, *classes])):
        raise NoClassError(
            N_("The right answers must be classes of the model, but {answers} are none, and no row has its {absent}: "
               "they may be the same, called otherwise."),
            N_("Choose the column that has them, or write them as the model does."),
            answers=_listed(strange),
            absent=_listed(absent),
        )  # fmt: skip
    words = {value: found.get(value, normal(class_word(value))) for value in values}
    return answers.map(words).astype(object).where(answers.notna(), None)


def same_class(one: str, other: str) -> bool:
    """Tell whether two words for a class mean the same.

    >>> same_class("True", "1"), same_class("yes ", "Yes"), same_class("0", "1")
    (True, True, False)
    """
    keys = {_key(one), _key(other)}
    return len(keys) == 1 or keys <= TRUE_WORDS or keys <= FALSE_WORDS


Way = Callable[[Any], str | None]


def _by_meaning(classes: Sequence[str]) -> Way:
    as_written = {word: word for word in classes}
    in_one_form = _unlike(classes, normal)
    folded = _unlike(classes, _key)

    def word_of(value: Any) -> str | None:
        word = class_word(value)
        return as_written.get(word) or in_one_form.get(normal(word)) or folded.get(_key(word))

    return word_of


def _as_truth(classes: Sequence[str]) -> Way:
    """Return how yes and no are read where these are a model's two classes."""
    truths = {_truth(word): word for word in classes}
    if len(classes) != 2 or set(truths) != {True, False}:
        return lambda value: None
    return lambda value: truths.get(_truth(class_word(value)))


def _as_place(names: Sequence[str]) -> Way:
    """Return how a class's number is read: that of its name."""

    def word_of(value: Any) -> str | None:
        key = _key(class_word(value))
        return names[int(key)] if key.isdecimal() and int(key) < len(names) else None

    return word_of


def _unlike(classes: Sequence[str], form: Callable[[str], str]) -> Mapping[str, str]:
    """Return classes by a form of their words, those left out that have it in common with another."""
    forms = [form(word) for word in classes]
    counts = Counter(forms)
    return {one: word for one, word in zip(forms, classes, strict=True) if counts[one] == 1}


def _key(word: str) -> str:
    """Return a word in the form in which what means the same is the same."""
    text = normal(word)
    if not NUMBER.fullmatch(text) or len(text) > LONGEST_NUMBER:
        return text.casefold()
    number = Decimal(text)  # a float would make one of two long numbers
    return str(int(number)) if number == number.to_integral_value() else str(number.normalize())


def _are_numbers(words: Sequence[str]) -> bool:
    return all(NUMBER.fullmatch(normal(word)) for word in words)


def _truth(word: str) -> bool | None:
    key = _key(word)
    return True if key in TRUE else False if key in FALSE else None


def _listed(words: Sequence[str]) -> str:
    shown = ", ".join(map(repr, words[:MOST_SHOWN]))
    return f"{shown}, …" if len(words) > MOST_SHOWN else shown


# Answers


def words_of(values: np.ndarray, names: Sequence[str] = (), task: str = "") -> np.ndarray:
    """Return classes in words, as an array of objects; what is no answer is None."""
    codes, found = pd.factorize(np.asarray(values), use_na_sentinel=False)
    words = np.array([None if is_missing(value) else _word(value, names, task) for value in found], dtype=object)
    return np.asarray(words[codes], dtype=object)


def _word(value: Any, names: Sequence[str], task: str) -> str:
    word = class_word(value, names)
    if task == "clusters":
        return CLUSTER.format(number=word)
    return {"-1": OUTLIER, "1": INLIER}.get(word, word) if task == "outliers" else word
