"""Numbers that are odd: infinite, far from all others, below 0 among others above it, or standing for "unknown"."""

from __future__ import annotations

from collections.abc import Collection, Iterator

import numpy as np

from core.i18n import N_
from core.training.findings.look import MOSTLY_NUMBERS, Column, Look, are_numbers, mostly_numbers
from core.training.findings.sentences import Finding, Name, Rows, Word

FEWEST = 20  # numbers from which it can be told what is odd among them
STANDS_FOR_UNKNOWN = (-1.0, -9.0, -99.0, -999.0, -9999.0, 0.0, 99.0, 999.0, 9999.0, 99999.0, 999999.0)
AT_LEAST, AT_MOST = 2, 0.5  # rows with such a number, and the share of all
FAR, FAR_IN_ORDERS = 6.0, 3.0  # times the middle half's width, beyond its ends
GAP = 2.0  # times that width, to the next number
FEW = 0.01


def about_numbers(look: Look) -> Iterator[Finding]:
    """Yield what is odd about the numbers of each column, of the target too."""
    for column in look.asked:
        if column.name in look.left_out or not look.rows:
            continue
        if column.holds == "word" and column.name != look.target:
            yield from _mixed(column)
        if column.holds == "number" and not (column.name == look.target and look.kind == "classification"):
            yield from _odd(column)


def _mixed(column: Column) -> Iterator[Finding]:
    if not mostly_numbers(column):
        return
    known = column.whole.dropna()
    wrong = known[~are_numbers(known)]
    if 0 < len(wrong) <= (1 - MOSTLY_NUMBERS) * len(known):
        written = wrong[wrong.str.strip() != ""]
        sentence = (
            N_("In {rows} {column} holds words, for example {value}, and in the others numbers.")
            if len(written)
            else N_("In {rows} {column} holds nothing but spaces, and in the others numbers.")
        )
        values = {
            "rows": Rows(len(wrong)),
            "column": Name(column.name),
            "value": Word(written.iloc[0] if len(written) else ""),
        }
        yield Finding("mixed", (column.name,), sentence, values, 55)


def _odd(column: Column) -> Iterator[Finding]:
    whole = column.whole.to_numpy()
    finite = whole if len(whole) and np.isfinite([whole.min(), whole.max()]).all() else whole[np.isfinite(whole)]
    infinite = 0 if finite is whole else int(np.isinf(whole).sum())
    if infinite:
        sentence = N_("In {rows} {column} is infinite, and no model can learn from that.")
        values: dict[str, object] = {"rows": Rows(infinite), "column": Name(column.name)}
        yield Finding("infinite", (column.name,), sentence, values, 62)
    if len(finite) < FEWEST or (low := float(finite.min())) == (high := float(finite.max())):
        return
    if (unknown := _stands_for_unknown(column, finite, {low, high})) is not None:
        yield unknown
        finite = finite[finite != unknown.values["number"].value]  # type: ignore[attr-defined]
        low, high = float(finite.min()), float(finite.max())
    if len(finite) >= FEWEST:
        if low < 0:
            yield from _below_zero(column, finite)
        yield from _far_out(column, finite, low, high)


def _quartiles(known: np.ndarray) -> tuple[float, float]:
    """Return the ends of the middle half of numbers."""
    if not len(known):
        return np.nan, np.nan
    low, high = np.quantile(known, [0.25, 0.75], method="inverted_cdf")
    return float(low), float(high)


def _sampled(column: Column) -> np.ndarray:
    sample = column.sample.to_numpy()
    return np.asarray(sample[np.isfinite(sample)])


def _stands_for_unknown(column: Column, finite: np.ndarray, ends: Collection[float]) -> Finding | None:
    """Find a number of those that people write for "unknown", at one of the ``ends`` and far from all others."""
    for number in STANDS_FOR_UNKNOWN:
        if number not in ends:
            continue
        some = _sampled(column)
        some = some[some != number]
        lower, upper = _quartiles(some)
        near = max(float(some.min()) - number, number - float(some.max())) if len(some) else np.inf
        if number != -1.0 and near <= upper - lower:  # then no gap between it and all others is wider either
            continue
        others = finite[finite != number]
        rows = len(finite) - len(others)
        if not AT_LEAST <= rows <= AT_MOST * len(finite) or len(others) < FEWEST:
            continue
        low, high = float(others.min()), float(others.max())
        gap = max(low - number, number - high)
        lonely = gap > upper - lower and gap > (high - low) / 10
        if number == 0:
            apart = low > 0 and lonely and lower - number > 2 * (upper - lower)
        elif number < 0:
            apart = low >= 0 and (number == -1.0 or lonely) and len(others) > rows
        else:
            apart = lonely and gap > (high - low) / 2
        if apart:
            sentence = N_(
                "In {rows} {column} is {number}, in all others from {low} to {high}: it may stand for “unknown”."
            )
            values = {
                "rows": Rows(rows), "column": Name(column.name), "number": Word(number), "low": low, "high": high
            }  # fmt: skip
            return Finding("sentinel", (column.name,), sentence, values, 56)
    return None


def _below_zero(column: Column, finite: np.ndarray) -> Iterator[Finding]:
    is_below = finite < 0
    if not 0 < is_below.sum() <= FEW * len(finite) or np.quantile(finite, 0.1) <= 0:
        return
    below = finite[is_below]
    sentence = N_("In {rows} {column} is below 0 (down to {low}), in the others it is not.")
    values = {"rows": Rows(len(below)), "column": Name(column.name), "low": float(below.min())}
    yield Finding("negative", (column.name,), sentence, values, 36)


def _far_out(column: Column, finite: np.ndarray, low: float, high: float) -> Iterator[Finding]:
    """Find numbers far beyond the middle half that no long tail leads to."""
    lower, upper = _quartiles(_sampled(column))
    with np.errstate(over="ignore", invalid="ignore"):
        width = upper - lower
        if not np.isfinite(width) or width <= 0:
            return
        if low >= lower - FAR * width and high <= upper + FAR * width:
            return
        if low >= 0:
            above = finite > upper + FAR * width
            far = (finite < lower - FAR * width) | (above & _far_in_orders(finite) if above.any() else above)
        else:
            far = (finite >= _beyond_gap(finite, upper, width)) | (-finite >= _beyond_gap(-finite, -lower, width))
    count = int(far.sum())
    if not 0 < count <= FEW * len(finite):
        return
    farthest = finite[far][np.argmax(np.abs(finite[far] - (lower + upper) / 2))]
    sentence = N_(
        "In {rows} {column} is far from the others (the farthest is {value}; the middle half of all lies from "
        "{low} to {high})."
    )
    values = {
        "rows": Rows(count), "column": Name(column.name), "value": float(farthest), "low": lower, "high": upper
    }  # fmt: skip
    yield Finding("far_out", (column.name,), sentence, values, 38)


def _far_in_orders(finite: np.ndarray) -> np.ndarray:
    """Tell which numbers are far above the others in orders of magnitude: what is never below 0 has a long tail."""
    low, high = np.log(np.quantile(finite[finite > 0], [0.25, 0.75]))
    return np.asarray(finite > np.exp(high + FAR_IN_ORDERS * (high - low)))


def _beyond_gap(finite: np.ndarray, end: float, width: float) -> float:
    """Return the first number far above ``end``, the middle half's, that is far from the next lower one, too."""
    tail = np.sort(finite[finite > end + (FAR - GAP) * width])  # what is below is as far as it need be
    steps = np.diff(tail, prepend=end)
    lonely = tail[(steps > GAP * width) & (tail > end + FAR * width)]
    return float(lonely[0]) if len(lonely) else np.inf
