"""One run in full."""

import streamlit as st

from core.i18n import _
from core.process import cache, run_models
from core.store.registry.registered_models import versions_of_run
from core.ui import address, folding, frame
from core.ui.registry import stages
from core.ui.run import kept_results, of_a_sweep, run_view
from core.ui.train import recipe
from trainers import tasks

frame.title(_("Run"), _("What was chosen, what was measured, and what did it leave behind?"))

choices = folding.choices("run_choices")
with choices:
    run_id = run_view.chosen_run_id()
if not run_id:
    frame.empty(_("**No run is chosen.** Open one from the experiments."), "experiments", _("Choose a run"))
    frame.stop()

run = cache.run(run_id)
versions = versions_of_run(cache.models(), run_id)
address.carry(experiment=run.experiment_id)

choices.sum_up(run_view.summary(run))
run_view.show_heading(run)
kept_results.show_upload(run)
kept_results.offer(run)
run_view.show_key_metrics(run)

st.subheader(_("Where its model stands"), anchor=False)
if not of_a_sweep.show(run):
    stages.show_run_versions(run, versions, has_model=run_models.says_a_model(run))

tabs = st.tabs([_("Pictures"), _("Parameters"), _("Metrics"), _("Data"), _("Files"), _("Tags")])
with tabs[1]:
    run_view.show_parameters(run)
with tabs[2]:
    run_view.show_metrics(run)
with tabs[3]:
    run_view.show_datasets(run)
with tabs[5]:
    run_view.show_tags(run)
with tabs[0]:  # files last: what is in the store waits for no other place
    run_view.show_pictures(run)
with tabs[4]:
    run_view.show_files(run)

recipe.offer_again(run, tasks())
recipe.show(run, tasks(), title=_("How to launch it without this page"))

frame.next_step("compare", _("Compare it with others"), experiment=run.experiment_id, runs="")
