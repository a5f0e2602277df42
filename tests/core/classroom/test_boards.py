"""Boards: who may try how often, and that all of it is there after the program was killed."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from core.access import Actor
from core.classroom.boards import LAUNCH_SECONDS, Board, Boards, Try
from core.classroom.class_file import ClassFile
from core.errors import PizarraError
from core.settings import ROOT
from tests.fixtures.actors import ANA
from tests.fixtures.processes import started

LUZ, EVA = (Actor(name, "audience", member=f"member {number}") for number, name in enumerate(("Luz", "Eva")))
OPENING = """
import sys
from pathlib import Path
from core.access import Actor
from core.classroom.boards import Boards
from core.classroom.class_file import ClassFile
boards, ana = Boards(ClassFile(Path(sys.argv[1]))), Actor("Ana", "presenter")
boards.open(ana, "iris", "test_accuracy", each=3, total=0)
with boards.entering(Actor("Luz", "audience", member="member 1"), "iris", lambda _runs: {}) as note:
    note("a run")
boards.freeze(ana, 1, on=True)
print("open", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def boards(tmp_path: Path) -> Iterator[Boards]:
    file = ClassFile(tmp_path)
    yield Boards(file)
    file.close()


def opened(boards: Boards, each: int = 2, total: int = 0) -> Board:
    return boards.open(ANA, "iris", "test_accuracy", each=each, total=total)


def no_ends(run_ids: Sequence[str]) -> Mapping[str, str]:
    return dict.fromkeys(run_ids, "RUNNING")


def enter(boards: Boards, actor: Actor, run_id: str, statuses=no_ends, task: str = "iris") -> bool:
    """Launch a run, and tell whether it is a try."""
    with boards.entering(actor, task, statuses) as note:
        if note:
            note(run_id)
        return note is not None


def test_without_a_board_and_for_other_tasks_nothing_is_a_try(boards: Boards) -> None:
    assert not enter(boards, LUZ, "a")
    board = opened(boards)
    assert not enter(boards, LUZ, "b", task="wine")
    assert enter(boards, LUZ, "c")
    assert [(one.run_id, one.person) for one in boards.tries(board)] == [("c", "member 0")]


def test_each_has_so_many_tries_and_others_have_theirs(boards: Boards) -> None:
    opened(boards, each=2)
    assert enter(boards, LUZ, "a")
    assert enter(boards, LUZ, "b")
    with pytest.raises(PizarraError, match=r"limit of tries of each on this board is 2, and you have reached it"):
        enter(boards, LUZ, "c")
    assert enter(boards, EVA, "d")
    assert all(enter(boards, ANA, f"e{number}") for number in range(4))  # whoever presents sets the limits


def test_all_together_have_so_many_tries(boards: Boards) -> None:
    opened(boards, each=0, total=2)
    assert enter(boards, LUZ, "a")
    assert enter(boards, EVA, "b")
    with pytest.raises(PizarraError, match=r"limit of tries of all together on this board is 2, and it is reached"):
        enter(boards, EVA, "c")
    boards.set_limits(ANA, 1, each=0, total=3)
    assert enter(boards, EVA, "c")


@pytest.mark.parametrize("end", ["FAILED", "KILLED", ""])
def test_a_run_that_failed_was_stopped_or_is_gone_is_no_try(boards: Boards, end: str) -> None:
    board = opened(boards, each=1)

    def statuses(_run_ids: Sequence[str]) -> dict[str, str]:
        return {"a": end} if end else {}

    assert enter(boards, LUZ, "a")
    assert enter(boards, LUZ, "b", statuses)
    with pytest.raises(PizarraError, match="you have reached it"):
        enter(boards, LUZ, "c", lambda run_ids: dict.fromkeys(run_ids, "FINISHED"))
    assert boards.tries(board) == [
        Try("a", "member 0", pytest.approx(0, abs=1e10), counts=False),
        Try("b", "member 0", pytest.approx(0, abs=1e10)),
    ]


def test_what_could_not_be_launched_is_no_try(boards: Boards) -> None:
    board = opened(boards, each=1)
    with pytest.raises(ValueError, match="no cluster"), boards.entering(LUZ, "iris", no_ends):
        raise ValueError("no cluster")
    assert boards.tries(board) == []
    assert enter(boards, LUZ, "a")


def test_a_hundred_presses_at_once_are_no_more_tries_than_allowed(boards: Boards) -> None:
    board = opened(boards, each=3)

    def press(number: int) -> bool:
        try:
            return enter(boards, LUZ, f"run {number}")
        except PizarraError:
            return False

    with ThreadPoolExecutor(20) as pool:
        assert sum(pool.map(press, range(100))) == 3
    assert len(boards.tries(board)) == 3


def test_a_run_that_finished_and_was_deleted_afterwards_is_no_try(boards: Boards) -> None:
    opened(boards, each=1)
    assert enter(boards, LUZ, "a")
    with pytest.raises(PizarraError, match="you have reached it"):
        enter(boards, LUZ, "b", lambda run_ids: dict.fromkeys(run_ids, "FINISHED"))
    assert enter(boards, LUZ, "b", lambda _run_ids: {})


def test_a_try_that_was_being_launched_when_the_program_was_killed_comes_back(tmp_path: Path) -> None:
    now = [1000.0]
    file = ClassFile(tmp_path)
    boards = Boards(file, lambda: now[0])
    board = opened(boards, each=1)
    with boards.entering(LUZ, "iris", no_ends) as note:  # one that is slower than a kill is taken to be
        with pytest.raises(PizarraError, match="you have reached it"):
            enter(boards, LUZ, "b")
        now[0] += LAUNCH_SECONDS + 1
        assert enter(boards, LUZ, "b")
        assert note is not None
        note("a")
    assert [one.run_id for one in boards.tries(board)] == ["b", "a"]
    file.close()


def test_what_was_pressed_for_one_board_changes_no_other_and_is_revealed_once(boards: Boards) -> None:
    first = opened(boards).number
    boards.end(ANA, first, {})
    second = opened(boards).number
    for change in (
        lambda: boards.end(ANA, first, {}),
        lambda: boards.freeze(ANA, first, on=True),
        lambda: boards.reveal(ANA, first, {}),
    ):
        with pytest.raises(PizarraError, match="not as it was"):
            change()
    boards.reveal(ANA, second, {"rows": []})
    with pytest.raises(PizarraError, match="not as it was"):
        boards.reveal(ANA, second, {"rows": ["other"]})
    board = boards.current()
    assert board is not None
    assert (board.number, board.frozen, board.revealed) == (second, None, {"rows": []})


def test_one_board_is_open_at_a_time(boards: Boards) -> None:
    opened(boards)
    with pytest.raises(PizarraError, match=r"One board can be open at a time.*End its session first"):
        opened(boards)


def test_after_the_reveal_and_after_the_end_nothing_is_a_try(boards: Boards) -> None:
    opened(boards)
    boards.reveal(ANA, 1, {"rows": []})
    assert not enter(boards, LUZ, "a")
    boards.end(ANA, 1, {"rows": ["kept"]})
    assert boards.current() is None
    assert not enter(boards, LUZ, "b")
    (kept,) = boards.records()
    assert (kept.record, kept.revealed) == ({"rows": ["kept"]}, {"rows": []})
    boards.forget(ANA, kept.number)
    assert boards.records() == []
    assert opened(boards).number > kept.number  # a number is never another board's


def test_what_the_presenter_says_of_a_board_is_kept(boards: Boards) -> None:
    opened(boards)
    boards.freeze(ANA, 1, on=True)
    boards.hide_names(ANA, 1, hidden=True)
    boards.put_in_the_spotlight(ANA, 1, "a")
    board = boards.current()
    assert board is not None
    assert board.frozen
    assert (board.names_hidden, board.spotlight) == (True, "a")
    boards.freeze(ANA, 1, on=False)
    again = boards.current()
    assert again is not None
    assert again.frozen is None


def test_a_program_that_is_killed_forgets_nothing_of_a_board(tmp_path: Path) -> None:
    with started(
        [sys.executable, "-c", OPENING, str(tmp_path)], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as program:
        assert program.stdout is not None
        assert program.stdout.readline() == b"open\n"
        program.send_signal(signal.SIGKILL)
    file = ClassFile(tmp_path)
    board = Boards(file).current()
    assert board is not None
    assert (board.task, board.each, board.frozen is not None) == ("iris", 3, True)
    assert [one.run_id for one in Boards(file).tries(board)] == ["a run"]
    file.close()
