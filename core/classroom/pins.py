"""The presenter's PIN: kept as a hash, compared in constant time, and slow to guess."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Lock

from core.doors import neighbourhood
from core.errors import PizarraError
from core.i18n import N_

DIGITS = 6  # of a PIN of ours
COST = {"n": 2**14, "r": 8, "p": 1}  # scrypt: 16 MB and some 50 ms each time
SCHEME = "scrypt"

FREE = 3  # wrong PINs of one address that cost no time
LONGEST_WAIT = 900.0  # seconds
MOST_IN_ALL, MINUTE = 20, 60.0  # wrong PINs of all other computers in a minute
KEPT = 10_000  # addresses
HERE = ""  # the address of who sits at this computer


def new_pin() -> str:
    """Return a PIN that nobody can know."""
    return f"{secrets.randbelow(10**DIGITS):0{DIGITS}}"


def hashed(pin: str) -> str:
    """Return a salted hash of a PIN (scrypt, RFC 7914), as it may stand in a setting."""
    salt = secrets.token_bytes(16)
    return f"{SCHEME}${_text(salt)}${_text(_hash(pin, salt))}"


def is_hash(setting: str) -> bool:
    """Tell whether a setting is a hash of ours and not a PIN.

    >>> is_hash(hashed("123456")), is_hash("123456")
    (True, False)
    """
    return bool(re.fullmatch(rf"{SCHEME}\$[\w=-]{{24}}\$[\w=-]{{44}}", setting, re.ASCII))


def matches(pin: str, kept: str) -> bool:
    """Tell in constant time whether a PIN is the one whose hash was kept.

    >>> kept = hashed("123456")
    >>> matches("123456", kept), matches(" 123456 ", kept), matches("123457", kept), matches("123456", "")
    (True, True, False, False)
    """
    if not is_hash(kept):
        return False
    _scheme, salt, known = kept.split("$")
    return hmac.compare_digest(_hash(pin, base64.urlsafe_b64decode(salt)), base64.urlsafe_b64decode(known))


def _hash(pin: str, salt: bytes) -> bytes:
    written = hashlib.sha256(pin.strip().encode(errors="replace")).digest()  # scrypt takes no care of zeros at the end
    return hashlib.scrypt(written, salt=salt, dklen=32, **COST)


def _text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode()


@dataclass
class _Address:
    wrong: int = 0
    until: float = 0.0


@dataclass
class Attempts:
    """How often somebody was wrong: each address waits longer every time, and all other computers share a limit.

    Who sits at this computer waits for nobody else's guesses, so nobody in the room can keep the presenter out there.
    """

    now: Callable[[], float] = time.monotonic
    _addresses: dict[str, _Address] = field(default_factory=dict)
    _wrong: list[float] = field(default_factory=list)  # moments, of other computers
    _lock: Lock = field(default_factory=Lock)

    @contextmanager
    def one(self, address: str) -> Iterator[None]:
        """Try once; who leaves with an error was wrong. One is tried at a time, so that many at once win nothing.

        Raises:
            PizarraError: it comes too soon; the sentence says how many seconds are left.
        """
        with self._lock:
            place = neighbourhood(address)
            if left := self._left(place):
                raise PizarraError(
                    N_("After wrong PINs one has to wait: {seconds} seconds are left."),
                    N_("Try again then."),
                    seconds=int(left) + 1,
                )
            try:
                yield
            except PizarraError:
                self._was_wrong(place)
                raise
            self._addresses.pop(place, None)

    def _left(self, place: str) -> float:
        """Return how many seconds an address has to wait."""
        now, known = self.now(), self._addresses.get(place, _Address())
        self._wrong = [moment for moment in self._wrong if moment > now - MINUTE]
        full = self._wrong[0] + MINUTE if place != HERE and len(self._wrong) >= MOST_IN_ALL else now
        return max(known.until, full) - now if max(known.until, full) > now else 0.0

    def _was_wrong(self, place: str) -> None:
        now = self.now()
        known = self._addresses.setdefault(place, _Address())
        known.wrong += 1
        if known.wrong > FREE:
            known.until = now + min(2.0 ** min(known.wrong - FREE, 30), LONGEST_WAIT)
        if place != HERE:
            self._wrong.append(now)
        while len(self._addresses) > KEPT:
            self._addresses.pop(next(iter(self._addresses)))
