import pytest

from core.comparison.direction import higher_is_better, words


@pytest.mark.parametrize(
    "metric",
    [
        "accuracy", "test_accuracy", "val.f1", "F1Score", "eval/precision", "recall@5", "ROCAuc", "roc_auc_ovr", "R2",
        "R²", "test r2 score", "best-score", "neg_mean_squared_error", "test_neg_log_loss",
        "neg_root_mean_squared_error",
        "trueNegativeRate", "d2_absolute_error_score", "explained_variance", "log_likelihood", "exactitud",
    ],
)  # fmt: skip
def test_more_is_better_for_scores(metric):
    assert higher_is_better(metric) is True


@pytest.mark.parametrize(
    "metric",
    [
        "loss", "val_loss", "trainLoss", "test_error", "RMSE", "test_rmse", "mae", "MAPE", "log_loss", "logLoss",
        "overfit_gap", "fit_time", "training duration", "latency_p95", "brier_score", "accuracy_loss", "max_error",
        "false_positive_rate", "negative_log_likelihood", "mean_score_time", "validation_0-mlogloss", "pérdida",
    ],
)  # fmt: skip
def test_less_is_better_for_losses_and_times(metric):
    assert higher_is_better(metric) is False


@pytest.mark.parametrize(
    "metric", ["", "alpha", "n_clusters", "accuracy_std", "f1_threshold", "best_epoch", "日本語", "<b>"]
)
def test_an_unknown_name_has_no_direction(metric):
    assert higher_is_better(metric) is None


def test_a_word_inside_another_does_not_count():
    assert higher_is_better("glossary") is None
    assert words("timestamp") == ("timestamp",)


def test_what_people_said_goes_before_the_name() -> None:
    assert higher_is_better("score", {"score": False}) is False
    assert higher_is_better("accuracy", {"accuracy": None}) is None
    assert higher_is_better("accuracy", {"loss": True}) is True
