"""Say how large the gap between two runs is, beside what chance does, or why nobody knows."""

from __future__ import annotations

from collections.abc import Mapping
from math import floor, log10

import pandas as pd

from core.comparison.differences import listed
from core.comparison.direction import higher_is_better
from core.comparison.grounds import Pair
from core.comparison.measures import reproduces
from core.comparison.noise import FEWEST_ROWS, Difference
from core.i18n import _, ngettext, number
from core.store.record import EVALUATION_TABLE
from core.store.runs.tables import Runs

MOST_DIGITS = 6  # of an end of an interval

Tables = Mapping[str, pd.DataFrame | None]


def gap_words(
    pair: Pair, metric: str, values: pd.Series, names: Mapping[str, str], runs: Runs, tables: Tables
) -> list[str]:
    """Say how large the gap between the two is with its interval, beside what chance does."""
    found = pair.difference
    if found.outcome == "unknown":
        why = _why_unknown(pair, metric, values, names, tables)
        return [_("How large the noise is, is not known: {why}").format(why=why)]
    if found.outcome == "identical":
        if not found.differing_rows:
            return [_("Both give the same answer on every test row, so neither is better.")]
        return [
            _("Their {metric} is the same whichever test rows are counted, so neither is better.").format(metric=metric)
        ]
    gap, variation, chance = abs(found.gap), _variation(found), found.outcome == "close"
    digits = _digits(gap, variation)
    shown = {"gap": number(gap, digits), "variation": number(variation, digits), "interval": interval_words(found)}
    if not higher_is_better(metric, runs.directions):
        shown["interval"] += _("; lower is better")
    if not chance:
        text = _(
            "The {metric} gap to {other} is {gap} (95 %: {interval}), more than the usual variation (±{variation})."
        )
    elif _excludes_zero(found) and (found.only_a is None or found.groups):
        text = _(
            "The {metric} gap to {other} is {gap} (95 %: {interval}), a little more than the usual variation "
            "(±{variation}), but swapping the answers of the two by chance makes such a gap too."
        )
    elif _excludes_zero(found):
        text = _(
            "The {metric} gap to {other} is {gap} (95 %: {interval}), a little more than the usual variation "
            "(±{variation}), but only one of them is right on {more} against {fewer} test rows, and chance does that "
            "too."
        )
    elif shown["gap"] == shown["variation"]:
        text = _(
            "The {metric} gap to {other} is {gap} (95 %: {interval}), no more than the usual variation (±{variation})."
        )
    else:
        text = _(
            "The {metric} gap to {other} is {gap} (95 %: {interval}), less than the usual variation (±{variation})."
        )
    return [
        text.format(
            metric=metric, other=names[pair.other], more=number(found.only_a, 0), fewer=number(found.only_b, 0), **shown
        )
    ]


def interval_words(found: Difference) -> str:
    """Return the ends of a difference's interval, with digits enough to see on which side of 0 they are.

    >>> interval_words(Difference("close", gap=0.005, low=-0.0131, high=0.0229))
    '-0.013 to 0.023'
    >>> interval_words(Difference("better", gap=0.3, low=0.0004, high=0.6))
    '0.0004 to 0.6'
    """
    ends = (found.low, found.high)
    digits = _digits(abs(found.gap), _variation(found))
    while digits < MOST_DIGITS and any(end and not round(end, digits) for end in ends):
        digits += 1
    return _("{low} to {high}").format(low=_end(found.low, digits), high=_end(found.high, digits))


def _end(end: float, digits: int) -> str:
    return number(end, digits) if round(end, digits) else number(0.0)


def _excludes_zero(found: Difference) -> bool:
    return min(found.gap, found.low) > 0 or max(found.gap, found.high) < 0


def _variation(found: Difference) -> float:
    """Return half the width of the interval, kept from contradicting it.

    An interval may lie unevenly around the gap. So that "larger than ±" and "the interval leaves out 0" are one
    thing, the reach towards 0 counts where half the width would say otherwise.
    """
    half = (found.high - found.low) / 2
    reach = found.gap - found.low if found.gap >= 0 else found.high - found.gap
    return min(half, reach) if _excludes_zero(found) else max(half, reach)


def _digits(gap: float, variation: float) -> int:
    """Return the decimals that show two digits of the variation, and more where the gap would not be told apart.

    >>> _digits(0.004, 0.01134), _digits(0.0104, 0.0101), _digits(12.0, 130.0)
    (3, 4, 0)
    """
    digits = max(0, 1 - floor(log10(variation))) if variation > 0 else 4
    most = digits + 3
    while digits < most and gap and (not round(gap, digits) or round(gap, digits) == round(variation, digits)):
        digits += 1
    return digits if digits < most else most - 3


def _why_unknown(pair: Pair, metric: str, values: pd.Series, names: Mapping[str, str], tables: Tables) -> str:
    """Say why the noise of a pair is not known, and what to do."""
    two = (pair.leader, pair.other)
    match pair.difference.reason:
        case "no_table":
            without = [names[run_id] for run_id in two if tables.get(run_id) is None]
            return _(
                "no stored test answers of {runs} can be read. Train again here, or log a table “{table}” with the run."
            ).format(runs=listed(without or [names[run_id] for run_id in two]), table=EVALUATION_TABLE)
        case "other_test_set":
            return _(
                "the two were not tested on the same rows, so part of the gap may be easier rows. Train both on the "
                "same data with the same split."
            )
        case "not_from_predictions" if without := [names[run_id] for run_id in two if tables.get(run_id) is None]:
            return _(
                "no stored test answers of {runs} can be read, and {metric} would not follow from them. Choose a "
                "metric such as test_accuracy or test_rmse, of runs that stored a table “{table}”."
            ).format(runs=listed(without), metric=metric, table=EVALUATION_TABLE)
        case "not_from_predictions":
            return _(
                "{metric} does not follow from the stored test answers. Choose a metric such as test_accuracy or "
                "test_rmse."
            ).format(metric=metric)
        case "not_reproduced":
            wrong = []
            for run_id in two:
                table = tables.get(run_id)
                if table is not None and not reproduces(table, metric, float(values[run_id])):
                    wrong.append(names[run_id])
            return _(
                "the stored test answers of {runs} do not give the {metric} that was logged. Train again, or log both "
                "from the same answers."
            ).format(runs=listed(wrong), metric=metric)
        case "too_few_groups":
            return _(
                "the test rows are of {groups}, whose rows are alike, and that is too few to tell; at least {fewest} "
                "are needed. Test on rows of more groups."
            ).format(
                groups=ngettext("{count} group", "{count} groups", pair.difference.groups),
                fewest=number(FEWEST_ROWS, 0),
            )
        case _other:
            return _("{rows} test rows are too few to tell; at least {fewest} are needed. Test on more rows.").format(
                rows=number(pair.difference.rows, 0), fewest=number(FEWEST_ROWS, 0)
            )
