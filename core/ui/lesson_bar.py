"""The bar of the lesson on the page of its step: what to do and to notice here, and what to press is marked."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence

import streamlit as st

from core.i18n import _
from core.lesson.content import Lesson, Step
from core.text import plain
from core.ui import address, lessons, navigation, session

LOOKED_AT = ("experiment", "run", "model", "task")  # other choices of a step may be what is to be tried there

# A dashed frame and a word at it, so that it is seen without telling colours apart
MARK_CSS = """<style>
{marked} {{ outline: 4px dashed #0B5D5A; outline-offset: 4px; border-radius: 6px; position: relative; }}
{labelled} {{ content: {label}; display: block; width: max-content; margin-bottom: 6px; padding: 2px 10px;
  border-radius: 4px; font-weight: 700; font-size: 0.9rem; line-height: 1.5; background: #0B5D5A; color: #FFFFFF; }}
@media (prefers-color-scheme: dark) {{
  {marked} {{ outline-color: #FFD866; }}
  {labelled} {{ background: #FFD866; color: #16231F; }}
}}
</style>"""


def show(current: str) -> None:
    """Show the bar where a step is followed; the lesson's own page shows the whole step instead."""
    name = lessons.followed()
    if not name or current == "lesson":
        return
    lesson = lessons.lesson()
    step = lesson.step(name)
    with st.container(border=True, key="lesson_bar", gap="small"):
        if step is None:
            st.markdown(_("The lesson has no step “{name}”.").format(name=plain(name)))
            _show_ways(lesson, None)
            return
        with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
            if not session.projector():
                st.markdown(f"**{title(lesson, step)}**", width="content")
            _show_ways(lesson, step)
        is_on_page = current == step.page
        if is_on_page and _looks_at(step):
            _show_step(lesson, step)
            mark(current, step.press)
        else:
            words = _("This step looks at something else.") if is_on_page else _("This step is on another page.")
            with st.container(horizontal=True, vertical_alignment="center"):
                st.markdown(words, width="content")
                if st.button(
                    _("Back to “{page}”").format(page=_(navigation.PAGES[step.page].title)), key="lesson_bar_return",
                    icon=":material/undo:",
                ):  # fmt: skip
                    lessons.begin(step)


def _looks_at(step: Step) -> bool:
    """Tell whether the page shows what the step is about: else what it says would be said of something else."""
    wanted = lessons.found(step).params
    return all(address.value(name) == wanted[name] for name in LOOKED_AT if name in wanted)


def _show_step(lesson: Lesson, step: Step) -> None:
    """Say what to do and to notice; on the projector the latter waits for a tap, as the page needs the room."""
    do = f":material/touch_app: **{_('Do')}:** {lessons.words(step.do)}"
    notice = f":material/visibility: **{_('Notice')}:** {lessons.words(step.notice)}"
    if session.projector():
        st.markdown(f"**{lesson.number(step)}/{len(lesson.steps)}** · {do}")
    else:
        st.markdown(f"{do}  \n{notice}")


def title(lesson: Lesson, step: Step) -> str:
    """Return the number of a step and its title."""
    return _("Step {number} of {count}: {title}").format(
        number=lesson.number(step), count=len(lesson.steps), title=plain(lessons.words(step.title))
    )


def mark(page: str, keys: Sequence[str]) -> None:
    """Mark widgets of the page by their keys, with a frame and a word; where they are folded away, what opens them."""
    if not keys:
        return
    classes = [f".st-key-{re.sub('[^a-zA-Z0-9_-]', '-', key)}" for key in keys]
    choices = f"{page}_choices"
    folded = [] if st.session_state.get(f"{choices}_open") else classes
    opening = [f":root:has(.st-key-{choices} {place}) .st-key-{choices}_fold" for place in folded]
    places = [*classes, *opening]
    label = json.dumps(f"▼ {_('Here')}", ensure_ascii=False).replace("<", "\\3c ")
    labelled = ", ".join(f"{place}::before" for place in places)
    st.html(MARK_CSS.format(marked=", ".join(places), labelled=labelled, label=label))


def _show_ways(lesson: Lesson, step: Step | None) -> None:
    before, after = (lesson.before(step), lesson.after(step)) if step else (None, None)
    with st.container(horizontal=True, width="content", key="lesson_bar_ways"):
        if before and st.button(_("Back"), key="lesson_bar_back", icon=":material/arrow_back:"):
            lessons.begin(before)
        if step and session.projector():
            with st.popover(_("Notice"), icon=":material/visibility:", key="lesson_bar_notice"):
                st.markdown(lessons.words(step.notice))
        if step and lessons.may_ask(step):
            if st.button(_("Ask the class"), key="lesson_bar_ask", icon=":material/campaign:"):
                lessons.ask(step)
        elif st.button(_("Question"), key="lesson_bar_whole", icon=":material/forum:"):
            navigation.go("lesson", step=step.name if step else "")
        if step and st.button(
            _("Next") if after else _("End"), key="lesson_bar_next", type="primary",
            icon=":material/arrow_forward:",
        ):  # fmt: skip
            lessons.keep(lessons.progress().moved(after.name if after else step.name, done=step.name))
            if after:
                lessons.begin(after)
            else:
                lessons.follow("")
                navigation.go("lesson", step="")
        if st.button(_("Leave"), key="lesson_bar_leave", icon=":material/close:", type="tertiary"):
            lessons.follow("")
            st.rerun()
