"""What functions answered is kept for all, by a key that may hold lists and mappings, and out of everybody's reach."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from threading import Barrier
from time import sleep

import pytest
import streamlit as st

from core.process import memory
from core.process.memory import frozen, kept


@dataclass(frozen=True)
class Thing:
    name: str
    tags: dict[str, str] = field(default_factory=dict)
    place: str = field(default="", compare=False)


def test_many_who_ask_at_once_wait_for_one_answer() -> None:
    made: list[str] = []
    together = Barrier(8)

    @kept(lambda name: name, max_entries=4)
    def answer(name: str) -> str:
        made.append(name)
        sleep(0.05)
        return name

    def ask(_who: int) -> str:
        together.wait()
        return answer("it")

    with ThreadPoolExecutor(8) as visitors:
        assert set(visitors.map(ask, range(8))) == {"it"}
    assert made == ["it"]


def test_it_is_kept_for_as_long_as_said() -> None:
    made: list[int] = []

    @kept(lambda: "", max_entries=1, seconds=0.05)
    def answer() -> int:
        made.append(1)
        return len(made)

    assert (answer(), answer()) == (1, 1)
    sleep(0.1)
    assert answer() == 2


def test_emptied_caches_of_streamlit_take_nothing_away_and_forgetting_takes_all() -> None:
    made: list[int] = []

    @kept(lambda: "", max_entries=1)
    def answer() -> int:
        made.append(1)
        return len(made)

    answer()
    st.cache_data.clear()
    st.cache_resource.clear()
    assert answer() == 1
    memory.forget()
    assert answer() == 2


@pytest.mark.parametrize(
    "key",
    [[1, 2], {"b": [1], "a": {"c": 2}}, {1, 2}, Thing("a", {"b": "c"}), (Thing("a"), [Thing("b")]), None, "text"],
    ids=str,
)
def test_what_reads_alike_is_the_same_key(key: object) -> None:
    assert hash(frozen(key)) == hash(frozen(key))


def test_things_that_compare_alike_are_one_key_and_others_are_not() -> None:
    assert frozen(Thing("a", place="here")) == frozen(Thing("a", place="there"))
    assert frozen(Thing("a", {"b": "c"})) != frozen(Thing("a", {"b": "d"}))
