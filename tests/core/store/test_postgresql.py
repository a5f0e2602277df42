"""The same on a real PostgreSQL, through both drivers: it compares no number with a text, as SQLite does.

Every time, ``make test`` tries on PostgreSQL what is marked ``on_every_store``: what a promotion, its undo and what
people write and delete come to among them.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from core.store.connection import Store, open_store
from core.store.mirror.server import RemoteMirror
from core.store.registry.editing import Written, edit
from core.store.registry.events import GateOutcome
from core.store.registry.promotion import Move, change_gates, delete_version, move, undo
from core.store.registry.registered_models import find_model, list_models
from core.store.registry.stages import read_standing
from core.store.registry.timeline import read_all
from core.training.demo import Demo, DemoRun, DemoVersion, demo_state, register_demo, schedule_demo
from core.training.execution import execute
from tests.fixtures.actors import ANA, FIXTURE
from tests.fixtures.databases import new_database
from tests.fixtures.postgres import postgresql
from trainers import TASKS

# All that the demo does, in the time that a test has
DEMO = Demo(
    runs=(
        DemoRun("line", "line", TASKS["iris"], "logistic_regression"),
        DemoRun("neighbours", "neighbours", TASKS["iris"], "nearest_neighbours", {"n_neighbors": 5}),
    ),
    versions=(
        DemoVersion("flowers", "line", "Production", "Simple."),
        DemoVersion("flowers", "neighbours", "Staging", "A candidate."),
    ),
    gates={"flowers": ("accuracy >= 0.9",)},
)


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with postgresql() as where:
        yield where


@pytest.fixture(scope="module", params=["postgresql", "postgresql+psycopg2"])
def store(server: str, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """A store with the demo in a database of its own."""
    name = request.param.replace("+", "_")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path_factory.mktemp(name))  # where MLflow keeps the files of a database's runs
        opened = open_store(new_database(server, request.param, name))
        for job in schedule_demo(opened, FIXTURE, DEMO):
            execute(job)
        register_demo(opened, FIXTURE, DEMO)
        yield opened


@pytest.mark.long
def test_the_demo_is_loaded(store: Store) -> None:
    assert demo_state(store, DEMO).loaded
    assert read_standing(store, "flowers").stages == {1: "Production", 2: "Staging"}


@pytest.mark.long
def test_a_promotion_and_its_undo(store: Store) -> None:
    before = read_standing(store, "flowers")
    entry = move(
        store,
        ANA,
        Move("flowers", 2, "Production", "It is better.", gates=(GateOutcome("accuracy >= 0.9", True, "0.96"),)),
    )
    after = read_standing(store, "flowers")
    assert after.stages == {1: "Archived", 2: "Production"}
    assert after.aliases == {"champion": 2}
    undo(store, ANA, "flowers", entry.number)
    assert read_standing(store, "flowers") == before
    assert all(event.finished for event in read_all(store, "flowers"))


@pytest.mark.long
def test_what_people_write_and_delete_is_kept(store: Store) -> None:
    store.client.create_registered_model("drafts")
    run = find_model(store, "flowers").version(1)
    for _ in range(2):
        store.client.create_model_version("drafts", run.source, run.run_id)
    model = find_model(store, "drafts")
    edit(store, ANA, model, model.version(1), Written("Good.", "Drafts.", ["best"], [("colour", "red")]))
    change_gates(store, ANA, "drafts", ["accuracy >= 0.8"])
    delete_version(store, ANA, "drafts", 2, "No longer needed.")
    (left,) = next(model for model in list_models(store) if model.name == "drafts").versions
    assert (left.number, left.description, left.aliases) == (1, "Good.", ("best",))


@pytest.mark.long
def test_its_runs_are_mirrored(store: Store, tmp_path: Path) -> None:
    mirror = RemoteMirror(store, tmp_path)
    runs = mirror.runs([experiment.experiment_id for experiment in mirror.experiments()])
    assert sorted(runs.info["name"]) == ["line", "neighbours"]
    assert runs.metrics["test_accuracy"].notna().all()
