"""What is computed about compared runs, kept for all visitors as long as the runs stay the same."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from hashlib import blake2b
from math import isfinite

import pandas as pd

from core.comparison import differences, importance, measures, noise, slices
from core.comparison import verdict as verdicts
from core.comparison.baseline import are_of_one_test, baseline_of
from core.comparison.folds import CV
from core.comparison.importance import Importances
from core.comparison.noise import Interval
from core.comparison.slice_scores import SliceScore, row_mean, scores
from core.comparison.valued import Value
from core.comparison.valued import valued as valued_by
from core.comparison.verdict import Verdict
from core.errors import StoreError
from core.i18n import _, current_language, number
from core.process import cache, shared
from core.process.memory import kept
from core.store.connection import Store
from core.store.places import PlaceError
from core.store.record import group_codes
from core.store.runs import histories
from core.store.runs.evaluations import read_evaluation, read_folds
from core.store.runs.tables import ALGORITHM_TAG, BASELINE, FOLDS_TAG, TASK_TAG, Runs
from core.training.contests import TEST_ROWS

INTERVALS_AT_MOST = 30  # as many as there are bars
BASELINES_AT_MOST = 3  # of a task, that are looked at
Key = tuple[object, ...]


def _key(runs: Runs, *more: object) -> Key:
    """Return what a result depends on; the tables themselves need not be looked at."""
    return (shared.store_name(), shared.mirror().state().version, _fingerprint(runs.ids), *more)


def _fingerprint(run_ids: Sequence[str]) -> str:
    """Return a short text for these runs in this order, as Streamlit is slow in telling ten thousand ids apart."""
    return blake2b("\n".join(run_ids).encode(), digest_size=16).hexdigest()


def test_answers(runs: Runs, run_ids: Sequence[str]) -> dict[str, pd.DataFrame | None]:
    """Return the stored test answers of these runs; None where a run has none that can be read."""
    statuses = runs.info["status"]
    answers: dict[str, pd.DataFrame | None] = dict.fromkeys(run_ids)
    for run_id in run_ids:
        with suppress(PlaceError):
            answers[run_id] = _test_answers(run_id, statuses[run_id])
    return answers


@cache.read_from_store(max_entries=256, until=cache.for_ever, copied=False)
def _test_answers(store: Store, run_id: str, status: str) -> pd.DataFrame | None:
    try:
        return read_evaluation(store, run_id)
    except PlaceError:  # it may come back, so this is not kept
        raise
    except StoreError:
        return None


@kept(lambda runs, _labels, *about: _key(runs, *about, current_language()), max_entries=64)
def verdict(runs: Runs, labels: Mapping[str, str], metric: str, value: Value) -> Verdict:
    """Return who leads on ``metric`` and whether the lead is more than chance."""
    answers = test_answers(runs, verdicts.to_compare(runs, metric))
    folds = fold_scores(runs, list(answers))
    return verdicts.verdict(runs, labels, metric, answers, baseline_answers(runs, metric, answers), folds)


def fold_scores(runs: Runs, run_ids: Sequence[str]) -> dict[str, pd.DataFrame]:
    """Return the fold scores of those of these runs, the leader first, that were tried on the leader's folds."""
    shared_by = runs.tags[FOLDS_TAG].reindex(run_ids) if FOLDS_TAG in runs.tags else pd.Series(dtype=object)
    if len(shared_by) < 2 or not isinstance(shared_by.iloc[0], str):
        return {}
    found = {}
    for run_id in shared_by.index[shared_by == shared_by.iloc[0]]:
        with suppress(PlaceError):
            if (table := _fold_scores(str(run_id), runs.info.at[run_id, "status"])) is not None:
                found[str(run_id)] = table
    return found


@cache.read_from_store(max_entries=256, until=cache.for_ever, copied=False)
def _fold_scores(store: Store, run_id: str, status: str) -> pd.DataFrame | None:
    try:
        return read_folds(store, run_id)
    except PlaceError:  # as above
        raise
    except StoreError:
        return None


def baseline_answers(runs: Runs, metric: str, answers: Mapping[str, pd.DataFrame | None]) -> pd.DataFrame | None:
    """Return the test answers of the newest baseline that was tested as the leader was; None where there is none."""
    leader = next(iter(verdicts.to_compare(runs, metric)), None)
    table = None if leader is None else answers.get(leader)
    if leader is None or table is None or TASK_TAG not in runs.tags or not runs.tags.at[leader, TASK_TAG]:
        return None
    of_all = _baselines(runs, leader)
    tested = test_answers(of_all, of_all.ids[:BASELINES_AT_MOST])
    return next((one for one in tested.values() if one is not None and measures.same_test_set(one, table)), None)


def _baselines(runs: Runs, leader: str) -> Runs:
    """Return the finished baselines of the leader's task in its experiment, the newest first."""
    of_all = cache.runs([runs.info.at[leader, "experiment_id"]])
    if not {TASK_TAG, ALGORITHM_TAG} <= set(of_all.tags):
        return of_all.select([])
    wanted = (of_all.tags[TASK_TAG] == runs.tags.at[leader, TASK_TAG]) & (of_all.tags[ALGORITHM_TAG] == BASELINE)
    return of_all.select(of_all.info.index[wanted & (of_all.info["status"] == "FINISHED")])


def _baseline_over_folds(runs: Runs, leader: str, metric: str) -> tuple[float, str] | None:
    """Return the mean of the newest baseline that was tried on the folds that all runs share."""
    known = _baselines(runs, leader)
    if FOLDS_TAG not in runs.tags or FOLDS_TAG not in known.tags or metric not in known.metrics:
        return None
    shared_by = runs.tags[FOLDS_TAG]
    values = known.metrics[metric][known.tags[FOLDS_TAG] == shared_by[leader]].dropna()
    if shared_by.nunique(dropna=False) > 1 or values.empty:
        return None
    words = _("The dotted line is the baseline: always giving the same answer gets {value}.")
    return float(values.iloc[0]), words.format(value=number(float(values.iloc[0])))


@kept(lambda runs, *about: _key(runs, *about, current_language()), max_entries=64)
def baseline(runs: Runs, metric: str) -> tuple[float, str] | None:
    """Return what always giving the same answer gets on ``metric``, and that in words, where it is that of all runs."""
    leader = next(iter(verdicts.to_compare(runs, metric)), None)
    if leader is None or not are_of_one_test(runs, TEST_ROWS):
        return None
    if metric.startswith(CV):
        return _baseline_over_folds(runs, leader, metric)
    if not measures.from_predictions(metric):
        return None
    answers = test_answers(runs, [leader])
    found = baseline_of(answers[leader], baseline_answers(runs, metric, answers))
    value = float("nan") if found is None else found.value(metric)
    if found is None or not isfinite(value):
        return None
    words = _("The dotted line is the baseline: always answering {answer} gets {value}.")
    return value, words.format(answer=found.answer, value=number(value))


def intervals(runs: Runs, metric: str, run_ids: Sequence[str]) -> dict[str, tuple[float, float]]:
    """Return how far chance alone could move the metric of these runs on other test rows, where that is known."""
    if not measures.from_predictions(metric):
        return {}
    chosen = list(run_ids)[:INTERVALS_AT_MOST]
    found = {
        run_id: _interval(table, metric, (shared.store_name(), run_id, runs.info["status"][run_id]))
        for run_id, table in test_answers(runs, chosen).items()
        if table is not None and measures.reproduces(table, metric, float(runs.metrics.at[run_id, metric]))
    }
    return {run_id: (one.low, one.high) for run_id, one in found.items() if one is not None}


@kept(lambda _table, metric, run: (metric, run), max_entries=256)
def _interval(table: pd.DataFrame, metric: str, run: Key) -> Interval | None:
    return noise.metric_interval(table, metric)


def slice_scores(
    runs: Runs, answers: Mapping[str, pd.DataFrame], columns: Sequence[str], metric: str, better: bool
) -> dict[str, list[SliceScore]]:
    """Return by run how good it is on all rows and for each group by these columns, the worst first.

    The first run's rows say which groups there are. Runs that nobody knows these columns of are left out.
    """
    return _slice_scores(answers, columns, metric, better, _runs_of(runs, answers))


@kept(lambda _answers, *about: about, max_entries=64)
def _slice_scores(
    answers: Mapping[str, pd.DataFrame], columns: Sequence[str], metric: str, better: bool, of: Key
) -> dict[str, list[SliceScore]]:
    tables = {run_id: slices.with_columns(table, columns, [*answers.values()]) for run_id, table in answers.items()}
    known = {run_id: table for run_id, table in tables.items() if table is not None}
    groups = slices.divide(next(iter(known.values())), columns) if known else []
    return {
        run_id: [*scores(table, [slices.ALL_ROWS], metric, better), *found]
        for run_id, table in known.items()
        if (found := scores(table, groups, metric, better))
    }


def worse_off(
    runs: Runs, run_id: str, answers: Mapping[str, pd.DataFrame], metric: str, better: bool
) -> list[SliceScore] | None:
    """Return the groups by any column that a run is worse for than for all other rows, the surest first.

    What stands is corrected for all groups, which the list begins with where they are worse for certain; None where
    searching all would take too long, as each has to be drawn.
    """
    return _worse_off(answers[run_id], metric, better, _runs_of(runs, [run_id]))


@kept(lambda _table, *about: about, max_entries=64)
def _worse_off(table: pd.DataFrame, metric: str, better: bool, of: Key) -> list[SliceScore] | None:
    if row_mean(table, metric) is None or group_codes(table) is not None:
        return None
    found = scores(table, slices.divide_by_each(table), metric, better, intervals=False)
    return sorted(
        (one for one in found if one.p_value == one.p_value), key=lambda one: (one.standing != "worse", one.p_value)
    )


def _runs_of(runs: Runs, run_ids: Iterable[str]) -> Key:
    return (shared.store_name(), *((run_id, runs.info.at[run_id, "status"]) for run_id in run_ids))


@kept(_key, max_entries=32, copied=True)
def important_params(runs: Runs, metric: str, value: Value) -> list[str]:
    """Return all differing parameters, those that go along with the metric most first."""
    return differences.important_params(runs, metric, len(runs.params.columns))


@kept(lambda runs, *about: _key(runs, *about, current_language()), max_entries=32)
def importances(runs: Runs, metric: str, value: Value) -> Importances:
    """Return how much each parameter matters to the metric."""
    return importance.importances(runs, metric)


@kept(_key, max_entries=32)
def metric_histories(runs: Runs, metric: str) -> pd.DataFrame:
    """Return the history of a metric of these runs."""
    return histories.metric_histories(shared.store(), runs.ids, metric)


def valued(runs: Runs, metrics: Sequence[str], value: Value) -> Runs:
    """Return the runs with the last, best, smallest or largest value of these metrics."""
    if value == "last":
        return runs
    return valued_by(runs, {metric: metric_histories(runs, metric) for metric in metrics}, value)
