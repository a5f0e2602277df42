"""How long it takes to recognise, read and look over a large table of one's own, against pandas' reading it."""

from __future__ import annotations

import tempfile
from pathlib import Path
from statistics import median

import numpy as np
import pandas as pd

from benchmarks.clock import RATIO, ratio, seconds
from core.tables.layouts import recognise_layout
from core.tables.own import OwnTable, read_own
from core.training.tables.proposals import known_before
from core.training.tables.targets import targets

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
    """Time each step on a million rows of 20 columns; ours and theirs come in turns, and the middle of each counts."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "million.csv"
        written(path)
        content = path.read_bytes()  # as an upload is

        def read() -> OwnTable:
            return read_own(content, recognise_layout(content).layout)

        def look_over() -> None:
            table = read()
            known_before(table.frame, targets(table.frame)[0])

        look_over()  # imports what it needs
        times = [[seconds(one, 1) for one in (lambda: pd.read_csv(path), read, look_over)] for _again in range(REPEATS)]
    theirs, reading, all_of_it = (median(each) for each in zip(*times, strict=True))
    print(f"| What | Ours | pandas' `read_csv` | {RATIO} | Bar |")
    print("|---|---|---|---|---|")
    print(f"| recognise and read | {reading:.2f} s | {theirs:.2f} s | {ratio(reading, theirs)} | |")
    print(f"| and say what to predict and what to know | {all_of_it:.2f} s | {theirs:.2f} s | "
          f"{ratio(all_of_it, theirs)} | 3 |")  # fmt: skip


if __name__ == "__main__":
    bench_tables()
