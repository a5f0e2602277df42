"""Sheets to print: HTML pages that need no other file and no network, on A4 in black on white."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from core.i18n import _, current_language, ngettext
from core.lesson.content import Lesson, Question, Step
from core.lesson.fields import in_language

if TYPE_CHECKING:
    from jinja2 import Template
    from markupsafe import Markup

LETTERS = "ABCDEF"


def students_sheet(lesson: Lesson, address: str, picture: str | None) -> str:
    """Return the sheet for students: how to join, the tasks and the questions; ``picture`` is the address's QR code."""
    asked = [step.question for name in lesson.asked if (step := lesson.step(name)) and step.question]
    return _sheet(
        lesson,
        picture=_own(picture) if picture else None,
        address=address,
        join=_("Point your phone's camera at the code, or open this address:"),
        tasks_title=_("Tasks"),
        tasks=[_bold(in_language(task)) for task in lesson.tasks],
        questions_title=_("Questions"),
        questions=[_asked(question) for question in asked],
        name=_("Nickname"),
    )


def teachers_sheet(lesson: Lesson, address: str) -> str:
    """Return the sheet for whoever teaches: each step with its minutes, and the answers."""
    return _sheet(lesson, address=address, join=_("Students join at:"), steps=_steps(lesson))


def _steps(lesson: Lesson) -> list[dict[str, object]]:
    begins, steps = 0, []
    for step in lesson.steps:
        steps.append(_row(lesson, step, begins))
        begins += step.minutes
    return steps


def _row(lesson: Lesson, step: Step, begins: int) -> dict[str, object]:
    question = step.question
    minutes = ngettext("{count} minute", "{count} minutes", step.minutes).format(count=step.minutes)
    return {
        "title": _bold(f"{lesson.number(step)} · {in_language(step.title)}"),
        "minutes": f"{begins}′–{begins + step.minutes}′ · {minutes}",
        "lines": [
            (_("Why"), _bold(in_language(step.why))),
            (_("Do"), _bold(in_language(step.do))),
            (_("Notice"), _bold(in_language(step.notice))),
        ],
        "question": _asked(question) if question else None,
        "answer_title": _("Answer"),
        "answer": _bold(in_language(question.answer)) if question else "",
        "right": next((LETTERS[at] for at, one in enumerate(question.choices) if one.value == question.truth), "")
        if question
        else "",
    }


def _asked(question: Question) -> dict[str, object]:
    choices = zip(LETTERS, question.choices, strict=False)
    return {
        "text": _bold(in_language(question.text)),
        "choices": [(letter, _bold(in_language(choice.text))) for letter, choice in choices],
    }


def _sheet(lesson: Lesson, **parts: object) -> str:
    return _template().render(
        language=current_language(),
        title=in_language(lesson.title),
        about=_bold(in_language(lesson.about)),
        total=ngettext("{count} minute", "{count} minutes", lesson.minutes).format(count=lesson.minutes),
        **{"picture": None, "address": "", "join": "", "tasks": [], "questions": [], "steps": [], "name": "", **parts},
    )


def _own(markup: str) -> Markup:
    from markupsafe import Markup

    return Markup(markup)  # noqa: S704 - a picture made here


def _bold(text: str) -> Markup:
    """Return a text of a lesson as HTML; of its markdown only what is bold means something on paper.

    >>> print(_bold("**a** < b"))
    <b>a</b> &lt; b
    """
    from markupsafe import Markup, escape

    return Markup(re.sub(r"\*\*(.+?)\*\*", r"<b>\1</b>", str(escape(text))))  # noqa: S704 - escaped


@cache
def _template() -> Template:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
        lstrip_blocks=True,
    )  # fmt: skip
    return environment.get_template("sheet.html.jinja")
