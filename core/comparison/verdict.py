"""Say in words which run is better, by how much, and whether that is more than chance."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import floor, log10

import pandas as pd

from core.comparison.differences import (
    MISSING,
    contested_metrics,
    differing_params,
    finite_metric,
    listed,
    merits,
    rank,
    standing,
)
from core.comparison.direction import higher_is_better
from core.comparison.grounds import Pair, method_of, numbers_of
from core.comparison.measures import reproduces
from core.comparison.noise import FEWEST_ROWS, Difference, leads
from core.i18n import _, ngettext, number
from core.store.record import EVALUATION_TABLE
from core.store.runs.tables import Runs
from core.text import shorten_apart

COMPARED_AT_MOST = 20  # runs beside the leader
MANY_CANDIDATES = 5
LONGEST_VALUE = 30

Tables = Mapping[str, pd.DataFrame | None]


@dataclass(frozen=True)
class Verdict:
    """What to say of runs; the texts hold names from the store as they are: escape them where they are shown.

    ``numbers`` has one line a pair, with headings in the reader's language.
    """

    sentences: tuple[str, ...]
    warnings: tuple[str, ...] = ()
    numbers: pd.DataFrame = field(default_factory=pd.DataFrame)
    method: str = ""
    pairs: tuple[Pair, ...] = ()


def to_compare(runs: Runs, metric: str) -> list[str]:
    """Return the ids of the runs whose test answers a verdict looks at: the leader, then the next best."""
    return _contenders(runs, metric)[: 1 + COMPARED_AT_MOST]


def verdict(runs: Runs, labels: Mapping[str, str], metric: str, tables: Tables) -> Verdict:
    """Say who leads on ``metric`` and whether the lead is more than chance.

    ``tables`` are the runs' stored test answers; those of ``to_compare`` are enough.
    """
    if not len(runs):
        return Verdict((_("No runs are selected."),))
    contenders = _contenders(runs, metric)
    if len(contenders) < 2:
        return Verdict(tuple(standing(runs, labels, metric)))
    pairs = _pairs(runs, metric, tables)
    leader, second = pairs[0].leader, pairs[0].other
    names = {run_id: f"“{labels.get(run_id, run_id)}”" for run_id in runs.ids}
    values = finite_metric(runs, metric)
    both = runs.select([second, leader])
    contested = contested_metrics(both)
    tie = values[leader] == values[second]
    sentences = standing(runs, labels, metric) if len(runs) > 2 or tie or metric not in contested else []
    sentences += _score(both, contested, names, tie)
    sentences.append(_changes(both))
    sentences += _gap(pairs[0], metric, values, names, runs, tables)
    sentences += _others(pairs, names, len(contenders) - 1 - len(pairs))
    return Verdict(
        tuple(sentences),
        _warnings(pairs, values, metric) if metric in contested else (),
        numbers_of(pairs, values, labels, _sign(runs, metric)),
        method_of(pairs, metric),
        pairs,
    )


def _contenders(runs: Runs, metric: str) -> list[str]:
    return list(rank(runs, metric).dropna().index) if metric else []


def _sign(runs: Runs, metric: str) -> int:
    return 1 if higher_is_better(metric, runs.directions) else -1


def _pairs(runs: Runs, metric: str, tables: Tables) -> tuple[Pair, ...]:
    leader, *others = to_compare(runs, metric)
    better, values = bool(higher_is_better(metric, runs.directions)), finite_metric(runs, metric)
    found = leads(
        [tables.get(run_id) for run_id in (leader, *others)],
        metric,
        better,
        [float(values[run_id]) for run_id in (leader, *others)],
    )
    return tuple(Pair(leader, other, difference) for other, difference in zip(others, found, strict=True))


def _score(both: Runs, contested: Sequence[str], names: Mapping[str, str], tie: bool) -> list[str]:
    """Say in how many metrics each is better; ``both`` are the second and the leader."""
    if not contested:
        return []
    second, leader = both.ids
    leads = [float(merits(both, m)[leader] - merits(both, m)[second]) for m in contested]
    wins, losses = sum(lead > 0 for lead in leads), sum(lead < 0 for lead in leads)
    metrics = ngettext("{count} metric", "{count} metrics", len(contested))
    if not wins and not losses:
        if len(contested) == 1:
            return []
        return [
            _("{leader} and {other} have the same value in each of {metrics}.").format(
                leader=names[leader], other=names[second], metrics=metrics
            )
        ]
    same = len(contested) - wins - losses
    equal = [ngettext("In {count} they are the same.", "In {count} they are the same.", same)] if same else []
    if tie or losses >= wins:
        return [
            _("{leader} is better in {wins} and {other} in {losses} of {metrics}.").format(
                metrics=metrics,
                leader=names[leader],
                other=names[second],
                wins=number(wins, 0),
                losses=number(losses, 0),
            ),
            *equal,
        ]
    if len(contested) == 1:
        return [
            _("{leader} beats {other} on {metric}.").format(
                leader=names[leader], other=names[second], metric=contested[0]
            )
        ]
    return [
        _("{leader} beats {other} in {wins} of {metrics}.").format(
            leader=names[leader], other=names[second], wins=number(wins, 0), metrics=metrics
        ),
        *equal,
    ]


def _changes(both: Runs) -> str:
    # What both have says more than the parameters that came with another algorithm
    if not len(both.params.columns):
        return _("Neither of the two logged a parameter, so nobody knows what was done differently.")
    params = sorted(differing_params(both), key=lambda name: (bool(both.params[name].isna().any()), name))
    if not params:
        return _("Their parameters are the same.")
    changes = []
    for name in params:
        texts = [MISSING if value is None else str(value) for value in both.params[name]]
        old, new = shorten_apart(texts, LONGEST_VALUE)
        changes.append(f"{name} {old} → {new}")
    return _("What changed: {changes}.").format(changes=listed(changes))


def _gap(pair: Pair, metric: str, values: pd.Series, names: Mapping[str, str], runs: Runs, tables: Tables) -> list[str]:
    """Say how large the gap between the two is, beside what chance does."""
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
    shown = {"gap": number(gap, digits), "variation": number(variation, digits)}
    same = shown["gap"] == shown["variation"]
    if not higher_is_better(metric, runs.directions):
        shown["gap"] = _("{gap}; lower is better").format(gap=shown["gap"])
    if not chance:
        text = _(
            "The {metric} gap ({gap}) is larger than the usual variation (±{variation}): "
            "{leader} is really better on this test set."
        )
    elif _excludes_zero(found) and found.only_a is None:
        text = _(
            "The {metric} gap ({gap}) is a little larger than the usual variation (±{variation}), but swapping the "
            "answers of the two by chance makes such a gap too: too close to call."
        )
    elif _excludes_zero(found):
        text = _(
            "The {metric} gap ({gap}) is a little larger than the usual variation (±{variation}), but only one of "
            "them is right on {more} against {fewer} test rows, and chance does that too: too close to call."
        )
    elif same:
        text = _("The {metric} gap ({gap}) is no larger than the usual variation (±{variation}): too close to call.")
    else:
        text = _("The {metric} gap ({gap}) is smaller than the usual variation (±{variation}): too close to call.")
    return [
        text.format(
            metric=metric,
            leader=names[pair.leader],
            more=number(found.only_a, 0),
            fewer=number(found.only_b, 0),
            **shown,
        )
    ]


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
        case _other:
            return _("{rows} test rows are too few to tell; at least {fewest} are needed. Test on more rows.").format(
                rows=number(pair.difference.rows, 0), fewest=number(FEWEST_ROWS, 0)
            )


def _others(pairs: Sequence[Pair], names: Mapping[str, str], not_compared: int) -> list[str]:
    """Count what is known of the runs behind the second against the leader."""
    outcomes = [pair.difference.outcome for pair in pairs[1:]]
    if not outcomes:
        return []
    counts = {outcome: outcomes.count(outcome) for outcome in ("close", "identical", "better", "unknown")}
    parts = []
    if (count := counts["close"]) or counts["better"]:
        parts.append(ngettext("{count} is too close to call", "{count} are too close to call", count))
    if count := counts["identical"]:
        parts.append(ngettext("{count} does equally well", "{count} do equally well", count))
    if count := counts["better"]:
        parts.append(ngettext("{count} is really worse", "{count} are really worse", count))
    if count := counts["unknown"]:
        parts.append(ngettext("for {count} the noise is not known", "for {count} the noise is not known", count))
    sentences = [
        _("Of {others}, compared with {leader}: {parts}.").format(
            others=ngettext("{count} other run", "{count} other runs", len(outcomes)),
            leader=names[pairs[0].leader],
            parts=listed(parts),
        )
    ]
    if not_compared:
        sentences.append(
            ngettext(
                "{count} run further behind was not compared.",
                "{count} runs further behind were not compared.",
                not_compared,
            )
        )
    return sentences


def _warnings(pairs: Sequence[Pair], values: pd.Series, metric: str) -> tuple[str, ...]:
    """Warn where a lead may be the luck of the best of many: not where it is known to be more than that."""
    elsewhere = sum(pair.difference.reason == "other_test_set" for pair in pairs)
    count = len(values) - elsewhere
    if count <= MANY_CANDIDATES or values.nunique() < 2 or pairs[0].difference.outcome == "better":
        return ()
    return (
        _(
            "The best of {count} values of {metric} flatters whoever has it, if all were measured on the same test "
            "rows: part of it is luck. Check it on rows that none of these runs has seen."
        ).format(count=number(count, 0), metric=metric),
    )
