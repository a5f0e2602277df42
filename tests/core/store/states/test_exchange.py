from __future__ import annotations

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from core.errors import StoreError
from core.store.changes import change_token
from core.store.connection import Store, open_store
from core.store.mirror.database import DatabaseMirror
from core.store.owner import owner
from core.store.registry import promotion
from core.store.registry.registered_models import find_model
from core.store.registry.timeline import read_all
from core.store.runs.tables import MADE_BY_TAG, OWNER_TAG
from core.store.runs.tracking import find_runs
from core.store.states import backups, exchange, files, rows
from core.store.writer import schedule_run
from tests.core.store.states.conftest import State
from tests.fixtures.actors import ANA, FIXTURE
from tests.fixtures.servers import mlflow_server
from tests.fixtures.stores import FLOWERS, change, database

pytestmark = pytest.mark.sqlite_only(reason="only a SQLite store is packed, reset and brought back")

Tell = Callable[[Store], State]


def student_run(store: Store, name: str = "Ana's") -> str:
    """A run as a class makes them, with a file of its own."""
    run_id = schedule_run(store, FIXTURE, experiment="a lesson", name=name, tags={"pizarra.student": "Ana"})
    store.client.log_metric(run_id, "f1", 0.5)
    store.client.log_text(run_id, "chalk", "notes.txt")
    store.client.set_terminated(run_id)
    return run_id


def write(store: Store, run_id: str, path: str, text: str) -> None:
    """Write a file of a run. MLflow itself remembers where the files of an id are, of whichever store it was first."""
    file = Path(store.client.get_run(run_id).info.artifact_uri.removeprefix("file://")) / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")  # into the file that was there, as MLflow does


def use(store: Store) -> None:
    """Do what a class does: train, move versions, write, delete, and add files to runs that were there."""
    student_run(store)
    line, forest = (find_runs(store, f"attributes.run_name = '{name}'").ids[0] for name in ("line", "forest"))
    promotion.move(store, FIXTURE, promotion.Move(FLOWERS, 3, "Production", "To see."))
    store.client.set_registered_model_tag(FLOWERS, "seen", "yes")
    write(store, line, "scenarios/a.json", "{}")
    write(store, line, "profile/features.json", "other words")
    store.client.delete_run(forest)


# Loading


@pytest.mark.long
def test_only_a_store_that_nobody_has_used_takes_a_pack(store: Store, small_pack: Path, state: Tell) -> None:
    assert exchange.can_load(store, small_pack)
    store.client.create_experiment("mine")
    before = state(store)
    assert not exchange.can_load(store, small_pack)
    assert not exchange.load(store, ANA, small_pack)
    assert state(store) == before


@pytest.mark.part(2)
@pytest.mark.parametrize("thing", ["run", "model", "tag"])
def test_a_run_a_model_or_a_tag_says_that_a_store_is_used(store: Store, small_pack: Path, thing: str) -> None:
    if thing == "run":
        store.client.delete_run(store.client.create_run("0").info.run_id)
    elif thing == "model":
        store.client.create_registered_model("mine")
    else:
        store.client.set_experiment_tag("0", "mine", "yes")
    assert not exchange.can_load(store, small_pack)


def test_the_first_experiment_keeps_its_files_where_it_did(store: Store, small_pack: Path) -> None:
    place = store.client.get_experiment("0").artifact_location
    exchange.load(store, ANA, small_pack)
    assert store.client.get_experiment("0").artifact_location == place


def test_whoever_has_the_store_open_goes_on_and_sees_what_came(store: Store, small_pack: Path, tmp_path: Path) -> None:
    mirror = DatabaseMirror(store, tmp_path)
    assert not len(mirror.runs(["0"]))
    before = change_token(store)
    exchange.load(store, ANA, small_pack)
    assert change_token(store) != before
    assert len(mirror.runs(experiment.experiment_id for experiment in mirror.experiments())) == 5
    student_run(store)
    exchange.reset(store, ANA, small_pack)
    assert {experiment.name for experiment in mirror.experiments()} >= {"iris-classification"}
    assert "a lesson" not in {experiment.name for experiment in mirror.experiments()}
    assert open_store(store.uri) is store
    mirror.close()


@pytest.mark.long
def test_the_store_of_a_folder_that_the_program_works_in_is_one_like_any_other(
    migrated_database: Path, tmp_path: Path, small_pack: Path, state: Tell, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    shutil.copy(migrated_database, "lesson.db")
    store = open_store("sqlite:///lesson.db")
    assert exchange.load(store, ANA, small_pack)
    packed = state(store)
    use(store)
    assert exchange.reset(store, ANA, small_pack)
    assert state(store) == packed


@pytest.mark.long
def test_a_server_on_the_same_file_goes_on(store: Store, small_pack: Path, tmp_path: Path) -> None:
    with mlflow_server(store.uri, tmp_path) as server:
        assert find_runs(server, "").ids == []
        assert exchange.load(store, ANA, small_pack)
        assert len(find_runs(server, "")) == 5
        run_id = server.client.create_run("0", run_name="of the server").info.run_id
        server.client.set_terminated(run_id)
        assert exchange.reset(store, ANA, small_pack)
        assert run_id not in find_runs(server, "").ids
        server.client.set_terminated(server.client.create_run("0").info.run_id)
        assert len(find_runs(store, "")) == 6


# Resetting


@pytest.mark.long
def test_a_reset_brings_back_every_row_and_every_file_each_time(begun: Store, small_pack: Path, state: Tell) -> None:
    packed = state(begun)
    for _time in range(2):
        use(begun)
        assert state(begun) != packed
        assert exchange.reset(begun, ANA, small_pack)
        assert state(begun) == packed


def test_a_reset_where_nothing_differs_keeps_no_backup(begun: Store, small_pack: Path, state: Tell) -> None:
    packed = state(begun)
    assert exchange.reset(begun, ANA, small_pack) is None
    assert state(begun) == packed
    assert not backups.folder_of(database(begun)).exists()


@pytest.mark.long
def test_after_a_reset_the_store_is_worked_with_as_before(begun: Store, small_pack: Path) -> None:
    use(begun)
    exchange.reset(begun, ANA, small_pack)
    use(begun)
    assert read_all(begun, FLOWERS)[0].why == "To see."
    assert find_model(begun, FLOWERS).version(3).stage == "Production"


@pytest.mark.long
def test_what_was_there_is_brought_back_and_what_was_there_instead_is_kept(
    begun: Store, small_pack: Path, state: Tell
) -> None:
    use(begun)
    used = state(begun)
    first = exchange.reset(begun, ANA, small_pack)
    assert first is not None
    student_run(begun, "after the reset")
    later = state(begun)
    second = exchange.bring_back(begun, ANA, small_pack, first.name)
    assert state(begun) == used
    assert second is not None
    assert [backup.name for backup in backups.list_backups(database(begun))] == [second.name]
    exchange.bring_back(begun, ANA, small_pack, second.name)
    assert state(begun) == later


@pytest.mark.long
def test_the_pack_itself_needs_no_backup(begun: Store, small_pack: Path) -> None:
    use(begun)
    made = exchange.reset(begun, ANA, small_pack)
    assert made is not None
    assert exchange.bring_back(begun, ANA, small_pack, made.name) is None
    assert backups.list_backups(database(begun)) == []


@pytest.mark.long
def test_a_backup_says_how_much_is_in_it(begun: Store, small_pack: Path) -> None:
    use(begun)
    made = exchange.reset(begun, ANA, small_pack)
    assert made is not None
    assert (made.runs, made.experiments, made.versions) == (5, 3, 4)  # one of six runs was deleted


@pytest.mark.long
def test_a_backup_does_not_change_with_the_store(begun: Store, small_pack: Path) -> None:
    run_id = student_run(begun)
    made = exchange.reset(begun, ANA, small_pack)
    assert made is not None
    line = find_runs(begun, "attributes.run_name = 'line'").ids[0]
    kept = {file: file.read_bytes() for file in made.folder.rglob("*") if file.is_file()}
    write(begun, line, "profile/features.json", "other words")
    assert {file: file.read_bytes() for file in made.folder.rglob("*") if file.is_file()} == kept
    assert any(run_id in str(file) for file in kept)


@pytest.mark.long
def test_only_the_last_backups_are_kept(begun: Store, small_pack: Path) -> None:
    made = []
    for lesson in range(backups.MOST_BACKUPS + 1):
        student_run(begun, f"lesson {lesson}")
        made.append(exchange.reset(begun, ANA, small_pack))
    assert backups.list_backups(database(begun)) == made[:0:-1]


@pytest.mark.long
def test_bringing_one_of_the_last_backups_back_removes_no_other(begun: Store, small_pack: Path) -> None:
    made = []
    for lesson in range(backups.MOST_BACKUPS):
        student_run(begun, f"lesson {lesson}")
        made.append(exchange.reset(begun, ANA, small_pack))
    student_run(begun, "now")
    assert made[1] is not None
    now = exchange.bring_back(begun, ANA, small_pack, made[1].name)
    assert backups.list_backups(database(begun)) == [now, made[2], made[0]]


def test_a_backup_that_is_not_there_is_asked_for_in_vain(begun: Store, small_pack: Path, state: Tell) -> None:
    before = state(begun)
    with pytest.raises(StoreError, match=r"There is no backup \.\./other of this store"):
        exchange.bring_back(begun, ANA, small_pack, "../other")
    assert state(begun) == before


# Whose store it is


def refused(store: Store, small_pack: Path, state: Tell, words: str = "Only a store that began with") -> bool:
    """Tell whether nothing is reset, nothing is written and nothing is kept."""
    before = state(store)
    with pytest.raises(StoreError, match=words):
        exchange.reset(store, ANA, small_pack)
    with pytest.raises(StoreError, match=words):
        exchange.bring_back(store, ANA, small_pack, "20260101-000000")
    return state(store) == before and not backups.list_backups(database(store))


def test_a_store_of_somebody_elses_is_never_reset(own_populated: Store, small_pack: Path, state: Tell) -> None:
    assert not exchange.can_reset(own_populated, small_pack)
    assert refused(own_populated, small_pack, state)


def test_a_tag_that_programs_copied_makes_no_store_the_packs(
    begun: Store, own_populated: Store, small_pack: Path, state: Tell
) -> None:
    said = begun.client.get_experiment("0").tags[MADE_BY_TAG]
    own_populated.client.set_experiment_tag("0", MADE_BY_TAG, said)
    change(own_populated, "update experiments set creation_time = creation_time + 1")  # else it has the same beginning
    assert refused(own_populated, small_pack, state)


def test_a_copy_beside_the_store_is_not_reset_as_its_runs_have_their_files_in_the_same_folders(
    begun: Store, small_pack: Path, state: Tell
) -> None:
    student_run(begun)
    path = database(begun)
    shutil.copy(path, path.with_name("kept.db"))
    assert refused(open_store(f"sqlite:///{path.with_name('kept.db')}"), small_pack, state)


@pytest.mark.long
def test_a_copy_elsewhere_leaves_the_files_of_the_first_alone(
    begun: Store, small_pack: Path, state: Tell, tmp_path: Path
) -> None:
    student_run(begun)
    before = state(begun)
    path = tmp_path / "elsewhere" / database(begun).name
    path.parent.mkdir()
    shutil.copy(database(begun), path)
    exchange.reset(open_store(f"sqlite:///{path}"), ANA, small_pack)
    assert state(begun) == before


def test_files_that_no_run_of_the_store_has_stay(begun: Store, small_pack: Path) -> None:
    home = database(begun).parent
    foreign = [home / "mlartifacts" / "mine.txt", home / "mlartifacts" / "iris-classification" / "other" / "mine.txt",
               home / "mlruns" / "mine.txt"]  # fmt: skip
    for file in foreign:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("mine", encoding="utf-8")
    run_id = student_run(begun)
    change(begun, f"update runs set artifact_uri = '{home.as_uri()}/mlartifacts' where run_uuid = '{run_id}'")
    exchange.reset(begun, ANA, small_pack)
    assert [file.read_text(encoding="utf-8") for file in foreign] == ["mine"] * 3


@pytest.mark.long
def test_links_of_a_run_lead_to_files_that_stay(begun: Store, small_pack: Path, tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "mine.txt").write_text("mine", encoding="utf-8")
    home = database(begun).parent / "mlartifacts" / "a-lesson"
    within, itself = student_run(begun), student_run(begun)
    (home / within / "artifacts" / "link").symlink_to(tmp_path / "mine")
    shutil.rmtree(home / itself)
    (home / itself).symlink_to(tmp_path / "mine")
    (tmp_path / "mine" / "artifacts").mkdir()
    exchange.reset(begun, ANA, small_pack)
    assert sorted(path.name for path in (tmp_path / "mine").iterdir()) == ["artifacts", "mine.txt"]
    assert not (home / within).exists()


def test_a_store_that_is_no_file_is_never_reset(small_pack: Path) -> None:
    server = Store("http://localhost:1", None)  # type: ignore[arg-type]
    assert not exchange.can_load(server, small_pack)
    assert not exchange.can_reset(server, small_pack)
    with pytest.raises(StoreError, match="Only a store that began with"):
        exchange.reset(server, ANA, small_pack)


# While something is trained


@pytest.mark.long
@pytest.mark.parametrize("whose", ["ours", "another program's"])
def test_nothing_is_reset_while_something_is_trained(begun: Store, small_pack: Path, state: Tell, whose: str) -> None:
    used = student_run(begun)
    made = exchange.reset(begun, ANA, small_pack)
    assert made is not None
    run = begun.client.create_run("0", run_name="slow", tags={OWNER_TAG: owner()} if whose == "ours" else {})
    before = state(begun)
    with pytest.raises(StoreError, match="Nothing may be trained while the store is exchanged, but slow is"):
        exchange.reset(begun, ANA, small_pack)
    with pytest.raises(StoreError, match="but slow is"):
        exchange.bring_back(begun, ANA, small_pack, made.name)
    assert state(begun) == before
    begun.client.set_terminated(run.info.run_id)
    exchange.bring_back(begun, ANA, small_pack, made.name)
    assert begun.client.get_run(used).info.status == "FINISHED"


@pytest.mark.part(2)
@pytest.mark.parametrize("left", ["its program has gone", "it began long ago"])
def test_a_run_that_nobody_trains_any_more_is_in_nobodys_way(begun: Store, small_pack: Path, left: str) -> None:
    gone = owner().rpartition(":")[0] + ":1.00"
    run = begun.client.create_run("0", tags={OWNER_TAG: gone} if left == "its program has gone" else {})
    if left == "it began long ago":
        change(begun, f"update runs set start_time = 1500000000000 where run_uuid = '{run.info.run_id}'")
    assert exchange.reset(begun, ANA, small_pack)


# What fails in between


@pytest.mark.long
@pytest.mark.parametrize("where", ["keep", "bring_files", "replace_rows"])
def test_what_fails_leaves_the_store_as_it_was(
    begun: Store, small_pack: Path, state: Tell, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    use(begun)
    before = state(begun)
    module = {"keep": backups, "bring_files": files, "replace_rows": rows}[where]
    real = getattr(module, where)

    def fail(*arguments: object) -> None:
        monkeypatch.undo()
        real(*arguments)
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(module, where, fail)
    with pytest.raises(StoreError, match=r"could not be exchanged: .*No space left on device"):
        exchange.reset(begun, ANA, small_pack)
    assert state(begun) == before


@pytest.mark.part(2)
@pytest.mark.parametrize(
    ("module", "function", "is_done"),
    [
        ("backups", "keep", False),
        pytest.param("files", "bring_files", False, marks=pytest.mark.long),
        ("rows", "replace_rows", False),
        pytest.param("files", "remove_files", True, marks=pytest.mark.long),
    ],
)
def test_a_program_that_is_killed_in_between_loses_nothing(
    begun: Store, small_pack: Path, state: Tell, module: str, function: str, is_done: bool
) -> None:
    packed = state(begun)
    use(begun)
    used = state(begun)
    command = [sys.executable, "-m", "tests.fixtures.doomed_reset", begun.uri, str(small_pack), module, function]
    ended = subprocess.run(command, env=os.environ, check=False, capture_output=True)
    assert ended.returncode == -signal.SIGKILL, ended.stderr
    assert state(begun)[0] == (packed if is_done else used)[0]
    kept = backups.list_backups(database(begun))[0]
    exchange.reset(begun, ANA, small_pack)
    assert state(begun) == packed  # also of what a reset had no time to remove
    exchange.bring_back(begun, ANA, small_pack, kept.name)
    assert state(begun) == used


@pytest.mark.long
def test_two_that_reset_at_once_do_so_one_after_the_other(begun: Store, small_pack: Path, state: Tell) -> None:
    packed = state(begun)
    use(begun)
    script = "; ".join([
        "import sys", "from pathlib import Path", "from core.store.connection import open_store",
        "from core.store.states.exchange import reset", "from tests.fixtures.actors import ANA",
        "print(reset(open_store(sys.argv[1]), ANA, Path(sys.argv[2])) is not None)",
    ])  # fmt: skip
    command = [sys.executable, "-c", script, begun.uri, str(small_pack)]
    both = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _time in range(2)]
    assert sorted(one.communicate()[0].strip() for one in both) == ["False", "True"]
    assert state(begun) == packed


@pytest.mark.long
def test_a_store_that_another_program_holds_is_said_to_be_held(
    begun: Store, small_pack: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exchange, "PATIENCE", 0.1)
    student_run(begun)
    with closing(sqlite3.connect(database(begun))) as other:
        other.execute("begin immediate")
        with pytest.raises(StoreError, match="could not be exchanged: database is locked"):
            exchange.reset(begun, ANA, small_pack)
    assert exchange.reset(begun, ANA, small_pack)


@pytest.mark.long
def test_a_backup_of_another_mlflow_is_not_brought_back(begun: Store, small_pack: Path) -> None:
    student_run(begun)
    made = exchange.reset(begun, ANA, small_pack)
    assert made is not None
    with closing(sqlite3.connect(made.folder / rows.DATABASE)) as kept:
        kept.execute("update alembic_version set version_num = 'older'")
        kept.commit()
    with pytest.raises(StoreError, match="must be of the same MLflow as the store"):
        exchange.bring_back(begun, ANA, small_pack, made.name)


@pytest.mark.long
def test_a_store_in_write_ahead_mode_is_reset_too(begun: Store, small_pack: Path, state: Tell) -> None:
    change(begun, "pragma journal_mode = wal")
    packed = state(begun)
    use(begun)
    exchange.reset(begun, ANA, small_pack)
    assert state(begun) == packed
