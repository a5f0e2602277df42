"""Runs as one wide table for other programs, its columns named as ``mlflow.search_runs`` names them."""

from __future__ import annotations

from collections.abc import Mapping
from io import BytesIO

import pandas as pd

from core import spreadsheets
from core.store.runs.tables import Runs


def wide_table(runs: Runs, experiments: Mapping[str, str]) -> pd.DataFrame:
    """Return one row a run: what it is, every ``metrics.x``, ``params.y`` and ``tags.z``, nothing left out.

    ``experiments`` names experiments by their ids.
    """
    info = runs.info
    about = pd.DataFrame(
        {
            "run_id": info.index,
            "experiment_id": info["experiment_id"].to_numpy(),
            "experiment_name": [experiments.get(str(i), "") for i in info["experiment_id"]],
            "run_name": info["name"].to_numpy(),
            "status": info["status"].to_numpy(),
            "start_time": info["start"].array,
            "end_time": info["end"].array,
            "duration_seconds": info["seconds"].to_numpy(),
        },
        index=info.index,
    )
    parts = (("metrics", runs.metrics), ("params", runs.params), ("tags", runs.tags))
    tables = [table.rename(columns=lambda name, kind=kind: f"{kind}.{name}") for kind, table in parts]
    return pd.concat([about, *tables], axis="columns").reset_index(drop=True)


def as_csv(runs: Runs, experiments: Mapping[str, str]) -> bytes:
    """Return the wide table as CSV."""
    return spreadsheets.as_csv(wide_table(runs, experiments))


def as_parquet(runs: Runs, experiments: Mapping[str, str]) -> bytes:
    """Return the wide table as Parquet: times stay times, numbers stay numbers."""
    file = BytesIO()
    wide_table(runs, experiments).to_parquet(file, index=False)
    return bytes(file.getvalue())
