"""The shadow asks another version beside the answer, and never holds it up."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from pathlib import Path

import pandas as pd
import pytest

from core.prediction.schema import starting_values, typed_frame
from core.process import shared
from core.process.asked import opened
from core.serving.log.prediction_log import Limits, PredictionLog
from core.serving.log.reading import read_log
from core.serving.shadow import MOST_WAITING, Second, Shadow, ShadowCounts, differences, second_of
from core.settings import settings
from core.store.connection import Store
from core.store.registry.registered_models import find_model
from tests.fixtures.entries import NOON, entry
from tests.fixtures.stores import FLOWERS


@pytest.fixture
def log(tmp_path: Path) -> Iterator[PredictionLog]:
    made = PredictionLog(tmp_path)
    yield made
    made.close()


@pytest.fixture
def shadow(log: PredictionLog) -> Iterator[Shadow]:
    made = Shadow(log)
    yield made
    made.close()


def rows_off_by(spread: float) -> pd.DataFrame:
    """Test rows of a version that is off by so much."""
    return pd.DataFrame({"prediction": [0.0] * 40, "answer": [spread, -spread] * 20})


def logged(log: PredictionLog) -> pd.DataFrame:
    assert log.flush()
    return read_log(log.folder, "iris", NOON)


def test_what_the_other_version_says_comes_into_the_log_afterwards(log: PredictionLog, shadow: Shadow) -> None:
    asked, go = threading.Event(), threading.Event()

    def slowly() -> Sequence[str]:
        asked.set()
        assert go.wait(30)
        return ["setosa", "virginica"]

    shadow.note(entry([1.0, "red"], [2.0, "red"]), Second(3, slowly))
    assert asked.wait(10)
    assert logged(log)["shadow_version"].isna().tolist() == [True, True]  # the answer itself is on the disk
    go.set()
    assert shadow.settle()
    said = logged(log)
    assert said["shadow_differs"].tolist() == [False, True]
    assert said["shadow_version"].tolist() == [3, 3]


def test_what_is_too_much_is_left_out_and_counted(log: PredictionLog, shadow: Shadow) -> None:
    asked, go = threading.Event(), threading.Event()

    def slowly() -> Sequence[str]:
        asked.set()
        assert go.wait(30)
        return ["setosa"]

    shadow.note(entry([1.0, "red"]), Second(3, slowly))
    assert asked.wait(10)
    for _ in range(MOST_WAITING + 5):
        shadow.note(entry([1.0, "red"]), Second(3, lambda: ["setosa"]))
    shadow.note(entry(*[[1.0, "red"]] * 1001), Second(3, lambda: ["setosa"] * 1001))
    go.set()
    assert shadow.settle()
    assert shadow.counts == ShadowCounts(asked=MOST_WAITING + 1, dropped=6)
    assert len(logged(log)) == MOST_WAITING + 6 + 1001


@pytest.mark.parametrize("answers", [None, ["setosa", "setosa"]])
def test_a_version_that_fails_is_counted_and_the_answer_is_logged_all_the_same(
    log: PredictionLog, shadow: Shadow, answers: list[str] | None
) -> None:
    def fails() -> Sequence[str]:
        if answers is None:
            raise RuntimeError
        return answers

    shadow.note(entry([1.0, "red"]), Second(3, fails))
    assert shadow.settle()
    assert shadow.counts == ShadowCounts(failed=1)
    assert logged(log)["shadow_version"].isna().all()


def test_only_what_is_logged_and_sampled_is_asked_again(tmp_path: Path) -> None:
    log = PredictionLog(tmp_path, Limits(share=0.5))
    shadow = Shadow(log, 0.2)
    for _ in range(200):
        shadow.note(entry([1.0, "red"]), Second(3, lambda: ["setosa"]))
        assert shadow.settle()
    said = logged(log)
    assert 0 < shadow.counts.asked == said["shadow_version"].notna().sum() < len(said) < 200
    shadow.close()
    log.close()


@pytest.mark.parametrize(
    ("one", "other", "tables", "said"),
    [
        ("yes", "Yes ", (None, None), False),
        ("yes", "no", (None, None), True),
        (1.0, 5.0, (rows_off_by(1.0), rows_off_by(1.0)), True),
        (1.0, 1.5, (rows_off_by(1.0), rows_off_by(1.0)), False),
        (1.0, 5.0, (rows_off_by(9.0), rows_off_by(1.0)), False),  # inside the interval of one of them
        (1.0, 5.0, (None, rows_off_by(1.0)), None),
        (1.0, 1.0, (None, None), None),  # or equal numbers alone would count
        (1.0, "1", (rows_off_by(1.0), rows_off_by(1.0)), None),
        (float("nan"), 1.0, (rows_off_by(1.0), rows_off_by(1.0)), True),
        (None, None, (None, None), None),
    ],
)
def test_answers_contradict_each_other_as_the_predict_page_sees_it(
    one: object, other: object, tables: tuple[pd.DataFrame | None, pd.DataFrame | None], said: bool | None
) -> None:
    assert differences([one], [other], *tables) == [said]


@pytest.mark.long
def test_what_staging_would_have_said_of_rows_that_production_answered(
    populated: Store, monkeypatch: pytest.MonkeyPatch, log: PredictionLog, shadow: Shadow
) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", populated.uri)
    settings.cache_clear()
    shared.forget()
    model = find_model(populated, FLOWERS)
    first, other = (opened(model, model.version(number)) for number in (2, 3))
    rows = pd.DataFrame([starting_values(first.fields)] * 2)
    answers = first.predictor.ask(typed_frame(first.fields, rows)).values
    one = entry(rows=rows.to_dict("list"), answers=answers, version=2)
    shadow.note(one, second_of(first, other, rows))
    assert shadow.settle(60)
    assert shadow.counts == ShadowCounts(asked=1)
    said = logged(log)
    assert said["shadow_prediction"].tolist() == other.predictor.ask(typed_frame(other.fields, rows)).values.tolist()
    assert said["shadow_version"].tolist() == [3, 3]
    settings.cache_clear()
    shared.forget()
