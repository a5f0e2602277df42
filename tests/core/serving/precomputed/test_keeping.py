"""Answers of really scored files, kept by the ids of their rows: exactly as those are written, or not at all."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pytest

from core.errors import ModelError
from core.serving.precomputed.batches import Batch, Found, Place
from core.serving.precomputed.keeping import keep, place_of
from core.serving.precomputed.sqlite_table import SqliteTable
from core.store.connection import Store
from core.store.registry.registered_models import Version, find_model
from tests.fixtures.actors import ANA
from tests.fixtures.scored import NAMES, SETOSA, VIRGINICA, flowers, scored
from tests.fixtures.stores import FLOWERS

COLUMN = "code"
HEADING = ",".join([COLUMN, *NAMES])
ROW = ",".join(map(str, SETOSA))


@lru_cache(maxsize=4)
def _version(store: Store, number: int) -> Version:
    return find_model(store, FLOWERS).version(number)


class Kept:
    """What is kept of results, and looked at."""

    def __init__(self, store: Store, folder: Path) -> None:
        self.store, self.folder, self.table = store, folder, SqliteTable(folder / "cache")
        self.place: Place = place_of(store.uri, FLOWERS, "Production")

    def keep(self, *results: Path, version: int = 2, column: str = COLUMN) -> Batch:
        return keep(ANA, self.table, self.place, _version(self.store, version), results, column)

    def score(self, table: Any, name: str = "r", version: int = 2) -> Path:
        return scored(self.store, self.folder, table, version, name)

    def find(self, row_id: str) -> Found:
        found = self.table.find(self.place, row_id)
        assert found is not None
        return found

    def answer(self, row_id: str) -> Mapping[str, Any] | None:
        row = self.find(row_id).row
        return None if row is None else row.answer


@pytest.fixture
def kept(populated: Store, tmp_path: Path) -> Iterator[Kept]:
    made = Kept(populated, tmp_path)
    yield made
    made.table.close()


def test_each_row_is_found_by_its_id_with_its_own_answer(kept: Kept) -> None:
    about = kept.keep(kept.score(flowers(["a", "b"], SETOSA, VIRGINICA)))
    assert (about.version, about.rows, about.answered, about.by, about.column) == (2, 2, 2, "Ana", COLUMN)
    for row_id, word in (("a", "setosa"), ("b", "virginica")):
        answer = kept.answer(row_id)
        assert answer is not None
        assert answer["prediction"] == word
        assert max(answer["probabilities"], key=answer["probabilities"].get) == word
    assert kept.answer("c") is None


def test_ids_in_a_csv_stay_as_they_are_written(kept: Kept) -> None:
    ids = ["007", "7", "7.0", "1e3", "1000", "NA", "null", "-0", "+7", '"a, b"', "0x7", "2026-01-02"]
    kept.keep(kept.score("\n".join([HEADING, *(f"{one},{ROW}" for one in ids)]) + "\n"))
    for one in ids:
        assert kept.answer(one.strip('"')) is not None, one
    for one in ("07", "1000.0", "0", "1e03", "None", "nan"):
        assert kept.answer(one) is None, one


def test_whole_numbers_of_a_parquet_file_are_ids(kept: Kept) -> None:
    kept.keep(kept.score(flowers([7, 2**62 + 1]).astype({COLUMN: "int64"})))
    assert kept.answer("7") is not None
    assert kept.answer(str(2**62 + 1)) is not None
    assert kept.answer(str(2**62)) is None
    assert kept.answer("007") is None


@pytest.mark.parametrize("kind", ["float64", "bool", "datetime64[ns]"])
def test_values_of_which_nobody_knows_how_they_will_be_asked_for_are_no_ids(kind: str, kept: Kept) -> None:
    result = kept.score(flowers([1, 0]).astype({COLUMN: "int64"}).astype({COLUMN: kind}))
    with pytest.raises(ModelError, match="Ids must be texts or whole numbers, but column 'code' holds values of"):
        kept.keep(result)


@pytest.mark.parametrize(
    ("rows", "complaint"),
    [
        ([f"a,{ROW}", f",{ROW}"], "Every row must have an id, but row 2 below the heading has none"),
        ([f"a,{ROW}", f"  ,{ROW}"], "Every row must have an id, but row 2 below the heading has none"),
        ([f"a,{ROW}", f"b,{ROW}", f"a,{ROW}"], "Every id must be there once, but these are in column 'code' more"),
        ([f"{'a' * 201},{ROW}"], "An id must have at most 200 signs that can be written"),
    ],
)
def test_ids_that_tell_no_row_from_another_keep_what_was_there(rows: list[str], complaint: str, kept: Kept) -> None:
    before = kept.keep(kept.score(flowers(["a"], VIRGINICA)))
    result = kept.score("\n".join([HEADING, *rows]) + "\n", "other")
    with pytest.raises(ModelError, match=complaint):
        kept.keep(result)
    found = kept.find("a")
    assert found.batch == before
    assert found.row is not None
    assert found.row.answer["prediction"] == "virginica"
    assert kept.table._file.rows("select count(*) from answers") == [(1,)]


def test_an_id_in_two_files_is_there_twice(kept: Kept) -> None:
    first, second = kept.score(flowers(["a", "b"]), "first"), kept.score(flowers(["c", "b"]), "second")
    with pytest.raises(ModelError, match="more often: 'b'"):
        kept.keep(first, second)
    assert kept.keep(first).rows == 2


def test_several_files_are_one_batch(kept: Kept) -> None:
    about = kept.keep(kept.score(flowers(["a"]), "first"), kept.score(flowers(["b"], VIRGINICA), "second"))
    assert about.rows == 2
    assert kept.answer("a") != kept.answer("b") is not None


def test_a_row_that_could_not_be_answered_says_why(kept: Kept) -> None:
    about = kept.keep(kept.score(f"{HEADING}\na,{ROW}\nb,5.1,3.5,tall,0.2\nc,1\nd,{ROW}\n"))
    assert (about.rows, about.answered) == (3, 2)
    row = kept.find("b").row
    assert row is not None
    assert row.answer == {}
    assert "petal length (cm): 'tall'" in row.problem
    assert kept.find("c").row is None  # nobody knows whose a broken line is


def test_another_versions_answers_are_refused(kept: Kept) -> None:
    result = kept.score(flowers(["a"]), version=1)
    with pytest.raises(ModelError, match=r"version 2, were asked for, but 'r\.scored\.parquet' has those of"):
        kept.keep(result)
    assert kept.keep(result, version=1).version == 1


def test_a_table_that_nobody_scored_is_refused(kept: Kept, tmp_path: Path) -> None:
    flowers(["a"]).to_parquet(tmp_path / "rows.parquet")
    with pytest.raises(ModelError, match=r"'rows.parquet' does not say what scored it"):
        kept.keep(tmp_path / "rows.parquet")
    pd.read_parquet(kept.score(flowers(["a"]))).to_parquet(tmp_path / "saved.parquet")
    with pytest.raises(ModelError, match=r"'saved.parquet' does not say what scored it"):
        kept.keep(tmp_path / "saved.parquet")
    (tmp_path / "text.parquet").write_text("none")
    with pytest.raises(ModelError, match="cannot be read"):
        kept.keep(tmp_path / "text.parquet")


@pytest.mark.parametrize("column", ["id", "prediction", "error"])
def test_a_column_that_is_not_in_the_table_has_no_ids(column: str, kept: Kept) -> None:
    with pytest.raises(ModelError, match=f"The table has no column '{column}'"):
        kept.keep(kept.score(flowers(["a"])), column=column)


def test_columns_called_like_answers_are_not_taken_for_them(kept: Kept) -> None:
    table = flowers(["a"], VIRGINICA).assign(prediction="mine", probability_setosa=1.0, error="none", model="my own")
    kept.keep(kept.score(table))
    answer = kept.answer("a")
    assert answer is not None
    assert answer["prediction"] == "virginica"
    assert set(answer["probabilities"]) == {"setosa", "versicolor", "virginica"}


def test_words_that_arrow_keeps_as_numbers_are_ids(kept: Kept) -> None:
    columns = pa.table(flowers(["x"] * 3)).drop_columns([COLUMN])
    words = pa.array(["007", "7", "x"]).dictionary_encode()
    kept.keep(kept.score(columns.append_column(COLUMN, words)))
    assert kept.answer("007") is not None
    assert kept.answer("07") is None
