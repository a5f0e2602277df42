"""Keep what a function answered, for all who come: worked out once, and anew when it may be another.

Like the things of ``held`` it is out of the reach of messages that empty Streamlit's caches.
"""

from __future__ import annotations

import pickle
from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from functools import wraps
from threading import Condition
from typing import Any, ParamSpec, TypeVar

from cachetools import LRUCache, TTLCache, cached

P = ParamSpec("P")
T = TypeVar("T")
_everything: list[Callable[[], None]] = []


def kept(
    key: Callable[..., object], *, max_entries: int, seconds: float | None = None, copied: bool = False
) -> Callable[[Callable[P, T]], Callable[P, T]]:
    """Keep a function's answers, by the ``key`` of its arguments; the arguments may be anything.

    Who asks for the same at the same time waits for one answer. An answer is shared, so nobody may change it, unless
    each caller gets it ``copied``. An error is not kept.
    """

    def decorate(answer: Callable[P, T]) -> Callable[P, T]:
        def work(*arguments: P.args, **named: P.kwargs) -> Any:
            found = answer(*arguments, **named)
            return pickle.dumps(found) if copied else found

        def which(*arguments: Any, **named: Any) -> Any:
            return frozen(key(*arguments, **named))

        answers: Any = TTLCache(max_entries, seconds) if seconds else LRUCache(max_entries)
        remembered = cached(answers, key=which, condition=Condition())(work)

        @wraps(answer)
        def ask(*arguments: P.args, **named: P.kwargs) -> T:
            found: Any = remembered(*arguments, **named)
            return pickle.loads(found) if copied else found  # type: ignore[no-any-return]  # noqa: S301 - our own

        _everything.append(remembered.cache_clear)
        return ask

    return decorate


def frozen(key: object) -> object:
    """Return a key, of lists, mappings, sets and dataclasses too, as something that can be hashed.

    >>> frozen([1, {"b": [2], "a": 3}])
    (1, (('a', 3), ('b', (2,))))
    """
    if isinstance(key, Mapping):
        return tuple(sorted((frozen(name), frozen(value)) for name, value in key.items()))
    if isinstance(key, list | tuple):
        return tuple(frozen(each) for each in key)
    if isinstance(key, set | frozenset):
        return frozenset(frozen(each) for each in key)
    if is_dataclass(key) and not isinstance(key, type):
        return type(key).__qualname__, tuple(frozen(getattr(key, field.name)) for field in fields(key) if field.compare)
    return key


def forget() -> None:
    """Forget all of it."""
    for each in _everything:
        each()
