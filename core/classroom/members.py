"""Who has come to a class: nicknames without accounts, each known again by a word of its browser."""

from __future__ import annotations

import hashlib
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from core.access import Actor
from core.classroom.class_file import ClassFile
from core.classroom.nicknames import checked, reading
from core.errors import PizarraError
from core.i18n import N_

MOST = 500  # members of a class
MOST_NAMES = 5  # that one member may have had
MOST_EACH = 10  # that one computer may bring in, as far as computers can be told apart
FORGOTTEN_HOURS = 12.0  # after the last one joined; then a class that is opened is another one
# Under which name the file keeps the number of the class, and the last name that whoever presents has given
NUMBER, PRESENTER = "class", "presenter"


@dataclass(frozen=True)
class Member:
    """Somebody in the class. ``joined`` is in seconds since 1970; a removed one has no ``nickname``."""

    number: int
    nickname: str
    joined: float
    hidden: bool = False

    @property
    def shown(self) -> str:
        """The name that others see, also with their runs."""
        return f"#{self.number}" if self.hidden or not self.nickname else self.nickname


@dataclass
class Members:
    """The members of the class that is now; threads may share it."""

    file: ClassFile
    now: Callable[[], float] = time.time
    _brought: Counter[str] = field(default_factory=Counter)  # how many each computer brought in

    @property
    def of_class(self) -> int:
        """The number of the class that is now."""
        return int(self.file.said(NUMBER) or 1)

    def member(self, word: str) -> Member | None:
        """Return who comes with a browser's word, None where they have not joined or were removed."""
        found = self._read("word = ?", _unreadable(word)) if word else []
        return found[0] if found and found[0].nickname else None

    def all(self) -> list[Member]:
        """Return all that have a nickname, the latest first."""
        return self._read("nickname != ?", "")

    def join(self, word: str, nickname: str, place: str = "") -> Member:
        """Let somebody in under a nickname; who is in gets another one. ``place`` is their computer, where it is known.

        A nickname stays its first one's for the whole class: there may be runs under it.

        Raises:
            PizarraError: the nickname is taken or may not be one, or there is no room.
        """
        name = checked(nickname, self.file.said(PRESENTER))
        if not word:
            raise PizarraError(
                N_("Your browser keeps no cookies, so it could not be known again."),
                N_("Allow cookies for this address, then open the page again."),
            )
        known = self._read("word = ?", _unreadable(word))
        if not known:
            self._make_room(place)
        self._take(name, _unreadable(word))
        self.file.write_rows(
            "insert into members (class, word, nickname, joined) values (?, ?, ?, ?)"
            " on conflict (class, word) do update set nickname = excluded.nickname",
            (self.of_class, _unreadable(word), name, self.now()),
        )
        if not known:
            self._brought[place] += 1
        return self._read("word = ?", _unreadable(word))[0]

    def names(self, number: int) -> set[str]:
        """Return all that a member has been called in this class, as others saw it."""
        rows = self.file.rows(
            "select nicknames.nickname from nicknames join members using (class, word) where number = ?", (number,)
        )
        return {f"#{number}", *(nickname for (nickname,) in rows)}

    def shown_names(self) -> dict[str, str]:
        """Return what everybody who ever joined a class here is shown as, by what their ``Actor`` has as ``member``."""
        rows = self.file.rows("select number, nickname, joined, hidden from members")
        found = [Member(number, nickname, joined, bool(hidden)) for number, nickname, joined, hidden in rows]
        return {f"member {member.number}": member.shown for member in found}

    def introduce_presenter(self, name: str) -> None:
        """Keep the name that whoever presents has given, so that nobody joins under it."""
        self.file.write_down(PRESENTER, name)

    def hide(self, actor: Actor, number: int, *, hidden: bool) -> Member:
        """Show a member to others as a number only, or under the nickname again.

        Raises:
            PizarraError: ``actor`` may not, or there is no such member.
        """
        actor.check("lead")
        self.file.write_rows("update members set hidden = ? where number = ?", (int(hidden), number))
        return self._one(number)

    def remove(self, actor: Actor, number: int) -> Member:
        """Take a nickname away from everybody; whoever had it is asked for another one.

        Raises:
            PizarraError: ``actor`` may not, or there is no such member.
        """
        actor.check("lead")
        self.file.write_rows(
            "update nicknames set word = ''"
            " where (class, nickname) in (select class, nickname from members where number = ?)",
            (number,),
        )
        self.file.write_rows("update members set nickname = '', hidden = 0 where number = ?", (number,))
        return self._one(number)

    def begin_anew(self, actor: Actor) -> None:
        """Begin another class, which nobody has joined yet and which follows nobody; the one before stays in the file.

        Raises:
            PizarraError: ``actor`` may not, or a board is open: its tries are counted by member.
        """
        actor.check("lead")
        if self.file.rows("select 1 from boards where ended is null"):
            raise PizarraError(
                N_("A class can begin anew when no board is open, but one is: everybody would have all tries again."),
                N_("End the board’s session first."),
            )
        self.file.write_rows("delete from guidance")
        self.file.write_down(NUMBER, str(self.of_class + 1))
        self._brought.clear()

    def is_forgotten(self) -> bool:
        """Tell whether the last one joined so long ago that whoever comes now is of another class."""
        latest = self.file.rows("select max(joined) from members where class = ?", (self.of_class,))[0][0]
        return latest is not None and float(latest) < self.now() - FORGOTTEN_HOURS * 3600

    def _take(self, name: str, word: str) -> None:
        """Have a nickname be somebody's, where it is nobody's yet."""
        read = reading(name)
        room = "(select count(*) from nicknames where class = ? and word = ?) < ?"
        self.file.write_rows(
            f"insert or ignore into nicknames select ?, ?, ?, ? where {room}",
            (self.of_class, read, word, name, self.of_class, word, MOST_NAMES),
        )
        self.file.write_rows(  # one's own may be written otherwise
            "update nicknames set nickname = ? where class = ? and reading = ? and word = ?",
            (name, self.of_class, read, word),
        )
        owner = self.file.rows("select word from nicknames where class = ? and reading = ?", (self.of_class, read))
        if not owner:
            raise PizarraError(
                N_("One may have {most} nicknames in a class, and you have had as many."),
                N_("Keep this one, or take one back that you had before."),
                most=MOST_NAMES,
            )
        if owner[0][0] != word:
            raise PizarraError(
                N_("Somebody in this class has or had this nickname, or one that reads alike."),
                N_("Write another one, then press again."),
            )

    def _make_room(self, place: str) -> None:
        if len(self.all()) >= MOST or (place and self._brought[place] >= MOST_EACH):
            raise PizarraError(
                N_("There is no room for another nickname from this computer."),
                N_("Ask the presenter to remove one, or to begin the class anew."),
            )

    def _one(self, number: int) -> Member:
        found = self._read("number = ?", number)
        if not found:
            raise PizarraError(N_("This member is not in the class any more."), N_("Look at the list again."))
        return found[0]

    def _read(self, condition: str, value: str | int) -> list[Member]:
        rows = self.file.rows(
            f"select number, nickname, joined, hidden from members where class = ? and {condition}"  # noqa: S608 - ours
            " order by number desc",
            (self.of_class, value),
        )
        return [Member(number, nickname, joined, bool(hidden)) for number, nickname, joined, hidden in rows]


def _unreadable(word: str) -> str:
    """Return what the file keeps of a browser's word: who reads it cannot pass for somebody."""
    return hashlib.sha256(word.encode()).hexdigest()
