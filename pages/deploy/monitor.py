"""Monitor: whether what the model is asked, and what it answers, still is like what it learned from."""

from functools import partial

import streamlit as st

from core.i18n import _
from core.process import cache
from core.ui import alerts, folding, frame
from core.ui.monitor import breaking, choice, finding, groups, overview, retraining, standing, traffic

frame.title(_("Monitor"), _("Is what the model is asked still like what it learned from?"))

alerts.show_open()
models = cache.models()
if not any(model.versions for model in models):
    frame.empty(
        _("**There is no model to monitor yet.** Train one and register it."), "registry", _("Register a model")
    )
    frame.stop()

choices = folding.choices("monitor_choices", phones=True)
moving = st.container(key="monitor_moving")
with choices:
    monitored = choice.choose(models, moving)
    overview.show(models)
if monitored is None:
    frame.stop()
choices.sum_up(choice.summary(monitored))
choice.keep_version(monitored)

if not len(monitored.rows):
    frame.empty(finding.nothing_words(monitored), "predict", _("Ask the model"))
    alerts.show_looks(monitored.asked.version.model)
    frame.stop()
found = finding.found_in(monitored)
if found is None:
    frame.empty(finding.no_reference_words(monitored))
    frame.stop()
if monitored.broken is not None:
    breaking.show(
        monitored.broken, found, finding.found_unbroken(monitored), monitored.asked, standing.expected(monitored)
    )
finding.show(found, monitored)
parts = {
    "inputs": (_("What is asked"), partial(finding.show_inputs, found, monitored)),
    "right": (_("Still right?"), partial(standing.show, monitored)),
    "groups": (_("Right for whom?"), partial(groups.show, monitored)),
    "answers": (_("What it answers"), partial(finding.show_answers, found, monitored)),
    "traffic": (_("Traffic"), partial(traffic.show, monitored)),
    "watch": (_("Watch"), partial(alerts.show_looks, monitored.asked.version.model)),
}
if monitored.broken is None:  # nobody is to learn from what was made up
    retraining.lead(monitored)
    parts["anew"] = (_("Train anew"), partial(retraining.show, monitored))
frame.one_of(parts, key="monitor_parts", name="look")
frame.next_step("train", _("Train again"))
