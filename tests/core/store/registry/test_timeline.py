from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from itertools import count
from threading import Thread

import pytest

from core.errors import StoreError
from core.store.connection import Store
from core.store.registry import journals, timeline
from core.store.registry.events import Change, Event, GateOutcome
from core.store.registry.timeline import find, read_all, read_page, record
from core.store.runs.tables import TIMELINE_EXPERIMENT
from core.store.runs.tracking import find_runs, list_experiments
from tests.fixtures.processes import ended_owner

pytestmark = pytest.mark.on_every_store  # a journal leans on what a database refuses to write twice

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def event(why: str = "", model: str = "m", **more: object) -> Event:
    return Event(model, "move", "Ana", NOON, why, **more)  # type: ignore[arg-type]


def nothing(_event: Event) -> None:
    pass


def write(store: Store, why: str, model: str = "m") -> Event:
    return record(store, model, lambda: event(why, model), nothing)


def reasons(store: Store, model: str = "m") -> list[str]:
    return [entry.why for entry in read_all(store, model)]


def test_nothing_is_written_by_looking(store: Store) -> None:
    assert read_page(store, "m").events == ()
    assert store.client.get_experiment_by_name(TIMELINE_EXPERIMENT) is None


def test_an_entry_comes_back_as_it_was_written(store: Store) -> None:
    full = event(
        "Porque sí: “ñ” <b>&</b> 🎉",
        changes=(Change(3, "Staging", "Production", {"pizarra.stage": "Staging"}), Change(2, "Production", "Archived")),
        aliases={"champion": (2, 3), "challenger": (3, None)},
        noticed=(Change(2, "None", "Production"),),
        gates=(GateOutcome("f1 > 0.85", passed=False, measured="0.61"), GateOutcome("description not empty", True)),
        override="It is for class.",
        undoes=7,
        deleted=(1, 4),
    )
    written = record(store, "m", lambda: full, nothing)
    assert written.number == 1
    assert read_all(store, "m") == [written]


def test_entries_come_newest_first_and_each_model_has_its_own(store: Store) -> None:
    for why in ("first", "second"):
        write(store, why)
    write(store, "alone", "other")
    assert reasons(store) == ["second", "first"]
    assert [(e.number, e.why) for e in read_all(store, "other")] == [(1, "alone")]


@pytest.mark.part(10)
@pytest.mark.parametrize("model", ["it's", 'say "hi"', "a`b", "año ñandú", "100%", "x" * 200])
def test_a_model_of_any_name_has_a_timeline(store: Store, model: str) -> None:
    write(store, "why", model)
    assert reasons(store, model) == ["why"]


def test_a_long_entry_is_kept_whole(store: Store) -> None:
    many = tuple(Change(number, "Production", "Archived", {"pizarra.moved": "x" * 60}) for number in range(300))
    record(store, "m", lambda: event(changes=many), nothing)
    assert read_all(store, "m")[0].changes == many


@pytest.mark.long
def test_years_of_history_go_on_in_further_runs(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timeline, "ENTRIES_A_RUN", 3)
    for number in range(1, 9):
        write(store, str(number))
    newest = read_page(store, "m")
    assert [entry.why for entry in newest.events] == ["8", "7"]
    assert [entry.why for entry in read_page(store, "m", newest.older).events] == ["6", "5", "4"]
    assert [(entry.number, entry.why) for entry in read_all(store, "m")] == [(n, str(n)) for n in range(8, 0, -1)]
    found = [find(store, "m", number) for number in (1, 5, 8, 9, 0)]
    assert [entry.why if entry else None for entry in found] == ["1", "5", "8", None, None]


def test_a_full_run_whose_follower_is_still_empty_shows_what_is_before_it(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(timeline, "ENTRIES_A_RUN", 1)
    write(store, "first")

    def refuse() -> Event:
        raise StoreError("no")

    with pytest.raises(StoreError, match="no"):
        record(store, "m", refuse, nothing)  # the follower is there by now
    assert [entry.why for entry in read_page(store, "m").events] == ["first"]


def test_the_timelines_runs_are_not_among_the_trainings(store: Store) -> None:
    write(store, "why")
    assert TIMELINE_EXPERIMENT not in {experiment.name for experiment in list_experiments(store)}
    assert not len(find_runs(store, ""))


def test_an_entry_whose_deed_fails_stays_and_says_so(store: Store) -> None:
    def fail(_event: Event) -> None:
        raise StoreError("the chalk broke")

    with pytest.raises(StoreError, match="the chalk broke"):
        record(store, "m", event, fail)
    assert [entry.finished for entry in read_all(store, "m")] == [False]
    write(store, "next")
    assert [(e.number, e.finished) for e in read_all(store, "m")] == [(2, True), (1, False)]


def test_what_is_not_planned_is_not_written(store: Store) -> None:
    def refuse() -> Event:
        raise StoreError("look again")

    with pytest.raises(StoreError, match="look again"):
        record(store, "m", refuse, nothing)
    assert read_all(store, "m") == []


ELSEWHERE = "another-machine:1:0.0"


@pytest.fixture
def elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is begun is begun by a process of another machine, of which nobody here can tell whether it has gone."""
    monkeypatch.setattr(timeline, "owner", lambda: ELSEWHERE)
    monkeypatch.setattr(journals, "owner", lambda: ELSEWHERE)


def unfinished(store: Store) -> tuple[str, int]:
    """Begin an entry as a program that dies before it has done what the entry says."""
    run_id, number = timeline._turn(store, "m")
    timeline._claim(store, run_id, event("dead", number=number))
    return run_id, number


@pytest.mark.long
def test_nobody_begins_before_the_last_entry_is_finished(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as another:
        another.setattr(timeline, "owner", lambda: ELSEWHERE)
        run_id, number = unfinished(store)
    thread = Thread(target=write, args=(store, "patient"))
    thread.start()
    thread.join(0.5)
    assert thread.is_alive()
    timeline._end(store, run_id, number, finished=True)
    thread.join(10)
    assert reasons(store) == ["patient", "dead"]


@pytest.mark.usefixtures("elsewhere")
def test_a_program_of_another_machine_is_not_waited_for_for_ever(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timeline, "PATIENCE", 0.2)
    unfinished(store)
    write(store, "impatient")
    assert [(e.why, e.finished) for e in read_all(store, "m")] == [("impatient", True), ("dead", False)]


def test_who_made_the_timelines_and_has_gone_is_not_waited_for(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as dead:
        dead.setattr(journals, "owner", ended_owner)
        journals._experiment_to_write(store)
    monkeypatch.setattr(journals, "_FOUND_WITHIN", float("inf"))
    write(store, "why")
    assert reasons(store) == ["why"]


def test_of_two_that_write_the_same_entry_one_plans_again(store: Store) -> None:
    write(store, "first")
    tries = count()

    def plan() -> Event:
        if next(tries) == 0:  # another program is quicker, between our look and our claim
            run_id, number = timeline._turn(store, "m")
            timeline._claim(store, run_id, event("quicker", number=number))
            timeline._end(store, run_id, number, finished=True)
        return event("slower")

    assert record(store, "m", plan, nothing).number == 3
    assert reasons(store) == ["slower", "quicker", "first"]
    assert next(tries) == 2


def test_of_two_first_runs_one_counts(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    make: Callable[..., str] = journals._make_run
    tries = count()

    def slow(*arguments: object) -> str:
        made = make(*arguments)
        if next(tries) == 1:  # 0 is the index; another program makes its own meanwhile
            write_elsewhere = journals.first(store, "m")
            assert write_elsewhere.info.run_id != made
        return made

    monkeypatch.setattr(journals, "_make_run", slow)
    write(store, "one")
    write(store, "two")
    assert reasons(store) == ["two", "one"]


def test_a_timeline_that_was_deleted_in_mlflow_is_brought_back(store: Store) -> None:
    write(store, "before")
    store.client.delete_experiment(store.client.get_experiment_by_name(TIMELINE_EXPERIMENT).experiment_id)
    assert reasons(store) == ["before"]
    write(store, "after")
    assert reasons(store) == ["after", "before"]


def test_a_store_that_does_not_take_the_entry_says_that_nothing_was_changed(store: Store) -> None:
    done: list[Event] = []
    with pytest.raises(StoreError, match=r"The timeline cannot be written: .* Nothing was changed"):
        record(store, "m", lambda: event("\ud800"), done.append)
    assert done == []
