"""Scoring a file on a real cluster: what comes of it, and what is said when its worker is lost or cannot read it."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import psutil
import pytest

from core.errors import ModelError, TrainingError
from core.prediction.schema import InputField, input_fields
from core.prediction.tables.batch import Scored, score_file
from core.prediction.tables.dialects import recognise
from core.prediction.tables.matching import match_columns
from core.settings import settings
from core.store.connection import Store
from core.store.models import describe_model
from core.store.registry.registered_models import find_model
from core.training.cluster import start_cluster
from core.training.jobs import Jobs
from core.training.long_tasks import LongTask, Progress
from tests.fixtures.actors import ANA
from tests.fixtures.processes import trainers, until
from tests.fixtures.stores import FLOWERS
from tests.fixtures.strangers import register_folder, save_with_helper
from tests.fixtures.versions import scoring

pytestmark = pytest.mark.timeout(180)
ROWS = 400_000


@pytest.fixture(scope="module")
def jobs() -> Iterator[Jobs]:
    """A cluster that the settings name, as a remote one is."""
    cluster = start_cluster(1)
    jobs = Jobs(replace(settings(), dask_scheduler=cluster.address))
    yield jobs
    jobs.close()
    cluster.close()


def begin(jobs: Jobs, store: Store, path: Path, rows: int) -> LongTask[Scored]:
    """Have a file of this many flowers scored."""
    version = find_model(store, FLOWERS).version(2)
    fields = input_fields(describe_model(store, version.uri, version.run_id))
    values = np.random.default_rng(0).uniform(0.1, 8, (rows, len(fields)))
    pd.DataFrame(values, columns=[one.name for one in fields]).to_parquet(path)
    dialect = recognise(path, fields)
    matching, _first = match_columns(path, dialect, fields)
    return jobs.workers.begin(score_file, ANA, scoring(store, FLOWERS, 2), path, dialect, matching, path.parent)


@pytest.mark.long
def test_a_worker_scores_a_file_and_says_how_far_it_is(jobs: Jobs, populated: Store, tmp_path: Path) -> None:
    task = begin(jobs, populated, tmp_path / "rows.parquet", 1000)
    done = task.result()
    assert (done.rows, done.answered) == (1000, 1000)
    assert until(lambda: task.progress() == Progress(1000, 1000), 5)
    assert len(pd.read_parquet(done.results["parquet"])) == 1000


@pytest.mark.long
def test_a_worker_asks_versions_whose_helpers_share_a_name_each_by_its_own(
    jobs: Jobs, store: Store, tmp_path: Path
) -> None:
    for number, factor in ((1, 2), (2, 10)):
        register_folder(store, "prices", save_with_helper(tmp_path / str(number), factor))
    path = tmp_path / "rows.csv"
    path.write_text("pay\n1000\n1\n")
    fields = [InputField("pay", "number", "double", 1.0)]
    dialect = recognise(path, fields)
    matching, _first = match_columns(path, dialect, fields)
    for number, prices in ((1, [2000, 2]), (2, [10000, 10]), (1, [2000, 2])):
        asked = scoring(store, "prices", number, allow_code=True)
        done = jobs.workers.begin(score_file, ANA, asked, path, dialect, matching, tmp_path, name=f"v{number}").result()
        assert done.answered == 2
        assert pd.read_parquet(done.results["parquet"])["prediction"].tolist() == prices


@pytest.mark.long
def test_scoring_that_was_cancelled_leaves_nothing_half_done(jobs: Jobs, populated: Store, tmp_path: Path) -> None:
    task = begin(jobs, populated, tmp_path / "rows.parquet", ROWS)
    assert until(lambda: (task.progress() or Progress(0, 0)).done > 0, 60)
    task.cancel()
    with pytest.raises(TrainingError, match="was stopped before it was done"):
        task.result()
    assert until(lambda: os.listdir(tmp_path) == ["rows.parquet"], 30)


@pytest.mark.long
def test_a_file_that_the_workers_cannot_read_is_said(jobs: Jobs, populated: Store, tmp_path: Path) -> None:
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    jobs.start()
    path = folder / "rows.parquet"
    first = begin(jobs, populated, path, 10)
    first.result()
    shutil.rmtree(folder)
    with pytest.raises(ModelError, match="The workers must be able to read the file"):
        jobs.workers.begin(score_file, ANA, scoring(populated, FLOWERS, 2), path, None, None, folder).result()


@pytest.mark.long
def test_a_killed_worker_ends_scoring_with_what_to_do(populated: Store, tmp_path: Path) -> None:
    jobs = Jobs(replace(settings(), workers=1, dask_scheduler=""))
    before = set(psutil.Process().children())
    try:
        task = begin(jobs, populated, tmp_path / "rows.parquet", 3 * ROWS)
        assert until(lambda: (task.progress() or Progress(0, 0)).done > 0, 60)
        (ours,) = set(psutil.Process().children()) - before
        for one in trainers(ours):
            one.kill()
        with pytest.raises(TrainingError, match="was killed, for example because memory ran out"):
            task.result()
    finally:
        jobs.close()
