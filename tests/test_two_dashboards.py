"""Two dashboards on one store and one PIZARRA_CACHE_DIR, as behind a proxy that keeps each visitor with one of them."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from core.store.connection import open_store
from tests.fixtures.dashboards import Dashboard, free_port
from tests.fixtures.phones import Phone
from tests.fixtures.processes import until
from tests.fixtures.stores import FLOWERS, register_in

PATIENCE = 240
FORM = {"task": "iris", "algorithm": "nearest_neighbours"}


def health(dashboard: Dashboard) -> dict[str, Any]:
    said: dict[str, Any] = json.loads(Phone(dashboard.address).open("/api/health"))
    return said


@pytest.fixture
def two(migrated_database: Path, tmp_path: Path) -> Iterator[tuple[Dashboard, Dashboard]]:
    shutil.copy(migrated_database, tmp_path / "mlflow.db")
    running = [Dashboard(tmp_path, free_port(), pin="open sesame") for _ in range(2)]
    yield running[0], running[1]
    for one in running:
        one.stop()


@pytest.mark.long
def test_what_is_done_in_one_is_seen_in_the_other_and_a_restart_of_one_loses_nothing_of_the_other(
    two: tuple[Dashboard, Dashboard],
) -> None:
    one, other = two
    phone = Phone(one.address)
    phone.join("Vega")
    there = Phone(other.address, cookies=phone.cookies)
    assert "Vega" in there.reads("/c/")  # the class is one
    launched = []
    for neighbors in range(3, 9):
        phone.reads("/c/train", FORM | {"n_neighbors": str(neighbors)})
        launched.append(re.findall(r"launched=([0-9a-f]{32})", phone.address)[0])
    other.kill()  # while the first one's cluster comes up
    other.start()
    assert "data-settled" not in phone.open(f"/c/train?launched={launched[-1]}&part=progress")
    assert health(other)["parts"]["store"] == "up"  # it has opened the store, and settled what it left
    for run_id in launched:
        assert until(
            lambda run=run_id: "data-settled" in there.open(f"/c/train?launched={run}&part=progress"), PATIENCE
        )
    store = open_store(one.store_uri)
    assert {store.client.get_run(run_id).info.status for run_id in launched} == {"FINISHED"}
    register_in(store, launched[0], FLOWERS, "Production")
    for dashboard in two:
        assert until(lambda at=dashboard: health(at).get("model") == FLOWERS, PATIENCE)
        assert health(dashboard)["version"] == 1
