from __future__ import annotations

import json
import re
import time
from pathlib import Path

import mlflow
import numpy as np
import pandas as pd
import pytest
from mlflow.exceptions import MlflowException
from mlflow.protos.databricks_pb2 import TEMPORARILY_UNAVAILABLE
from sklearn.linear_model import LinearRegression

from core.errors import DataError, StoreError, UnwrittenError
from core.store.connection import Store
from core.store.ends import LONGEST_REASON, settle
from core.store.models import describe_model, load_model
from core.store.record import DatasetRecord, ModelRecord, RunRecord
from core.store.runs.artifacts import is_picture, list_artifacts, read_artifact, read_document, read_table
from core.store.runs.run_models import run_model_uri
from core.store.runs.tables import FAILURE_TAG, OWNER_TAG, PROGRESS_TAG
from core.store.runs.tracking import get_run, list_experiments
from core.store.sending import described
from core.store.writer import schedule_run, writing
from tests.fixtures.actors import ANA
from tests.fixtures.stores import ask, folder_of

pytestmark = pytest.mark.on_every_store  # all that a run is made of is written

PIXEL = b"\x89PNG\r\n\x1a\n and the rest"


def a_record() -> RunRecord:
    rows = pd.DataFrame({"año": [1.0, 2.0, 3.0], "precio": [2.0, 4.0, 6.0]})
    return RunRecord(
        params={"fit_intercept": True, "nothing": None},
        metrics={"test_rmse": 0.0},
        tags={"pizarra.task": "prices"},
        dataset=DatasetRecord("prices", rows, "precio", "prices.csv", "ab" * 32),
        model=ModelRecord(LinearRegression().fit(rows[["año"]], rows["precio"]), rows[["año"]], ("scikit-learn",)),
        tables={"evaluation/test.parquet": rows},
        documents={"profile/features.json": {"ñ": 1}},
        pictures={"plots/one.png": PIXEL},
    )


def schedule(store: Store, experiment: str = "prices", name: str = "a run") -> str:
    return schedule_run(store, ANA, experiment=experiment, name=name, tags={"pizarra.task": "prices"})


def test_a_scheduled_run_waits_and_says_who_owns_it(store: Store) -> None:
    run = get_run(store, schedule(store))
    assert (run.name, run.status, run.tags[PROGRESS_TAG]) == ("a run", "SCHEDULED", "queued")
    assert OWNER_TAG in run.tags


def test_a_store_that_takes_no_run_is_said_in_words(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise MlflowException("attempt to write a readonly database")

    monkeypatch.setattr(store.client, "create_run", refuse)
    with pytest.raises(
        StoreError, match=r"The run could not be created: attempt to write a readonly database.*Nothing was launched"
    ):
        schedule(store)


def test_a_run_that_is_to_wait_is_said_to_wait_though_the_store_is_busy(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked, update = [], store.client.update_run

    def busy_once(run_id: str, **changes: str) -> None:
        asked.append(run_id)
        if len(asked) == 1:
            raise MlflowException("database is locked", TEMPORARILY_UNAVAILABLE)
        update(run_id, **changes)

    monkeypatch.setattr(store.client, "update_run", busy_once)
    assert get_run(store, schedule(store)).status == "SCHEDULED"
    assert len(asked) == 2


@pytest.mark.long
def test_a_written_run_is_complete_and_finished(store: Store) -> None:
    run_id = schedule(store)
    with writing(store, run_id) as writer:
        model_uri = writer.write(a_record())
    run = get_run(store, run_id)
    assert run.status == "FINISHED"
    assert run.end is not None
    assert dict(run.params) == {"fit_intercept": "True", "nothing": "None"}
    assert dict(run.metrics) == {"test_rmse": 0.0}
    assert [(use.name, use.digest, use.context) for use in run.datasets] == [("prices", "ab" * 16, "training")]
    assert {file.path for file in list_artifacts(store, run_id).files} == {
        "evaluation/test.parquet", "profile/features.json", "plots/one.png",
    }  # fmt: skip
    assert read_table(store, run_id, "evaluation/test.parquet").shape == (3, 2)
    assert read_document(store, run_id, "profile/features.json") == {"ñ": 1}
    assert is_picture(read_artifact(store, run_id, "plots/one.png"))
    assert run_model_uri(store, run_id) == model_uri


@pytest.mark.long
def test_the_written_model_is_safe_has_signature_and_example_and_answers(store: Store) -> None:
    run_id = schedule(store)
    with writing(store, run_id) as writer:
        files = describe_model(store, writer.write(a_record()))
    assert not files.runs_code
    assert [(column.name, column.type) for column in files.columns] == [("año", "double")]
    assert files.example is not None
    assert load_model(files).predict(pd.DataFrame({"año": [5.0]}))[0] == pytest.approx(10)


def test_inside_the_block_the_run_is_running(store: Store) -> None:
    run_id = schedule(store)
    with writing(store, run_id) as writer:
        writer.progress("fitting")
        run = get_run(store, run_id)
    assert (run.status, run.tags[PROGRESS_TAG]) == ("RUNNING", "fitting")


def test_a_run_that_fails_keeps_its_reason_and_the_error_goes_on(store: Store) -> None:
    run_id = schedule(store)
    with pytest.raises(DataError, match="no rows"), writing(store, run_id):
        raise DataError("There are no rows.", "Bring some.")
    run = get_run(store, run_id)
    assert (run.status, run.tags[FAILURE_TAG]) == ("FAILED", "There are no rows. Bring some.")
    assert run.end is not None
    assert mlflow.active_run() is None


def test_an_error_without_words_is_kept_by_its_name(store: Store) -> None:
    run_id = schedule(store)
    with pytest.raises(KeyboardInterrupt), writing(store, run_id):
        raise KeyboardInterrupt
    assert get_run(store, run_id).tags[FAILURE_TAG] == "KeyboardInterrupt"


def test_after_a_failed_run_the_next_one_is_written(store: Store) -> None:
    failed, good = schedule(store), schedule(store)
    with pytest.raises(ValueError, match="broken"), writing(store, failed):
        raise ValueError("broken")
    with writing(store, good):
        pass
    assert [get_run(store, run_id).status for run_id in (failed, good)] == ["FAILED", "FINISHED"]


def test_settling_an_ended_run_keeps_its_first_reason_and_status(store: Store) -> None:
    run_id = schedule(store)
    settle(store, run_id, status="KILLED", reason="first")
    settle(store, run_id, status="FAILED", reason="second")
    run = get_run(store, run_id)
    assert (run.status, run.tags[FAILURE_TAG]) == ("KILLED", "first")


def test_a_reason_too_long_for_a_tag_is_shortened(store: Store) -> None:
    run_id = schedule(store)
    settle(store, run_id, status="FAILED", reason="x" * 100_000)
    assert len(get_run(store, run_id).tags[FAILURE_TAG]) == LONGEST_REASON


def test_a_deleted_experiment_of_the_same_name_is_restored(store: Store) -> None:
    first = get_run(store, schedule(store)).experiment_id
    store.client.delete_experiment(first)
    assert "prices" not in {experiment.name for experiment in list_experiments(store)}
    assert get_run(store, schedule(store)).experiment_id == first
    assert "prices" in {experiment.name for experiment in list_experiments(store)}


@pytest.mark.part(6)
@pytest.mark.parametrize("experiment", ["prices", "predicción de precios", "50% off", "a/b\\c", "../../etc", "#1?"])
def test_artifacts_lie_beside_the_database_whatever_the_experiment_is_called(store: Store, experiment: str) -> None:
    run_id = schedule(store, experiment)
    store.client.log_text(run_id, "hello", "note.txt")
    notes = list(folder_of(store).rglob("note.txt"))
    assert len(notes) == 1
    assert notes[0].relative_to(folder_of(store)).parts[0] in {"mlartifacts", "mlruns", "files"}
    assert read_artifact(store, run_id, "note.txt") == b"hello"


def test_nothing_is_written_into_the_working_folder(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.chdir(elsewhere)
    with writing(store, schedule(store)) as writer:
        writer.write(a_record())
    assert list(elsewhere.iterdir()) == []


def test_metrics_come_after_all_the_rest(store: Store) -> None:
    """Whoever sees a metric sees the model too, so a run can be picked by its metrics at any time."""
    run_id = schedule(store)
    record = a_record()
    with pytest.raises(AttributeError), writing(store, run_id) as writer:  # no such thing can be logged as a model
        writer.write(
            RunRecord(
                params=record.params,
                metrics=record.metrics,
                tags=record.tags,
                dataset=record.dataset,
                model=ModelRecord(object(), record.model.input_example, ()),
            )
        )
    run = get_run(store, run_id)
    assert run.status == "FAILED"
    assert dict(run.params)
    assert not run.metrics
    assert re.search("predict", run.tags[FAILURE_TAG])


def test_a_run_has_its_times_in_the_database(store: Store) -> None:
    run_id = schedule(store)
    with writing(store, run_id):
        pass
    (run,) = ask(store, "select start_time, end_time from runs")
    assert 0 < run["start_time"] <= run["end_time"]


def test_a_run_starts_when_it_leaves_the_queue(store: Store) -> None:
    run_id = schedule_run(store, ANA, experiment="mine", name="run", tags={})
    time.sleep(0.3)
    with writing(store, run_id):
        pass
    run = get_run(store, run_id)
    created = store.client.get_run(run_id).info.start_time / 1000
    assert run.start is not None
    assert run.start.timestamp() >= created + 0.3
    assert run.seconds is not None
    assert run.seconds < 0.3


def test_two_runs_may_be_the_first_to_log_a_dataset(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = schedule(store), schedule(store)
    log_inputs = store.client.log_inputs
    asked: list[str] = []

    def overtaken(run_id: str, *args: object, **chosen: object) -> None:
        """Refuse as MLflow does when another run has added the dataset since we looked for it."""
        asked.append(run_id)
        if len(asked) == 1:
            log_inputs(first, *args, **chosen)
            raise MlflowException("UNIQUE constraint failed: datasets.experiment_id, datasets.name, datasets.digest")
        log_inputs(run_id, *args, **chosen)

    monkeypatch.setattr(store.client, "log_inputs", overtaken)
    with writing(store, second) as writer:
        writer.write(a_record())
    assert asked == [second, second]
    assert [get_run(store, run_id).datasets[0].name for run_id in (first, second)] == ["prices", "prices"]


@pytest.mark.parametrize(
    "frame",
    [
        pd.DataFrame({"año": [1.0, np.nan], "city": ["a", "b"], "precio": [1.0, 2.0]}).astype({"city": "str"}),
        pd.DataFrame({"city": [None, "b", "a"], "blank": [None] * 3, "precio": [np.nan] * 3}).astype(
            {"city": "str", "blank": "str", "precio": float}
        ),
        pd.DataFrame({"when": pd.date_range("2026-01-05", periods=3), "yes": [True, False, True], "precio": [1, 2, 3]}),
    ],
    ids=["ours", "gaps", "types that are not ours"],
)
@pytest.mark.filterwarnings("ignore:.*integer column.*")
def test_a_dataset_is_described_as_mlflow_describes_it(frame: pd.DataFrame) -> None:
    whole = mlflow.data.from_pandas(frame, name="prices", targets="precio", digest="ab" * 16)._to_mlflow_entity()
    ours = described(DatasetRecord("prices", frame, "precio", "prices.csv", "ab" * 32))
    assert (ours["name"], ours["digest"]) == (whole.name, whole.digest)
    assert (json.loads(ours["schema"]), json.loads(ours["profile"])) == (
        json.loads(whole.schema), json.loads(whole.profile),
    )  # fmt: skip


def test_a_dataset_that_cannot_be_logged_fails_the_run(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise MlflowException("no room left")

    monkeypatch.setattr(store.client, "log_inputs", refuse)
    run_id = schedule(store)
    with pytest.raises(UnwrittenError, match="no room left"), writing(store, run_id) as writer:
        writer.write(a_record())
    assert get_run(store, run_id).status == "FAILED"
