"""A table that somebody brought and has not kept yet: its file, what was said of it, and how it reads now."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import streamlit as st

from core.errors import DataError
from core.tables.columns import ColumnChoice
from core.tables.layouts import Layout, Recognised, recognise_layout
from core.tables.own import OwnTable, read_own
from core.training.division import BY_CHANCE, Division
from core.training.findings.sentences import Finding
from core.training.tables.divisions import proposed_division, refusal
from core.training.tables.proposals import exclusions, known_before
from core.training.tables.targets import Target, targets

BROUGHT = "data_brought"  # in the session


@dataclass
class Brought:
    """A file of this visit; what was read of it is kept until something else is said of it."""

    source_id: str
    name: str
    content: bytes
    asked: dict[str, object] = field(default_factory=dict)  # fields of its layout, as somebody chose them
    choices: dict[str, ColumnChoice] = field(default_factory=dict)
    learned: dict[str, bool] = field(default_factory=dict)  # columns that somebody takes in or leaves out
    parts: bool = False  # of dates are learned
    edits: int = 0  # of the table of columns, which begins anew after each
    _recognised: tuple[dict[str, object], Recognised] | None = None
    _table: tuple[Layout, dict[str, ColumnChoice], OwnTable] | None = None
    _targets: tuple[OwnTable, list[Target]] | None = None
    _known: tuple[OwnTable, Target, list[Finding]] | None = None
    _proposed: tuple[OwnTable, Target, tuple[Division, Finding | None]] | None = None
    _refused: tuple[OwnTable, Target, Division, DataError | None] | None = None

    def recognised(self) -> Recognised:
        """Return the layout that was found, or chosen.

        Raises:
            PizarraError: it is no table.
        """
        if self._recognised is None or self._recognised[0] != self.asked:
            self._recognised = (dict(self.asked), recognise_layout(self.content, self.asked))
        return self._recognised[1]

    def table(self) -> OwnTable:
        """Return the rows.

        Raises:
            PizarraError: it cannot be read to its end.
        """
        layout = self.recognised().layout
        if self._table is None or self._table[:2] != (layout, self.choices):
            self._table = (layout, dict(self.choices), read_own(self.content, layout, self.choices))
        return self._table[2]

    def targets(self) -> list[Target]:
        """Return every column as what is to be predicted, good ones first."""
        table = self.table()
        if self._targets is None or self._targets[0] is not table:
            self._targets = (table, targets(table.frame))
        return self._targets[1]

    def known(self, target: Target) -> list[Finding]:
        """Return what to know of the table before it becomes a task."""
        table = self.table()
        if self._known is None or self._known[0] is not table or self._known[1] != target:
            self._known = (table, target, known_before(table.frame, target))
        return self._known[2]

    def proposed_division(self, target: Target) -> tuple[Division, Finding | None]:
        """Return by what the rows had better be divided, and why."""
        table = self.table()
        if self._proposed is None or self._proposed[0] is not table or self._proposed[1] != target:
            self._proposed = (table, target, proposed_division(table.frame, target, self.known(target)))
        return self._proposed[2]

    def refused_division(self, target: Target, division: Division) -> DataError | None:
        """Return why the rows cannot be divided so; None where they can."""
        table = self.table()
        if self._refused is None or self._refused[0] is not table or self._refused[1:3] != (target, division):
            self._refused = (table, target, division, refusal(table.frame, target, division))
        return self._refused[3]

    def left_out(self, target: Target, division: Division = BY_CHANCE) -> Mapping[str, str]:
        """Return the columns that are not learned from now, each with the reason that was found, if any.

        Dates never are, whatever somebody says: what is learned of them is their parts. Neither is what rows are
        divided by.
        """
        proposed = exclusions(self.known(target), target.column)
        never = {reading.name for reading in self.table().readings if reading.kind == "date"} | {division.column}
        return {
            name: proposed[name].words() if name in proposed else ""
            for name in map(str, self.table().frame.columns)
            if name != target.column and (name in never or not self.learned.get(name, name not in proposed))
        }

    def ask(self, name: str, value: object) -> None:
        """Note what somebody says of the layout; what was said of other lines and columns is forgotten."""
        if name in {"sheet", "delimiter", "encoding"} and self.recognised_as(name) != value:
            self.asked = {one: said for one, said in self.asked.items() if one in {"sheet", "delimiter", "encoding"}}
        self.asked[name] = value
        if name not in {"encoding", "below"}:
            self.choices, self.learned = {}, {}

    def recognised_as(self, name: str) -> object:
        """Return what a field of the layout is now; None where there is none."""
        return getattr(self._recognised[1].layout, name) if self._recognised else None

    def change(self, column: str, **said: str) -> None:
        """Note a part of how a column is read."""
        self.choices[column] = replace(self.choices.get(column, ColumnChoice()), **said)  # type: ignore[arg-type]


def held() -> Brought | None:
    """Return what this visit brought."""
    found = st.session_state.get(BROUGHT)
    return found if isinstance(found, Brought) else None


def bring(source_id: str, name: str, content: bytes) -> Brought:
    """Take a file in; another one takes the place of the one before."""
    now = held()
    if now is None or now.source_id != source_id:
        now = Brought(source_id, name, content)
        st.session_state[BROUGHT] = now
    return now


def forget() -> None:
    """Let go of what was brought."""
    st.session_state.pop(BROUGHT, None)
