from __future__ import annotations

from pathlib import Path

import pytest

from core.store.connection import Store
from core.store.registry.registered_models import register
from core.store.states.going import GoingRun, what_goes
from tests.core.store.states.test_exchange import student_run, write
from tests.fixtures.actors import FIXTURE
from tests.fixtures.stores import FLOWERS

pytestmark = pytest.mark.sqlite_only(reason="only a SQLite store is packed, reset and brought back")


@pytest.mark.long
def test_nothing_goes_of_a_store_as_it_was_packed(begun: Store, small_pack: Path) -> None:
    going = what_goes(begun, small_pack)
    assert going.nothing
    assert (going.experiments, going.runs, going.versions, going.files) == ((), (), (), 0)


@pytest.mark.long
def test_what_the_pack_did_not_make_goes_by_name(begun: Store, small_pack: Path) -> None:
    run_id = student_run(begun)
    deleted = student_run(begun, "deleted")
    begun.client.delete_run(deleted)
    line = begun.client.search_runs(["1"], "attributes.run_name = 'line'")[0].info.run_id
    register(begun, FIXTURE, line, FLOWERS)
    write(begun, line, "scenarios/a.json", "{}")
    going = what_goes(begun, small_pack)
    assert going.experiments == ("a lesson",)
    assert going.runs == (GoingRun("Ana's", "a lesson", "Ana"),)
    assert going.versions == ((FLOWERS, 4),)
    assert (going.deleted, going.files, going.nothing) == (1, 1, False)
    assert begun.client.get_run(run_id).info.run_name == "Ana's"


def test_a_change_of_the_packs_own_is_said(begun: Store, small_pack: Path) -> None:
    begun.client.update_registered_model(FLOWERS, description="Flowers.")
    going = what_goes(begun, small_pack)
    assert going.changed
    assert not going.nothing
    assert not going.runs
