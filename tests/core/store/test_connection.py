from __future__ import annotations

import hashlib
import shutil
import socket
import sqlite3
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest
import sqlalchemy
from mlflow.exceptions import MlflowException
from mlflow.store.tracking.dbmodels.initial_models import Base as FirstTables

from core.errors import StoreError
from core.store.changes import change_token
from core.store.connection import OldSchemaError, Store, copy_store, open_store, sqlite_path
from core.store.runs.tracking import list_experiments, list_runs
from tests.fixtures.actors import ANA
from tests.fixtures.dashboards import free_port
from tests.fixtures.stores import OLD_REVISION, old_database


@pytest.fixture(scope="session")
def antique(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database of an older MLflow; copy it, never open it."""
    path = tmp_path_factory.mktemp("antique") / "mlflow.db"
    old_database(path)
    return path


@pytest.fixture
def old_path(antique: Path, tmp_path: Path) -> Path:
    return Path(shutil.copy(antique, tmp_path / "old.db"))


def fingerprints(folder: Path) -> dict[str, str]:
    return {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in folder.iterdir() if file.is_file()}


def set_revision(path: Path, revision: str) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("update alembic_version set version_num = ?", (revision,))
        connection.commit()


def test_a_missing_file_is_made_with_its_folder(migrated_database: Path) -> None:
    assert migrated_database.exists()
    assert [e.name for e in list_experiments(open_store(f"sqlite:///{migrated_database}"))] == ["Default"]


def test_a_store_is_opened_once(store: Store) -> None:
    assert open_store(store.uri) is store


@pytest.mark.parametrize(
    ("uri", "folder"),
    [("./mlruns", "./mlruns"), ("/home/me/mlruns", "/home/me/mlruns"), ("file:///home/me/mlruns", "/home/me/mlruns")],
)
def test_a_folder_of_files_is_refused_with_the_command_that_converts_it(
    uri: str, folder: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)  # where there is no mlflow.db yet
    with pytest.raises(StoreError, match="is a folder of files, which MLflow no longer supports") as refusal:
        open_store(uri)
    assert refusal.value.commands == (
        f"mlflow migrate-filestore --source {folder} --target sqlite:///mlflow.db",
        f"python -m trainers convert {folder} mlflow.db",
        "export MLFLOW_TRACKING_URI=sqlite:///mlflow.db",
    )


def test_the_commands_that_convert_a_folder_name_a_database_that_is_not_there_yet(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mlflow.db").touch()
    with pytest.raises(StoreError) as refusal:
        open_store("my runs")
    assert refusal.value.commands[0].endswith("--source 'my runs' --target sqlite:///mlflow-2.db")


def test_an_old_schema_is_refused_and_not_a_byte_is_changed(old_path: Path) -> None:
    before = fingerprints(old_path.parent)
    with pytest.raises(OldSchemaError, match=rf"schema {OLD_REVISION}, this one needs \w+\)\. Nothing was changed"):
        open_store(f"sqlite:///{old_path}")
    assert fingerprints(old_path.parent) == before


def test_tables_from_before_revisions_were_counted_are_an_old_schema(tmp_path: Path) -> None:
    engine = sqlalchemy.create_engine(f"sqlite:///{tmp_path / 'first.db'}")
    FirstTables.metadata.create_all(engine)
    engine.dispose()
    before = fingerprints(tmp_path)
    with pytest.raises(OldSchemaError, match=r"schema before 1\.0"):
        open_store(f"sqlite:///{tmp_path / 'first.db'}")
    assert fingerprints(tmp_path) == before


def test_options_in_the_address_do_not_hide_an_old_schema(old_path: Path) -> None:
    before = fingerprints(old_path.parent)
    with pytest.raises(OldSchemaError):
        open_store(f"sqlite:///{old_path}?timeout=30")
    assert fingerprints(old_path.parent) == before


@pytest.mark.long
def test_the_copy_of_an_old_store_opens_and_the_original_keeps_every_byte(old_path: Path) -> None:
    before = fingerprints(old_path.parent)
    copy = open_store(copy_store(f"sqlite:///{old_path}", ANA))
    runs = list_runs(copy, [experiment.experiment_id for experiment in list_experiments(copy)])
    assert list(runs.info["name"]) == ["an old run"]
    after = fingerprints(old_path.parent)
    assert after["old.db"] == before["old.db"]
    copied = sqlite_path(copy.uri)
    assert copied is not None
    assert copied.parent == old_path.parent
    assert after.keys() == {"old.db", copied.name}
    with pytest.raises(OldSchemaError):
        open_store(f"sqlite:///{old_path}")


def test_a_schema_of_the_future_cannot_be_copied_and_leaves_nothing_behind(old_path: Path) -> None:
    set_revision(old_path, "f00000000000")
    before = fingerprints(old_path.parent)
    with pytest.raises(StoreError, match=r"written by a newer MLflow \(schema f00000000000"):
        open_store(f"sqlite:///{old_path}")
    with pytest.raises(StoreError, match=r"could not be brought up to date: .*newer MLflow"):
        copy_store(f"sqlite:///{old_path}", ANA)
    assert fingerprints(old_path.parent) == before


def test_only_a_file_can_be_copied() -> None:
    with pytest.raises(StoreError, match=r"Only a SQLite file can be copied, but the store is http://me:…@there"):
        copy_store("http://me:secret@there:5000", ANA)


@pytest.mark.parametrize("scheme", ["postgresql", "postgresql+psycopg2", "mysql+pymysql"])
def test_a_database_whose_server_is_gone_does_not_answer(scheme: str) -> None:
    with pytest.raises(StoreError, match=r"The MLflow store .*:…@127\.0\.0\.1.* does not answer"):
        open_store(f"{scheme}://me:secret@127.0.0.1:{free_port()}/mlflow")


def test_a_file_that_is_no_database_is_refused_and_kept(tmp_path: Path) -> None:
    path = tmp_path / "letter.db"
    path.write_text("Dear reader,\n" * 100)
    before = fingerprints(tmp_path)
    with pytest.raises(StoreError, match=r"must be an MLflow database, but .*letter\.db cannot be read as one"):
        open_store(f"sqlite:///{path}")
    assert fingerprints(tmp_path) == before


def test_a_folder_in_place_of_the_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "mlflow.db").mkdir()
    with pytest.raises(StoreError, match="cannot be read as one"):
        open_store(f"sqlite:///{tmp_path / 'mlflow.db'}")


def test_a_place_where_no_file_can_be_made_is_refused() -> None:
    with pytest.raises(StoreError, match=r"sqlite:////proc/nowhere/mlflow\.db does not answer"):
        open_store("sqlite:////proc/nowhere/mlflow.db")


def test_a_server_that_is_not_there_is_said_within_seconds() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound but not listening: connections are refused
        address = f"http://me:secret@127.0.0.1:{taken.getsockname()[1]}"
        start = time.monotonic()
        with pytest.raises(StoreError, match="does not answer") as refusal:
            open_store(address)
    assert time.monotonic() - start < 10
    assert "secret" not in str(refusal.value)


@pytest.mark.parametrize(
    "uri",
    [
        "postgresql://me:secret@127.0.0.1:1/mlflow",
        "postgresql://me:secret/with@signs@127.0.0.1:1/mlflow",
        "mysql+pymysql://127.0.0.1:1/mlflow?user=me&password=secret",
        "ftp://me:secret@there/mlruns",
    ],
)
def test_a_password_is_never_shown(uri: str) -> None:
    with pytest.raises(StoreError) as refusal:
        open_store(uri)
    assert "secret" not in str(refusal.value)
    assert "…" in str(refusal.value)


@pytest.mark.parametrize(
    ("scheme", "driver", "package"),
    [
        ("postgresql", "psycopg", "psycopg[binary]"),
        ("postgresql+psycopg2", "psycopg2", "psycopg2-binary"),
        ("postgresql+pg8000", "pg8000", "pg8000"),
        ("mysql", "mysqldb", "mysqlclient"),
        ("mysql+pymysql", "pymysql", "pymysql"),
        ("mssql", "pyodbc", "pyodbc"),
    ],
)
def test_a_driver_that_is_not_installed_is_said_with_the_package_that_brings_it(
    scheme: str, driver: str, package: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in ("psycopg", "psycopg2", "pymysql"):  # the tests have these
        monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(StoreError) as refusal:
        open_store(f"{scheme}://127.0.0.1:1/mlflow")
    assert f"without its driver {driver}, which is not installed" in refusal.value.message
    assert f"Install the Python package {package} where Pizarra runs" in refusal.value.hint


def test_an_address_of_no_known_driver_is_refused() -> None:
    with pytest.raises(StoreError, match="cannot be reached: Can't load plugin"):
        open_store("postgresql+chalk://127.0.0.1:1/mlflow")


@pytest.mark.parametrize(
    ("uri", "path"),
    [
        ("sqlite:///mlflow.db", Path("mlflow.db")),
        ("sqlite:////data/mlflow.db", Path("/data/mlflow.db")),
        ("sqlite+pysqlite:////data/mlflow.db?timeout=5", Path("/data/mlflow.db")),
        ("http://localhost:5000", None),
        ("postgresql://localhost/mlflow", None),
    ],
)
def test_the_file_of_a_store_is_known_by_its_address(uri: str, path: Path | None) -> None:
    assert sqlite_path(uri) == path


def names(store: Store) -> list[str]:
    return sorted(experiment.name for experiment in list_experiments(store))


@pytest.fixture
def path(store: Store) -> Path:
    found = sqlite_path(store.uri)
    assert found is not None
    return found


@pytest.fixture
def other(migrated_database: Path, tmp_path: Path) -> Path:
    """The file of another store."""
    copy = Path(shutil.copy(migrated_database, tmp_path / "other.db"))
    open_store(f"sqlite:///{copy}").client.create_experiment("another")
    return copy


@pytest.mark.sqlite_only(reason="only a file is removed or replaced")
def test_a_store_whose_file_is_gone_is_said_and_not_made_again(store: Store, path: Path) -> None:
    path.rename(path.with_suffix(".away"))
    for _ in range(2):
        with pytest.raises(StoreError, match=r"mlflow\.db is gone: it was removed, moved or renamed"):
            open_store(store.uri)
        with pytest.raises(StoreError, match="does not answer"):
            list_experiments(store)
        with pytest.raises(MlflowException):
            store.client.create_experiment("nowhere")
    assert not path.exists()


@pytest.mark.sqlite_only(reason="only a file is removed or replaced")
def test_a_file_that_is_put_back_is_the_store_again(store: Store, path: Path) -> None:
    store.client.create_experiment("kept")
    path.rename(path.with_suffix(".away"))
    with pytest.raises(StoreError, match="is gone"):
        open_store(store.uri)
    path.with_suffix(".away").rename(path)
    assert open_store(store.uri) is store
    assert names(store) == ["Default", "kept"]


@pytest.mark.sqlite_only(reason="only a file is removed or replaced")
def test_another_file_in_the_place_of_a_stores_is_another_store(store: Store, path: Path, other: Path) -> None:
    store.client.create_experiment("before")
    before = change_token(store)
    shutil.move(other, path)
    now = open_store(store.uri)
    assert now != store
    assert now.replaced is not None
    assert names(now) == names(store) == ["Default", "another"]  # nobody is shown what is gone
    assert change_token(now) != before
    now.client.create_experiment("after")
    with closing(sqlite3.connect(path)) as database:
        assert ("after",) in database.execute("select name from experiments").fetchall()


@pytest.mark.sqlite_only(reason="only a file is removed or replaced")
def test_a_file_without_a_store_in_the_place_of_one_is_said_and_left_alone(store: Store, path: Path) -> None:
    (path.parent / "empty").touch()
    (path.parent / "empty").rename(path)
    with pytest.raises(StoreError, match="was replaced by one that holds no MLflow store"):
        open_store(store.uri)
    assert path.stat().st_size == 0


@pytest.mark.sqlite_only(reason="only a file is removed or replaced")
def test_an_old_store_in_the_place_of_another_is_refused_as_such(store: Store, path: Path, old_path: Path) -> None:
    shutil.move(old_path, path)
    with pytest.raises(OldSchemaError):
        open_store(store.uri)


def test_who_may_not_make_a_store_is_told_that_there_is_none(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="is gone"):
        open_store(f"sqlite:///{tmp_path / 'none.db'}", make=False)
    assert not (tmp_path / "none.db").exists()
