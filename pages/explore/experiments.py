"""Experiments and their runs: filter, sort, group, pick; delete and bring back."""

import streamlit as st

from core.i18n import _
from core.process import cache
from core.ui import folding, frame, freshness, interrupted, pickers
from core.ui.experiments import filters, grouping, run_actions, run_table

frame.title(_("Experiments"), _("Which runs are there, and which ones do you want to compare?"))

experiments = cache.experiments()
everything = cache.runs([experiment.experiment_id for experiment in experiments])
if not len(everything):
    frame.empty(
        _("**No runs yet.** A run is one training with everything that was chosen and measured."),
        "train",
        _("Train the first one"),
    )
if not experiments:
    frame.stop()

freshness.show()
interrupted.show()
chosen = run_table.ticked(everything)
choices = folding.choices("experiments_choices")
with choices, st.container(horizontal=True, vertical_alignment="bottom", key="experiments_place"):
    experiment = pickers.experiment(experiments, cache.counts(everything), key="experiments_experiment")
    filters.search_box()
runs = cache.runs([experiment.experiment_id])
asked = filters.current()
run_actions.report()
if len(runs):
    with choices:
        filters.clicks(runs, asked)
        with st.container(horizontal=True, key="experiments_view"):
            filters.more(runs)
            columns = run_table.columns(runs)
            order = run_table.order(runs, columns)
            group = grouping.choose(runs)
            filters.clear_button(asked)
    choices.sum_up(filters.summary(experiment, asked))
    filters.chips(asked)
    filters.report()
    found = run_table.fold(runs.select(filters.fitting(runs, asked), trim=False))
    run_actions.show(everything, found, chosen, asked, experiment)
    if not len(found):
        filters.nothing_fits(asked, len(runs))
    if group and len(found):
        grouping.show(found, group, columns)
    if len(found):
        run_table.show(found, order, columns, chosen)
    filters.as_text(asked)
elif cache.has_traces(experiment.experiment_id):
    frame.empty(
        _("**This experiment holds traces, not runs**: what a language model or an agent did, step by step. MLflow's "
          "own pages show them; here are no numbers of theirs to compare.")
    )  # fmt: skip
elif len(everything):
    frame.empty(_("**This experiment has no runs.** Choose another one above, or train one."))

run_actions.show_deleted(experiment)
run_actions.show_overview(experiments, everything)
if len(runs):
    frame.next_step("compare", _("Compare the best runs"), runs=",".join(chosen))
elif len(everything):
    frame.next_step("train", _("Train a model"))
