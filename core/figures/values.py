"""An input's values along an axis: numbers with round ticks, or categories by their names."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from core.figures.style import Style, axis, distinct_labels, label
from core.i18n import _, number

APART, UPRIGHT = 6, 8  # categories: beyond, models stand above each other, and names are turned up
Show = Callable[[float], str]


def is_number(value: Any) -> bool:
    """Tell whether a value is a number; yes and no are none."""
    return isinstance(value, int | float | np.integer | np.floating) and not isinstance(value, bool)


def same_value(value: Any, current: Any) -> bool:
    """Tell whether two values are the same, numbers whatever their type."""
    return bool(value == current) if is_number(value) and is_number(current) else str(value) == str(current)


def value_word(value: Any) -> str:
    """Return a value as text for a figure."""
    if isinstance(value, bool | np.bool_):
        return _("yes") if value else _("no")
    return number(float(value)) if is_number(value) else label(value, 60)


def category_axis(places: Sequence[float], values: Sequence[object], style: Style, title: str = "") -> dict[str, Any]:
    """Return an axis with the names of categories at these places, turned up where they are long or many."""
    words = [value_word(value) for value in values]
    level = _stand_level(words)
    return axis(
        style,
        title,
        type="linear",
        tickmode="array",
        tickvals=list(places),
        ticktext=words if level else distinct_labels(words, 11),
        tickangle=0 if level else -40 if len(words) <= UPRIGHT else -90,
        range=[places[0] - 0.5, places[-1] + 0.5],
        showgrid=False,
    ) | {"tickfont": style.font(-2)}


def _stand_level(words: Sequence[str]) -> bool:
    """Tell whether names fit beside each other below a small figure."""
    return len(words) * max(map(len, words)) <= 28


def number_axis(low: float, high: float, style: Style, title: str = "") -> tuple[dict[str, Any], tuple[float, float]]:
    """Return an axis for numbers and its ends, with a little room on both sides."""
    room = (high - low) * 0.04 or abs(low) * 0.05 or 0.5
    ends = (low - room, high + room)
    ticks = round_ticks(low, high, 5)
    if max(len(number(tick)) for tick in ticks) > 5:
        ticks = round_ticks(low, high, 3)
    texts = [number(tick) for tick in ticks]
    return axis(
        style, title, type="linear", tickmode="array", tickvals=ticks, ticktext=texts, range=list(ends), tickangle=0
    ), ends


def round_ticks(low: float, high: float, about: int = 4) -> list[float]:
    """Return about so many round numbers from ``low`` to ``high``; the lower one where there is no room for any.

    >>> round_ticks(0.0, 1.0), round_ticks(18, 33), round_ticks(5, 5)
    ([0.0, 0.25, 0.5, 0.75, 1.0], [20.0, 25.0, 30.0], [5])
    """
    least = (high - low) / about
    if not math.isfinite(least) or least <= 0:
        return [low]
    power = 10.0 ** math.floor(math.log10(least))
    step = next((one * power for one in (1, 2, 2.5, 5, 10) if one * power >= least * (1 - 1e-9)), least)
    counts = range(math.ceil(low / step - 0.1), math.floor(high / step + 0.1) + 1)  # 99.9 % are near enough to 100 %
    return [float(f"{count * step:.10g}") for count in counts] or [low]
