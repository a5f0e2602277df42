"""Tokens by which programs show who asks: made by the presenter, shown once, kept as hashes, told for microseconds."""

from __future__ import annotations

import hashlib
import json
import re
import secrets
import sqlite3
import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from threading import Lock, Thread

from core.access import Actor
from core.errors import PizarraError
from core.i18n import N_
from core.serving.serving_file import ServingFile

PREFIX = "pizarra_"  # so that who finds one, or a program that looks for secrets, knows what it is
BYTES = 32
LONGEST_NAME = 60
LOOK_SECONDS = 0.5  # after which the file is asked whether something in it has changed
USED_SECONDS = 60.0  # between two notes of when a token was used
REQUIRED = "tokens required"  # under which name the file keeps the switch


@dataclass(frozen=True)
class Token:
    """A token that was made, without its secret; ``models`` is empty where it is for all of them."""

    number: int
    name: str
    models: frozenset[str]
    made: datetime
    by: str
    used: datetime | None = None

    def allows(self, model: str) -> bool:
        """Tell whether one may ask a model with it."""
        return not self.models or model in self.models


class Tokens:
    """The tokens of a file. Each process has its own; what one changes all others know within ``LOOK_SECONDS``.

    ``required`` is whether nobody may ask without one until the presenter says otherwise; ``now`` is a clock.
    """

    def __init__(self, file: ServingFile, *, required: bool, now: Callable[[], float] = time.time) -> None:
        self._file, self._from_the_start, self._now = file, required, now
        self._lock = Lock()
        self._state, self._looked = -1, float("-inf")
        self._known: Mapping[str, Token] = {}  # by the hash of the secret
        self._required = required
        self._noted: dict[int, float] = {}  # when it was last noted that a token was used

    def make(self, actor: Actor, name: str, models: Collection[str] = ()) -> tuple[str, Token]:
        """Make a token for ``models``, or for all of them; return its secret, which nobody can read again, and itself.

        Raises:
            PizarraError: ``actor`` may not, or the name is none or is another token's.
        """
        actor.check("edit_tokens")
        name = _checked(name)
        secret = f"{PREFIX}{secrets.token_urlsafe(BYTES)}"
        values = (name, unreadable(secret), json.dumps(sorted(set(models))), self._now(), actor.name)
        try:
            self._file.write_rows("insert into tokens (name, digest, models, made, by) values (?, ?, ?, ?, ?)", values)
        except sqlite3.IntegrityError as error:
            raise PizarraError(
                N_("Each token has a name of its own, but there is one called {name} already."),
                N_("Choose another name, or end that token first."),
                name=repr(name),
            ) from error
        self._look_again()
        return secret, next(token for token in self.all() if token.name == name)

    def end(self, actor: Actor, number: int) -> None:
        """End a token: nobody is let in with it any more.

        Raises:
            PizarraError: ``actor`` may not, or there is none with this number.
        """
        actor.check("edit_tokens")
        if not self._file.write_rows("delete from tokens where number = ?", (number,)):
            raise PizarraError(N_("There is no such token any more."), N_("Look at the list of tokens again."))
        self._look_again()

    def require(self, actor: Actor, *, on: bool) -> None:
        """Say for all processes whether nobody may ask without a token.

        Raises:
            PizarraError: ``actor`` may not.
        """
        actor.check("edit_tokens")
        self._file.write_down(REQUIRED, "yes" if on else "no")
        self._look_again()

    def all(self) -> list[Token]:
        """Return all tokens, the newest first.

        Raises:
            PizarraError: the file cannot be read.
        """
        return sorted(self._read().values(), key=lambda token: -token.number)

    def named(self, name: str) -> Token:
        """Return the token called ``name``.

        Raises:
            PizarraError: there is none.
        """
        for token in self.all():
            if token.name == name.strip():
                return token
        raise PizarraError(
            N_("There is no token called {name}."), N_("Look at the list of tokens again."), name=repr(name)
        )

    def who(self, secret: str) -> Token | None:
        """Return the token that a secret belongs to, None where it is none or has ended; note that it was used.

        Raises:
            PizarraError: the file cannot be read.
        """
        self._look()
        token = self._known.get(unreadable(secret))
        if token is not None:
            now = self._now()
            if now - self._noted.get(token.number, 0.0) >= USED_SECONDS:
                self._noted[token.number] = now
                # Not here: a request must not wait for another program that writes
                Thread(target=self._note, args=(token.number, now), daemon=True).start()
        return token

    def requires_tokens(self) -> bool:
        """Tell whether nobody may ask without a token.

        Raises:
            PizarraError: the file cannot be read.
        """
        self._look()
        return self._required

    def _note(self, number: int, now: float) -> None:
        """Note when a token was used, unless another process has just done so."""
        try:
            self._file.write_rows(
                "update tokens set used = ?1 where number = ?2 and coalesce(used, 0) <= ?1 - ?3",
                (now, number, USED_SECONDS),
            )
        except (PizarraError, sqlite3.Error):  # the disk is full, or the program ends
            self._noted.pop(number, None)

    def _look_again(self) -> None:
        self._looked = float("-inf")

    def _look(self) -> None:
        """Learn what has changed, where that was not done just now."""
        if time.monotonic() - self._looked < LOOK_SECONDS:
            return
        with self._lock:
            now = time.monotonic()
            if now - self._looked < LOOK_SECONDS:
                return
            state = self._file.state()
            if state != self._state:
                self._known = self._read()
                said = self._file.said(REQUIRED)
                self._required = said == "yes" if said else self._from_the_start
                self._state = state
            self._looked = now

    def _read(self) -> dict[str, Token]:
        rows = self._file.rows("select digest, number, name, models, made, by, used from tokens")
        return {
            digest: Token(number, name, frozenset(json.loads(models)), _time(made), by, _time(used) if used else None)
            for digest, number, name, models, made, by, used in rows
        }


def unreadable(secret: str) -> str:
    """Return what the file keeps of a secret: who reads it cannot ask with it.

    One round of SHA-256 is enough: slow hashes protect what people think of, and of 256 random bits nobody tries all.
    """
    return hashlib.sha256(secret.encode(errors="replace")).hexdigest()


def _checked(name: str) -> str:
    name = re.sub(r"\s+", " ", name).strip()
    if not name or len(name) > LONGEST_NAME or not name.isprintable():
        raise PizarraError(
            N_("The name of a token has 1 to {most} characters, but this one is {name}."),
            N_("Name it after the program that will ask with it."),
            most=LONGEST_NAME,
            name=repr(name[: 2 * LONGEST_NAME]),
        )
    return name


def _time(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
