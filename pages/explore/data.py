"""Data: a dataset before any model."""

from functools import partial

import streamlit as st

from core.i18n import _, number
from core.process import cache, first_look
from core.text import plain
from core.ui import datasets, findings, folding, frame, pickers, session
from core.ui.data import bringing, kept, retrained
from trainers import tasks

frame.title(_("Data"), _("What is in a dataset before any model has seen it?"))

bringing.show()
choices = folding.choices("data_choices")
with choices:
    task = pickers.task(tasks(), key="data_task")
    st.markdown(f"**{plain(_(task.question))}**")
with st.spinner(_("Loading the data…")):
    loaded = cache.dataset(task.dataset, task.dataset.name)
    looked = first_look.of_task(loaded, task)
frame_of_rows = loaded.frame
style = session.style()

choices.sum_up(datasets.summary(loaded, task))
origin, sentences, numbers, answer = datasets.places()
with origin:
    datasets.show_origin(loaded)
    kept.show(task)
with sentences:
    st.subheader(_("What to know before training"), anchor=False)
    findings.show_findings(looked.findings, key="data_findings")
with numbers, st.container(horizontal=True, key="data_numbers"):
    st.metric(_("Rows"), number(len(frame_of_rows)), border=True)
    st.metric(_("Columns"), number(frame_of_rows.shape[1]), border=True)
    st.metric(_("Missing values"), number(int(frame_of_rows.isna().sum().sum())), border=True)
    st.metric(_("To predict"), plain(task.target), border=True)
with answer:
    st.subheader(_("What is to be predicted"), anchor=False)
    datasets.show_answer(frame_of_rows[task.target], task.kind, style)

st.subheader(_("What goes together"), anchor=False)
findings.show_together(looked, style, key="data_together")

st.subheader(_("One column at a time"), anchor=False)
inputs = [str(name) for name in task.features(frame_of_rows).columns]
column = pickers.choose("column", _("Column"), inputs, key="data_column", usual=inputs[0])
st.markdown(_(task.feature_help.get(column, "")))
findings.show_column_findings(looked.findings, column)
datasets.show_column(frame_of_rows, column, task.target, task.kind, style, classes=task.class_names, unit=task.unit)

st.subheader(_("All columns"), anchor=False)
findings.show_columns(looked, partial(datasets.role, task), key="data_columns")

st.subheader(_("A sample of the rows"), anchor=False)
datasets.show_sample(frame_of_rows)

retrained.show()

frame.next_step("train", _("Train a model on this data"), task=task.name)
