"""A server for accounts only, by MLflow's own ``basic-auth``: what ours may not do is said, and not half done."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from core.errors import StoreError
from core.i18n import speaking
from core.store import connection
from core.store.connection import RefusedError, Store, open_store
from core.store.registry.editing import Written, edit
from core.store.registry.promotion import Move, change_cutoff, change_gates, delete_model, delete_version, move, undo
from core.store.registry.registered_models import find_model, list_models
from core.store.registry.stages import has_stages, read_standing
from core.store.registry.timeline import read_all
from core.store.runs.directions import say_direction
from core.store.runs.lifecycle import delete_runs, restore_runs
from core.store.runs.tracking import get_run, list_experiments
from core.store.writer import schedule_run, take_run
from tests.fixtures.accounts import grant, guarded_server, make_account, speaking_as
from tests.fixtures.actors import ANA
from tests.fixtures.stores import make_versions

pytestmark = [pytest.mark.long, pytest.mark.stores]  # each call looks an account up, which takes its time
MAY_NOT = r"Pizarra’s account may not do this there \(Permission denied\)\."


@dataclass(frozen=True)
class Guarded:
    """A server with a model of three versions, a run, and an experiment that only the administrator sees."""

    store: Store
    run_id: str
    hidden: str


@pytest.fixture(scope="module")
def guarded(migrated_database: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Guarded]:
    folder = tmp_path_factory.mktemp("guarded")
    shutil.copy(migrated_database, folder / "mlflow.db")
    direct = open_store(f"sqlite:///{folder / 'mlflow.db'}")
    make_versions(direct, "m", 3)
    for number, stage in ((1, "Production"), (2, "Staging")):
        move(direct, ANA, Move("m", number, stage, "To begin."))  # type: ignore[arg-type]
    hidden = direct.client.create_run(direct.client.create_experiment("hidden")).info.run_id
    run_id = direct.client.create_run("0").info.run_id
    with guarded_server(direct.uri, folder) as store:
        for name in ("reader", "editor"):
            make_account(store, name)
            grant(store, name, "experiment", direct.client.get_run(hidden).info.experiment_id, "DENY")
        for experiment in direct.client.search_experiments(filter_string="name != 'hidden'"):
            grant(store, "editor", "experiment", experiment.experiment_id, "EDIT")
        grant(store, "editor", "registered_model", "m", "EDIT")
        has_stages.cache_clear()
        yield Guarded(store, run_id, hidden)


def test_our_account_with_all_rights_promotes_and_takes_back(guarded: Guarded) -> None:
    before = read_standing(guarded.store, "m")
    entry = move(guarded.store, ANA, Move("m", 2, "Production", "Better."))
    assert read_standing(guarded.store, "m").aliases == {"champion": 2}
    undo(guarded.store, ANA, "m", entry.number)
    assert read_standing(guarded.store, "m") == before


def test_a_wrong_password_is_not_called_silence(guarded: Guarded, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "_opened", {})
    words = r"does not let Pizarra in: it does not know the user name and the password.*Check MLFLOW_TRACKING_USERNAME"
    with speaking_as("reader", "a wrong word of ours"):
        with pytest.raises(RefusedError, match=words):
            open_store(guarded.store.uri)
        with pytest.raises(RefusedError, match=words), speaking("en"):
            list_experiments(guarded.store)
        with speaking("es"), pytest.raises(RefusedError, match="no deja entrar a Pizarra"):
            list_models(guarded.store)


def test_an_account_that_may_only_read_sees_all_and_knows_the_stages(guarded: Guarded) -> None:
    has_stages.cache_clear()
    with speaking_as("reader"):
        assert has_stages(guarded.store)
        assert [version.number for version in find_model(guarded.store, "m").in_stage("Production")] == [1]
        assert read_all(guarded.store, "m")


WRITES: dict[str, Callable[[Guarded], object]] = {
    "train": lambda at: schedule_run(at.store, ANA, experiment="Default", name="a run", tags={}),
    "take a run": lambda at: take_run(at.store, ANA, at.run_id, name="a run", tags={}),
    "promote": lambda at: move(at.store, ANA, Move("m", 3, "Production", "Better.")),
    "take back": lambda at: undo(at.store, ANA, "m", 1),
    "gates": lambda at: change_gates(at.store, ANA, "m", ["f1 > 0.5"]),
    "cut-off": lambda at: change_cutoff(at.store, ANA, "m", 0.3),
    "delete a version": lambda at: delete_version(at.store, ANA, "m", 3, "Old."),
    "delete the model": lambda at: delete_model(at.store, ANA, "m", "Old."),
    "edit": lambda at: edit(
        at.store, ANA, find_model(at.store, "m"), find_model(at.store, "m").version(3),
        Written("Good.", "Models.", ["best"], [("colour", "red")]),
    ),
    "direction": lambda at: say_direction(at.store, ANA, "0", "loss", "lower"),  # type: ignore[arg-type]
}  # fmt: skip


@pytest.mark.parametrize("what", WRITES)
def test_an_account_that_may_only_read_is_told_so_and_nothing_changes(guarded: Guarded, what: str) -> None:
    before = read_standing(guarded.store, "m"), len(read_all(guarded.store, "m"))
    with speaking_as("reader"):
        with pytest.raises(StoreError, match=f"{MAY_NOT[:-2]}.*Ask whoever looks after the store"):
            WRITES[what](guarded)
        with (
            speaking("es"),
            pytest.raises(StoreError, match=r"no puede hacer esto ahí.*Pide a quien cuida del almacén"),
        ):
            WRITES[what](guarded)
    assert (read_standing(guarded.store, "m"), len(read_all(guarded.store, "m"))) == before
    assert get_run(guarded.store, guarded.run_id).status == "RUNNING"


def test_runs_that_an_account_may_not_delete_say_why(guarded: Guarded) -> None:
    guarded.store.client.set_terminated(guarded.run_id)
    try:
        with speaking_as("reader"):
            for outcome in (
                delete_runs(guarded.store, ANA, [guarded.run_id]),
                restore_runs(guarded.store, ANA, [guarded.run_id]),
            ):
                assert not outcome.done
                assert outcome.failed[guarded.run_id] == "Pizarra’s account may not do this there (Permission denied)."
    finally:
        guarded.store.client.update_run(guarded.run_id, status="RUNNING")


def test_what_an_account_may_not_see_is_not_called_missing(guarded: Guarded) -> None:
    with speaking_as("reader"):
        assert "hidden" not in [
            one.name for one in list_experiments(guarded.store)
        ]  # MLflow leaves it out and says so nowhere
        with pytest.raises(RefusedError, match=r"does not let Pizarra’s account do this \(Permission denied\)"):
            get_run(guarded.store, guarded.hidden)


def test_an_account_that_may_edit_but_not_delete_is_told_how_far_it_came(guarded: Guarded) -> None:
    """Whoever moves the only version out of Staging takes its alias away, and MLflow calls that deleting."""
    before = read_standing(guarded.store, "m")
    with speaking_as("editor"), pytest.raises(StoreError, match=f"{MAY_NOT[:-2]}.*Look at how far it came"):
        move(guarded.store, ANA, Move("m", 2, "None", "Not yet."))
    entry = read_all(guarded.store, "m")[0]
    assert not entry.finished
    assert read_standing(guarded.store, "m").stages[2] == "None"
    undo(guarded.store, ANA, "m", entry.number)  # by somebody who may
    assert read_standing(guarded.store, "m") == before
