"""The lesson that is held: its file, the step that is followed, how far one is, and the way to each step's page."""

from __future__ import annotations

from pathlib import Path

from core.access import Actor
from core.classroom.asked import Asked
from core.lesson.content import Lesson, Step, known_lesson
from core.lesson.fields import Text, in_language
from core.lesson.glossary import Glossary, known_glossary
from core.lesson.progress import KeptProgress, Progress, keep_presenters_progress, presenters_progress
from core.lesson.references import Found, Held, has_references, look_up
from core.process import cache, shared, visitors
from core.process.held import held
from core.settings import ROOT, settings
from core.ui import address, navigation, own_runs, session

GLOSSARY = ROOT / "lessons" / "glossary.toml"
FOLLOWED = "lesson"  # in every address


def file() -> Path:
    """Return the content file of the lesson."""
    return settings().lesson


def lesson() -> Lesson:
    """Return the lesson.

    Raises:
        ContentError: its file, or the glossary's, is not what it must be.
    """
    pages = {page: [choice.name for choice in choices] for page, choices in address.CHOICES.items()}
    return known_lesson(file(), pages, glossary().terms)


def glossary() -> Glossary:
    """Return the glossary."""
    return known_glossary(GLOSSARY)


def followed() -> str:
    """Return the name of the step that is followed, as the address says; empty where none is."""
    return address.shared().get(FOLLOWED, "")


def follow(step: str) -> None:
    """Follow a step on all pages; with an empty name the lesson is left."""
    address.share(FOLLOWED, step)


def found(step: Step) -> Found:
    """Return a step's address with what its words stand for in the open store."""
    if not has_references(step.address):
        return look_up(step.address, None)
    experiments = cache.experiments()
    runs = cache.runs([one.experiment_id for one in experiments])
    return look_up(step.address, Held(experiments, runs, cache.models(), own_runs.among(runs)))


def begin(step: Step) -> None:
    """Open a step's page and follow it there; where the store lacks what it needs, its page in the lesson says so."""
    ready = found(step)
    follow(step.name)
    keep(progress().moved(step.name))
    if ready.missing:
        navigation.go("lesson", step=step.name)
    else:
        usual = {choice.name: "" for choice in address.CHOICES[step.page]}
        navigation.go(step.page, **usual | dict(ready.params))


def progress() -> Progress:
    """Return how far the visitor is: the presenter's is the class's, so it goes on where it was."""
    if _presents(session.actor()):
        return presenters_progress(shared.class_file(), file().stem)
    return _kept().get(session.word(), file().stem)


def keep(now: Progress) -> None:
    """Keep how far the visitor is."""
    actor = session.actor()
    if _presents(actor):
        keep_presenters_progress(shared.class_file(), actor, file().stem, now)
    else:
        _kept().keep(session.word(), file().stem, now)


def may_ask(step: Step) -> bool:
    """Tell whether the visitor may put a step's question to a class."""
    return step.question is not None and visitors.ways().is_asked_for and _presents(session.actor())


def ask(step: Step) -> None:
    """Put a step's question to the class, and go to where it is answered.

    Raises:
        PizarraError: another question is open, or the visitor does not present.
    """
    if step.question:
        asked = Asked(
            "words",
            step.question.text,
            tuple((choice.value, choice.text) for choice in step.question.choices),
            truth=step.question.truth,
            behind={"answer": dict(step.question.answer)},
        )
        shared.questions().ask(session.actor(), asked)
        navigation.go("ask")


def words(text: Text) -> str:
    """Return a text of the lesson in the reader's language."""
    return in_language(text)


def _presents(actor: Actor) -> bool:
    return actor.may("lead")


@held()
def _kept() -> KeptProgress:
    return KeptProgress()
