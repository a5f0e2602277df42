"""A month of traffic over HTTP with a world that moves in the middle: noticed, explained, retrained and in Staging."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import pandas as pd
import pytest

from core.schedules.schedules import Run, Schedules
from core.schedules.schedules_file import SchedulesFile
from core.schedules.when import when
from core.settings import settings
from core.store.connection import open_store
from core.store.registry.registered_models import find_model
from core.store.registry.timeline import read_all
from core.training.datasets import table_of
from tests.fixtures.actors import ANA
from tests.fixtures.dashboards import PHONE, PROJECTOR, Dashboard, Visitor, free_port
from tests.fixtures.processes import until
from tests.fixtures.stores import register_in, train_run
from trainers import TASKS

MODEL, TASK = "churn", "telco_churn"
DAYS, MOVED, ROWS = 30, 15, 60
OTHER = {"Yes": "No", "No": "Yes"}
PATIENCE = 300.0


@dataclass
class Shop:
    """A program that asks the model about customers every day, and later tells what they did."""

    address: str
    features: pd.DataFrame
    truths: pd.Series

    def day(self, number: int) -> None:
        """Ask about the customers of one day; from ``MOVED`` on all pay much more, and do what others did before."""
        some = self.features.sample(ROWS, random_state=number)
        true = self.truths.loc[some.index]
        if number >= MOVED:
            some, true = some.assign(MonthlyCharges=some["MonthlyCharges"] + 200), true.map(OTHER)
        name = f"day-{number}"
        rows = json.loads(some.to_json(orient="split"))
        asked = {"dataframe_split": {"columns": rows["columns"], "data": rows["data"]}}
        self._post(f"{MODEL}/Production/invocations", asked, name)
        told = [{"request_id": name, "row": row, "truth": truth} for row, truth in enumerate(true)]
        noted = self._post(f"{MODEL}/truth", told, "")
        assert noted["noted"] == ROWS

    def _post(self, path: str, body: Any, name: str) -> Any:
        headers = {"Content-Type": "application/json"} | ({"X-Request-Id": name} if name else {})
        request = Request(f"{self.address}/api/models/{path}", json.dumps(body).encode(), headers)  # noqa: S310
        with urlopen(request, timeout=60) as answer:  # noqa: S310
            return json.loads(answer.read())


@pytest.fixture
def shop(migrated_database: Path, tmp_path: Path) -> Iterator[tuple[Dashboard, Shop]]:
    folder = tmp_path / "shop"
    folder.mkdir()
    (folder / "mlflow.db").write_bytes(migrated_database.read_bytes())
    store = open_store(f"sqlite:///{folder / 'mlflow.db'}")
    register_in(store, train_run(store, TASK, "random_forest", "forest"), MODEL, "Production")
    table = table_of(TASKS[TASK], settings())
    running = Dashboard(folder, free_port())
    yield running, Shop(running.address, table.features, table.target)
    running.stop()


def looked(schedules: Schedules, number: int) -> Run:
    """Have the watch look now, by the dashboard."""
    known = len(schedules.runs(number, 1000))
    schedules.ask(ANA, number)

    def has_ended() -> bool:
        runs = schedules.runs(number, 1000)
        return len(runs) > known and runs[0].ended is not None

    assert until(has_ended, PATIENCE)
    return schedules.runs(number, 1)[0]


@pytest.mark.long
@pytest.mark.timeout(1500)
def test_a_month_with_a_shift_in_the_middle_ends_in_staging_without_a_hand(
    shop: tuple[Dashboard, Shop], visit: Callable[..., Visitor]
) -> None:
    dashboard, program = shop
    store = open_store(dashboard.store_uri)
    with closing(SchedulesFile(dashboard.folder / "cache")) as file:
        schedules = Schedules(file, dashboard.store_uri)
        given = {"model": MODEL, "windows": 3, "change": "either", "labelled": 500, "learn": "both"}
        watch = schedules.make(ANA, "nightly", "watch", given, when("0 3 * * *", "UTC"))
        said = {}
        for day in range(1, DAYS + 1):
            program.day(day)
            said[day] = looked(schedules, watch.number)
            assert said[day].outcome == "done", said[day].words
    assert "MonthlyCharges" in said[MOVED].words
    model = find_model(store, MODEL)
    assert [one.number for one in model.in_stage("Production")] == [1]
    [staged] = model.in_stage("Staging")
    events = [event for event in read_all(store, MODEL) if event.kind in {"alert", "rule"}]
    assert [event.about["step"] for event in events if event.kind == "rule"] == ["staged", "fired"]  # newest first
    assert next(event for event in events if event.about["step"] == "staged").about["new"] == staged.number
    for size, language in ((PROJECTOR, "en"), (PHONE, "es")):
        visitor = visit(size=size)
        visitor.go(dashboard, "monitor", model=MODEL, lang=language)
        visitor.see("MonthlyCharges")
