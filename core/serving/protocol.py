"""MLflow's scoring protocol for the version that answers, and its rows in the order of the model's inputs."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from core.errors import PizarraError
from core.i18n import N_, translate
from core.prediction.schema import InputField
from core.serving.inputs import read_record
from core.serving.problems import WrongField, WrongInputsError
from core.serving.served import Served
from core.store.scoring import NotScoredError, Scored, score
from core.training.tasks import Limit

TABLES = ("dataframe_split", "dataframe_records", "instances", "inputs")
MOST_ROWS = 10_000  # that are read cell by cell
BAD_REQUEST = 400
MOST_WRONG = 20  # fields that are named


def invocations(served: Served, body: bytes, content_type: str, read: Callable[[], Any] | None = None) -> Scored:
    """Answer as ``mlflow models serve`` does; ``read`` reads the body where it is JSON, and says what is wrong with it.

    Raises:
        WrongInputsError: MLflow refuses it, and by what the model wants it is known which inputs are to blame.
        NotScoredError: MLflow refuses it.
        ModelError: the model cannot be asked.
    """
    try:
        return score(served.asked.files, served.asked.model, body, content_type)
    except NotScoredError as error:
        if error.status == BAD_REQUEST and read is not None:
            _blame(read(), served.asked.fields, error)
        raise


def _blame(document: Any, fields: Sequence[InputField], refused: NotScoredError) -> None:
    """Say which inputs of a refused request are not as the model wants them, in the first row that has some.

    Raises:
        PizarraError: some are not, or the request has none of the forms.
    """
    for row in rows_of(document, fields)[:MOST_ROWS]:
        try:
            read_record(row, fields)
        except WrongInputsError as error:
            raise WrongInputsError(error.fields[:MOST_WRONG]) from refused


def rows_of(document: Any, fields: Sequence[InputField]) -> list[Mapping[str, Any]]:
    """Return the records of a request in one of MLflow's forms; rows without names have the order of the inputs.

    Raises:
        PizarraError: it has none of these forms, or two of them, or rows of another width.
    """
    given = [form for form in TABLES if isinstance(document, dict) and form in document]
    if len(given) != 1:
        raise PizarraError(
            N_("The request must have exactly one of {forms}, but it has {given}."),
            N_("Send something like {example}."),
            forms=", ".join(TABLES),
            given=", ".join(given) or translate(N_("none of them")),
            example='{"instances": [[5.1, 3.5, 1.4, 0.2]]}',
        )
    table = document[given[0]]
    names = [field.name for field in fields if not field.is_parameter]
    if given == ["dataframe_split"] and isinstance(table, dict):
        given_names = table.get("columns")
        names = [str(name) for name in given_names] if given_names and isinstance(given_names, list) else names
        table = table.get("data")
    elif isinstance(table, dict):
        return _by_columns(table)
    if not isinstance(table, list) or not table:
        raise _no_rows(given[0])
    if all(isinstance(row, dict) for row in table):
        return list(table)
    if not all(isinstance(row, list) and len(row) == len(names) for row in table):
        raise PizarraError(
            N_("Every row must have {count} values, one for each of {names}."),
            N_("Correct the rows, or send records with a name for each value."),
            count=len(names),
            names=", ".join(names[:30]),
        )
    return [dict(zip(names, row, strict=True)) for row in table]


def _by_columns(table: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Return the rows of a table that is given column by column, or its one row."""
    columns = {str(name): values if isinstance(values, list) else [values] for name, values in table.items()}
    lengths = {len(values) for values in columns.values()}
    if lengths != {len(next(iter(columns.values()), []))} or lengths in (set(), {0}):
        raise _no_rows("inputs")
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]


def _no_rows(form: str) -> PizarraError:
    return PizarraError(
        N_("{form} must hold a row or more, all of them lists or all of them records."),
        N_("Send something like {example}."),
        form=form,
        example='{"instances": [[5.1, 3.5, 1.4, 0.2]]}',
    )


def _with_parameters(
    rows: list[Mapping[str, Any]], given: Any, fields: Sequence[InputField]
) -> list[Mapping[str, Any]]:
    if given is None:
        return rows
    known = [field.name for field in fields if field.is_parameter]
    if not isinstance(given, dict) or not set(given) <= set(known):
        problem = translate(N_("must be an object with parameters of this model"))
        raise WrongInputsError([WrongField("params", given, problem, {"names": known})])
    return [{**row, **given} for row in rows]


def read_rows(document: Any, fields: Sequence[InputField], limits: Sequence[Limit] = ()) -> list[dict[str, Any]]:
    """Return the inputs of all rows of a request, each read as ``read_record`` does.

    Raises:
        PizarraError: it has no such form, or too many rows.
        WrongInputsError: a row has inputs that are not as they must be.
    """
    rows = _with_parameters(rows_of(document, fields), document.get("params"), fields)
    if len(rows) > MOST_ROWS:
        raise PizarraError(
            N_("Here a request may have {most} rows at most, but it has {rows}."),
            N_("Send fewer rows at once, or ask /invocations, which takes any number."),
            most=MOST_ROWS,
            rows=len(rows),
        )
    return [read_record(row, fields, limits) for row in rows]
