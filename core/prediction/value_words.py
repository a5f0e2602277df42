"""An input's value in words: rounded for a sentence or a chart, or exact where two values are told apart by it."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd

from core.i18n import _, number
from core.prediction.schema import Answer
from core.text import shorten

LONGEST = 40  # characters of a value in a sentence


def rounded_words(value: Answer) -> str:
    """Return a value as a sentence says it: with sensible digits and not too long.

    >>> rounded_words(12345.75), rounded_words(True), rounded_words(None)
    ('12,346', 'yes', 'not known')
    """
    if value is None:
        return _("not known")
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    return number(value) if isinstance(value, int | float) else shorten(str(value), LONGEST)


def exact_words(value: Any) -> str:
    """Return a value as a table of inputs shows it: numbers that differ read differently, and no text is shortened.

    >>> exact_words(0.1 + 0.2), exact_words(12345.75), exact_words(True), exact_words(None), exact_words(pd.NA)
    ('0.3', '12345.75', '✓', 'left empty', '–')
    """
    if value is pd.NA:
        return "–"
    if value is None:
        return _("left empty")
    if isinstance(value, bool):
        return "✓" if value else "✗"
    if isinstance(value, int):
        return number(value, 0) if abs(value) < 10**15 else str(value)
    if isinstance(value, float):
        if not math.isfinite(value) or (value.is_integer() and abs(value) < 1e15):
            return number(value, 0)
        return f"{value:.10g}".replace(".", number(0.5)[1])
    return str(value)
