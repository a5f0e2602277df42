"""Sheets to print: one for students, one for whoever teaches; made here, they need no network."""

from __future__ import annotations

import streamlit as st

from core.classroom.listening import for_phones, invitations
from core.i18n import _, current_language, speaking
from core.lesson.content import Lesson
from core.lesson.sheets import students_sheet, teachers_sheet
from core.process import visitors
from core.qr import qr_picture
from core.settings import settings
from core.ui import frame, navigation, session


def offer(lesson: Lesson) -> None:
    """Offer the sheet for students, and to whoever presents the one with the answers."""
    language = current_language()
    asked_for = visitors.ways().is_asked_for  # else phones are not let in by it
    found = invitations(navigation.root_address() or "", settings().public_url) if asked_for else []
    address = for_phones(found[0]) if found else ""

    def for_students() -> bytes:
        with speaking(language):  # it is made outside the session
            return students_sheet(lesson, address, qr_picture(address) if address else None).encode()

    def for_teachers() -> bytes:
        with speaking(language):
            return teachers_sheet(lesson, address).encode()

    st.subheader(_("To print"), anchor=False)
    with st.container(horizontal=True, key="lesson_sheets"):
        st.download_button(
            _("Sheet for students"), for_students, file_name=f"{lesson.name}-{language}.html", mime="text/html",
            key="lesson_students", icon=":material/print:", on_click="ignore",
        )  # fmt: skip
        if session.actor().may("lead"):
            st.download_button(
                _("Sheet for the teacher, with answers"), for_teachers, mime="text/html",
                file_name=f"{lesson.name}-teacher-{language}.html", key="lesson_teacher",
                icon=":material/print:", on_click="ignore",
            )  # fmt: skip
    frame.note(_("Pages that any browser opens and prints on A4, in the language that is chosen above."))
