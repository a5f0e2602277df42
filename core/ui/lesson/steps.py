"""The steps of the lesson: the one that is chosen in full, and all of them with what is done."""

from __future__ import annotations

import streamlit as st

from core.comparison.differences import listed
from core.i18n import _, ngettext, number
from core.lesson.content import Lesson, Question, Step
from core.lesson.progress import Progress
from core.lesson.references import in_words
from core.text import plain
from core.ui import address, frame, lesson_bar, lessons, navigation, pickers, session, terms

LETTERS = "ABCDEF"


def chosen(lesson: Lesson) -> Step:
    """Return the step that the address names, else where one was, else the first."""
    asked, at = address.value("step"), lessons.progress().at
    step = lesson.step(asked) or lesson.step(at) or lesson.steps[0]
    if asked and asked != step.name:
        words = _("The lesson has no step “{name}”. What you see is “{shown}”.")
        address.say_missing("step", words.format(name=plain(asked), shown=plain(lessons.words(step.title))))
    address.keep("step", step.name)
    return step


def lacks(step: Step) -> bool:
    """Tell whether the open store lacks something that a step looks at."""
    return bool(lessons.found(step).missing)


def show(lesson: Lesson, step: Step) -> None:
    """Show a step: why, what to do and to notice, and the question for the class."""
    minutes = ngettext("{count} minute", "{count} minutes", step.minutes).format(count=step.minutes)
    st.subheader(lesson_bar.title(lesson, step), anchor=False)
    page = _(navigation.PAGES[step.page].title)
    frame.note(f":material/schedule: {minutes} · {_('on the page “{page}”').format(page=page)}")
    st.markdown(lessons.words(step.why))
    st.markdown(f":material/touch_app: **{_('Do')}:** {lessons.words(step.do)}")
    st.markdown(f":material/visibility: **{_('Notice')}:** {lessons.words(step.notice)}")
    _show_missing(step)
    _show_ways(lesson, step)
    if step.question:
        _show_question(step, step.question)
    if step.terms:
        terms.show_some(step.terms, key="lesson_terms")


def show_all(lesson: Lesson, current: Step) -> None:
    """Show all steps in order, each with its minutes; any of them may be opened."""
    progress = lessons.progress()
    titles = {step.name: _title(lesson, step, step.name in progress.done) for step in lesson.steps}
    pickers.control("lesson_steps", current.name)
    st.radio(
        _("All steps"), list(titles), key="lesson_steps", format_func=titles.__getitem__,
        on_change=lambda: address.choose("step", st.session_state["lesson_steps"]),
    )  # fmt: skip
    frame.note(
        _("{done} of {count} steps are done.").format(
            done=number(len(progress.done & {step.name for step in lesson.steps}), 0),
            count=number(len(lesson.steps), 0),
        )
    )
    if progress.done and st.button(_("Begin anew"), key="lesson_anew", icon=":material/restart_alt:"):
        lessons.keep(Progress(lesson.steps[0].name))
        lessons.follow("")
        navigation.go("lesson", step=lesson.steps[0].name)


def _title(lesson: Lesson, step: Step, done: bool) -> str:
    minutes = f"{number(step.minutes, 0)} min"
    return f"{lesson.number(step)} · {plain(lessons.words(step.title))} · {minutes}{' ✓' if done else ''}"


def _show_missing(step: Step) -> None:
    missing = lessons.found(step).missing
    if missing:
        st.warning(
            _(
                "This store lacks what the step looks at: {missing}. The demo has what Pizarra’s own lesson needs."
            ).format(missing=plain(listed(list(map(in_words, dict.fromkeys(missing)))), 300)),
            icon=":material/inventory_2:",
        )


def _show_ways(lesson: Lesson, step: Step) -> None:
    before, after = lesson.before(step), lesson.after(step)
    with st.container(horizontal=True, vertical_alignment="center", key="lesson_ways"):
        if before:
            st.button(
                _("Back"), key="lesson_back", icon=":material/arrow_back:", on_click=address.choose,
                args=("step", before.name),
            )  # fmt: skip
        page = navigation.PAGES[step.page]
        if st.button(
            _("Open “{page}”").format(page=_(page.title)), key="lesson_open", icon=page.icon, type="primary",
            disabled=bool(lessons.found(step).missing),
        ):  # fmt: skip
            lessons.begin(step)
        if st.button(_("Done"), key="lesson_done", icon=":material/check:"):
            lessons.follow("")
            lessons.keep(lessons.progress().moved(after.name if after else step.name, done=step.name))
            navigation.go("lesson", step=after.name if after else step.name)


def _show_question(step: Step, question: Question) -> None:
    with st.container(border=True, key="lesson_question"):
        st.markdown(f":material/forum: **{_('Question for the class')}**  \n{lessons.words(question.text)}")
        st.markdown(
            "\n".join(
                f"- **{letter}** · {lessons.words(choice.text)}"
                for letter, choice in zip(LETTERS, question.choices, strict=False)
            )
        )
        if not session.actor().may("lead"):
            return
        if lessons.may_ask(step) and st.button(
            _("Ask the class"), key="lesson_ask", icon=":material/campaign:", type="primary"
        ):
            with frame.reporting():
                lessons.ask(step)
        with st.expander(_("What it comes to"), icon=":material/key:", key="lesson_answer"):
            right = [
                letter
                for letter, choice in zip(LETTERS, question.choices, strict=False)
                if choice.value == question.truth
            ]
            st.markdown(f"{f'**{right[0]}** · ' if right else ''}{lessons.words(question.answer)}")
