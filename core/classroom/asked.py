"""What is asked of a class, as data: plain enough for a file, complete enough to be shown again after a restart."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from core.errors import PizarraError
from core.i18n import N_, readings

Kind = Literal["which_run", "class", "number", "flip", "words"]
Words = Mapping[str, str]  # by language

TOO_CLOSE = "too close"  # the answer to "which_run" that no run is known to be better


@dataclass(frozen=True)
class Asked:
    """A question and what is kept back until it is revealed.

    ``words`` are a question's own, by language; where there are none the page makes the sentence from ``kind`` and
    ``subject``. Each of ``choices`` is the value that is stored and its words by language, empty where the value is
    shown as it is; a "number" has none. ``subject`` holds plain facts to show with the question, as ``row`` (inputs by
    name), ``runs`` (labels by id), ``model``, ``version``, ``unit`` and ``address`` (page and parameters of where it
    is about). Only after *Reveal* anybody gets ``truth``, the stored value that is right (empty: there is none), and
    ``behind``, the facts that go with it, as ``model_says`` and ``sure``.
    """

    kind: Kind
    words: Words = field(default_factory=dict)
    choices: tuple[tuple[str, Words], ...] = ()
    subject: Mapping[str, Any] = field(default_factory=dict)
    truth: str = ""
    behind: Mapping[str, Any] = field(default_factory=dict)

    @property
    def is_number(self) -> bool:
        """Tell whether a number is asked for."""
        return self.kind == "number"

    @property
    def values(self) -> tuple[str, ...]:
        """The answers that it takes, where it is not a number."""
        return tuple(value for value, _words in self.choices)

    def sentence(self, language: str) -> str:
        """Return its own words in a language, in English where it has none in that one; empty where it has none."""
        return in_words(self.words, language)

    def choice(self, value: str, language: str) -> str:
        """Return the words of a choice; the value itself where it has none.

        >>> asked = Asked("words", choices=(("yes", {"es": "Sí", "en": "Yes"}), ("random forest", {})))
        >>> asked.choice("yes", "es"), asked.choice("random forest", "es")
        ('Sí', 'random forest')
        """
        return in_words(dict(self.choices).get(value, {}), language) or value

    def stored(self, text: str) -> str:
        """Return an answer as it is stored: a number whichever sign it has for decimals, or one of the choices.

        Raises:
            PizarraError: it is none, or reads in two ways.
        """
        if self.is_number:
            return _number(text)
        if text not in self.values:
            raise PizarraError(N_("This is not one of the answers."), N_("Choose one of those that are shown."))
        return text

    def as_json(self) -> str:
        """Write it as JSON."""
        return json.dumps(asdict(self), ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str) -> Asked:
        """Read what ``as_json`` wrote.

        >>> Asked.from_json(Asked("flip", choices=(("age", {}),), truth="age").as_json()).truth
        'age'
        """
        facts = json.loads(text)
        facts["choices"] = tuple((value, words) for value, words in facts["choices"])
        return cls(**facts)


def in_words(words: Words, language: str) -> str:
    """Return words in a language; where it has none in English, else in any; empty where there are none.

    >>> in_words({"es": "Sí"}, "en"), in_words({}, "en")
    ('Sí', '')
    """
    return words.get(language) or words.get("en") or next(filter(None, words.values()), "")


def _number(text: str) -> str:
    found = readings(text)
    if not found:
        raise PizarraError(
            N_("The answer must be a number, but “{text}” is none."),
            N_("Write it in figures, for example 1500 or 2.5."),
            text=text[:40],
        )
    if len(found) > 1:
        raise PizarraError(
            N_("“{text}” reads in two ways: {first} or {second}."),
            N_("Write it without a sign for thousands."),
            text=text[:40],
            first=f"{found[0]:.10g}",
            second=f"{found[1]:.10g}",
        )
    return repr(found[0])
