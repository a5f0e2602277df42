"""The inputs of a model on a light page: how each is shown, and what an address says of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from core.errors import ModelError, PizarraError
from core.foreign_json import read_json
from core.i18n import N_, number
from core.prediction.given import read_cells
from core.prediction.names import by_name
from core.prediction.schema import Answer, InputField, names_of, starting_values
from core.prediction.steps import decimals_of


@dataclass(frozen=True)
class Control:
    """One input as the page shows it; ``low`` and ``high`` are the ends of its slider, None where it has none."""

    place: int
    field: InputField
    value: Answer
    low: float | None
    high: float | None
    decimals: int

    @property
    def text(self) -> str:
        """The value as a control of the browser holds it; a slider that is not known stands at the typical one."""
        value = self.field.start if self.value is None and self.low is not None else self.value
        text = "" if value is None else str(value)
        return text.lower() if self.field.kind == "boolean" else text

    @property
    def shown(self) -> str:
        """The value as people read it."""
        value = self.value
        return number(value) if isinstance(value, int | float) and not isinstance(value, bool) else str(value or "–")

    @property
    def choices(self) -> Sequence[str]:
        """What can be chosen, with the value that is."""
        known = ("true", "false") if self.field.kind == "boolean" else self.field.choices
        return known if not self.text or self.text in known else (*known, self.text)


def read_inputs(
    fields: Sequence[InputField], asked: Mapping[str, str]
) -> tuple[dict[str, Answer], PizarraError | None]:
    """Return the inputs that an address names, typical ones for the rest, and what could not be read of it."""
    start = starting_values(fields)
    row: dict[str, object] = _of_the_whole(fields, asked.get("inputs", ""))
    for place, field in enumerate(fields):
        text = asked.get(f"v{place}")
        if field.optional and asked.get(f"n{place}"):
            row[field.name] = None
        elif text is not None:
            row[field.name] = _cell(field, text)
    try:
        found = read_cells(row, fields)
    except ModelError as error:
        return start, error
    if empty := [name for name in row if name not in found]:
        return start, PizarraError(
            N_("These inputs must have a value, but they are empty: {names}."),
            N_("Give each a value."),
            names=", ".join(empty[:10]),
        )
    return start | found, None


def _of_the_whole(fields: Sequence[InputField], inputs: str) -> dict[str, object]:
    """Return the inputs that an address of the whole dashboard's page names, as JSON; of one that is none, none."""
    try:
        read = read_json(inputs or "{}")
    except ValueError:
        return {}
    return by_name(names_of(fields), read) if isinstance(read, dict) else {}


def _cell(field: InputField, text: str) -> object:
    """Return what a control sends: its numbers have a point in every language, and a slider's are round.

    Rounding leads nowhere that the slider itself does not reach.
    """
    if not field.is_number:
        return None if field.optional and not text else text
    try:
        value = int(text) if field.kind == "integer" else float(text)
    except ValueError:
        return text
    if isinstance(value, float) and field.low is not None and field.high is not None and value != field.start:
        rounded = round(value, decimals_of(field)) if field.has_range else value
        return min(max(rounded, field.low), field.high) if field.low <= value <= field.high else rounded
    return value


def controls(fields: Sequence[InputField], now: Mapping[str, Answer]) -> list[Control]:
    """Return the controls of these inputs; a slider also reaches a value that training never saw."""
    made = []
    for place, field in enumerate(fields):
        value = now[field.name]
        low = high = None
        if field.has_range:
            here = value if isinstance(value, int | float) else field.low or 0
            low, high = min(field.low or 0, here), max(field.high or 0, here)
        made.append(Control(place, field, value, low, high, decimals_of(field) if field.has_range else 0))
    return made
