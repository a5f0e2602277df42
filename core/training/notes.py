"""What somebody says of a run before it is launched: a note, and tags of their own that take nobody else's place."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from core.errors import ParameterError
from core.i18n import N_
from core.store.runs.tables import NOTE_TAG

MOST_NOTE, MOST_TAGS, MOST_KEY, MOST_VALUE = 4_000, 20, 50, 250  # characters, but for the tags
TAKEN = ("mlflow", "pizarra")

_KEY = re.compile(r"[^\W_][\w .-]*")


def own_tags(note: str, tags: Mapping[str, str]) -> dict[str, str]:
    """Return the tags of a run that hold a note and what somebody says of it besides.

    Raises:
        ParameterError: one is too long, there are too many, or a name is not allowed.
    """
    note = note.strip()
    if len(note) > MOST_NOTE:
        raise _too_long(N_("A note may have {most} characters, but this has {count}."), MOST_NOTE, len(note))
    _refuse_unreadable(note)
    if len(tags) > MOST_TAGS:
        raise _too_long(N_("A run may have {most} tags of one's own, but these are {count}."), MOST_TAGS, len(tags))
    for name, value in tags.items():
        _check(name, value)
    return ({NOTE_TAG: note} if note else {}) | {name: value.strip() for name, value in tags.items()}


def parse_tags(lines: Sequence[str]) -> dict[str, str]:
    """Read tags from lines of ``name=value``; empty lines say nothing.

    Raises:
        ParameterError: a line reads otherwise, or a name is there twice.
    """
    found: dict[str, str] = {}
    for line in filter(None, map(str.strip, lines)):
        name, equals, value = line.partition("=")
        if not equals or name.strip() in found:
            raise ParameterError(
                N_("Tags must read name=value, each name once, but this is {line}."),
                N_("Write for example team=red."),
                line=repr(line[:100]),
            )
        found[name.strip()] = value.strip()
    return found


def said_of(tags: Mapping[str, str]) -> tuple[str, dict[str, str]]:
    """Return the note and the tags among a run's that somebody could have given it."""
    own: dict[str, str] = {}
    for name, value in tags.items():
        try:
            own |= own_tags("", {name: value})
        except ParameterError:
            continue
    return tags.get(NOTE_TAG, ""), own


def _check(name: str, value: str) -> None:
    if len(name) > MOST_KEY or not _KEY.fullmatch(name) or name.split(".")[0].strip().casefold() in TAKEN:
        raise ParameterError(
            N_("A tag's name must begin with a letter or a digit, have letters, digits, spaces and . _ - only, {most} "
               "characters at most, and not be one of MLflow's or Pizarra's, but this is {name}."),
            N_("Choose another name."),
            most=MOST_KEY,
            name=repr(name[:100]),
        )  # fmt: skip
    if len(value) > MOST_VALUE:
        raise _too_long(N_("A tag's value may have {most} characters, but this has {count}."), MOST_VALUE, len(value))
    _refuse_unreadable(value)


def _refuse_unreadable(text: str) -> None:
    """Refuse what no store keeps: zeros, and halves of characters."""
    if "\0" in text or any("\ud800" <= sign <= "\udfff" for sign in text):
        raise ParameterError(
            N_("Notes and tags must be text, but this holds signs that are none: {text}."),
            N_("Write it anew."),
            text=ascii(text[:60]),
        )


def _too_long(sentence: str, most: int, count: int) -> ParameterError:
    return ParameterError(sentence, N_("Say less."), most=most, count=count)
