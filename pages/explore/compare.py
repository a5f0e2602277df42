"""Chosen runs side by side: which is better, by how much, why, and whether that is more than chance."""

import streamlit as st

from core.i18n import _
from core.process import analysis, cache
from core.store.runs.tables import run_labels
from core.text import shortened
from core.ui import folding, frame, freshness, own_runs, session
from core.ui.compare import comparison, comparison_charts, highlighted_runs, run_choice
from trainers import tasks

frame.title(_("Compare"), _("Which run is better, what was done differently, and is the difference real?"))

experiments = cache.experiments()
count = sum(cache.counts_by_experiment().values())
if count < 2:
    frame.empty(
        _("**Comparing needs at least 2 runs**, and this store has {count}.").format(count=count),
        "train",
        _("Train a model"),
    )
    frame.stop()

freshness.show()
choices = folding.choices("compare_choices", phones=True)
with choices:
    chosen = run_choice.choose_runs(experiments)
if len(chosen) < 2:
    frame.empty(
        _("**Comparing needs at least 2 runs**, but {count} is chosen. Add another one above.").format(
            count=len(chosen)
        )
    )
    frame.stop()

labels = run_labels(chosen)
marked = own_runs.marked(chosen, shortened(labels, 32))
with choices:
    metric, value = comparison.choose_metric(chosen, experiments)
choices.sum_up(run_choice.summary(chosen, experiments, metric))
runs = comparison.with_values(chosen, metric, value)
compared = comparison_charts.Compared(
    runs, marked, metric, value, session.style(), highlighted_runs.highlight(runs, metric), tasks()
)

comparison.show_verdict(runs, labels, metric, value)
highlighted_runs.show(runs, labels)
comparison_charts.show_bars(compared, analysis.verdict(runs, labels, metric, value))
comparison.show_grounds(runs, labels, metric, value)
comparison.show_differences(runs, marked, metric, value)

st.subheader(_("Look closer"), anchor=False)
comparison_charts.show_tabs(compared)

comparison.show_copies(runs, labels, metric, value)
comparison.next_step(runs, labels, metric)
