"""Where a class looks: phones that follow the presenter from page to page, and a pause in which they look up."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from core.access import Actor
from core.classroom.class_file import ClassFile
from core.classroom.presenters import HOURS, unreadable

What = Literal["follow", "pause"]


@dataclass(frozen=True)
class Place:
    """A page by its name, and what its address holds."""

    page: str
    params: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Guided:
    """What holds now. ``place`` is where the presenter is, while phones follow and it is known."""

    follow: bool = False
    pause: bool = False
    place: Place | None = None


@dataclass
class Guidance:
    """What whoever presents has switched on for all; it ends with their presenting. Threads may share it."""

    file: ClassFile
    now: Callable[[], float] = time.time

    def turn(self, actor: Actor, visitor: str, what: What, *, on: bool) -> None:
        """Switch following or a pause on, in the name of ``visitor`` (as ``Presenters`` knows them), or off for all.

        Whoever presents may end what another presenter switched on.

        Raises:
            PizarraError: ``actor`` may not.
        """
        actor.check("lead")
        if not on:
            self.file.write_rows("delete from guidance where what = ?", (what,))
            return
        self.file.write_rows(
            "insert into guidance values (?, ?,"
            " coalesce((select max(until) from presenters where visitor = ? and until > ?), ?), '')"
            " on conflict do update set visitor = excluded.visitor, until = excluded.until, place = ''",
            (what, unreadable(visitor), unreadable(visitor), self.now(), self.now() + HOURS * 3600),
        )

    def stand(self, actor: Actor, visitor: str, place: Place) -> None:
        """Say where the visitor is whom phones follow; it is written only where it is news, and only of that visitor.

        Raises:
            PizarraError: ``actor`` may not.
        """
        actor.check("lead")
        text = json.dumps([place.page, dict(place.params)], ensure_ascii=False, sort_keys=True)
        query = "select 1 from guidance where what = 'follow' and visitor = ? and place != ?"
        if self.file.rows(query, (unreadable(visitor), text)):
            self.file.write_rows(
                "update guidance set place = ? where what = 'follow' and visitor = ?", (text, unreadable(visitor))
            )

    def leads(self, visitor: str) -> bool:
        """Tell whether it is this visitor whom phones follow."""
        query = "select 1 from guidance where what = 'follow' and visitor = ? and until > ?"
        return bool(self.file.rows(query, (unreadable(visitor), self.now())))

    def guided(self) -> Guided:
        """Return what holds now."""
        rows = self.file.rows("select what, place from guidance where until > ?", (self.now(),))
        held = {str(what): str(place) for what, place in rows}
        found = json.loads(held["follow"]) if held.get("follow") else None
        return Guided("follow" in held, "pause" in held, Place(*found) if found else None)
