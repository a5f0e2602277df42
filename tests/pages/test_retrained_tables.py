"""Data: the tables that retraining made are listed with what needs them, and the others cleaned in one press."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pandas as pd
import pytest

from core.process import retrained_tables
from core.settings import settings
from core.store.connection import Store
from core.store.registry.registered_models import find_model
from core.store.runs.tracking import find_runs
from core.training.tables.kept import keep_with_new_rows, kept_tables
from tests.fixtures.actors import ANA
from tests.fixtures.stores import FLOWERS
from tests.pages.reading import Dashboard, shown, stands
from trainers import TASKS


@pytest.mark.parametrize(
    ("language", "listed", "press", "gone"),
    [
        ("en", "2 tables were made by retraining", "Delete 1 table that nothing needs", "1 table is deleted."),
        ("es", "2 tablas hechas al reentrenar", "Eliminar 1 tabla que nada necesita", "1 tabla eliminada."),
    ],
)
def test_tables_of_retraining_are_listed_and_those_that_nothing_needs_cleaned(
    app: Callable[[str], Dashboard], own_populated: Store, monkeypatch: pytest.MonkeyPatch,
    language: str, listed: str, press: str, gone: str,
) -> None:  # fmt: skip
    monkeypatch.setattr(retrained_tables, "YOUNG", timedelta(0))
    dashboard = app(own_populated.uri)
    used = {run_id: own_populated.client.get_run(run_id) for run_id in find_runs(own_populated, "").ids}
    needed = find_model(own_populated, FLOWERS).version(1).run_id
    versions = own_populated.client.search_model_versions("name LIKE '%'")
    idle = next(run_id for run_id in used if run_id not in {one.run_id for one in versions})
    for place, run_id in enumerate((needed, idle)):
        rows = pd.DataFrame({"sepal length (cm)": [5.0] * (20 + place), "species": "setosa", "part": "learn"})
        made = keep_with_new_rows(
            ANA,
            settings().cache_dir,
            TASKS["iris"],
            rows,
            sides="part",
            title=f"Iris {place}",
            file="log",
            made_up=False,
        )  # fmt: skip
        own_populated.client.set_tag(run_id, "pizarra.task", made.name)
    page = dashboard.open("data", lang=language, task="iris")
    assert listed in shown(page)
    assert not [one for one in page.button if one.key == "data_retrained_clean"]  # the store is asked once it is opened
    page.session_state["data_retrained"] = True
    page.run()
    line = page.dataframe[-1].value.to_numpy().tolist()
    assert [f"{FLOWERS} 1", "–"] == [row[-1] for row in line]
    button = page.get_by_key("data_retrained_clean")
    assert button.label == press
    button.click().run()
    stands(page)
    assert gone in shown(page)
    assert [one.title for one in kept_tables(settings().cache_dir).tasks] == ["Iris 0"]
