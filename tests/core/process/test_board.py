"""The open board, read from a real store and a class's file."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from types import SimpleNamespace

import pytest

from core.access import Actor
from core.errors import PizarraError
from core.process import board as boards
from core.process import shared
from core.settings import settings
from core.store.connection import Store
from core.store.ends import settle
from core.store.places import SilentPlaceError
from core.store.runs.lifecycle import delete_runs
from core.store.writer import writing
from core.training import hidden
from core.training.fit import train
from core.training.jobs import Jobs
from core.training.launching import schedule
from tests.fixtures.actors import ANA
from trainers import TASKS

WINE = TASKS["wine"]
DEEP, FLAT = {"max_depth": 6, "n_estimators": 20}, {"max_depth": 1, "n_estimators": 1}


@pytest.fixture
def here(store: Store, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    """The store that this process shows."""
    monkeypatch.setenv("MLFLOW_TRACKING_URI", store.uri)
    settings.cache_clear()
    shared.forget()
    yield store
    shared.forget()
    settings.cache_clear()


@pytest.fixture(scope="module")
def cluster() -> Iterator[Jobs]:
    jobs = Jobs(replace(settings(), workers=1, dask_scheduler=""))
    yield jobs
    jobs.close()


def joined(nickname: str) -> Actor:
    member = shared.members().join(f"browser of {nickname}", nickname)
    return Actor(member.shown, "audience", member=f"member {member.number}")


def attempt(store: Store, actor: Actor, params: dict[str, object]) -> str:
    """Train as a worker would, here."""
    with shared.boards().entering(actor, WINE.name, lambda _runs: {}) as note:
        job = schedule(store, actor, WINE, "random_forest", params)  # type: ignore[arg-type]
        assert note is not None
        note(job.run_id)
    with writing(store, job.run_id) as run:
        run.write(train(WINE, job.algorithm, job.params, settings=settings(), report=run.progress, public_half=True))
    return job.run_id


def contest() -> None:
    shared.boards().open(ANA, WINE.name, "test_accuracy", each=0, total=0)


def test_without_a_board_there_is_nothing_to_see(here: Store) -> None:
    assert boards.look(ANA) is None
    boards.reveal(ANA, 1, WINE)
    boards.end(ANA, 1)
    assert shared.boards().records() == []


def test_a_board_without_a_finished_run_is_empty_and_cannot_be_revealed(here: Store) -> None:
    contest()
    found = boards.look(ANA)
    assert found is not None
    assert (found.lines, found.tries, found.tries_left) == ((), 0, None)
    with pytest.raises(PizarraError, match="at least 1 run that has finished"):
        boards.reveal(ANA, 1, WINE)


@pytest.mark.long
def test_the_best_run_of_each_is_shown_and_what_failed_or_was_deleted_is_not(here: Store) -> None:
    contest()
    luz, eva = joined("Luz"), joined("Eva")
    attempt(here, luz, FLAT)
    best = attempt(here, luz, DEEP)
    gone = attempt(here, eva, DEEP)
    with shared.boards().entering(eva, WINE.name, lambda _runs: {}) as note:
        failed = schedule(here, eva, WINE, "random_forest", {})
        assert note is not None
        note(failed.run_id)
    settle(here, failed.run_id, status="FAILED", reason="The chalk broke.")
    found = boards.look(eva)
    assert found is not None
    assert [(line.name, line.tries, line.mine) for line in found.lines] == [("Luz", 2, False), ("Eva", 1, True)]
    assert found.lines[0].run_id == best
    assert found.lines[0].train == 1.0
    assert all(line.hidden is None for line in found.lines)
    delete_runs(here, ANA, [gone])
    shared.mirror().reread([gone])
    again = boards.look(eva)
    assert again is not None
    assert (again.mine, again.my_tries) == (None, 0)


@pytest.mark.long
def test_a_name_that_is_hidden_or_removed_is_so_on_the_board_too(here: Store) -> None:
    contest()
    luz = joined("Luz")
    attempt(here, luz, FLAT)
    member = shared.members().all()[0]
    shared.members().remove(ANA, member.number)
    found = boards.look(luz)
    assert found is not None
    assert (found.lines[0].name, found.lines[0].mine) == (f"#{member.number}", True)


@pytest.mark.long
def test_a_frozen_board_stays_as_it_was(here: Store) -> None:
    contest()
    luz = joined("Luz")
    attempt(here, luz, FLAT)
    before = boards.look(luz)
    shared.boards().freeze(ANA, 1, on=True)
    attempt(here, luz, DEEP)
    attempt(here, joined("Eva"), DEEP)
    found = boards.look(luz)
    assert before is not None
    assert found is not None
    assert [(line.run_id, line.value) for line in found.lines] == [(line.run_id, line.value) for line in before.lines]
    assert found.my_tries == 2
    shared.boards().freeze(ANA, 1, on=False)
    thawed = boards.look(luz)
    assert thawed is not None
    assert len(thawed.lines) == 2


@pytest.mark.long
def test_the_record_of_a_frozen_board_is_whole(here: Store) -> None:
    contest()
    shared.boards().freeze(ANA, 1, on=True)
    attempt(here, joined("Luz"), FLAT)
    assert [line.name for line in boards.look(ANA).lines] == []  # type: ignore[union-attr]
    boards.end(ANA, 1)
    (kept,) = shared.boards().records()
    assert kept.record is not None
    assert [row["name"] for row in kept.record["rows"]] == ["Luz"]


@pytest.mark.long
def test_a_silent_place_stops_a_reveal_which_writes_nothing_then(here: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    contest()
    run = attempt(here, joined("Luz"), FLAT)

    def silent(*_about: object) -> None:
        raise SilentPlaceError("s3://away")

    def report(_done: int, _of: int) -> None:
        pass

    for name in ("describe_model", "read_evaluation"):
        with monkeypatch.context() as patched:
            patched.setattr(hidden, name, silent)
            with pytest.raises(SilentPlaceError):
                hidden.hidden_answers(here.uri, WINE, [run], report=report)
    with monkeypatch.context() as patched:
        patched.setattr(hidden, "answer", lambda *_about: 1 / 0)
        assert hidden.hidden_answers(here.uri, WINE, [run], report=report) == {run: None}
    nothing = SimpleNamespace(result=lambda: {run: None})
    workers = SimpleNamespace(begin=lambda *_about: nothing)
    monkeypatch.setattr(shared, "jobs", lambda: SimpleNamespace(workers=workers))
    with pytest.raises(PizarraError, match="no model answers as it did"):
        boards.reveal(ANA, 1, WINE)
    board = shared.boards().current()
    assert board is not None
    assert board.revealed is None


@pytest.mark.long
def test_the_reveal_shows_the_hidden_half_and_the_record_keeps_it(
    here: Store, cluster: Jobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shared, "jobs", lambda: cluster)
    contest()
    luz, eva = joined("Luz"), joined("Eva")
    attempt(here, luz, DEEP)
    attempt(here, eva, FLAT)
    shared.boards().freeze(ANA, 1, on=True)
    board = shared.boards().current()
    assert board is not None
    attempt(here, luz, FLAT)
    assert len(boards.runs_of(board).ids) == 2
    boards.reveal(ANA, 1, WINE)
    board = shared.boards().current()
    assert board is not None
    assert len(boards.runs_of(board).ids) == 3
    found = boards.look(luz)
    assert found is not None
    whole = train(WINE, "random_forest", DEEP, settings=settings(), report=lambda _stage: None).metrics  # type: ignore[arg-type]
    deep = next(line for line in found.lines if line.mine)
    assert deep.hidden is not None
    assert (deep.value + deep.hidden) / 2 == pytest.approx(whole["test_accuracy"])  # 18 rows each
    assert all(line.rose is not None for line in found.lines)
    boards.end(ANA, 1)
    assert boards.look(luz) is None
    (kept,) = shared.boards().records()
    assert kept.record is not None
    assert kept.record["revealed"]
    assert {row["name"] for row in kept.record["rows"]} == {"Luz", "Eva"}
    assert all(row["hidden"] is not None for row in kept.record["rows"])
