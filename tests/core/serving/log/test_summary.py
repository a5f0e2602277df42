"""What pages say of the log at a glance."""

from __future__ import annotations

from datetime import timedelta

import pytest

from core.serving.log.prediction_log import PredictionLog
from core.serving.log.reading import inputs_of, read_log
from core.serving.log.summary import Disagreement, Usage, disagreement, hours
from tests.fixtures.entries import NOON, entry


def shadowed(version: int, other: int, *differs: bool | None, **more: object) -> object:
    answers = ["virginica" if one else "setosa" for one in differs]
    return entry(*[[1.0, "red"]] * len(differs), version=version, shadow_version=other, shadow_answers=answers,
                 shadow_differs=list(differs), **more)  # fmt: skip


def test_the_last_hour_is_counted_by_model(log: PredictionLog) -> None:
    for minutes, milliseconds in ((-90, 1000.0), (-30, 2.0), (-20, 4.0), (-10, 6.0)):
        log.note(entry([1.0, "red"], [2.0, "red"], minutes=minutes, milliseconds=milliseconds))
    log.note(entry([1.0, "red"], model="cars", minutes=-5, origin="predict page"))
    assert log.flush()
    since = NOON - timedelta(hours=1)
    assert hours(log.folder, since) == {
        "cars": Usage(since, 1, 1),
        "iris": Usage(since, 3, 6, 4.0, pytest.approx(5.8)),  # type: ignore[arg-type]
    }
    assert hours(log.folder, since, origin="api")["cars"] == Usage(since)
    assert hours(log.folder / "nowhere") == {}


def test_how_often_staging_disagrees_counts_rows_of_that_pair_on_which_it_can_be_told(log: PredictionLog) -> None:
    log.note(shadowed(2, 3, True, False, None, minutes=-9))  # type: ignore[arg-type]
    log.note(shadowed(2, 3, False, minutes=-5, origin="predict page"))  # type: ignore[arg-type]
    log.note(shadowed(2, 4, True))  # type: ignore[arg-type]
    log.note(shadowed(1, 3, True))  # type: ignore[arg-type]
    assert log.flush()
    found = disagreement(log.folder, "iris", 2, 3)
    assert found == Disagreement(3, 1, NOON - timedelta(minutes=9), {"api": (2, 1), "predict page": (1, 0)})
    assert disagreement(log.folder, "iris", 3, 2) == Disagreement()
    assert disagreement(log.folder, "iris", 2, 3, NOON - timedelta(minutes=6)).rows == 1
    usage = hours(log.folder, NOON - timedelta(hours=1))["iris"]
    assert (usage.shadowed, usage.differ) == (5, 3)


def test_the_log_is_read_between_two_moments_and_of_one_version(log: PredictionLog) -> None:
    for minutes, version in ((-60 * 24, 1), (0, 1), (1, 2), (2, 2)):
        log.note(entry([float(minutes), "red"], minutes=minutes, version=version))
        assert log.flush()
    said = read_log(log.folder, "iris", NOON, NOON + timedelta(minutes=2))
    assert inputs_of(said)["a"].tolist() == [0.0, 1.0]
    assert inputs_of(read_log(log.folder, "iris", NOON - timedelta(days=2), version=1))["a"].tolist() == [-1440.0, 0.0]
    assert read_log(log.folder, "iris", NOON, version=1)["version"].tolist() == [1]


def test_what_nobody_asked_is_an_empty_table_of_the_same_columns(log: PredictionLog) -> None:
    empty = read_log(log.folder, "iris", NOON)
    assert empty.empty
    assert {"request_id", "at", "prediction", "truth", "shadow_differs"} <= set(empty)


def test_what_another_version_would_have_said_stands_beside_the_answer(log: PredictionLog) -> None:
    log.note(shadowed(2, 3, True, False))  # type: ignore[arg-type]
    assert log.flush()
    said = read_log(log.folder, "iris", NOON)
    assert said["shadow_prediction"].tolist() == ["virginica", "setosa"]
    assert said["shadow_differs"].tolist() == [True, False]
    assert said["shadow_version"].tolist() == [3, 3]
