"""All rows of a database in one file, and back: by SQLite's own backup, or by the programs of PostgreSQL and MariaDB.

Passwords stand in the environment of these programs, or in a file that only we may read: a command line is for all to
see.
"""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

import sqlalchemy as sa

from core.errors import StoreError
from core.i18n import N_
from core.passwords import without_password
from core.settings import environment_with
from core.store.addresses import is_empty
from core.store.connection import SERVERS, read_only_uri, reading_engine, sqlite_path

SQLITE, POSTGRESQL, MARIADB = "sqlite", "postgresql", "mysql"
NAMES = {SQLITE: "store.db", POSTGRESQL: "store.dump", MARIADB: "store.sql"}  # of the file that holds the rows
_PROGRAMS = {
    "pg_dump": "postgresql-client", "pg_restore": "postgresql-client",
    "mariadb-dump": "mariadb-client", "mariadb": "mariadb-client",
}  # fmt: skip
_OLD_NAMES = {"mariadb-dump": "mysqldump", "mariadb": "mysql"}  # what MySQL calls them
# What may stand behind the question mark of an address, and how PostgreSQL's programs are told
_OF_ADDRESS = {
    "host": "PGHOST", "port": "PGPORT", "options": "PGOPTIONS", "sslmode": "PGSSLMODE", "sslcert": "PGSSLCERT",
    "sslkey": "PGSSLKEY", "sslrootcert": "PGSSLROOTCERT", "service": "PGSERVICE",
}  # fmt: skip
_COMPLETED = b"-- Dump completed"  # the last line of MariaDB's


def kind_of(uri: str) -> str:
    """Return what a store is, by its address.

    Raises:
        StoreError: something of which we cannot make a backup.
    """
    scheme = uri.partition(":")[0].split("+")[0]
    if scheme in NAMES:
        return scheme
    if scheme in SERVERS:
        raise StoreError(
            N_("The store is behind a server, {uri}, and only its own database and files hold all of it."),
            N_("Make the backup where that server runs, with MLFLOW_TRACKING_URI set to its database. Here, --own "
               "takes Pizarra's own files alone."),
            uri=without_password(uri),
        )  # fmt: skip
    raise StoreError(
        N_("A store can be kept and brought back that is SQLite, PostgreSQL or MariaDB, but {uri} is none."),
        N_("Use the tools of its maker for it. Here, --own takes Pizarra's own files alone."),
        uri=without_password(uri),
    )


@contextmanager
def reading(uri: str) -> Iterator[sa.Connection]:
    """Read a database in one transaction, which sees it as it was at its begin; nothing of it is changed."""
    path = sqlite_path(uri)
    if path is not None and not path.is_file():
        raise StoreError(N_("There is no store at {uri}."), N_("Check MLFLOW_TRACKING_URI."), uri=uri)
    engine = _engine(uri)
    try:
        with engine.connect() as connection:
            yield connection
    except sa.exc.DBAPIError as error:
        raise _unreadable(uri, error) from error
    finally:
        engine.dispose()


def dump(connection: sa.Connection, uri: str, file: Path) -> None:
    """Write all rows into ``file``, as ``connection`` sees them; others may go on writing.

    MariaDB's program sees them as they are a moment later.

    Raises:
        StoreError: a program is missing, or refuses.
    """
    kind, url = kind_of(uri), sa.make_url(uri)
    if kind == SQLITE:
        source = sqlite3.connect(read_only_uri(sqlite_path(uri) or Path()), uri=True, timeout=20)
        with closing(source), closing(sqlite3.connect(file)) as target:
            source.backup(target)
    elif kind == POSTGRESQL:
        snapshot = str(connection.execute(sa.text("select pg_export_snapshot()")).scalar_one())
        _run(
            "pg_dump", ["--format=custom", "--no-owner", "--no-privileges", f"--snapshot={snapshot}", f"--file={file}"],
            _pg_environment(url),
        )  # fmt: skip
    else:
        with _defaults(url, file.parent) as defaults, file.open("wb") as target:
            _run(
                "mariadb-dump",
                [defaults, "--single-transaction", "--quick", "--hex-blob", "--skip-lock-tables",
                 "--default-character-set=utf8mb4", url.database or ""],
                {}, stdout=target.fileno(),
            )  # fmt: skip


def check_empty(uri: str) -> None:
    """Refuse a PostgreSQL or MariaDB that has tables: only in an empty one nothing is lost, whatever happens.

    Raises:
        StoreError: it has.
    """
    with reading(uri) as connection:
        if not is_empty(connection):
            raise StoreError(
                N_("Rows come back only into an empty database, but {uri} has tables. Nothing was changed."),
                N_("Make a new database beside it, set MLFLOW_TRACKING_URI to that one and try again."),
                uri=without_password(uri),
            )


def load(uri: str, file: Path, then: Callable[[sa.Connection], None]) -> None:
    """Bring all rows of ``file`` into the empty database at ``uri``, and do ``then`` in one transaction.

    Raises:
        StoreError: a program is missing, or refuses; what of it is there then is said.
    """
    check_empty(uri)
    url = sa.make_url(uri)
    if kind_of(uri) == POSTGRESQL:
        # In one transaction; the schema that every database has from the start is in the dump of newer servers
        options = ["--no-owner", "--no-privileges", "--single-transaction", "--exit-on-error"]
        _run("pg_restore", [*options, f"--dbname={url.database}", str(file)], _pg_environment(url))
    else:
        with file.open("rb") as source:
            source.seek(max(0, file.stat().st_size - 200))
            if _COMPLETED not in source.read():
                raise StoreError(N_("The rows in the backup end too early."), N_("Take another backup."))
            source.seek(0)
            with _defaults(url, file.parent) as defaults:
                command = [defaults, "--default-character-set=utf8mb4", url.database or ""]
                _run("mariadb", command, {}, stdin=source.fileno())
    engine = sa.create_engine(uri)
    try:
        with engine.begin() as connection:
            then(connection)
    except sa.exc.DBAPIError as error:
        raise StoreError(
            N_("All rows came back, but where files are could not be written into them: {reason}"),
            N_("Choose a shorter --files, remove the database, make it anew and try again."),
            reason=str(error.orig)[:300],
        ) from error
    finally:
        engine.dispose()


def move_in_file(file: Path, then: Callable[[sa.Connection], None]) -> None:
    """Do something in one transaction to a SQLite file that nobody else knows."""
    engine = sa.create_engine("sqlite://", creator=lambda: sqlite3.connect(file))
    try:
        with engine.begin() as connection:
            then(connection)
    finally:
        engine.dispose()


def reason_against(file: Path) -> str:
    """Return what SQLite finds wrong with a file, empty where it is whole."""
    try:
        with closing(sqlite3.connect(read_only_uri(file), uri=True)) as database:
            said = str(database.execute("pragma integrity_check(1)").fetchone()[0])
    except sqlite3.Error as error:
        return str(error)
    return "" if said == "ok" else said


def _engine(uri: str) -> sa.Engine:
    try:
        engine = reading_engine(uri)
        return engine if sqlite_path(uri) else engine.execution_options(isolation_level="REPEATABLE READ")
    except (ImportError, sa.exc.ArgumentError) as error:
        raise _unreadable(uri, error) from error


def _unreadable(uri: str, error: Exception) -> StoreError:
    said = str(getattr(error, "orig", None) or error)
    return StoreError(
        N_("The database {uri} cannot be read: {reason}"),
        N_("Check that it is running and that MLFLOW_TRACKING_URI is right, then try again."),
        uri=without_password(uri),
        reason=without_password(said)[:300],
    )


def _pg_environment(url: sa.URL) -> dict[str, str]:
    """Return what tells PostgreSQL's programs where to go, and as whom."""
    said = {
        "PGHOST": url.host, "PGPORT": url.port, "PGUSER": url.username, "PGPASSWORD": url.password,
        "PGDATABASE": url.database,
    }  # fmt: skip
    more = {_OF_ADDRESS[name]: value for name, value in url.query.items() if name in _OF_ADDRESS}
    return {name: str(value) for name, value in {**said, **more}.items() if value}


@contextmanager
def _defaults(url: sa.URL, folder: Path) -> Iterator[str]:
    """Write what MariaDB's programs must know into a file that only we may read; yield how they are told of it."""
    said = {
        "host": url.host, "port": url.port, "user": url.username, "password": url.password,
        "socket": url.query.get("unix_socket"), "ssl-ca": url.query.get("ssl_ca"),
    }  # fmt: skip
    lines = [f"{name}={_quoted(str(value))}\n" for name, value in said.items() if value]
    file = folder / "client.cnf"
    file.touch(mode=0o600)
    try:
        file.write_text("".join(["[client]\n", *lines]), encoding="utf-8")
        yield f"--defaults-extra-file={file}"
    finally:
        file.unlink(missing_ok=True)


def _quoted(value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _run(
    program: str, words: Sequence[str], more: Mapping[str, str], stdin: int | None = None, stdout: int | None = None
) -> None:
    found = shutil.which(program) or shutil.which(_OLD_NAMES.get(program, program))
    if found is None:
        raise StoreError(
            N_("The rows of this database are kept and brought back by the program {program}, which is not here."),
            N_("Install it (Debian: apt-get install {package}), then try again."),
            program=program,
            package=_PROGRAMS[program],
        )
    done = subprocess.run(  # noqa: S603 - found by its name, with words of ours
        [found, *words],
        env=environment_with({"LC_ALL": "C", **more}),
        stdin=subprocess.DEVNULL if stdin is None else stdin,
        stdout=subprocess.DEVNULL if stdout is None else stdout,
        stderr=subprocess.PIPE,
        check=False,
    )
    if done.returncode:
        raise StoreError(
            N_("The program {program} could not do it: {reason}"),
            N_("Look at what it says. If rows were coming back, make the database anew, as it may hold some of them. "
               "Then try again."),
            program=program,
            reason=without_password(done.stderr.decode(errors="replace").strip())[-300:],
        )  # fmt: skip
