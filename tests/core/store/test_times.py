"""Times of other programs."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import pandas as pd
import pytest

from core.store.connection import Store
from core.store.runs.histories import metric_histories
from core.store.runs.tables import STARTED_TAG
from core.store.runs.tracking import get_run, list_runs, metric_history
from core.store.times import FARTHEST, read_time, read_times

EARLY = 1_700_000_000_000
BEYOND = [10**17, -(10**17), 2**63 - 1, int(FARTHEST) + 1, float("inf")]


def test_a_time_is_read_to_the_millisecond() -> None:
    assert read_time(EARLY + 7) == datetime(2023, 11, 14, 22, 13, 20, 7000, tzinfo=UTC) == read_times([EARLY + 7])[0]
    assert read_time(-1) == read_times([-1])[0] == datetime(1969, 12, 31, 23, 59, 59, 999000, tzinfo=UTC)


@pytest.mark.parametrize("time", BEYOND)
def test_a_time_that_no_table_holds_is_none(time: float) -> None:
    assert read_time(time) is None
    assert read_times([time, EARLY]).isna().tolist() == [True, False]


def test_no_times_are_still_times() -> None:
    assert read_times([]).tz == read_times(np.array([np.nan])).tz == UTC


@pytest.mark.part(4)
@pytest.mark.parametrize("time", BEYOND[:3])
def test_runs_and_histories_of_such_times_are_read(store: Store, time: int) -> None:
    run_id = store.client.create_run("0", start_time=time).info.run_id
    store.client.log_metric(run_id, "loss", 0.5, timestamp=abs(time))
    store.client.set_terminated(run_id, end_time=EARLY)
    run, runs = get_run(store, run_id), list_runs(store, ["0"])
    assert (run.start, run.seconds) == (None, None)
    assert runs.info.loc[run_id, ["start", "seconds"]].isna().all()
    assert runs.info.loc[run_id, "end"] == run.end == read_time(EARLY)
    for history in (metric_history(store, run_id, "loss"), metric_histories(store, [run_id], "loss")):
        assert history["value"].tolist() == [0.5]
        assert history["time"].isna().all()


@pytest.mark.part(6)
@pytest.mark.parametrize("said", ["", "soon", "1e999", "-1", "NaN", "1.5", "9" * 5000])
def test_when_a_run_started_is_what_mlflow_knows_where_its_tag_says_no_time(store: Store, said: str) -> None:
    run_id = store.client.create_run("0", start_time=EARLY, tags={STARTED_TAG: said}).info.run_id
    assert get_run(store, run_id).start == list_runs(store, ["0"]).info.loc[run_id, "start"] == read_time(EARLY)


def test_when_a_run_started_is_what_our_queue_says(store: Store) -> None:
    run_id = store.client.create_run("0", start_time=EARLY, tags={STARTED_TAG: str(EARLY + 5000)}).info.run_id
    later = pd.Timestamp(EARLY + 5000, unit="ms", tz="UTC")
    assert get_run(store, run_id).start == list_runs(store, ["0"]).info.loc[run_id, "start"] == later
