"""Stores of any size, written straight into the database: logging 50,000 runs would take hours."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import numpy as np

from core.access import Actor
from core.store.connection import Store, open_store

BENCH = Actor("bench", "presenter")
PARAMS, METRICS = 12, 8
FIRST_START = 1_700_000_000_000  # ms; runs begin a minute after each other
ALGORITHMS = ("random_forest", "logistic_regression", "xgboost")


def generate(path: Path, runs: int, seed: int = 0) -> Store:
    """Make a SQLite store with one experiment of ``runs`` finished runs, 12 parameters, 8 metrics and 6 tags each."""
    store = open_store(f"sqlite:///{path}")
    experiment = store.client.create_experiment(
        "many runs", artifact_location=(path.resolve().parent / "files").as_uri()
    )
    rng = np.random.default_rng(seed)
    ids = [f"{number:032x}" for number in rng.permutation(runs)]
    starts = [FIRST_START + 60_000 * number for number in range(runs)]
    depths, rates, scores = rng.integers(1, 20, runs), 10 ** rng.uniform(-4, 0, runs), rng.random((runs, METRICS))
    scores[:, 0] = 0.7 + 0.01 * depths - 0.02 * np.abs(np.log10(rates) + 2) + rng.normal(0, 0.01, runs)
    algorithm = [ALGORITHMS[number] for number in rng.integers(0, len(ALGORITHMS), runs)]
    with closing(sqlite3.connect(path)) as database:
        database.executemany(
            "insert into runs (run_uuid, name, source_type, source_name, entry_point_name, user_id, status, start_time,"
            " end_time, source_version, lifecycle_stage, artifact_uri, experiment_id)"
            " values (?, ?, 'LOCAL', '', '', 'bench', 'FINISHED', ?, ?, '', 'active', ?, ?)",
            (
                (run_id, f"run {number}", start, start + 30_000, f"{path.parent}/files/{run_id}", int(experiment))
                for number, (run_id, start) in enumerate(zip(ids, starts, strict=True))
            ),
        )
        database.executemany(
            "insert into params (key, value, run_uuid) values (?, ?, ?)",
            (
                row
                for number, run_id in enumerate(ids)
                for row in (
                    ("max_depth", str(depths[number]), run_id),
                    ("learning_rate", f"{rates[number]:.6g}", run_id),
                    *((f"param_{place}", str(number % (place + 2)), run_id) for place in range(PARAMS - 2)),
                )
            ),
        )
        metric_names = ["test_accuracy", *(f"metric_{place}" for place in range(METRICS - 1))]
        metric_rows = [
            (name, float(value), starts[number], run_id, 0, 0)
            for number, run_id in enumerate(ids)
            for name, value in zip(metric_names, scores[number], strict=True)
        ]
        for table in ("metrics", "latest_metrics"):
            database.executemany(
                f"insert into {table} (key, value, timestamp, run_uuid, step, is_nan) values (?, ?, ?, ?, ?, ?)",  # noqa: S608 - one of two names above
                metric_rows,
            )
        database.executemany(
            "insert into tags (key, value, run_uuid) values (?, ?, ?)",
            (
                row
                for number, run_id in enumerate(ids)
                for row in (
                    ("mlflow.runName", f"run {number}", run_id),
                    ("mlflow.user", "bench", run_id),
                    ("mlflow.source.name", "train.py", run_id),
                    ("mlflow.source.type", "LOCAL", run_id),
                    ("pizarra.algorithm", algorithm[number], run_id),
                    ("pizarra.student", f"student {number % 25}", run_id),
                )
            ),
        )
        database.commit()
    return store
