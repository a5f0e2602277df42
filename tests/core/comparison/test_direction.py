import pytest

from core.comparison.direction import better_end, higher_is_better, nearest_zero_is_best, words


@pytest.mark.parametrize(
    "metric",
    [
        "accuracy", "test_accuracy", "val.f1", "F1Score", "eval/precision", "recall@5", "ROCAuc", "roc_auc_ovr", "R2",
        "R²", "test r2 score", "best-score", "neg_mean_squared_error", "test_neg_log_loss",
        "neg_root_mean_squared_error",
        "trueNegativeRate", "d2_absolute_error_score", "explained_variance", "log_likelihood", "exactitud",
        "mAP@0.5", "hits@10", "top_5_accuracy", "pass@1", "exact_match", "rougeLsum", "mIoU", "gmean", "f0.5",
        "quadratic_weighted_kappa", "adjusted_mutual_info", "label_ranking_average_precision", "c_index", "yield",
        "tokens_per_second", "images/sec", "sharpe_ratio", "profit", "n_correct", "tp", "tn", "aciertos",
        "val_acc_epoch",
        "tpr_at_1_fpr", "f1_at_best_threshold", "recall_at_fpr_0.1", "precision_at_rank_5", "accuracy on holdout",
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
        "valid_0-l2", "bits_per_byte", "median_absolute_error", "pinball", "error_count", "n_errors", "errores", "fn",
        "train_loss_epoch", "rmse_epoch", "max_drawdown", "hallucination_rate", "lpips", "ter", "model_size_mb",
        "kl_div", "minDCF", "hd95", "seconds_per_step", "time_to_first_token", "MAE on validation after epoch",
        "label_ranking_loss", "wer_score", "tasa_error", "rmse_std", "unexplained_variance", "n_wrong",
    ],
)  # fmt: skip
def test_less_is_better_for_losses_and_times(metric):
    assert higher_is_better(metric) is False


@pytest.mark.parametrize(
    "metric",
    [
        "", "alpha", "n_clusters", "accuracy_std", "f1_threshold", "best_epoch", "日本語", "<b>", "anomaly_score",
        "bias",
        "sample_count", "macro avg_support", "loss_scale", "lora_rank", "p_value", "system/gpu_memory_usage_megabytes",
    ],
)  # fmt: skip
def test_an_unknown_name_has_no_direction(metric):
    assert higher_is_better(metric) is None


@pytest.mark.parametrize(
    ("metric", "better"),
    [
        ("error_reduction", True), ("loss_drop", True), ("reduccion_error", True), ("accuracy_drop", False),
        ("rmse_improvement", True), ("improvement_over_baseline_pct", True), ("time_saved", True),
        ("ahorro_coste", True), ("mejora_f1", True), ("rmse_increase", False), ("accuracy_decrease_pct", False),
    ],
)  # fmt: skip
def test_a_change_is_good_or_bad_by_what_it_is_of(metric: str, better: bool) -> None:
    assert higher_is_better(metric) is better


@pytest.mark.parametrize("metric", ["rank_test_score", "mean_rank", "average_rank", "rank_test_accuracy"])
def test_the_first_place_is_the_best(metric: str) -> None:
    assert higher_is_better(metric) is False


@pytest.mark.parametrize("metric", ["mean_reciprocal_rank", "rank_correlation", "label_ranking_average_precision"])
def test_not_all_that_speaks_of_ranks_is_one(metric: str) -> None:
    assert higher_is_better(metric) is True


@pytest.mark.parametrize(
    ("metric", "better"),
    [("neg_recall", True), ("negative_f1", True), ("neg_brier_score", True), ("negative_elbo", False)],
)
def test_neg_turns_a_loss_round_and_names_the_class_of_a_score(metric: str, better: bool) -> None:
    assert higher_is_better(metric) is better


@pytest.mark.parametrize("metric", ["train_test_gap", "overfit_gap", "brecha_train_test"])
def test_a_gap_is_as_bad_below_zero_as_above(metric: str) -> None:
    assert nearest_zero_is_best(metric)
    assert better_end(metric) is None
    assert not nearest_zero_is_best(metric, {metric: True})
    assert better_end(metric, {metric: True}) is True


def test_a_word_inside_another_does_not_count():
    assert higher_is_better("glossary") is None
    assert words("timestamp") == ("timestamp",)


def test_what_people_said_goes_before_the_name() -> None:
    assert higher_is_better("score", {"score": False}) is False
    assert higher_is_better("accuracy", {"accuracy": None}) is None
    assert higher_is_better("accuracy", {"loss": True}) is True
