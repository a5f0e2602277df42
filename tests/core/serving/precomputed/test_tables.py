"""What keeps answers that were made before: the same of a file and of a server."""

from __future__ import annotations

import stat
import sys
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from threading import Event, Thread

import pytest

from core.errors import PizarraError
from core.prediction.tables.identified import IdentifiedRow
from core.serving.precomputed import sqlite_table
from core.serving.precomputed.batches import Batch, Place, Table
from core.serving.precomputed.redis_table import RedisTable
from core.serving.precomputed.sqlite_table import NAME, SqliteTable
from core.serving.problems import NotReadyError
from tests.fixtures.redis import key_value_server

PLACE = Place("store", "wine", "Production")
AT = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture(params=["sqlite", pytest.param("redis", marks=pytest.mark.long)])
def table(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Table]:
    if request.param == "sqlite":
        made: Table = SqliteTable(tmp_path)
        yield made
        made.close()
        return
    with key_value_server() as url:
        made = RedisTable(url)
        yield made
        made.close()


def row(row_id: str, answer: object = 5.0, problem: str = "") -> IdentifiedRow:
    return IdentifiedRow(row_id, {} if problem else {"prediction": answer, "probabilities": None}, problem)


def about(rows: Sequence[IdentifiedRow], version: int = 1) -> Batch:
    return Batch(version, "run", None, AT, "Ana", "id", len(rows), sum(not one.problem for one in rows))


def kept(table: Table, rows: Sequence[IdentifiedRow], version: int = 1, place: Place = PLACE) -> str:
    batch = table.begin()
    assert not table.add(batch, rows)
    table.put_in_force(place, batch, about(rows, version))
    return batch


def test_an_answer_is_found_by_its_id_with_what_made_it(table: Table) -> None:
    rows = [row("a", 5.5), row("b", "setosa"), row("c", problem="alcohol is missing")]
    kept(table, rows)
    for one in rows:
        found = table.find(PLACE, one.id)
        assert found is not None
        assert (found.row, found.batch) == (one, about(rows))


def test_ids_are_never_taken_for_each_other(table: Table) -> None:
    ids = ["7", "007", "7.0", " 7", "seven", "SEVEN", "é", "e\u0301", "a/b", "%2F", "'; drop table answers; --", "７"]
    kept(table, [row(one, place) for place, one in enumerate(ids)])
    for place, one in enumerate(ids):
        found = table.find(PLACE, one)
        assert found is not None
        assert found.row == row(one, place)
    nothing = table.find(PLACE, "07")
    assert nothing is not None
    assert nothing.row is None


def test_nothing_is_found_where_nothing_was_kept(table: Table) -> None:
    kept(table, [row("a")])
    for place in (Place("other", "wine", "Production"), Place("store", "beer", "Production"),
                  Place("store", "wine", "Staging")):  # fmt: skip
        assert table.find(place, "a") is None


def test_an_id_that_is_there_already_is_told(table: Table) -> None:
    batch = table.begin()
    assert list(table.add(batch, [row("a"), row("b"), row("a")])) == ["a"]
    assert not table.add(batch := table.begin(), [row("a"), row("b")])
    assert list(table.add(batch, [row("c"), row("b")])) == ["b"]


def test_a_batch_is_seen_only_once_it_is_whole_and_then_the_old_one_is_gone(table: Table) -> None:
    kept(table, [row("a", 1), row("old", 1)])
    batch = table.begin()
    table.add(batch, [row("a", 2)])
    table.add(batch, [row("new", 2)])
    before = table.find(PLACE, "a")
    assert before is not None
    assert (before.row, before.batch.version) == (row("a", 1), 1)
    table.put_in_force(PLACE, batch, about([row("a"), row("new")], 2))
    for one, wanted in (("a", row("a", 2)), ("new", row("new", 2)), ("old", None)):
        found = table.find(PLACE, one)
        assert found is not None
        assert (found.row, found.batch.version) == (wanted, 2)


def test_a_batch_that_was_dropped_leaves_what_was_there(table: Table) -> None:
    batch = kept(table, [row("a", 1)])
    other = table.begin()
    table.add(other, [row("a", 2)])
    table.drop(other)
    found = table.find(PLACE, "a")
    assert found is not None
    assert found.row == row("a", 1)
    with pytest.raises(PizarraError, match="Answers must be written without a pause of an hour"):
        table.add(other, [row("b")])
    with pytest.raises(PizarraError, match="Answers must be written without a pause of an hour"):
        table.put_in_force(PLACE, other, about([row("a")]))
    assert batch != other
    assert table.find(PLACE, "a") == found


def test_whoever_reads_while_others_write_sees_one_batch_or_the_other(table: Table) -> None:
    ids = [str(number) for number in range(50)]
    kept(table, [row(one, 0) for one in ids], 0)
    seen, done = [], Event()

    def look() -> None:
        while not done.is_set():
            found = table.find(PLACE, ids[len(seen) % 50])
            seen.append(found is not None and found.row is not None
                        and found.row.answer["prediction"] == found.batch.version)  # fmt: skip

    reader = Thread(target=look)
    reader.start()
    try:
        for version in range(1, 30):
            kept(table, [row(one, version) for one in ids], version)
    finally:
        done.set()
        reader.join()
    assert len(seen) > 50
    assert all(seen)


def test_what_a_program_that_ended_left_behind_is_forgotten(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    table = SqliteTable(tmp_path)
    kept(table, [row("a")])
    left = table.begin()
    table.add(left, [row("b")])
    monkeypatch.setattr(sqlite_table, "UNTOUCHED", -1.0)
    table.begin()
    assert table._file.rows("select count(*) from answers") == [(1,)]
    assert table.find(PLACE, "a") is not None
    table.close()


@pytest.mark.skipif(sys.platform == "win32", reason="files have no modes there")
def test_only_its_owner_reads_the_file(tmp_path: Path) -> None:
    table = SqliteTable(tmp_path)
    kept(table, [row("a")])
    table.close()
    assert stat.S_IMODE((tmp_path / NAME).stat().st_mode) == 0o600


@pytest.mark.long
def test_answers_that_a_server_let_go_are_not_said_to_be_no_answers() -> None:
    with key_value_server() as url:
        table = RedisTable(url)
        batch = kept(table, [row("a"), row("b")])
        table._server.hdel(batch, "a")
        with pytest.raises(NotReadyError, match="no longer whole in redis"):
            table.find(PLACE, "a")
        table.close()


def test_a_server_that_is_not_there_is_said_without_its_password() -> None:
    table = RedisTable("valkey://:open-sesame@127.0.0.1:1/0")
    with pytest.raises(NotReadyError, match="which does not answer as it should") as told:
        table.find(PLACE, "a")
    assert "sesame" not in str(told.value)


def test_one_of_the_ids_that_have_an_answer_is_told(table: Table) -> None:
    assert table.an_id(PLACE) is None
    kept(table, [row("bad", problem="alcohol is missing"), row("good")])
    assert table.an_id(PLACE) == "good"
    kept(table, [row("bad", problem="alcohol is missing")])
    assert table.an_id(PLACE) is None
