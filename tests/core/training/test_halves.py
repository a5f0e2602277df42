"""The two halves of the test rows, and that nothing says anything of the hidden one before the reveal."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from core.comparison.measures import recompute, same_test_set
from core.errors import DataError
from core.settings import settings
from core.store.connection import Store, sqlite_path
from core.store.record import EVALUATION_TABLE, ROW, RunRecord
from core.store.runs.evaluations import read_evaluation
from core.store.writer import schedule_run, writing
from core.training.fit import train
from core.training.halves import halves
from core.training.hidden import hidden_answers
from core.training.tasks import Task
from tests.fixtures.actors import ANA
from trainers import TASKS

IRIS, DIABETES = TASKS["iris"], TASKS["diabetes"]


def trained(task: Task, algorithm: str, *, public_half: bool) -> RunRecord:
    return train(task, algorithm, {}, settings=settings(), report=lambda _stage: None, public_half=public_half)


def written(store: Store, record: RunRecord) -> str:
    run_id = schedule_run(store, ANA, experiment="e", name="n", tags={})
    with writing(store, run_id) as run:
        run.write(record)
    return run_id


def revealed(store: Store, task: Task, run_id: str) -> pd.DataFrame | None:
    return hidden_answers(store.uri, task, [run_id], report=lambda _done, _of: None)[run_id]


def test_the_halves_are_always_the_same_and_together_all_rows() -> None:
    answers = np.arange(31) % 3
    public, hidden = halves("classification", answers)
    assert sorted([*public, *hidden]) == list(range(31))
    assert abs(len(public) - len(hidden)) <= 1
    assert [list(half) for half in halves("classification", answers)] == [list(public), list(hidden)]


def test_both_halves_have_the_same_share_of_each_class() -> None:
    answers = np.repeat([0, 1], [90, 10])
    public, hidden = halves("classification", answers)
    assert answers[public].sum() == answers[hidden].sum() == 5


def test_a_class_with_one_row_is_in_one_of_the_halves() -> None:
    public, hidden = halves("classification", np.array([0, 0, 0, 0, 1]))
    assert len(public) + len(hidden) == 5


def test_one_row_has_no_halves() -> None:
    with pytest.raises(DataError, match=r"A board needs 2 test rows or more, but there are 1\."):
        halves("regression", np.array([1.0]))


@pytest.mark.long
def test_a_try_is_measured_on_the_public_half_alone_and_says_so() -> None:
    whole, half = (trained(IRIS, "logistic_regression", public_half=public) for public in (False, True))
    table = half.tables[EVALUATION_TABLE]
    assert (len(whole.tables[EVALUATION_TABLE]), len(table)) == (30, 15)
    assert half.metrics["test_f1"] == pytest.approx(recompute(table, "test_f1"))
    assert half.params["split_test_rows"] == "public half"
    assert "split_test_rows" not in whole.params
    assert not same_test_set(whole.tables[EVALUATION_TABLE], table)  # the verdict says that they are not comparable


@pytest.mark.long
def test_whatever_the_hidden_answers_were_a_try_would_log_the_same() -> None:
    """What is logged does not depend on the hidden half at all, so nothing in it can say anything of it."""
    read = DIABETES.dataset.bundled
    assert read is not None
    hidden = set(trained(DIABETES, "linear_regression", public_half=False).tables[EVALUATION_TABLE][ROW])
    first = trained(DIABETES, "linear_regression", public_half=True)
    hidden -= set(first.tables[EVALUATION_TABLE][ROW])
    assert len(hidden) > 40

    def read_others() -> pd.DataFrame:
        table = read()
        table.loc[list(hidden), DIABETES.target] = 7.0
        return table

    other = replace(DIABETES, dataset=replace(DIABETES.dataset, bundled=read_others))
    second = trained(other, "linear_regression", public_half=True)
    assert (first.metrics, first.params, first.tags, first.documents, first.pictures) == (
        second.metrics, second.params, second.tags, second.documents, second.pictures,
    )  # fmt: skip
    assert all(first.tables[path].equals(second.tables[path]) for path in first.tables)


@pytest.mark.long
def test_nothing_in_the_store_says_anything_of_the_hidden_half_before_the_reveal(store: Store) -> None:
    run_id = written(store, trained(DIABETES, "linear_regression", public_half=True))
    table = revealed(store, DIABETES, run_id)
    assert table is not None
    secrets = [f"{recompute(table, f'test_{name}')!r}"[:12] for name in ("rmse", "mae", "r2")]
    secrets += [f"{value!r}"[:12] for value in table["prediction"]]
    path = sqlite_path(store.uri)
    assert path is not None
    with closing(sqlite3.connect(path)) as database:
        said = "\n".join(database.iterdump())
    files = [file for file in path.parent.rglob("*") if file.is_file() and not file.name.startswith("mlflow.db")]
    assert files
    for file in files:
        if file.suffix == ".parquet":
            said += pd.read_parquet(file).to_csv()
        else:
            said += file.read_bytes().decode("latin-1")
    assert not [secret for secret in secrets if secret in said]
    stored = read_evaluation(store, run_id)
    assert not set(stored[ROW]) & set(table[ROW])


@pytest.mark.part(2)
@pytest.mark.parametrize(("task", "algorithm"), [(IRIS, "random_forest"), (DIABETES, "linear_regression")])
def test_the_reveal_gives_what_the_whole_test_rows_would_have_given(store: Store, task: Task, algorithm: str) -> None:
    whole = trained(task, algorithm, public_half=False).tables[EVALUATION_TABLE].set_index(ROW)
    run_id = written(store, trained(task, algorithm, public_half=True))
    table = revealed(store, task, run_id)
    assert table is not None
    both = pd.concat([table, read_evaluation(store, run_id)]).set_index(ROW).loc[whole.index]
    pd.testing.assert_frame_equal(both, whole)


@pytest.mark.long
def test_the_hidden_half_of_other_data_or_of_a_model_that_is_gone_is_not_known(store: Store) -> None:
    run_id = written(store, trained(DIABETES, "linear_regression", public_half=True))
    read = DIABETES.dataset.bundled
    assert read is not None
    mixed = read().sample(frac=1.0, random_state=1)
    others = replace(DIABETES, dataset=replace(DIABETES.dataset, bundled=lambda: mixed))
    assert revealed(store, others, run_id) is None
    nothing = schedule_run(store, ANA, experiment="e", name="n", tags={})
    assert revealed(store, DIABETES, nothing) is None
    path = sqlite_path(store.uri)
    assert path is not None
    for file in Path(path.parent).rglob("model.skops"):
        file.unlink()
    assert revealed(store, DIABETES, run_id) is None
