"""How likely each class of each answer is, where a model says it; its kind decides what are chances, never numbers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from core.prediction.classes import class_word, words_of
from core.prediction.raw_answers import RawAnswers
from core.store.traits import Task, says_chances


def named_chances(values: Any, classes: Any, names: Sequence[str] = (), task: Task = "") -> pd.DataFrame:
    """Return chances of shape (rows, classes) as a table under the words for ``classes``, by default 0 and so on."""
    table = np.asarray(values, dtype=float)
    known = range(table.shape[1]) if classes is None or len(classes) != table.shape[1] else classes
    return pd.DataFrame(table, columns=words_of(np.asarray(known), names, task))


def chances_of(
    model: Any, given: Any, answers: RawAnswers, names: Sequence[str] = (), task: Task = ""
) -> dict[str, pd.DataFrame]:
    """Return the chances of the classes of each of a model's answers, by the name of the answer."""
    if answers.chances is not None:
        return {"": answers.chances.set_axis([class_word(one) for one in answers.chances], axis=1).astype(float)}
    if not hasattr(model, "predict_proba"):
        return {}
    values, classes, outputs = model.predict_proba(given), getattr(model, "classes_", None), list(answers.outputs)
    if isinstance(values, list):  # one for each of several answers
        own = [None] * len(values) if classes is None else list(classes)
        if not len(values) == len(outputs) == len(own):
            return {}
        return {
            name: named_chances(one, those, names, task)
            for name, one, those in zip(outputs, values, own, strict=True)
        }  # fmt: skip
    table = np.asarray(values, dtype=float)
    if table.ndim != 2:
        return {}
    if len(outputs) == 1:
        return {outputs[0]: named_chances(table, classes, names, task)}
    if table.shape[1] != len(outputs):
        return {}
    # Several labels, each there (1) or not (0)
    return {
        name: named_chances(np.column_stack([1 - table[:, place], table[:, place]]), (0, 1), names, task)
        for place, name in enumerate(outputs)
    }


def as_chances(model: Any, answers: RawAnswers, names: Sequence[str], task: Task) -> pd.DataFrame | None:
    """Return answers that are themselves the chances of classes, or of the second of two; None where they are none.

    Networks and boosters without an estimator around them answer so.
    """
    outputs = answers.outputs
    if task != "classification" or not all(np.issubdtype(one.dtype, np.floating) for one in outputs.values()):
        return None
    are_chances = says_chances(model) or (len(outputs) > 1 and (answers.unnamed or list(outputs) == list(names)))
    if not are_chances:
        return None
    table = np.column_stack(list(outputs.values())).astype(float)
    return named_chances(np.column_stack([1 - table, table]) if table.shape[1] == 1 else table, None, names, task)
