"""Whatever is done to a store, its mirror shows what a full read shows."""

from __future__ import annotations

import math
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Event, Thread
from typing import Any

import pandas as pd
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as examples
from hypothesis import strategies as st

from core.errors import StoreError
from core.store.connection import Store, open_store
from core.store.database import has_known_tables
from core.store.mirror import base
from core.store.mirror import database as database_mirror
from core.store.mirror import server as server_mirror
from core.store.mirror.base import Mirror
from core.store.mirror.database import DatabaseMirror
from core.store.mirror.fingerprints import Digests
from core.store.mirror.server import RemoteMirror
from core.store.runs import columns, tracking
from core.store.runs.tables import Runs
from core.store.runs.tracking import list_experiments, list_runs
from tests.fixtures.databases import change
from tests.fixtures.draws import draws
from tests.fixtures.servers import mlflow_server

TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), min_size=1, max_size=8)
NUMBERS = st.one_of(st.floats(allow_nan=True, allow_infinity=True, width=32), st.just(0.5))
CHANGES = st.lists(
    st.tuples(
        st.sampled_from(
            [
                "create",
                "create",
                "metric",
                "param",
                "tag",
                "untag",
                "rename",
                "end",
                "delete",
                "restore",
                "new experiment",
                "delete experiment",
                "restore experiment",
            ]
        ),
        st.integers(0, 5),
        TEXTS,
        NUMBERS,
    ),
    min_size=1,
    max_size=12,
)


def local(store: Store, folder: Path) -> DatabaseMirror:
    if not has_known_tables(store):
        pytest.skip("only a database says itself what changed")
    return DatabaseMirror(store, folder)


def new_run(store: Store, name: str = "a run", experiment: str = "0", **metrics: float) -> str:
    run_id = str(store.client.create_run(experiment, run_name=name).info.run_id)
    for metric, value in metrics.items():
        store.client.log_metric(run_id, metric, value)
    store.client.set_terminated(run_id)
    return run_id


def everything(mirrored: Mirror) -> Runs:
    return mirrored.runs([experiment.experiment_id for experiment in mirrored.experiments()])


@pytest.fixture(autouse=True)
def looks_each_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """A database that does not say whether anything changed is asked at each look."""
    monkeypatch.setattr(database_mirror, "LOOK_SECONDS", 0.0)
    monkeypatch.setattr(database_mirror, "LOOK_SHARE", math.inf)


class Changes:
    """Does to a store what people and programs do."""

    def __init__(self, store: Store) -> None:
        self.client = store.client
        self.runs: list[str] = []
        self.experiments = [self.new_experiment()]

    def new_experiment(self) -> str:
        return str(self.client.create_experiment(uuid.uuid4().hex))

    def apply(self, what: str, which: int, text: str, number: float) -> None:
        experiment = self.experiments[which % len(self.experiments)]
        if what == "new experiment":
            self.experiments.append(self.new_experiment())
            return
        if what in {"delete experiment", "restore experiment"}:
            active = self.client.get_experiment(experiment).lifecycle_stage == "active"
            if active and what == "delete experiment":
                self.client.delete_experiment(experiment)
            elif not active and what == "restore experiment":
                self.client.restore_experiment(experiment)
            return
        if what == "create":
            if self.client.get_experiment(experiment).lifecycle_stage == "active":
                self.runs.append(self.client.create_run(experiment, run_name=text).info.run_id)
            return
        if not self.runs:
            return
        run = self.client.get_run(self.runs[which % len(self.runs)])
        run_id, deleted = run.info.run_id, run.info.lifecycle_stage == "deleted"
        if what == "restore":
            if deleted:
                self.client.restore_run(run_id)
        elif deleted:
            return
        elif what == "metric":
            self.client.log_metric(run_id, "loss", number, step=which)
        elif what == "param":
            self.client.log_param(run_id, f"param {len(run.data.params)}", text)
        elif what == "tag":
            self.client.set_tag(run_id, "note", text)
        elif what == "untag":
            if "note" in run.data.tags:
                self.client.delete_tag(run_id, "note")
        elif what == "rename":
            self.client.update_run(run_id, name=text)
        elif what == "end":
            self.client.set_terminated(run_id)
        else:
            self.client.delete_run(run_id)


def assert_equal(mirrored: Mirror, store: Store) -> None:
    """Assert that the mirror shows what MLflow says when it is asked for everything."""
    experiments = list_experiments(store)
    assert mirrored.experiments() == experiments
    shown = everything(mirrored)
    read = list_runs(store, [experiment.experiment_id for experiment in experiments])
    assert sorted(shown.ids) == sorted(read.ids)
    for name in ("info", "params", "metrics", "tags"):
        ours, theirs = getattr(shown, name), getattr(read, name).loc[shown.ids]
        assert set(ours.columns) == set(theirs.columns), name
        pd.testing.assert_frame_equal(ours[list(theirs.columns)], theirs, check_dtype=False, obj=name)


thorough = examples(
    max_examples=draws(15, 5),
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@pytest.mark.on_every_store
@thorough
@given(changes=CHANGES)
def test_after_any_changes_a_databases_mirror_equals_a_full_read_at_once(
    store: Store, tmp_path: Path, changes: list[tuple[str, int, str, float]]
) -> None:
    mirrored, changing = local(store, tmp_path), Changes(store)
    for one in changes:
        changing.apply(*one)
        assert_equal(mirrored, store)
    mirrored.close()
    assert_equal(local(store, tmp_path), store)  # as after a restart


@pytest.fixture(scope="module", params=["direct", pytest.param("served", marks=pytest.mark.long)])
def server(
    request: pytest.FixtureRequest, migrated_database: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Store]:
    """A store that is mirrored as a server's is, by nothing but MLflow's own questions; with a server before it, too.

    ``tests/core/store/test_over_rest.py`` mirrors one behind a server every time.
    """
    folder = tmp_path_factory.mktemp("served")
    database = folder / "mlflow.db"
    database.write_bytes(migrated_database.read_bytes())
    if request.param == "direct":
        yield open_store(f"sqlite:///{database}")
        return
    with mlflow_server(f"sqlite:///{database}", folder) as served:
        yield served


@pytest.mark.long
@thorough
@given(changes=CHANGES)
def test_after_any_changes_a_servers_mirror_equals_a_full_read_once_it_was_swept(
    server: Store, tmp_path: Path, changes: list[tuple[str, int, str, float]]
) -> None:
    mirrored, changing = RemoteMirror(server, tmp_path), Changes(server)
    mirrored.state()
    for one in changes:
        changing.apply(*one)
    mirrored.reread()
    mirrored.state()
    mirrored.sweep()
    assert_equal(mirrored, server)


# What a server's poll sees at once


@pytest.fixture
def remote(server: Store, tmp_path: Path) -> RemoteMirror:
    mirrored = RemoteMirror(server, tmp_path)
    mirrored.state()
    assert mirrored.wait()
    return mirrored


@pytest.mark.long
def test_a_poll_sees_new_running_and_finished_runs(server: Store, remote: RemoteMirror) -> None:
    run_id = server.client.create_run("0", run_name="new").info.run_id
    remote.reread()
    assert everything(remote).info.at[run_id, "status"] == "RUNNING"
    server.client.log_metric(run_id, "loss", 0.25)
    remote.reread()
    assert everything(remote).metrics.at[run_id, "loss"] == 0.25
    server.client.set_terminated(run_id)
    remote.reread()
    assert everything(remote).info.at[run_id, "status"] == "FINISHED"


def test_a_run_in_a_new_experiment_comes_with_the_poll(server: Store, remote: RemoteMirror) -> None:
    experiment = server.client.create_experiment("just made")
    run_id = new_run(server, experiment=experiment)
    remote.reread()
    assert run_id in everything(remote).ids


def test_what_was_changed_from_here_is_seen_at_once(server: Store, remote: RemoteMirror) -> None:
    kept, deleted = new_run(server, "kept"), new_run(server, "deleted")
    remote.reread()
    assert {kept, deleted} <= set(everything(remote).ids)
    server.client.set_tag(kept, "note", "late")
    server.client.delete_run(deleted)
    remote.reread([kept, deleted])
    runs = everything(remote)
    assert runs.tags.at[kept, "note"] == "late"
    assert deleted not in runs.ids


def test_between_polls_nothing_is_asked(server: Store, remote: RemoteMirror, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server_mirror, "POLL_SECONDS", 3600.0)
    remote.reread()
    remote.state()
    monkeypatch.setattr(tracking, "read_page", lambda *_, **__: pytest.fail("asked the server"))
    monkeypatch.setattr(tracking, "list_experiments", lambda *_: pytest.fail("asked the server"))
    everything(remote)


def test_late_changes_come_with_the_sweep_in_the_background(
    server: Store, remote: RemoteMirror, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_id = new_run(server)
    remote.reread()
    assert run_id in everything(remote).ids
    server.client.delete_run(run_id)
    monkeypatch.setattr(server_mirror, "SWEEP_SECONDS", 0.0)
    remote.read_all_again()
    remote.state()
    assert remote.wait()
    assert run_id not in everything(remote).ids


@pytest.mark.long
def test_a_run_that_slips_between_two_pages_is_not_lost(
    server: Store, remote: RemoteMirror, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = [new_run(server, f"run {number}") for number in range(4)]
    remote.reread()
    remote.state()
    monkeypatch.setattr(tracking, "PAGE_SIZE", 2)
    read_page = tracking.read_page
    asked: list[object] = []

    def deleting(*args: object, **chosen: object) -> object:
        if chosen.get("token") and not asked:  # between the first two pages
            asked.append(True)
            server.client.delete_run(made[-1])
        return read_page(*args, **chosen)  # type: ignore[arg-type]

    monkeypatch.setattr(tracking, "read_page", deleting)
    remote.sweep()
    assert asked
    assert set(made[:-1]) <= set(everything(remote).ids)
    remote.sweep()  # the first one had read the deleted run before it went
    assert made[-1] not in everything(remote).ids


def test_the_first_page_is_shown_while_the_rest_is_read(
    server: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(3):
        new_run(server, f"run {number}")
    monkeypatch.setattr(server_mirror, "FIRST_RUNS", 1)
    mirrored = RemoteMirror(server, tmp_path)
    first = mirrored.state()
    assert mirrored.wait()
    assert first.reading or first.swept is not None
    assert not mirrored.state().reading
    assert_equal(mirrored, server)


# A SQLite file


def test_more_changes_than_a_page_waits_for_are_read_behind_it(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database_mirror, "AT_ONCE", 3)
    monkeypatch.setattr(database_mirror, "FIRST_RUNS", 2)
    for number in range(6):
        new_run(store, f"run {number}")
    mirrored = local(store, tmp_path)
    first = mirrored.state()
    assert (first.reading, first.total) == (True, 6)
    assert mirrored.wait()
    assert_equal(mirrored, store)


@pytest.mark.on_every_store
def test_what_is_written_while_the_first_fingerprints_are_taken_is_seen_at_the_next_look(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database_mirror, "AT_ONCE", 1)
    first, *_others = (new_run(store, f"run {number}") for number in range(3))
    name = "read" if store.uri.startswith("sqlite") else "read_of"  # nobody writes into a file while it is read
    read = getattr(Digests, name)

    def writing(*arguments: object) -> object:
        monkeypatch.setattr(Digests, name, read)
        store.client.set_tag(first, "note", "late")
        new_run(store, "later")
        return read(*arguments)

    monkeypatch.setattr(Digests, name, writing)
    mirrored = local(store, tmp_path)
    mirrored.state()
    assert mirrored.wait()
    assert getattr(Digests, name) is read
    mirrored.reread()
    mirrored.state()
    assert mirrored.wait()
    assert_equal(mirrored, store)


@pytest.mark.long
def test_all_is_shown_before_the_first_fingerprints_are_there(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database_mirror, "AT_ONCE", 1)
    *_good, bad = (new_run(store, f"run {number}") for number in range(3))
    change(store.uri, "update runs set start_time = null where run_uuid = :run", run=bad)
    asked, go = Event(), Event()
    read = Digests.read_of

    def waiting(*arguments: Any) -> dict[str, int]:
        asked.set()
        assert go.wait(60)
        return read(*arguments)

    monkeypatch.setattr(Digests, "read_of", waiting)
    mirrored = local(store, tmp_path)
    mirrored.state()
    assert asked.wait(60)
    state = mirrored.state()
    assert (state.read, state.unreadable, state.reading) == (2, 1, False)
    go.set()
    assert mirrored.wait()
    mirrored.close()
    for name in ("read_columns", "columns_of"):
        monkeypatch.setattr(database_mirror, name, lambda *_, **__: pytest.fail("read again"))
    assert len(everything(local(store, tmp_path))) == 2


def test_a_store_that_cannot_be_read_as_columns_is_read_through_mlflow(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database_mirror, "AT_ONCE", 1)
    for number in range(3):
        new_run(store, f"run {number}", loss=0.5)

    def odd(*_: object, **__: object) -> None:
        raise ValueError("a metric without a value")

    monkeypatch.setattr(columns, "columns_of", odd)
    monkeypatch.setattr(database_mirror, "columns_of", odd)
    mirrored = local(store, tmp_path)
    mirrored.state()
    assert mirrored.wait()
    assert_equal(mirrored, store)


def test_nothing_is_read_again_after_a_restart_when_nothing_changed(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_id = new_run(store, loss=0.5)
    before = local(store, tmp_path)
    before.state()
    before.close()
    monkeypatch.setattr(database_mirror, "read_columns", lambda *_, **__: pytest.fail("read again"))
    assert everything(local(store, tmp_path)).metrics.at[run_id, "loss"] == 0.5


def test_what_changed_between_two_starts_is_seen(store: Store, tmp_path: Path) -> None:
    run_id = new_run(store)
    before = local(store, tmp_path)
    before.state()
    before.close()
    store.client.set_tag(run_id, "note", "late")
    assert_equal(local(store, tmp_path), store)


def test_the_same_tables_come_again_while_nothing_changed(store: Store, tmp_path: Path) -> None:
    run_id = new_run(store)
    mirrored = local(store, tmp_path)
    first = everything(mirrored)
    assert everything(mirrored) is first
    store.client.set_tag(run_id, "note", "late")
    assert everything(mirrored) is not first


@pytest.mark.not_served(reason="it opens the database itself")
def test_a_run_that_mlflow_cannot_read_hides_no_other(store: Store, tmp_path: Path) -> None:
    good, bad = new_run(store, "good"), new_run(store, "bad")
    change(store.uri, "update runs set start_time = null where run_uuid = :run", run=bad)
    mirrored = local(store, tmp_path)
    assert everything(mirrored).ids == [good]
    assert mirrored.state().unreadable == 1
    change(store.uri, "update runs set start_time = 5 where run_uuid = :run", run=bad)
    assert sorted(everything(mirrored).ids) == sorted([good, bad])
    assert mirrored.state().unreadable == 0


@pytest.mark.on_every_store
def test_only_mariadb_may_be_behind(store: Store, tmp_path: Path) -> None:
    mirrored = local(store, tmp_path)
    assert mirrored.exact is (not store.uri.startswith("mysql"))


@pytest.mark.on_every_store
def test_what_was_deleted_for_good_is_gone(store: Store, tmp_path: Path) -> None:
    kept, gone = new_run(store, "kept"), new_run(store, "gone")
    mirrored = local(store, tmp_path)
    assert sorted(everything(mirrored).ids) == sorted([kept, gone])
    for table in ("tags", "latest_metrics", "metrics", "params", "runs"):
        change(store.uri, f"delete from {table} where run_uuid = :run", run=gone)
    assert everything(mirrored).ids == [kept]


@pytest.mark.on_every_store
def test_what_another_program_writes_past_mlflow_is_seen(store: Store, tmp_path: Path) -> None:
    run_id = new_run(store, loss=0.5)
    mirrored = local(store, tmp_path)
    mirrored.state()
    change(store.uri, "update runs set name = 'by hand' where run_uuid = :run", run=run_id)
    assert everything(mirrored).info.at[run_id, "name"] == "by hand"


def test_a_damaged_snapshot_is_read_anew(store: Store, tmp_path: Path) -> None:
    new_run(store, loss=math.nan)
    before = local(store, tmp_path)
    before.state()
    before.close()
    before.file.write_bytes(before.file.read_bytes()[:-20])
    assert_equal(local(store, tmp_path), store)


def test_two_processes_may_write_the_same_snapshot(store: Store, tmp_path: Path) -> None:
    new_run(store)
    mirrors = [local(store, tmp_path) for _ in range(4)]
    for mirrored in mirrors:
        mirrored.state()

    def write(mirrored: DatabaseMirror) -> None:
        for _ in range(10):
            mirrored._unsaved = True
            mirrored._save()

    writers = [Thread(target=write, args=(mirrored,)) for mirrored in mirrors]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert_equal(local(store, tmp_path), store)
    assert [file.name for file in mirrors[0].file.parent.iterdir()] == [mirrors[0].file.name]


def test_a_folder_that_cannot_be_written_only_costs_time(store: Store, tmp_path: Path) -> None:
    (tmp_path / "snapshots").write_text("in the way")
    new_run(store)
    mirrored = local(store, tmp_path)
    mirrored.state()
    mirrored.close()
    assert_equal(local(store, tmp_path), store)


def test_reading_all_again_reads_all_again(store: Store, tmp_path: Path) -> None:
    new_run(store)
    mirrored = local(store, tmp_path)
    mirrored.state()
    mirrored.read_all_again()
    assert_equal(mirrored, store)


@pytest.mark.parametrize("kind", [local, RemoteMirror])
def test_a_store_that_no_longer_answers_is_said_so(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: Callable[[Store, Path], Mirror]
) -> None:
    mirrored = kind(store, tmp_path)
    with monkeypatch.context() as broken:
        broken.setattr(tracking, "list_experiments", _refuse)
        with pytest.raises(StoreError, match="does not answer"):
            mirrored.state()
    assert mirrored.state().read == 0


@pytest.mark.long
def test_what_fails_in_the_background_is_told_to_the_next_page(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database_mirror, "AT_ONCE", 1)
    for number in range(3):
        new_run(store, f"run {number}")
    mirrored = local(store, tmp_path)
    with monkeypatch.context() as broken:
        broken.setattr(DatabaseMirror, "_read_everything", _refuse)
        mirrored.state()
        assert mirrored.wait()
        with pytest.raises(StoreError, match="does not answer"):
            mirrored.state()
    mirrored.state()
    assert mirrored.wait()
    assert_equal(mirrored, store)


def _refuse(*_: object, **__: object) -> None:
    raise StoreError("The store does not answer.")


@pytest.mark.long
def test_the_snapshot_is_written_now_and_then(store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(base, "SAVE_SECONDS", 0.0)
    new_run(store)
    mirrored = local(store, tmp_path)
    mirrored.state()
    assert mirrored.file.exists()
