"""Answer the class's question on a light page, and the news that every light page shows: a question, a pause, a way."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from starlette.responses import Response

from core.api.light.visit import Visit, page
from core.classroom.guidance import Place
from core.classroom.questions import Question
from core.classroom.sentences import choice_words, sentence
from core.errors import PizarraError
from core.i18n import _, amount, current_language, number, percent
from core.prediction.value_words import rounded_words
from core.process import shared, visitors
from core.training.tasks import Task

OWN = {"lang", "launched"}  # a phone's own, wherever the presenter is
SHOWN = 8  # inputs of a case before the rest fold away
# The light pages that show what a page of the whole dashboard does
LIGHT_PAGES = {"predict": "/predict", "train": "/train", "ask": "/question", "board": "/board", "join": "/"}


@page
def news(visit: Visit) -> Response:
    """Say what the class is told: to look up, where the presenter is, and that a question is open."""
    if not visitors.ways().is_asked_for or visit.actor.role == "presenter":
        return visit.show("news.html", pause=False, way="", whole="", question=False)
    guided, question = shared.guidance().guided(), shared.questions().now()
    way = whole = ""
    if guided.follow and guided.place and visit.member:
        way, whole = _way(visit, guided.place)
    asked = question is not None and question.is_open and not _own(visit, question)
    return visit.show("news.html", pause=guided.pause, way=way, whole=whole, question=asked)


def _way(visit: Visit, place: Place) -> tuple[str, str]:
    """Return where the presenter is: as a light page where there is one, else in the whole dashboard."""
    params = urlencode({name: text for name, text in place.params.items() if text and name not in OWN})
    light = LIGHT_PAGES.get(place.page)
    if light:
        return f"{visit.root}{light}?{params}".rstrip("?"), ""
    name = "" if place.page == "home" else place.page
    return "", f"{visit.everything.partition('?')[0]}{name}?{params}&lang={visit.language}"


def _own(visit: Visit, question: Question) -> str:
    return shared.questions().own(visit.member.number, question.number) if visit.member else ""


@dataclass(frozen=True)
class Answering:
    """The page of the class's question; tasks have questions of their own."""

    tasks: Callable[[], Mapping[str, Task]]

    def show(self, visit: Visit) -> Response:
        """Show the question that is there now."""
        return self._shown(visit)

    def answer(self, visit: Visit) -> Response:
        """Take an answer."""
        told = visit.form.get("question", "")
        question = int(told) if told.isdecimal() and len(told) < 15 else 0
        try:
            member = visit.member.number if visit.member else 0
            shared.questions().answer(member, question, visit.form.get("answer", ""))
        except PizarraError as error:
            return self._shown(visit, error)
        return visit.go("/question")

    def _shown(self, visit: Visit, error: PizarraError | None = None) -> Response:
        question = shared.questions().now()
        about = (
            _about(visit, question, {name: task.question for name, task in self.tasks().items()}) if question else {}
        )
        return visit.show(
            "question_part.html" if visit.part else "question.html",
            400 if error else 200,
            question=question,
            error=error,
            written=visit.form.get("answer", ""),
            **about,
        )


def _about(visit: Visit, question: Question, questions: Mapping[str, str]) -> dict[str, object]:
    """Return what the page shows of a question, as far as this visitor may see it."""
    asked, own = question.asked, _own(visit, question)
    row = [(name, rounded_words(value)) for name, value in asked.subject.get("row", {}).items()]
    others = shared.questions().others(visit.member.number, question.number) if visit.member and own else []
    return {
        "words": sentence(asked, questions),
        "unit": asked.subject.get("unit", ""),
        "row": row[:SHOWN],
        "rest": row[SHOWN:],
        "choices": [(value, choice_words(asked, value)) for value in asked.values],
        "own": own,
        "own_words": _read(question, own) if own else "",
        "others": [_read(question, other) for other in others],
        "count": shared.questions().count(question.number),
        "revealed": _revealed(question) if question.is_revealed else None,
        "right": own == asked.truth if asked.truth and own and not asked.is_number else None,
    }


def _revealed(question: Question) -> dict[str, object]:
    """Return truth, model and answers of a question that is revealed."""
    asked, behind = question.asked, question.asked.behind
    tally = shared.questions().tally(question.number)
    total = sum(tally.values())
    says = behind.get("model_says") if asked.kind != "flip" else None
    chance = behind.get("chances", {}).get(str(says))
    conclusion = behind.get("conclusion", {}).get(current_language(), "") if asked.kind == "which_run" else ""
    nearest = shared.questions().closest(question.number)
    return {
        "conclusion": conclusion,
        "truth": _read(question, asked.truth) if asked.truth else _("not known"),
        "says": "" if says is None else _read(question, str(says)),
        "sure": "" if chance is None else _("{chance} sure").format(chance=percent(chance)),
        "votes": [] if asked.is_number else [(_read(question, value), count, total) for value, count in tally.items()],
        "closest": [(guess.name, _read(question, repr(guess.value))) for guess in nearest],
    }


def _read(question: Question, stored: str) -> str:
    """Return a stored answer, or what a model says, as it reads."""
    if not question.asked.is_number:
        return choice_words(question.asked, stored)
    unit = str(question.asked.subject.get("unit", ""))
    return amount(float(stored), unit) if unit else number(float(stored))
