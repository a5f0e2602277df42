"""Say where one run stands among others: its place, and what the verdict says of it beside the best."""

from __future__ import annotations

from collections.abc import Mapping

from core.comparison.differences import merits, rank
from core.comparison.noise import Outcome
from core.comparison.verdict import COMPARED_AT_MOST, Verdict, to_compare
from core.i18n import N_, _, number
from core.store.runs.tables import Runs

OF_THE_OTHERS: dict[Outcome, str] = {
    "better": N_("really worse than the best"), "close": N_("too close to the best to call"),
    "identical": N_("as good as the best"), "unknown": N_("whether it is really worse than the best is not known"),
}  # fmt: skip
OF_THE_LEADER: dict[Outcome, str] = {
    "better": N_("really better than the next"), "close": N_("too close to another one to call"),
    "identical": N_("another one is equally good"), "unknown": N_("whether it is really better is not known"),
}  # fmt: skip


def of_the_same_rows(runs: Runs, param: str, rows: str | None) -> Runs:
    """Leave out runs whose test rows, as ``param`` says them, are others: what they came to is not comparable."""
    if param not in runs.params:
        return runs.select(runs.ids if rows is None else [])
    said = runs.params[param]
    return runs.select(runs.info.index[said.isna() if rows is None else said == rows])


def with_the_best(runs: Runs, run_id: str, metric: str) -> list[str]:
    """Return the runs that a verdict compares and, wherever it stands, this one."""
    best = to_compare(runs, metric)
    return best if run_id in best or len(best) <= COMPARED_AT_MOST else [*best[:-1], run_id]


def place_words(runs: Runs, run_id: str, name: str, metric: str, verdict: Verdict) -> str:
    """Say which place a run has on ``metric``; runs with the same value share one, as nobody is worse for a tie."""
    places = rank(runs, metric).dropna()
    if run_id not in places:
        return _("{run}: no place, as it has no value of {metric} that can be ranked.").format(run=name, metric=metric)
    return _("{run}: place {place} of {count}, {standing}.").format(
        run=name, place=number(places[run_id], 0), count=number(len(places), 0), standing=_standing(run_id, verdict)
    )


def distance_words(runs: Runs, run_id: str, labels: Mapping[str, str], metric: str, verdict: Verdict) -> str:
    """Say how far a run is behind the best of its task, and whether that is more than chance."""
    places = rank(runs, metric).dropna()
    if run_id not in places:
        return _("No place on {metric}, as it has no value that can be ranked.").format(metric=metric)
    best, found = places.index[0] if verdict.rival is None else verdict.rival.leader, merits(runs, metric)
    gap = float(found[best] - found[run_id])
    said = {
        "metric": metric, "place": number(places[run_id], 0), "count": number(len(places), 0), "gap": number(gap),
        "best": f"“{labels.get(best, best)}”", "standing": _standing(run_id, verdict),
    }  # fmt: skip
    if gap <= 0:
        return _("Place {place} of {count} of this task on {metric}, {standing}.").format(**said)
    words = _("Place {place} of {count} of this task on {metric}, {gap} behind {best}: {standing}.")
    return words.format(**said)


def _standing(run_id: str, verdict: Verdict) -> str:
    if verdict.rival is None:
        return _("with nothing to compare it with")
    if run_id == verdict.rival.leader:
        return _(OF_THE_LEADER[verdict.rival.outcome])
    outcome = next((pair.outcome for pair in verdict.pairs if pair.other == run_id), None)
    if outcome is None:  # it may have the value of the best all the same
        return _("only the best {count} were compared").format(count=number(len(verdict.pairs) + 1, 0))
    return _(OF_THE_OTHERS[outcome])
