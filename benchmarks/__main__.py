"""``make bench``: print each measurement as a ratio, on stores and models made on the spot."""

from __future__ import annotations

import tempfile
from pathlib import Path

from core import settings  # noqa: F401 - first: it turns off the libraries' usage reports

# isort: split
import mlflow
import pandas as pd
from mlflow.models import infer_signature

from benchmarks.board import bench_board
from benchmarks.browser import bench_browser
from benchmarks.clock import RATIO, ratio, seconds
from benchmarks.idle import bench_idle
from benchmarks.monitoring import bench_monitoring
from benchmarks.reading import bench_reading
from benchmarks.room import bench_room
from benchmarks.scoring import bench_scoring
from benchmarks.serving import bench_serving
from benchmarks.start import bench_start
from benchmarks.stores import BENCH
from benchmarks.sweeps import bench_sweeps
from benchmarks.tables import bench_tables
from benchmarks.whatif import bench_whatif
from core.prediction.predict import predictor
from core.prediction.schema import input_fields
from core.settings import settings as in_force
from core.store.connection import Store, open_store
from core.store.models import describe_model, load_model
from core.store.record import RunRecord
from core.store.runs.run_models import run_model_uri
from core.store.writer import schedule_run, writing
from core.training.fit import train
from trainers import TASKS


def report(what: str, ours: float, theirs: float, name: str) -> None:
    """Print one ratio."""
    print(f"| {what} | {ours * 1000:.1f} ms | {name} | {theirs * 1000:.1f} ms | {ratio(ours, theirs)} |")


def bench_logging(store: Store) -> None:
    """Log a whole run, ours (given requirements) against a model logged as MLflow does by default."""
    task = TASKS["iris"]
    record = train(task, "random_forest", {}, settings=in_force(), report=lambda stage: None)
    model, example = record.model.estimator, record.model.input_example

    experiment = store.client.create_experiment("inferred")

    def inferred() -> None:
        mlflow.set_tracking_uri(store.uri)
        with mlflow.start_run(experiment_id=experiment):
            mlflow.sklearn.log_model(
                model,
                name="model",
                signature=infer_signature(example, model.predict(example).astype(float)),
                skops_trusted_types=["sklearn.tree._tree.Tree", "numpy.dtype"],
            )

    ours, theirs = seconds(lambda: write(store, record), 3), seconds(inferred, 3)
    report("log a run with model, tables and pictures", ours, theirs, "log_model alone, requirements inferred")


def write(store: Store, record: RunRecord) -> str:
    """Write one run and return its id."""
    run_id = schedule_run(store, BENCH, experiment="bench", name="forest", tags={})
    with writing(store, run_id) as run:
        run.write(record)
    return run_id


def bench_asking(store: Store) -> None:
    """Ask a loaded model about one row, ours against pyfunc and against scikit-learn itself."""
    task = TASKS["iris"]
    record = train(task, "random_forest", {}, settings=in_force(), report=lambda stage: None)
    uri = run_model_uri(store, write(store, record)) or ""
    files = describe_model(store, uri)
    model, row = load_model(files), pd.DataFrame(record.model.input_example.head(1))
    asked = predictor(files, model, input_fields(files, model))
    wrapped = mlflow.pyfunc.load_model(str(files.folder))
    ours = seconds(lambda: asked.ask(row).first(), 50)
    report("answer with probabilities", ours, seconds(lambda: wrapped.predict(row), 50), "pyfunc, class only")
    report("answer with probabilities", ours, seconds(lambda: model.predict(row), 50), "scikit-learn, class only")


def main() -> None:
    """Run every benchmark."""
    with tempfile.TemporaryDirectory() as folder:
        store = open_store(f"sqlite:///{Path(folder) / 'mlflow.db'}")
        print("## Logging and asking\n")
        print(f"| What | Ours | Beside it | Theirs | {RATIO} |")
        print("|---|---|---|---|---|")
        bench_logging(store)
        bench_asking(store)
    print("\n## From the start to the first pages\n")
    bench_start()
    print("\n## Idle workers\n")
    bench_idle()
    bench_sweeps()
    print("\n## What if\n")
    bench_whatif()
    print("\n## The registry's board\n")
    bench_board()
    print("\n## Scoring a million rows\n")
    bench_scoring()
    print("\n## Serving over HTTP\n")
    bench_serving()
    print("\n## Monitoring\n")
    bench_monitoring()
    print("\n## A table of one's own\n")
    bench_tables()
    print("\n## Reading all runs\n")
    bench_reading()
    print("\n## Pages in the browser\n")
    bench_browser()
    print("\n## A room of phones\n")
    bench_room()


if __name__ == "__main__":
    main()
