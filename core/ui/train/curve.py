"""How a learner in rounds comes on: its loss round by round, while it learns and afterwards."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from core.figures import curves
from core.i18n import _
from core.process import cache
from core.store.runs.tables import ROUND_TRAINING, ROUND_VALIDATION, Run
from core.ui import charts, frame, session


def show(run: Run) -> None:
    """Draw the loss of each round so far; nothing for a run that does not learn in rounds."""
    known = [metric for metric in (ROUND_TRAINING, ROUND_VALIDATION) if metric in run.metrics]
    histories = [cache.metric_history(run.run_id, metric).assign(run_id=metric) for metric in known]
    history = pd.concat(histories) if histories else pd.DataFrame()
    if len(history) < 2:
        return
    labels = {ROUND_TRAINING: _("learned from"), ROUND_VALIDATION: _("set aside")}
    loss = _("Loss")
    charts.show(
        curves.metric_curves(history, loss, labels, session.style(), directions={loss: False}),
        key=f"train_curve_{run.run_id}",
        alt=_("How the loss moved, round by round"),
        table=lambda: curves.metric_curves_data(history, labels),
    )
    if ROUND_VALIDATION not in known:
        words = _("It learns from these rows, so the loss keeps falling. Stopping early also shows rows set aside.")
        frame.note(words)


def show_folded(run: Run) -> None:
    """Offer the curve of a run that has ended."""
    if ROUND_TRAINING not in run.metrics:
        return
    folded = st.expander(
        _("How it learned, round by round"), icon=":material/show_chart:", key=f"train_rounds_{run.run_id}",
        on_change="rerun",
    )  # fmt: skip
    if folded.open:
        with folded:
            show(run)
