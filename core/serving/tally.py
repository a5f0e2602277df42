"""Counts as plain data, which whoever counts replaces by larger ones."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, TypeVar

Counts = TypeVar("Counts")


def added(counts: Counts, **more: int) -> Counts:
    """Return counts with some more of each."""
    given: Any = counts
    larger: Counts = replace(given, **{name: getattr(given, name) + count for name, count in more.items()})
    return larger
