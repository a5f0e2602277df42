"""How long it takes to score a million rows in a worker, against reading, asking and writing with the library alone."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from core import settings  # noqa: F401 - first: it turns off the libraries' usage reports

# isort: split
import numpy as np
import pandas as pd
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from benchmarks.clock import RATIO, ratio
from benchmarks.stores import BENCH
from core.prediction.open_version import ToOpen
from core.prediction.schema import input_fields
from core.prediction.tables.batch import Scored, Scoring, score_file
from core.prediction.tables.dialects import recognise
from core.prediction.tables.matching import match_columns
from core.settings import settings as in_force
from core.store.connection import Store, open_store
from core.store.models import describe_model, load_model
from core.store.record import DatasetRecord, ModelRecord, RunRecord
from core.store.registry.registered_models import find_model, register
from core.store.writer import schedule_run, writing
from core.training.jobs import Jobs

ROWS, TRAINING_ROWS, NUMBERS, WORDS = 1_000_000, 20_000, 7, 7
CATEGORIES = ("No", "Yes", "Fiber optic", "Month-to-month", "Electronic check")
MODELS = {
    "logistic regression": lambda: LogisticRegression(),
    "forest of 50 trees": lambda: RandomForestClassifier(50, max_depth=8, random_state=0),
    "histogram gradient boosting": lambda: HistGradientBoostingClassifier(random_state=0),
}
COLUMNS = (
    "Model", "Ours, CSV and Parquet", "read, predict, write Parquet", RATIO, "with probabilities", RATIO, "Memory",
)  # fmt: skip


def table(rows: int) -> pd.DataFrame:
    """Return a table of 14 columns: numbers with decimals, a whole one, and words."""
    rng = np.random.default_rng(0)
    columns: dict[str, np.ndarray] = {f"number_{n}": rng.normal(50, 20, rows).round(2) for n in range(NUMBERS - 1)}
    columns["months"] = rng.integers(0, 72, rows)
    for n in range(WORDS):
        choices = np.array(CATEGORIES[: 3 + n % 3], dtype=object)
        columns[f"word_{n}"] = choices[rng.integers(0, len(choices), rows)]
    return pd.DataFrame(columns)


def pipeline(estimator: object, rows: pd.DataFrame) -> Pipeline:
    """Return a pipeline like those that our trainers make."""
    numbers = [name for name in rows if pd.api.types.is_numeric_dtype(rows[name])]
    fill = ("fill", SimpleImputer(strategy="median", keep_empty_features=True))
    words = ("fill", SimpleImputer(missing_values=np.nan, strategy="most_frequent", keep_empty_features=True))
    encode = ("encode", OneHotEncoder(handle_unknown="ignore", sparse_output=False))
    columns = ColumnTransformer(
        [
            ("numbers", Pipeline([fill, ("scale", StandardScaler())]), numbers),
            ("categories", Pipeline([words, encode]), [name for name in rows if name not in numbers]),
        ]
    )
    return Pipeline([("columns", columns), ("estimator", estimator)])


def registered(store: Store, name: str, rows: pd.DataFrame) -> Scoring:
    """Fit a model, register it, and return how to score with it."""
    noise = np.random.default_rng(1).normal(0, 10, len(rows))
    answers = (rows["number_0"] + 20 * (rows["word_0"] == "Yes") + noise > 60).astype(int)
    fitted = pipeline(MODELS[name](), rows).fit(rows, answers)
    run_id = schedule_run(store, BENCH, experiment="bench", name=name, tags={})
    with writing(store, run_id) as run:
        dataset = DatasetRecord("bench", rows.head(100).assign(answer=answers.head(100)), "answer", "", "")
        run.write(RunRecord({}, {}, {}, dataset, ModelRecord(fitted, rows.head(5), ("scikit-learn",))))
    number = register(store, BENCH, run_id, name)
    version = find_model(store, name).version(number)
    return Scoring(store.uri, ToOpen(version.uri, run_id), name, number, version.stage)


def timed(action: Callable[[], object]) -> float:
    """Return how long ``action`` takes."""
    begun = time.perf_counter()
    action()
    return time.perf_counter() - begun


def scored(jobs: Jobs, scoring: Scoring, path: Path) -> Scored:
    """Score a file as the dashboard does, from its recognition on."""
    files = describe_model(open_store(scoring.store_uri), scoring.to_open.uri, scoring.to_open.run_id)
    fields = input_fields(files)
    dialect = recognise(path, fields)
    matching, _first = match_columns(path, dialect, fields)
    return jobs.workers.begin(score_file, BENCH, scoring, path, dialect, matching, path.parent).result()


def library_alone(scoring: Scoring, path: Path, chances: bool) -> None:
    """Do with pandas and scikit-learn what a person would write."""
    files = describe_model(open_store(scoring.store_uri), scoring.to_open.uri, scoring.to_open.run_id)
    model, rows = load_model(files), pd.read_csv(path)
    result = rows.assign(prediction=model.predict(rows))
    if chances:
        result[["probability_0", "probability_1"]] = model.predict_proba(rows)
    result.to_parquet(path.with_name("alone.parquet"))


def peak_memory(*, report: Callable[[int, int], None]) -> float:
    """Return the most memory that this worker ever had, in MiB."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024


def bench_scoring(rows: int = ROWS) -> None:
    """Print a table of all models."""
    print("| " + " | ".join(COLUMNS) + " |")
    print("|" + "---|" * len(COLUMNS))
    with tempfile.TemporaryDirectory() as folder:
        store = open_store(f"sqlite:///{Path(folder) / 'mlflow.db'}")
        training, path = table(TRAINING_ROWS), Path(folder) / "rows.csv"
        table(rows).to_csv(path, index=False)
        for name in MODELS:
            scoring = registered(store, name, training)
            # A cluster for each, so that the memory is of one file
            jobs = Jobs(replace(in_force(), workers=1, dask_scheduler=""))
            try:
                jobs.workers.begin(peak_memory).result()  # its worker has imported everything
                ours = timed(lambda asked=scoring, on=jobs: scored(on, asked, path))
                memory = jobs.workers.begin(peak_memory).result()
            finally:
                jobs.close()
            plain, full = (float(alone(scoring, path, chances)) for chances in (False, True))
            cells = (
                name, f"{ours:.1f} s", f"{plain:.1f} s", ratio(ours, plain), f"{full:.1f} s",
                ratio(ours, full), f"{memory:.0f} MiB",
            )  # fmt: skip
            print("| " + " | ".join(cells) + " |", flush=True)


def alone(scoring: Scoring, path: Path, chances: bool) -> str:
    """Return how long the library alone takes, in a process of its own."""
    one = scoring.to_open
    answer = subprocess.run(  # noqa: S603 - ourselves
        [sys.executable, "-m", "benchmarks.scoring", scoring.store_uri, one.uri, one.run_id, str(path), str(chances)],
        capture_output=True,
        text=True,
        check=True,
    )
    return answer.stdout.split()[-1]


if __name__ == "__main__":
    uri, version, run_id, file, with_chances = sys.argv[1:]
    asked_for = Scoring(uri, ToOpen(version, run_id), "", 1, "")
    print(timed(lambda: library_alone(asked_for, Path(file), with_chances == "True")))
