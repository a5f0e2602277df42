"""A run whose store was away at its end does not read as running for ever."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from mlflow import MlflowClient
from mlflow.exceptions import MlflowException
from mlflow.protos.databricks_pb2 import BAD_REQUEST, TEMPORARILY_UNAVAILABLE

from core.errors import StoreError
from core.settings import settings
from core.store import ends, patience
from core.store.abandoned import settle_abandoned
from core.store.connection import Store
from core.store.ends import FOLDER, settle, settle_noted, settle_or_note
from core.store.runs.tables import FAILURE_TAG
from core.store.runs.tracking import get_run
from core.store.sweeps import writing_trial
from core.store.writer import schedule_run, writing
from tests.fixtures.actors import ANA


@pytest.fixture(autouse=True)
def _without_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patience, "LONGEST", 0.0)


class Outage:
    """Lets the store of this process answer nobody, and then everybody again."""

    def __init__(self) -> None:
        self._patch = pytest.MonkeyPatch()

    def begin(self, code: int = TEMPORARILY_UNAVAILABLE) -> None:
        """The ``code`` says whether it may pass."""

        def refuse(*_: object, **__: object) -> None:
            raise MlflowException("(pymysql.err.OperationalError) (2013, 'Lost connection')", code)

        for asked in ("get_run", "log_batch", "set_tag", "set_terminated", "update_run", "log_artifacts"):
            self._patch.setattr(MlflowClient, asked, refuse)

    def end(self) -> None:
        self._patch.undo()


@pytest.fixture
def outage() -> Iterator[Outage]:
    outage = Outage()
    yield outage
    outage.end()


def fail_during(outage: Outage) -> None:
    outage.begin()
    raise ZeroDivisionError("division by zero")


def schedule(store: Store) -> str:
    return schedule_run(store, ANA, experiment="a", name="one", tags={})


def notes() -> list[Path]:
    return sorted((settings().cache_dir / FOLDER).glob("*"))


def ended(store: Store, run_id: str) -> tuple[str, str]:
    run = get_run(store, run_id)
    return run.status, run.tags[FAILURE_TAG]


def test_a_run_whose_training_failed_while_its_store_was_away_is_ended_at_a_later_look(
    store: Store, outage: Outage
) -> None:
    """Its process lives on, as a worker's does: that it has gone cannot be what tells."""
    run_id = schedule(store)
    with pytest.raises(ZeroDivisionError, match="by zero"), writing(store, run_id):
        fail_during(outage)
    outage.end()
    assert get_run(store, run_id).status == "RUNNING"
    assert settle_abandoned(store) == 1
    assert ended(store, run_id) == ("FAILED", "division by zero")
    assert notes() == []
    assert settle_abandoned(store) == 0


def test_the_next_run_that_is_written_there_tells_of_it_too(store: Store, outage: Outage) -> None:
    run_id = schedule(store)
    with pytest.raises(ZeroDivisionError, match="by zero"), writing_trial(store, run_id):
        fail_during(outage)
    outage.end()
    with writing(store, schedule(store)):
        pass
    assert ended(store, run_id) == ("FAILED", "division by zero")


def test_a_run_that_could_not_even_begin_says_so(store: Store, outage: Outage) -> None:
    run_id = schedule(store)
    outage.begin()
    with pytest.raises(StoreError, match="does not answer"), writing(store, run_id):
        pass
    outage.end()
    assert settle_noted(store) == 1
    status, reason = ended(store, run_id)
    assert status == "FAILED"
    assert reason.startswith("The store does not answer, or was lost on the way.\n(pymysql")


def test_one_that_ended_otherwise_meanwhile_stays_as_it_is(store: Store, outage: Outage) -> None:
    run_id = schedule(store)
    outage.begin()
    settle_or_note(store, run_id, status="FAILED", reason="second")
    outage.end()
    settle(store, run_id, status="KILLED", reason="first")
    assert settle_noted(store) == 1
    assert ended(store, run_id) == ("KILLED", "first")
    assert notes() == []


def test_what_will_not_pass_is_not_noted_and_no_other_waits_for_it(store: Store, outage: Outage) -> None:
    first, second = schedule(store), schedule(store)
    outage.begin(BAD_REQUEST)
    settle_or_note(store, first, status="FAILED", reason="no")
    assert notes() == []
    outage.begin()
    for run_id in (first, second):
        settle_or_note(store, run_id, status="FAILED", reason="no")
    assert settle_noted(store) == 0
    assert len(notes()) == 2
    outage.end()
    store.client.delete_run(first)
    assert settle_noted(store) == 1
    assert ended(store, second) == ("FAILED", "no")
    assert notes() == []


def test_ends_of_other_stores_and_damaged_notes_are_passed_over(store: Store, outage: Outage) -> None:
    outage.begin()
    elsewhere = Store("http://me:secret@elsewhere:5000", store.client)
    settle_or_note(elsewhere, "ab12", status="FAILED", reason="x")
    settle_or_note(elsewhere, "../out", status="FAILED", reason="x")
    outage.end()
    (note,) = notes()
    assert "secret" not in note.read_text(encoding="utf-8")
    note.with_name("damaged.json").write_text("{", encoding="utf-8")
    assert settle_noted(store) == 0
    assert len(notes()) == 2


def test_the_oldest_of_too_many_notes_go(store: Store, outage: Outage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ends, "MOST_NOTED", 2)
    outage.begin()
    for run_id in ("a", "b", "c"):
        settle_or_note(store, run_id, status="FAILED", reason="x")
    assert [note.stem for note in notes()] == ["b", "c"]


def test_an_end_that_cannot_be_noted_hides_nothing(store: Store, outage: Outage) -> None:
    settings().cache_dir.parent.mkdir(parents=True, exist_ok=True)
    settings().cache_dir.write_text("a file is in the way")
    run_id = schedule(store)
    with pytest.raises(ZeroDivisionError, match="by zero"), writing(store, run_id):
        fail_during(outage)
