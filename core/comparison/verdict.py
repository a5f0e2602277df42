"""Say in words which run is better, by how much, and whether that is more than chance."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

import pandas as pd

from core.comparison.baseline import no_better_words
from core.comparison.conclusion import conclusion, fold_words
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
from core.comparison.folds import fold_differences
from core.comparison.gaps import Tables, gap_words
from core.comparison.grounds import Pair, alike_words, method_of, numbers_of
from core.comparison.noise import leads
from core.i18n import _, ngettext, number
from core.store.runs.tables import Runs
from core.text import shorten_apart

COMPARED_AT_MOST = 20  # runs beside the leader
MANY_CANDIDATES = 5
LONGEST_VALUE = 30


@dataclass(frozen=True)
class Verdict:
    """What to say of runs; the texts hold names from the store as they are: escape them where they are shown.

    The ``conclusion`` is short and true by itself; ``grounds`` say by how much, who leads, and what is known of the
    others; ``changes`` what the two did differently, and how they do in other metrics. ``numbers`` has one line a
    pair, with headings in the reader's language. ``rival`` is the run that the conclusion sets against the leader.
    ``no_better`` says that the leader is no better than always giving the same answer, where it is not.
    """

    conclusion: str
    grounds: tuple[str, ...] = ()
    changes: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    numbers: pd.DataFrame = field(default_factory=pd.DataFrame)
    method: str = ""
    pairs: tuple[Pair, ...] = ()
    rival: Pair | None = None
    no_better: str = ""

    @property
    def sentences(self) -> tuple[str, ...]:
        """All that is said, the conclusion first."""
        return (self.conclusion, *self.grounds, *self.changes)


def to_compare(runs: Runs, metric: str) -> list[str]:
    """Return the ids of the runs whose test answers a verdict looks at: the leader, then the next best."""
    return _contenders(runs, metric)[: 1 + COMPARED_AT_MOST]


def verdict(
    runs: Runs, labels: Mapping[str, str], metric: str, tables: Tables, trained: pd.DataFrame | None = None,
    folds: Mapping[str, pd.DataFrame] = MappingProxyType({}),
) -> Verdict:  # fmt: skip
    """Say who leads on ``metric`` and whether the lead is more than chance.

    ``tables`` are the runs' stored test answers; those of ``to_compare`` are enough. ``trained`` are those of a
    baseline, where there is one; ``folds`` are the fold scores of the runs that share the leader's folds.
    """
    if not len(runs):
        return Verdict(_("No runs are selected."))
    contenders = _contenders(runs, metric)
    if len(contenders) < 2:
        words, *more = standing(runs, labels, metric)
        return Verdict(words, tuple(more))
    pairs = _pairs(runs, metric, tables, folds)
    rival = _rival(pairs)
    names = {run_id: f"“{labels.get(run_id, run_id)}”" for run_id in runs.ids}
    values = finite_metric(runs, metric)
    both = runs.select([rival.other, rival.leader])
    contested = contested_metrics(both)
    tie = values[rival.leader] == values[rival.other]
    grounds = fold_words(rival, metric, names)
    if rival.folds is None or rival.difference.outcome != "unknown":
        grounds = gap_words(rival, metric, values, names, runs, tables) + grounds
    if len(runs) > 2 or tie or metric not in contested:
        grounds += standing(runs, labels, metric)
    grounds += _others(pairs, rival, names, len(contenders) - 1 - len(pairs))
    return Verdict(
        conclusion(pairs, rival, metric, names),
        tuple(grounds),
        (*_score(both, contested, names, tie), _changes(both)),
        (*alike_words(both, rival), *(_warnings(pairs, values, metric) if metric in contested else ())),
        numbers_of(pairs, values, labels, _sign(runs, metric)),
        method_of(pairs, metric),
        pairs,
        rival,
        _no_better(runs, rival.leader, labels, metric, tables, trained),
    )


def _no_better(
    runs: Runs, leader: str, labels: Mapping[str, str], metric: str, tables: Tables, trained: pd.DataFrame | None
) -> str:
    better, value = bool(higher_is_better(metric, runs.directions)), float(runs.metrics.at[leader, metric])
    return no_better_words(tables.get(leader), metric, better, value, labels.get(leader, leader), trained)


def _contenders(runs: Runs, metric: str) -> list[str]:
    return list(rank(runs, metric).dropna().index) if metric else []


def _sign(runs: Runs, metric: str) -> int:
    return 1 if higher_is_better(metric, runs.directions) else -1


def _pairs(runs: Runs, metric: str, tables: Tables, folds: Mapping[str, pd.DataFrame]) -> tuple[Pair, ...]:
    leader, *others = to_compare(runs, metric)
    better, values = bool(higher_is_better(metric, runs.directions)), finite_metric(runs, metric)
    found = leads(
        [tables.get(run_id) for run_id in (leader, *others)],
        metric,
        better,
        [float(values[run_id]) for run_id in (leader, *others)],
    )
    over_folds = fold_differences(folds, leader, metric, better)
    return tuple(
        Pair(leader, other, difference, over_folds.get(other)) for other, difference in zip(others, found, strict=True)
    )


def _rival(pairs: Sequence[Pair]) -> Pair:
    """Return the pair that decides: the second, or the next best run that the leader is not known to beat.

    A lead over the second says little where a run behind it, tested otherwise, is too close to call.
    """
    if pairs[0].outcome != "better":
        return pairs[0]
    return next((pair for pair in pairs if pair.outcome in {"close", "identical"}), pairs[0])


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


def _others(pairs: Sequence[Pair], rival: Pair, names: Mapping[str, str], not_compared: int) -> list[str]:
    """Count what is known of the runs beside the two against the leader."""
    outcomes = [pair.outcome for pair in pairs if pair is not rival]
    if not outcomes:
        return []
    further = [ngettext(
        "{count} run further behind was not compared.",
        "{count} runs further behind were not compared.",
        not_compared,
    )] if not_compared else []  # fmt: skip
    if {*outcomes, rival.outcome} == {"better"}:  # the conclusion says it of each
        return further
    counts = {outcome: outcomes.count(outcome) for outcome in ("close", "identical", "better", "unknown")}
    parts = []
    if count := counts["close"]:
        parts.append(ngettext("{count} is too close to call", "{count} are too close to call", count))
    if count := counts["identical"]:
        parts.append(ngettext("{count} does equally well", "{count} do equally well", count))
    if count := counts["better"]:
        parts.append(ngettext("{count} is really worse", "{count} are really worse", count))
    if count := counts["unknown"]:
        parts.append(ngettext("for {count} the noise is not known", "for {count} the noise is not known", count))
    counted = _("Of {others}, compared with {leader}: {parts}.").format(
        others=ngettext("{count} other run", "{count} other runs", len(outcomes)),
        leader=names[rival.leader],
        parts=listed(parts),
    )
    return [counted, *further]


def _warnings(pairs: Sequence[Pair], values: pd.Series, metric: str) -> tuple[str, ...]:
    """Warn where a lead may be the luck of the best of many: not where it is known to be more than that."""
    elsewhere = sum(pair.difference.reason == "other_test_set" for pair in pairs)
    count = len(values) - elsewhere
    if count <= MANY_CANDIDATES or values.nunique() < 2 or pairs[0].outcome == "better":
        return ()
    return (
        _(
            "The best of {count} values of {metric} flatters whoever has it, if all were measured on the same test "
            "rows: part of it is luck. Check it on rows that none of these runs has seen."
        ).format(count=number(count, 0), metric=metric),
    )
