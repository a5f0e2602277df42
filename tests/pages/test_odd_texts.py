"""Whatever other programs write where we look for something of ours: every page stands."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import core.store
from core.store.connection import Store
from core.store.record import EVALUATION_TABLE, PROFILE_DOCUMENT, SAMPLE_TABLE
from core.store.runs.tables import MODELS_TAG
from core.store.runs.tracking import list_experiments
from tests.fixtures.stores import FLOWERS, run_folder
from tests.pages.reading import PAGES, Dashboard, turn_to

Start = Callable[[str], Dashboard]

ODD = {
    "nothing": "",
    "blank": " ",
    "brackets": "[" * 4000,
    "a list": "[]",
    "lists": "[[[]]]",
    "a number": "1",
    "a word": "word",
    "null": "null",
    "an object": "{}",
    "an object of others": '{"a": {"b": [1, null]}}',
    "no number": "NaN",
    "beyond all numbers": "1e999",
    "below zero": "-1",
    "digits without end": "9" * 5000,
    "no date": "2026-13-45T99:99:99",
    "lines": "a\nb\r\nc",
    "signs": "%s {0} {name} `x` \u202e\u200b",
}
LOOKS = {"registry": ("timeline", "gates", "origin"), "predict": ("why", "vary", "cutoff", "shelf")}


def rarely(cases: Mapping[str, Any], but: Collection[str]) -> list[Any]:
    """Return all cases, of which only some are tried every time."""
    marks = {True: (), False: pytest.mark.long}
    return [pytest.param(case, id=name, marks=marks[name in but]) for name, case in cases.items()]


def files_of(store: Store) -> Path:
    """Return where the files of the run behind a model's version lie."""
    return run_folder(store, store.client.get_model_version(FLOWERS, "2").run_id)


def known_tags() -> set[str]:
    """Return every tag that the code looks for."""
    found = {MODELS_TAG}
    for module in pkgutil.walk_packages(core.store.__path__, "core.store."):
        names = vars(importlib.import_module(module.name))
        found |= {value for name, value in names.items() if name.endswith("_TAG") and isinstance(value, str)}
    return found


def write_everywhere(store: Store, text: str) -> None:
    """Write a text as every tag that means something, of everything that has tags."""
    for experiment in list_experiments(store):
        for tag in known_tags():
            store.client.set_experiment_tag(experiment.experiment_id, tag, text)
        for run in store.client.search_runs([experiment.experiment_id]):
            for tag in known_tags():
                store.client.set_tag(run.info.run_id, tag, text)
    for model in store.client.search_registered_models():
        for tag in known_tags():
            store.client.set_registered_model_tag(model.name, tag, text)
        for version in store.client.search_model_versions(f"name='{model.name}'"):
            for tag in known_tags():
                store.client.set_model_version_tag(model.name, version.version, tag, text)


def every_part_stands(dashboard: Dashboard, store: Store) -> None:
    experiments = [one.experiment_id for one in list_experiments(store)]
    runs = [run.info.run_id for run in store.client.search_runs(experiments)]
    for page in PAGES:
        session = dashboard.open(page, run=runs[0], runs=",".join(runs[:3]), model=FLOWERS)
        for look in LOOKS.get(page, ()):
            turn_to(session, look=look)


@pytest.mark.long
@pytest.mark.parametrize("text", rarely(ODD, but={"an object of others", "digits without end"}))
def test_every_page_stands_whatever_tags_and_files_say(app: Start, own_populated: Store, text: str) -> None:
    write_everywhere(own_populated, text)
    for path in (PROFILE_DOCUMENT, EVALUATION_TABLE, SAMPLE_TABLE):
        (files_of(own_populated) / path).write_text(text)
    every_part_stands(app(own_populated.uri), own_populated)


LISTS = {name: [[1.0], [2.0]] for name in ("sepal length (cm)", "sepal width (cm)", "petal length (cm)")}
TABLES = {
    "lists of inputs": pd.DataFrame({"row": [0, 1], "answer": ["setosa"] * 2, "prediction": ["setosa"] * 2, **LISTS}),
    "other inputs": pd.DataFrame({"row": [0], "answer": ["x"], "prediction": ["y"], "petal width (cm)": ["wide"]}),
    "empty": pd.DataFrame(),
    "no rows": pd.DataFrame({"row": [], "answer": [], "prediction": []}),
    "one row": pd.DataFrame({"row": [0], "answer": [None], "prediction": [None]}),
    "objects": pd.DataFrame({"row": [0, 0], "answer": [[1], [2]], "prediction": [[1], [2]]}),
    "mixed": pd.DataFrame({"row": ["a", "b"], "answer": ["1", "x"], "prediction": [1.0, float("inf")]}),
    "twice": pd.DataFrame({"row": [1, 1], "answer": [1, 1], "prediction": [1, 2], "probability_": [3.0, -1.0]}),
}


@pytest.mark.long
@pytest.mark.parametrize("table", rarely(TABLES, but={"objects", "twice"}))
def test_every_page_stands_whatever_a_table_has(app: Start, own_populated: Store, table: pd.DataFrame) -> None:
    for path in (EVALUATION_TABLE, SAMPLE_TABLE):
        table.to_parquet(files_of(own_populated) / path)
    every_part_stands(app(own_populated.uri), own_populated)


@pytest.mark.long
def test_every_page_stands_whatever_times_a_store_has(app: Start, own_populated: Store) -> None:
    client = own_populated.client
    runs = []
    for place, time in enumerate([1, 10**17, -(10**17), 10**13, 2**63 - 1, -1]):
        run_id = client.create_run("1", start_time=time, run_name=f"time {place}").info.run_id
        for step in range(2):
            client.log_metric(run_id, "test_accuracy", 0.5 + place / 20, timestamp=abs(time), step=step)
        client.set_terminated(run_id, end_time=-time)
        runs.append(run_id)
    dashboard = app(own_populated.uri)
    for page in PAGES:
        dashboard.open(page, run=runs[1], runs=",".join(runs), model=FLOWERS)
    for run_id in runs:
        dashboard.open("run", run=run_id)
