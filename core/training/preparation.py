"""What is done to a task's rows before anything is learned: read, cleaned, divided; each step as plain data."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import blake2b

import numpy as np

from core.settings import Settings
from core.training.datasets import load_dataset, training_table
from core.training.findings.report import findings
from core.training.findings.sentences import grouped
from core.training.fit import numbered, rows_tested_on, split
from core.training.tasks import LoadedDataset, Task


@dataclass(frozen=True)
class ReadRows:
    """A dataset as it was read: where it came from, its SHA-256, and how many cells of each column are empty."""

    origin: str
    source: str
    sha256: str
    rows: int
    columns: Mapping[str, int]


@dataclass(frozen=True)
class CleanRows:
    """What is learned from: rows with a target, without the columns that are ``left_out``; ``known`` are findings.

    Nothing else is taken away: rows that are there twice, far-out numbers and the like are said, for people to decide.
    """

    sha256: str
    rows: int
    without_target: int
    features: tuple[str, ...]
    left_out: tuple[str, ...]
    target: str
    known: tuple[str, ...]


@dataclass(frozen=True)
class DividedRows:
    """Rows to learn from and to test on, as every run of the task divides them.

    ``tested`` tells the test rows from others by their places; ``classes`` counts those of each class on both sides.
    """

    sha256: str
    by: str
    training_rows: int
    test_rows: int
    tested: str
    classes: Mapping[str, tuple[int, int]]


def read(task: Task, settings: Settings) -> ReadRows:
    """Read a task's dataset.

    Raises:
        DataError: it cannot be had, or is not what the task declares.
    """
    loaded = _loaded(task, settings)
    empty = loaded.frame.isna().sum()
    counts = {str(name): int(count) for name, count in empty.items()}
    return ReadRows(loaded.origin, loaded.source, loaded.sha256, len(loaded.frame), counts)


def cleaned(task: Task, settings: Settings) -> CleanRows:
    """Return which rows and columns of a task are learned from, and what is known of them before.

    Raises:
        DataError: as ``read``, or no row has a target.
    """
    loaded = _loaded(task, settings)
    table = training_table(loaded, task)
    found = findings(
        loaded.frame, task.target, task.kind, identifiers=task.dataset.identifiers,
        test_rows=rows_tested_on(loaded, task), division=task.division,
    )  # fmt: skip
    features = [str(name) for name in table.features]
    return CleanRows(
        loaded.sha256, len(table.features), table.without_target, tuple(features),
        tuple(str(name) for name in loaded.frame if str(name) not in {*features, task.target}), task.target,
        tuple(finding.words() for finding in grouped(found)),
    )  # fmt: skip


def divided_rows(task: Task, settings: Settings) -> DividedRows:
    """Return how a task's rows are divided; always the same.

    Raises:
        DataError: as ``cleaned``, or there are too few rows.
    """
    loaded = _loaded(task, settings)
    table = training_table(loaded, task)
    learned, tested, learned_answers, tested_answers = split(
        task, table.features, numbered(task, table.target), table.keys
    )
    counts = [_counted(task, answers) for answers in (learned_answers, tested_answers)]
    places = np.sort(tested.index.to_numpy()).astype(np.int64)
    return DividedRows(
        loaded.sha256, task.division.column or "chance", len(learned), len(tested),
        blake2b(places.tobytes(), digest_size=16).hexdigest(),
        {word: (counts[0][word], counts[1][word]) for word in task.class_names},
    )  # fmt: skip


def _counted(task: Task, answers: np.ndarray) -> Counter[str]:
    return Counter(task.class_names[int(number)] for number in answers) if task.kind == "classification" else Counter()


def _loaded(task: Task, settings: Settings) -> LoadedDataset:
    return load_dataset(
        task.dataset, data_dir=settings.data_dir, cache_dir=settings.cache_dir, downloads=settings.downloads
    )
