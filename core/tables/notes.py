"""What is said of a table beside its rows: sentences with their values, put into words where they are read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from core.i18n import translate


@dataclass(frozen=True)
class Note:
    """A sentence, marked with ``N_``, and the values of its placeholders."""

    sentence: str
    values: Mapping[str, object] = field(default_factory=dict)

    @property
    def text(self) -> str:
        """The sentence in the reader's language."""
        return translate(self.sentence).format(**self.values)
