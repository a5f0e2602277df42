"""What people ask on pages is noted where it stayed, once a visitor."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator

import pytest

from core.serving.people import Settling
from tests.fixtures.processes import until

SOON = 0.05  # seconds


@pytest.fixture
def settling() -> Iterator[Settling]:
    made = Settling(SOON)
    yield made
    made.close()


def noting(said: list[str]) -> Callable[[Settling, str, str], None]:
    return lambda settling, who, what: settling.note(who, what, lambda: said.append(f"{who} {what}"))


def test_what_is_only_on_the_way_is_not_noted() -> None:
    settling, said = Settling(30.0), list[str]()
    for what in "abc":
        noting(said)(settling, "Ana", what)
    assert [what for _due, what, _do in settling._waiting.values()] == ["c"]
    settling.close()
    assert said == []


def test_the_same_is_noted_once_a_visitor(settling: Settling) -> None:
    said: list[str] = []
    for _ in range(3):
        noting(said)(settling, "Ana", "a")
        noting(said)(settling, "Bea", "a")
        assert until(lambda: len(said) == 2, 20)
    noting(said)(settling, "Ana", "b")
    assert until(lambda: len(said) == 3, 20)
    assert sorted(said) == ["Ana a", "Ana b", "Bea a"]


def test_one_that_fails_holds_up_no_other(settling: Settling) -> None:
    done = threading.Event()

    def fail() -> None:
        raise RuntimeError

    settling.note("Ana", "a", fail)
    settling.note("Bea", "b", done.set)
    assert done.wait(20)
