from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from core.settings import settings
from core.store.connection import Store
from core.store.registry.registered_models import find_model
from core.training.demo import Demo, DemoRun, DemoVersion, demo_state, load_demo, unpack_demo
from core.training.jobs import Jobs
from tests.fixtures.actors import ANA
from trainers import TASKS
from trainers.demo import DEMO

SMALL = Demo(
    runs=(
        DemoRun("line", "line", TASKS["iris"], "logistic_regression"),
        DemoRun("near", "neighbours", TASKS["iris"], "nearest_neighbours", {"n_neighbors": 3}),
    ),
    versions=(DemoVersion("flowers", "near", "Production", "The nearest."),),
    gates={"flowers": ("accuracy >= 0.9",)},
)


@pytest.fixture(scope="module")
def jobs() -> Iterator[Jobs]:
    jobs = Jobs(replace(settings(), workers=1, dask_scheduler=""))
    yield jobs
    jobs.close()


@pytest.mark.long
def test_a_demo_without_a_pack_is_trained_and_once_only(store: Store, jobs: Jobs) -> None:
    assert not unpack_demo(store, ANA, SMALL)
    for _time in range(2):
        assert load_demo(store, ANA, SMALL, jobs).wait(150)
        assert demo_state(store, SMALL).loaded
    version = find_model(store, "flowers").version(1)
    assert (version.stage, version.description) == ("Production", "The nearest.")
    assert len(find_model(store, "flowers").versions) == 1
    assert len(store.client.search_runs(["1"])) == 2


def test_a_store_that_somebody_uses_has_the_demo_trained(own_populated: Store) -> None:
    assert not unpack_demo(own_populated, ANA, DEMO)


@pytest.mark.long
def test_what_was_unpacked_needs_no_training(demo: Store, jobs: Jobs) -> None:
    before = demo.client.search_runs(["1", "2", "3", "4"])
    assert demo_state(demo, DEMO).loaded
    assert load_demo(demo, ANA, DEMO, jobs).wait(60)
    assert len(demo.client.search_runs(["1", "2", "3", "4"])) == len(before) == len(DEMO.runs)
