"""Two versions of a model on the same rows with known answers: what each says, row by row. Runs in a worker."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from core.errors import ModelError, PizarraError
from core.i18n import N_
from core.prediction.predict import class_word
from core.prediction.schema import NUMPY_TYPES
from core.store.artifacts import read_table
from core.store.connection import open_store
from core.store.models import ModelFiles, describe_model, load_model
from core.store.record import ANSWER, EVALUATION_TABLE, PREDICTION, PROBABILITY, ROW, feature_columns

MOST_BYTES = 20_000_000  # of an uploaded file
NUMBERS = {"double", "float", "long", "integer"}


@dataclass(frozen=True)
class Contestant:
    """A version in a duel; ``allow_code`` says that a person agreed to run code that came with it."""

    uri: str
    run_id: str = ""
    allow_code: bool = False


@dataclass(frozen=True)
class Rows:
    """Rows with known answers: the stored test rows of a run, or a table with its column of answers."""

    run_id: str = ""
    table: pd.DataFrame | None = None
    answer: str = ""


@dataclass(frozen=True)
class Answers:
    """What one version says: a table like ``EVALUATION_TABLE``, or why it could say nothing."""

    table: pd.DataFrame | None
    problem: PizarraError | None = None


def answer_rows(store_uri: str, contestants: Sequence[Contestant], rows: Rows) -> list[Answers]:
    """Return what each contestant says of the same rows, in the same order of rows.

    Raises:
        StoreError: the stored test rows cannot be read.
        ModelError: the table lacks its column of answers, or has no row with one.
    """
    store = open_store(store_uri)
    known = rows.table if rows.table is not None else read_table(store, rows.run_id, EVALUATION_TABLE)
    answers = _known_answers(known, rows.answer or ANSWER)
    return [_answers(store_uri, contestant, known.loc[answers.index], answers) for contestant in contestants]


def read_labelled(content: bytes) -> pd.DataFrame:
    """Read an uploaded CSV with a heading, its values separated by commas, semicolons or tabs.

    Raises:
        ModelError: it is too large, or no such table.
    """
    if len(content) > MOST_BYTES:
        raise ModelError(
            N_("The file may have at most {most} MB, but it has {size}."),
            N_("Use fewer rows."),
            most=MOST_BYTES // 1_000_000,
            size=round(len(content) / 1_000_000),
        )
    try:
        table = pd.read_csv(io.BytesIO(content), sep=None, engine="python", encoding="utf-8-sig")
    except (ValueError, csv.Error) as error:
        raise ModelError(
            N_("The file must be a CSV table in UTF-8 with a heading, but it cannot be read as one: {reason}"),
            N_("Save it as CSV (UTF-8) and try again."),
            reason=str(error)[:200],
        ) from error
    if table.empty or not table.columns.is_unique:
        raise ModelError(
            N_("The file must have rows and a different name for each column."), N_("Correct it and try again.")
        )
    return table


def _known_answers(table: pd.DataFrame, column: str) -> pd.Series:
    if column not in table:
        raise ModelError(
            N_("The rows must have a column of right answers called {column}, but there is none."),
            N_("Add it to the file, or choose the column that has them."),
            column=repr(column),
        )
    answers = table[column].dropna()
    if answers.empty:
        raise ModelError(N_("No row says its right answer."), N_("Use a file whose answers are known."))
    return answers


def _answers(store_uri: str, contestant: Contestant, rows: pd.DataFrame, answers: pd.Series) -> Answers:
    try:
        files = describe_model(open_store(store_uri), contestant.uri, contestant.run_id)
        model = load_model(files, allow_code=contestant.allow_code)
        features = _features(files, model, rows)
        return Answers(_table(files, model, features, rows, answers))
    except PizarraError as problem:
        return Answers(None, problem)


def _features(files: ModelFiles, model: Any, rows: pd.DataFrame) -> pd.DataFrame:
    """Return the columns that a model wants, with its types, whatever they are called beside the answers."""
    types = {column.name: column.type for column in files.columns}
    wanted = list(types) or [str(name) for name in getattr(model, "feature_names_in_", ())]
    if not wanted:
        raise ModelError(
            N_("This model does not say what it wants to know: it has no signature and no input example."),
            N_("Log it again with a signature or an input example, or choose another version."),
        )
    probabilities = [name for name in rows if str(name).startswith(PROBABILITY)]
    renamed = feature_columns(wanted, [ROW, ANSWER, PREDICTION, *probabilities])
    places = {name: renamed[name] if renamed[name] in rows else name for name in wanted}
    if missing := [name for name, place in places.items() if place not in rows]:
        raise ModelError(
            N_("The rows lack columns that this version wants to know: {names}."),
            N_("Use rows that have them."),
            names=", ".join(missing[:10]),
        )
    return pd.DataFrame({name: _typed(rows[place], types.get(name, ""), name) for name, place in places.items()})


def _typed(values: pd.Series, kind: str, name: str) -> pd.Series:
    try:
        if kind in NUMBERS:
            values = pd.to_numeric(values)
        return values.astype(NUMPY_TYPES[kind]) if kind in NUMPY_TYPES else values
    except (ValueError, TypeError) as error:
        raise ModelError(
            N_("The column {name} must be of type {type}, but some of its values are not: {reason}"),
            N_("Correct the rows, then try again."),
            name=name,
            type=kind,
            reason=str(error)[:200],
        ) from error


def _table(
    files: ModelFiles, model: Any, features: pd.DataFrame, rows: pd.DataFrame, answers: pd.Series
) -> pd.DataFrame:
    names = _class_names(files)
    try:
        said = np.asarray(model.predict(features)).ravel()
        chances = np.asarray(model.predict_proba(features)) if hasattr(model, "predict_proba") else None
    except Exception as error:  # a stranger's model may fail in any way
        raise ModelError(
            N_("The model could not answer: {reason}"),
            N_("Use other rows, or choose another version."),
            reason=f"{type(error).__name__}: {error}"[:300],
        ) from error
    if len(said) != len(features):
        raise ModelError(
            N_("The model must give one answer a row, but of {rows} rows it gave {answers}."),
            N_("Choose another version."),
            rows=len(features),
            answers=len(said),
        )
    is_class = bool(names) or chances is not None or not pd.api.types.is_numeric_dtype(said)
    is_class = is_class or not pd.api.types.is_numeric_dtype(answers)

    def shown(values: Any) -> Any:
        return [class_word(value, names) for value in values] if is_class else np.asarray(values, dtype=float)

    columns: dict[str, Any] = {
        ROW: rows[ROW].to_numpy() if ROW in rows else np.arange(1, len(rows) + 1),
        ANSWER: shown(answers),
        PREDICTION: shown(said),
    }
    if chances is not None and chances.ndim == 2:
        classes = getattr(model, "classes_", range(chances.shape[1]))
        columns |= {f"{PROBABILITY}{class_word(c, names)}": chances[:, n] for n, c in enumerate(classes)}
    renamed = features.rename(columns=feature_columns(list(features), columns))
    return pd.concat([pd.DataFrame(columns, index=rows.index), renamed], axis="columns").reset_index(drop=True)


def _class_names(files: ModelFiles) -> list[str]:
    target: Mapping[str, Any] = (files.profile or {}).get("target", {})
    return [str(name["value"]) for name in target.get("classes", [])]
