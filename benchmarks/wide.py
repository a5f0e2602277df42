"""What a visit to the Compare page of three very wide runs costs, beside reading the three with MLflow alone."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

import numpy as np
from mlflow.entities import Metric, Param, RunTag
from streamlit.testing.v1 import AppTest

from benchmarks.clock import RATIO, ratio
from core.settings import settings
from core.store.connection import Store, open_store

RUNS, PARAMS, TAGS, METRICS = 3, 2000, 3000, 800
AT_ONCE = 100  # of parameters and tags; MLflow takes no more
VISITS = 5
ROOT = Path(__file__).parents[1]


def wide_runs(store: Store) -> list[str]:
    """Log runs of which each has thousands of parameters, tags and metrics, most of them different."""
    experiment, made = store.client.create_experiment("wide"), np.random.default_rng(0)
    ids = [store.client.create_run(experiment, run_name=f"wide {place}").info.run_id for place in range(RUNS)]
    for run_id in ids:
        params = [Param(f"param_{place}", str(made.integers(0, 5))) for place in range(PARAMS)]
        tags = [RunTag(f"tag_{place}", str(made.integers(0, 5))) for place in range(TAGS)]
        metrics = [Metric(f"val_loss_{place}", float(made.random()), 0, 0) for place in range(METRICS)]
        for first in range(0, max(PARAMS, TAGS), AT_ONCE):
            here = slice(first, first + AT_ONCE)
            store.client.log_batch(run_id, metrics=metrics[here], params=params[here], tags=tags[here])
        store.client.set_terminated(run_id)
    return ids


def processor_seconds(action: Callable[[], object], repeats: int = VISITS) -> float:
    """Return the median of the processor time that an action takes."""
    taken = []
    for _ in range(repeats):
        begun = time.process_time()
        action()
        taken.append(time.process_time() - begun)
    return median(taken)


def bench_wide() -> None:
    """Print what a visit costs once the runs have been read, each by a visitor who was never there."""
    with tempfile.TemporaryDirectory() as folder:
        uri = f"sqlite:///{Path(folder) / 'mlflow.db'}"
        store = open_store(uri)
        ids = wide_runs(store)
        os.environ["MLFLOW_TRACKING_URI"] = uri
        settings.cache_clear()
        visit = _visit(ids)
        first = processor_seconds(visit, 1)
        ours = processor_seconds(visit)
        theirs = processor_seconds(lambda: [store.client.get_run(run_id) for run_id in ids])
    print(f"| Page | First visit | Each visit | `get_run` of the three | {RATIO} |")
    print("|---|---|---|---|---|")
    print(f"| Compare, 3 wide runs | {first:.2f} s | {ours:.2f} s | {theirs:.2f} s | {ratio(ours, theirs)} |")


def _visit(run_ids: list[str]) -> Callable[[], AppTest]:
    def visit() -> AppTest:
        session = AppTest.from_file(ROOT / "core/ui/app/script.py", default_timeout=120)
        session.query_params["runs"] = ",".join(run_ids)
        session.switch_page(str(ROOT / "pages/explore/compare.py"))
        session.run()
        if session.exception:
            raise SystemExit(session.exception[0].value)
        return session

    return visit


if __name__ == "__main__":
    bench_wide()
