"""Say in one short sentence whether the leader is really better: by the test rows, and by the folds that runs share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from core.comparison.grounds import Pair
from core.i18n import _, number


def conclusion(pairs: Sequence[Pair], rival: Pair, metric: str, names: Mapping[str, str]) -> str:
    """Say whether the leader is really better, and than whom; where test rows and folds disagree, say that."""
    if len(pairs) > 1 and all(pair.outcome == "better" for pair in pairs):
        text = _of_each(pairs)
    elif rival.folds is None:
        text = _by_test_rows(rival)
    else:
        text = _by_both(rival)
    folds = number(rival.folds.folds, 0) if rival.folds else ""
    return text.format(
        leader=names[rival.leader], other=names[rival.other], metric=metric, count=number(len(pairs), 0), folds=folds
    )


def fold_words(pair: Pair, metric: str, names: Mapping[str, str]) -> list[str]:
    """Say how far apart the two are over the folds that they share; nothing where they share none."""
    found = pair.folds
    if found is None:
        return []
    if found.outcome == "identical":
        text = _("Over {folds} folds both score the same on {metric}.")
    elif found.gap >= 0:
        text = _("Over {folds} folds of the training rows {leader} leads on {metric} by {gap} on average (p = {p}).")
    else:
        text = _("Over {folds} folds of the training rows {other} leads on {metric} by {gap} on average (p = {p}).")
    return [
        text.format(
            folds=number(found.folds, 0), leader=names[pair.leader], other=names[pair.other], metric=metric,
            gap=number(abs(found.gap)), p=number(found.p_value),
        )
    ]  # fmt: skip


def _of_each(pairs: Sequence[Pair]) -> str:
    if all(pair.difference.outcome == "better" for pair in pairs):
        return _("Really better: {leader} on {metric} than each of {count} other runs, on this test set.")
    if all(pair.folds is not None for pair in pairs):
        return _("Really better: {leader} on {metric} than each of {count} other runs, over the folds that they share.")
    return _(
        "Really better: {leader} on {metric} than each of {count} other runs, on this test set or over the folds that "
        "they share."
    )


def _by_test_rows(rival: Pair) -> str:
    match rival.difference.outcome:
        case "close":
            return _("Too close to call: {leader} or {other} on {metric}.")
        case "identical":
            return _("Equally good: {leader} and {other} on {metric}.")
        case "unknown":
            return _("Not known whether {leader} is really better than {other} on {metric}.")
        case _better:
            return _("Really better: {leader} on {metric} than {other}, on this test set.")


def _by_both(rival: Pair) -> str:
    test, folds = rival.difference.outcome, rival.folds.outcome if rival.folds else ""
    if folds == "better" and test == "better":
        return _("Really better: {leader} on {metric} than {other}, on this test set and over {folds} folds.")
    if folds == "better" and test == "unknown":
        return _("Really better: {leader} on {metric} than {other}, over {folds} folds.")
    if folds == "better":
        return _(
            "Really better: {leader} on {metric} than {other}, over {folds} folds; "
            "this test set alone does not show it."
        )
    if folds == "worse" and test == "better":
        return _(
            "The evidence disagrees: {leader} is really better on {metric} on this test set, "
            "{other} over {folds} folds."
        )
    if folds == "worse":
        return _("Not settled: {leader} has the better {metric}, but over {folds} folds {other} is really better.")
    if test == "better":
        return _(
            "Not settled: on this test set {leader} is really better than {other} on {metric}, but over {folds} folds "
            "it is too close to call."
        )
    if rival.outcome == "identical":
        return _("Equally good: {leader} and {other} on {metric}, over {folds} folds too.")
    if test == "unknown":
        return _("Too close to call over {folds} folds: {leader} or {other} on {metric}.")
    return _("Too close to call: {leader} or {other} on {metric}, on this test set and over {folds} folds.")
