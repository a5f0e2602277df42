"""The board on a light page: one's own place first, then all places, anew every few seconds."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from starlette.responses import Response

from core.api.light.visit import Visit
from core.i18n import _, ngettext, number
from core.process import board as boards
from core.process.board_view import Line, Shown
from core.training.tasks import Task

FIRST = 30  # places shown
NOTHING = "–"


@dataclass(frozen=True)
class Watching:
    """The page of the board, for the tasks that there are."""

    tasks: Callable[[], Mapping[str, Task]]

    def show(self, visit: Visit) -> Response:
        """Show the board that is open, or say that none is."""
        found = boards.look(visit.actor)
        return visit.show(
            "board_part.html" if visit.part else "board.html",
            about=None if found is None else self._about(found),
            may_train=visit.actor.may("train"),
        )

    def _about(self, found: Shown) -> dict[str, object]:
        board = found.board
        task = self.tasks().get(board.task)
        is_revealed, left = board.revealed is not None, found.tries_left
        return {
            "task": board.task,
            "title": _(task.title) if task else board.task,
            "metric": board.metric,
            "revealed": is_revealed,
            "frozen": board.frozen is not None and not is_revealed,
            "tries_left": "" if left is None else ngettext("{count} try left", "{count} tries left", left),
            "mine": None if found.mine is None else _mine(found.mine, len(found.lines)),
            "no_place": found.no_place,
            "waiting": [one.own_words for one in found.queue if one.mine],
            "lines": [_row(one) for one in found.lines[:FIRST]],
            "more": max(0, len(found.lines) - FIRST),
        }


def _mine(line: Line, count: int) -> dict[str, str]:
    return {"words": line.own_words(count), "moved": line.moved}


def _row(line: Line) -> dict[str, object]:
    return {
        "place": line.place_words,
        "name": line.name or NOTHING,
        "mine": line.mine,
        "test": _value(line.value),
        "train": _value(line.train),
        "hidden": _value(line.hidden),
        "moved": line.moved,
    }


def _value(value: float | None) -> str:
    return NOTHING if value is None else number(value)
