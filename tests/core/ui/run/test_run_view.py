"""The order in which a run's numbers are shown."""

from __future__ import annotations

from core.ui.run import run_view


def test_metrics_of_unseen_rows_come_first() -> None:
    names = ["loss", "train_f1", "test_f1", "val_f1", "eval_f1", "accuracy"]
    assert run_view._ordered(names) == ["eval_f1", "test_f1", "val_f1", "accuracy", "loss", "train_f1"]
