"""Alerts: opened when a window says that something changed, closed when two windows say nothing, and seen by people."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from core.access import Actor
from core.alerts.alerts_file import AlertsFile
from core.alerts.looks import LOOK_SELECTED, WORSE, Look, list_text, look_of, moment_of, texts
from core.errors import PizarraError
from core.i18n import N_
from core.passwords import without_password

# Windows with nothing in them that close an alert. One may miss a small change; two in a row seldom do
QUIET = 2
OVER = "over"  # stands among what was told of an alert once somebody was told that it is over
LONGEST_REASON = 500  # characters
SHOWN = 20

Closing = Literal["", "quiet", "other_version", "no_version"]
Step = Literal["opened", "joined", "closed", "seen"]


@dataclass(frozen=True)
class Alert:
    """Something has changed for a version: ``topics`` as looks have them, of which some were ``told`` or ``seen``.

    ``told`` has ``OVER`` once somebody was told that it is.
    """

    number: int
    model: str
    version: int
    first_look: int
    opened: datetime
    closed: datetime | None
    why_closed: Closing
    topics: tuple[str, ...]
    told: frozenset[str]
    seen: frozenset[str]
    seen_by: str
    seen_why: str
    seen_at: datetime | None

    @property
    def untold(self) -> tuple[str, ...]:
        """What nobody was told yet, and nobody has seen by themselves."""
        return tuple(topic for topic in self.topics if topic not in self.told | self.seen)

    @property
    def is_news(self) -> bool:
        """Tell whether somebody is to be told: of what is new, or that what they were told of is over."""
        return bool(self.untold) or bool(self.closed and self.told and OVER not in self.told)

    @property
    def is_seen(self) -> bool:
        """Tell whether somebody has seen all of it."""
        return set(self.topics) <= self.seen


@dataclass(frozen=True)
class Came:
    """What came of a look for an alert; ``topics`` are those that are new."""

    step: Step
    alert: Alert
    topics: tuple[str, ...] = ()


class Alerts:
    """The alerts of a store, in a file that all dashboards of a folder share; ``now`` is a clock (seconds)."""

    def __init__(self, file: AlertsFile, store_uri: str, now: Callable[[], float] = time.time) -> None:
        self._file, self._store, self._now = file, without_password(store_uri), now

    def open(self, model: str = "") -> list[Alert]:
        """Return the open alerts of all models, or of one, the oldest first.

        Raises:
            PizarraError: the file cannot be read.
        """
        return self._found("closed is null and (? = '' or model = ?) order by number", model, model)

    def past(self, model: str, most: int = SHOWN) -> list[Alert]:
        """Return the closed alerts of a model, the newest first.

        Raises:
            PizarraError: the file cannot be read.
        """
        return self._found("closed is not null and model = ? order by number desc limit ?", model, most)

    def untold(self) -> list[Alert]:
        """Return the alerts of which something was not told yet, also that they are over.

        Raises:
            PizarraError: the file cannot be read.
        """
        return [one for one in self._found("(topics <> told or closed is not null) order by number") if one.is_news]

    def take(self, model: str) -> list[Came]:
        """Have alerts follow from the looks at a model that they know nothing of; harmless to repeat.

        Raises:
            PizarraError: the disk is full, or another program keeps the file.
        """
        came: list[Came] = []
        rows = self._file.rows(
            f"{LOOK_SELECTED} where store = ? and model = ? and taken = 0 order by number", (self._store, model)
        )
        for look in map(look_of, rows):
            came += self._taken(look)
            self._file.write_rows("update looks set taken = 1 where number = ?", (look.number,))
        return came

    def see(self, actor: Actor, number: int, why: str) -> Alert:
        """Note that somebody has seen an alert as it is now, and why nothing more need be said of it.

        Raises:
            PizarraError: ``actor`` may not, there is no such open alert, or no reason was given.
        """
        actor.check("schedule")
        why = " ".join(why.split())[:LONGEST_REASON]
        if not why:
            raise PizarraError(
                N_("Whoever has seen an alert says why nothing more need be said, but no reason was given."),
                N_("Write a few words, such as: the shop opened in another city."),
            )
        found = self._found("closed is null and number = ?", number)
        if not found:
            raise PizarraError(N_("This alert is not open any more."), N_("Look at the alerts again."))
        self._file.write_rows(
            "update alerts set seen = ?, seen_by = ?, seen_why = ?, seen_at = ? where number = ? and closed is null",
            (list_text(found[0].topics), actor.name, why, self._now(), number),
        )
        return self._one(number)

    def note_told(self, number: int, topics: Sequence[str]) -> None:
        """Note that somebody was told of ``topics`` of an alert.

        Raises:
            PizarraError: the disk is full, or another program keeps the file.
        """
        told = self._one(number).told | set(topics)
        self._file.write_rows("update alerts set told = ? where number = ?", (list_text(sorted(told)), number))

    def _taken(self, look: Look) -> list[Came]:
        came: list[Came] = []
        found = self.open(look.model)
        if found and found[0].version != look.version:
            came += self._close(found.pop(), "other_version" if look.version else "no_version", look)
        if look.topics and not found:
            self._file.write_rows(
                "insert or ignore into alerts (store, model, version, first_look, opened, topics) "
                "values (?, ?, ?, ?, ?, ?)",
                (self._store, look.model, look.version, look.number, look.at.timestamp(), list_text(look.topics)),
            )
            came += [Came("opened", one, one.topics) for one in self.open(look.model)]
        elif look.topics:
            new = tuple(topic for topic in look.topics if topic not in found[0].topics)
            if new:
                self._file.write_rows(
                    "update alerts set topics = ? where number = ?",
                    (list_text([*found[0].topics, *new]), found[0].number),
                )
                came.append(Came("joined", self._one(found[0].number), new))
        elif found and self._is_over(found[0], look):
            came += self._close(found[0], "quiet", look)
        return came

    def _is_over(self, alert: Alert, look: Look) -> bool:
        """Tell whether two windows in a row said nothing, of each that the alert is about: a window may judge one."""
        rows = self._file.rows(
            f"{LOOK_SELECTED} where store = ? and model = ? and version = ? and number > ? and number <= ? "
            "order by number desc",
            (self._store, alert.model, alert.version, alert.first_look, look.number),
        )
        looks = [look_of(row) for row in rows]
        judged = []
        if WORSE in alert.topics:
            judged.append([one.worse for one in looks if one.scored])
        if set(alert.topics) - {WORSE}:
            judged.append([bool(one.drifted) or one.answers_changed for one in looks if one.is_known])
        return all(len(each) >= QUIET and not any(each[:QUIET]) for each in judged)

    def _close(self, alert: Alert, why: Closing, look: Look) -> list[Came]:
        closed = self._file.write_rows(
            "update alerts set closed = ?, why_closed = ? where number = ? and closed is null",
            (look.at.timestamp(), why, alert.number),
        )
        return [Came("closed", self._one(alert.number))] if closed else []

    def _one(self, number: int) -> Alert:
        return self._found("number = ?", number)[0]

    def _found(self, where: str, *values: Any) -> list[Alert]:
        rows = self._file.rows(f"{SELECTED} where store = ? and {where}", (self._store, *values))
        return [_alert_of(row) for row in rows]


SELECTED = (
    "select number, model, version, first_look, opened, closed, why_closed, topics, told, seen, seen_by, seen_why, "
    "seen_at from alerts"
)


def _alert_of(row: Sequence[Any]) -> Alert:
    number, model, version, first, opened, closed, why, topics, told, seen, by, seen_why, seen_at = row
    return Alert(
        number, model, version, first, moment_of(opened), None if closed is None else moment_of(closed), why,
        texts(topics), frozenset(texts(told)), frozenset(texts(seen)), by, seen_why,
        None if seen_at is None else moment_of(seen_at),
    )  # fmt: skip
