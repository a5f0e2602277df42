"""Read the fields of a content file one by one; what is wrong is said with its file, its place and its rule."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

from core.errors import PizarraError
from core.i18n import LANGUAGES, N_, current_language

MOST_BYTES = 1_000_000
LONGEST = 2000  # characters of a text
CORRECT_IT = N_("Correct the file and load this page anew. docs/lessons.md says what belongs in it.")
NAME = re.compile(r"[A-Za-z0-9_-]{1,60}")

Text = Mapping[str, str]  # by language


class ContentError(PizarraError):
    """A content file is not what it must be."""


def in_language(text: Text) -> str:
    """Return a text in the reader's language."""
    return text[current_language()]


def read_toml(path: Path) -> dict[str, Any]:
    """Read a content file.

    Raises:
        ContentError: it is not there, cannot be read, or is no TOML.
    """
    try:
        if path.stat().st_size > MOST_BYTES:
            raise ContentError(
                N_("{file} must have at most {most} bytes, but it has more."), CORRECT_IT, file=path, most=MOST_BYTES
            )
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise ContentError(
            N_("The file {file} must be readable, but it is not: {reason}."),
            N_("Look whether PIZARRA_LESSON names the right file."),
            file=path,
            reason=error.strerror,
        ) from error
    except (ValueError, RecursionError) as error:  # also an impossible date, a huge number, lists in lists without end
        raise ContentError(
            N_("{file} must be TOML in UTF-8, but it cannot be read: {reason}."), CORRECT_IT, file=path, reason=error
        ) from error


@dataclass(frozen=True)
class Fields:
    """A table of a content file: ``place`` is what its file calls it."""

    file: Path
    place: str
    table: Mapping[str, Any]

    def within(self, place: str, table: object) -> Fields:
        """Return the fields of a table inside this one."""
        if not isinstance(table, Mapping):
            _refuse(Fields(self.file, place, {}), N_("{file}, {place}: this must be a table, but it is {got}."), table)
        return Fields(self.file, place, table)

    def tables(self, name: str) -> list[Fields]:
        """Return the tables of a list of them, in order; empty where there is none."""
        found = self.table.get(name, [])
        if not isinstance(found, list):
            self.refuse(N_("{file}, {place}: “{field}” must be a list, but it is {got}."), name)
        return [self.within(f"{self.place}[[{name}]] {at}".strip(), one) for at, one in enumerate(found, start=1)]

    def knows_only(self, *names: str) -> None:
        """Refuse a field that has no meaning: most likely it is misspelt."""
        for name in self.table:
            if name not in names:
                raise ContentError(
                    N_("{file}, {place}: only {known} may be here, but there is “{field}”."),
                    CORRECT_IT, file=self.file, place=self.place or "—", field=name, known=", ".join(names),
                )  # fmt: skip

    def text(self, name: str, *, needed: bool = True) -> Text:
        """Return a text in all languages; empty ones where it is not there and not needed."""
        found = self.table.get(name)
        if found is None and not needed:
            return dict.fromkeys(LANGUAGES, "")
        rule = N_("{file}, {place}: “{field}” must be text in each of {languages}, but it is {got}.")
        if not isinstance(found, Mapping) or set(found) != set(LANGUAGES):
            self.refuse(rule, name)
        for text in found.values():
            if not isinstance(text, str) or not text.strip() or len(text) > LONGEST:
                self.refuse(rule, name)
            if "![" in text or "<" in text:
                self.refuse(
                    N_("{file}, {place}: “{field}” must hold neither pictures nor HTML, but it is {got}."), name
                )
        return {language: " ".join(found[language].split()) for language in LANGUAGES}

    def name(self, name: str) -> str:
        """Return a name of letters, digits, - and _ without spaces."""
        found = self.table.get(name)
        if not isinstance(found, str) or not NAME.fullmatch(found):
            self.refuse(
                N_(
                    "{file}, {place}: “{field}” must be a name of at most 60 letters, digits, - and _, but it is {got}."
                ),
                name,
            )
        return found

    def number(self, name: str, most: int) -> int:
        """Return a whole number from 1 to ``most``."""
        found = self.table.get(name)
        if isinstance(found, bool) or not isinstance(found, int) or not 1 <= found <= most:
            self.refuse(
                N_("{file}, {place}: “{field}” must be a whole number from 1 to {most}, but it is {got}."),
                name,
                most=most,
            )
        return found

    def one_of(self, name: str, known: Collection[str], *, needed: bool = True) -> str:
        """Return a name that is known; empty where it is not there and not needed."""
        found = self.table.get(name)
        if found is None and not needed:
            return ""
        if not isinstance(found, str) or found not in known:
            self.refuse_unknown(name, found, known)
        return found

    def names(self, name: str, known: Collection[str] | None = None) -> tuple[str, ...]:
        """Return a list of names, which must be ``known`` where that is given; empty where it is not there."""
        found = self.table.get(name, [])
        rule = N_("{file}, {place}: “{field}” must be a list of names, but it is {got}.")
        if not isinstance(found, list):
            self.refuse(rule, name)
        for one in found:
            if not isinstance(one, str) or (known is None and not NAME.fullmatch(one)):
                self.refuse(rule, name)
            if known is not None and one not in known:
                self.refuse_unknown(name, one, known)
        return tuple(found)

    def strings(self, name: str, known: Collection[str]) -> dict[str, str]:
        """Return a table of texts whose names must be ``known``; empty where it is not there."""
        found = self.table.get(name, {})
        if not isinstance(found, Mapping) or not all(isinstance(one, str) for one in found.values()):
            self.refuse(N_("{file}, {place}: “{field}” must be a table of texts, but it is {got}."), name)
        for one in found:
            if one not in known:
                self.refuse_unknown(name, one, known)
        return dict(found)

    def refuse_unknown(self, name: str, got: object, known: Collection[str]) -> NoReturn:
        """Refuse a name that is not known."""
        raise ContentError(
            N_("{file}, {place}: “{field}” must be one of {known}, but it is {got}."),
            CORRECT_IT, file=self.file, place=self.place or "—", field=name, got=shown(got),
            known=", ".join(known) or "—",
        )  # fmt: skip

    def refuse(self, rule: str, name: str, most: int = 0) -> NoReturn:
        """Refuse a field as it is."""
        _refuse(self, rule, self.table.get(name), name, most)


def _refuse(fields: Fields, rule: str, got: object, field: str = "", most: int = 0) -> NoReturn:
    raise ContentError(
        rule, CORRECT_IT, file=fields.file, place=fields.place or "—", got=shown(got), field=field, most=most,
        languages=", ".join(LANGUAGES),
    )  # fmt: skip


def shown(got: object) -> str:
    """Return a value as it is said in an error.

    >>> shown(None), shown("x" * 99)[:5], shown([1])
    ('—', "'xxxx", '[1]')
    """
    said = "—" if got is None else repr(got)
    return said if len(said) <= 80 else f"{said[:79]}…"
