"""Tables that retraining made: what used them, what needs them, and which are cleaned; a real store, real tables."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pandas as pd
import pytest

from core.access import ForbiddenError
from core.process import retrained_tables, shared
from core.process.retrained_tables import Made, clean, made_by_retraining
from core.settings import settings
from core.store.connection import Store
from core.store.registry.registered_models import find_model
from core.store.runs.lifecycle import delete_runs
from core.store.runs.tracking import find_runs, get_run
from core.store.writer import schedule_run
from core.training.tables.kept import TableTask, keep_with_new_rows, kept_tables
from tests.fixtures.actors import ANA, LUZ
from tests.fixtures.stores import FLOWERS
from trainers import TASKS


@pytest.fixture(autouse=True)
def in_use(own_populated: Store, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """The store that the dashboard has open, with a folder of its own; no table is too new."""

    def forget() -> None:
        settings.cache_clear()
        shared.forget()

    monkeypatch.setenv("MLFLOW_TRACKING_URI", own_populated.uri)
    monkeypatch.setenv("PIZARRA_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setattr(retrained_tables, "YOUNG", timedelta(0))
    forget()
    yield
    forget()


def table(rows: int) -> TableTask:
    """Keep a table as retraining does."""
    frame = pd.DataFrame({"sepal length (cm)": [5.0] * rows, "species": "setosa", "part": "learn"})
    return keep_with_new_rows(
        ANA, settings().cache_dir, TASKS["iris"], frame, sides="part", title="Iris", file="log", made_up=False
    )


def learned(store: Store, run_id: str, one: TableTask) -> None:
    """Have a run say that it learned from a table."""
    store.client.set_tag(run_id, "pizarra.task", one.name)
    shared.forget()


def found(one: TableTask) -> Made:
    return next(made for made in made_by_retraining() if made.table.name == one.name)


def test_what_a_registered_version_needs_stays_and_what_nothing_needs_goes(own_populated: Store) -> None:
    needed, idle, foreign = table(20), table(21), table(22)
    version = find_model(own_populated, FLOWERS).version(1)
    other = next(one for one in find_runs(own_populated, "").ids if not registered(own_populated, one))
    learned(own_populated, version.run_id, needed)
    learned(own_populated, other, idle)
    assert [(one.model, one.number) for one in found(needed).needed_by] == [(FLOWERS, 1)]
    assert [run for run, _name in found(idle).runs] == [other]
    assert found(foreign).is_foreign
    assert [one.name for one in clean(ANA)] == [idle.name]
    assert {one.name for one in kept_tables(settings().cache_dir).tasks} == {needed.name, foreign.name}
    assert clean(ANA) == []


def registered(store: Store, run_id: str) -> bool:
    return bool(store.client.search_model_versions(f"run_id = '{run_id}'"))


def test_a_version_needs_its_table_also_where_its_run_was_deleted(own_populated: Store) -> None:
    needed = table(20)
    version = find_model(own_populated, FLOWERS).version(1)
    learned(own_populated, version.run_id, needed)
    delete_runs(own_populated, ANA, [version.run_id])
    shared.forget()
    assert get_run(own_populated, version.run_id).tags["pizarra.task"] == needed.name
    assert found(needed).needed_by
    assert clean(ANA) == []


def test_what_a_run_waits_for_and_what_was_just_made_stays(
    own_populated: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    waited_for = table(20)
    tags = {"pizarra.task": waited_for.name}
    run_id = schedule_run(own_populated, ANA, experiment="e", name="waits", tags=tags)
    assert found(waited_for).waiting == 1
    assert clean(ANA) == []
    own_populated.client.set_terminated(run_id, "FAILED")
    monkeypatch.setattr(retrained_tables, "YOUNG", timedelta(hours=1))
    assert clean(ANA) == []
    monkeypatch.setattr(retrained_tables, "YOUNG", timedelta(0))
    assert clean(ANA) == [waited_for]


def test_the_audience_cleans_nothing(own_populated: Store) -> None:
    table(20)
    with pytest.raises(ForbiddenError, match="Only the presenter may do this now"):
        clean(LUZ)
