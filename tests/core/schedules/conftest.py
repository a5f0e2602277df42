"""A file of schedules in a folder of its own, and a clock that is set by hand."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from core.schedules.schedules import Schedules
from core.schedules.schedules_file import SchedulesFile

STORE = "sqlite:///mlflow.db"
MONDAY = datetime(2027, 1, 4, 12, tzinfo=UTC)


@dataclass
class Clock:
    """A clock that goes only when it is told to; ``pace`` goes on with it, and never back."""

    seconds: float = MONDAY.timestamp()
    pace: float = 0.0

    def __call__(self) -> float:
        return self.seconds

    def go_on(self, seconds: float) -> None:
        self.seconds += seconds
        self.pace += max(seconds, 0.0)

    def set(self, moment: datetime) -> None:
        self.go_on(moment.timestamp() - self.seconds)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def file(tmp_path: Path) -> Iterator[SchedulesFile]:
    opened = SchedulesFile(tmp_path / "cache")
    yield opened
    opened.close()


@pytest.fixture
def schedules(file: SchedulesFile, clock: Clock) -> Schedules:
    return Schedules(file, STORE, now=clock)
