"""Stores on PostgreSQL and MariaDB: kept by their own programs, and back in a new database."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import sqlalchemy

from core.backup.making import back_up
from core.backup.restoring import restore
from core.errors import StoreError
from core.settings import settings
from core.store import dumps
from core.store.connection import Store, open_store
from core.store.places import local_folder
from tests.fixtures.actors import FIXTURE
from tests.fixtures.databases import change, new_database
from tests.fixtures.mariadb import mariadb
from tests.fixtures.postgres import postgresql

SECRET = "chalk 'n \\\"dust"  # noqa: S105 - of a user made for the test


@pytest.fixture(
    scope="module",
    params=["postgresql+psycopg", pytest.param("mysql+pymysql", marks=pytest.mark.long)],
    ids=["postgresql", "mariadb"],
)
def server(request: pytest.FixtureRequest) -> Iterator[tuple[str, str]]:
    """A server and the scheme of its addresses."""
    with (postgresql if request.param.startswith("postgresql") else mariadb)() as address:
        yield request.param, address


@pytest.fixture
def filled(server: tuple[str, str], tmp_path: Path) -> Store:
    """A store with a run of each kind of trouble, in a database with a password."""
    scheme, address = server
    uri = new_database(address, scheme, f"filled_{tmp_path.name.replace('-', '_').lower()[-20:]}")
    store = open_store(uri)
    experiment = store.client.create_experiment("año é ✎", (tmp_path / "files" / "1").as_uri())
    for number in range(3):
        run = store.client.create_run(experiment, run_name=f"«{number}» \\ ' \" ;--").info.run_id
        store.client.log_metric(run, "f1", number / 7)
        store.client.log_param(run, "text", "ñ\n\t" * 100)
        store.client.log_text(run, f"chalk {number}", "notes.txt")
        store.client.set_terminated(run)
    store.client.create_registered_model("iris")
    store.client.create_model_version("iris", f"runs:/{run}/model", run)
    return store


def rows(uri: str) -> dict[str, list[str]]:
    """Return all rows of all tables, in their own order."""
    engine = sqlalchemy.create_engine(uri)
    with engine.connect() as connection:
        names = sqlalchemy.inspect(connection).get_table_names()
        quoted = engine.dialect.identifier_preparer.quote
        found = {name: connection.execute(sqlalchemy.text(f"select * from {quoted(name)}")).all() for name in names}
    engine.dispose()
    return {name: sorted(map(repr, all_of)) for name, all_of in found.items()}


def sibling(uri: str, name: str) -> str:
    parts = urlsplit(uri)
    return new_database(parts.netloc, parts.scheme, name)


def test_a_database_comes_back_in_a_new_one_with_its_files(filled: Store, tmp_path: Path) -> None:
    before, file = rows(filled.uri), tmp_path / "monday.tar.gz"
    made = back_up(filled.uri, FIXTURE, file, settings().cache_dir)
    assert made.is_whole
    assert made.about.counts["runs"] == 3
    shutil.rmtree(tmp_path / "files")
    uri = sibling(filled.uri, "back")
    with pytest.raises(StoreError, match="Somebody must say where the files"):
        restore(file, uri, FIXTURE, tmp_path / "cache2")
    restore(file, uri, FIXTURE, tmp_path / "cache2", files=tmp_path / "new")
    old, new = (tmp_path / "files").as_uri(), (tmp_path / "new" / "mlartifacts" / "elsewhere-0").as_uri()
    after = {name: sorted(row.replace(new, old) for row in all_of) for name, all_of in rows(uri).items()}
    assert after == before
    back = open_store(uri)
    for run in back.client.search_runs([back.client.get_experiment_by_name("año é ✎").experiment_id]):
        place = local_folder(run.info.artifact_uri)
        assert place is not None
        assert (place / "notes.txt").read_text().startswith("chalk")
    with pytest.raises(StoreError, match="only into an empty database"):
        restore(file, uri, FIXTURE, tmp_path / "cache3", files=tmp_path / "new")


@pytest.mark.long
def test_no_password_stands_on_a_command_line(filled: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    url = sqlalchemy.make_url(filled.uri)
    if url.drivername.startswith("mysql"):
        quoted = SECRET.replace("\\", "\\\\").replace("'", "''")
        change(
            filled.uri,
            "drop user if exists ana@'127.0.0.1'",
            f"create user ana@'127.0.0.1' identified by '{quoted}'",
            "grant all on *.* to ana@'127.0.0.1'",
        )
        filled = Store(url.set(username="ana", password=SECRET).render_as_string(hide_password=False), filled.client)
    else:
        filled = Store(url.set(password=SECRET).render_as_string(hide_password=False), filled.client)
    said, real = list[str](), subprocess.run

    def run(command: list[str], **more: object) -> subprocess.CompletedProcess[bytes]:
        said.extend(map(str, command))
        return real(command, **more)  # type: ignore[call-overload,no-any-return]

    monkeypatch.setattr(dumps.subprocess, "run", run)
    made = back_up(filled.uri, FIXTURE, tmp_path / "monday.tar.gz", settings().cache_dir)
    assert said
    assert "chalk" not in " ".join(said)
    assert "chalk" not in made.about.uri


@pytest.mark.long
def test_a_missing_program_is_named_with_its_package(
    filled: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dumps.shutil, "which", lambda _name: None)
    with pytest.raises(StoreError, match=r"apt-get install (postgresql|mariadb)-client"):
        back_up(filled.uri, FIXTURE, tmp_path / "monday.tar.gz", settings().cache_dir)
    assert not list(tmp_path.glob("*monday*"))


@pytest.mark.long
def test_rows_of_one_kind_do_not_come_into_another(filled: Store, tmp_path: Path) -> None:
    file = tmp_path / "monday.tar.gz"
    back_up(filled.uri, FIXTURE, file, settings().cache_dir)
    with pytest.raises(StoreError, match=r"of the kind (postgresql|mysql), but .* of the kind sqlite"):
        restore(file, f"sqlite:///{tmp_path / 'other.db'}", FIXTURE, tmp_path / "cache2")
