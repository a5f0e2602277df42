"""How fast a model answers is measured after fitting, and is no score."""

from __future__ import annotations

import pandas as pd
import pytest

from core import words
from core.settings import settings
from core.store.connection import Store
from core.store.runs.tables import ASKED_ROWS_TAG, SPEED_TAG, Run
from core.store.runs.tracking import get_run
from core.training.execution import execute
from core.training.fit import train
from core.training.launching import schedule
from core.training.speed import speed_tags
from tests.fixtures.actors import ANA
from trainers import TASKS


class Slow:
    """A model that takes its time, so many seconds each."""

    def __init__(self, *seconds: float) -> None:
        self.asks, self.seconds = 0, seconds

    def predict(self, rows: pd.DataFrame) -> list[int]:
        clock[0] += self.seconds[self.asks]
        self.asks += 1
        return [0] * len(rows)


clock = [0.0]


def test_a_slow_model_is_asked_less_often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.training.speed.perf_counter", lambda: clock[0])
    model = Slow(0.5, 0.15)
    found = speed_tags(model, pd.DataFrame({"a": range(3000)}))  # type: ignore[arg-type]
    assert model.asks == 1
    assert found == {SPEED_TAG: "2", ASKED_ROWS_TAG: "1000"}


@pytest.mark.parametrize(
    ("seconds", "asks", "rate"), [((0.01, 0.0105, 0.02), 2, "97.6"), ((0.01, 0.02, 0.0125), 3, "80")]
)
def test_a_model_that_takes_twice_the_same_is_not_asked_again(
    monkeypatch: pytest.MonkeyPatch, seconds: tuple[float, ...], asks: int, rate: str
) -> None:
    monkeypatch.setattr("core.training.speed.perf_counter", lambda: clock[0])
    model = Slow(*seconds)
    found = speed_tags(model, pd.DataFrame({"a": range(1000)}))  # type: ignore[arg-type]
    assert model.asks == asks
    assert found[SPEED_TAG] == rate


@pytest.mark.long
def test_a_run_says_it_beside_its_scores(store: Store) -> None:
    job = schedule(store, ANA, TASKS["iris"], "logistic_regression", {})
    execute(job)
    run = get_run(store, job.run_id)
    assert float(run.tags[SPEED_TAG]) > 0
    assert run.tags[ASKED_ROWS_TAG] == "30"
    assert not [name for name in run.metrics if "ms" in name]
    assert words.speed(run).endswith("asked about 30 at once.")


@pytest.mark.long
def test_what_is_said_twice_of_the_same_run_is_the_same() -> None:
    first, second = (
        train(TASKS["iris"], "logistic_regression", {}, settings=settings(), report=lambda _: None) for _ in range(2)
    )
    assert first.tags == second.tags
    assert first.measured.keys() == {SPEED_TAG, ASKED_ROWS_TAG}


@pytest.mark.part(8)
@pytest.mark.parametrize(
    ("rate", "asked", "said"),
    [
        ("123", "1000", "It answered 120 rows a millisecond here, asked about 1000 at once."),
        ("0.4", "30", "It took 2.5 ms a row here, asked about 30 at once."),
        ("1", "1", "It answered 1 rows a millisecond here, asked about 1 at once."),
        ("nan", "30", ""), ("-1", "30", ""), ("**x**", "30", ""), ("1e400", "30", ""), ("2", "[x](y)", ""),
        ("", "", ""),
    ],
)  # fmt: skip
def test_what_other_programs_wrote_there_is_not_said(store: Store, rate: str, asked: str, said: str) -> None:
    run_id = store.client.create_run("0", tags={SPEED_TAG: rate, ASKED_ROWS_TAG: asked}).info.run_id
    run: Run = get_run(store, run_id)
    assert words.speed(run) == said
