"""Files on a server that takes connections and never answers: nobody waits for them twice."""

from __future__ import annotations

import pickle
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from threading import Event

import pytest

from core.errors import ModelError, StoreError
from core.store import places
from core.store.connection import Store
from core.store.models import describe_model
from core.store.places import PlaceError, SilentPlaceError, ask, bring, is_silent, place_of, where
from core.store.registry.registered_models import files_are_there, find_model
from core.store.runs.artifacts import list_artifacts, list_folder, read_artifact
from core.store.runs.documents import add_document
from tests.fixtures.actors import ANA
from tests.fixtures.processes import until
from tests.fixtures.servers import SilentServer, silent_run, silent_server, silent_version
from tests.fixtures.stores import FLOWERS

FAR = "s3://bucket/of/somebody"
SILENT = r"The files cannot be reached: http://127\.0\.0\.1:\d+ does not answer in time"


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Wait no longer than a test may."""
    monkeypatch.setattr(places, "LIMIT", 0.2)
    yield
    places.forget()


@pytest.fixture
def silent() -> Iterator[SilentServer]:
    with silent_server() as server:
        yield server


READINGS: list[Callable[[Store, str], object]] = [
    lambda store, run_id: list_artifacts(store, run_id),
    lambda store, run_id: list_folder(store, run_id, "plots"),
    lambda store, run_id: read_artifact(store, run_id, "plots/one.png"),
    lambda store, run_id: add_document(store, ANA, run_id, "notes", "a note", {}, datetime.now(UTC)),
]


@pytest.mark.part(4)
@pytest.mark.parametrize("read", READINGS, ids=["list", "folder", "file", "document"])
def test_a_server_that_never_answers_is_said_by_its_name(
    store: Store, silent: SilentServer, read: Callable[[Store, str], object]
) -> None:
    run_id = silent_run(store, silent)
    with pytest.raises(StoreError, match=SILENT):
        read(store, run_id)


def test_a_model_on_a_server_that_never_answers_is_said_too(store: Store, silent: SilentServer) -> None:
    version = silent_version(store, silent)
    with pytest.raises(ModelError, match=SILENT):
        describe_model(store, version.uri, version.run_id)
    assert not files_are_there(store, version)


def test_a_silent_server_is_asked_once(store: Store, silent: SilentServer) -> None:
    version = silent_version(store, silent)
    for read in READINGS * 2:
        with pytest.raises(SilentPlaceError):
            read(store, version.run_id)
    assert not files_are_there(store, version)
    assert silent.asked == 1


def test_a_silent_server_is_asked_again_after_a_while(
    store: Store, silent: SilentServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_id = silent_run(store, silent)
    with pytest.raises(SilentPlaceError):
        list_artifacts(store, run_id)
    silent.speaks = True
    monkeypatch.setattr(places, "AWHILE", 0.0)
    monkeypatch.setattr(places, "LIMIT", 30.0)
    with pytest.raises(StoreError, match="cannot be read"):
        list_folder(store, run_id, "plots")


def test_an_answer_that_came_late_is_there_for_whoever_asks_next(store: Store) -> None:
    speak, asked = Event(), []

    def question() -> str:
        asked.append(1)
        speak.wait()
        return "here"

    with pytest.raises(SilentPlaceError):
        ask(store, FAR, "a list", question)
    speak.set()
    assert until(lambda: not is_silent("s3://bucket"), 30)
    assert ask(store, FAR, "a list", question) == "here"
    assert asked == [1]


def test_what_a_place_refuses_is_an_answer(store: Store) -> None:
    def refuse() -> None:
        raise PermissionError

    with pytest.raises(PermissionError):
        ask(store, FAR, "a list", refuse)
    assert not is_silent("s3://bucket")
    assert bring(store, FAR, refuse, lambda: "a file") == "a file"


def test_nothing_is_brought_from_a_silent_place(store: Store) -> None:
    brought: list[int] = []
    speak = Event()
    with pytest.raises(SilentPlaceError):
        bring(store, FAR, lambda: ask(store, FAR, "a list", speak.wait), lambda: brought.append(1))
    speak.set()
    assert not brought


def test_a_place_that_lists_and_then_stays_silent_holds_one_reader(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    def give_up() -> None:
        raise TimeoutError

    ask(store, FAR, "a list", list)
    monkeypatch.setattr(places, "LIMIT", 0.0)
    with pytest.raises(PlaceError, match="nothing answers at s3://bucket"):
        bring(store, FAR, list, give_up)
    assert is_silent("s3://bucket")


@pytest.mark.not_served(reason="its files are on no disk of this computer")
def test_files_on_a_disk_are_read_at_once(store: Store) -> None:
    run_id = str(store.client.create_run("0").info.run_id)
    assert place_of(store, f"runs:/{run_id}/model") == ""
    assert place_of(store, "runs:/gone/model") == ""


@pytest.mark.part(2)
@pytest.mark.parametrize(
    ("uri", "place"),
    [
        ("http://me:secret@files:5000/api/2.0/mlflow-artifacts/artifacts/1", "http://files:5000"),
        ("s3://bucket/1", "s3://bucket"), ("dbfs:/1", "dbfs:"), ("file:///data/1", ""), ("C:\\mlruns\\1", ""),
    ],
)  # fmt: skip
def test_a_place_is_the_server_or_bucket_without_its_password(store: Store, uri: str, place: str) -> None:
    assert place_of(store, uri) == place


def test_a_model_of_the_registry_is_where_its_version_says(populated: Store) -> None:
    version = find_model(populated, FLOWERS).version(2)
    assert where(populated, version.uri) == where(populated, version.source)


def test_a_silent_place_is_said_in_another_process_too() -> None:
    said = SilentPlaceError("{place} is silent.", place="s3://bucket")
    again = pickle.loads(pickle.dumps(said))  # noqa: S301 - our own
    assert again.place == "s3://bucket"
    assert str(again) == str(said)
