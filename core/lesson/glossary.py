"""The glossary: each word of the field in all languages side by side, with what it means."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from core.i18n import N_
from core.lesson.fields import Fields, Text, read_toml


@dataclass(frozen=True)
class Term:
    """A word of the field: how it is called and what it means, in each language."""

    name: str
    group: str
    word: Text
    meaning: Text


@dataclass(frozen=True)
class Glossary:
    """All words by name, and the titles of their groups in order."""

    groups: dict[str, Text]
    terms: dict[str, Term]

    def of_group(self, group: str) -> Sequence[Term]:
        """Return the words of a group, in order."""
        return [term for term in self.terms.values() if term.group == group]


def read_glossary(path: Path) -> Glossary:
    """Read a glossary.

    Raises:
        ContentError: the file is not what it must be.
    """
    fields = Fields(path, "", read_toml(path))
    fields.knows_only("group", "term")
    groups = {one.name("name"): one.text("title") for one in fields.tables("group")}
    terms: dict[str, Term] = {}
    for one in fields.tables("term"):
        one.knows_only("name", "group", "word", "meaning")
        name = one.name("name")
        if name in terms:
            one.refuse(N_("{file}, {place}: “{field}” must differ from term to term, but two have {got}."), "name")
        terms[name] = Term(name, one.one_of("group", groups), one.text("word"), one.text("meaning"))
    return Glossary(groups, terms)


def known_glossary(path: Path) -> Glossary:
    """Return a glossary, read anew only where its file is another than before.

    Raises:
        ContentError: as ``read_glossary`` does, each time.
    """
    try:
        facts = path.stat()
        stamp = (facts.st_mtime_ns, facts.st_size)
    except OSError:
        stamp = (0, 0)
    return _known(path, stamp)


@lru_cache(maxsize=2)
def _known(path: Path, _stamp: tuple[int, int]) -> Glossary:
    return read_glossary(path)
