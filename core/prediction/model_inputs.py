"""What a model without a description wants to know, from its own fitted parts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from core.store.models import InputColumn
from core.store.traits import kept_categories, own_order

INSIDE = ("best_estimator_", "estimator_", "regressor_", "estimator")  # where a model around another one has it
TYPES = {"b": "boolean", "i": "long", "u": "long", "f": "double"}  # by NumPy's kinds of types


def columns_of_model(model: Any) -> list[InputColumn]:
    """Return the columns an estimator was fitted on: it remembers their names or count, its encoders their words."""
    names = _names(model)
    types = {name: _type(words) for name, words in _words(model, names)}
    return [InputColumn(name, types.get(name, "double"), required=True) for name in names]


def choices_of_model(model: Any, columns: Sequence[InputColumn], *, signed: bool) -> Mapping[str, tuple[str, ...]]:
    """Return the words that a model knows of its columns of words: those its trees keep, and those of its encoders.

    With a signature any word may be entered, as encoders may ignore unknown ones.
    """
    names = [column.name for column in columns]
    found = {} if signed else {name: some for name, some in _words(model, _names(model) or names) if some is not None}
    own = own_order(model, names)
    found |= {own[place]: some for place, some in kept_categories(model).items() if place < len(own)}
    return {
        column.name: tuple(str(word) for word in found[column.name] if word is not None and word == word)
        for column in columns
        if column.type == "string" and column.name in found
    }


def _names(model: Any) -> list[str]:
    names = [str(name) for name in getattr(model, "feature_names_in_", ())]
    if not names and not hasattr(model, "steps"):  # a pipeline's first step may turn one text into a thousand columns
        names = [str(place) for place in range(1, getattr(model, "n_features_in_", 0) + 1)]
    return names


def _words(model: Any, names: Sequence[str]) -> Iterator[tuple[str, Any]]:
    """Yield columns with the categories that were found in them, or None for one of free text."""
    for step in _steps(model):
        transformers = getattr(step, "transformers_", None)
        if transformers is not None:
            for _name, transformer, columns in transformers:
                if isinstance(columns, str) and _is_vectorizer(transformer):
                    yield columns, None
                elif not isinstance(transformer, str):
                    yield from _words(transformer, _chosen(columns, names))
        elif hasattr(step, "categories_") and len(step.categories_) == len(names):
            yield from zip(names, step.categories_, strict=True)
        for inside in INSIDE:
            if hasattr(step, inside):
                yield from _words(getattr(step, inside), names)
                break


def _steps(model: Any) -> list[Any]:
    return [step for _name, step in getattr(model, "steps", [("", model)]) if not isinstance(step, str)]


def _is_vectorizer(transformer: Any) -> bool:
    return any(hasattr(step, "build_analyzer") for step in _steps(transformer))


def _chosen(columns: Any, names: Sequence[str]) -> list[str]:
    """Return the names of columns, which may be said by name, place, slice or mask."""
    if isinstance(columns, str):
        return [columns]
    if isinstance(columns, slice):
        return list(names[columns]) if isinstance(columns.start, int | None) else []
    listed = list(np.ravel(columns))
    if listed and all(isinstance(one, bool | np.bool_) for one in listed):
        return [name for name, chosen in zip(names, listed, strict=False) if chosen]
    return [str(one) if isinstance(one, str) else names[int(one)] for one in listed]


def _type(words: Any) -> str:
    return "string" if words is None else TYPES.get(np.asarray(words).dtype.kind, "string")
