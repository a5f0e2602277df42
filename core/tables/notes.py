"""What is said of a table beside its rows: sentences with their values, put into words where they are read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from core.errors import PizarraError
from core.i18n import translate


@dataclass(frozen=True)
class Note:
    """A sentence, marked with ``N_``, and the values of its placeholders; of an error it is the first sentence."""

    sentence: str
    values: Mapping[str, object] = field(default_factory=dict)

    @property
    def text(self) -> str:
        """The sentence in the reader's language."""
        values = {
            name: value.message if isinstance(value, PizarraError) else value for name, value in self.values.items()
        }
        return translate(self.sentence).format(**values)
