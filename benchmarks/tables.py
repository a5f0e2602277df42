"""How long it takes to recognise, read and look over a large table of one's own, against pandas' reading it."""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.clock import RATIO, ratio, seconds
from core.tables.layouts import recognise_layout
from core.tables.own import OwnTable, read_own
from core.training.tables.proposals import known_before
from core.training.tables.targets import target

ROWS, REPEATS = 1_000_000, 3


def written(path: Path) -> None:
    """Write a CSV of 20 columns: 10 of numbers with decimals, 5 of whole ones, 5 of words."""
    draw = np.random.default_rng(0)
    columns: dict[str, np.ndarray] = {f"number {n}": np.round(draw.normal(0, 100, ROWS), 3) for n in range(10)}
    columns |= {f"whole {n}": draw.integers(0, 1000, ROWS) for n in range(5)}
    words = np.array(["rojo", "verde", "azul", "Peña"], dtype=object)
    columns |= {f"word {n}": words[draw.integers(0, len(words), ROWS)] for n in range(4)}
    columns["bought"] = np.array(["sí", "no"], dtype=object)[draw.integers(0, 2, ROWS)]
    pd.DataFrame(columns).to_csv(path, index=False)


def bench_tables() -> None:
    """Time each step on a million rows of 20 columns."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "million.csv"
        written(path)
        theirs = seconds(lambda: pd.read_csv(path), REPEATS)

        def read() -> OwnTable:
            return read_own(path, recognise_layout(path).layout)

        table = read()
        asked = target(table.frame, "bought")
        reading = seconds(read, REPEATS)
        looking = seconds(lambda: known_before(table.frame, asked), REPEATS)
    print(f"| What | Ours | pandas' `read_csv` | {RATIO} |")
    print("|---|---|---|---|")
    for what, ours in (("recognise and read", reading), ("and say what to know", reading + looking)):
        print(f"| {what} | {ours:.2f} s | {theirs:.2f} s | {ratio(ours, theirs)} |")


if __name__ == "__main__":
    bench_tables()
