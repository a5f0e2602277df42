"""Names that are the same: as they are written, else without spaces around them and in one Unicode form."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any


def normal(name: object) -> str:
    """Return a name in the one form in which accents compare equal: another program may have written ñ as n and ~.

    >>> normal("an\\u0303o") == normal("a\\u00f1o")
    True
    """
    return unicodedata.normalize("NFC", str(name)).strip()


def matches(wanted: Iterable[str], given: Iterable[Any]) -> dict[str, Any]:
    """Return which of the given names each wanted one is, those that are none left out.

    The same name goes first; another form of it counts only where a single wanted name and a single given one have it:
    ``age`` and ``age `` are two inputs.

    >>> matches(["age", "size"], ["size ", "age", "age "])
    {'age': 'age', 'size': 'size '}
    """
    names = list(wanted)
    there = {str(name): name for name in given}
    forms = {form: there[name] for form, name in _only(there).items()}
    lone = _only(names)
    found = {}
    for name in names:
        form = normal(name)
        if name in there:
            found[name] = there[name]
        elif form in lone and form in forms:
            found[name] = forms[form]
    return found


def _only(names: Iterable[str]) -> dict[str, str]:
    """Return names by their normal form, where they share it with no other."""
    by_form = [(normal(name), name) for name in dict.fromkeys(names)]
    counts = Counter(form for form, _name in by_form)
    return {form: name for form, name in by_form if counts[form] == 1}


def by_name(wanted: Iterable[str], items: Mapping[Any, Any]) -> dict[str, Any]:
    """Return what is given under the wanted names, as far as it is (see ``matches``)."""
    return {name: items[theirs] for name, theirs in matches(wanted, items).items()}


def word_among(word: str, known: Sequence[str]) -> str:
    """Return a word as it is known: itself, else the only one of ``known`` in its normal form, else itself.

    >>> word_among(" Yes", ["Yes", "No"]), word_among("yes", ["Yes", "No"])
    ('Yes', 'yes')
    """
    return words_among([word], known)[word]


def words_among(words: Iterable[str], known: Sequence[str]) -> dict[str, str]:
    """Return each word as it is known (see ``word_among``)."""
    exact, forms = set(known), _only(known)
    return {word: word if word in exact else forms.get(normal(word), word) for word in words}
