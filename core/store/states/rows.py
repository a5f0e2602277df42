"""The rows of a whole database: compared, copied and rewritten, whatever MLflow's tables are."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterator

DATABASE = "store.db"  # what the rows of a state are called, beside its files
SCHEMA_TABLE = "alembic_version"
# What MLflow itself puts into a new store
MADE_WITH_THE_STORE = {SCHEMA_TABLE: 1, "experiments": 1, "workspaces": 1}


def schema(database: sqlite3.Connection) -> str:
    """Return which version of MLflow's tables a database has, empty where it has none."""
    try:
        found = database.execute(f"select version_num from {SCHEMA_TABLE}").fetchone()  # noqa: S608 - our own name
    except sqlite3.OperationalError:
        return ""
    return str(found[0]) if found else ""


def is_unused(database: sqlite3.Connection) -> bool:
    """Tell whether nothing but MLflow ever wrote into a store: no run, no model, no experiment of anybody's."""
    if not schema(database) or database.execute("select 1 from experiments where experiment_id <> 0").fetchone():
        return False
    return all(_count(database, table) <= MADE_WITH_THE_STORE.get(table, 0) for table in _tables(database))


def are_same(one: sqlite3.Connection, other: sqlite3.Connection) -> bool:
    """Tell whether two databases hold the same, in whatever order."""
    tables = set(_tables(one)) | set(_tables(other))
    return all(_is_same_table(one, other, table) for table in tables)


def replace_rows(target: sqlite3.Connection, source: sqlite3.Connection) -> None:
    """Give every table of ``target`` the rows that it has in ``source``, in a transaction that somebody else ends.

    Both have the same schema; that table is left as it is.
    """
    for table in _tables(target):
        if table == SCHEMA_TABLE:
            continue
        target.execute(f"delete from {_quoted(table)}")  # noqa: S608 - a name of the database's own
        columns = _columns(source, table)
        if columns:
            names, places = ", ".join(map(_quoted, columns)), ", ".join("?" * len(columns))
            found = source.execute(f"select {names} from {_quoted(table)}")  # noqa: S608
            target.executemany(f"insert into {_quoted(table)} ({names}) values ({places})", found)  # noqa: S608


def rewrite(database: sqlite3.Connection, before: str, after: str) -> None:
    """Write ``after`` wherever a text of any table says ``before``."""
    for table in _tables(database):
        for column in _columns(database, table):
            name = _quoted(column)
            database.execute(
                f"update {_quoted(table)} set {name} = replace({name}, ?, ?)"  # noqa: S608
                f" where typeof({name}) = 'text' and instr({name}, ?)",
                (before, after, before),
            )


def texts(database: sqlite3.Connection) -> Iterator[str]:
    """Yield every text of every table."""
    for table in _tables(database):
        for row in database.execute(f"select * from {_quoted(table)}"):  # noqa: S608
            yield from (value for value in row if isinstance(value, str))


def _is_same_table(one: sqlite3.Connection, other: sqlite3.Connection, table: str) -> bool:
    columns = _columns(one, table)
    if not columns or set(columns) != set(_columns(other, table)) or _count(one, table) != _count(other, table):
        return False
    asked = f"select {', '.join(map(_quoted, columns))} from {_quoted(table)}"  # noqa: S608
    return Counter(one.execute(asked)) == Counter(other.execute(asked))


def _tables(database: sqlite3.Connection) -> list[str]:
    found = database.execute("pragma table_list")
    ours = [name for place, name, kind, *_rest in found if (place, kind) == ("main", "table")]
    return sorted(name for name in ours if not name.startswith("sqlite_"))


def _columns(database: sqlite3.Connection, table: str) -> list[str]:
    return [about[1] for about in database.execute(f"pragma table_info({_quoted(table)})")]


def _count(database: sqlite3.Connection, table: str) -> int:
    return int(database.execute(f"select count(*) from {_quoted(table)}").fetchone()[0])  # noqa: S608


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
