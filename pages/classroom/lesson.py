"""The lesson: one story in steps, each of them done on the real page."""

import streamlit as st

from core.i18n import _, number
from core.text import plain
from core.ui import frame, lessons, navigation
from core.ui.lesson import sheets, steps
from core.ui.train import demo
from trainers.demo import DEMO

lesson = lessons.lesson()
frame.title(
    _("Lesson"),
    _("**{title}** {count} steps, about {minutes} minutes.").format(
        title=plain(lessons.words(lesson.title)), count=len(lesson.steps), minutes=number(lesson.minutes, 0)
    ),
)
step = steps.chosen(lesson)
of_step, all_steps = st.columns([2, 1])
with of_step:
    steps.show(lesson, step)
    if steps.lacks(step):
        demo.offer_to_load(DEMO)
with all_steps:
    steps.show_all(lesson, step)

sheets.offer(lesson)
navigation.link("glossary", _("The words of the field, in both languages"))
