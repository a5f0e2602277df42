"""Runs whose files are in a bucket of S3, as companies keep them: moto's server plays it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic

import boto3
import pytest
from mlflow.store.artifact import s3_artifact_repo

from core.errors import ModelError, StoreError, UnwrittenError
from core.prediction.predict import predictor
from core.prediction.schema import input_fields, input_frame, starting_values
from core.settings import settings
from core.store import patience, places
from core.store.connection import Store, open_store
from core.store.kept_results import kept_of
from core.store.models import describe_model, load_model
from core.store.places import PlaceError
from core.store.registry.registered_models import files_are_there, find_model
from core.store.runs.artifacts import is_picture, list_artifacts, read_artifact, read_document
from core.store.runs.documents import add_document, list_documents
from core.store.runs.evaluations import read_evaluation
from core.store.runs.tracking import get_run
from core.store.uploading import upload_results
from tests.fixtures.actors import ANA, FIXTURE
from tests.fixtures.buckets import Bucket, bucket, locked, unlocked
from tests.fixtures.servers import mlflow_server
from tests.fixtures.stores import register_in, train_run
from trainers import TASKS


@contextmanager
def led_there(environment: Mapping[str, str]) -> Iterator[None]:
    """Have MLflow look for files where an environment says, and nobody remember what was before."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in environment.items():
            patch.setenv(name, value)
        _forget_keys()
        yield
    _forget_keys()


def _forget_keys() -> None:
    s3_artifact_repo._cached_get_s3_client.cache_clear()
    boto3.DEFAULT_SESSION = None
    places.forget()


@pytest.fixture(scope="module")
def server() -> Iterator[Bucket]:
    with bucket() as server, led_there(server.environment):
        yield server


@pytest.fixture(scope="module")
def filled(server: Bucket, migrated_database: Path, tmp_path_factory: pytest.TempPathFactory) -> Store:
    """A store whose experiment keeps its files in the bucket."""
    path = tmp_path_factory.mktemp("filled") / "mlflow.db"
    path.write_bytes(migrated_database.read_bytes())
    store = open_store(f"sqlite:///{path}")
    store.client.create_experiment(TASKS["iris"].experiment, artifact_location=f"{server.address}/iris")
    return store


@pytest.fixture(scope="module")
def run_id(filled: Store) -> str:
    return train_run(filled, "iris", "logistic_regression", "line")


@pytest.fixture(scope="module")
def gone(migrated_database: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Store, str, Bucket]:
    """A store, a run of it, and the bucket of its files, which is no longer there."""
    path = tmp_path_factory.mktemp("gone") / "mlflow.db"
    path.write_bytes(migrated_database.read_bytes())
    store = open_store(f"sqlite:///{path}")
    with bucket() as server, led_there(server.environment):
        store.client.create_experiment(TASKS["iris"].experiment, artifact_location=f"{server.address}/iris")
        return store, train_run(store, "iris", "logistic_regression", "line"), server


@pytest.mark.long
def test_a_run_in_a_bucket_is_read_whole(filled: Store, run_id: str) -> None:
    assert get_run(filled, run_id).status == "FINISHED"
    found = list_artifacts(filled, run_id)
    assert not found.unread
    assert found.files[0].size
    picture = next(file for file in found.files if file.may_be_picture)
    assert is_picture(read_artifact(filled, run_id, picture.path))
    assert len(read_evaluation(filled, run_id))


@pytest.mark.long
def test_documents_are_added_in_a_bucket(filled: Store, run_id: str) -> None:
    path = add_document(filled, ANA, run_id, "notes", "¿Qué?", {"ñ": 1}, datetime.now(UTC))
    assert list_documents(filled, run_id, "notes") == [path]
    assert read_document(filled, run_id, path) == {"ñ": 1}


@pytest.mark.long
def test_a_version_in_a_bucket_is_found_opened_and_asked(filled: Store, run_id: str) -> None:
    number = register_in(filled, run_id, "flowers", "Production")
    version = find_model(filled, "flowers").version(number)
    assert files_are_there(filled, version)
    files = describe_model(filled, version.uri, version.run_id)
    assert files.sample is not None
    fields = input_fields(files)
    asked = predictor(files, load_model(files), fields).ask(input_frame(fields, starting_values(fields)))
    assert asked.first().answer in {"setosa", "versicolor", "virginica"}


READINGS: list[Callable[[Store, str], object]] = [
    list_artifacts,
    lambda store, run_id: read_artifact(store, run_id, "plots/confusion_matrix.png"),
    read_evaluation,
    lambda store, run_id: add_document(store, ANA, run_id, "notes", "a note", {}, datetime.now(UTC)),
    lambda store, run_id: describe_model(store, f"runs:/{run_id}/model"),
    lambda store, run_id: describe_model(store, str(_models(store, run_id)[0].model_uri)),
]


def _models(store: Store, run_id: str) -> list[object]:
    experiment = store.client.get_run(run_id).info.experiment_id
    return list(store.client.search_logged_models([experiment], f"source_run_id = '{run_id}'"))


def all_say(store: Store, run_id: str, words: str) -> None:
    for read in READINGS:
        places.forget()
        began = monotonic()
        with pytest.raises(PlaceError, match=words) as told:
            read(store, run_id)
        assert isinstance(told.value, StoreError)
        assert isinstance(told.value, ModelError)
        assert monotonic() - began < places.LIMIT + 1


@pytest.mark.long
def test_a_bucket_that_does_not_know_the_key_says_so(filled: Store, run_id: str, server: Bucket) -> None:
    powerless = locked(server)
    try:
        with led_there({"AWS_ACCESS_KEY_ID": "somebody", "AWS_SECRET_ACCESS_KEY": "else"}):
            all_say(filled, run_id, r"The files at s3://class \(http://127\S+\) are not open to Pizarra \(.*Key.*\)\."
                                    " Check the key that Pizarra was started with")  # fmt: skip
        with led_there(powerless):
            all_say(filled, run_id, r"are not open to Pizarra \(.*Access Denied\)")
    finally:
        unlocked(server)


def test_without_boto3_the_package_is_named(gone: tuple[Store, str, Bucket], monkeypatch: pytest.MonkeyPatch) -> None:
    store, run_id, server = gone
    monkeypatch.setitem(sys.modules, "boto3", None)
    with led_there(server.environment):
        all_say(store, run_id, r"cannot be reached without the Python package boto3, which is not installed here\."
                                " Install it where Pizarra runs")  # fmt: skip


def test_a_bucket_that_is_away_is_named_and_its_results_are_kept_and_uploaded(
    gone: tuple[Store, str, Bucket], monkeypatch: pytest.MonkeyPatch
) -> None:
    store, run_id, server = gone
    monkeypatch.setattr(patience, "LONGEST", 0.1)
    with led_there(server.environment):
        all_say(store, run_id, r"nothing answers at s3://class \(http://127.0.0.1:\d+\)")
        with pytest.raises(UnwrittenError, match="They were kept on the computer that trained it"):
            train_run(store, "iris", "logistic_regression", "later")
        later = store.client.search_runs(["1"], "attributes.run_name = 'later'")[0].info.run_id
        assert get_run(store, later).status == "FAILED"
        assert kept_of(settings().cache_dir, later) is not None
        with pytest.raises(StoreError, match="They are still kept"):
            upload_results(store, FIXTURE, settings().cache_dir, later)
    with bucket(int(server.endpoint.rpartition(":")[2])) as server, led_there(server.environment):
        assert upload_results(store, FIXTURE, settings().cache_dir, later)
        assert get_run(store, later).status == "FINISHED"
        assert len(read_evaluation(store, later))


@pytest.mark.long
@pytest.mark.stores
def test_a_server_keeps_files_in_a_bucket_for_those_who_have_no_key(
    server: Bucket, migrated_database: Path, tmp_path: Path
) -> None:
    (tmp_path / "mlflow.db").write_bytes(migrated_database.read_bytes())
    with mlflow_server(f"sqlite:///{tmp_path / 'mlflow.db'}", tmp_path, files=f"{server.address}/proxied") as served:
        run_id = train_run(served, "iris", "logistic_regression", "line")
        assert get_run(served, run_id).artifact_uri.startswith("mlflow-artifacts:")
        test_a_run_in_a_bucket_is_read_whole(served, run_id)
        test_documents_are_added_in_a_bucket(served, run_id)
        test_a_version_in_a_bucket_is_found_opened_and_asked(served, run_id)
