from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from core.comparison.measures import recompute
from core.i18n import speaking
from core.monitoring.labelled import labelled
from core.monitoring.scores import OF_CLASSES, Scores, score_windows
from core.monitoring.windows import as_given, by_calendar
from tests.fixtures.draws import draws
from tests.fixtures.monitored import answered, answered_of_three, chances_in, measured


def scored(rows: pd.DataFrame, size: int, metric: str, tested: pd.DataFrame | None, truths=None) -> Scores:
    chances = None if metric in {"mae", "rmse"} else chances_in(rows)
    known = labelled(rows["prediction"], rows["answer"] if truths is None else truths, chances, tested)
    return score_windows(known, as_given(len(rows), size), metric, tested)


def turned(rows: pd.DataFrame, share: float, seed: int = 0) -> pd.DataFrame:
    """Rows of which so many have another true answer than before."""
    chosen = np.random.default_rng(seed).random(len(rows)) < share
    return rows.assign(answer=rows["answer"].mask(chosen, rows["answer"].map({"no": "yes", "yes": "no"})))


@pytest.mark.parametrize("metric", OF_CLASSES)
def test_each_window_has_its_value_and_interval(metric: str) -> None:
    rows, tested = answered(1, 500), answered(2)
    found = scored(rows, 100, metric, tested)
    assert len(found.windows) == 5
    for place, score in enumerate(found.windows):
        part = rows.iloc[100 * place : 100 * place + 100]
        assert score.found.value == pytest.approx(recompute(part, f"test_{metric}"))
        assert score.found.low < score.found.value < score.found.high
    assert found.tested.value == pytest.approx(recompute(tested, f"test_{metric}"))
    assert found.together.found.value == pytest.approx(recompute(rows, f"test_{metric}"))


@pytest.mark.parametrize("metric", ["mae", "rmse"])
def test_numbers_have_their_errors(metric: str) -> None:
    rows = measured(1, 300)
    found = scored(rows, 150, metric, measured(2))
    assert found.windows[1].found.value == pytest.approx(recompute(rows.iloc[150:], f"test_{metric}"))
    assert not found.words[0].startswith("Worse")


def test_accuracy_has_the_exact_interval() -> None:
    rows = answered(1, 12)
    found = scored(rows, 12, "accuracy", answered(2)).windows[0].found
    exact = stats.binomtest(round(12 * found.value), 12).proportion_ci(method="exact")
    assert (found.low, found.high) == pytest.approx((exact.low, exact.high))


@pytest.mark.part(5)
@pytest.mark.parametrize("size", [30, 200])
@pytest.mark.parametrize("metric", [*OF_CLASSES, "mae", "rmse"])
def test_where_nothing_has_changed_chance_makes_few_series_worse(metric: str, size: int) -> None:
    make = measured if metric in {"mae", "rmse"} else answered
    times, wrong = draws(300, 30), 0
    for seed in range(times):
        found = scored(make(seed, 8 * size), size, metric, make(10_000 + seed, 300))
        wrong += any(score.outcome == "worse" for score in (*found.windows, found.together))
    # 2.5 % are meant; of 10 series three would be so rare that they are a fault
    assert wrong <= (0.05 * times if times > 100 else 2)


@pytest.mark.parametrize("metric", ["accuracy", "f1", "roc_auc"])
def test_windows_with_other_true_answers_are_worse_for_certain(metric: str) -> None:
    rows = pd.concat([answered(1, 600), turned(answered(2, 600), 0.4)], ignore_index=True)
    found = scored(rows, 200, metric, answered(3))
    assert [score.outcome for score in found.windows] == ["not_known_worse"] * 3 + ["worse"] * 3
    assert found.words[0].startswith("Worse than on the test rows for certain: 3 of 6 windows looked at.")
    assert found.sentence(found.windows[3]).endswith("on the test rows: worse than on the test rows for certain.")
    with speaking("es"):
        assert "3 de 6 ventanas" in found.words[0]


def test_larger_errors_are_worse_for_certain() -> None:
    rows = measured(1, 400)
    rows.loc[200:, "answer"] += 30
    found = scored(rows, 100, "mae", measured(2))
    assert [score.outcome for score in found.windows] == ["not_known_worse"] * 2 + ["worse"] * 2


def test_better_is_never_worse() -> None:
    rows = answered(1, 400)
    rows["answer"] = rows["prediction"]
    found = scored(rows, 100, "accuracy", answered(2))
    assert {score.outcome for score in found.windows} == {"not_known_worse"}
    assert found.windows[0].found.value == 1


def test_a_loss_too_small_for_any_window_is_seen_in_all_together() -> None:
    rows = turned(answered(1, 4000), 0.12)
    found = scored(rows, 50, "accuracy", answered(2, 4000))
    assert found.together.outcome == "worse"
    if not any(score.outcome == "worse" for score in found.windows):
        assert found.words[0].startswith("All windows together are worse")


def test_one_window_is_looked_at_once() -> None:
    found = scored(turned(answered(1, 100), 0.4), 100, "accuracy", answered(2))
    assert found.windows[0].outcome == found.together.outcome == "worse"
    assert found.looked_at == 1


def test_windows_with_few_true_answers_say_so() -> None:
    rows = answered(1, 300)
    truths = rows["answer"].astype(object).where((rows.index < 100) | (rows.index.isin(range(200, 205))))
    found = scored(rows, 100, "accuracy", answered(2), truths)
    assert [score.outcome for score in found.windows] == ["not_known_worse", "no_truth", "few"]
    assert (found.windows[1].found, found.windows[2].known, found.looked_at) == (None, 5, 1)
    assert "2 windows with fewer than 10 true answers: nothing is said of them." in found.words[1]
    assert "Only 35% of the rows have a true answer." in found.words[2]
    assert found.windows[1].is_small_share
    assert found.sentence(found.windows[1]) == "No true answers yet."
    with speaking("es"):
        assert found.sentence(found.windows[1]) == "Aún no hay respuestas verdaderas."


def test_no_true_answer_at_all_is_one_sentence() -> None:
    rows = answered(1, 20)
    found = scored(rows, 10, "accuracy", answered(2), pd.Series([None] * 20, dtype=object))
    assert found.words == ("No row has a true answer yet, so nobody knows how many answers are right.",)
    assert score_windows(labelled(rows["prediction"], rows["answer"]), (), "accuracy").together.known == 0


def test_without_test_rows_there_is_no_score_to_compare_with() -> None:
    for tested in (None, answered_of_three(2)[["row", "answer"]]):
        rows = answered(1, 100)
        found = scored(rows, 50, "accuracy", tested)
        assert found.tested is None
        assert {score.outcome for score in found.windows} == {"no_test_score"}
        assert "no score to compare with" in found.words[0]


def test_rows_without_chances_give_no_area() -> None:
    rows = answered(1, 100)
    known = labelled(rows["prediction"], rows["answer"], None, answered(2))
    found = score_windows(known, as_given(100, 50), "roc_auc", answered(2))
    assert {score.outcome for score in found.windows} == {"not_told"}
    assert found.words == ("The true answers are known, but these rows do not give this metric.",)
    half = chances_in(rows).where(rows.index.to_series() < 50)
    known = labelled(rows["prediction"], rows["answer"], half, answered(2))
    assert [score.known for score in score_windows(known, as_given(100, 50), "roc_auc", answered(2)).windows] == [50, 0]


def test_windows_are_of_any_order_and_named_by_their_time() -> None:
    rows = answered(1, 100)
    at = pd.Series(pd.date_range("2026-03-01", periods=100, freq="h", tz="UTC")[::-1])
    known = labelled(rows["prediction"], rows["answer"], chances_in(rows), answered(2))
    found = score_windows(known, by_calendar(at, "day"), "accuracy", answered(2))
    assert sum(score.rows for score in found.windows) == 100
    assert found.sentence(found.windows[0]).count("Mar 2026") == 2


def test_a_metric_that_is_none_of_ours_is_a_fault() -> None:
    with pytest.raises(ValueError, match="must be one of"):
        scored(answered(1, 20), 10, "kappa", answered(2))
