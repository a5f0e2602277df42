"""Who presents: how somebody becomes the presenter here, and which browsers have."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from core.access import Actor
from core.classroom.class_file import ClassFile
from core.classroom.pins import Attempts, hashed, is_hash, matches
from core.errors import PizarraError
from core.i18n import N_

HOURS = 12.0  # that a browser which showed the PIN stays the presenter's
# Under which name the class remembers the hash of a PIN: of a setting, and of the last class that was opened
OWN_PIN, CLASS_PIN = "own pin", "class pin"


@dataclass(frozen=True)
class Ways:
    """How one becomes the presenter: by a PIN, by a name that OpenID Connect vouches for, or by sitting here.

    ``alone`` says that only programs of this computer can reach the dashboard.
    """

    pin: bool = False
    people: frozenset[str] = frozenset()
    alone: bool = False

    @property
    def is_read_only(self) -> bool:
        """Tell whether nobody can become the presenter."""
        return not (self.pin or self.people or self.alone)

    @property
    def is_asked_for(self) -> bool:
        """Tell whether a presenter has to show who they are."""
        return self.pin or bool(self.people)

    def presents(self, *, shown: bool, person: frozenset[str], here: bool) -> bool:
        """Say whether a visitor is the presenter.

        ``shown`` says that they have shown the PIN, ``person`` are the names that OpenID Connect vouches for, ``here``
        says that they come from this computer with nobody in between, as far as the network can tell: that counts only
        where nothing else is asked for and no other computer can come in.

        >>> Ways(alone=True).presents(shown=False, person=frozenset(), here=True)
        True
        >>> Ways(pin=True, alone=True).presents(shown=False, person=frozenset(), here=True)
        False
        """
        if self.is_asked_for:
            return (self.pin and shown) or not self.people.isdisjoint(person)
        return self.alone and here


@dataclass
class Presenters:
    """Which visitors have shown the PIN of ``setting`` (itself, or its hash): kept with the class, for ``HOURS``.

    Who showed another PIN than that, to this dashboard earlier or to another one, has shown nothing.
    """

    file: ClassFile
    setting: str
    now: Callable[[], float] = time.time
    attempts: Attempts = field(default_factory=Attempts)
    _pin: str = field(init=False)

    def __post_init__(self) -> None:
        self._pin = self.setting
        if self.setting and not is_hash(self.setting):
            kept = self.file.said(OWN_PIN)
            self._pin = kept if matches(self.setting, kept) else hashed(self.setting)
            self.file.write_down(OWN_PIN, self._pin)

    def show(self, pin: str, visitor: str, address: str) -> None:
        """Let a visitor (a browser's word, or a session) in who shows the right PIN; ``address`` as in ``Attempts``.

        Raises:
            PizarraError: it is another one, or comes too soon after wrong ones.
        """
        with self.attempts.one(address):
            if not (visitor and matches(pin, self._pin)):
                raise PizarraError(
                    N_("This is not the PIN."),
                    N_("It stands in the terminal where the dashboard was started, or in the setting PIZARRA_PIN."),
                )
        self.file.write_rows("delete from presenters where until <= ?", (self.now(),))
        self.file.write_rows(
            "insert into presenters values (?, ?, ?) on conflict do update set until = excluded.until",
            (unreadable(visitor), self._pin, self.now() + HOURS * 3600),
        )

    def has_shown(self, visitor: str) -> bool:
        """Tell whether a visitor has shown it."""
        if not (visitor and self._pin):
            return False
        query = "select 1 from presenters where visitor = ? and pin = ? and until > ?"
        return bool(self.file.rows(query, (unreadable(visitor), self._pin, self.now())))

    def leave(self, visitor: str) -> None:
        """Forget a visitor, and end what they have switched on for all."""
        self.file.write_rows("delete from presenters where visitor = ?", (unreadable(visitor),))
        self.file.write_rows("delete from guidance where visitor = ?", (unreadable(visitor),))

    def leave_all(self, actor: Actor) -> None:
        """Forget everybody: they all have to show the PIN again. What they have switched on for all ends.

        Raises:
            PizarraError: ``actor`` may not say so.
        """
        actor.check("lead")
        self.file.write_rows("delete from presenters where pin = ?", (self._pin,))
        self.file.write_rows("delete from guidance")


def go_on(file: ClassFile, pin: str) -> None:
    """Have the class go on under a new PIN (its hash): who presented it under the one before still does."""
    before = file.said(CLASS_PIN)
    file.write_rows("update presenters set pin = ? where pin = ?", (pin, before))
    file.write_down(CLASS_PIN, pin)


def unreadable(visitor: str) -> str:
    """Return what the file keeps of a visitor: who reads it cannot pass for one of them."""
    return hashlib.sha256(visitor.encode()).hexdigest()
