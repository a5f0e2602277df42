"""Logs of a test's own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from core.serving.log.prediction_log import Limits, PredictionLog


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Callable[..., PredictionLog]]:
    """Make logs in the test's folder, closed at its end."""
    made: list[PredictionLog] = []

    def log(**limits: object) -> PredictionLog:
        made.append(PredictionLog(tmp_path / "log", Limits(**limits)))  # type: ignore[arg-type]
        return made[-1]

    yield log
    for one in made:
        one.close()


@pytest.fixture
def log(make: Callable[..., PredictionLog]) -> PredictionLog:
    """A log of the test's own."""
    return make()
