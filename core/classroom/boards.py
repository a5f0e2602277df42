"""The board of a class: a task that all try at once, how often each may, and what is shown of it when."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from core.access import Actor
from core.classroom.class_file import ClassFile
from core.errors import PizarraError
from core.i18n import N_

COUNTING = frozenset({"SCHEDULED", "RUNNING", "FINISHED"})  # of other runs nobody loses a try
MOST_TRIES = 1000
PRESENTER = "presenter"  # the person that whoever presents is; limits do not hold for them
VOID = "void"  # what is written of a try that does not count
LAUNCHING, LAUNCH_SECONDS = "being launched", 60.0  # a try without a run yet; one that is older was left by a kill


@dataclass(frozen=True)
class Board:
    """A board. Times are in seconds since 1970, None where it has not happened; a limit of 0 is none.

    ``revealed`` is what became of both halves, ``record`` what is kept after the end, both as ``core.classroom`` wrote
    them; ``spotlight`` is a run.
    """

    number: int
    task: str
    metric: str
    opened: float
    each: int
    total: int
    frozen: float | None = None
    names_hidden: bool = False
    spotlight: str = ""
    revealed: Mapping[str, Any] | None = None
    ended: float | None = None
    record: Mapping[str, Any] | None = None

    @property
    def is_contested(self) -> bool:
        """Tell whether runs of its task are tries: their hidden half is hidden."""
        return self.ended is None and self.revealed is None


@dataclass(frozen=True)
class Try:
    """A run that somebody launched while a board was open."""

    run_id: str
    person: str
    launched: float
    counts: bool = True  # as far as is known


@dataclass
class Boards:
    """The boards of a dashboard, one at a time; threads may share it. All of it outlives the program."""

    file: ClassFile
    now: Callable[[], float] = time.time

    def current(self) -> Board | None:
        """Return the board that has not ended, None where there is none."""
        found = self._read("ended is null order by number desc limit 1")
        return found[0] if found else None

    def names_are_hidden(self) -> bool:
        """Tell whether no page may say whose a run is."""
        return bool(self.file.rows("select 1 from boards where ended is null and names_hidden"))

    def records(self) -> list[Board]:
        """Return the boards that have ended, the latest first."""
        return self._read("ended is not null order by number desc")

    def tries(self, board: Board) -> list[Try]:
        """Return the runs that were launched for a board, the first one first."""
        rows = self.file.rows(
            "select run, person, launched, outcome from tries where board = ? order by launched, rowid", (board.number,)
        )
        return [Try(run, person, launched, outcome != VOID) for run, person, launched, outcome in rows]

    def open(self, actor: Actor, task: str, metric: str, *, each: int, total: int) -> Board:
        """Open a board for a task: from now on runs of it are tries.

        Raises:
            PizarraError: ``actor`` may not, or another board is open.
        """
        actor.check("lead")
        opened = self.file.write_rows(
            "insert into boards (task, metric, opened, each, total) select ?, ?, ?, ?, ?"
            " where not exists (select 1 from boards where ended is null)",
            (task, metric, self.now(), _limit(each), _limit(total)),
        )
        board = self.current()
        if board is None or not opened:
            raise PizarraError(
                N_("One board can be open at a time, and one is open already."), N_("End its session first.")
            )
        return board

    def set_limits(self, actor: Actor, number: int, *, each: int, total: int) -> None:
        """Say how many tries each person may have, and all together; 0 is no limit.

        Raises:
            PizarraError: ``actor`` may not, or this board is not open any more.
        """
        actor.check("lead")
        self._change(number, "each", _limit(each))
        self._change(number, "total", _limit(total))

    def freeze(self, actor: Actor, number: int, *, on: bool) -> None:
        """Have the board show what it shows now, whatever is trained, or all of it again.

        Raises:
            PizarraError: ``actor`` may not, or this board is not open any more.
        """
        actor.check("lead")
        self._change(number, "frozen", self.now() if on else None)

    def hide_names(self, actor: Actor, number: int, *, hidden: bool) -> None:
        """Show the board, and runs on all pages, without names, or with them again.

        Raises:
            PizarraError: ``actor`` may not, or this board is not open any more.
        """
        actor.check("lead")
        self._change(number, "names_hidden", int(hidden))

    def put_in_the_spotlight(self, actor: Actor, number: int, run_id: str) -> None:
        """Show one run large; none where ``run_id`` is empty.

        Raises:
            PizarraError: ``actor`` may not, or this board is not open any more.
        """
        actor.check("lead")
        self._change(number, "spotlight", run_id)

    def reveal(self, actor: Actor, number: int, outcome: Mapping[str, Any]) -> None:
        """Show what became of both halves; what is launched from now on is no try any more.

        Raises:
            PizarraError: ``actor`` may not, or this board is not open any more, or was revealed before.
        """
        actor.check("lead")
        self._change(number, "revealed", json.dumps(outcome, ensure_ascii=False, allow_nan=False), "revealed is null")

    def end(self, actor: Actor, number: int, record: Mapping[str, Any]) -> None:
        """End the session and keep a record of it.

        Raises:
            PizarraError: ``actor`` may not, or this board is not open any more.
        """
        actor.check("lead")
        self._change(number, "record", json.dumps(record, ensure_ascii=False, allow_nan=False))
        self._change(number, "ended", self.now())

    def forget(self, actor: Actor, number: int) -> None:
        """Forget a session that has ended, with its record.

        Raises:
            PizarraError: ``actor`` may not.
        """
        actor.check("lead")
        over = "select number from boards where number = ? and ended is not null"
        self.file.write_rows(f"delete from tries where board in ({over})", (number,))  # noqa: S608 - ours
        self.file.write_rows(f"delete from boards where number in ({over})", (number,))  # noqa: S608 - ours

    @contextmanager
    def entering(
        self, actor: Actor, task: str, statuses: Callable[[Sequence[str]], Mapping[str, str]]
    ) -> Iterator[Callable[[str], None] | None]:
        """Keep room for one more try while its run is created; the block notes the run's id.

        It gets None where no board is open for the task. Runs that failed, were stopped or are gone count nothing:
        ``statuses`` is asked about them where a limit would bind.

        Raises:
            PizarraError: as many tries were made as there may be, or ``actor`` may not train.
        """
        actor.check("train")
        board = self.current()
        if board is None or not board.is_contested or board.task != task:
            yield None
            return
        keeping = f"{LAUNCHING} {uuid4().hex}"
        if not self._take(board, actor, keeping):
            self._look_at_ends(board, statuses)
            if not self._take(board, actor, keeping):
                raise _no_tries_left(self, board, actor)
        try:
            yield lambda run_id: self._note(board, actor, keeping, run_id)
        finally:  # where no run came of it, it was no try
            self.file.write_rows("delete from tries where run = ?", (keeping,))

    def _note(self, board: Board, actor: Actor, keeping: str, run_id: str) -> None:
        if not self.file.write_rows("update tries set run = ? where run = ?", (run_id, keeping)):
            self.file.write_rows(  # it took so long that its room was given away
                "insert into tries (run, board, person, launched) values (?, ?, ?, ?)",
                (run_id, board.number, person_of(actor), self.now()),
            )

    def _take(self, board: Board, actor: Actor, keeping: str) -> bool:
        """Take a try in one step, so that two presses at once are two tries; limits are for the audience."""
        free = actor.role != "audience"
        counted = f"select count(*) from tries where board = ? and outcome != '{VOID}'"  # noqa: S608 - ours
        return bool(
            self.file.write_rows(
                "insert into tries (run, board, person, launched) select ?, ?, ?, ?"
                f" where (? or ({counted} and person = ?) < ?) and (? or ({counted} and person != '{PRESENTER}') < ?)",
                (
                    *(keeping, board.number, person_of(actor), self.now()),
                    *(free or not board.each, board.number, person_of(actor), board.each),
                    *(free or not board.total, board.number, board.total),
                ),
            )
        )

    def _look_at_ends(self, board: Board, statuses: Callable[[Sequence[str]], Mapping[str, str]]) -> None:
        """Learn which tries do not count: also of runs that finished, as they may have been deleted since."""
        self.file.write_rows(
            "delete from tries where instr(run, ?) = 1 and launched < ?", (LAUNCHING, self.now() - LAUNCH_SECONDS)
        )
        rows = self.file.rows("select run from tries where board = ? and outcome != ?", (board.number, VOID))
        asked = [run for (run,) in rows if not run.startswith(LAUNCHING)]
        found = statuses(asked)
        for run in asked:
            if found.get(run, "") not in COUNTING:
                self.file.write_rows("update tries set outcome = ? where run = ?", (VOID, run))

    def _change(self, number: int, column: str, value: object, condition: str = "true") -> None:
        """Change the board that somebody saw when they pressed, and none that was opened since."""
        changed = self.file.write_rows(
            f"update boards set {column} = ? where number = ? and ended is null and {condition}",  # noqa: S608 - ours
            (value, number),
        )
        if not changed:
            raise PizarraError(
                N_("The board is not as it was: somebody else presses as well."), N_("Look at it again.")
            )

    def _read(self, condition: str) -> list[Board]:
        columns = "number, task, metric, opened, each, total, frozen, names_hidden, spotlight, revealed, ended, record"
        rows = self.file.rows(f"select {columns} from boards where {condition}")  # noqa: S608 - ours
        return [
            Board(
                number,
                task,
                metric,
                opened,
                each,
                total,
                frozen,
                names_hidden=bool(hidden),
                spotlight=spotlight,
                revealed=json.loads(revealed) if revealed else None,
                ended=ended,
                record=json.loads(record) if record else None,
            )
            for number, task, metric, opened, each, total, frozen, hidden, spotlight, revealed, ended, record in rows
        ]


def person_of(actor: Actor) -> str:
    """Return what tells a person on a board from the others: who they are in the class, not what they are called.

    >>> person_of(Actor("Ana", "audience", member="member 3")), person_of(Actor("Luz", "presenter"))
    ('member 3', 'presenter')
    """
    return actor.member or actor.role


def _limit(tries: int) -> int:
    return min(max(int(tries), 0), MOST_TRIES)


def _no_tries_left(boards: Boards, board: Board, actor: Actor) -> PizarraError:
    own = sum(one.counts and one.person == person_of(actor) for one in boards.tries(board))
    if board.each and own >= board.each:
        return PizarraError(
            N_("The limit of tries of each on this board is {most}, and you have reached it."),
            N_("Your best one counts. Runs that fail or are stopped are no tries."),
            most=board.each,
        )
    return PizarraError(
        N_("The limit of tries of all together on this board is {most}, and it is reached."),
        N_("Ask the presenter for more. Runs that fail or are stopped are no tries."),
        most=board.total,
    )
