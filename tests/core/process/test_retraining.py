"""A version trained anew without a page: rows of the log with true answers, by the workers, into Staging at most."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import psutil
import pytest

from core.errors import DataError, PizarraError, StoreError, TrainingError
from core.process import known_tasks, retraining, shared
from core.retraining.new_rows import NewRows
from core.retraining.sentences import comparison_words
from core.serving import logged
from core.serving.log.entries import Entry
from core.serving.log.truths import Truths
from core.settings import ROOT, settings
from core.store.abandoned import settle_abandoned
from core.store.connection import Store
from core.store.registry.registered_models import find_model
from core.store.runs.tracking import get_run
from core.training.datasets import table_of
from core.training.execution import Work
from core.training.recipes import form, recipe
from tests.fixtures.actors import ANA, LUZ
from tests.fixtures.processes import has_ended, started, until
from tests.fixtures.stores import FLOWERS, SUGAR
from trainers import TASKS, tasks

HOUR = timedelta(hours=1)


class Here:
    """Workers that are this process: what they are given is done at once."""

    def __init__(self) -> None:
        self.done: list[Work] = []

    def start(self) -> None:
        pass

    def room_for(self, _actor: object) -> Any:
        from contextlib import nullcontext

        return nullcontext()

    def submit(self, _actor: object, job: Work) -> None:
        self.done.append(job)
        job.carry_out()


@pytest.fixture(autouse=True)
def here(own_populated: Store, monkeypatch: pytest.MonkeyPatch) -> Iterator[Here]:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", own_populated.uri)
    settings.cache_clear()
    shared.forget()
    known_tasks.told_by("trainers")
    made = Here()
    monkeypatch.setattr(shared, "jobs", lambda: made)
    yield made
    settings.cache_clear()
    shared.forget()


def shrunk(rows: int = 80) -> pd.DataFrame:
    """Flowers whose petals are half as long as those that versions learned from, with what they are."""
    table = table_of(TASKS["iris"], settings())
    some = table.features.sample(rows, replace=True, random_state=1)
    new = some + np.random.default_rng(1).normal(0, 0.05, some.shape)
    new["petal length (cm)"] /= 2
    return new.assign(species=table.target.loc[some.index]).reset_index(drop=True)


def asked_and_told(rows: pd.DataFrame, told: int) -> None:
    """Have a version asked about these rows, and the truth told of the first of them."""
    log, inputs = logged.prediction_log(), rows.drop(columns="species")
    chances = {name: [float(name == "setosa")] * len(rows) for name in TASKS["iris"].class_names}
    log.note(
        Entry(
            "r1", datetime.now(UTC) - HOUR, FLOWERS, 2, inputs.values.tolist(), ["setosa"] * len(rows), list(inputs),
            origin="api", chances=chances,
        )
    )  # fmt: skip
    assert log.flush()
    truths = Truths(log, FLOWERS)
    for place in range(told):
        truths.note(ANA, "r1", place, rows["species"].iloc[place])
    assert log.flush()


def test_rows_of_the_log_with_true_answers_make_a_version_for_staging(own_populated: Store) -> None:
    asked_and_told(shrunk(), 70)
    rows = retraining.labelled_rows(f"{FLOWERS}/Production", since=datetime.now(UTC) - 2 * HOUR)
    assert (rows.known, rows.untold) == (70, 10)
    found = retraining.carry_out(ANA, f"{FLOWERS}/Production", rows, unwanted=None)
    assert found.comparison.is_better
    assert found.version == 4
    assert find_model(own_populated, FLOWERS).version(4).stage == "Staging"
    told = json.loads(get_run(own_populated, found.run_id).tags["pizarra.retrained"])
    assert (told["source"], told["learned"] + told["tested"], told["untold"]) == ("log", 70, 10)
    assert told["since"].startswith(f"{datetime.now(UTC) - HOUR:%Y-%m-%d}")
    assert comparison_words(found.comparison)[0].startswith("Better on the new rows")


def test_what_was_trained_anew_can_be_trained_again_and_anew_and_by_its_settings(own_populated: Store) -> None:
    rows = shrunk()
    new = NewRows(rows.drop(columns="species"), rows["species"], "new.csv")
    first = retraining.retrain(ANA, FLOWERS, new)
    run = get_run(own_populated, first)
    again = recipe(
        tasks()[run.tags["pizarra.task"]], run.tags["pizarra.algorithm"], run.params, experiment="e", name=""
    )
    assert again is not None
    assert form(again)["task"] == run.tags["pizarra.task"]
    number = retraining.register(ANA, first)
    assert retraining.register(ANA, first) == number
    more = shrunk(160).iloc[80:]
    second = retraining.retrain(
        ANA, f"{FLOWERS}/{number}", NewRows(more.drop(columns="species"), more["species"], "more.csv"), only_new=True
    )
    told = json.loads(get_run(own_populated, second).tags["pizarra.retrained"])
    assert told["version"] == number
    tested = retraining.outcome(second)
    assert tested is not None
    assert tested.old is not None
    assert tested.old.rows == 30 + 24  # what the first was tested on: the test rows of before, and those held out
    assert [one.title.partition(" (")[0] for one in tasks().values() if "with new rows" in one.title] == [
        "Iris flowers"
    ] * 2


def test_numbers_are_judged_by_their_mean_error(own_populated: Store) -> None:
    table = table_of(TASKS["diabetes"], settings())
    rows = table.features.sample(100, random_state=0)
    worse = table.target.loc[rows.index] + 100
    new = NewRows(rows.reset_index(drop=True), worse.reset_index(drop=True), "new.csv")
    run_id = retraining.retrain(ANA, SUGAR, new)
    found = retraining.outcome(run_id)
    assert found is not None
    assert found.new is not None
    assert (found.new.metric, found.new.outcome) == ("mae", "better")
    assert found.new.mine.value < found.new.theirs.value
    assert found.new.gap > 0


def test_production_is_never_written_and_the_audience_trains_nothing_anew(own_populated: Store) -> None:
    rows = shrunk()
    new = NewRows(rows.drop(columns="species"), rows["species"], "new.csv")
    with pytest.raises(PizarraError, match="Only the presenter may do this now"):
        retraining.retrain(LUZ, FLOWERS, new)
    run_id = retraining.retrain(ANA, FLOWERS, new)
    with pytest.raises(StoreError, match="goes to Staging at most, but 'Production' was asked"):
        retraining.register(ANA, run_id, "Production")
    assert len(find_model(own_populated, FLOWERS).versions) == 3


def test_a_masked_log_and_a_stranger_are_refused(own_populated: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    asked_and_told(shrunk(), 80)
    monkeypatch.setenv("PIZARRA_LOG_MASK", "petal length (cm)")
    settings.cache_clear()
    with pytest.raises(DataError, match=r"it masks what the model learns from: 'petal length \(cm\)'"):
        retraining.labelled_rows(FLOWERS, since=datetime.now(UTC) - 2 * HOUR)
    version = find_model(own_populated, FLOWERS).version(2)
    own_populated.client.set_tag(version.run_id, "pizarra.task", "elsewhere")
    with pytest.raises(DataError, match="Only what learned one of the tasks here can be trained anew"):
        retraining.parent(FLOWERS)


def test_data_that_are_others_now_are_refused(own_populated: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    from core.retraining import parents

    real = parents.load_dataset

    def others(*given: Any, **named: Any) -> Any:
        from dataclasses import replace

        return replace(real(*given, **named), sha256="f" * 64)

    monkeypatch.setattr(parents, "load_dataset", others)
    rows = shrunk()
    with pytest.raises(DataError, match="The data of iris are others now than iris-classifier 2 learned from"):
        retraining.look(FLOWERS, NewRows(rows.drop(columns="species"), rows["species"], "new.csv"))


def test_a_table_names_its_file(own_populated: Store, tmp_path: Path) -> None:
    shrunk().to_csv(tmp_path / "june.csv", index=False)
    told = retraining.look(FLOWERS, retraining.table_rows(FLOWERS, tmp_path / "june.csv"))
    assert (told.source, told.others, told.learned, told.tested) == ("june.csv", 120, 56, 24)


@pytest.mark.long
@pytest.mark.timeout(300)
def test_a_dashboard_that_is_killed_meanwhile_leaves_a_failed_run_and_the_rows_for_the_next(
    own_populated: Store, tmp_path: Path
) -> None:
    version, table = f"{FLOWERS}/Production", tmp_path / "june.csv"
    shrunk().to_csv(table, index=False)
    command = [sys.executable, "-m", "tests.fixtures.doomed_retraining", version, str(table)]
    with started(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        run_id = process.stdout.readline().strip()
        assert until(lambda: get_run(own_populated, run_id).status == "RUNNING", 150)
        below = psutil.Process(process.pid).children(recursive=True)
        os.kill(process.pid, signal.SIGKILL)
        assert until(lambda: all(has_ended(one) for one in below), 10)
    assert settle_abandoned(own_populated) == 1
    with pytest.raises(TrainingError, match=r"not trained anew: The dashboard stopped while this run was being"):
        retraining.outcome(run_id)
    kept = [name for name, task in tasks().items() if "with new rows" in task.title]
    assert len(kept) == 1
    versions = len(find_model(own_populated, FLOWERS).versions)
    found = retraining.carry_out(ANA, version, retraining.table_rows(version, table))
    assert found.version == versions + 1
    assert len(find_model(own_populated, FLOWERS).versions) == versions + 1
