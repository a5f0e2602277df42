from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from uuid import uuid4

import mlflow
import pandas as pd
import pytest
from mlflow.entities import Metric

from core.errors import StoreError
from core.store.connection import Store, open_store
from core.store.runs import histories
from core.store.runs.histories import metric_histories
from core.store.runs.tracking import get_run, metric_history
from tests.fixtures.store_kinds import Stores, served_too
from tests.fixtures.stores import add, ask

NOON = 1_700_000_000_000


def new_run(store: Store, *entries: tuple[int, float], metric: str = "loss") -> str:
    """Make a run that logged these steps and values, a second apart."""
    run_id = str(store.client.create_run("0").info.run_id)
    logged = [Metric(metric, value, NOON + 1000 * place, step) for place, (step, value) in enumerate(entries)]
    store.client.log_batch(run_id, metrics=logged)
    return run_id


@pytest.fixture(scope="module")
def direct(stores: Stores, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    with stores.new(tmp_path_factory.mktemp("histories")) as uri:
        yield open_store(uri)


@pytest.fixture(scope="module")
def served(direct: Store, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    with served_too(direct, tmp_path_factory.mktemp("server")) as store:
        yield store


@pytest.fixture(params=["direct", pytest.param("served", marks=pytest.mark.long)])
def any_store(request: pytest.FixtureRequest, stores: Stores) -> Store:
    """The same store, opened as a file and through a server."""
    store = request.getfixturevalue(request.param)
    assert isinstance(store, Store)
    return store


@pytest.fixture
def singly(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The runs that were read one by one."""
    asked: list[str] = []
    ask = mlflow.MlflowClient.get_metric_history

    def noted(client: mlflow.MlflowClient, run_id: str, key: str) -> list[Metric]:
        asked.append(run_id)
        return list(ask(client, run_id, key))

    monkeypatch.setattr(mlflow.MlflowClient, "get_metric_history", noted)
    return asked


def log_quickly(store: Store, logged: Mapping[str, list[float]]) -> None:
    """Log behind MLflow's back: steps count from 0, and a run that is not there becomes one like the others."""
    there = ask(store, "select * from runs")
    known = {row["run_uuid"] for row in there}
    metrics = [
        {"key": "loss", "value": value, "timestamp": NOON + step, "run_uuid": run_id, "step": step, "is_nan": False}
        for run_id, values in logged.items()
        for step, value in enumerate(values)
    ]
    add(store, {"runs": [there[0] | {"run_uuid": run_id} for run_id in logged if run_id not in known]})
    add(store, {"metrics": metrics})


def values(table: pd.DataFrame) -> dict[str, list[float]]:
    return {str(run_id): list(group["value"]) for run_id, group in table.groupby("run_id", sort=False)}


@pytest.mark.long
def test_histories_come_in_the_order_asked_and_as_one_by_one(any_store: Store, singly: list[str]) -> None:
    first, second = new_run(any_store, (2, 0.3), (0, 0.1), (1, 0.2)), new_run(any_store, (5, 7.0))
    table = metric_histories(any_store, [second, first, second], "loss")
    assert singly == []
    assert list(table.columns) == ["run_id", "step", "time", "value"]
    assert list(table["run_id"].unique()) == [second, first]
    for run_id in (first, second):
        part = table[table["run_id"] == run_id].drop(columns="run_id").reset_index(drop=True)
        pd.testing.assert_frame_equal(part, metric_history(any_store, run_id, "loss"))


@pytest.mark.long
def test_nan_and_infinity_come_as_they_were_meant(any_store: Store) -> None:
    run_id = new_run(any_store, (0, math.nan), (1, math.inf), (2, -math.inf), (3, 1e300))
    found = values(metric_histories(any_store, [run_id], "loss"))[run_id]
    assert math.isnan(found[0])
    assert found[1:] == [math.inf, -math.inf, 1e300]


def test_repeated_steps_are_all_kept_and_the_last_is_the_last(any_store: Store) -> None:
    run_id = new_run(any_store, (1, 0.5), (1, 0.4), (0, 0.9), (1, 0.3))
    assert values(metric_histories(any_store, [run_id], "loss")) == {run_id: [0.9, 0.5, 0.4, 0.3]}
    assert get_run(any_store, run_id).metrics["loss"] == 0.3


def test_runs_without_the_metric_or_that_are_not_there_have_no_rows(any_store: Store) -> None:
    logged, other = new_run(any_store, (0, 1.0)), new_run(any_store, (0, 2.0), metric="accuracy")
    assert values(metric_histories(any_store, [other, "nowhere", logged], "loss")) == {logged: [1.0]}


def test_nothing_found_is_a_table_too(any_store: Store) -> None:
    for table in (metric_histories(any_store, [], "loss"), metric_histories(any_store, [new_run(any_store)], "loss")):
        assert table.empty
        assert str(table["time"].dtype.tz) == "UTC"
        assert [str(table[name].dtype) for name in ("step", "value")] == ["int64", "float64"]


def test_names_with_signs_are_asked_as_they_are(any_store: Store) -> None:
    run_id = new_run(any_store, (0, 1.0), metric="val/loss mean:a.b")
    assert values(metric_histories(any_store, [run_id], "val/loss mean:a.b")) == {run_id: [1.0]}


def test_two_hundred_and_fifty_runs_come_complete_without_asking_for_each(
    direct: Store, any_store: Store, singly: list[str]
) -> None:
    new_run(direct)
    made = {uuid4().hex: [float(place), place / 2] for place in range(250)}
    log_quickly(direct, made)
    found = values(metric_histories(any_store, list(made), "loss"))
    assert found == made
    assert list(found) == list(made)
    assert singly == []


@pytest.mark.part(2)
def test_an_answer_that_was_cut_loses_nothing(
    any_store: Store, monkeypatch: pytest.MonkeyPatch, singly: list[str]
) -> None:
    monkeypatch.setattr(histories, "ENTRIES_AT_ONCE", 10)
    lengths = [3, 0, 7, 25, 4, 10, 1, 9, 2, 10, 0, 11]
    made = {new_run(any_store, *((step, step / 2) for step in range(length))): length for length in lengths}
    found = values(metric_histories(any_store, list(made), "loss"))
    assert found == {run_id: [step / 2 for step in range(length)] for run_id, length in made.items() if length}
    assert 0 < len(singly) < len(made)
    assert len(singly) == len(set(singly))


@pytest.mark.long
def test_a_history_longer_than_an_answer_comes_whole(direct: Store, served: Store) -> None:
    """The server's own limit, which it doesn't mention."""
    count = histories.ENTRIES_AT_ONCE + 100
    long, short = new_run(direct), new_run(direct, (0, 1.0))
    log_quickly(direct, {long: [step / 2 for step in range(count)]})
    table = metric_histories(served, [long, short], "loss")
    assert len(table) == count + 1
    assert list(table["step"][:count]) == list(range(count))


@pytest.mark.long
def test_a_server_that_does_not_know_the_question_is_asked_for_each_run(
    served: Store, monkeypatch: pytest.MonkeyPatch, singly: list[str]
) -> None:
    made = [new_run(served, (0, 1.0)), new_run(served, (0, 2.0))]
    for endpoint in ("/ajax-api/2.0/mlflow/not-there", "/"):  # no such page, and a page for people
        monkeypatch.setattr(histories, "BULK_ENDPOINT", endpoint)
        singly.clear()
        assert values(metric_histories(served, [*made, "nowhere"], "loss")) == {made[0]: [1.0], made[1]: [2.0]}
        assert singly == [*made, "nowhere"]


@pytest.mark.long
def test_a_server_that_went_away_is_said_in_words() -> None:
    gone = Store("http://127.0.0.1:9", mlflow.MlflowClient("http://127.0.0.1:9", "http://127.0.0.1:9"))
    with pytest.raises(StoreError, match="does not answer"):
        metric_histories(gone, ["one"], "loss")
