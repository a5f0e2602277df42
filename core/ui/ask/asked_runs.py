"""Make a question of runs: which of them wins, where it is not too close to call."""

from __future__ import annotations

from collections.abc import Sequence

from core.classroom.asked import TOO_CLOSE, Asked
from core.comparison.columns import ordered_metrics
from core.comparison.differences import objective, rank, suggested_runs
from core.comparison.direction import higher_is_better
from core.comparison.grounds import Pair
from core.errors import PizarraError
from core.i18n import LANGUAGES, N_, speaking
from core.process import analysis, cache
from core.store.runs.filters import matching, parse_filter
from core.store.runs.tables import Runs, run_labels
from core.text import shortened
from core.training.contests import TEST_ROWS
from core.ui import address

MOST = 6  # runs, each a button
LONGEST = 60  # signs of a run's name


def are_there() -> bool:
    """Tell whether there are two runs to ask about."""
    return sum(cache.counts_by_experiment().values()) > 1


def ask(page: str) -> Asked:
    """Return the question about the runs of a page, else about those that Compare would begin with.

    Of more than six runs it is about the best ones, as the others cannot win.

    Raises:
        PizarraError: no two of the runs have a metric whose better values are known.
    """
    runs = _on_the_same_rows(_of_page(page))
    metric = _metric(runs, page)
    best = list(rank(runs, metric).dropna().sort_values(kind="stable").index[:MOST]) if metric else []
    if len(best) < 2:
        raise PizarraError(
            N_(
                "Which run wins can be asked of two runs that have one metric in common, measured on the same test "
                "rows, and these have none."
            ),
            N_("Choose other runs in Compare, then ask again."),
        )
    labels = shortened(run_labels(runs.select(best)), LONGEST)
    asked = runs.select(sorted(best, key=lambda run_id: labels[run_id]))
    conclusions = {}
    for language in LANGUAGES:
        with speaking(language):
            found = analysis.verdict(asked, labels, metric, "last")
            conclusions[language] = found.conclusion
    return Asked(
        "which_run",
        choices=tuple((value, {}) for value in (*asked.ids, TOO_CLOSE)),
        subject={"metric": metric, "runs": {run_id: labels[run_id] for run_id in asked.ids}},
        truth=_truth(found.pairs),
        behind={
            "values": {run_id: float(asked.metrics.at[run_id, metric]) for run_id in asked.ids},
            "conclusion": conclusions,
        },
    )


def _truth(pairs: Sequence[Pair]) -> str:
    """Return the run that is known to be better than each other, or that it is too close; empty, it is not known."""
    outcomes = {pair.outcome for pair in pairs}
    if outcomes & {"close", "identical"}:
        return TOO_CLOSE
    return pairs[0].leader if outcomes == {"better"} else ""


def _on_the_same_rows(runs: Runs) -> Runs:
    """Return the runs that were measured as the first one was: on the public half of the test rows, or on all."""
    if not len(runs) or TEST_ROWS not in runs.params:
        return runs
    rows = runs.params[TEST_ROWS].fillna("").astype(str)
    return runs.select(rows.index[rows == rows.iloc[0]])


def _of_page(page: str) -> Runs:
    chosen = address.listed("runs") if page in {"compare", "experiments"} else []
    if page == "compare" and (text := address.value("filter")):
        runs = cache.runs([address.value("experiment")])
        return runs if text == "all" else runs.select(matching(runs, parse_filter(text)))
    if len(chosen) > 1:
        return cache.known_runs(chosen)
    counts = cache.counts_by_experiment()
    usual = [experiment.experiment_id for experiment in cache.experiments()]
    wanted = [address.value("experiment"), address.carried("experiment"), *usual]
    several = [one for one in dict.fromkeys(wanted) if counts.get(one, 0) > 1]
    for experiment in several:
        runs = cache.runs([experiment])
        if len(suggested := suggested_runs(runs)) > 1:
            return runs.select(suggested)
    return cache.known_runs([])


def _metric(runs: Runs, page: str) -> str:
    shown = address.value("metric") if page == "compare" else ""
    known = shown in ordered_metrics(runs) and higher_is_better(shown, runs.directions) is not None
    return shown if known else (objective(runs) or "")
