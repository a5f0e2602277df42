from __future__ import annotations

import gc
import math
from datetime import UTC, datetime

import pandas as pd
import pytest

from core.errors import StoreError
from core.store.connection import Store
from core.store.runs import tracking
from core.store.runs.histories import metric_histories
from core.store.runs.tables import PROGRESS_TAG, Runs, run_labels
from core.store.runs.tracking import (
    active_runs,
    count_runs,
    find_runs,
    get_run,
    get_runs,
    list_experiments,
    list_runs,
    metric_history,
)
from tests.fixtures.stores import add, change


def new_run(store: Store, name: str = "a run", start: int = 0, **tags: str) -> str:
    run = store.client.create_run("0", run_name=name, start_time=start or None, tags=tags)
    return str(run.info.run_id)


def test_an_empty_store_has_one_experiment_and_no_runs(store: Store) -> None:
    assert [experiment.name for experiment in list_experiments(store)] == ["Default"]
    runs = list_runs(store, ["0"])
    assert len(runs) == 0
    assert runs.ids == []
    assert count_runs(runs) == {}
    assert len(list_runs(store, [])) == 0


def test_runs_of_many_pages_come_once_each_newest_first(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tracking, "PAGE_SIZE", 3)
    made = [new_run(store, f"run {number}", start=1000 + number) for number in range(8)]
    heard: list[int] = []
    runs = list_runs(store, ["0"], progress=heard.append)
    assert runs.ids == made[::-1]
    assert heard[:3] == [3, 6, 8]
    assert gc.isenabled()


def test_all_experiments_come_but_the_deleted(store: Store) -> None:
    for number in range(12):
        store.client.create_experiment(f"experiment {number}")
    store.client.delete_experiment(store.client.get_experiment_by_name("experiment 3").experiment_id)
    names = {experiment.name for experiment in list_experiments(store)}
    assert names == {"Default", *(f"experiment {number}" for number in range(12) if number != 3)}


def test_nan_and_infinite_metrics_come_as_they_were_meant(store: Store) -> None:
    run_id = new_run(store)
    values = {"nan": math.nan, "up": math.inf, "down": -math.inf, "big": 1e300, "none of these": 0.5}
    for name, value in values.items():
        store.client.log_metric(run_id, name, value)
    metrics = get_run(store, run_id).metrics
    assert math.isnan(metrics["nan"])
    assert {name: metrics[name] for name in values if name != "nan"} == {
        name: value for name, value in values.items() if name != "nan"
    }
    assert list_runs(store, ["0"]).metrics.loc[run_id, "up"] == math.inf


def test_the_largest_number_of_a_database_means_infinity(store: Store) -> None:
    run_id = new_run(store)
    for name in ("up", "down"):
        store.client.log_metric(run_id, name, 0.0)
    for name, value in (("up", 1.7976931348623157e308), ("down", -1.7976931348623157e308)):
        change(store, 'update latest_metrics set value = :value where "key" = :name', value=value, name=name)
    assert dict(get_run(store, run_id).metrics) == {"up": math.inf, "down": -math.inf}


@pytest.mark.sqlite_only(reason="no other database takes a word for a number")
def test_a_metric_that_is_a_word_is_not_known(store: Store) -> None:
    run_id = new_run(store)
    for step in range(2):
        store.client.log_metric(run_id, "loss", 0.5, step=step)
    for table, of in (("latest_metrics", ""), ("metrics", " where step = 1")):
        change(store, f"update {table} set value = 'a word'{of}")
    assert math.isnan(get_run(store, run_id).metrics["loss"])
    assert math.isnan(list_runs(store, ["0"]).metrics.loc[run_id, "loss"])
    of_one, of_many = metric_history(store, run_id, "loss"), metric_histories(store, [run_id], "loss")
    for history in (of_one, of_many):
        assert history["value"].iloc[0] == 0.5
        assert math.isnan(history["value"].iloc[1])


def test_a_metric_history_keeps_steps_times_and_infinities(store: Store) -> None:
    run_id = new_run(store)
    for step, value in [(2, math.inf), (0, 0.1), (1, math.nan)]:
        store.client.log_metric(run_id, "loss", value, timestamp=1_700_000_000_000 + step, step=step)
    history = metric_history(store, run_id, "loss")
    assert list(history["step"]) == [0, 1, 2]
    assert history["value"].iloc[0] == 0.1
    assert math.isnan(history["value"].iloc[1])
    assert history["value"].iloc[2] == math.inf
    assert history["time"].iloc[0] == datetime.fromtimestamp(1_700_000_000, tz=UTC)


def test_the_history_of_a_metric_that_is_not_there_is_empty(store: Store) -> None:
    assert metric_history(store, new_run(store), "never logged").empty


def test_a_run_without_name_has_an_empty_one(store: Store) -> None:
    run_id = new_run(store)
    change(store, "update runs set name = null")
    change(store, "delete from tags")
    assert get_run(store, run_id).name == ""
    assert run_labels(list_runs(store, ["0"])) == {run_id: "…"}


def test_duplicate_names_and_names_with_spaces_are_told_apart(store: Store) -> None:
    ids = [new_run(store, "my best run, really"), new_run(store, "my best run, really")]
    labels = run_labels(list_runs(store, ["0"]))
    assert labels == {run_id: f"my best run, really · {run_id[:6]}" for run_id in ids}


def test_runs_are_told_apart_by_as_much_of_their_ids_as_it_takes() -> None:
    ids = ["abcdef" + "0" * 26, "abcdef" + "1" * 26, "fedcba" + "0" * 26]
    info = pd.DataFrame({"name": "same", "algorithm": ""}, index=ids)
    labels = run_labels(Runs(info, pd.DataFrame(index=ids), pd.DataFrame(index=ids)))
    assert list(labels.values()) == ["same · abcdef000000", "same · abcdef111111", "same · fedcba"]


def test_parameters_of_any_name_and_length_are_kept(store: Store) -> None:
    run_id = new_run(store)
    params = {"learning rate": "0.1", "model__max_depth": "3", "long": "x" * 350}
    for name, value in params.items():
        store.client.log_param(run_id, name, value)
    assert dict(get_run(store, run_id).params) == params
    assert dict(list_runs(store, ["0"]).params.loc[run_id]) == params


def test_missing_parameters_are_none_and_missing_metrics_nan(store: Store) -> None:
    full, empty = new_run(store), new_run(store)
    store.client.log_param(full, "depth", "3")
    store.client.log_metric(full, "loss", 0.5)
    runs = list_runs(store, ["0"])
    assert runs.params.loc[empty, "depth"] is None
    assert math.isnan(runs.metrics.loc[empty, "loss"])


def test_a_deleted_run_is_not_listed_but_still_read_by_its_id(store: Store) -> None:
    kept, deleted = new_run(store, "kept"), new_run(store, "deleted")
    store.client.delete_run(deleted)
    assert list_runs(store, ["0"]).ids == [kept]
    assert get_run(store, deleted).deleted
    assert not get_run(store, kept).deleted


def test_a_run_that_is_not_there_is_said_by_its_id(store: Store) -> None:
    with pytest.raises(StoreError, match=r"The store has no run nowhere\. .*Choose a run on the Experiments page"):
        get_run(store, "nowhere")


def test_several_runs_come_in_the_order_asked_and_missing_ones_are_named(store: Store) -> None:
    first, second = new_run(store, "first"), new_run(store, "second")
    runs, missing = get_runs(store, [second, "nowhere", first, second])
    assert runs.ids == [second, first]
    assert missing == ["nowhere"]


def test_a_run_that_has_not_ended_has_no_duration(store: Store) -> None:
    run_id = new_run(store, start=1_262_304_000_000)
    run = get_run(store, run_id)
    assert (run.status, run.end, run.seconds) == ("RUNNING", None, None)
    assert run.start == datetime(2010, 1, 1, tzinfo=UTC)
    store.client.set_terminated(run_id, end_time=1_262_304_060_000)
    assert get_run(store, run_id).seconds == 60


def test_only_runs_that_say_how_far_they_are_count_as_active(store: Store) -> None:
    new_run(store, "somebody else's, running for years", start=1000)
    ours = new_run(store, "ours", **{PROGRESS_TAG: "fitting"})
    waiting = new_run(store, "waiting", **{PROGRESS_TAG: "queued"})
    store.client.update_run(waiting, status="SCHEDULED")
    ended = new_run(store, "ended", **{PROGRESS_TAG: "saving"})
    store.client.set_terminated(ended)
    assert [run.run_id for run in active_runs(store)] == [ours, waiting]


def test_runs_are_found_by_a_tag_in_every_experiment(store: Store) -> None:
    elsewhere = store.client.create_experiment("elsewhere")
    new_run(store)
    tagged = store.client.create_run(elsewhere, tags={"colour": "red"}).info.run_id
    runs = find_runs(store, "tags.colour = 'red'")
    assert runs.ids == [tagged]
    assert list(runs.tags["colour"]) == ["red"]


def test_thousands_of_tags_are_read(store: Store) -> None:
    run_id = new_run(store)
    add(store, {"tags": [{"key": f"tag {number}", "value": "x", "run_uuid": run_id} for number in range(5000)]})
    assert len(get_run(store, run_id).tags) >= 5000


def test_trained_runs_say_their_task_algorithm_data_and_parent(populated: Store) -> None:
    runs = list_runs(populated, [experiment.experiment_id for experiment in list_experiments(populated)])
    by_name = {name: run_id for run_id, name in runs.info["name"].items()}
    assert runs.info.loc[by_name["line"], ["task", "algorithm"]].tolist() == ["iris", "logistic_regression"]
    datasets = get_run(populated, by_name["line"]).datasets
    assert [(use.name, use.context) for use in datasets] == [("iris", "training")]
    assert count_runs(runs) == {
        experiment.experiment_id: count
        for experiment in list_experiments(populated)
        if (count := {"iris-classification": 4, "diabetes-progression": 1}.get(experiment.name))
    }
