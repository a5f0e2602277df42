"""What a board says to whom, from plain data."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from core.classroom.boards import Board, Try
from core.comparison.leaderboard import Placed
from core.process.board_view import Shown, Standing, Waiting, record, shown

BOARD = Board(1, "iris", "test_accuracy", 0.0, each=3, total=0)
NAMES = {"member 1": "Luz", "member 2": "Eva"}
STANDINGS = [
    Standing(Placed("a", 0.9, 1, True, "close"), "member 1", 1.0, "deep"),
    Standing(Placed("b", 0.8, 1, False, "close"), "member 2", 0.8, "flat"),
    Standing(Placed("c", 0.5, 3, False, "better"), "presenter", None, "line"),
]
TRIES = [Try(run, person, 0.0) for run, person in
         (("a", "member 1"), ("b", "member 2"), ("c", "presenter"), ("d", "member 1"), ("e", "member 2"))]  # fmt: skip
WAITING = {"d": None, "e": 1, "of nobody": 2}


def seen(board: Board = BOARD, standings=STANDINGS, me: str = "member 2") -> Shown:
    return shown(board, standings, TRIES, WAITING, NAMES, me)


def test_each_sees_places_names_and_their_own_line() -> None:
    found = seen()
    assert [(line.place, line.shared, line.name, line.mine) for line in found.lines] == [
        (1, True, "Luz", False), (1, True, "Eva", True), (3, False, "The presenter", False),
    ]  # fmt: skip
    assert found.mine is not None
    assert (found.mine.tries, found.my_tries, found.tries, found.tries_left) == (2, 2, 5, 1)
    assert found.mine.standing == "too close to the best to call"
    assert seen(me="audience").mine is None


def test_tries_left_are_those_of_the_limit_that_binds_first() -> None:
    assert seen(replace(BOARD, total=6)).tries_left == 1
    assert seen(replace(BOARD, total=4)).tries_left == 0  # those of whoever presents take nothing away
    assert seen(replace(BOARD, each=1)).tries_left == 0
    assert seen(replace(BOARD, each=0)).tries_left is None
    assert shown(BOARD, STANDINGS, TRIES, WAITING, NAMES, "presenter", leads=True).tries_left is None


def test_who_has_no_line_is_told_why() -> None:
    assert "train a model" in seen().no_place
    assert "when the board was frozen" in seen(replace(BOARD, frozen=1.0)).no_place
    assert "at the reveal" in seen(replace(BOARD, frozen=1.0, revealed={"rows": []})).no_place


def test_who_waits_is_shown_with_their_place() -> None:
    assert seen().queue == (Waiting("Luz", False, None), Waiting("Eva", True, 1))


def test_where_names_are_hidden_each_still_sees_their_own_and_nothing_tells_the_others() -> None:
    found = seen(replace(BOARD, names_hidden=True))
    nothing = ("", "", "")
    assert [(line.name, line.run_id, line.run) for line in found.lines] == [nothing, ("Eva", "b", "flat"), nothing]
    assert [one.name for one in found.queue] == ["", "Eva"]


def test_who_leads_may_show_a_run_large_whose_name_is_hidden() -> None:
    hidden = replace(BOARD, names_hidden=True)
    found = shown(hidden, STANDINGS, TRIES, WAITING, NAMES, "presenter", leads=True)
    assert (found.lines[0].name, found.lines[0].run_id) == ("", "a")


@pytest.mark.parametrize("hidden", [False, True])
def test_the_spotlight_is_on_one_run_whether_its_name_is_shown_or_not(hidden: bool) -> None:
    spot = seen(replace(BOARD, spotlight="a", names_hidden=hidden)).spotlight
    assert spot is not None
    assert spot.name == ("" if hidden else "Luz")
    assert seen(replace(BOARD, spotlight="gone")).spotlight is None
    assert seen(replace(BOARD, names_hidden=True)).spotlight is None


def revealed(standing: Standing, hidden: Placed | None) -> Standing:
    return replace(standing, is_revealed=True, hidden=hidden)


def test_the_reveal_says_who_rose_and_who_fell_by_the_digits() -> None:
    after = [
        revealed(STANDINGS[1], Placed("b", 0.7, 1, True, "better")),
        revealed(STANDINGS[0], Placed("a", 0.6, 2, False, "better")),
        revealed(STANDINGS[2], None),
    ]
    found = seen(replace(BOARD, revealed={"better": True}), after)
    assert [(line.hidden_place, line.shared, line.rose) for line in found.lines] == [
        (1, False, 1), (2, False, -1), (None, False, None),
    ]  # fmt: skip
    assert [line.standing for line in found.lines] == [
        "really better than the next", "really worse than the best", "not known on the hidden half",
    ]  # fmt: skip
    assert [line.place_words for line in found.lines] == ["1", "2", "–"]
    assert found.lines[0].own_words(3) == "You: place 1 of 3, really better than the next."
    assert found.lines[2].own_words(3) == "You: not known on the hidden half."
    lower = seen(replace(BOARD, revealed={"better": False}), after)
    assert [line.rose for line in lower.lines] == [-1, 1, None]


def test_a_record_has_what_was_shown() -> None:
    kept = record(seen(replace(BOARD, names_hidden=True)), datetime(2026, 3, 1, tzinfo=UTC))
    assert (kept["task"], kept["ended"], kept["revealed"]) == ("iris", "2026-03-01T00:00:00+00:00", False)
    assert [row["name"] for row in kept["rows"]] == ["", "Eva", ""]
    assert kept["rows"][0]["value"] == 0.9
