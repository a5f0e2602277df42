"""Answers made before, in a SQLite file beside the caches: who reads sees a batch whole, and waits for no writer."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from pathlib import Path
from time import time
from uuid import uuid4

from core.database import ReadBesideFile
from core.foreign_json import read_json
from core.i18n import N_
from core.prediction.tables.identified import IdentifiedRow
from core.serving.precomputed.batches import UNTOUCHED, Batch, Found, Place, gone, read, written

NAME = "precomputed.db"
MOST_TOLD = 5
# A batch is in ``batches`` while it is written
TABLES = """
create table if not exists batches (name text primary key, touched real not null) strict;
create table if not exists places (
    store text not null, model text not null, which text not null, batch text not null, about text not null,
    primary key (store, model, which)
) strict;
create table if not exists answers (
    batch text not null, id text not null, answer text not null, problem text not null, primary key (batch, id)
) strict, without rowid;
"""
_FIND = """
select about, answer, problem from places left join answers on answers.batch = places.batch and answers.id = ?
where store = ? and model = ? and which = ?
"""
_ANY = """
select id from places join answers on answers.batch = places.batch
where store = ? and model = ? and which = ? and problem = '' limit 1
"""
_ADD = """
insert into answers
select ?, json_extract(value, '$[0]'), json_extract(value, '$[1]'), json_extract(value, '$[2]') from json_each(?)
"""
_PUT = """
insert into places select ?, ?, ?, ?, ? where exists (select 1 from batches where name = ?)
on conflict do update set batch = excluded.batch, about = excluded.about
"""
_DOUBLE = """
select json_extract(value, '$[0]') as given from json_each(:rows)
group by given having count(*) > 1 or exists (select 1 from answers where batch = :batch and answers.id = given)
limit :most
"""


class SqliteTable:
    """Answers made before, in a folder. Threads and programs may share it."""

    def __init__(self, folder: Path) -> None:
        self._file = ReadBesideFile(
            folder / NAME,
            TABLES,
            N_("The file of answers made before must be readable and writable, but {path} is not: {reason}."),
            N_("Make room for it, or set PIZARRA_CACHE_DIR to a folder of your own on this computer and start again."),
        )

    def begin(self) -> str:
        """Begin a batch, and return what it is called here; what programs that ended left behind is forgotten."""
        for (left,) in self._file.rows("select name from batches where touched < ?", [time() - UNTOUCHED]):
            self.drop(left)
        name = uuid4().hex
        self._file.write_rows("insert into batches values (?, ?)", [name, time()])
        return name

    def add(self, batch: str, rows: Sequence[IdentifiedRow]) -> Sequence[str]:
        """Add rows to it; where ids are there already, add none and return some of them."""
        said = json.dumps([[row.id, json.dumps(row.answer), row.problem] for row in rows])
        if not self._file.write_rows("update batches set touched = ? where name = ?", [time(), batch]):
            raise gone()
        try:
            self._file.write_rows(_ADD, [batch, said])
        except sqlite3.IntegrityError:
            values = {"rows": said, "batch": batch, "most": MOST_TOLD}
            return [str(double) for (double,) in self._file.rows(_DOUBLE, values)]
        return ()

    def put_in_force(self, place: Place, batch: str, about: Batch) -> None:
        """Have it answer at a place from now on, in the stead of the one before."""
        before = self._file.rows("select batch from places where store = ? and model = ? and which = ?", _key(place))
        for (name,) in before:  # said first, so that nothing is left behind for ever wherever this ends
            self._file.write_rows("insert or replace into batches values (?, 0)", [name])
        if not self._file.write_rows(_PUT, [*_key(place), batch, written(about), batch]):
            raise gone()
        self._file.write_rows("delete from batches where name = ?", [batch])
        for (name,) in before:
            self.drop(name)

    def drop(self, batch: str) -> None:
        """Forget one that is not in force."""
        kept = "(select batch from places)"
        self._file.write_rows(f"delete from answers where batch = ? and batch not in {kept}", [batch])  # noqa: S608
        self._file.write_rows(f"delete from batches where name = ? and name not in {kept}", [batch])  # noqa: S608

    def find(self, place: Place, row_id: str) -> Found | None:
        """Return what is kept at a place of an id, None where nothing is kept there at all."""
        found = self._file.rows(_FIND, [row_id, *_key(place)])
        if not found:
            return None
        ((about, answer, problem),) = found
        row = None if answer is None else IdentifiedRow(row_id, read_json(answer), problem)
        return Found(read(about), row)

    def an_id(self, place: Place) -> str | None:
        """Return the id of a row that is answered at a place, None where there is none."""
        found = self._file.rows(_ANY, _key(place))
        return found[0][0] if found else None

    def close(self) -> None:
        """Let it go."""
        self._file.close()


def _key(place: Place) -> tuple[str, str, str]:
    return place.store, place.model, place.which
