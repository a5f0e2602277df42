"""The same through a real ``mlflow server``: where schools and companies keep their stores."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import mlflow
import pytest

from core.errors import StoreError
from core.prediction.predict import predictor
from core.prediction.schema import input_fields, input_frame, starting_values
from core.store.changes import change_token
from core.store.connection import Store, open_store
from core.store.ends import settle
from core.store.mirror.server import RemoteMirror
from core.store.models import describe_model, load_model
from core.store.registry.promotion import Move, move, undo
from core.store.registry.registered_models import find_model, list_models, register
from core.store.runs.artifacts import is_picture, list_artifacts, read_artifact
from core.store.runs.histories import metric_histories
from core.store.runs.tracking import find_runs, get_run, list_experiments, list_runs, metric_history
from core.store.writer import schedule_run
from tests.fixtures.actors import ANA
from tests.fixtures.store_kinds import Stores, served_too
from tests.fixtures.stores import FOREST, train_run


@pytest.fixture(scope="module")
def server(stores: Stores, populated: Store, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    folder = tmp_path_factory.mktemp("server")
    with stores.copy(populated, folder / "store") as uri, served_too(open_store(uri), folder) as served:
        yield served


@pytest.fixture(scope="module")
def trained(server: Store) -> str:
    """A run trained against the server: its experiment is new, so its files go through the server too."""
    server.client.rename_experiment(server.client.get_experiment_by_name("iris-classification").experiment_id, "before")
    return train_run(server, "iris", "random_forest", "over the wire", FOREST)


def test_experiments_runs_and_models_are_listed(server: Store) -> None:
    assert {experiment.name for experiment in list_experiments(server)} >= {"Default", "diabetes-progression"}
    assert "sugar line" in set(find_runs(server, "attributes.status = 'FINISHED'").info["name"])
    assert [len(model.versions) for model in list_models(server)][:2] == [1, 3]


def test_many_histories_come_without_asking_for_each(server: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mlflow.MlflowClient, "get_metric_history", lambda *_: pytest.fail("asked for one"))
    runs = find_runs(server, "attributes.status = 'FINISHED'")
    table = metric_histories(server, runs.ids, "train_test_gap")
    assert list(table["run_id"]) == list(runs.ids)
    assert list(table["value"]) == list(runs.metrics.loc[runs.ids, "train_test_gap"])


def test_its_runs_are_mirrored_and_what_is_new_comes_with_the_poll(server: Store, tmp_path: Path) -> None:
    mirror = RemoteMirror(server, tmp_path)
    mirror.state()
    assert mirror.wait()
    experiments = [one.experiment_id for one in mirror.experiments()]
    before = mirror.runs(experiments)
    assert set(before.info["name"]) >= {"neighbours", "line", "forest", "sugar line", "broken"}
    assert before.metrics.loc[before.info["status"] == "FINISHED", "train_test_gap"].notna().all()
    new = server.client.create_run("0", run_name="new").info.run_id
    mirror.reread()
    assert set(mirror.runs(experiments).ids) - set(before.ids) == {new}
    mirror.close()


@pytest.mark.long
def test_a_run_is_written_complete(server: Store, trained: str) -> None:
    run = get_run(server, trained)
    assert run.status == "FINISHED"
    assert run.metrics["test_accuracy"] > 0.8
    assert run.artifact_uri.startswith("mlflow-artifacts:")
    assert len(metric_history(server, trained, "test_accuracy")) == 1
    pictures = [file for file in list_artifacts(server, trained).files if file.may_be_picture]
    assert pictures
    assert is_picture(read_artifact(server, trained, pictures[0].path))


@pytest.mark.long
def test_a_model_is_registered_moved_and_moved_back(server: Store, trained: str) -> None:
    number = register(server, ANA, trained, "over REST")
    entry = move(server, ANA, Move("over REST", number, "Production", "It is good."))
    assert [v.number for v in find_model(server, "over REST").in_stage("Production")] == [number]
    assert server.client.get_model_version_by_alias("over REST", "champion").version == str(number)
    undo(server, ANA, "over REST", entry.number)
    assert find_model(server, "over REST").version(number).stage == "None"


@pytest.mark.long
def test_a_version_answers_without_asking_for_trust(server: Store, trained: str) -> None:
    number = register(server, ANA, trained, "asked over REST")
    version = find_model(server, "asked over REST").version(number)
    files = describe_model(server, version.uri, version.run_id)
    assert not files.runs_code
    assert files.profile is not None
    fields = input_fields(files)
    row = input_frame(fields, starting_values(fields))
    prediction = predictor(files, load_model(files), fields).ask(row).first()
    assert prediction.answer in {"setosa", "versicolor", "virginica"}
    assert prediction.confidence is not None


def test_a_failed_run_keeps_its_reason(server: Store) -> None:
    run_id = schedule_run(server, ANA, experiment="before", name="doomed", tags={})
    settle(server, run_id, status="FAILED", reason="The chalk broke.")
    assert get_run(server, run_id).tags["pizarra.failure"] == "The chalk broke."


def test_what_is_not_there_is_said_in_words(server: Store) -> None:
    with pytest.raises(StoreError, match="has no run nowhere"):
        get_run(server, "nowhere")
    with pytest.raises(StoreError, match="There is no registered model 'nobody'"):
        find_model(server, "nobody")


@pytest.mark.long
def test_a_server_that_went_away_is_said_in_words(server: Store) -> None:
    gone = Store("http://127.0.0.1:9", mlflow.MlflowClient("http://127.0.0.1:9", "http://127.0.0.1:9"))
    for ask in (list_experiments, list_models, lambda store: list_runs(store, ["0"])):
        with pytest.raises(StoreError, match="does not answer"):
            ask(gone)


@pytest.mark.long
def test_the_token_has_the_servers_address(server: Store) -> None:
    assert change_token(server).startswith(server.uri)
