from __future__ import annotations

import shutil
from datetime import UTC, datetime

import pytest

from core.errors import StoreError
from core.prediction.scenarios.documents import Shelf, read_shelf, shelf_document
from core.prediction.scenarios.pinned import KeptAnswer, Scenario
from core.store.connection import Store
from core.store.runs.artifacts import read_document
from core.store.runs.documents import add_document, list_documents, slug
from tests.fixtures.actors import ANA
from tests.fixtures.stores import run_folder

EARLY, LATE = datetime(2026, 3, 1, 9, tzinfo=UTC), datetime(2026, 3, 1, 10, tzinfo=UTC)


@pytest.fixture
def run_id(store: Store) -> str:
    """A run that ended: it is finished before anything is saved with it."""
    run_id = str(store.client.create_run("0").info.run_id)
    store.client.set_terminated(run_id)
    return run_id


def test_scenarios_are_saved_with_a_finished_run_and_read_again(store: Store, run_id: str) -> None:
    kept = KeptAnswer("Production", 3, "No", 0.75)
    scenario = Scenario("¿Año ñandú?", {"tenure": 3, "größe": None, "big": 2**70}, {"Production": kept}, EARLY)
    shelf = Shelf("Our cases", "telco", "Ana", EARLY, [scenario])
    path = add_document(store, ANA, run_id, "scenarios", shelf.name, shelf_document(shelf), EARLY)
    assert path.startswith("scenarios/20260301-090000-our-cases-")
    assert read_shelf(read_document(store, run_id, path)) == shelf
    assert store.client.get_run(run_id).info.status == "FINISHED"


def test_nothing_is_replaced_and_the_newest_comes_first(store: Store, run_id: str) -> None:
    paths = [
        add_document(store, ANA, run_id, "scenarios", "same", {"n": n}, at) for n, at in enumerate([EARLY, LATE, LATE])
    ]
    listed = list_documents(store, run_id, "scenarios")
    assert sorted(listed) == sorted(paths)
    assert len(set(listed)) == 3
    assert listed[-1] == paths[0]
    assert {read_document(store, run_id, path)["n"] for path in listed} == {0, 1, 2}  # type: ignore[index]


def test_what_is_saved_in_a_copy_of_a_store_is_not_in_the_original(populated: Store, own_populated: Store) -> None:
    run_id = populated.client.search_runs(["1"], "attributes.run_name = 'line'")[0].info.run_id
    assert list_documents(populated, run_id, "plots") == []
    path = add_document(own_populated, ANA, run_id, "scenarios", "a", {}, EARLY)
    assert list_documents(own_populated, run_id, "scenarios") == [path]
    assert list_documents(populated, run_id, "scenarios") == []


def test_only_documents_in_the_folder_are_listed(store: Store, run_id: str) -> None:
    for path in ("scenarios/a.json", "scenarios/notes.txt", "scenarios/deeper/b.json", "c.json", "scenarios/D.JSON"):
        store.client.log_text(run_id, "{}", path)
    assert list_documents(store, run_id, "scenarios") == ["scenarios/a.json", "scenarios/D.JSON"]
    assert list_documents(store, run_id, "nothing") == []


def test_a_run_that_is_gone_is_said(store: Store) -> None:
    with pytest.raises(StoreError, match=r"This could not be saved among the files of the run: .*not found"):
        add_document(store, ANA, "0" * 32, "scenarios", "a", {}, EARLY)


@pytest.mark.not_served(reason="a server says in its own words what it cannot write")
def test_files_that_cannot_be_written_to_are_said(store: Store, run_id: str) -> None:
    place = run_folder(store, run_id)
    shutil.rmtree(place, ignore_errors=True)
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text("a file where the folder was")
    with pytest.raises(StoreError, match="This could not be saved among the files of the run"):
        add_document(store, ANA, run_id, "scenarios", "a", {}, EARLY)


@pytest.mark.parametrize("name", ["../../etc/passwd", "a/b\\c", "CON: *?", ".", "x" * 500, "\u202e\x00"])
def test_a_slug_is_a_file_name_everywhere(name: str) -> None:
    assert set(slug(name)) <= set("abcdefghijklmnopqrstuvwxyz0123456789-")
    assert 0 < len(slug(name)) <= 40
