"""What may be wrong with a request of a program, so that a route can say it with the right status."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from core.errors import PizarraError
from core.i18n import N_


class NotThereError(PizarraError):
    """There is no such model, version or stage, or nothing is in it."""


class NotReadyError(PizarraError):
    """What is asked for exists and cannot answer now: it does not load, or the store does not."""


@dataclass(frozen=True)
class WrongField:
    """One input of a request that is not as it must be.

    ``given`` is its value, None where it is missing; ``problem`` says what is wrong with it, in the reader's language,
    and ``may_be`` what it may be: its type and, where they are known, its range or its words.
    """

    name: str
    given: Any
    problem: str
    may_be: Mapping[str, Any] = field(default_factory=dict)


class WrongInputsError(PizarraError):
    """Inputs are missing, are not known, or have values that they cannot have; each is named in ``fields``."""

    def __init__(self, fields: Sequence[WrongField]) -> None:
        self.fields = tuple(fields)
        told = "; ".join(f"{one.name}: {one.problem}" for one in self.fields[:10])
        super().__init__(
            N_("Every input must be there with a value that it can have, but these are not: {told}."),
            N_("Correct them and ask again; what each input may be is said beside its name."),
            told=told,
        )

    def __reduce__(self) -> tuple[object, ...]:
        return type(self), (self.fields,)
