"""A server that is asked twice to create a run, as its first answer was lost on the way, has one run that waits."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from mlflow.entities import ViewType

from core.store.connection import Store
from core.store.runs.tables import FAILURE_TAG
from core.store.twins import TWIN
from core.store.writer import schedule_run
from tests.fixtures.actors import ANA
from tests.fixtures.servers import losing, mlflow_server


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    folder = tmp_path_factory.mktemp("served")
    with mlflow_server(f"sqlite:///{folder / 'mlflow.db'}", folder) as server:
        yield server


def test_the_other_one_is_ended_with_its_reason_and_deleted(served: Store) -> None:
    with losing(served, "/runs/create", 1) as store:
        run_id = schedule_run(store, ANA, experiment="twice", name="one", tags={})
    experiment = served.client.get_experiment_by_name("twice").experiment_id
    (run,) = served.client.search_runs([experiment])
    assert (run.info.run_id, run.info.status) == (run_id, "SCHEDULED")
    (twin,) = served.client.search_runs([experiment], run_view_type=ViewType.DELETED_ONLY)
    assert (twin.info.status, twin.data.tags[FAILURE_TAG]) == ("FAILED", TWIN)


def test_what_others_launched_stays(served: Store) -> None:
    first, second = (schedule_run(served, ANA, experiment="others", name="one", tags={}) for _again in range(2))
    experiment = served.client.get_experiment_by_name("others").experiment_id
    assert {run.info.run_id for run in served.client.search_runs([experiment])} == {first, second}
