"""What is computed about compared runs, kept for all visitors as long as the runs stay the same."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from hashlib import blake2b

import pandas as pd
import streamlit as st

from core.comparison import differences, importance, noise
from core.comparison import verdict as verdicts
from core.comparison.importance import Importances
from core.comparison.noise import Interval
from core.comparison.valued import Value
from core.comparison.valued import valued as valued_by
from core.comparison.verdict import Verdict
from core.errors import StoreError
from core.i18n import current_language
from core.store.connection import Store
from core.store.record import EVALUATION_TABLE
from core.store.runs import artifacts, histories
from core.store.runs.tables import Runs
from core.ui import cache

INTERVALS_AT_MOST = 30  # as many as there are bars
Key = tuple[object, ...]


def _key(runs: Runs, *more: object) -> Key:
    """Return what a result depends on; the tables themselves need not be looked at."""
    return (cache.store_uri(), cache.mirror().state().version, _fingerprint(runs.ids), *more)


def _fingerprint(run_ids: Sequence[str]) -> str:
    """Return a short text for these runs in this order, as Streamlit is slow in telling ten thousand ids apart."""
    return blake2b("\n".join(run_ids).encode(), digest_size=16).hexdigest()


def test_answers(runs: Runs, run_ids: Sequence[str]) -> dict[str, pd.DataFrame | None]:
    """Return the stored test answers of these runs; None where a run has none that can be read."""
    statuses = runs.info["status"]
    return {run_id: _test_answers(cache.store(), (cache.store_uri(), run_id, statuses[run_id])) for run_id in run_ids}


@st.cache_resource(show_spinner=False, max_entries=256)
def _test_answers(_store: Store, key: tuple[str, str, str]) -> pd.DataFrame | None:
    try:
        return artifacts.read_table(_store, key[1], EVALUATION_TABLE)
    except StoreError:
        return None


def verdict(runs: Runs, labels: Mapping[str, str], metric: str, value: Value) -> Verdict:
    """Return who leads on ``metric`` and whether the lead is more than chance."""
    return _verdict(runs, labels, _key(runs, metric, value, current_language()), metric)


@st.cache_resource(show_spinner=False, max_entries=64)
def _verdict(_runs: Runs, _labels: Mapping[str, str], key: Key, metric: str) -> Verdict:
    answers = test_answers(_runs, verdicts.to_compare(_runs, metric))
    return verdicts.verdict(_runs, _labels, metric, answers, len(_runs))


def intervals(runs: Runs, metric: str, run_ids: Sequence[str]) -> dict[str, tuple[float, float]]:
    """Return how far chance alone could move the metric of these runs on other test rows, where that is known."""
    if not noise.from_predictions(metric):
        return {}
    chosen = list(run_ids)[:INTERVALS_AT_MOST]
    found = {
        run_id: _interval(table, (cache.store_uri(), run_id, runs.info["status"][run_id]), metric)
        for run_id, table in test_answers(runs, chosen).items()
        if table is not None and noise.reproduces(table, metric, float(runs.metrics.at[run_id, metric]))
    }
    return {run_id: (one.low, one.high) for run_id, one in found.items() if one is not None}


@st.cache_resource(show_spinner=False, max_entries=256)
def _interval(_table: pd.DataFrame, key: Key, metric: str) -> Interval | None:
    return noise.metric_interval(_table, metric)


def important_params(runs: Runs, metric: str, value: Value) -> list[str]:
    """Return all differing parameters, those that go along with the metric most first."""
    return list(_important_params(runs, _key(runs, metric, value), metric))


@st.cache_resource(show_spinner=False, max_entries=32)
def _important_params(_runs: Runs, key: Key, metric: str) -> list[str]:
    return differences.important_params(_runs, metric, len(_runs.params.columns))


def importances(runs: Runs, metric: str, value: Value) -> Importances:
    """Return how much each parameter matters to the metric."""
    return _importances(runs, _key(runs, metric, value, current_language()), metric)


@st.cache_resource(show_spinner=False, max_entries=32)
def _importances(_runs: Runs, key: Key, metric: str) -> Importances:
    return importance.importances(_runs, metric)


def metric_histories(runs: Runs, metric: str) -> pd.DataFrame:
    """Return the history of a metric of these runs."""
    return _metric_histories(cache.store(), runs.ids, _key(runs), metric)


@st.cache_resource(show_spinner=False, max_entries=32)
def _metric_histories(_store: Store, _run_ids: Sequence[str], key: Key, metric: str) -> pd.DataFrame:
    return histories.metric_histories(_store, _run_ids, metric)


def valued(runs: Runs, metrics: Sequence[str], value: Value) -> Runs:
    """Return the runs with the last, best, smallest or largest value of these metrics."""
    if value == "last":
        return runs
    return valued_by(runs, {metric: metric_histories(runs, metric) for metric in metrics}, value)
