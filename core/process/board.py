"""The board that is open: read for whoever looks at it, revealed, and ended with a record."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, replace
from datetime import UTC, datetime
from math import isfinite
from typing import Any

import pandas as pd

from core.access import Actor
from core.classroom.boards import COUNTING, Board, Try, person_of
from core.comparison.direction import higher_is_better
from core.comparison.leaderboard import Placed, best_of_each, places, train_metric
from core.comparison.measures import recompute
from core.errors import PizarraError, StoreError
from core.i18n import N_
from core.process import cache, shared
from core.process.board_view import Shown, Standing, record, shown
from core.process.memory import kept
from core.store.connection import Store
from core.store.places import PlaceError
from core.store.runs.evaluations import read_evaluation
from core.store.runs.tables import Runs
from core.training.tasks import Task


def look(actor: Actor) -> Shown | None:
    """Return the open board as somebody may see it, None where there is none."""
    board = shared.boards().current()
    return None if board is None else _look(board, actor)


def _look(board: Board, actor: Actor) -> Shown:
    tries, runs = _tries(board)
    counting = [one for one in tries if one.counts and _status(runs, one.run_id) in COUNTING]
    jobs = shared.jobs()
    waiting = {run_id: jobs.place(run_id) for run_id in jobs.active()}
    queue = dict(sorted(waiting.items(), key=lambda each: each[1] or 0))
    standings = _revealed(board) if board.revealed else _standings(board, tries, _before(runs, board.frozen))
    names = shared.members().shown_names()
    return shown(board, standings, counting, queue, names, person_of(actor), leads=actor.may("lead"))


def runs_of(board: Board) -> Runs:
    """Return all finished runs that were launched for a board; until the reveal, those before it froze."""
    _all, runs = _tries(board)
    if not len(runs):
        return runs
    return _before(
        runs.select(runs.info.index[runs.info["status"] == "FINISHED"]), None if board.revealed else board.frozen
    )


def unfinished(board: Board) -> int:
    """Return how many of a board's runs wait or are being trained: a reveal now would not count them."""
    tries, runs = _tries(board)
    return sum(one.counts and _status(runs, one.run_id) in COUNTING - {"FINISHED"} for one in tries)


def reveal(actor: Actor, number: int, task: Task) -> None:
    """Ask the best run of each about the hidden half, and show to all what became of them.

    Nothing is done where the board of this number is not open any more, or was revealed before.

    Raises:
        TrainingError: there is no worker to ask them.
        PizarraError: ``actor`` may not, nobody has finished a run, or none can be asked now.
    """
    actor.check("lead")
    from core.training.hidden import hidden_answers  # scikit-learn is slow to import, and only workers ask

    board = shared.boards().current()
    if board is None or board.number != number or not board.is_contested:
        return
    tries, runs = _tries(board)
    standings = _standings(board, tries, runs)
    if not standings:
        raise PizarraError(
            N_("A reveal needs at least 1 run that has finished, but there is none."),
            N_("Wait until somebody has finished a run, or end the session."),
        )
    answers = (
        shared.jobs()
        .workers.begin(hidden_answers, shared.store_uri(), task, [one.placed.run_id for one in standings])
        .result()
    )
    if all(table is None for table in answers.values()):
        raise PizarraError(
            N_("A reveal needs at least 1 model that can be asked about the hidden half, but no model answers as it "
               "did when it was trained."),
            N_("Look whether the files of the models and of the data are where they were, then press again."),
        )  # fmt: skip
    better = bool(higher_is_better(board.metric, runs.directions))
    found = {run: recompute(table, board.metric) for run, table in answers.items() if table is not None}
    values = {run: value for run, value in found.items() if isfinite(value)}
    order = sorted(values, key=lambda run: -values[run] if better else values[run])
    hidden = {one.run_id: one for one in places(order, values, board.metric, better, answers)}
    rows = [_row(one, hidden.get(one.placed.run_id)) for one in standings]
    shared.boards().reveal(actor, number, {"better": better, "rows": rows})


def end(actor: Actor, number: int) -> None:
    """End the session of the board of this number, where it is open, and keep its record: of all runs, frozen or not.

    Raises:
        PizarraError: ``actor`` may not.
    """
    actor.check("lead")
    board = shared.boards().current()
    if board is not None and board.number == number:
        found = _look(replace(board, frozen=None), actor)
        shared.boards().end(actor, number, record(found, datetime.now(UTC)))


def _tries(board: Board) -> tuple[list[Try], Runs]:
    tries = shared.boards().tries(board)
    return tries, cache.known_runs([one.run_id for one in tries])


def _status(runs: Runs, run_id: str) -> str:
    return str(runs.info["status"].get(run_id, "")) if len(runs) else ""


def _before(runs: Runs, moment: float | None) -> Runs:
    """Return the runs that had ended at a moment, all where it is None."""
    if moment is None or not len(runs):
        return runs
    ended = pd.to_datetime(runs.info["end"], utc=True) <= pd.Timestamp(moment, unit="s", tz="UTC")
    return runs.select(runs.info.index[ended])


def _standings(board: Board, tries: Sequence[Try], runs: Runs) -> list[Standing]:
    """Return the places that everybody's best runs have on the public half."""
    if not len(runs):
        return []
    people = {one.run_id: one.person for one in tries}
    best = best_of_each(runs, people, board.metric)
    values = {run_id: float(runs.metrics.at[run_id, board.metric]) for run_id in best}
    answers = {run_id: _answers(run_id) for run_id in best}
    placed = _placed(best, values, board.metric, bool(higher_is_better(board.metric, runs.directions)), answers)
    beside = train_metric(board.metric)
    trained = runs.metrics[beside] if beside in runs.metrics else pd.Series(dtype=float)
    return [
        Standing(one, people[one.run_id], _known(trained.get(one.run_id)), str(runs.info.at[one.run_id, "name"]))
        for one in placed
    ]


@kept(
    lambda best, values, metric, better, answers: (
        shared.store_name(), best, metric, better, [run for run in best if answers[run] is None]
    ),
    max_entries=32,
)  # fmt: skip
def _placed(
    best: Sequence[str], values: Mapping[str, float], metric: str, better: bool,
    answers: Mapping[str, pd.DataFrame | None],
) -> list[Placed]:  # fmt: skip
    return places(best, values, metric, better, answers)


def _answers(run_id: str) -> pd.DataFrame | None:
    with suppress(PlaceError):  # it may come back, so this is not kept
        return _stored_answers(run_id)
    return None


@cache.read_from_store(max_entries=512, until=cache.for_ever, copied=False)
def _stored_answers(store: Store, run_id: str) -> pd.DataFrame | None:
    try:
        return read_evaluation(store, run_id)
    except PlaceError:
        raise
    except StoreError:
        return None


def _row(one: Standing, hidden: Placed | None) -> dict[str, Any]:
    return {
        "person": one.person, "run": one.run, "train": one.train, "public": asdict(one.placed),
        "hidden": asdict(hidden) if hidden else None,
    }  # fmt: skip


def _revealed(board: Board) -> list[Standing]:
    """Return what was revealed: who is best on the hidden half first, who has no place there last."""
    found = [
        Standing(
            Placed(**row["public"]), row["person"], row["train"], row["run"], is_revealed=True,
            hidden=Placed(**row["hidden"]) if row["hidden"] else None,
        )
        for row in (board.revealed or {}).get("rows", [])
    ]  # fmt: skip
    sign = -1 if (board.revealed or {}).get("better", True) else 1
    last = (len(found) + 1, 0.0)
    return sorted(found, key=lambda one: (one.hidden.place, sign * one.hidden.value) if one.hidden else last)


def _known(value: float | None) -> float | None:
    return None if value is None or value != value else float(value)
