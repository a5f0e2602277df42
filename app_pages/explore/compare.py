"""Chosen runs side by side, and parameters against metrics."""

import streamlit as st

from core.comparison.differences import summary
from core.figures import bars, parallel
from core.i18n import _
from core.store.runs import run_labels
from core.text import plain
from core.ui import cache, charts, comparing, frame, session

frame.title(_("Compare"), _("Which run is better, and what was done differently?"))

experiments = cache.experiments()
everything = cache.runs([experiment.experiment_id for experiment in experiments])
if len(everything) < 2:
    frame.empty(
        _("**Comparing needs at least 2 runs**, and this store has {count}.").format(count=len(everything)),
        "train",
        _("Train a model"),
    )
    st.stop()

runs = comparing.choose_runs(experiments, everything)
if len(runs) < 2:
    frame.empty(
        _("**Comparing needs at least 2 runs**, but {count} is chosen. Add another one above.").format(count=len(runs))
    )
    st.stop()

labels = run_labels(runs)
metric = comparing.choose_metric(runs)
style = session.style()
st.info(plain(summary(runs, labels, metric), 2000), icon=":material/lightbulb:")

charts.show(
    bars.metric_bars(runs, metric, labels, style),
    key="compare_bars",
    alt=_("The metric of each run"),
    table=bars.metric_bars_data(runs, metric, labels),
)

st.subheader(_("What differs"), anchor=False)
only_differences = st.toggle(_("Only what differs"), value=True, key="compare_only_differences")
comparing.show_parameters(runs, labels, only_differences)
comparing.show_metrics(runs, labels, only_differences)

st.subheader(_("A parameter against a metric"), anchor=False)
comparing.show_scatter(runs, labels, metric, style)

st.subheader(_("Many parameters at once"), anchor=False)
params = comparing.choose_params(runs, metric)
charts.show(
    parallel.parallel_coordinates(runs, params, metric, labels, style),
    key="compare_parallel",
    alt=_("Each line is a run that crosses its parameters and ends at its metric"),
    table=parallel.parallel_coordinates_data(runs, params, metric, labels),
)

comparing.next_step(runs, labels, metric)
