"""The Spanish catalogue says exactly what the source says, completely and in a form that can be shown."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from functools import cache
from io import BytesIO
from pathlib import Path
from string import Formatter

import pytest
from babel.messages import Message, pofile
from babel.messages.extract import DEFAULT_KEYWORDS
from babel.messages.extract import extract as babel_extract

from core import words
from core.i18n import LOCALE_DIR, speaking, translate, translate_plural
from core.messages import extract
from core.store.abandoned import ABANDONED
from core.training import jobs
from core.ui import datasets, navigation
from core.ui.registry import promotion_dialog
from trainers import TASKS
from trainers.demo import DEMO

ROOT = Path(__file__).parents[2]
SOURCES = ("core/**/*.py", "pages/**/*.py", "trainers/**/*.py", "streamlit_app.py")
TEMPLATES = ("core/api/light/templates/*.html",)
LANGUAGE = "es"
CATALOGUE = pofile.read_po(BytesIO((LOCALE_DIR / LANGUAGE / "LC_MESSAGES" / "pizarra.po").read_bytes()))
MESSAGES = [message for message in CATALOGUE if message.id]
SAME_IN_BOTH = {
    "Diabetes",
    "Error",
    "no",
    "Gradient boosting",
    "ID",
    "Markdown",
    "Pizarra",
    "Python",
    "Staging",
    "Token",
    "Tokens",
    "XGBoost",
    "p",
}
MARKERS = re.compile(r"\*+|`|:material/\w+:|:[a-z]+(?:-badge)?\[|★")

Msgid = str | tuple[str, ...]


def forms(text: Msgid) -> tuple[str, ...]:
    return (text,) if isinstance(text, str) else tuple(text)


def msgid(message: Message) -> Msgid:
    return message.id if isinstance(message.id, str) else tuple(message.id)


def placeholders(text: str) -> Counter[str]:
    return Counter(name for _, name, _, _ in Formatter().parse(text) if name is not None)


# Each English form beside the translated form that stands for it
PAIRS = [pair for m in MESSAGES for pair in zip(forms(msgid(m)), forms(m.string), strict=True)]


@cache
def marked_in_source() -> frozenset[Msgid]:
    found: set[Msgid] = set()
    for method, sources in ((extract, SOURCES), ("jinja2", TEMPLATES)):
        for file in (file for source in sources for file in ROOT.glob(source)):
            options = {"silent": "false"} if method == "jinja2" else {}
            for _line, messages, _comments, _context in babel_extract(
                method, BytesIO(file.read_bytes()), DEFAULT_KEYWORDS, options=options
            ):
                found.add(messages if isinstance(messages, str) else tuple(m for m in messages if m))
    return frozenset(found)


def test_every_marked_message_is_in_the_catalogue() -> None:
    missing = marked_in_source() - {msgid(message) for message in MESSAGES}
    assert not missing, "run: make messages"


def test_nothing_stale_is_in_the_catalogue() -> None:
    stale = {msgid(message) for message in MESSAGES} - marked_in_source()
    assert not stale, "run: make messages"
    assert not CATALOGUE.obsolete


def test_the_catalogue_says_its_language_and_nothing_about_who_made_it_when() -> None:
    assert str(CATALOGUE.locale) == LANGUAGE
    assert (CATALOGUE.num_plurals, CATALOGUE.plural_expr) == (2, "(n != 1)")
    header = (LOCALE_DIR / LANGUAGE / "LC_MESSAGES" / "pizarra.po").read_text(encoding="utf-8").split("\n\n")[0]
    assert not re.search(r"@|/|-Date|Generated-By", header.replace("text/plain", ""))


def test_every_message_is_translated_for_good() -> None:
    unfinished = [msgid(m) for m in MESSAGES if m.fuzzy or not all(text.strip() for text in forms(m.string))]
    assert not unfinished


def test_every_plural_has_all_its_forms() -> None:
    wanted = {True: CATALOGUE.num_plurals, False: 1}
    assert not [msgid(m) for m in MESSAGES if len(forms(m.string)) != wanted[m.pluralizable]]


def test_every_translation_has_the_same_placeholders_and_formats() -> None:
    for english, spanish in PAIRS:
        assert placeholders(spanish) == placeholders(english), english
        assert spanish.format(**dict.fromkeys(placeholders(english), "x"))


def test_every_translation_has_the_same_markup() -> None:
    for english, spanish in PAIRS:
        assert Counter(MARKERS.findall(spanish)) == Counter(MARKERS.findall(english)), english


def test_every_translation_begins_and_ends_like_its_message() -> None:
    for english, spanish in PAIRS:
        assert _ends(spanish) == _ends(english), english
        first, other = (text.lstrip("*★¿¡ ")[0] for text in (english, spanish))
        assert first.isupper() == other.isupper() or not (first.isalpha() and other.isalpha()), english


def _ends(text: str) -> tuple[str, str, str]:
    """Return the white space around a text and the sign that ends it."""
    sign = text.rstrip("* ")[-1:]
    return text[: len(text) - len(text.lstrip())], text[len(text.rstrip()) :], sign if sign in ".…?:" else ""


def test_every_translation_is_spanish() -> None:
    assert {english for english, spanish in PAIRS if english == spanish} == SAME_IN_BOTH
    for english, spanish in PAIRS:
        assert spanish.count("?") == spanish.count("¿") or "·" in spanish, english
        assert spanish.count("!") == spanish.count("¡"), english


def declared() -> Iterator[str]:
    """Messages that are declared in one place and translated in another, where only the whole is a literal."""
    for titles in (words.STAGE_TITLES, words.STAGE_MEANINGS, words.STATUS_TITLES, words.ALGORITHM_TITLES):
        yield from titles.values()
    yield from (sentence for _done, sentence in words.PROGRESS.values())
    yield from (sentence for _icon, sentence in datasets.ORIGINS.values())
    yield from promotion_dialog.MOVES.values()
    yield from navigation.PATH.values()
    for page in navigation.PAGES.values():
        yield from (page.title, page.section)
    yield from (ABANDONED, jobs.WORKER_KILLED, jobs.CONNECTION_LOST, jobs.STOPPED)
    yield from (version.description for version in DEMO.versions)
    for task in TASKS.values():
        yield from (task.title, task.question, task.dataset.title, *task.feature_help.values())
        for algorithm in task.algorithms:
            yield from (algorithm.title, algorithm.summary, *(parameter.help for parameter in algorithm.parameters))


@pytest.mark.parametrize("message", sorted(set(declared())))
def test_what_is_declared_for_later_is_translated(message: str) -> None:
    with speaking(LANGUAGE):
        assert (translate(message) != message) != (message in SAME_IN_BOTH)


@pytest.mark.parametrize("task", TASKS.values(), ids=lambda task: task.name)
def test_every_algorithm_has_a_title_on_the_pages(task: object) -> None:
    assert {algorithm.name for algorithm in task.algorithms} <= words.ALGORITHM_TITLES.keys()  # type: ignore[attr-defined]


def test_the_dashboard_reads_this_catalogue() -> None:
    with speaking(LANGUAGE):
        for message in MESSAGES:
            if not message.pluralizable:
                assert translate(message.id) == message.string
    with speaking("en"):
        assert not [message.id for message in MESSAGES if translate(forms(message.id)[0]) != forms(message.id)[0]]


def test_both_plural_forms_are_read() -> None:
    with speaking(LANGUAGE):
        for message in MESSAGES:
            if message.pluralizable:
                one, many = (text.format(count=n) for text, n in zip(message.string, ("1", "2"), strict=True))
                assert [translate_plural(*message.id, count) for count in (1, 2)] == [one, many]


def test_messages_are_found_in_the_middle_of_a_string() -> None:
    source = b"f\"**{_('Next')}** {ngettext('{count} run', '{count} runs', n)}\"; _(name); N_(\"\")"
    assert [found[2] for found in extract(BytesIO(source), (), ())] == [("Next",), ("{count} run", "{count} runs")]
