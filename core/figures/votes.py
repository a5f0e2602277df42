"""What a class answered: how many gave each answer, beside what is right and what the model says."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from core.figures.rows import Bar, labelled_bars
from core.figures.style import Style, empty_figure
from core.i18n import _, number, percent
from core.store.runs.tables import finite

RANGES = 6  # about as many bars for numbers


@dataclass(frozen=True)
class Vote:
    """An answer, a foreign text, and how many gave it."""

    answer: str
    count: int
    right: bool = False
    of_model: bool = False


def votes_data(votes: Sequence[Vote]) -> pd.DataFrame:
    """Return answer and count, in the order of the votes."""
    return pd.DataFrame([(vote.answer, vote.count) for vote in votes], columns=["answer", "count"])


def votes(answers: Sequence[Vote], style: Style) -> go.Figure:
    """Draw how many gave each answer; what is right stands out by colour and sign, what the model says by words."""
    title = _("What the class answered")
    total = sum(vote.count for vote in answers)
    if not answers:
        return empty_figure(title, _("Nobody has answered. Ask again, and give the class a minute."), style)
    bars = [
        Bar(
            name=vote.answer,
            prefix=("✓ " if vote.right else "") + ("◆ " if vote.of_model else ""),
            value=float(vote.count),
            text=f"{number(vote.count, 0)} · {percent(vote.count / total, 0)}" if total else "0",
            color=style.accent if vote.right else style.muted,
        )
        for vote in answers
    ]
    notes = [_("✓ marks what is right.")] if any(vote.right for vote in answers) else []
    if any(vote.of_model for vote in answers):
        notes.append(_("◆ marks what the model says."))
    figure = labelled_bars(title, bars, style, notes=notes)
    figure.update_xaxes(dtick=math.ceil(max(vote.count for vote in answers) / 4) or 1)  # nobody is half a person
    return figure


def in_ranges(
    numbers: Sequence[float], show: Callable[[float], str], truth: float | None = None, said: float | None = None
) -> list[Vote]:
    """Put answers that are numbers into ranges of equal width, as votes; ``said`` is what the model says.

    What lies far off, beyond where nine of ten answers, truth and model are, is in the first or the last range.
    """
    values = finite(pd.Series(list(numbers), dtype=float)).dropna().to_numpy()
    marks = [mark for mark in (truth, said) if mark is not None and math.isfinite(mark)]
    if not len(values):
        return []
    low, high = (float(end) for end in np.quantile(values, [0.05, 0.95]))
    low, high = min(low, *marks, low), max(high, *marks, high)
    step = _round_step((high - low) / RANGES or max(abs(high) / 10, 1e-12))
    first, last = math.floor(low / step), math.floor(high / step)
    places = np.clip(np.floor(values / step), first, last)
    rows = []
    for place in range(first, last + 1):
        begin, end = place * step, (place + 1) * step
        words, is_beyond = f"{show(begin)} – {show(end)}", place == last and values.max() >= end
        if place == first and values.min() < begin:
            words = _("all") if is_beyond else _("below {number}").format(number=show(end))
        elif is_beyond:
            words = _("{number} and more").format(number=show(begin))
        holds = [mark is not None and math.floor(mark / step) == place for mark in (truth, said)]
        rows.append(Vote(words, int((places == place).sum()), holds[0], holds[1]))
    return rows


def _round_step(width: float) -> float:
    size = 10.0 ** math.floor(math.log10(width))
    return next(float(size * times) for times in (1, 2, 5, 10) if size * times >= width * 0.999)
