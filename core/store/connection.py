"""Open an MLflow store without changing it: old schemas and file stores are refused with what to do instead."""

from __future__ import annotations

import shlex
import shutil
import sqlite3
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import chain, count
from pathlib import Path
from threading import Lock
from typing import Any
from urllib.parse import urlparse

import mlflow
import sqlalchemy
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from mlflow.exceptions import MlflowException
from mlflow.store.db.utils import (
    _get_alembic_config,
    _get_latest_schema_revision,
    _upgrade_db,
    create_sqlalchemy_engine,
)
from sqlalchemy.pool import QueuePool

from core.access import Actor
from core.errors import Said, StoreError
from core.i18n import N_
from core.passwords import without_password
from core.store.full_disk import FULL, MAKE_ROOM, is_full
from core.store.refusals import (
    ASK_FOR_RIGHT,
    CHECK_ACCOUNT,
    CHECK_ADDRESS,
    advice_of,
    is_lost,
    is_of_place,
    refusal_of,
    said_by,
    words_of,
)
from core.store.sessions import tell_losses
from core.store.store_file import file_at
from core.systems import IS_WINDOWS

DATABASES = {"sqlite", "postgresql", "mysql", "mssql"}
SERVERS = {"http", "https", "databricks"}
# What pip calls the package of a driver, where that differs from what SQLAlchemy calls the driver
PACKAGES = {
    "psycopg": "psycopg[binary]", "psycopg_async": "psycopg[binary]", "psycopg2": "psycopg2-binary",
    "mysqldb": "mysqlclient", "mysqlconnector": "mysql-connector-python", "mariadbconnector": "mariadb",
}  # fmt: skip
BEFORE_ALL = "before 1.0"  # what is said of tables that have no revision
_opening = Lock()
_opened: dict[str, Store] = {}


class OldSchemaError(StoreError):
    """The database was written by another version of MLflow; nothing was changed."""


@dataclass(frozen=True)
class Store:
    """An open MLflow store.

    ``file`` is which file it is, empty where it is none; ``replaced`` is when it was found in the place of another.
    """

    uri: str
    client: mlflow.MlflowClient
    file: str = ""
    replaced: datetime | None = None


def open_store(uri: str, *, make: bool = True) -> Store:
    """Open the store at ``uri``, once; nothing of it is changed.

    A missing SQLite file is made, unless it was there before or ``make`` is not given. Another file in its place is
    another store.

    Raises:
        StoreError: a folder of files, an unknown scheme, a database that does not answer, or a file that is gone.
        OldSchemaError: a database of another MLflow version; ``copy_store`` makes a copy that can be opened.
    """
    if (store := known_store(uri)) and store.file == _file_of(uri):
        return store
    with _opening:  # two sessions that arrive together must not both create the tables
        if (store := known_store(uri)) and store.file == _file_of(uri):
            return store
        return _opened.setdefault(uri, _open(uri, make=make)) if store is None else _reopen(store)


def name_of(uri: str) -> str:
    """Return what tells a store from others, also from one that was at its address before."""
    return f"{uri}#{_file_of(uri)}"


def known_store(uri: str) -> Store | None:
    """Return the store as it was opened last, None where it was not; nobody looks at it."""
    return _opened.get(uri)


def _reopen(before: Store) -> Store:
    """Open the file that lies in the place of another."""
    uri = before.uri
    if not _file_of(uri):
        raise _gone(uri)
    if _schema_revision(uri) is None:
        raise StoreError(
            N_("The file of the store {uri} was replaced by one that holds no MLflow store. Nothing was changed."),
            N_("Put the right file in its place, then reload this page."),
            uri=without_password(uri),
        )
    _opened[uri] = replace(_open(uri, make=False), replaced=datetime.now(UTC))
    return _opened[uri]


def _gone(uri: str) -> StoreError:
    return StoreError(
        N_("The file of the store {uri} is gone: it was removed, moved or renamed. None was made in its place."),
        N_("Put it back, then reload this page. To begin with an empty store, start Pizarra again."),
        uri=without_password(uri),
    )


def _file_of(uri: str) -> str:
    path = sqlite_path(uri)
    return file_at(path) if path else ""


def _open(uri: str, *, make: bool) -> Store:
    scheme = urlparse(uri).scheme.split("+")[0]
    if scheme in DATABASES:
        path = sqlite_path(uri)
        if path and not make and not path.exists():
            raise _gone(uri)
        _check_schema(uri)
    elif scheme not in SERVERS:
        folder = uri.removeprefix("file://") or "./mlruns"
        raise StoreError(
            N_("The store must be a database or an MLflow server, but {uri} is a folder of files, which MLflow "
               "no longer supports."),
            N_("Convert it once with the first command. That stops, and leaves an empty database, where a deleted "
               "experiment has the name of another one or a metric has the same line twice. The second command works "
               "there too: on a copy, and what was deleted stays deleted. Then start again after the third."),
            commands=_conversion(without_password(folder)),
            uri=without_password(uri),
        )  # fmt: skip
    with answering(uri):
        client = mlflow.MlflowClient(tracking_uri=uri, registry_uri=uri)
        tell_losses(client)
        client.search_experiments(max_results=1)
    return Store(uri, client, _file_of(uri))


@contextmanager
def answering(uri: str) -> Iterator[None]:
    """Say so in our words when a store does not answer, or no longer does.

    Raises:
        StoreError: MLflow could not do what the block asked for.
    """
    try:
        yield
    except (MlflowException, sqlalchemy.exc.SQLAlchemyError, OSError) as error:  # OSError: no folder for a new file
        if is_full(error):
            raise StoreError(FULL, MAKE_ROOM) from error
        if refused := _refused(uri, error):
            raise refused from error
        raise StoreError(
            N_("The MLflow store {uri} does not answer."),
            N_("Check that it is running and that MLFLOW_TRACKING_URI is right, then reload this page."),
            uri=without_password(uri),
        ) from error


class RefusedError(StoreError):
    """The store does not know our account, or does not let it do this."""


def _refused(uri: str, error: BaseException) -> RefusedError | None:
    """Return what to say where a store answers and does not let us."""
    kind, named = refusal_of(error), without_password(uri)
    if kind == "stranger":
        hint = CHECK_ACCOUNT if urlparse(uri).scheme in SERVERS else CHECK_ADDRESS
        return RefusedError(
            N_("The MLflow store {uri} does not let Pizarra in: it does not know the user name and the password, or "
               "the token ({said})."),
            hint,
            uri=named,
            said=said_by(error),
        )  # fmt: skip
    if kind == "forbidden":
        return RefusedError(
            N_("The MLflow store {uri} does not let Pizarra’s account do this ({said})."),
            ASK_FOR_RIGHT,
            uri=named,
            said=said_by(error),
        )
    return None


@contextmanager
def accepting(
    message: str = N_("The store refused the change: {reason}"),
    hint: str = N_("Look at how far it came. {advice}"),
    advice: str = N_("Check that you may change it, then try again."),
) -> Iterator[None]:
    """Say so in our words, or in those given, when a store refuses a change.

    The hint's ``{advice}`` is the one given, unless our account may not do this there.

    Raises:
        StoreError: MLflow, or the library of a place of files, did not do what the block asked for.
    """
    try:
        yield
    except Exception as error:
        # A text that is none, such as half of a sign, cannot even be sent to a server
        kinds = MlflowException | sqlalchemy.exc.SQLAlchemyError | OSError | UnicodeError
        if not (isinstance(error, kinds) or is_of_place(error)):
            raise
        if is_full(error):
            raise StoreError(FULL, MAKE_ROOM) from error
        kind = RefusedError if refusal_of(error) else StoreError
        raise kind(message, hint, reason=words_of(error), advice=Said(advice_of(error, advice))) from error


def pages(search: Any, **arguments: Any) -> Iterator[Any]:
    """Yield what all pages of one of MLflow's searches hold."""
    token = None
    while True:
        page = search(page_token=token, **arguments)
        yield from page
        token = page.token
        if not token:
            return


def _check_schema(uri: str) -> None:
    """Compare the database's schema with the one this MLflow expects; opening it in MLflow would migrate it."""
    found = _schema_revision(uri)
    expected = _get_latest_schema_revision()
    if found not in {None, expected} and not _knows(str(found)):
        raise StoreError(
            N_("The database {uri} was written by a newer MLflow (schema {found}, this one has {expected}). Nothing "
               "was changed."),
            N_("Install the MLflow that wrote it, or restore the backup from before its upgrade."),
            uri=without_password(uri),
            found=found,
            expected=expected,
        )  # fmt: skip
    if found not in {None, expected}:
        raise OldSchemaError(
            N_("The database {uri} was written by another version of MLflow (schema {found}, this one needs "
               "{expected}). Nothing was changed."),
            N_("Work on a copy, or make a backup and run this:"),
            commands=[_command("mlflow", "db", "upgrade", without_password(uri))],
            uri=without_password(uri),
            found=found,
            expected=expected,
        )  # fmt: skip


def _knows(revision: str) -> bool:
    """Tell whether a revision of the tables is one that this MLflow can bring up to date."""
    if revision == BEFORE_ALL:
        return True
    try:
        return ScriptDirectory.from_config(_get_alembic_config("sqlite://")).get_revision(revision) is not None
    except CommandError:
        return False


def _schema_revision(uri: str) -> str | None:
    """Return the database's Alembic revision, or None when it is new or empty."""
    path = sqlite_path(uri)
    if path is not None and not path.exists():
        return None
    try:
        engine = reading_engine(uri)
    except ImportError as error:
        driver = sqlalchemy.make_url(uri).get_driver_name()
        raise StoreError(
            N_("The database {uri} cannot be reached without its driver {driver}, which is not installed here."),
            N_("Install the Python package {package} where Pizarra runs, then start again."),
            uri=without_password(uri),
            driver=driver,
            package=PACKAGES.get(driver, driver),
        ) from error
    except sqlalchemy.exc.ArgumentError as error:
        raise StoreError(
            N_("The database {uri} cannot be reached: {reason}."),
            N_("Check MLFLOW_TRACKING_URI and start again."),
            uri=without_password(uri),
            reason=without_password(str(error)),
        ) from error
    try:
        with engine.connect() as connection:
            tables = sqlalchemy.inspect(connection).get_table_names()
            if "alembic_version" not in tables:
                return BEFORE_ALL if "runs" in tables else None
            return connection.execute(sqlalchemy.text("select version_num from alembic_version")).scalar()
    except sqlalchemy.exc.DatabaseError as error:
        unheard = isinstance(error, sqlalchemy.exc.OperationalError | sqlalchemy.exc.InterfaceError) or is_lost(error)
        if path is None and unheard:
            with answering(uri):  # a server that went away, or does not let us in
                raise
        raise StoreError(
            N_("The store must be an MLflow database, but {uri} cannot be read as one."),
            N_("Check MLFLOW_TRACKING_URI and start again."),
            uri=without_password(uri),
        ) from error
    finally:
        engine.dispose()


def reading_engine(uri: str) -> sqlalchemy.Engine:
    """Return what connects to a database to read it: no SQLite file or MariaDB is written by it, any thread may use it.

    Raises:
        ImportError: its driver is not installed; also ``sqlalchemy.exc.ArgumentError``: nobody knows such an address.
    """
    path = sqlite_path(uri)
    if path is None:
        engine: sqlalchemy.Engine = create_sqlalchemy_engine(uri)  # pool and certificates as MLflow's settings say
        if engine.dialect.name == "mysql":  # PostgreSQL is told so by each moment
            sqlalchemy.event.listen(engine, "connect", _only_read)
        return engine
    return sqlalchemy.create_engine(
        "sqlite://",
        creator=lambda: sqlite3.connect(read_only_uri(path), uri=True, check_same_thread=False),
        poolclass=QueuePool,
    )


def _only_read(connection: Any, _record: object) -> None:
    with connection.cursor() as cursor:
        cursor.execute("set session transaction read only")


def sqlite_path(uri: str) -> Path | None:
    """Return the file of a SQLite store, or None for any other store."""
    if urlparse(uri).scheme.split("+")[0] != "sqlite":
        return None
    return Path(sqlalchemy.make_url(uri).database or ":memory:")


def read_only_uri(path: Path) -> str:
    """Return the address by which SQLite opens a file without ever writing to it; any sign may be in the path."""
    return f"{path.resolve().as_uri()}?mode=ro"


def copy_store(uri: str, actor: Actor) -> str:
    """Copy an old SQLite store beside itself, bring the copy up to date and return the copy's address.

    The original is only read. Artifacts are not copied: the copy points at the same ones.

    Raises:
        StoreError: the store is no SQLite file, or cannot be brought up to date.
        PizarraError: ``actor`` may not.
    """
    actor.check("change_store")
    path = sqlite_path(uri)
    if path is None:
        raise StoreError(
            N_("Only a SQLite file can be copied, but the store is {uri}."),
            N_("Make a backup of the database, then run this:"),
            commands=[_command("mlflow", "db", "upgrade", without_password(uri))],
            uri=without_password(uri),
        )
    copy = path.with_name(f"{path.stem}-pizarra-{time.strftime('%Y%m%d-%H%M%S')}{path.suffix}")
    unfinished = copy.with_suffix(".part")
    with (
        closing(sqlite3.connect(read_only_uri(path), uri=True)) as source,
        closing(sqlite3.connect(unfinished)) as target,
    ):
        source.backup(target)
    engine = sqlalchemy.create_engine(f"sqlite:///{unfinished}")
    try:
        _upgrade_db(engine)
    except (CommandError, sqlalchemy.exc.SQLAlchemyError, MlflowException) as error:
        engine.dispose()  # Windows removes nothing that is open
        unfinished.unlink()
        raise StoreError(
            N_("The copy of {uri} could not be brought up to date: {reason}"),
            N_("It may have been written by a newer MLflow. Install that version, then start again."),
            uri=without_password(uri),
            reason=str(error)[:300],
        ) from error
    finally:
        engine.dispose()
    shutil.move(unfinished, copy)
    return f"sqlite:///{copy}"


def _conversion(folder: str) -> list[str]:
    """Return the commands that convert a folder of files, by MLflow or by us, and that choose what comes of it."""
    names = chain(["mlflow.db"], (f"mlflow-{number}.db" for number in count(2)))
    database = next(name for name in names if not Path(name).exists())  # MLflow would offer to overwrite it
    put = "set" if IS_WINDOWS else "export"
    return [
        _command("mlflow", "migrate-filestore", "--source", folder, "--target", f"sqlite:///{database}"),
        _command("python", "-m", "trainers", "convert", folder, database),
        f"{put} MLFLOW_TRACKING_URI=sqlite:///{database}",
    ]


def _command(*parts: str) -> str:
    return subprocess.list2cmdline(parts) if IS_WINDOWS else shlex.join(parts)
