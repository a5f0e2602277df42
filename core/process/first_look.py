"""What is said of a table before any training: worked out once for all who look at it."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

import numpy as np
import pandas as pd

from core.errors import DataError
from core.process.memory import kept
from core.training.division import BY_CHANCE, Division
from core.training.findings.associations import Associations
from core.training.findings.look import look_at
from core.training.findings.overview import counted_rows, overview
from core.training.findings.report import found_in
from core.training.findings.sentences import Finding
from core.training.tasks import Kind, LoadedDataset, Task


@dataclass(frozen=True, eq=False)
class FirstLook:
    """What to know of a table, how closely its columns go together, and each column in a line.

    Different values, quantiles and frequent values of the columns are of ``counted_rows`` rows of ``rows``.
    """

    findings: tuple[Finding, ...]
    pairs: Associations
    columns: pd.DataFrame
    rows: int
    counted_rows: int


@kept(lambda content, _frame, *asked: (content, *asked), max_entries=32)
def first_look(
    content: str,
    frame: pd.DataFrame,
    target: str,
    kind: Kind,
    identifiers: tuple[str, ...] = (),
    test_rows: Sequence[int] | None = None,
    division: Division = BY_CHANCE,
) -> FirstLook:
    """Look at a table; ``content`` tells it from all others, as its SHA-256 does. Never change what is returned."""
    tested = None if test_rows is None else np.asarray(test_rows)
    look = look_at(frame, target, kind, identifiers, tested, division)
    found, pairs = found_in(look)
    return FirstLook(tuple(found), pairs, overview(look), look.rows, counted_rows(look))


@kept(lambda loaded, task: (loaded.sha256, task.name, task.division), max_entries=32)
def of_task(loaded: LoadedDataset, task: Task) -> FirstLook:
    """Look at the data of a task, with the rows that its models are tested on. Never change what is returned."""
    from core.training.fit import rows_tested_on  # with scikit-learn, which is slow to import

    tested: tuple[int, ...] | None = None
    with suppress(DataError):  # training says it
        tested = tuple(rows_tested_on(loaded, task).tolist())
    identifiers = task.dataset.identifiers
    return first_look(loaded.sha256, loaded.frame, task.target, task.kind, identifiers, tested, task.division)
