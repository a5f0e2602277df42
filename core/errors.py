"""One error class that says what must hold, what we got and what to do."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from core.i18n import translate


class Said:
    """A sentence that stands in another one, and is in the reader's language as that is."""

    def __init__(self, message: str, **values: object) -> None:
        self._message, self._values = message, values

    def __str__(self) -> str:
        return translate(self._message).format(**self._values)


class PizarraError(Exception):
    """A problem that the reader can act on.

    ``message`` and ``hint`` are English msgids marked with ``N_``; ``values`` fills their ``{placeholders}``.
    ``commands`` are what the hint speaks of, to be copied as they are. ``str(error)`` is in the reader's current
    language.
    """

    def __init__(self, message: str, hint: str = "", *, commands: Sequence[str] = (), **values: object) -> None:
        super().__init__(message)
        self._message, self._hint, self._values, self.commands = message, hint, values, tuple(commands)

    def __reduce__(self) -> tuple[object, ...]:
        """Travel between processes with placeholders unfilled, so that each reader translates for itself."""
        return _rebuild, (type(self), self._message, self._hint, self._values, self.commands)

    @property
    def message(self) -> str:
        """What must hold and what we got, in the reader's language."""
        return translate(self._message).format(**self._values)

    @property
    def hint(self) -> str:
        """What to do, in the reader's language; may be empty."""
        return translate(self._hint).format(**self._values) if self._hint else ""

    def __str__(self) -> str:
        return "\n".join((f"{self.message} {self.hint}".strip(), *self.commands))


def _rebuild(
    kind: type[PizarraError], message: str, hint: str, values: dict[str, object], commands: Sequence[str]
) -> PizarraError:
    return kind(message, hint, commands=commands, **values)


class StoreError(PizarraError):
    """The MLflow store cannot be opened or does not hold what was asked for."""


class UnwrittenError(StoreError):
    """A run was trained, and its store did not take its results; the store's own words follow in a line of theirs."""

    def __init__(self, message: str, hint: str = "", *, reason: str = "", **values: Any) -> None:
        super().__init__(message, hint, reason=reason, **values)
        self._reason = reason

    def __str__(self) -> str:
        return f"{super().__str__()}\n{self._reason}"


class ParameterError(PizarraError):
    """A parameter's value is outside what its declaration allows."""


class DataError(PizarraError):
    """A dataset cannot be had, or is not what its task declares."""


class ModelError(PizarraError):
    """A model cannot be loaded, or cannot answer."""


class TrainingError(PizarraError):
    """A run could not be launched or did not finish."""


class SchedulerError(TrainingError):
    """A Dask scheduler that was given does not answer, or has another Python, other packages or other code."""
