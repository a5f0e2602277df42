"""What is said of a table is worked out once for all who look at it."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.process import first_look
from core.training.datasets import load_dataset
from core.training.tasks import LoadedDataset
from tests.fixtures.plain_tables import plain_table
from trainers import TASKS


def loaded(name: str) -> LoadedDataset:
    nowhere = Path("nowhere")
    return load_dataset(TASKS[name].dataset, data_dir=nowhere, cache_dir=nowhere, downloads=False)


@pytest.mark.part(6)
@pytest.mark.parametrize("name", TASKS)
def test_every_task_can_be_looked_at(name: str) -> None:
    data = loaded(name)
    looked = first_look.of_task(data, TASKS[name])
    assert list(looked.columns["column"]) == list(data.frame.columns)
    assert looked is first_look.of_task(data, TASKS[name])
    assert all(finding.words() for finding in looked.findings)
    assert not [one.columns for one in looked.findings if one.leave_out and one.code != "known_identifier"]


def test_another_question_about_the_same_table_is_another_look() -> None:
    frame = plain_table()
    first = first_look.first_look("one table", frame, "answer", "classification")
    assert first is first_look.first_look("one table", frame, "answer", "classification")
    assert first is not first_look.first_look("one table", frame, "price", "regression")
    assert first is not first_look.first_look("another", frame, "answer", "classification")


def test_the_rows_of_iris_that_are_tested_on_are_known() -> None:
    codes = {finding.code for finding in first_look.of_task(loaded("iris"), TASKS["iris"]).findings}
    assert "duplicates" in codes
