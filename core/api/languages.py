"""The language in which a request is answered: the first that we speak of those it accepts, by their weight."""

from __future__ import annotations

import re

from core.i18n import DEFAULT_LANGUAGE, supported_language

WEIGHT = re.compile(r"\s*q\s*=\s*([01](?:\.\d{0,3})?)\s*")
LONGEST = 200  # characters that are looked at


def language_of(accepted: str) -> str:
    """Return the language for an ``Accept-Language`` (RFC 9110, 12.5.4).

    >>> language_of("es-CO,es;q=0.9,en;q=0.8"), language_of("fr,en;q=0.2,es;q=0.7"), language_of(""), language_of("es;q=0")
    ('es', 'es', 'en', 'en')
    """
    found: list[tuple[float, int, str]] = []
    for place, part in enumerate(accepted[:LONGEST].split(",")):
        tag, _semicolon, said = part.partition(";")
        weight = WEIGHT.fullmatch(said)
        language = supported_language(tag.strip())
        value = float(weight[1]) if weight else 1.0
        if language and value > 0:
            found.append((-value, place, language))
    return min(found)[2] if found else DEFAULT_LANGUAGE
