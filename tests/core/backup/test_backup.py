"""Destroy, restore, compare."""

from __future__ import annotations

import gzip
import io
import shutil
import sqlite3
import tarfile
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path
from threading import Event, Thread

import pytest

from core.access import ForbiddenError
from core.backup import making, restoring
from core.backup.archive import read
from core.backup.making import back_up
from core.backup.restoring import check, restore
from core.classroom.class_file import ClassFile
from core.errors import PizarraError, StoreError
from core.serving.log.files import folder_of_store
from core.store.connection import Store, name_of, open_store, sqlite_path
from core.store.places import local_folder
from core.store.registry.registered_models import find_model
from core.store.runs.tracking import find_runs
from tests.core.backup.conftest import All
from tests.fixtures import small_disks
from tests.fixtures.actors import FIXTURE, LUZ
from tests.fixtures.stores import FLOWERS, change, database

Tell = Callable[[Store, Path], All]


@pytest.fixture
def backup(own_populated: Store, cache: Path, tmp_path: Path) -> Path:
    """A backup of a filled store."""
    file = tmp_path / "monday.tar.gz"
    assert back_up(own_populated.uri, FIXTURE, file, cache).is_whole
    return file


def destroy(store: Store, cache: Path) -> None:
    database(store).unlink()
    shutil.rmtree(database(store).parent / "mlartifacts")
    shutil.rmtree(cache)


def test_what_was_destroyed_comes_back_row_by_row_and_file_by_file(
    own_populated: Store, cache: Path, tmp_path: Path, everything: Tell
) -> None:
    before, log = everything(own_populated, cache), folder_of_store(cache, name_of(own_populated.uri))
    file = tmp_path / "monday.tar.gz"
    made = back_up(own_populated.uri, FIXTURE, file, cache)
    assert made.about.counts["model_versions"] == 4
    destroy(own_populated, cache)
    came = restore(file, own_populated.uri, FIXTURE, cache)
    assert came.aside == ()
    rows, files, own = everything(own_populated, cache)
    assert (rows, files) == before[:2]
    renamed = folder_of_store(cache, name_of(own_populated.uri))  # another file lies there now
    assert {name.replace(renamed.name, log.name): content for name, content in own.items()} == before[2]
    assert not [name for name in own if name.startswith(("snapshots", "meters"))]
    assert (cache / "class.db").stat().st_mode & 0o777 == 0o600
    assert not [path for path in [*cache.iterdir(), *database(own_populated).parent.iterdir()] if ".rest" in path.name]


@pytest.mark.long
def test_elsewhere_every_address_leads_to_where_the_files_are_now(
    own_populated: Store, cache: Path, backup: Path, tmp_path: Path, everything: Tell
) -> None:
    rows, files, _own = everything(own_populated, cache)
    old = str(database(own_populated).parent)
    destroy(own_populated, cache)
    uri = f"sqlite:///{tmp_path / 'new place' / 'other.db'}"
    restore(backup, uri, FIXTURE, tmp_path / "cache2")
    there = open_store(uri)
    new = (tmp_path / "new place").as_uri()
    assert [line.replace(new, f"file://{old}") for line in everything(there, cache)[0]] == rows
    assert everything(there, cache)[1].keys() == files.keys()
    version = find_model(there, FLOWERS).version(2)
    place = local_folder(there.client.get_logged_model(version.source.rpartition("/")[2]).artifact_location)
    assert place is not None
    assert place.is_relative_to(tmp_path / "new place")
    assert old not in (place / "MLmodel").read_text(encoding="utf-8")
    assert folder_of_store(tmp_path / "cache2", name_of(uri)).is_dir()


def test_a_file_of_somebody_elses_place_comes_into_the_stores_own(
    own_populated: Store, cache: Path, tmp_path: Path
) -> None:
    experiment = own_populated.client.create_experiment("away", (tmp_path / "away" / "7").as_uri())
    run = own_populated.client.create_run(experiment)
    own_populated.client.log_text(run.info.run_id, "chalk", "notes.txt")
    file = tmp_path / "monday.tar.gz"
    back_up(own_populated.uri, FIXTURE, file, cache)
    shutil.rmtree(tmp_path / "away")
    destroy(own_populated, cache)
    restore(file, own_populated.uri, FIXTURE, cache)
    assert not (tmp_path / "away").exists()
    address = own_populated.client.get_run(run.info.run_id).info.artifact_uri
    place = local_folder(address)
    assert place is not None
    assert place.is_relative_to(database(own_populated).parent)
    assert (place / "notes.txt").read_text() == "chalk"


def test_what_is_not_in_it_is_said(own_populated: Store, cache: Path, tmp_path: Path) -> None:
    bucket = own_populated.client.create_experiment("bucket", "s3://chalk/1")
    own_populated.client.create_run(bucket)
    secret = own_populated.client.create_experiment("secret", (tmp_path / "private").as_uri())
    run = own_populated.client.create_run(secret).info.run_id
    (tmp_path / "private").mkdir()
    (tmp_path / "private" / "key").write_text("secret")
    change(
        own_populated, f"update runs set artifact_uri = '{(tmp_path / 'private').as_uri()}' where run_uuid = '{run}'"
    )
    made = back_up(own_populated.uri, FIXTURE, tmp_path / "monday.tar.gz", cache)
    assert not made.is_whole
    assert {(one.what, one.count, one.why) for one in made.left_out} == {
        ("s3://chalk", 1, making.NOT_HERE),
        (tmp_path.as_uri(), 1, making.NOT_THEIRS),
    }
    assert not [name for name in made.members if name.endswith("key")]


def test_nothing_that_is_there_goes_unless_somebody_says_so_and_then_it_is_set_aside(
    own_populated: Store, cache: Path, backup: Path, everything: Tell
) -> None:
    line = find_runs(own_populated, "attributes.run_name = 'line'").ids[0]
    own_populated.client.set_tag(line, "late", "yes")
    now = everything(own_populated, cache)
    with pytest.raises(StoreError, match=r"Nothing is to be lost, but this is there: .*mlflow\.db.*class\.db"):
        restore(backup, own_populated.uri, FIXTURE, cache)
    assert everything(own_populated, cache) == now
    came = restore(backup, own_populated.uri, FIXTURE, cache, replace=True)
    assert "late" not in open_store(own_populated.uri).client.get_run(line).data.tags
    kept = {path.relative_to(folder).as_posix() for folder in came.aside for path in folder.rglob("*")}
    assert {"mlflow.db", "class.db", "wine.csv", "snapshots/old.parquet"} <= kept
    assert len(came.aside) == 2


def test_pizarra_that_runs_is_asked_to_end(own_populated: Store, cache: Path, backup: Path, everything: Tell) -> None:
    running = ClassFile(cache)
    running.write_down("now", "a lesson")
    with pytest.raises(StoreError, match=r"Pizarra is running: .*class\.db is in use"):
        restore(backup, own_populated.uri, FIXTURE, cache, replace=True)
    running.close()


@pytest.mark.part(3)
@pytest.mark.parametrize("at", ["_exchange_own", "_exchange_files", "_exchange_rows"])
def test_whatever_fails_leaves_all_as_it_was(
    at: str, own_populated: Store, cache: Path, backup: Path, everything: Tell, monkeypatch: pytest.MonkeyPatch
) -> None:
    change(own_populated, "update runs set name = 'changed'")
    before = everything(own_populated, cache)
    real = getattr(restoring, at)

    def fails(*given: object) -> None:
        real(*given)
        raise OSError("the disk went away")

    monkeypatch.setattr(restoring, at, fails)
    with pytest.raises(StoreError, match="could not be brought back: the disk went away"):
        restore(backup, own_populated.uri, FIXTURE, cache, replace=True)
    assert everything(own_populated, cache) == before
    assert not list(cache.glob("before-*"))


def damage(file: Path, how: str) -> None:
    content = bytearray(file.read_bytes())
    if how == "cut":
        file.write_bytes(content[: len(content) // 2])
    elif how == "a bit":
        content[len(content) // 2] ^= 1
        file.write_bytes(content)
    elif how == "no backup":
        file.write_bytes(b"chalk")
    else:
        with tarfile.open(file) as tar:
            members = [(one, tar.extractfile(one).read()) for one in tar]  # type: ignore[union-attr]
        with gzip.open(file, "wb") as zipped, tarfile.open(fileobj=zipped, mode="w") as tar:
            for one, said in members:
                if how == "a file less" and one.name.endswith("MLmodel"):
                    continue
                if how == "outside" and one.name.endswith("wine.csv"):
                    one.name = "own/../../wine.csv"
                tar.addfile(one, io.BytesIO(said))


@pytest.mark.part(5)
@pytest.mark.parametrize("how", ["cut", "a bit", "no backup", "a file less", "outside"])
def test_a_damaged_backup_is_found_before_anything_changes(
    how: str, own_populated: Store, cache: Path, backup: Path, everything: Tell
) -> None:
    before = everything(own_populated, cache)
    damage(backup, how)
    with pytest.raises(StoreError, match="The backup is damaged, or is none"):
        check(backup)
    with pytest.raises(StoreError, match="The backup is damaged, or is none"):
        restore(backup, own_populated.uri, FIXTURE, cache, replace=True)
    assert everything(own_populated, cache) == before


def test_a_full_disk_leaves_no_half_of_a_backup_nor_of_a_store(
    own_populated: Store, cache: Path, backup: Path, tmp_path: Path
) -> None:
    with small_disks.small_disk(tmp_path / "small", 1) as small:
        (small / "half").write_bytes(bytes(900_000))
        with pytest.raises(StoreError, match="The disk is full"):
            back_up(own_populated.uri, FIXTURE, small / "monday.tar.gz", cache)
        assert [path.name for path in small.iterdir()] == ["half"]
        with pytest.raises(StoreError, match="The disk is full"):
            restore(backup, f"sqlite:///{small / 'mlflow.db'}", FIXTURE, small / "cache")
        assert [path.name for path in small.iterdir()] == ["half"]


@pytest.mark.long
def test_five_who_write_meanwhile_lose_nothing_and_the_backup_is_of_one_moment(
    own_populated: Store, cache: Path, tmp_path: Path
) -> None:
    stop, failed = Event(), list[Exception]()

    def write(name: str) -> None:
        with closing(sqlite3.connect(database(own_populated), timeout=30)) as connection:
            while not stop.is_set():
                try:
                    for half in "ab":  # both or none of it
                        connection.execute(
                            "insert into experiment_tags (experiment_id, key, value) values (0, ?, '1')",
                            (f"{name}-{half}-{connection.total_changes // 2}",),
                        )
                    connection.commit()
                except sqlite3.Error as error:
                    failed.append(error)
                stop.wait(0.002)

    threads = [Thread(target=write, args=(str(number),)) for number in range(5)]
    for thread in threads:
        thread.start()
    try:
        for number in range(3):
            back_up(own_populated.uri, FIXTURE, tmp_path / f"{number}.tar.gz", cache)
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    assert failed == []
    for number in range(3):
        uri = f"sqlite:///{tmp_path / str(number) / 'mlflow.db'}"
        restore(tmp_path / f"{number}.tar.gz", uri, FIXTURE, tmp_path / f"cache{number}")
        with closing(sqlite3.connect(sqlite_path(uri) or "")) as connection:
            tags = [key for (key,) in connection.execute("select key from experiment_tags where key glob '[0-4]-*'")]
        assert {key for key in tags if "-a-" in key} == {key.replace("-b-", "-a-") for key in tags if "-b-" in key}


def test_files_that_the_log_puts_in_the_place_of_others_meanwhile_are_in_it(
    own_populated: Store, cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stream = folder_of_store(cache, name_of(own_populated.uri)) / "iris" / "2026-11-28.asked.ab.000002.arrows"
    stream.write_bytes(b"rows")
    real = making.Packing.add

    def add(packed: making.Packing, name: str, path: Path) -> bool:
        with suppress(FileNotFoundError):
            stream.rename(stream.with_suffix(".parquet"))
        return real(packed, name, path)

    monkeypatch.setattr(making.Packing, "add", add)
    made = back_up(own_populated.uri, FIXTURE, tmp_path / "monday.tar.gz", cache)
    assert made.is_whole
    assert [name for name in made.members if name.endswith("000002.parquet")]


def test_only_who_presents_keeps_or_brings_back(
    own_populated: Store, cache: Path, backup: Path, tmp_path: Path
) -> None:
    with pytest.raises(ForbiddenError):
        back_up(own_populated.uri, LUZ, tmp_path / "other.tar.gz", cache)
    with pytest.raises(ForbiddenError):
        restore(backup, own_populated.uri, LUZ, cache, replace=True)


@pytest.mark.part(2)
@pytest.mark.parametrize(
    ("uri", "words"),
    [
        ("http://me:secret@mlflow:5000", r"behind a server, http://me:…@mlflow:5000"),
        (
            "mssql+pyodbc://me:secret@host/db",
            r"PostgreSQL or MariaDB, but mssql\+pyodbc://me:…@host/db is none",
        ),
        ("sqlite:////nowhere/mlflow.db", "There is no store at"),
    ],
)
def test_a_store_that_is_not_ours_to_keep_is_named(uri: str, words: str, cache: Path, tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=words):
        back_up(uri, FIXTURE, tmp_path / "monday.tar.gz", cache)
    assert list(tmp_path.glob("*monday*")) == []


def test_our_own_files_alone_come_and_go_without_a_store(cache: Path, tmp_path: Path) -> None:
    file = tmp_path / "own.tar.gz"
    made = back_up("http://mlflow:5000", FIXTURE, file, cache, own_only=True)
    assert all(name.startswith("own/") or name == "about.json" for name in made.members)
    restore(file, "http://mlflow:5000", FIXTURE, tmp_path / "cache2")
    opened = ClassFile(tmp_path / "cache2")
    assert opened.said("lesson") == "chalk"
    opened.close()


def test_no_backup_takes_the_place_of_another_or_lies_among_what_it_keeps(
    own_populated: Store, cache: Path, backup: Path
) -> None:
    content = backup.read_bytes()
    with pytest.raises(StoreError, match="is there already, and no backup takes the place of another"):
        back_up(own_populated.uri, FIXTURE, backup, cache)
    assert backup.read_bytes() == content
    with pytest.raises(StoreError, match="must not lie among what it keeps"):
        back_up(own_populated.uri, FIXTURE, cache / "monday.tar.gz", cache)


def test_a_backup_of_a_newer_pizarra_is_not_guessed_at(backup: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.backup.manifest.FORMAT", 0)
    with pytest.raises(PizarraError, match="made by a newer Pizarra"):
        read(backup)


def test_only_we_may_read_a_backup(backup: Path) -> None:
    assert backup.stat().st_mode & 0o777 == 0o600
