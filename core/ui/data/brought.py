"""A table that somebody brought and has not kept yet: its file, what was said of it, and how it reads now."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

import streamlit as st

from core.errors import DataError, PizarraError
from core.process.beside import Beside, Stage
from core.tables.columns import ColumnChoice
from core.tables.layouts import Layout, Recognised, recognise_layout
from core.tables.own import OwnTable, read_own
from core.training.division import BY_CHANCE, Division
from core.training.findings.sentences import Finding
from core.training.tables.divisions import proposed_division, refusal
from core.training.tables.proposals import exclusions, known_before
from core.training.tables.targets import Target, targets
from core.ui import uploader

BROUGHT = "data_brought"  # in the session
PATIENCE = 0.3  # seconds that a page waits for what is done beside it: most tables take less
T = TypeVar("T")


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
    _made: dict[str, tuple[object, bool, Any]] = field(default_factory=dict)  # of what, whether it went well, and what
    _work: tuple[object, Beside[None]] | None = None

    def recognised(self) -> Recognised:
        """Return the layout that was found, or chosen.

        Raises:
            PizarraError: it is no table.
        """
        asked = dict(self.asked)
        return self._once("layout", asked, lambda: recognise_layout(self.content, asked))

    def table(self, report: Callable[[int], None] = lambda _rows: None) -> OwnTable:
        """Return the rows; while they are read, ``report`` is told how many there are.

        Raises:
            PizarraError: it cannot be read to its end.
        """
        layout, choices = of_what = self._of_what()
        return self._once("table", of_what, lambda: read_own(self.content, layout, choices, report=report))

    def targets(self) -> list[Target]:
        """Return every column as what is to be predicted, good ones first."""
        return self._once("targets", self._of_what(), lambda: targets(self.table().frame))

    def known(self, target: Target) -> list[Finding]:
        """Return what to know of the table before it becomes a task."""
        return self._once("known", (*self._of_what(), target), lambda: known_before(self.table().frame, target))

    def proposed_division(self, target: Target) -> tuple[Division, Finding | None]:
        """Return by what the rows had better be divided, and why."""
        return self._once(
            "division", (*self._of_what(), target),
            lambda: proposed_division(self.table().frame, target, self.known(target)),
        )  # fmt: skip

    def refused_division(self, target: Target, division: Division) -> DataError | None:
        """Return why the rows cannot be divided so; None where they can."""
        return self._once(
            "refused", (*self._of_what(), target, division), lambda: refusal(self.table().frame, target, division)
        )

    def reading(self) -> Beside[None] | None:
        """Have the table read beside the page, as it is said to be; None once that is done."""
        return self._beside(("read", dict(self.asked), dict(self.choices)), self._read)

    def looking(self, target: Target) -> Beside[None] | None:
        """Have what is known of a table with that target found out beside the page; None once that is done."""
        what = (*self._of_what(), target)
        if "division" in self._made and self._made["division"][0] == what:
            return None
        return self._beside(("look", what), lambda report: self._look(target, report))

    def _beside(self, what: object, work: Callable[[Callable[[Stage, int], None]], None]) -> Beside[None] | None:
        if self._work is None or self._work[0] != what:
            self.let_go()
            self._work = (what, Beside(work))
        if not self._work[1].is_done(PATIENCE):
            return self._work[1]
        self._work[1].result()
        return None

    def let_go(self) -> None:
        """Have what is being done for it end."""
        if self._work is not None:
            self._work[1].let_go()

    def _read(self, report: Callable[[Stage, int], None]) -> None:
        with suppress(PizarraError):  # the page meets it again
            report("recognising", 0)
            self.recognised()
            self.table(lambda rows: report("reading", rows))
            report("looking", 0)
            best = self.targets()[0]
            if best.refusal is None:
                self._look(best, report)

    def _look(self, target: Target, report: Callable[[Stage, int], None]) -> None:
        report("looking", 0)
        self.known(target)
        self.proposed_division(target)

    def _of_what(self) -> tuple[Layout, dict[str, ColumnChoice]]:
        return self.recognised().layout, dict(self.choices)

    def _once(self, name: str, of_what: object, make: Callable[[], T]) -> T:
        """Make something of the table, or fail to, once for all that was said of it."""
        if name not in self._made or self._made[name][0] != of_what:
            try:
                self._made[name] = (of_what, True, make())
            except PizarraError as error:
                self._made[name] = (of_what, False, error)
        _of_what, went_well, made = self._made[name]
        if not went_well:
            raise made
        return made  # type: ignore[no-any-return]

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
        _of_what, went_well, found = self._made.get("layout", (None, False, None))
        return getattr(found.layout, name) if went_well else None

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
        forget()
        now = Brought(source_id, name, content)
        st.session_state[BROUGHT] = now
    return now


def forget() -> None:
    """Let go of what was brought."""
    found = st.session_state.pop(BROUGHT, None)
    if isinstance(found, Brought):
        found.let_go()
        uploader.keep("")
