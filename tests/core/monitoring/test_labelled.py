from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from core.comparison.measures import recompute
from core.errors import ModelError
from core.monitoring.labelled import labelled, labelled_log, logged_chances
from core.prediction.classes import NoClassError
from core.serving.log.columns import CHANCE
from tests.fixtures.monitored import answered, answered_of_three, chances_in, measured


def test_rows_with_an_answer_and_a_true_one_become_test_answers() -> None:
    rows = answered(1, 50)
    truths = rows["answer"].astype(object).where(rows.index % 5 != 0)
    predictions = rows["prediction"].astype(object).where(rows.index != 1)
    found = labelled(predictions, truths, chances_in(rows), answered(2))
    expected = rows[(rows.index % 5 != 0) & (rows.index != 1)]
    assert found.table["row"].tolist() == expected.index.tolist()
    assert (found.rows, found.classes, found.has_chances.all()) == (50, ("no", "yes"), True)
    for metric in ("accuracy", "precision", "recall", "f1", "roc_auc"):
        assert recompute(found.table, f"test_{metric}") == recompute(expected, f"test_{metric}")


def test_classes_are_matched_by_what_they_mean() -> None:
    tested = answered(2, names=("0", "1"))
    predictions, truths = pd.Series([1.0, 0.0, 1.0]), pd.Series(["1", " 0", "0"])
    found = labelled(predictions, truths, None, tested)
    assert found.table["answer"].tolist() == ["1", "0", "0"]
    assert found.table["prediction"].tolist() == ["1", "0", "1"]
    flags = labelled(pd.Series(["no", "yes"]), pd.Series([False, True]), None, answered())
    assert flags.table["answer"].tolist() == ["no", "yes"]


def test_true_answers_that_are_other_classes_are_refused() -> None:
    with pytest.raises(NoClassError, match="none of them is: 'bad', 'good'"):
        labelled(pd.Series(["yes", "no"]), pd.Series(["bad", "good"]), None, answered())
    with pytest.raises(NoClassError, match="may be the same, called otherwise"):
        labelled(pd.Series(["yes", "no"]), pd.Series(["yes", "not"]), None, answered())


def test_without_chances_the_positive_class_stays_that_of_the_test_rows() -> None:
    rows = answered(1, 200, middle=-1.0)
    found = labelled(rows["prediction"], rows["answer"], None, answered(2))
    assert recompute(found.table, "test_precision") == recompute(rows, "test_precision")
    assert not found.has_chances.any()


def test_chances_that_are_none_are_not_the_models_own() -> None:
    rows = answered(1, 10)
    chances = chances_in(rows)
    chances.loc[0, "yes"] = np.nan
    chances.loc[1] = 0.9
    found = labelled(rows["prediction"], rows["answer"], chances, answered(2))
    assert found.has_chances.tolist() == [False, False, *[True] * 8]
    renamed = chances.set_axis(["good", "bad"], axis=1)
    assert not labelled(rows["prediction"], rows["answer"], renamed, answered(2)).has_chances.any()


def test_answers_of_several_classes_need_no_chances() -> None:
    rows = answered_of_three(1, 60)
    for chances in (None, chances_in(rows)):
        for tested in (None, answered_of_three(2)):
            found = labelled(rows["prediction"], rows["answer"], chances, tested)
            assert recompute(found.table, "test_f1") == pytest.approx(recompute(rows, "test_f1"))


def test_an_answer_that_is_no_class_of_the_model_is_wrong_and_no_error() -> None:
    rows = answered(1, 40)
    truths = rows["answer"].astype(object)
    truths[0] = "maybe"
    found = labelled(rows["prediction"], truths, chances_in(rows), answered(2))
    assert found.table["answer"][0] == "maybe"
    assert len(found.table) == 40


def test_numbers_stay_numbers_and_words_among_them_are_refused() -> None:
    rows = measured(1, 30)
    for tested in (None, measured(2)):
        found = labelled(rows["prediction"], rows["answer"].astype(str), None, tested)
        assert recompute(found.table, "test_mae") == pytest.approx(recompute(rows, "test_mae"))
        assert found.classes == ()
    with pytest.raises(ModelError, match="must be numbers, but one is 'dear'"):
        labelled(rows["prediction"][:2], pd.Series(["100", "dear"]), None, measured(2))


def test_a_log_with_its_true_answers_is_read(tmp_path: Path) -> None:
    rows = answered(1, 20)
    log = pd.DataFrame(
        {
            "at": [datetime(2026, 3, 1, tzinfo=UTC) + timedelta(hours=hour) for hour in range(20)],
            "prediction": rows["prediction"],
            "truth": rows["answer"].astype(object).where(rows.index < 15),
            **{f"{CHANCE}{name}": values for name, values in chances_in(rows).items()},
            "input:size": rows["size"],
        }
    )
    found = labelled_log(log, answered(2))
    assert len(found.table) == 15
    assert list(logged_chances(log)) == ["no", "yes"]
    assert logged_chances(log[["at", "prediction"]]) is None
    untold = labelled_log(log.assign(truth=None), answered(2))
    assert (len(untold.table), untold.rows) == (0, 20)
