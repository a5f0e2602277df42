"""What is made once for the whole process and stays: no message of a visitor's browser takes it away.

Streamlit's caches are no place for it: whoever may send a message can have all of them emptied, and with a cache goes
whatever was closed when it went.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from threading import Lock
from typing import Any, ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")
_everything: list[Callable[[], None]] = []


def _let_go(_thing: object) -> None:
    """Leave a thing to the garbage."""


def held(release: Callable[[Any], object] = _let_go) -> Callable[[Callable[P, T]], Callable[P, T]]:
    """Make a thing once for the arguments of its function, which can be hashed, whoever asks first; others wait."""

    def decorate(make: Callable[P, T]) -> Callable[P, T]:
        things: dict[object, T] = {}
        locks: dict[object, Lock] = {}

        @wraps(make)
        def get(*arguments: P.args, **named: P.kwargs) -> T:
            key = (arguments, tuple(sorted(named.items())))
            with locks.setdefault(key, Lock()):
                if key not in things:
                    things[key] = make(*arguments, **named)
                return things[key]

        def forget() -> None:
            while things:
                release(things.popitem()[1])

        _everything.append(forget)
        return get

    return decorate


def forget() -> None:
    """Release all of it, as if the process began anew."""
    for each in _everything:
        each()
