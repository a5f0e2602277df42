"""The program's own log, on standard error: as text, or as one JSON object a line; never with a secret in it.

Streamlit, uvicorn, Dask and MLflow make handlers of their own whenever they are imported, in each process. So it is not
the handlers that are chosen here, but what every handler of a stream writes.
"""

from __future__ import annotations

import json
import logging
import os
import sys
import threading
import traceback
from collections.abc import Iterable
from datetime import UTC, datetime
from io import TextIOBase
from types import TracebackType

from core.errors import PizarraError
from core.passwords import without_secrets

TEXT, JSON = "text", "json"
LONGEST = 20_000  # characters of a message, or of how it came to an error
logger = logging.getLogger("pizarra")

_known: list[str] = []  # secrets that are hidden wherever they stand
_writing = threading.Lock()
_write_as_text = logging.StreamHandler.format
_emit = logging.StreamHandler.emit


def set_up(lines: str, secrets: Iterable[str] = ()) -> None:
    """Have all handlers of streams, of whichever library, write lines of this kind from now on."""
    _known[:] = sorted(secrets, key=len, reverse=True)  # the longest first: one may be in another
    logging.StreamHandler.format = _without_secrets  # type: ignore[method-assign, assignment]
    logging.StreamHandler.emit = _emit_json if lines == JSON else _emit  # type: ignore[method-assign, assignment]


def take_over() -> None:
    """Write as lines of the log, too, what is printed, what is warned of and what ends a thread: for servers.

    Nothing is changed where the log is text. Programs that print answers to whoever called them do not call this.
    """
    if logging.StreamHandler.emit is not _emit_json or isinstance(sys.stdout, Lines):
        return
    logging.captureWarnings(True)
    logging.getLogger("py.warnings").addHandler(logging.StreamHandler())
    sys.excepthook = _note_end
    threading.excepthook = lambda told: _note_end(told.exc_type, told.exc_value, told.exc_traceback)
    sys.stdout, sys.stderr = Lines("stdout"), Lines("stderr")


class Lines(TextIOBase):
    """A stream of which each line becomes one of the log."""

    encoding = "utf-8"

    def __init__(self, name: str) -> None:
        self._name, self._rest, self._adding = name, "", threading.Lock()

    def writable(self) -> bool:
        """Tell that it can be written to."""
        return True

    def write(self, text: str) -> int:
        """Take a piece; a line goes out when it is whole."""
        with self._adding:
            *whole, self._rest = (self._rest + text).split("\n")
        for line in whole:
            if line.strip():
                _write(_line(datetime.now(UTC), logging.INFO, self._name, line))
        return len(text)

    def fileno(self) -> int:
        """Return the file that its lines go to."""
        return sys.__stderr__.fileno()  # type: ignore[union-attr]  # a server has one


def _without_secrets(handler: logging.Handler, record: logging.LogRecord) -> str:
    return without_secrets(_write_as_text(handler, record), _known)


def _emit_json(handler: logging.StreamHandler[TextIOBase], record: logging.LogRecord) -> None:
    """Write a record as JSON; into a file, or where MLflow is told to be silent, as its handler would."""
    if isinstance(handler, logging.FileHandler):
        _emit(handler, record)
    elif getattr(handler.stream, "enabled", True):
        try:
            _write(as_json(record))
        except Exception:  # noqa: BLE001 - as all handlers: a log that fails must not end what it tells of
            handler.handleError(record)


def as_json(record: logging.LogRecord) -> str:
    """Return a record as one line: ``time`` (ISO, UTC), ``level``, ``logger``, ``message`` and, if any, ``exception``.

    Errors say where they came from, but their words are left out unless they come of the system: those of others
    repeat what they could not read, which may be somebody's data.
    """
    if isinstance(record.args, tuple):
        args = tuple(_words(one) if isinstance(one, BaseException) else one for one in record.args)
        record = logging.makeLogRecord({**record.__dict__, "args": args})
    at = datetime.fromtimestamp(record.created, UTC)
    error = record.exc_info[1] if record.exc_info else None
    return _line(at, record.levelno, record.name, record.getMessage(), _history(error) if error else "")


def _line(at: datetime, level: int, name: str, message: str, exception: str = "") -> str:
    said = {
        "time": at.isoformat(timespec="milliseconds"),
        "level": logging.getLevelName(level),
        "logger": name,
        "message": without_secrets(message[:LONGEST], _known),
    }
    if exception:
        said["exception"] = without_secrets(exception[-LONGEST:], _known)
    return json.dumps(said)


def _history(error: BaseException) -> str:
    """Return how it came to an error, as Python would tell it, but for words that may repeat somebody's data."""
    told: BaseException | None = error
    seen: set[int] = set()
    parts: list[str] = []
    while told is not None and id(told) not in seen:
        seen.add(id(told))
        frames = "".join(traceback.format_tb(told.__traceback__))
        parts.append(f"Traceback (most recent call last):\n{frames}{_words(told)}")
        told = told.__cause__ or (None if told.__suppress_context__ else told.__context__)
    return "\n\nwhich came before:\n\n".join(reversed(parts))


def _words(error: BaseException) -> str:
    kind = type(error)
    if isinstance(error, PizarraError):
        return str(error)
    if isinstance(error, OSError | ImportError | MemoryError):
        return f"{kind.__name__}: {error}"
    cause = getattr(error, "orig", None)  # SQLAlchemy's, which repeat what was to be written; how the database says it
    if kind.__name__ == "OperationalError" and isinstance(cause, BaseException):
        return f"{kind.__module__}.{kind.__name__}: {cause}"
    return f"{kind.__module__}.{kind.__name__}"


def _note_end(kind: type[BaseException], error: BaseException | None, trace: TracebackType | None) -> None:
    if error is not None and not issubclass(kind, SystemExit | KeyboardInterrupt):
        logger.critical("A thread or the process ended", exc_info=(kind, error, trace))


def _write(line: str) -> None:
    """Write a line at once, so that those of several threads and processes do not mix."""
    stream = sys.__stderr__
    if stream is None:
        return
    with _writing:
        stream.flush()
        try:
            os.write(stream.fileno(), f"{line}\n".encode())
        except (OSError, ValueError):  # no file is behind it, or whoever read it has gone
            stream.write(f"{line}\n")
