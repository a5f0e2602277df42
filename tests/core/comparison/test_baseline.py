from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from core.comparison.baseline import are_of_one_test, baseline_of, no_better_words
from core.comparison.measures import recompute
from core.store.runs.tables import INFO_COLUMNS, Runs
from core.training.evaluation import evaluation_table

ROWS = 200


def churn(right: float, seed: int = 0) -> pd.DataFrame:
    """Test answers of which 79 % are No, and a model that is right on a share of each class."""
    made = np.random.default_rng(seed)
    answers = (np.arange(ROWS) >= 0.79 * ROWS).astype(int)
    predictions = np.where(made.random(ROWS) < right, answers, 1 - answers)
    chances = np.column_stack([1 - predictions, predictions]) * 0.8 + 0.1
    return evaluation_table(pd.DataFrame({"x": np.arange(ROWS)}), answers, predictions, chances, ("No", "Yes"))


def prices(error: float) -> pd.DataFrame:
    answers = np.random.default_rng(1).normal(10, 2, ROWS)
    noise = np.random.default_rng(2).normal(size=ROWS)
    return evaluation_table(pd.DataFrame({"x": np.arange(ROWS)}), answers, answers + error * noise)


def said(table: pd.DataFrame, metric: str, better: bool, trained: pd.DataFrame | None = None) -> str:
    return no_better_words(table, metric, better, recompute(table, metric), "forest", trained)


def test_a_model_that_always_says_no_is_no_better() -> None:
    no = baseline_of(churn(0.9))
    assert no is not None
    assert (no.answer, no.value("test_accuracy"), no.value("test_roc_auc")) == ("“No”", pytest.approx(0.79), 0.5)
    assert said(no.table, "test_accuracy", True) == (
        "Always answering “No” gets 0.79 on test_accuracy: “forest” with 0.79 is no better."
    )


@pytest.mark.long
def test_a_worse_one_is_no_better_a_slightly_better_one_is_not_known_to_be_and_a_good_one_is_not_spoken_of() -> None:
    assert said(churn(0.6), "test_accuracy", True).endswith("is no better.")
    close = churn(0.9).copy()
    no = baseline_of(close)
    assert no is not None
    one_better = no.table.copy()
    one_better.loc[one_better.index[-2:], "prediction"] = "Yes"
    assert said(one_better, "test_accuracy", True).endswith("“forest” with 0.8 is not known to be better.")
    assert said(churn(0.97), "test_accuracy", True) == ""


def test_of_numbers_the_mean_is_the_same_answer_and_the_lower_error_is_better() -> None:
    mean = baseline_of(prices(1.0))
    assert mean is not None
    assert mean.value("test_r2") == pytest.approx(0)
    assert said(prices(3.0), "test_rmse", False).endswith("is no better.")
    assert said(prices(0.5), "test_rmse", False) == ""


def test_a_trained_baseline_counts_where_it_was_tested_on_the_same_rows() -> None:
    table = prices(1.0)
    trained = table.assign(prediction=9.0)
    found = baseline_of(table, trained)
    assert found is not None
    assert found.answer == "9"
    elsewhere = baseline_of(table.head(100), trained)
    assert elsewhere is not None
    assert elsewhere.answer != "9"
    learned = baseline_of(table, prices(2.0))  # its answers differ, so it is no baseline
    assert learned is not None
    assert learned.value("test_r2") == pytest.approx(0)


def test_nothing_is_said_where_nobody_can_tell() -> None:
    assert said(churn(0.6), "test_loss", False) == ""
    assert no_better_words(None, "test_accuracy", True, 0.5, "x") == ""
    assert no_better_words(churn(0.6), "test_accuracy", True, 0.99, "x") == ""  # the run logged something else
    assert baseline_of(pd.DataFrame({"a": [1]})) is None


def test_one_baseline_is_that_of_all_runs_only_where_all_say_the_same_task_data_and_rows() -> None:
    ids = ["a", "b"]

    def runs(rows: object = None, **tags: list[str | None]) -> Runs:
        told = {"pizarra.task": ["iris", "iris"], "pizarra.algorithm": ["x", "y"]} | {
            f"pizarra.{name}": values for name, values in tags.items()
        }
        params = pd.DataFrame({"rows": [rows, None]}, index=ids, dtype=object)
        info = pd.DataFrame("", index=ids, columns=INFO_COLUMNS)
        return Runs(info, params, pd.DataFrame(index=ids), pd.DataFrame(told, index=ids, dtype=object))

    assert are_of_one_test(runs(), "rows")
    assert are_of_one_test(runs(data_origin=["file", "file"]), "rows")
    assert not are_of_one_test(runs(data_origin=["file", "stand-in"]), "rows")
    assert not are_of_one_test(runs(rows="public half"), "rows")
    assert not are_of_one_test(runs(task=["iris", None]), "rows")
