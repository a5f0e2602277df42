"""Home: what is in this store, and what to do first."""

import streamlit as st

from core.i18n import _, number
from core.process import cache
from core.ui import alerts, frame, interrupted
from core.ui.home import presenting
from core.ui.registry import stages
from core.ui.train import demo
from trainers.demo import DEMO

frame.title(
    _("Pizarra"),
    _("Train models on real data, compare them, promote the best one and ask it *what if*: all from here, "
      "without writing code."),
)  # fmt: skip

interrupted.show()
alerts.show_count()
experiments = cache.experiments()
runs = cache.runs([experiment.experiment_id for experiment in experiments])
models = cache.models()
production = [version for model in models for version in model.in_stage("Production")]

with st.container(horizontal=True, key="home_numbers"):
    st.metric(_("Experiments"), number(len(cache.counts(runs))), border=True)
    st.metric(_("Runs"), number(len(runs)), border=True)
    st.metric(_("Models"), number(len(models)), border=True)
    st.metric(_("In Production"), number(len(production)), border=True)

if not len(runs):
    frame.empty(_("**This store has no runs.** Load the demo to have something to look at, or train your first model."))
demo.offer_demo(DEMO)
presenting.show()

if production:
    st.subheader(_("In Production now"), anchor=False)
    stages.show_production(production)

aliased = stages.only_aliased(models)
if aliased:
    st.subheader(_("Named by an alias"), anchor=False)
    stages.show_aliased(aliased)

with st.expander(_("The words on these pages"), icon=":material/menu_book:"):
    st.markdown(
        "\n".join(
            f"- **{word}**: {meaning}"
            for word, meaning in {
                _("Experiment"): _("a folder for runs that answer the same question."),
                _("Run"): _("one training, with everything that was chosen and measured."),
                _("Parameter"): _("something chosen before training, such as the number of trees."),
                _("Metric"): _("a number that says how well the model does, such as accuracy."),
                _("Artifact"): _("a file that a run left: the model, a picture, a table."),
                _("Model version"): _("a run's model with a name and a number, so that it can be used."),
                _("Stage"): _("how far a version is: Staging while it is tried, Production when it is used."),
            }.items()
        )
    )

if len(runs):
    frame.next_step("train", _("Train a model"))
else:
    frame.next_step("data", _("Look at the data first"))
