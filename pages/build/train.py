"""Launch a run, and see what is running now."""

import streamlit as st

from core import words
from core.i18n import _
from core.process import cache
from core.text import plain
from core.ui import address, datasets, frame, pickers
from core.ui.train import forms, launching
from trainers import TASKS

frame.title(_("Train"), _("Choose a question, choose how to learn it, and launch."))

launching.wake_workers()
task = pickers.task(TASKS, key="train_task")
st.markdown(f"**{_(task.question)}**")
datasets.show_line(cache.dataset(task.dataset, task.dataset.name), task)

algorithm = task.algorithm(
    st.segmented_control(
        _("Algorithm"),
        [choice.name for choice in task.algorithms],
        default=task.algorithms[0].name,
        format_func=words.algorithm,
        required=True,
        key=f"train_algorithm_{task.name}",
    )
)
st.markdown(_(algorithm.summary))

may_train = launching.allowed()
with st.form(f"train_form_{task.name}_{algorithm.name}"):
    values = forms.parameter_fields(algorithm.parameters, key=f"train_{task.name}_{algorithm.name}")
    name = st.text_input(
        _("Name of the run"),
        placeholder=words.algorithm(algorithm.name),
        max_chars=80,
        key=f"train_name_{task.name}_{algorithm.name}",
    )
    launched = st.form_submit_button(
        _("Train: {algorithm}").format(algorithm=plain(words.algorithm(algorithm.name))),
        type="primary",
        icon=":material/rocket_launch:",
        key="train_launch",
        disabled=not may_train,
    )

if launched:
    with st.spinner(_("Waking up the workers…")):
        address.choose("launched", launching.launch(task, algorithm.name, values, name))

launching.board(address.value("launched"))

frame.next_step("compare", _("Compare your runs"), runs="", metric="")
