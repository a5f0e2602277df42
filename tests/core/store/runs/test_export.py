"""An export leaves nothing out and is named as MLflow names it."""

from __future__ import annotations

from io import BytesIO

import mlflow
import pandas as pd

from core.store.connection import Store
from core.store.runs.export import as_csv, as_parquet, wide_table
from core.store.runs.tracking import list_experiments, list_runs


def test_columns_and_values_are_those_of_mlflow(populated: Store) -> None:
    experiments = {e.experiment_id: e.name for e in list_experiments(populated)}
    mlflow.set_tracking_uri(populated.uri)
    theirs = mlflow.search_runs(list(experiments)).set_index("run_id")
    ours = wide_table(list_runs(populated, experiments), experiments).set_index("run_id").loc[theirs.index]
    assert {c for c in theirs if c.startswith(("metrics.", "params."))} <= set(ours)
    for column in ours.columns.intersection(theirs.columns):
        if not column.startswith("tags."):
            left, right = ours[column], theirs[column]
            same = (left == right) | (left.isna() & right.isna())
            assert same.all() or column == "start_time", column
    assert (
        set(ours["experiment_name"]) == {"iris-classification", "diabetes-progression"} or ours["experiment_name"].all()
    )


def test_csv_and_parquet_hold_every_run_and_column(populated: Store) -> None:
    experiments = {e.experiment_id: e.name for e in list_experiments(populated)}
    runs = list_runs(populated, experiments)
    table = wide_table(runs, experiments)
    csv = pd.read_csv(BytesIO(as_csv(runs, experiments)))
    parquet = pd.read_parquet(BytesIO(as_parquet(runs, experiments)))
    assert list(csv.columns) == list(parquet.columns) == list(table.columns)
    assert len(csv) == len(parquet) == len(runs) == 5
    assert str(parquet["start_time"].dt.tz) == "UTC"
    assert table.loc[table["run_name"] == "forest", "params.max_depth"].item() == "3"
    assert table["tags.pizarra.task"].notna().all()


def test_no_runs_are_a_table_without_rows(store: Store) -> None:
    runs = list_runs(store, ["0"])
    assert as_csv(runs, {}).startswith("\ufeffrun_id,experiment_id,experiment_name,run_name,status".encode())
    assert pd.read_parquet(BytesIO(as_parquet(runs, {}))).empty
