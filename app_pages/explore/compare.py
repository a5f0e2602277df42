"""Chosen runs side by side: which is better, by how much, why, and whether that is more than chance."""

import streamlit as st

from core.i18n import _
from core.store.runs import run_labels
from core.ui import analysis, cache, choosing, comparing, comparing_charts, frame, freshness, selecting, session

frame.title(_("Compare"), _("Which run is better, what was done differently, and is the difference real?"))

experiments = cache.experiments()
count = sum(cache.counts_by_experiment().values())
if count < 2:
    frame.empty(
        _("**Comparing needs at least 2 runs**, and this store has {count}.").format(count=count),
        "train",
        _("Train a model"),
    )
    st.stop()

freshness.show()
selecting.begin()
chosen = choosing.choose_runs(experiments)
if len(chosen) < 2:
    frame.empty(
        _("**Comparing needs at least 2 runs**, but {count} is chosen. Add another one above.").format(
            count=len(chosen)
        )
    )
    st.stop()

labels = run_labels(chosen)
metric, value = comparing.choose_metric(chosen, experiments)
runs = comparing.with_values(chosen, metric, value)
compared = comparing_charts.Compared(runs, labels, metric, value, session.style(), selecting.highlight(runs, metric))

comparing.show_verdict(runs, labels, metric, value)
selecting.show(runs, labels)
comparing_charts.show_bars(compared, analysis.intervals(runs, metric, compared.shown_first))
comparing.show_differences(runs, labels, metric, value)

st.subheader(_("Look closer"), anchor=False)
comparing_charts.show_tabs(compared)

comparing.show_copies(runs, labels, metric, value)
comparing.next_step(runs, labels, metric)
