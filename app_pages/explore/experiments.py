"""Experiments and their runs: filter, sort, pick."""

import streamlit as st

from core.comparison.differences import differing_params
from core.i18n import _, ngettext
from core.ui import cache, filters, frame, navigation, pickers, session, tables

FEW = 6  # experiments that are worth the room above the runs

frame.title(_("Experiments"), _("Which runs are there, and which ones do you want to compare?"))

experiments = cache.experiments()
everything = cache.runs([experiment.experiment_id for experiment in experiments])
if not len(everything):
    frame.empty(
        _("**No runs yet.** A run is one training with everything that was chosen and measured."),
        "train",
        _("Train the first one"),
    )
    st.stop()

with st.expander(_("All experiments at a glance"), icon=":material/science:", expanded=len(experiments) <= FEW):
    overview = tables.experiments_table(experiments, everything)
    tables.show(overview, key="experiments_overview", alt=_("Experiments, one a row"))

experiment = pickers.experiment(experiments, cache.counts(everything), key="experiments_experiment")
runs = everything.select(everything.info.index[everything.info["experiment_id"] == experiment.experiment_id])
found = filters.filter_runs(runs, key="experiments")
if not len(found):
    frame.empty(
        _("None of the {count} runs fits. Take a filter away to see more.").format(count=len(runs))
        if len(runs)
        else _("**This experiment has no runs.** Choose another one above, or train one.")
    )
    frame.next_step("train", _("Train a model"))
    st.stop()

frame.note(ngettext("{count} run", "{count} runs", len(found)) + ". " + _("Tick runs to compare them."))
table = tables.runs_table(found)
columns = filters.choose_columns(
    table, tables.first_columns(found, differing_params(found), experiments=False), key="experiments_columns"
)
chosen = tables.pick_runs(table, columns, key="experiments_runs", chosen=session.carried("runs").split(","))

session.carry(experiment=experiment.experiment_id, runs=",".join(chosen))
with st.container(horizontal=True, key="experiments_actions"):
    if st.button(
        ngettext("Compare {count} run", "Compare {count} runs", len(chosen)) if chosen else _("Compare"),
        type="primary",
        icon=":material/balance:",
        disabled=len(chosen) < 2,
        key="experiments_compare",
    ):
        navigation.go("compare", runs=",".join(chosen))
    if st.button(_("Open the run"), icon=":material/receipt_long:", disabled=len(chosen) != 1, key="experiments_open"):
        navigation.go("run", run=chosen[0])
if len(chosen) < 2:
    frame.note(_("Comparing needs at least 2 ticked runs, opening needs exactly one."))

frame.next_step("compare", _("Compare the best runs"), runs=",".join(chosen))
