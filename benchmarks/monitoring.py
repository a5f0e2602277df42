"""Check rows against those that a model learned from, and open a log of a million of them.

``python -m benchmarks.monitoring`` does this alone. A check is held against SciPy's own tests on the same columns, the
log against pandas reading the same files.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from time import perf_counter

from core import settings as _first  # noqa: F401 - first: it turns off the libraries' usage reports

# isort: split
import pandas as pd
import scipy

from benchmarks.clock import RATIO, ratio
from core.monitoring.drift import drift
from core.monitoring.logged import logged_rows
from core.prediction.schema import InputField
from core.serving.log.entries import Entry
from core.serving.log.files import PARQUET, folder_of_model
from core.serving.log.prediction_log import Limits, PredictionLog
from core.settings import settings
from core.training.datasets import table_of
from trainers import TASKS

ROUNDS = 7
LEARNED, WINDOW = 5_000, 1_000
LOGGED, A_REQUEST = 1_000_000, 10_000


def timed(work: Callable[[], object]) -> float:
    """Return the median of some rounds, in seconds; the first is not counted."""
    work()
    took = []
    for _round in range(ROUNDS):
        begin = perf_counter()
        work()
        took.append(perf_counter() - begin)
    return median(took)


def bench_check() -> None:
    """Hold 1,000 rows of 19 columns against 5,000, against one test of SciPy's a column."""
    table = table_of(TASKS["telco_churn"], settings()).features.sample(frac=1, random_state=0)
    learned, window = table[:LEARNED], table[LEARNED : LEARNED + WINDOW]
    fields = _fields(table)

    def plain() -> None:
        for name in table:
            if pd.api.types.is_numeric_dtype(table[name]):
                scipy.stats.ks_2samp(learned[name].dropna(), window[name].dropna())
            else:
                counts = pd.DataFrame({"a": learned[name].value_counts(), "b": window[name].value_counts()}).fillna(0)
                scipy.stats.chi2_contingency(counts.T)

    ours, theirs = timed(lambda: drift(fields, learned, window)), timed(plain)
    print(f"| check 19 columns × 1,000 rows | {ours * 1000:.0f} ms | SciPy, a test a column | {theirs * 1000:.0f} ms "
          f"| {ratio(ours, theirs)} |")  # fmt: skip


def bench_log() -> None:
    """Open a million logged rows of 19 inputs, and take the last ones, against pandas reading the same files."""
    table = table_of(TASKS["telco_churn"], settings()).features.sample(A_REQUEST, random_state=0, replace=True)
    fields, now = _fields(table), datetime.now(UTC)
    columns = {name: table[name].where(table[name].notna(), None).tolist() for name in table}
    with tempfile.TemporaryDirectory() as place:
        log = PredictionLog(Path(place), Limits(1.0, 10_000, frozenset()))
        for number in range(LOGGED // A_REQUEST):
            at = now - timedelta(days=20) + timedelta(minutes=number)
            log.note(Entry(f"r{number}", at, "m", 1, columns, ["Yes"] * A_REQUEST,
                           chances={"No": [0.3] * A_REQUEST, "Yes": [0.7] * A_REQUEST}))  # fmt: skip
            log.flush()
        log.close()
        files = sorted(folder_of_model(Path(place), "m").glob(f"*{PARQUET}"))
        since = now - timedelta(days=30)
        ours = timed(lambda: logged_rows(Path(place), "m", 1, fields, since, classes=("No", "Yes")).last(WINDOW))
        theirs = timed(lambda: pd.concat([pd.read_parquet(file) for file in files]))
    print(f"| open 1,000,000 logged rows | {ours:.2f} s | pandas, the same files | {theirs:.2f} s "
          f"| {ratio(ours, theirs)} |")  # fmt: skip


def _fields(table: pd.DataFrame) -> list[InputField]:
    return [
        InputField(str(name), "number", "double", 0.0)
        if pd.api.types.is_numeric_dtype(table[name])
        else InputField(str(name), "category", "string", "")
        for name in table
    ]


def bench_monitoring() -> None:
    """Print both."""
    print(f"| What | Ours | Beside it | Theirs | {RATIO} |\n|---|---|---|---|---|")
    bench_check()
    bench_log()


if __name__ == "__main__":
    bench_monitoring()
