"""What a board says to whoever looks at it, as plain data: places, names, who waits.

Nothing here reads anything: ``core.process.board`` does.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from core.classroom.boards import PRESENTER, Board, Try
from core.comparison.leaderboard import Placed
from core.i18n import _, number


@dataclass(frozen=True)
class Line:
    """Somebody's best run. ``name`` and ``run_id`` are empty where whoever looks may not see them.

    ``hidden`` and its place are None before the reveal, and where they are not known. ``shared`` says that others
    have the same place. ``order`` and ``hidden_order`` count by the digits alone, where ``place`` knows ties.
    """

    place: int
    shared: bool
    name: str
    mine: bool
    value: float
    train: float | None
    tries: int
    standing: str
    run_id: str
    run: str
    hidden: float | None = None
    hidden_place: int | None = None
    order: int = 0
    hidden_order: int | None = None
    is_revealed: bool = False

    @property
    def place_now(self) -> int | None:
        """The place that counts now: after the reveal on the hidden half, None where that is not known."""
        return self.hidden_place if self.is_revealed else self.place

    @property
    def place_words(self) -> str:
        """The place that counts now, ``=`` where it is shared; a dash where it is not known."""
        return "–" if self.place_now is None else f"{number(self.place_now, 0)} {'=' if self.shared else ''}".strip()

    def own_words(self, count: int) -> str:
        """Say to whom it belongs which place it has among ``count``, and what the verdict says of it."""
        if self.place_now is None:
            return _("You: {standing}.").format(standing=self.standing)
        return _("You: place {place} of {count}, {standing}.").format(
            place=number(self.place_now, 0), count=number(count, 0), standing=self.standing
        )

    @property
    def moved(self) -> str:
        """How it moved at the reveal, by the digits: an arrow and a word; empty where that is not known."""
        if self.rose is None or self.hidden_order is None:
            return ""
        now, before = number(self.hidden_order, 0), number(self.order, 0)
        if self.rose > 0:
            return "▲ " + _("rose: {before} → {now}").format(before=before, now=now)
        if self.rose < 0:
            return "▼ " + _("fell: {before} → {now}").format(before=before, now=now)
        return "▬ " + _("stayed: {now}").format(now=now)

    @property
    def rose(self) -> int | None:
        """By how many it rose at the reveal, by the digits, below 0 where it fell; None where that is not known."""
        return None if self.hidden_order is None else self.order - self.hidden_order


@dataclass(frozen=True)
class Waiting:
    """Somebody's run that has not ended: its ``place`` in the queue, None where it is being trained."""

    name: str
    mine: bool
    place: int | None

    @property
    def own_words(self) -> str:
        """What it says to whom it belongs."""
        if self.place is None:
            return _("Your run is being trained.")
        return _("Your run waits: place {place} in the queue.").format(place=number(self.place, 0))


@dataclass(frozen=True)
class Shown:
    """A board as somebody may see it; ``tries`` counts all that count, ``my_tries`` theirs.

    ``limited_tries`` are those of whom limits hold for, which is not whoever ``leads``.
    """

    board: Board
    lines: tuple[Line, ...]
    queue: tuple[Waiting, ...]
    tries: int
    my_tries: int
    limited_tries: int
    leads: bool = False

    @property
    def mine(self) -> Line | None:
        """The line of whoever looks."""
        return next((line for line in self.lines if line.mine), None)

    @property
    def tries_left(self) -> int | None:
        """How many tries whoever looks has left, None where there is no limit."""
        if self.leads:
            return None
        made = ((self.board.each, self.my_tries), (self.board.total, self.limited_tries))
        limits = [limit - count for limit, count in made if limit]
        return max(min(limits), 0) if limits else None

    @property
    def no_place(self) -> str:
        """What to say to somebody of whom there is no line."""
        if self.board.revealed is not None:
            return _("You had no finished run at the reveal.")
        if self.board.frozen is not None:
            return _("You had no finished run when the board was frozen.")
        return _("You have no place yet: train a model, and your best run counts.")

    @property
    def spotlight(self) -> Line | None:
        """The line of the run that is to be shown large."""
        spot = self.board.spotlight
        return next((line for line in self.lines if spot and line.run_id == spot), None)


@dataclass(frozen=True)
class Standing:
    """A place on the public half and what else is known of the run that has it, whoever looks.

    ``hidden`` is its place on the hidden half, None before the reveal and where that is not known.
    """

    placed: Placed
    person: str
    train: float | None
    run: str
    is_revealed: bool = False
    hidden: Placed | None = None

    @property
    def words(self) -> str:
        """What is known of it beside the best: after the reveal on the hidden half."""
        if not self.is_revealed:
            return self.placed.standing
        return self.hidden.standing if self.hidden else _("not known on the hidden half")


def shown(
    board: Board,
    standings: Sequence[Standing],
    tries: Sequence[Try],
    waiting: Mapping[str, int | None],
    names: Mapping[str, str],
    me: str,
    *,
    leads: bool = False,
) -> Shown:
    """Return a board as ``me`` may see it; ``tries`` are those that count, ``waiting`` the runs that have not ended.

    Who ``leads`` is told which runs have no name, and may show one large.
    """
    taken = [_place(one) for one in standings]
    sign = 1 if (board.revealed or {}).get("better", True) else -1
    public = [one.placed.value for one in standings if one.hidden]
    hidden = [one.hidden.value for one in standings if one.hidden]

    def order(value: float, among: Sequence[float]) -> int:
        return 1 + sum(sign * other > sign * value for other in among)

    def name(person: str) -> str:
        if board.names_hidden and person != me:
            return ""
        return names.get(person, "") or (_("The presenter") if person == PRESENTER else "?")

    def line(one: Standing) -> Line:
        mine = one.person == me
        seen = mine or not board.names_hidden
        told = seen or leads or one.placed.run_id == board.spotlight
        return Line(
            one.placed.place,
            _place(one) is not None and taken.count(_place(one)) > 1,
            name(one.person),
            mine,
            one.placed.value,
            one.train,
            sum(each.person == one.person for each in tries),
            one.words,
            one.placed.run_id if told else "",
            one.run if seen else "",
            one.hidden.value if one.hidden else None,
            one.hidden.place if one.hidden else None,
            order(one.placed.value, public),
            order(one.hidden.value, hidden) if one.hidden else None,
            one.is_revealed,
        )

    people = {one.run_id: one.person for one in tries}
    return Shown(
        board,
        tuple(map(line, standings)),
        tuple(Waiting(name(people[run]), people[run] == me, at) for run, at in waiting.items() if run in people),
        len(tries),
        sum(each.person == me for each in tries),
        sum(each.person != PRESENTER for each in tries),
        leads,
    )


def _place(one: Standing) -> int | None:
    """Return the place that counts now."""
    if one.is_revealed:
        return one.hidden.place if one.hidden else None
    return one.placed.place


def record(found: Shown, now: datetime) -> dict[str, Any]:
    """Return what is kept of a board: a document of its own, with names as they were shown."""
    board = found.board
    return {
        "task": board.task,
        "metric": board.metric,
        "opened": datetime.fromtimestamp(board.opened, UTC).isoformat(timespec="seconds"),
        "ended": now.isoformat(timespec="seconds"),
        "tries": found.tries,
        "revealed": board.revealed is not None,
        "rows": [
            {
                "place": line.place, "name": line.name, "value": line.value, "train": line.train, "tries": line.tries,
                "run": line.run, "run_id": line.run_id, "hidden": line.hidden, "hidden_place": line.hidden_place,
            }
            for line in found.lines
        ],
    }  # fmt: skip
