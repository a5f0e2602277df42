"""Launch a run, and see what is running now."""

import streamlit as st

from core import words
from core.i18n import _
from core.process import cache
from core.text import plain
from core.ui import address, datasets, folding, frame, pickers
from core.ui.train import contest, efforts, forms, launching, notes, others, results, scheduler
from trainers import tasks

frame.title(_("Train"), _("Choose a question, choose how to learn it, and launch."))

launching.wake_workers()
scheduler.show()
results_place = st.container(key="train_results")
choices = folding.choices("train_choices")
with choices:
    task = pickers.task(tasks(), key="train_task")
    st.markdown(f"**{plain(_(task.question))}**")
choices.sum_up(f"**{_(task.title)}**: {plain(_(task.question))}")
datasets.show_line(cache.dataset(task.dataset, task.dataset.name), task)

algorithm = launching.choose_algorithm(task)
st.markdown(_(algorithm.summary))
effort = efforts.choose(task, algorithm)

also = others.choose(task, algorithm)
contest.show(task)
launching.show_baseline(task)
launching.show_limit(task, algorithm, effort)
may_train = launching.allowed()
start = forms.starting_values(algorithm.parameters)
with st.form(f"train_form_{task.name}_{algorithm.name}"):
    key = address.unsaid(f"train_{task.name}_{algorithm.name}")
    values = forms.parameter_fields(algorithm.parameters, start, key=key)
    name = st.text_input(
        _("Name of the run"),
        placeholder=words.algorithm(algorithm.name),
        max_chars=80,
        key=f"train_name_{task.name}_{algorithm.name}",
    )
    written = notes.fields(f"train_{task.name}_{algorithm.name}")
    launched = st.form_submit_button(
        others.button_words(algorithm, also),
        type="primary",
        icon=":material/rocket_launch:",
        key="train_launch",
        disabled=not may_train,
    )

if launched:
    forms.keep(algorithm.parameters, values)
    said = notes.read(written)
    with st.spinner(_("Waking up the workers…")):
        results.add(launching.launch(task, algorithm.name, values, name, effort, said))
        others.launch(task, also, effort, said)

with results_place:
    results.show(address.listed("launched"), tasks(), just_launched=launched)
launching.offer_sweep(task, algorithm)
launching.board(address.listed("launched"))

frame.next_step("compare", _("Compare your runs"), runs="", metric="")
