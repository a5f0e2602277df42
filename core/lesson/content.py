"""A lesson as its content file says it: steps on real pages, each with a question for the class."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from core.i18n import N_
from core.lesson.fields import Fields, Text, read_toml

LONGEST_STEP = 120  # minutes
MOST_CHOICES = 6

Pages = Mapping[str, Collection[str]]  # what an address may hold, by the name of its page


@dataclass(frozen=True)
class Choice:
    """One answer that may be given to a question."""

    value: str
    text: Text


@dataclass(frozen=True)
class Question:
    """A question for the class. ``truth`` is the value of the right choice, empty where there is none."""

    text: Text
    choices: Sequence[Choice]
    truth: str
    answer: Text


@dataclass(frozen=True)
class Step:
    """One step: why, what to do on a page, what to notice, and for how many minutes.

    ``address`` is what the page's address holds, in words that ``core.lesson.references`` looks up. ``press`` are the
    keys of the widgets that are marked there, ``terms`` the words of the glossary that it needs.
    """

    name: str
    title: Text
    minutes: int
    page: str
    why: Text
    do: Text
    notice: Text
    address: Mapping[str, str]
    press: Sequence[str]
    terms: Sequence[str]
    question: Question | None


@dataclass(frozen=True)
class Lesson:
    """A lesson: its steps in order, and what its printed sheet asks of students."""

    name: str
    title: Text
    about: Text
    steps: Sequence[Step]
    tasks: Sequence[Text]
    asked: Sequence[str]  # names of the steps whose questions are on the sheet

    @property
    def minutes(self) -> int:
        """How long all of it takes."""
        return sum(step.minutes for step in self.steps)

    def step(self, name: str) -> Step | None:
        """Return a step by its name, None where there is none."""
        return next((step for step in self.steps if step.name == name), None)

    def number(self, step: Step) -> int:
        """Return the place of a step, from 1."""
        return self.steps.index(step) + 1

    def after(self, step: Step) -> Step | None:
        """Return the step after another one."""
        return next(iter(self.steps[self.number(step) :]), None)

    def before(self, step: Step) -> Step | None:
        """Return the step before another one."""
        return self.steps[self.number(step) - 2] if self.number(step) > 1 else None


def read_lesson(path: Path, pages: Pages, terms: Collection[str]) -> Lesson:
    """Read a lesson and check it against the pages and the words of the glossary there are.

    Raises:
        ContentError: the file is not what it must be.
    """
    fields = Fields(path, "", read_toml(path))
    fields.knows_only("title", "about", "step", "sheet")
    steps = [_step(one, pages, terms) for one in fields.tables("step")]
    if not steps:
        fields.refuse(N_("{file}: there must be a [[step]] at least, but there is none."), "step")
    for step, one in zip(steps, fields.tables("step"), strict=True):
        if [each.name for each in steps].count(step.name) > 1:
            one.refuse(N_("{file}, {place}: “{field}” must differ from step to step, but two have {got}."), "name")
    sheet = fields.within("[sheet]", fields.table.get("sheet", {}))
    sheet.knows_only("tasks", "questions")
    tasks = [sheet.within(f"[sheet] tasks {at}", {"text": one}).text("text") for at, one in _listed(sheet, "tasks")]
    asked = sheet.names("questions", [step.name for step in steps if step.question])
    return Lesson(path.stem, fields.text("title"), fields.text("about"), steps, tasks, asked)


def known_lesson(path: Path, pages: Pages, terms: Collection[str]) -> Lesson:
    """Return a lesson, read anew only where its file is another than before.

    Raises:
        ContentError: as ``read_lesson`` does, each time.
    """
    try:
        facts = path.stat()
        stamp = (facts.st_mtime_ns, facts.st_size)
    except OSError:
        stamp = (0, 0)
    frozen = tuple((page, tuple(names)) for page, names in pages.items())
    return _known(path, stamp, frozen, tuple(terms))


@lru_cache(maxsize=4)
def _known(
    path: Path, _stamp: tuple[int, int], pages: tuple[tuple[str, tuple[str, ...]], ...], terms: tuple[str, ...]
) -> Lesson:
    return read_lesson(path, dict(pages), terms)


def _listed(fields: Fields, name: str) -> list[tuple[int, object]]:
    found = fields.table.get(name, [])
    if not isinstance(found, list):
        fields.refuse(N_("{file}, {place}: “{field}” must be a list, but it is {got}."), name)
    return list(enumerate(found, start=1))


def _step(fields: Fields, pages: Pages, terms: Collection[str]) -> Step:
    name = fields.name("name")
    fields = fields.within(f"{fields.place} ({name})", fields.table)
    fields.knows_only(
        "name", "title", "minutes", "page", "address", "press", "why", "do", "notice", "terms",
        "question", "choices", "truth", "answer",
    )  # fmt: skip
    page = fields.one_of("page", pages)
    return Step(
        name,
        fields.text("title"),
        fields.number("minutes", LONGEST_STEP),
        page,
        fields.text("why"),
        fields.text("do"),
        fields.text("notice"),
        fields.strings("address", pages[page]),
        fields.names("press"),
        fields.names("terms", terms),
        _question(fields),
    )


def _question(fields: Fields) -> Question | None:
    if not any(name in fields.table for name in ("question", "choices", "truth", "answer")):
        return None
    listed = fields.tables("choices")
    if not 2 <= len(listed) <= MOST_CHOICES:
        fields.refuse(
            N_("{file}, {place}: “{field}” must be from 2 to {most} answers, but it is {got}."),
            "choices",
            most=MOST_CHOICES,
        )
    choices = []
    for one in listed:
        value = one.name("value")
        text = one.within(one.place, {"text": {key: said for key, said in one.table.items() if key != "value"}})
        choices.append(Choice(value, text.text("text")))
    values = [choice.value for choice in choices]
    if len(set(values)) < len(values):
        fields.refuse(N_("{file}, {place}: the values of “{field}” must differ, but it is {got}."), "choices")
    truth = fields.one_of("truth", values, needed=False)
    return Question(fields.text("question"), choices, truth, fields.text("answer"))
