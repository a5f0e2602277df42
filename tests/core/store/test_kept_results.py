"""Results that a store did not take: kept whole, not without end, and uploaded once."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from core.errors import StoreError, UnwrittenError
from core.settings import settings
from core.store import kept_results as kept_module
from core.store.abandoned import settle_abandoned
from core.store.connection import Store
from core.store.kept_results import FOLDER, MODEL, forget_kept, keep, kept_of, kept_results, read_kept
from core.store.owner import owner
from core.store.record import RunRecord
from core.store.runs.tables import FAILURE_TAG, OWNER_TAG, UPLOADED_TAG
from core.store.runs.tracking import get_run
from core.store.sending import Results, prepare, send
from core.store.uploading import UPLOADING, upload_results
from core.store.writer import KEPT, UNKEPT, schedule_run, writing
from core.training.fit import train
from tests.fixtures.actors import ANA
from tests.fixtures.invariant import faults
from tests.fixtures.processes import ended_owner
from tests.fixtures.slow_task import TASK


@pytest.fixture(scope="module")
def record() -> RunRecord:
    return train(TASK, "slow", {}, settings=settings(), report=lambda _stage: None)


@pytest.fixture
def cache() -> Path:
    return settings().cache_dir


def of(record: RunRecord) -> Callable[[Path], Results]:
    return partial(prepare, record, measured=1_700_000_000_000)


def lost(store: Store, record: RunRecord, monkeypatch: pytest.MonkeyPatch) -> str:
    """Return a run whose store had no room for its files."""
    run_id = schedule_run(store, ANA, experiment="slow", name="lost", tags={})

    def refuse(*_arguments: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(type(store.client), "log_artifacts", refuse)
        with pytest.raises(UnwrittenError, match="No space left"), writing(store, run_id) as run:
            run.write(record)
    return run_id


def test_what_is_kept_is_what_would_have_been_sent(record: RunRecord, cache: Path, tmp_path: Path) -> None:
    sent = prepare(record, tmp_path / "sent", 1_700_000_000_000)
    keep(cache, "a", of(record))
    found = read_kept(cache, "a")
    for name in ("params", "tags", "metrics", "measured", "dataset"):
        assert getattr(found, name) == getattr(sent, name)
    pd.testing.assert_frame_equal(found.model.input_example, sent.model.input_example)
    assert found.model.requirements == sent.model.requirements
    rows = sent.model.input_example
    assert np.array_equal(found.model.estimator.predict_proba(rows), sent.model.estimator.predict_proba(rows))
    assert {path.relative_to(found.files): path.read_bytes() for path in found.files.rglob("*") if path.is_file()} == {
        path.relative_to(sent.files): path.read_bytes() for path in sent.files.rglob("*") if path.is_file()
    }


def test_the_oldest_go_where_there_are_too_many_and_that_is_known(
    record: RunRecord, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kept_module, "MOST_KEPT", 2)
    for age, name in enumerate(("a", "b", "c")):
        keep(cache, name, of(record))
        os.utime(cache / FOLDER / name / "results.json", (age, age))
    keep(cache, "d", of(record))
    assert [(one.run_id, one.let_go) for one in kept_results(cache)] == [
        ("a", True), ("b", True), ("c", False), ("d", False),
    ]  # fmt: skip
    gone = kept_of(cache, "a")
    assert gone is not None
    assert gone.let_go
    assert kept_of(cache, "z") is None
    assert kept_of(cache, "../a") is None


def test_what_is_too_large_goes_and_one_that_is_too_large_alone_is_refused(
    record: RunRecord, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep(cache, "a", of(record))
    size = kept_results(cache)[0].size
    monkeypatch.setattr(kept_module, "MOST_BYTES", int(1.5 * size))
    keep(cache, "b", of(record))
    assert [(one.run_id, one.let_go) for one in kept_results(cache)] == [("a", True), ("b", False)]
    monkeypatch.setattr(kept_module, "MOST_BYTES", size // 2)
    with pytest.raises(ValueError, match="more than 0 MB"):
        keep(cache, "c", of(record))
    assert {path.name for path in (cache / FOLDER).iterdir()} == {"a.let-go", "b"}


@pytest.mark.long
def test_a_run_whose_results_come_later_is_finished_and_says_so(
    store: Store, record: RunRecord, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_id = lost(store, record, monkeypatch)
    assert get_run(store, run_id).tags[FAILURE_TAG].startswith(f"{KEPT}\n")
    assert faults(store, [run_id]) == []
    assert upload_results(store, ANA, cache, run_id)
    run = get_run(store, run_id)
    assert run.status == "FINISHED"
    assert FAILURE_TAG not in run.tags
    assert UPLOADED_TAG in run.tags
    assert faults(store, [run_id]) == []
    assert not upload_results(store, ANA, cache, run_id)
    assert kept_results(cache) == []


@pytest.mark.long
def test_an_upload_that_was_broken_off_goes_on_and_doubles_nothing(
    store: Store, record: RunRecord, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_id = lost(store, record, monkeypatch)
    send(store, run_id, read_kept(cache, run_id), patient=False, again=True)  # and whoever did it was killed
    (cache / FOLDER / f"{run_id}{UPLOADING}").write_text(ended_owner())
    assert upload_results(store, ANA, cache, run_id)
    assert faults(store, [run_id]) == []


def test_what_another_program_uploads_is_left_to_it(
    store: Store, record: RunRecord, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_id = lost(store, record, monkeypatch)
    (cache / FOLDER / f"{run_id}{UPLOADING}").write_text(owner())
    with pytest.raises(StoreError, match="uploaded by another program"):
        upload_results(store, ANA, cache, run_id)
    assert get_run(store, run_id).status == "FAILED"


@pytest.mark.long
def test_what_cannot_be_uploaded_says_why_and_is_still_kept(
    store: Store, record: RunRecord, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_id = lost(store, record, monkeypatch)
    store.client.delete_run(run_id)
    with pytest.raises(StoreError, match="this one was deleted"):
        upload_results(store, ANA, cache, run_id)
    store.client.restore_run(run_id)
    model = cache / FOLDER / run_id / MODEL
    whole = model.read_bytes()
    model.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(StoreError, match="cannot be read"):
        upload_results(store, ANA, cache, run_id)
    model.write_bytes(whole)
    assert upload_results(store, ANA, cache, run_id)
    forgotten = lost(store, record, monkeypatch)
    forget_kept(cache, forgotten)
    with pytest.raises(StoreError, match="must be kept on this computer"):
        upload_results(store, ANA, cache, forgotten)


def test_results_that_cannot_even_be_kept_are_said_to_be_lost(
    store: Store, record: RunRecord, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.rmtree(cache, ignore_errors=True)
    cache.write_text("a file is in the way")
    run_id = lost(store, record, monkeypatch)
    assert get_run(store, run_id).tags[FAILURE_TAG].startswith(f"{UNKEPT}\n")
    assert kept_results(cache) == []


@pytest.mark.long
def test_a_run_that_its_program_could_not_end_is_said_to_be_kept(store: Store, record: RunRecord, cache: Path) -> None:
    run_id = schedule_run(store, ANA, experiment="slow", name="left", tags={})
    store.client.update_run(run_id, status="RUNNING")
    store.client.set_tag(run_id, OWNER_TAG, ended_owner())
    keep(cache, run_id, of(record))
    assert settle_abandoned(store) == 1
    assert get_run(store, run_id).tags[FAILURE_TAG] == KEPT
    assert upload_results(store, ANA, cache, run_id)
    assert faults(store, [run_id]) == []


def test_forgetting_what_is_not_kept_does_nothing(cache: Path) -> None:
    forget_kept(cache, "a")
