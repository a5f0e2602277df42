"""The test rows that a run stored."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from core.errors import StoreError
from core.store.connection import Store
from core.store.record import EVALUATION_TABLE
from core.store.runs.evaluations import read_evaluation


@pytest.fixture
def run_id(store: Store) -> str:
    return str(store.client.create_run("0").info.run_id)


def write(store: Store, run_id: str, table: pd.DataFrame, folder: Path) -> None:
    table.to_parquet(folder / Path(EVALUATION_TABLE).name)
    store.client.log_artifact(run_id, str(folder / Path(EVALUATION_TABLE).name), str(Path(EVALUATION_TABLE).parent))


def test_our_own_is_read(populated: Store) -> None:
    (line,) = populated.client.search_runs(["1"], "attributes.run_name = 'line'")
    assert {"row", "answer", "prediction"} < set(read_evaluation(populated, line.info.run_id))


@pytest.mark.part(4)
@pytest.mark.parametrize("column", ["answer", "prediction"])
@pytest.mark.parametrize("value", [[1], {"a": 1}], ids=["lists", "objects"])
def test_several_answers_to_a_row_are_refused(
    store: Store, run_id: str, column: str, value: object, tmp_path: Path
) -> None:
    table = pd.DataFrame({"answer": [1, 2], "prediction": [1, 2]}).assign(**{column: [value, value]})
    write(store, run_id, table, tmp_path)
    with pytest.raises(StoreError, match="must have one answer and one prediction for each row"):
        read_evaluation(store, run_id)


def test_what_lies_beside_the_answers_may_be_anything(store: Store, run_id: str, tmp_path: Path) -> None:
    write(store, run_id, pd.DataFrame({"answer": ["a"], "words": [["x", "y"]]}), tmp_path)
    assert list(read_evaluation(store, run_id)) == ["answer", "words"]
