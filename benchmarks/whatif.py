"""What a moved slider costs on the server until the answers are sent, against the library's own predict."""

from __future__ import annotations

import os
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any
from unittest.mock import patch

from core import settings  # noqa: F401 - first: it turns off the libraries' usage reports

# isort: split
from streamlit.testing.v1 import AppTest

from benchmarks.clock import RATIO, ratio
from benchmarks.stores import BENCH
from core.prediction.schema import input_frame
from core.process import memory, shared
from core.process.asked import AskedVersion
from core.settings import settings as in_force
from core.store.connection import Store, open_store
from core.store.registry import promotion, registered_models
from core.store.writer import schedule_run, writing
from core.training.fit import train
from core.ui import session
from core.ui.predict import answer_cards, input_form
from trainers import TASKS

ROOT = Path(__file__).parents[1]
MOVES = 40
ASKED = (
    ("iris", "logistic_regression", "random_forest"),
    ("telco_churn", "logistic_regression", "hist_gradient_boosting"),
    ("car_prices", "random_forest", "hist_gradient_boosting"),
)


def _register(store: Store, task: str, algorithm: str, stage: Any) -> None:
    run_id = schedule_run(store, BENCH, experiment=task, name=algorithm, tags={})
    with writing(store, run_id) as run:
        run.write(train(TASKS[task], algorithm, {}, settings=in_force(), report=lambda _stage: None))
    number = registered_models.register(store, BENCH, run_id, task)
    promotion.move(store, BENCH, promotion.Move(task, number, stage, why="To be measured."))


def _open(store: Store, model: str) -> AppTest:
    os.environ["MLFLOW_TRACKING_URI"] = store.uri
    in_force.cache_clear()
    memory.forget()
    page = AppTest.from_file(ROOT / "core/ui/app/script.py", default_timeout=120)
    page.query_params["model"] = model
    return page.switch_page(str(ROOT / "pages/deploy/predict.py")).run()


def _library(asked: list[AskedVersion]) -> float:
    """Return the seconds that the models' own predict takes for one row, of all versions together."""
    rows = [input_frame(one.fields, {field.name: field.start for field in one.fields}) for one in asked]
    times = []
    for _ in range(MOVES):
        start = time.perf_counter()
        for one, row in zip(asked, rows, strict=True):
            one.model.predict(row)
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def _steps(slider: Any) -> int:
    """Return how many values a slider has but its largest."""
    return int((slider.max - slider.min) / slider.step)


def _measure(page: AppTest) -> tuple[float, list[AskedVersion]]:
    """Move a slider again and again; return the median seconds until the answers are sent, and what was asked."""
    started, answered, seen = [0.0], [], []
    begin, show = input_form.values, answer_cards.show

    def values(*args: Any, **more: Any) -> Any:
        started[0] = time.perf_counter()
        return begin(*args, **more)

    def shown(asked: Any, now: Any) -> Any:
        given = show(asked, now)
        answered.append(time.perf_counter() - started[0])
        seen[:] = list(asked)
        return given

    with patch.object(input_form, "values", values), patch.object(answer_cards, "show", shown):
        # Each move asks something else, as answers are kept: one slider after the other goes through its values
        moves = [(place, step) for place, slider in enumerate(page.slider) for step in range(_steps(slider))]
        for place, step in moves[: MOVES + 3]:
            slider = page.slider[place]
            slider.set_value(type(slider.min)(slider.min + step * slider.step))
            page.run()
        if len(answered) != MOVES + 3:
            raise AssertionError(f"of {MOVES + 3} moves {len(answered)} were answered")
    return statistics.median(answered[3:]), seen


def bench_whatif() -> None:
    """Print a line for each pair of models."""
    print(f"| Model | Inputs | Production, Staging | Answers sent | Their own `predict` | {RATIO} | Allowed |")
    print("|---|---|---|---|---|---|---|")
    with (
        tempfile.TemporaryDirectory() as folder,
        patch.object(session, "ip_address", lambda: None),
        patch.object(session, "browser", lambda: ""),
        patch.object(shared, "is_alone", lambda: True),
    ):
        store = open_store(f"sqlite:///{Path(folder) / 'mlflow.db'}")
        for task, production, staging in ASKED:
            _register(store, task, production, "Production")
            _register(store, task, staging, "Staging")
        for task, production, staging in ASKED:
            ours, asked = _measure(_open(store, task))
            theirs = _library(asked)
            print(
                f"| {task} | {len(asked[0].fields)} | {production}, {staging} | {ours * 1000:.1f} ms "
                f"| {theirs * 1000:.1f} ms | {ratio(ours, theirs)} | {(3 * theirs + 0.02) * 1000:.0f} ms |"
            )


if __name__ == "__main__":
    bench_whatif()
