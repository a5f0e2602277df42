"""What came of each window of rows that a watch looked at: how many rows, what drifted, and whether it is worse."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from core.alerts.alerts_file import AlertsFile
from core.foreign_json import read_json
from core.passwords import without_password
from core.schedules.told import from_text

ANSWERS, WORSE, INPUT = "answers", "worse", "input:"  # what may be said of a window; an input's name follows its sign
KEPT = 500  # looks of a model
SHOWN = 50


@dataclass(frozen=True)
class Look:
    """One look at a model: a window of ``rows``, of version 0 where none was in Production.

    ``is_known`` says whether inputs and answers were judged, of which ``drifted`` have changed, of so many ``columns``.
    ``scored`` are the rows with a true answer that were judged, 0 where those were too few; ``labelled`` all that have
    one. ``problem`` is a ``Told`` as text where nothing was judged.
    """

    model: str
    version: int
    at: datetime
    rows: int = 0
    columns: int = 0
    is_known: bool = False
    drifted: tuple[str, ...] = ()
    answers_changed: bool = False
    scored: int = 0
    worse: bool = False
    labelled: int = 0
    until: datetime | None = None
    told_until: datetime | None = None
    problem: str = ""
    number: int = 0

    @property
    def topics(self) -> tuple[str, ...]:
        """What it says has changed, empty where nothing has, or nothing is known."""
        inputs = [f"{INPUT}{name}" for name in self.drifted] if self.is_known else []
        answers = [ANSWERS] if self.is_known and self.answers_changed else []
        return (*inputs, *answers, *([WORSE] if self.scored and self.worse else []))

    @property
    def problem_words(self) -> str:
        """Why nothing was judged, in the reader's language."""
        return from_text(self.problem)


class Looks:
    """The looks at the models of a store, in a file that all dashboards of a folder share; ``now`` is a clock."""

    def __init__(self, file: AlertsFile, store_uri: str, now: Callable[[], float] = time.time) -> None:
        self._file, self._store, self._now = file, without_password(store_uri), now

    def add(self, look: Look) -> Look:
        """Keep a look, and no more than ``KEPT`` of a model.

        Raises:
            PizarraError: the disk is full, or another program keeps the file.
        """
        values = (
            self._store, look.model, look.version, look.at.timestamp(), _seconds(look.until),
            _seconds(look.told_until), look.rows, look.columns, int(look.is_known), list_text(look.drifted),
            int(look.answers_changed), look.scored, int(look.worse), look.labelled, look.problem,
        )  # fmt: skip
        self._file.write_rows(
            "insert into looks (store, model, version, at, until, told_until, rows, columns, is_known, drifted, "
            "answers_changed, scored, worse, labelled, problem) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            values,
        )
        self._file.write_rows(
            "delete from looks where store = ?1 and model = ?2 and taken = 1 and number not in "
            "(select number from looks where store = ?1 and model = ?2 order by number desc limit ?3)",
            (self._store, look.model, KEPT),
        )
        return replace(look, number=self.of(look.model, 1)[0].number)

    def of(self, model: str, most: int = SHOWN, version: int | None = None) -> list[Look]:
        """Return the looks at a model, or at one of its versions, the newest first.

        Raises:
            PizarraError: the file cannot be read.
        """
        which = "" if version is None else " and version = :version"
        rows = self._file.rows(
            f"{LOOK_SELECTED} where store = :store and model = :model{which} order by number desc limit :most",
            {"store": self._store, "model": model, "version": version, "most": most},
        )
        return [look_of(row) for row in rows]

    def last(self, *, judged: bool = False) -> list[Look]:
        """Return the last look at each model, by name; or the last one that judged its inputs.

        Raises:
            PizarraError: the file cannot be read.
        """
        rows = self._file.rows(
            f"{LOOK_SELECTED} as known where store = ?1 and number = (select max(number) from looks "  # noqa: S608
            "where store = ?1 and model = known.model and is_known >= ?2) order by model",
            (self._store, int(judged)),
        )
        return [look_of(row) for row in rows]


LOOK_SELECTED = (
    "select model, version, at, rows, columns, is_known, drifted, answers_changed, scored, worse, labelled, until, "
    "told_until, problem, number from looks"
)


def look_of(row: Sequence[Any]) -> Look:
    """Return the look of a row that was ``LOOK_SELECTED``."""
    model, version, at, rows, columns, known, drifted, answers, scored, worse, labelled, until, told, problem, no = row
    return Look(
        model, version, moment_of(at), rows, columns, bool(known), texts(drifted), bool(answers), scored, bool(worse),
        labelled, None if until is None else moment_of(until), None if told is None else moment_of(told), problem, no,
    )  # fmt: skip


def moment_of(seconds: float) -> datetime:
    """Return a time of the file."""
    return datetime.fromtimestamp(seconds, UTC)


def texts(text: str) -> tuple[str, ...]:
    """Return a list of texts as the file keeps it, empty where it cannot be read."""
    try:
        read = read_json(text)
    except ValueError:
        return ()
    return tuple(map(str, read)) if isinstance(read, list) else ()


def list_text(values: Sequence[str]) -> str:
    """Return a list of texts as the file is to keep it."""
    return json.dumps(list(values), ensure_ascii=False)


def _seconds(moment: datetime | None) -> float | None:
    return None if moment is None else moment.timestamp()
