"""LIKE and ILIKE answer as SQLite does, and no pattern takes long."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from core.store.runs.like import like


@pytest.fixture(scope="module")
def database() -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(":memory:")) as opened:
        opened.execute("pragma case_sensitive_like = true")  # as MLflow has it
        yield opened


FEW = some.text(alphabet="aA%_bñÑ\n\\", max_size=12)
ANY = some.text(some.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12)


@pytest.mark.long
@given(FEW | ANY, FEW | ANY)
@settings(deadline=None, max_examples=500)
def test_it_answers_as_sqlite_does(database: sqlite3.Connection, text: str, pattern: str) -> None:
    asked = "select ? like ?, lower(?) like lower(?)"  # which is ILIKE there
    exact, either_case = database.execute(asked, [text, pattern, text, pattern]).fetchone()
    assert like(pattern)(text) == bool(exact)
    assert like(pattern, ignore_case=True)(text) == bool(either_case)


@pytest.mark.timeout(60)
@pytest.mark.parametrize(
    "pattern",
    [
        "%a" * 30 + "b",
        "%a%" * 500 + "b",
        "%a_" * 300 + "b",
        "%_" * 900 + "b",
        "%" * 2000 + "b",
        "%" + "a" * 1500 + "_b",
        "%" + "_" * 1500 + "b",
    ],
)
def test_no_pattern_takes_long(pattern: str) -> None:
    text = "a" * 8000  # the longest tag
    for ignore_case in (False, True):
        test = like(pattern, ignore_case=ignore_case)
        assert not test(text)
        assert test(f"{text}b")
