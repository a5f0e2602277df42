"""A file of alerts in a folder of its own, and a clock that is set by hand."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from core.alerts.alerts import Alerts
from core.alerts.alerts_file import AlertsFile
from core.alerts.looks import Look, Looks
from tests.core.schedules.conftest import STORE, Clock

MODEL = "wine"
Looked = Callable[..., Look]


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def file(tmp_path: Path) -> Iterator[AlertsFile]:
    opened = AlertsFile(tmp_path / "cache")
    yield opened
    opened.close()


@pytest.fixture
def alerts(file: AlertsFile, clock: Clock) -> Alerts:
    return Alerts(file, STORE, now=clock)


@pytest.fixture
def looks(file: AlertsFile, clock: Clock) -> Looks:
    return Looks(file, STORE, now=clock)


@pytest.fixture
def looked(looks: Looks, clock: Clock) -> Looked:
    """Keep a look at the model at which inputs were judged, unless said otherwise."""

    def look(*drifted: str, version: int = 3, is_known: bool = True, scored: int = 0, **more: object) -> Look:
        at = datetime.fromtimestamp(clock(), UTC)
        return looks.add(
            Look(MODEL, version, at, 200, 11, is_known=is_known, drifted=drifted, scored=scored, **more)  # type: ignore[arg-type]
        )

    return look
