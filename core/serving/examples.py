"""Requests to begin with: what each route takes, filled with typical values; and some that are wrong on purpose."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from core.i18n import N_
from core.prediction.schema import Answer, InputField, starting_values

STEPS = 5  # of what is moved along an input
TOO_HIGH = 1  # above the newest version


@dataclass(frozen=True)
class Question:
    """A way to ask a model: its route, and what is asked and answered in words, as msgids."""

    route: str
    title: str
    about: str
    body: Callable[[Sequence[InputField]], Any]


@dataclass(frozen=True)
class Mistake:
    """Something wrong with a request, as a msgid, and what is sent; with ``which`` another version than was chosen."""

    name: str
    title: str
    body: Any
    which: str = ""


def _record(fields: Sequence[InputField]) -> dict[str, Answer]:
    return starting_values(fields)


def _table(fields: Sequence[InputField]) -> dict[str, Any]:
    columns, row = _row(fields)
    params = {name: value for name, value in starting_values(fields).items() if name not in columns}
    return {"dataframe_split": {"columns": columns, "data": [row]}} | ({"params": params} if params else {})


def _rows(fields: Sequence[InputField]) -> dict[str, Any]:
    _columns, row = _row(fields)
    return {"instances": [row]}


def _row(fields: Sequence[InputField]) -> tuple[list[str], list[Answer]]:
    given = {field.name: field.start for field in fields if not field.is_parameter}
    return list(given), list(given.values())


def _why(fields: Sequence[InputField]) -> dict[str, Any]:
    return {"inputs": _record(fields)}


def _what_if(fields: Sequence[InputField]) -> dict[str, Any]:
    moved = next((field.name for field in fields if field.has_range), fields[0].name if fields else "")
    return {"inputs": _record(fields), "along": moved, "steps": STEPS}


QUESTIONS: Mapping[str, Question] = {
    one.route: one
    for one in (
        Question(
            "predict",
            N_("One case: predict"),
            N_("A value for each input goes out. The answer comes back with its chances or its interval, and with how "
               "typical the inputs are."),
            _record,
        ),
        Question(
            "invocations",
            N_("Rows, as MLflow takes them: invocations"),
            N_("Rows go out as MLflow's own server takes them, so its clients work. The bare answers come back."),
            _table,
        ),
        Question(
            "predict_names",
            N_("Rows, for names: predict_names"),
            N_("Rows go out, their values in the model's order. The names of classes come back, or numbers."),
            _rows,
        ),
        Question(
            "explain",
            N_("Why: explain"),
            N_("One case goes out. How far each input moved the answer comes back."),
            _why,
        ),
        Question(
            "what-if",
            N_("What if: what-if"),
            N_("One case and the name of an input go out. How the answer moves along that input comes back."),
            _what_if,
        ),
    )
}  # fmt: skip


def mistakes(fields: Sequence[InputField], newest: int) -> list[Mistake]:
    """Return what may be wrong with a case that a program sends; ``newest`` is the highest number of a version."""
    record = _record(fields)
    found = []
    needed = next((field.name for field in fields if not field.optional), None)
    if needed is not None:
        lacking = {name: value for name, value in record.items() if name != needed}
        found.append(Mistake("missing", N_("An input is missing"), lacking))
    counted = next((field.name for field in fields if field.is_number), None)
    if counted is not None:
        found.append(Mistake("type", N_("A word where a number belongs"), record | {counted: "abc"}))
    found.append(Mistake("extra", N_("An input that the model does not know"), record | {"horoscope": "Leo"}))
    found.append(Mistake("version", N_("A version that does not exist"), record, str(newest + TOO_HIGH)))
    return found
