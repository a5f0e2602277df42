"""What is made once for the process stays, whatever becomes of Streamlit's caches."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from time import sleep

import streamlit as st

from core.process import held, shared
from tests.fixtures.actors import ANA


def test_emptied_caches_take_away_neither_jobs_nor_stores(store_uri: str) -> None:
    shared.use_store(store_uri, ANA)
    try:
        before = (shared.jobs(), shared.store(), shared.mirror(), shared.own_writes())
        with shared.writing():
            pass
        written = shared.own_writes()
        st.cache_data.clear()
        st.cache_resource.clear()
        assert shared.store_uri() == store_uri
        assert (shared.jobs(), shared.store(), shared.mirror()) == before[:3]
        assert shared.own_writes() == written != before[3]
    finally:
        shared.forget()


def test_it_is_made_once_however_many_ask_at_once() -> None:
    made: list[str] = []
    together = Barrier(8)

    @held.held()
    def thing(name: str) -> str:
        sleep(0.05)
        made.append(name)
        return name

    def ask(_who: int) -> str:
        together.wait()
        return thing("it")

    with ThreadPoolExecutor(8) as visitors:
        assert set(visitors.map(ask, range(8))) == {"it"}
    assert made == ["it"]
    assert thing("other") == "other"


def test_what_could_not_be_made_is_tried_again() -> None:
    tries: list[int] = []

    @held.held()
    def thing() -> int:
        tries.append(1)
        return 1 // (len(tries) - 1)

    for _each in range(2):
        try:
            found = thing()
        except ZeroDivisionError:
            continue
    assert found == 1


def test_what_is_forgotten_is_released_and_made_anew() -> None:
    released: list[list[int]] = []

    @held.held(released.append)
    def thing() -> list[int]:
        return []

    first = thing()
    held.forget()
    assert released == [first]
    assert thing() is not first
