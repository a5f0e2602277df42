"""What a model answers: one way to ask any model that MLflow can load."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, wraps
from inspect import signature
from typing import Any, Concatenate, ParamSpec, TypeVar, cast
from uuid import uuid4

import numpy as np
import pandas as pd

from core.errors import ModelError
from core.i18n import N_
from core.prediction.schema import InputField
from core.store.foreign.pool import ForeignModel
from core.store.foreign.process import unreadable
from core.store.models import ModelFiles


@dataclass(frozen=True)
class Prediction:
    """A model's answer to one row: a number, or a class with its probabilities (highest first) where it has any.

    ``outputs`` are all answers by name, where the model gives several.
    """

    answer: float | str
    probabilities: Mapping[str, float] | None = None
    outputs: Mapping[str, float | str] = field(default_factory=dict)

    @property
    def confidence(self) -> float | None:
        """The probability of the answer, where there is one."""
        return self.probabilities.get(str(self.answer)) if self.probabilities else None


@dataclass(frozen=True)
class Predictions:
    """A model's answers to rows, in their order.

    ``values`` are numbers (float64) or class words (object), of shape (rows,); ``probabilities`` has a column for each
    class, in the model's order; ``outputs`` has all answers by name, where the model gives several.
    """

    values: np.ndarray
    probabilities: pd.DataFrame | None = None
    outputs: Mapping[str, np.ndarray] = field(default_factory=dict)

    @property
    def is_class(self) -> bool:
        """Tell whether the answers are classes."""
        return self.values.dtype == object

    def first(self) -> Prediction:
        """Return the answer to the first row."""
        chances = None if self.probabilities is None else self.probabilities.iloc[0].sort_values(ascending=False)
        return Prediction(
            _one(self.values[0]),
            None if chances is None else {str(name): float(chance) for name, chance in chances.items()},
            {name: _one(values[0]) for name, values in self.outputs.items()},
        )


P = ParamSpec("P")
T = TypeVar("T")


def where_the_model_is(
    method: Callable[Concatenate[Predictor, P], T],
) -> Callable[Concatenate[Predictor, P], T]:
    """Have a method or property of ``Predictor`` work in the model's own process, where it has one.

    All that touch the model need it, first of their decorators from below. What they return is plain data.
    """

    @wraps(method)
    def ask(self: Predictor, *arguments: P.args, **named: P.kwargs) -> T:
        if not isinstance(self.model, ForeignModel):
            return method(self, *arguments, **named)
        given = signature(method).bind(self, *arguments, **named).args[1:]
        rows = next((len(one) for one in given if isinstance(one, pd.DataFrame)), None)
        said = self.model.run(
            _answer, self.key, replace(self, model=None), method.__name__, given, known=PLAIN, rows=rows or 0
        )
        if rows is not None and not _has_shape_of_answers(said, rows):
            raise unreadable()
        return cast("T", said)

    return cast("Callable[Concatenate[Predictor, P], T]", ask)


@dataclass(frozen=True)
class Predictor:
    """A loaded model and how to ask it.

    ``class_names`` are words for classes 0, 1, … where the model has numbers. ``output`` names the answer that is
    followed where it gives several, by default the first. With two classes and a ``cutoff`` the answer is the second
    class from that probability on; otherwise it is whatever the model itself says. ``named`` is False where the
    model takes its columns in their order, without names.
    """

    model: Any
    fields: Sequence[InputField] = ()
    class_names: Sequence[str] = ()
    named: bool = True
    output_names: Sequence[str] = ()
    output: str = ""
    cutoff: float | None = None

    @cached_property
    def key(self) -> str:
        """What tells it from all others."""
        return uuid4().hex

    @where_the_model_is
    def ask(self, rows: pd.DataFrame) -> Predictions:
        """Return the answers to ``rows``, which have the model's columns and types.

        Raises:
            RefusedError: the model could not answer some of them.
            ModelError: it does not give one answer a row.
        """
        try:
            model, given = _prepared(self.model, self.given(rows))
            if _follows_chances(model):
                values = np.asarray(model.predict_proba(given))
                outputs = {"": model.classes_.take(values.argmax(axis=1), axis=0)}
                chances: pd.DataFrame | None = _named_chances(values, model.classes_, self.class_names)
                place = 0
            else:
                outputs = _outputs(model.predict(given), self.output_names)
                place = list(outputs).index(self.output) if self.output in outputs else 0
                chances = _probabilities(model, given, place, self.class_names)
        except Exception as error:  # a stranger's model may fail in any way
            raise _refused(error) from error
        if not outputs or not all(len(values) for values in outputs.values()):
            raise ModelError(N_("The model gave an empty answer."), N_("Choose another version."))
        if any(len(values) != len(rows) for values in outputs.values()):
            raise ModelError(
                N_("The model must give one answer a row, but of {rows} rows it gave {answers}."),
                N_("Choose another version."),
                rows=len(rows),
                answers=len(next(iter(outputs.values()))),
            )
        if chances is None and _are_chances(outputs):
            chances = pd.DataFrame(outputs).set_axis(_class_words(outputs, self.class_names), axis=1)
            return self._of_classes(chances.columns.to_numpy(dtype=object)[chances.to_numpy().argmax(axis=1)], chances)
        named = {name: _values(values, self.class_names) for name, values in outputs.items()}
        followed = outputs[list(outputs)[place]]
        several = named if len(named) > 1 else {}
        if chances is None:
            return Predictions(named[list(named)[place]], None, several)
        return self._of_classes(_words(followed, self.class_names), chances, several)

    def _of_classes(
        self, words: np.ndarray, chances: pd.DataFrame, outputs: Mapping[str, np.ndarray] | None = None
    ) -> Predictions:
        if self.cutoff is not None and chances.shape[1] == 2:
            names = chances.columns.to_numpy(dtype=object)
            words = names[(chances.iloc[:, 1].to_numpy() >= self.cutoff).astype(int)]
        return Predictions(words, chances, outputs or {})

    @where_the_model_is
    def score(self, rows: pd.DataFrame, of: str = "") -> np.ndarray:
        """Return one number a row, of shape (rows,): the answer, or how likely class ``of`` is (0 or 1 if unsaid).

        Raises:
            ModelError: as ``ask``.
        """
        if of and not self.output and hasattr(self.model, "predict_proba"):  # asking once is twice as fast
            try:
                chances = _probabilities(self.model, self.given(rows), 0, self.class_names)
            except Exception as error:  # as in ``ask``
                raise _refused(error) from error
            if chances is not None and of in chances:
                return np.asarray(chances[of], dtype=float)
        said = self.ask(rows)
        if said.probabilities is not None and of in said.probabilities:
            return np.asarray(said.probabilities[of], dtype=float)
        if said.is_class:
            return np.asarray(said.values == of, dtype=float)
        return said.values

    def given(self, rows: pd.DataFrame) -> Any:
        """Return rows, with the model's columns and types, in the shape that it takes."""
        if not self.named:
            return rows.to_numpy()
        if rows.shape[1] == 1 and _reads_text(self.model):
            return rows.iloc[:, 0]
        if hasattr(self.model, "feature_names_in_"):
            return rows
        rows = rows.reset_index(drop=True)  # MLflow looks up row 0 of named arrays
        # MLflow takes an optional column as not given when it is not there, not when it is empty
        optional = {one.name for one in self.fields if one.optional}
        return rows[[name for name in rows if name not in optional or rows[name].notna().any()]]


def predictor(files: ModelFiles, model: Any, fields: Sequence[InputField], cutoff: float | None = None) -> Predictor:
    """Return how to ask a model, from its description."""
    if isinstance(model, ForeignModel):
        made: Predictor = model.run(_predictor, files, fields, cutoff, known=PLAIN)
        return replace(made, model=model)
    says_names = bool(files.columns) or files.example is not None or hasattr(model, "feature_names_in_")
    counts_only = not says_names and hasattr(model, "n_features_in_")  # an estimator that was fitted on an array
    named = files.named and not counts_only
    return Predictor(model, fields, class_names(files), named, files.outputs, cutoff=cutoff)


def class_names(files: ModelFiles) -> list[str]:
    """Return the words for classes 0, 1, … where the run's profile has them."""
    target: Mapping[str, Any] = (files.profile or {}).get("target", {})
    return [str(name["value"]) for name in target.get("classes", [])]


def class_word(value: Any, names: Sequence[str]) -> str:
    """Return the word for a class that the model has as a number, or the class as it is."""
    whole = isinstance(value, int | float | np.number) and float(value).is_integer()
    return names[int(value)] if whole and 0 <= int(value) < len(names) else str(value)


class RefusedError(ModelError):
    """A model could not answer some rows; it may answer others."""


def _refused(error: Exception) -> RefusedError:
    return RefusedError(
        N_("The model could not answer: {reason}"),
        N_("Change the inputs, or choose another version."),
        reason=f"{type(error).__name__}: {error}"[:300],
    )


# What an answer from a model's own process may hold
PLAIN = (InputField, Predictions, Predictor, RefusedError)


def _predictor(model: Any, files: ModelFiles, fields: Sequence[InputField], cutoff: float | None) -> Predictor:
    return replace(predictor(files, model, fields, cutoff), model=None)


def _answer(model: Any, key: str, asked: Predictor, name: str, arguments: Sequence[Any]) -> Any:
    """Answer in the model's own process, where the last predictors stay: they keep what they know of the model."""
    if key not in _answering:
        for old in list(_answering)[: -KEPT_PREDICTORS + 1]:
            del _answering[old]
        _answering[key] = replace(asked, model=model)
    found = getattr(_answering[key], name)
    return found(*arguments) if callable(found) else found


KEPT_PREDICTORS = 8
_answering: dict[str, Predictor] = {}


def _has_shape_of_answers(said: Any, rows: int) -> bool:
    """A model may say anything in its own process, whatever was asked."""
    if isinstance(said, np.ndarray):
        return bool(said.shape == (rows,) and said.dtype.kind == "f")
    if not isinstance(said, Predictions) or not isinstance(said.outputs, dict):
        return False
    columns, chances = [said.values, *said.outputs.values()], said.probabilities
    return all(isinstance(one, np.ndarray) and one.shape == (rows,) for one in columns) and (
        chances is None or (isinstance(chances, pd.DataFrame) and len(chances) == rows)
    )


def _prepared(model: Any, given: Any) -> tuple[Any, Any]:
    """Return the last step of a scikit-learn pipeline and what the steps before make of rows; else both as they are.

    Answer and probabilities are two questions, and a pipeline would prepare the rows for each: most of its time.
    """
    kind = type(model)
    if (kind.__module__, kind.__name__) != ("sklearn.pipeline", "Pipeline") or not hasattr(model, "predict_proba"):
        return model, given
    return (model.steps[-1][1], model[:-1].transform(given)) if len(model.steps) > 1 else (model, given)


def _follows_chances(model: Any) -> bool:
    """A forest's answer is by definition its most likely class: its trees need not be asked for both."""
    kind = type(model)
    forest = kind.__module__ == "sklearn.ensemble._forest" and kind.__name__.endswith("Classifier")
    return forest and getattr(model, "n_outputs_", 0) == 1


def _reads_text(model: Any) -> bool:
    """A vectorizer takes texts; given a table it would read the names of the columns, and say nothing."""
    steps = getattr(model, "steps", None)
    return hasattr(steps[0][1] if steps else model, "vocabulary_")


def _outputs(said: Any, names: Sequence[str]) -> dict[str, np.ndarray]:
    """Return the answers by name, each of shape (rows,); a single one is called by the empty text."""
    if isinstance(said, pd.DataFrame | Mapping):
        columns = {str(name): np.asarray(said[name]).reshape(-1) for name in said}
        return {"": next(iter(columns.values()))} if len(columns) == 1 else columns
    values = np.asarray(said)
    if values.ndim < 2:
        return {"": values.ravel()}
    values = values.reshape(len(values), -1)
    if values.shape[1] == 1:
        return {"": values[:, 0]}
    if len(names) != values.shape[1]:
        names = [str(place) for place in range(1, values.shape[1] + 1)]
    return {name: values[:, place] for place, name in enumerate(names)}


def _probabilities(model: Any, given: Any, place: int, names: Sequence[str]) -> pd.DataFrame | None:
    if not hasattr(model, "predict_proba"):
        return None
    values, classes = model.predict_proba(given), getattr(model, "classes_", None)
    if isinstance(values, list):  # one for each of several answers
        values, classes = values[place], None if classes is None else classes[place]
    values = np.asarray(values, dtype=float)
    return _named_chances(values, classes, names) if values.ndim == 2 else None


def _named_chances(values: np.ndarray, classes: Any, names: Sequence[str]) -> pd.DataFrame:
    words = [class_word(one, names) for one in (range(values.shape[1]) if classes is None else classes)]
    return pd.DataFrame(values, columns=words)


def _are_chances(outputs: Mapping[str, np.ndarray]) -> bool:
    """Networks and raw boosters answer with a column of probabilities for each class."""
    if len(outputs) < 2 or not all(np.issubdtype(values.dtype, np.number) for values in outputs.values()):
        return False
    table = np.column_stack(list(outputs.values())).astype(float)
    return bool((table >= 0).all() and np.allclose(table.sum(axis=1), 1, atol=1e-4))


def _class_words(outputs: Mapping[str, np.ndarray], names: Sequence[str]) -> list[str]:
    if len(names) == len(outputs):
        return list(names)
    unnamed = list(outputs) == [str(place) for place in range(1, len(outputs) + 1)]
    return [str(place) for place in range(len(outputs))] if unnamed else list(outputs)


def _values(values: np.ndarray, names: Sequence[str]) -> np.ndarray:
    """Return numbers as they are, and anything else, or classes that have names, as words."""
    if names:
        return _words(values, names)
    if values.dtype == object:
        numeric = all(isinstance(v, int | float | np.number) and not isinstance(v, bool | np.bool_) for v in values)
    else:
        numeric = bool(np.issubdtype(values.dtype, np.number))
    return values.astype(float) if numeric else _words(values, ())


def _words(values: np.ndarray, names: Sequence[str]) -> np.ndarray:
    codes, found = pd.factorize(values, use_na_sentinel=False)
    words = np.array([class_word(value, names) for value in found], dtype=object)
    return np.asarray(words[codes], dtype=object)


def _one(value: Any) -> float | str:
    return value if isinstance(value, str) else float(value)
