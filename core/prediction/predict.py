"""What a model answers: one way to ask any model that MLflow can load."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, wraps
from inspect import signature
from typing import Any, Concatenate, ParamSpec, TypeVar, cast
from uuid import uuid4

import numpy as np
import pandas as pd

from core.errors import ModelError
from core.i18n import N_
from core.prediction.answers import NoAnswerError, are_answers
from core.prediction.answers import Prediction as Prediction
from core.prediction.answers import Predictions as Predictions
from core.prediction.chances import as_chances, chances_of, named_chances
from core.prediction.classes import class_word, words_of
from core.prediction.fast.asking import OneRow, one_row
from core.prediction.fast.way import CannotSayError, FastWay, Said
from core.prediction.given_rows import as_hinted, takes_texts, with_categories
from core.prediction.parameters import by_parameters, joined
from core.prediction.raw_answers import RawAnswers, of_one_row, read_answers
from core.prediction.schema import InputField, input_frame, is_missing, names_of
from core.prediction.told import TOLD
from core.store.foreign.pool import ForeignModel, where_it_is
from core.store.foreign.process import unreadable
from core.store.models import ModelFiles
from core.store.traits import Task, kept_categories, own_order, task_of

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
        if rows is None:
            said = TOLD[method.__name__](said)
        elif not are_answers(said, rows):
            raise unreadable()
        return cast("T", said)

    return cast("Callable[Concatenate[Predictor, P], T]", ask)


@dataclass(frozen=True)
class Predictor:
    """A loaded model and how to ask it.

    ``class_names`` are words for classes 0, 1, … where the model has numbers. ``output`` names the answer that is
    followed where it gives several, by default the first. With two classes and a ``cutoff`` the answer is the second
    class from that probability on; otherwise it is whatever the model itself says. ``named`` is False where the
    model takes its columns in their order, without names. ``described`` is what its description and its run say that
    it does, which counts where the model itself does not say it; ``hinted``, that it is a function with type hints.
    ``fast`` is a way to its answers to few rows that takes less time, and gives the same.
    """

    model: Any
    fields: Sequence[InputField] = ()
    class_names: Sequence[str] = ()
    named: bool = True
    output_names: Sequence[str] = ()
    output: str = ""
    cutoff: float | None = None
    described: Task = ""
    hinted: bool = False
    fast: FastWay | None = None

    @cached_property
    @where_the_model_is
    def task(self) -> Task:
        """What the model does; empty where nothing says it. It is never guessed from answers."""
        return task_of(self.model) or self.described or ("classification" if self.class_names else "")

    @cached_property
    @where_the_model_is
    def classes(self) -> tuple[str, ...]:
        """Its classes in words, in the model's order; none where it does not say them."""
        if self.class_names or self.task != "classification":
            return tuple(self.class_names)
        known: Any = getattr(self.model, "classes_", ())
        return tuple(map(class_word, known)) if np.ndim(known) == 1 and not any(map(np.ndim, known)) else ()

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
        names = [one.name for one in self.fields if one.is_parameter and one.name in rows]
        if not names:
            return self._answers(rows, {})
        inputs = rows.drop(columns=names)
        return joined([(at, self._answers(inputs.iloc[at], given)) for at, given in by_parameters(rows, names)])

    def ask_one(self, values: Sequence[Any]) -> Prediction:
        """Return the answer to one row, given as the values of ``fields`` in their order and types; a gap is None.

        It is what ``ask`` says first of such a row, and needs no table around it where there is a fast way.

        Raises:
            ModelError: as ``ask``, or a value does not fit, or there is no answer.
        """
        said = None if self._one_row is None else self._one_row.answer(values)
        if said is not None:
            return said
        return self.ask(input_frame(self.fields, dict(zip(names_of(self.fields), values, strict=True)))).first()

    @cached_property
    def _one_row(self) -> OneRow | None:
        way, has_classes = self._way, len(self._known_classes) > 0
        if way is None or self.task != ("classification" if has_classes else "regression"):
            return None
        return one_row(way, self.fields, self._known_classes, self._class_words, self.cutoff)

    @cached_property
    def _way(self) -> FastWay | None:
        """The fast way, where rows reach the model as they are given."""
        way = self.fast
        if way is None or isinstance(self.model, ForeignModel) or self.hinted or self.categories:
            return None
        is_plain = self.named == (way.names is not None) and not any(one.is_parameter for one in self.fields)
        return way if is_plain else None

    def _said_fast(self, rows: pd.DataFrame) -> Said | None:
        """Return what the fast way says of rows; None where they are many, or it cannot say."""
        try:
            return None if self._way is None else self._way.say(rows)
        except CannotSayError:
            return None

    @cached_property
    def _known_classes(self) -> np.ndarray:
        return np.asarray(getattr(self.model, "classes_", ()))

    @cached_property
    def _class_words(self) -> np.ndarray:
        """The words for its classes, as the columns of its chances are called."""
        return words_of(self._known_classes, self.class_names, self.task)

    def _in_words(self, chances: np.ndarray) -> pd.DataFrame:
        """Return the same as ``named_chances`` of the model's classes, whose words are known already."""
        if chances.shape[1] != len(self._known_classes):
            return named_chances(chances, None, self.class_names, self.task)
        return pd.DataFrame(np.asarray(chances, dtype=float), columns=self._class_words)

    def _answers(self, rows: pd.DataFrame, parameters: Mapping[str, Any]) -> Predictions:
        try:
            said = None if parameters else self._said_fast(rows)
            if said is None:
                answers, chances = self._said(rows, parameters)
            else:
                answers = RawAnswers({"": said[0]})
                chances = {} if said[1] is None else {"": self._in_words(said[1])}
        except ModelError:
            raise
        except Exception as error:  # a stranger's model may fail in any way
            raise _refused(error) from error
        outputs = answers.outputs
        if not outputs or not all(len(values) for values in outputs.values()):
            raise ModelError(N_("The model gave an empty answer."), N_("Choose another version."))
        if any(len(values) != len(rows) for values in outputs.values()):
            several = any(one.is_parameter for one in self.fields)
            raise (RefusedError if several else ModelError)(  # one row after the other may be answered
                N_("The model must give one answer a row, but of {rows} rows it gave {answers}."),
                N_("Choose another version."),
                rows=len(rows),
                answers=len(next(iter(outputs.values()))),
            )
        table = None if chances else as_chances(self.model, answers, self.class_names, self.task)
        if table is not None:
            likeliest = table.columns.to_numpy(dtype=object)[table.to_numpy().argmax(axis=1)]
            return Predictions(self._cut(likeliest, table), table)
        return self._named(outputs, chances)

    def _said(self, rows: pd.DataFrame, parameters: Mapping[str, Any]) -> tuple[RawAnswers, Mapping[str, pd.DataFrame]]:
        """Return what the model says of rows, and the chances of the classes of each of its answers."""
        model, given = _prepared(self.model, self.given(rows))
        if _follows_chances(model):
            values = np.asarray(model.predict_proba(given))
            answers = RawAnswers({"": model.classes_.take(values.argmax(axis=1), axis=0)})
            return answers, {"": named_chances(values, model.classes_, self.class_names, self.task)}
        said = model.predict(given, params=dict(parameters)) if parameters else model.predict(given)
        answers = read_answers(said, self.output_names, getattr(given, "index", None))
        if len(rows) == 1 and any(one.is_parameter for one in self.fields):
            answers = of_one_row(answers)  # a forecast of so many steps, as its parameters say
        return answers, chances_of(model, given, answers, self.class_names, self.task)

    def _named(self, outputs: Mapping[str, np.ndarray], chances: Mapping[str, pd.DataFrame]) -> Predictions:
        named = {name: self._values(values, is_one=len(outputs) == 1) for name, values in outputs.items()}
        followed = self.output if self.output in outputs else next(iter(outputs))
        if len(named) > 1:
            return Predictions(named[followed], chances.get(followed), named, chances)
        if followed not in chances:
            return Predictions(named[followed])
        return Predictions(self._cut(named[followed], chances[followed]), chances[followed])

    def _cut(self, words: np.ndarray, chances: pd.DataFrame) -> np.ndarray:
        if self.cutoff is None or chances.shape[1] != 2:
            return words
        names = chances.columns.to_numpy(dtype=object)
        return np.asarray(names[(chances.iloc[:, 1].to_numpy() >= self.cutoff).astype(int)], dtype=object)

    @where_the_model_is
    def score(self, rows: pd.DataFrame, of: str = "") -> np.ndarray:
        """Return one number a row, of shape (rows,): the answer, or how likely class ``of`` is (0 or 1 if unsaid).

        Raises:
            ModelError: as ``ask``.
        """
        if self._has_chance(of):  # half of the time
            try:
                fast = self._said_fast(rows)
                if fast is not None and fast[1] is not None:
                    return np.asarray(self._in_words(fast[1])[of], dtype=float)
                chance = self._chance(*_prepared(self.model, self.given(rows)), of)
            except Exception as error:  # as in ``ask``
                raise _refused(error) from error
            if chance is not None:
                return chance
        said = self.ask(rows)
        if said.probabilities is not None and of in said.probabilities:
            return np.asarray(said.probabilities[of], dtype=float)
        if said.is_class:
            return np.asarray(said.values == of, dtype=float)
        return said.values

    def prepares(self, of: str = "") -> bool:
        """Tell whether ``score`` asks the last step of a pipeline about rows that the steps before it prepared."""
        return _has_steps(self.model) and (self._has_chance(of) if of else self.task == "regression")

    def prepared(self, rows: pd.DataFrame) -> Any:
        """Return what a pipeline's last step gets for rows.

        Raises:
            RefusedError: the steps before refuse them.
        """
        try:
            return self.model[:-1].transform(self.given(rows))
        except Exception as error:  # as in ``ask``
            raise _refused(error) from error

    def score_prepared(self, made: Any, of: str = "") -> np.ndarray | None:
        """Return the same as ``score`` for rows that are ``prepared``; None of several labels.

        Raises:
            RefusedError: the last step refuses them.
        """
        last = self.model.steps[-1][1]
        try:
            return self._chance(last, made, of) if of else np.asarray(last.predict(made), dtype=float)
        except Exception as error:  # as in ``ask``
            raise _refused(error) from error

    def _has_chance(self, of: str) -> bool:
        return of in self.classes and not self.output and hasattr(self.model, "predict_proba")

    def _chance(self, model: Any, given: Any, of: str) -> np.ndarray | None:
        """Return how likely a class is; None of several labels, which only the shape of the answer tells."""
        values = model.predict_proba(given)
        if np.ndim(values) != 2 or not (_follows_chances(model) or np.size(model.predict(given[:1])) == 1):
            return None
        return np.asarray(named_chances(values, model.classes_, self.class_names)[of], dtype=float)

    @cached_property
    def categories(self) -> Mapping[int, tuple[Any, ...]]:
        """The categories that the model keeps, by the place of the input."""
        return kept_categories(self.model)

    @cached_property
    def _texts(self) -> dict[str, bool]:
        """Whether the model takes texts instead of a table of one column, by its name, once that is known."""
        return {}

    def given(self, rows: pd.DataFrame) -> Any:
        """Return rows, with the model's columns and types, in the shape that it takes."""
        if self.hinted:
            return as_hinted(rows)
        if self.categories:
            rows = with_categories(rows[own_order(self.model, list(rows))], self.categories)
        if rows.shape[1] == 1:
            name = str(rows.columns[0])
            if name not in self._texts:
                self._texts[name] = takes_texts(self.model, rows)
            if self._texts[name]:
                return rows.iloc[:, 0]
        if not self.named:
            return rows.to_numpy()
        if hasattr(self.model, "feature_names_in_"):
            return rows
        rows = rows.reset_index(drop=True)  # MLflow looks up row 0 of named arrays
        # MLflow takes an optional column as not given when it is not there, not when it is empty
        optional = {one.name for one in self.fields if one.optional}
        return rows[[name for name in rows if name not in optional or rows[name].notna().any()]]

    # Answers in words

    def _values(self, values: np.ndarray, *, is_one: bool) -> np.ndarray:
        """Return numbers as they are, and anything else, or what a classifier has as numbers, as words.

        Beside a label some say how sure they are of it.
        """
        beside = not is_one and np.issubdtype(values.dtype, np.floating) and not task_of(self.model)
        if self.task in {"classification", "clusters", "outliers"} and not beside:
            return words_of(values, self.class_names, self.task)
        if np.issubdtype(values.dtype, np.number):
            return values.astype(float)
        there = [value for value in values if not is_missing(value)]
        if values.dtype == object and there and not any(isinstance(one, bool | np.bool_) for one in there) and all(
            isinstance(one, int | float | np.number) for one in there
        ):  # fmt: skip
            return np.array([np.nan if is_missing(value) else float(value) for value in values])
        return words_of(values)


def predictor(files: ModelFiles, model: Any, fields: Sequence[InputField], cutoff: float | None = None) -> Predictor:
    """Return how to ask a model, from its description."""
    says_names = bool(files.columns) or files.example is not None
    named = files.named and (says_names or where_it_is(model, _only_counts) is not True)
    return Predictor(
        model,
        fields,
        class_names(files),
        named,
        files.outputs,
        cutoff=cutoff,
        described=_described(files),
        hinted=files.hinted,
    )


def class_names(files: ModelFiles) -> list[str]:
    """Return the words for classes 0, 1, … where the run's profile has them."""
    target: Mapping[str, Any] = (files.profile or {}).get("target", {})
    return [str(name["value"]) for name in target.get("classes", [])]


def _described(files: ModelFiles) -> Task:
    target: Mapping[str, Any] = (files.profile or {}).get("target", {})
    told: dict[str, Task] = {"classification": "classification", "regression": "regression"}
    return told.get(str(target.get("kind")), files.task)


class RefusedError(ModelError):
    """A model could not answer some rows; it may answer others."""


def _refused(error: Exception) -> RefusedError:
    return RefusedError(
        N_("The model could not answer: {reason}"),
        N_("Change the inputs, or choose another version."),
        reason=f"{type(error).__name__}: {error}"[:300],
    )


# What an answer from a model's own process may hold
PLAIN = (Predictions, RefusedError, NoAnswerError)


def _only_counts(model: Any) -> bool:
    """Tell whether an estimator was fitted on an array, whose columns have no names."""
    return not hasattr(model, "feature_names_in_") and hasattr(model, "n_features_in_")


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


def _prepared(model: Any, given: Any) -> tuple[Any, Any]:
    """Return the last step of a scikit-learn pipeline and what the steps before make of rows; else both as they are.

    Answer and probabilities are two questions, and a pipeline would prepare the rows for each: most of its time.
    """
    if not _has_steps(model) or not hasattr(model, "predict_proba"):
        return model, given
    return model.steps[-1][1], model[:-1].transform(given)


def _has_steps(model: Any) -> bool:
    kind = type(model)
    return (kind.__module__, kind.__name__) == ("sklearn.pipeline", "Pipeline") and len(model.steps) > 1


def _follows_chances(model: Any) -> bool:
    """A forest's answer is by definition its most likely class: its trees need not be asked for both."""
    kind = type(model)
    forest = kind.__module__ == "sklearn.ensemble._forest" and kind.__name__.endswith("Classifier")
    return forest and getattr(model, "n_outputs_", 0) == 1
