"""Sweep: try many settings of one algorithm, watch them, and train the best."""

import streamlit as st

from core.i18n import _
from core.process import cache
from core.text import plain
from core.ui import address, datasets, folding, frame, interrupted, navigation, pickers
from core.ui.sweep import form, listing, view
from core.ui.train import launching, scheduler
from trainers import tasks
from trainers.presets import presets_of

frame.title(_("Sweep"), _("Which settings are best, and how sure is that?"))

if address.value("run"):
    view.show(address.value("run"), tasks())
    navigation.link("sweep", _("All sweeps, and a new one"), run="")
    frame.next_step("compare", _("Compare runs"), runs="", metric="")
    frame.stop()

interrupted.show()
launching.wake_workers()
scheduler.show()
choices = folding.choices("sweep_choices")
with choices:
    task = pickers.task(tasks(), key="sweep_task")
    st.markdown(f"**{plain(_(task.question))}**")
choices.sum_up(f"**{_(task.title)}**: {plain(_(task.question))}")
datasets.show_line(cache.dataset(task.dataset, task.dataset.name), task)
form.offer_presets(presets_of(task.name), task)

algorithm = launching.choose_algorithm(task)
plan, problems = form.choose(task, algorithm)
may_train = launching.allowed()
can_launch = form.may_launch(task, problems)
if not problems:
    form.show_before(plan)
launched = st.button(
    _("Launch the sweep"),
    type="primary",
    icon=":material/rocket_launch:",
    key="sweep_launch",
    disabled=not (may_train and can_launch),
)
if launched:
    with st.spinner(_("Waking up the workers…")):
        form.launch(task, plan)

listing.show()
frame.next_step("compare", _("Compare your runs"), runs="", metric="")
