"""Traffic: each hour or day counted once, times of requests and not of rows, and Staging's word on the same version."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta
from pathlib import Path

from core.monitoring.traffic import traffic
from core.serving.log.entries import Entry
from core.serving.log.prediction_log import PredictionLog

NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)


def note(log: PredictionLog, name: str, ago: timedelta, rows: int, milliseconds: float, *, version: int = 1,
         origin: str = "api", differs: int = 0) -> None:  # fmt: skip
    log.note(Entry(
        name, NOW - ago, "wine", version, [[1.0]] * rows, ["a"] * rows, ["x"], origin=origin, milliseconds=milliseconds,
    ))  # fmt: skip


def test_days_are_counted_with_their_requests_rows_and_times(tmp_path: Path) -> None:
    log = PredictionLog(tmp_path)
    note(log, "a", timedelta(days=3), 10, 5.0)
    note(log, "b", timedelta(days=3), 1, 15.0)
    note(log, "c", timedelta(hours=1), 4, 100.0)
    note(log, "other", timedelta(hours=1), 4, 1.0, version=2)
    assert log.flush()
    found = traffic(tmp_path, "wine", 1, NOW - timedelta(days=7), NOW, zone=UTC)
    assert found.span == "day"
    assert [(one.begin.day, one.requests, one.rows, one.p50) for one in found.stretches] == [
        (7, 2, 11, 10.0), (10, 1, 4, 100.0),
    ]  # fmt: skip
    assert (found.together.requests, found.together.rows, found.together.p50) == (3, 15, 15.0)


def test_a_short_time_is_counted_by_the_hour_and_only_by_whom_it_is_wanted(tmp_path: Path) -> None:
    log = PredictionLog(tmp_path)
    note(log, "a", timedelta(hours=3), 1, 5.0)
    note(log, "b", timedelta(hours=1), 2, 5.0, origin="predict page")
    assert log.flush()
    found = traffic(tmp_path, "wine", 1, NOW - timedelta(days=1), NOW, zone=UTC, origins=["api"])
    assert (found.span, [(one.begin.hour, one.rows) for one in found.stretches]) == ("hour", [(9, 1)])


def test_nothing_asked_is_nothing_counted(tmp_path: Path) -> None:
    found = traffic(tmp_path, "wine", 1, NOW - timedelta(days=1), NOW, zone=UTC)
    assert (found.stretches, found.together.requests) == ((), 0)
    assert math.isnan(found.together.p95)
