"""One version in Production, never two: direct, through a real server, and through one without stages."""

from __future__ import annotations

import multiprocessing
import re
import subprocess
import sys
import time
import warnings
from collections.abc import Iterator, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as examples
from hypothesis import strategies as st
from sqlalchemy import Engine, event

from core.access import Actor
from core.errors import StoreError
from core.i18n import speaking
from core.store.connection import Store, open_store
from core.store.registry import timeline
from core.store.registry.editing import Written, edit
from core.store.registry.events import LOGGED, Event, GateOutcome, staged_before
from core.store.registry.foreign_changes import misplaced_aliases, outside_changes
from core.store.registry.promotion import (
    ChangedMeanwhileError,
    Move,
    change_gates,
    delete_version,
    move,
    seen,
    seen_in,
    settle,
    undo,
)
from core.store.registry.registered_models import files_are_there, find_model
from core.store.registry.stages import STAGE_TAG, STAGES, Stage, Standing, has_stages, read_standing
from core.store.registry.timeline import read_all
from tests.fixtures.actors import ANA, BEA
from tests.fixtures.dashboards import ROOT
from tests.fixtures.draws import draws
from tests.fixtures.processes import started
from tests.fixtures.servers import refusing
from tests.fixtures.store_kinds import Stores, served_too
from tests.fixtures.stores import FLOWERS, change, make_versions

pytestmark = pytest.mark.on_every_store  # versions are numbers there and texts here, and many write at once

PEOPLE = 20


@pytest.fixture(scope="module")
def served(stores: Stores, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """A real server on a store of its own."""
    folder = tmp_path_factory.mktemp("served")
    with stores.new(folder) as uri, served_too(open_store(uri), folder) as server:
        yield server


@pytest.fixture(scope="module")
def stageless(served: Store) -> Iterator[Store]:
    """The same server, as it will be when MLflow drops stages."""
    with refusing(served, "/transition-stage") as store:
        yield store


@pytest.fixture(params=["direct", "server", "server without stages"])
def anywhere(request: pytest.FixtureRequest, store: Store) -> Store:
    """An empty place for models in each kind of store."""
    if request.param == "direct":
        return store
    return request.getfixturevalue("served" if request.param == "server" else "stageless")  # type: ignore[no-any-return]


@pytest.fixture
def model(anywhere: Store, request: pytest.FixtureRequest) -> str:
    """A new model of five versions in that place."""
    name = request.node.name
    make_versions(anywhere, name, 5)
    return str(name)


def go(store: Store, model: str, number: int, stage: Stage, **more: Any) -> Event:
    return move(store, ANA, Move(model, number, stage, "Because.", **more))


def by_another_program(store: Store, model: str, number: int, stage: Stage) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        store.client.transition_model_version_stage(model, str(number), stage)


def production(store: Store, model: str) -> list[int]:
    return read_standing(store, model).in_stage("Production")


@pytest.mark.long
def test_a_server_without_stages_is_known_by_asking(served: Store, stageless: Store) -> None:
    assert has_stages(served)
    assert not has_stages(stageless)


@pytest.mark.part(16)
@pytest.mark.parametrize("start", STAGES)
@pytest.mark.parametrize("end", STAGES)
def test_every_move_and_its_undo(store: Store, start: Stage, end: Stage) -> None:
    make_versions(store, "m", 2)
    if start != "None":
        go(store, "m", 1, start)
    before = read_standing(store, "m")
    if start == end:
        with pytest.raises(ChangedMeanwhileError, match="Nothing would change"):
            go(store, "m", 1, end)
        return
    entry = go(store, "m", 1, end)
    assert read_standing(store, "m").stages[1] == end
    undo(store, ANA, "m", entry.number)
    assert read_standing(store, "m") == before


@pytest.mark.long
def test_a_promotion_and_its_undo_anywhere(anywhere: Store, model: str) -> None:
    go(anywhere, model, 2, "Production")
    go(anywhere, model, 3, "Staging")
    before = read_standing(anywhere, model)
    assert (before.stages[2], before.stages[3]) == ("Production", "Staging")
    assert before.aliases == {"champion": 2, "challenger": 3}
    entry = go(anywhere, model, 3, "Production")
    after = read_standing(anywhere, model)
    assert (after.stages[2], after.stages[3], after.aliases) == ("Archived", "Production", {"champion": 3})
    assert {number: tags[STAGE_TAG] for number, tags in after.tags.items() if tags} == {2: "Archived", 3: "Production"}
    assert [v.number for v in find_model(anywhere, model).in_stage("Production")] == [3]
    undo(anywhere, ANA, model, entry.number, "Too early.")
    assert read_standing(anywhere, model) == before
    last = read_all(anywhere, model)[0]
    assert (last.kind, last.undoes, last.why) == ("undo", entry.number, "Too early.")


@pytest.mark.long
def test_an_undo_can_be_taken_back_too(anywhere: Store, model: str) -> None:
    entry = go(anywhere, model, 1, "Production")
    after = read_standing(anywhere, model).stages
    back = undo(anywhere, ANA, model, entry.number)
    undo(anywhere, ANA, model, back.number)
    assert read_standing(anywhere, model).stages == after


@pytest.mark.long
@pytest.mark.parametrize("place", ["None", "Staging", "Archived"])
def test_what_is_in_production_goes_where_it_is_said(anywhere: Store, model: str, place: Stage) -> None:
    go(anywhere, model, 1, "Production")
    go(anywhere, model, 2, "Production", others_to=place)
    standing = read_standing(anywhere, model)
    assert (standing.stages[1], standing.stages[2]) == (place, "Production")
    assert standing.aliases == {"champion": 2} | ({"challenger": 1} if place == "Staging" else {})


@pytest.mark.long
def test_the_alias_is_what_mlflow_takes_for_the_stage(store: Store) -> None:
    make_versions(store, "m", 4)
    for number, stage in ((3, "Staging"), (1, "Staging"), (2, "Production"), (4, "Production")):
        go(store, "m", number, stage)  # type: ignore[arg-type]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for stage, alias in (("Production", "champion"), ("Staging", "challenger")):
            latest = store.client.get_latest_versions("m", [stage])[0].version
            assert store.client.get_model_version_by_alias("m", alias).version == latest


def test_aliases_of_others_are_left_alone(store: Store) -> None:
    make_versions(store, "m", 2)
    store.client.set_registered_model_alias("m", "theirs", "1")
    entry = go(store, "m", 1, "Production")
    undo(store, ANA, "m", entry.number)
    assert find_model(store, "m").aliases == {"theirs": 1}


moves = st.lists(
    st.one_of(
        st.tuples(
            st.just("move"), st.integers(1, 4), st.sampled_from(STAGES), st.sampled_from(["Archived", "Staging"])
        ),
        st.tuples(st.just("undo"), st.integers(1, 6)),
    ),
    min_size=1,
    max_size=6,
)


@given(moves)
@examples(max_examples=draws(25, 8), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_after_any_history_undo_brings_back_what_was(
    stores: Stores, tmp_path_factory: pytest.TempPathFactory, history: list[tuple[Any, ...]]
) -> None:
    with stores.new(tmp_path_factory.mktemp("any")) as uri:
        undo_each_of(open_store(uri), history)


def undo_each_of(store: Store, history: list[tuple[Any, ...]]) -> None:
    make_versions(store, "m", 4)
    for step in history:
        before = read_standing(store, "m")
        try:
            if step[0] == "move":
                entry = go(store, "m", step[1], step[2], others_to=step[3])
            else:
                entry = undo(store, ANA, "m", step[1])
        except StoreError:  # it was there already, there is no such entry, or it was moved again since
            assert read_standing(store, "m") == before
            continue
        after = read_standing(store, "m")
        assert len(after.in_stage("Production")) <= 1
        back = undo(store, ANA, "m", entry.number)
        assert read_standing(store, "m") == before
        undo(store, ANA, "m", back.number)
        assert (read_standing(store, "m").stages, read_standing(store, "m").aliases) == (after.stages, after.aliases)


def press(uri: str, model: str, number: int, again: bool) -> str:
    """Promote as somebody who saw version 1 in Production; with ``again`` they look and press until it is done."""
    store = open_store(uri)
    standing = Standing({1: "Production", number: "None"})
    while True:
        try:
            go(store, model, number, "Production", seen=seen_in(standing, number, "Production"))
        except ChangedMeanwhileError:
            if again:
                standing = read_standing(store, model)
                continue
            return "changed meanwhile"
        except StoreError as error:
            return str(error)
        return "done"


def pressed_at_once(
    crowd: Executor, store: Store, model: str, numbers: Sequence[int], again: bool
) -> tuple[list[str], int]:
    """Have one of a crowd press for each version; return what came of it and the most Productions seen meanwhile."""
    pressed = [crowd.submit(press, store.uri, model, number, again) for number in numbers]
    most = 0
    while not all(one.done() for one in pressed):
        most = max(most, len(production(store, model)))
    return [one.result() for one in pressed], most


@pytest.mark.long
@pytest.mark.parametrize(
    "again", [pytest.param(False, id="once", marks=pytest.mark.long), pytest.param(True, id="until done")]
)
def test_twenty_people_press_at_once(anywhere: Store, request: pytest.FixtureRequest, again: bool) -> None:
    name, crowd = request.node.name, 6 if again else PEOPLE  # all are served one after the other where each is
    make_versions(anywhere, name, crowd + 1)
    go(anywhere, name, 1, "Production")
    with ThreadPoolExecutor(crowd) as people:
        said, most = pressed_at_once(people, anywhere, name, range(2, crowd + 2), again)
    assert set(said) <= {"done", "changed meanwhile"}
    assert said.count("done") == (crowd if again else 1)
    assert most == 1
    entries = read_all(anywhere, name)
    assert [entry.number for entry in entries] == list(range(said.count("done") + 1, 0, -1))
    standing = read_standing(anywhere, name)
    winner = entries[0].changes[0].version
    assert (standing.in_stage("Production"), standing.aliases) == ([winner], {"champion": winner})
    assert len(standing.in_stage("Archived")) == said.count("done")


@pytest.fixture(scope="module")
def dashboards() -> Iterator[Executor]:
    """Four processes, each with its own view of a store."""
    ways = multiprocessing.get_context("forkserver" if sys.platform == "linux" else "spawn")
    ways.set_forkserver_preload(["core.store.registry.promotion", "hypothesis"])  # imported once for all four
    with ProcessPoolExecutor(4, ways) as processes:
        assert [done.result() for done in [processes.submit(time.sleep, 1) for _ in range(4)]] == [None] * 4
        yield processes


@pytest.mark.long
@pytest.mark.parametrize("kind", ["direct", pytest.param("server", marks=pytest.mark.long)])
def test_several_dashboards_press_at_once(
    kind: str, dashboards: Executor, store: Store, request: pytest.FixtureRequest
) -> None:
    place = store if kind == "direct" else request.getfixturevalue("served")
    name = request.node.name
    make_versions(place, name, 4)
    said, most = pressed_at_once(dashboards, place, name, range(1, 5), again=True)
    assert said == ["done"] * 4
    assert most <= 1
    assert [entry.number for entry in read_all(place, name)] == [4, 3, 2, 1]
    assert len(production(place, name)) == 1


@pytest.mark.long
def test_the_next_move_does_not_wait_for_a_program_that_was_killed(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_versions(store, "m", 3)
    go(store, "m", 1, "Production")
    command = [sys.executable, "-m", "tests.fixtures.doomed_promotion", store.uri, "m", "2"]
    with started(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as doomed:
        assert doomed.stdout is not None
        assert doomed.stdout.readline() == "moved\n"
        doomed.kill()
    monkeypatch.setattr(timeline, "PATIENCE", float("inf"))  # whoever waits, waits for ever
    go(store, "m", 3, "Production")
    assert production(store, "m") == [3]
    assert read_standing(store, "m").aliases == {"champion": 3}
    assert [(e.changes[0].version, e.finished) for e in read_all(store, "m")] == [(3, True), (2, False), (1, True)]


@pytest.mark.long
def test_who_decided_on_what_is_no_longer_so_is_told(store: Store) -> None:
    make_versions(store, "m", 3)
    go(store, "m", 1, "Production")
    saw = seen(find_model(store, "m"), 3, "Production")
    assert saw == {1: "Production", 3: "None"}
    go(store, "m", 2, "Production")
    with pytest.raises(ChangedMeanwhileError, match=r"while you were deciding\. Nothing was moved"):
        go(store, "m", 3, "Production", seen=saw)
    assert production(store, "m") == [2]


FAILED = (GateOutcome("f1 > 0.85", False, "0.61"), GateOutcome("description not empty", True, ""))


def test_a_failed_gate_keeps_a_version_out_of_production(store: Store) -> None:
    make_versions(store, "m", 1)
    with pytest.raises(StoreError, match=r"must pass every gate of its model, but it fails 1 of 2\. .*the presenter"):
        go(store, "m", 1, "Production", gates=FAILED)
    assert production(store, "m") == []
    assert read_all(store, "m") == []
    assert go(store, "m", 1, "Staging", gates=FAILED).gates == FAILED  # it may be tried all the same


def test_who_was_judged_by_other_gates_is_told(store: Store) -> None:
    make_versions(store, "m", 1)
    change_gates(store, BEA, "m", ["f1 > 0.5"])
    with pytest.raises(ChangedMeanwhileError, match="Somebody changed the gates of m while you were deciding"):
        go(store, "m", 1, "Production", rules="")
    assert go(store, "m", 1, "Production", rules="f1 > 0.5", gates=FAILED[1:]).changes


@pytest.mark.part(3)
@pytest.mark.parametrize("judged", [{}, {"rules": "f1 > 0.5\nf1 > 0.6"}, {"gates": FAILED[1:]}])
def test_nobody_gets_past_gates_without_being_judged_by_each(store: Store, judged: dict[str, Any]) -> None:
    make_versions(store, "m", 1)
    change_gates(store, BEA, "m", ["f1 > 0.5", "f1 > 0.6"])
    with pytest.raises(StoreError, match="Version 1 must be judged by all 2 gates of its model"):
        go(store, "m", 1, "Production", **judged)
    assert production(store, "m") == []


def test_an_override_lets_it_pass_and_is_kept(store: Store) -> None:
    make_versions(store, "m", 1)
    go(store, "m", 1, "Production", gates=FAILED, judged_on=LOGGED, override="To show what then happens.")
    kept = read_all(store, "m")[0]
    assert (kept.gates, kept.judged_on, kept.override) == (FAILED, LOGGED, "To show what then happens.")


@pytest.mark.part(2)
@pytest.mark.parametrize(
    ("by", "why", "said"),
    [("", "why", "A change needs a name"), ("  ", "why", "needs a name"), ("Ana", " ", "needs a reason")],
)
def test_production_needs_a_name_and_a_reason(store: Store, by: str, why: str, said: str) -> None:
    make_versions(store, "m", 1)
    with pytest.raises(StoreError, match=said):
        move(store, Actor(by, "presenter"), Move("m", 1, "Production", why))


@pytest.mark.long
def test_a_change_by_somebody_without_a_name_is_kept_without_one(store: Store) -> None:
    make_versions(store, "m", 1)
    entry = go(store, "m", 1, "Staging")
    with speaking("es"):
        undo(store, Actor("", "presenter"), "m", entry.number)
        change_gates(store, Actor(" ", "presenter"), "m", ["f1 > 0.5"])
    assert [(event.kind, event.by) for event in read_all(store, "m")] == [("gates", ""), ("undo", ""), ("move", "Ana")]


def test_a_long_reason_is_cut_rather_than_lost(store: Store) -> None:
    make_versions(store, "m", 1)
    move(store, Actor("A" * 300, "presenter"), Move("m", 1, "Production", "b" * 3000))
    kept = read_all(store, "m")[0]
    assert (len(kept.by), len(kept.why)) == (80, 500)


def test_a_version_that_is_not_there_cannot_move(store: Store) -> None:
    make_versions(store, "m", 1)
    with pytest.raises(StoreError, match="Model m has no version 9"):
        go(store, "m", 9, "Staging")


def two_in_production(store: Store) -> None:
    make_versions(store, "m", 3)
    for number in (1, 2):
        by_another_program(store, "m", number, "Production")


def test_two_that_another_program_left_in_production_are_settled(store: Store) -> None:
    two_in_production(store)
    entry = settle(store, ANA, "m", 1, "One is enough.")
    assert production(store, "m") == [1]
    assert find_model(store, "m").aliases == {"champion": 1}
    assert [(c.version, c.before, c.after) for c in entry.changes] == [(2, "Production", "Archived")]
    with pytest.raises(StoreError, match="Only one version of a model may be in Production, but versions 1, 2 would"):
        undo(store, ANA, "m", entry.number)
    assert production(store, "m") == [1]


def test_a_promotion_settles_them_too(store: Store) -> None:
    two_in_production(store)
    go(store, "m", 3, "Production", others_to="Staging")
    assert read_standing(store, "m").stages == {1: "Staging", 2: "Staging", 3: "Production"}


def test_only_what_is_in_production_can_be_kept_there(store: Store) -> None:
    two_in_production(store)
    for keep in (3, None):
        with pytest.raises(ChangedMeanwhileError, match="while you were deciding"):
            settle(store, ANA, "m", keep)


@pytest.mark.part(4)
@pytest.mark.parametrize("status", ["FAILED_REGISTRATION", "PENDING_REGISTRATION"])
@pytest.mark.parametrize("stage", ["Staging", "Production"])
def test_a_version_whose_registration_did_not_end_well_is_never_promoted(
    store: Store, status: str, stage: Stage
) -> None:
    make_versions(store, "m", 2)
    change(store, f"update model_versions set status = '{status}' where version = 2")
    with pytest.raises(StoreError, match="registration has ended well, but that of version 2 of m"):
        go(store, "m", 2, stage)
    assert read_standing(store, "m").stages == {1: "None", 2: "None"}
    go(store, "m", 2, "Archived")
    assert find_model(store, "m").version(2).status == status


@pytest.mark.long
def test_an_undo_and_a_settlement_promote_no_version_that_became_unready(store: Store) -> None:
    two_in_production(store)
    entry = go(store, "m", 3, "Production")
    change(store, "update model_versions set status = 'FAILED_REGISTRATION' where version = 1")
    with pytest.raises(StoreError, match="that of version 1 of m failed or goes on"):
        undo(store, ANA, "m", entry.number)
    by_another_program(store, "m", 1, "Production")
    with pytest.raises(StoreError, match="that of version 1 of m failed or goes on"):
        settle(store, ANA, "m", 1, "One is enough.")
    settle(store, ANA, "m", 3, "One is enough.")
    assert production(store, "m") == [3]


def test_aliases_that_another_program_moved_are_put_right(store: Store) -> None:
    make_versions(store, "m", 2)
    go(store, "m", 1, "Production")
    assert misplaced_aliases(find_model(store, "m")) == {}
    store.client.set_registered_model_alias("m", "champion", "2")
    assert misplaced_aliases(find_model(store, "m")) == {"champion": (2, 1)}
    entry = settle(store, ANA, "m", 1)
    assert find_model(store, "m").aliases == {"champion": 1}
    with pytest.raises(StoreError, match="moved nothing that can be taken back"):
        undo(store, ANA, "m", entry.number)


def test_an_alias_of_somebody_who_uses_no_stages_is_not_called_misplaced(store: Store) -> None:
    make_versions(store, "m", 1)
    store.client.set_registered_model_alias("m", "champion", "1")
    assert misplaced_aliases(find_model(store, "m")) == {}


@pytest.mark.long
def test_changes_of_other_programs_are_noticed_and_kept_with_the_next_change(store: Store) -> None:
    make_versions(store, "m", 3)
    go(store, "m", 1, "Production")
    by_another_program(store, "m", 1, "Archived")
    by_another_program(store, "m", 3, "Staging")
    found = outside_changes(find_model(store, "m"))
    assert {(e.changes[0].version, e.changes[0].before, e.changes[0].after) for e in found} == {
        (1, "Production", "Archived"), (3, "None", "Staging"),
    }  # fmt: skip
    assert {e.kind for e in found} == {"outside"}
    before = read_standing(store, "m")
    entry = go(store, "m", 3, "Production")
    assert [(c.version, c.before, c.after) for c in read_all(store, "m")[0].noticed] == [(3, "None", "Staging")]
    assert [e.changes[0].version for e in outside_changes(find_model(store, "m"))] == [1]
    undo(store, ANA, "m", entry.number)
    assert read_standing(store, "m") == before
    known = read_all(store, "m")
    assert [e.changes[0].version for e in outside_changes(find_model(store, "m"), known)] == [1]


@pytest.mark.long
def test_without_stages_an_alias_that_moved_is_a_change_of_another_program(stageless: Store) -> None:
    make_versions(stageless, "outside", 2)
    go(stageless, "outside", 1, "Production")
    stageless.client.set_registered_model_alias("outside", "champion", "2")
    found = outside_changes(find_model(stageless, "outside"))
    assert {(e.changes[0].version, e.changes[0].after) for e in found} == {(1, "Archived"), (2, "Production")}


def test_what_was_moved_again_since_cannot_be_taken_back(store: Store) -> None:
    make_versions(store, "m", 1)
    entry = go(store, "m", 1, "Staging")
    go(store, "m", 1, "Production")
    with pytest.raises(ChangedMeanwhileError, match="version 1 of m was moved again since"):
        undo(store, ANA, "m", entry.number)


def test_what_never_was_cannot_be_taken_back(store: Store) -> None:
    make_versions(store, "m", 1)
    with pytest.raises(StoreError, match="Entry 4 of the timeline of m moved nothing"):
        undo(store, ANA, "m", 4)


@pytest.mark.long
def test_a_challenger_of_later_stays_when_an_earlier_move_is_taken_back(store: Store) -> None:
    make_versions(store, "m", 3)
    go(store, "m", 1, "Staging")
    entry = go(store, "m", 1, "Production")
    go(store, "m", 3, "Staging")
    undo(store, ANA, "m", entry.number)
    assert read_standing(store, "m").aliases == {"challenger": 3}


def test_a_version_that_was_in_staging_is_known_to_have_been(store: Store) -> None:
    make_versions(store, "m", 2)
    go(store, "m", 1, "Staging")
    go(store, "m", 1, "Archived")
    events = read_all(store, "m")
    assert (staged_before(events, 1), staged_before(events, 2)) == (True, False)


@pytest.mark.long
def test_a_deed_that_the_store_refuses_half_way_is_said_and_written_as_unfinished(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_versions(store, "m", 2)
    go(store, "m", 1, "Production")

    def refuse(*_arguments: object) -> None:
        store.client.get_run("nowhere")

    monkeypatch.setattr(store.client, "set_registered_model_alias", refuse)
    with pytest.raises(StoreError, match="The store refused the change"):
        go(store, "m", 2, "Production")
    assert read_all(store, "m")[0].finished is False
    assert production(store, "m") == [2]
    assert misplaced_aliases(find_model(store, "m")) == {"champion": (1, 2)}


@pytest.mark.long
def test_a_deleted_version_is_remembered(anywhere: Store, model: str) -> None:
    go(anywhere, model, 2, "Production")
    delete_version(anywhere, ANA, model, 2, "It was trained on the test rows.")
    assert sorted(v.number for v in find_model(anywhere, model).versions) == [1, 3, 4, 5]
    assert find_model(anywhere, model).aliases == {}
    last = read_all(anywhere, model)[0]
    assert (last.kind, last.deleted, last.why) == ("delete", (2,), "It was trained on the test rows.")


@pytest.mark.long
def test_five_hundred_versions_are_promoted_like_one(store: Store) -> None:
    make_versions(store, "m", 500)
    for number in (500, 499, 3):
        go(store, "m", number, "Production")
    standing = read_standing(store, "m")
    assert (standing.in_stage("Production"), standing.in_stage("Archived")) == ([3], [500, 499])
    assert len(standing.in_stage("None")) == 497


def test_the_demos_models_have_a_timeline_from_the_start(own_populated: Store) -> None:
    assert [e.by for e in read_all(own_populated, FLOWERS)] == ["fixture"] * 3


def test_a_standing_says_what_is_in_a_stage_newest_first() -> None:
    assert Standing({1: "Staging", 3: "Staging", 2: "None"}).in_stage("Staging") == [3, 1]


def test_versions_reach_the_database_as_numbers(store: Store) -> None:
    """SQLite takes a text for the number that it says; PostgreSQL refuses to compare the two."""
    make_versions(store, "m", 3)
    texts: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, values: Any, _context: object, many: bool) -> None:
        if re.search(r"model_version|registered_model_aliases", statement):
            given = [value for row in (values if many else [values]) for value in row]
            texts.extend(statement for value in given if isinstance(value, str) and value.isdecimal())

    event.listen(Engine, "before_cursor_execute", note)
    try:
        go(store, "m", 1, "Production")
        undo(store, ANA, "m", go(store, "m", 2, "Production").number)
        found = find_model(store, "m")
        edit(store, ANA, found, found.version(3), Written("Good.", "", ["best"], [("colour", "red")]))
        files_are_there(store, found.version(3))
        delete_version(store, ANA, "m", 3, "No longer needed.")
    finally:
        event.remove(Engine, "before_cursor_execute", note)
    assert texts == []
