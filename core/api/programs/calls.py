"""One call of a program: what is known of it while it is answered, wherever in the code and in whichever thread."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from time import perf_counter
from uuid import uuid4

from core.serving.tokens import Token


@dataclass
class Call:
    """A call of a program. ``path`` is below ``root``, the address of the routes; ``token`` is what it showed.

    ``model`` and ``version`` are what answered, for the meters; ``parts`` are the seconds that each part of it took.
    """

    id: str = field(default_factory=lambda: uuid4().hex)
    path: str = ""
    root: str = ""
    token: Token | None = None
    began: float = field(default_factory=perf_counter)
    model: str = ""
    version: str = ""
    parts: dict[str, float] = field(default_factory=dict)

    @property
    def is_open_inference(self) -> bool:
        """Tell whether it speaks the Open Inference Protocol."""
        return self.path == "/v2" or self.path.startswith("/v2/")

    @property
    def seconds(self) -> float:
        """How long it has taken until now."""
        return perf_counter() - self.began

    def server_timing(self) -> str:
        """Return where the time went, in milliseconds, as the header Server-Timing says it (W3C).

        >>> call = Call(parts={"model": 0.0123})
        >>> call.server_timing().split(", ")[1]
        'model;dur=12.30'
        """
        parts = {"total": self.seconds} | self.parts
        return ", ".join(f"{name};dur={seconds * 1000:.2f}" for name, seconds in parts.items())


_current: ContextVar[Call] = ContextVar("call")


def current() -> Call:
    """Return the call that is being answered; outside of one, one of which nothing is known."""
    return _current.get(None) or Call()


@contextmanager
def answering(call: Call) -> Iterator[None]:
    """Answer a call inside the block, and in the threads that are started there for it."""
    token = _current.set(call)
    try:
        yield
    finally:
        _current.reset(token)


@contextmanager
def timing(part: str) -> Iterator[None]:
    """Count the time of the block to a part of the call, such as ``queue`` or ``model``: Server-Timing says it."""
    began = perf_counter()
    try:
        yield
    finally:
        parts = current().parts
        parts[part] = parts.get(part, 0.0) + perf_counter() - began


def answered_by(model: str, version: str) -> None:
    """Note which version answers; only of models that there are, as each becomes a series of the meters."""
    call = current()
    call.model, call.version = model, version
