"""Languages: gettext catalogues for sentences, Babel for numbers and dates.

English msgids are the source. ``locale/<language>/LC_MESSAGES/pizarra.po`` holds the other languages; it is
compiled in memory, so nothing generated lives in the repository.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime, timedelta, tzinfo
from functools import cache, lru_cache
from io import BytesIO
from pathlib import Path

from babel import dates, lists, localtime, numbers, support
from babel.messages import mofile, pofile

from core.systems import local_time

LANGUAGES = {"es": "Español", "en": "English"}
DEFAULT_LANGUAGE = "en"
LOCALE_DIR = Path(__file__).parent.parent / "locale"

_language: ContextVar[str | None] = ContextVar("language", default=None)
_source: Callable[[], str | None] = lambda: None  # noqa: E731


def set_language_source(source: Callable[[], str | None]) -> None:
    """Let ``source`` say the reader's language wherever ``speaking`` does not (the dashboard's session does)."""
    global _source
    _source = source


@contextmanager
def speaking(language: str) -> Iterator[None]:
    """Use ``language`` inside the block, in this thread only."""
    token = _language.set(language)
    try:
        yield
    finally:
        _language.reset(token)


def current_language() -> str:
    """Return the reader's language, one of ``LANGUAGES``."""
    return _language.get() or _source() or DEFAULT_LANGUAGE


def supported_language(tag: str | None) -> str | None:
    """Return the language of a browser's tag when we speak it.

    >>> supported_language("es-MX"), supported_language("es.UTF-8"), supported_language("fr"), supported_language(None)
    ('es', 'es', None, None)
    """
    language = re.split(r"[-_.@]", tag or "")[0].lower()
    return language if language in LANGUAGES else None


@lru_cache(1024)
def preferred_language(accepted: str) -> str | None:
    """Return the language that a browser or a program likes best of ours, None where it says of none that it will do.

    ``accepted`` is its Accept-Language (RFC 9110, 12.5.4): tags in any order, with weights.

    >>> preferred_language("fr, en;q=0.4, es-MX;q=0.8"), preferred_language("en;q=0, *"), preferred_language("es;q=0")
    ('es', 'es', None)
    """
    weights: dict[str, float] = {}
    for part in accepted.split(",")[:50]:
        tag, _, rest = part.partition(";")
        said = re.fullmatch(r"\s*(?:q\s*=\s*([01](?:\.\d{0,3})?))?\s*", rest)
        name = "*" if tag.strip() == "*" else supported_language(tag.strip())
        if said and name:
            weights[name] = max(weights.get(name, 0.0), min(float(said[1] or 1), 1.0))
    if "*" in weights:
        for name in (DEFAULT_LANGUAGE, *LANGUAGES):
            weights.setdefault(name, weights["*"])
        del weights["*"]
    best = max(weights, key=lambda name: weights[name], default="")
    return best if weights.get(best) else None


@cache
def _catalogue(language: str) -> support.NullTranslations:
    path = LOCALE_DIR / language / "LC_MESSAGES" / "pizarra.po"
    if not path.exists():
        return support.NullTranslations()
    with path.open("rb") as file:
        catalogue = pofile.read_po(file, locale=language)
    compiled = BytesIO()
    mofile.write_mo(compiled, catalogue)
    compiled.seek(0)
    return support.Translations(compiled)


def translate(message: str) -> str:
    """Return ``message`` in the reader's language."""
    return str(_catalogue(current_language()).gettext(message)) if message else ""


def translate_plural(singular: str, plural: str, count: int) -> str:
    """Return the form for ``count`` in the reader's language, with ``{count}`` filled in."""
    text = str(_catalogue(current_language()).ngettext(singular, plural, count))
    return text.format(count=number(count, 0))


_ = translate
ngettext = translate_plural


def N_(message: str) -> str:
    """Mark a msgid that is declared here and translated where it is shown."""
    return message


def number(value: float | None, digits: int = 4) -> str:
    """Format a number with at most ``digits`` decimals, fewer where they say nothing.

    Of small numbers as many digits stay.

    >>> number(0.966667), number(1309.5364), number(0.00012361), number(float("nan")), number(float("-inf"))
    ('0.9667', '1309.54', '0.0001236', 'NaN', '-∞')
    """
    if value is None:
        return "–"
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "∞" if value > 0 else "-∞"
    size = abs(value)
    if size >= 1e15 or 0 < size < 1e-4:
        return f"{value:.3e}".replace(".", _symbols(current_language())[1])
    decimals = min(digits, 0 if size >= 10_000 else 2 if size >= 10 else digits)
    if 0 < size < 1e-3 and digits >= 4:  # all of four decimals would be one digit or two
        decimals = digits + 3
    # Four digits stand without a sign between them, so that a year reads as a year
    text = f"{value:,.{decimals}f}" if size >= 10_000 else f"{value:.{decimals}f}"
    if decimals:
        text = text.rstrip("0").rstrip(".")
    group, decimal = _symbols(current_language())
    return text.translate({ord(","): group, ord("."): decimal})


def exact_number(value: float) -> str:
    """Format a number with every digit that it has.

    >>> exact_number(0.8999999)
    '0.8999999'
    """
    return repr(float(value)).replace(".", _symbols(current_language())[1])


@cache
def _symbols(language: str) -> tuple[str, str]:
    """Return the signs between thousands and before decimals; formatting by hand is 8 times Babel's speed."""
    return numbers.get_group_symbol(language), numbers.get_decimal_symbol(language)


def readings(text: str) -> tuple[float, ...]:
    """Return the numbers that a text may be, whoever wrote it: none, one, or two where a sign may be of thousands.

    >>> readings("$ 18.500,50"), readings("18,500.5"), readings("0.125"), readings("18.500"), readings("many")
    ((18500.5,), (18500.5,), (0.125,), (18500.0, 18.5), ())
    """
    plain = re.sub(r"[\s$€£’'\u200e\u200f]", "", text).replace("\u2212", "-")
    if len(plain) > 30 or not re.fullmatch(r"[+-]?[0-9.,]*[0-9][.,]?", plain):
        return ()
    found = dict.fromkeys(_as_number(plain, group, decimal) for group, decimal in ((".", ","), (",", ".")))
    return tuple(sorted((value for value in found if value is not None), key=abs, reverse=True))


def _as_number(text: str, group: str, decimal: str) -> float | None:
    whole, *decimals = text.split(decimal)
    grouped = re.fullmatch(rf"[+-]?[1-9][0-9]{{0,2}}(?:{re.escape(group)}[0-9]{{3}})+", whole)
    if len(decimals) > 1 or any(group in part for part in decimals) or not (grouped or group not in whole):
        return None
    return float(".".join([whole.replace(group, "") or "0", *decimals]).replace("+.", "0.").replace("-.", "-0."))


def percent(value: float, digits: int = 1) -> str:
    """Format a fraction as a percentage.

    >>> percent(0.8734)
    '87.3%'
    """
    pattern = "#,##0" + ("." + "#" * digits if digits else "") + "%"
    return str(numbers.format_percent(value, pattern, locale=current_language()))


def amount(value: float, unit: str = "") -> str:
    """Format a number with its unit; three capital letters are a currency (ISO 4217).

    >>> amount(18500.4, "USD"), amount(2.5, "USD"), amount(7.25, "l/100 km"), amount(3.0)
    ('$18,500', '$2.50', '7.25 l/100 km', '3')
    """
    if not re.fullmatch("[A-Z]{3}", unit) or not math.isfinite(value):
        return f"{number(value)} {unit}".rstrip()
    pattern = "¤#,##0" if abs(value) >= 100 else "¤#,##0.00"
    if current_language() == "es":
        pattern = f"{pattern[1:]} ¤"
    return str(numbers.format_currency(value, unit, pattern, locale=current_language(), currency_digits=False))


def moment(value: datetime | None, zone: tzinfo | None = None) -> str:
    """Format a date and time in a time zone, else in the machine's own."""
    if value is None:
        return "–"
    there = value.astimezone(zone) if zone else local_time(value)
    return str(dates.format_datetime(there, "d MMM yyyy, HH:mm", locale=current_language()))


def local_zone() -> str:
    """Return what the machine's own time zone is called (IANA), UTC where nothing tells."""
    name = str(getattr(localtime.get_localzone(), "key", None) or "UTC")
    return "UTC" if name in {"Etc/UTC", "Etc/Universal", "Universal", "Zulu"} else name


def weekday(day: int) -> str:
    """Name a day of the week; Monday is 0.

    >>> weekday(0)
    'Monday'
    """
    return str(dates.get_day_names("wide", locale=current_language())[day])


def in_a_row(words: Sequence[str]) -> str:
    """Put words one after another, as a sentence has them.

    >>> in_a_row(["Monday", "Tuesday", "Friday"])
    'Monday, Tuesday, and Friday'
    """
    return str(lists.format_list(words, locale=current_language()))


def parse_moment(text: str) -> datetime | None:
    """Return the time that an ISO 8601 text says, None where it says none; without a zone it is UTC.

    >>> parse_moment("2026-03-01T12:00:00+00:00"), parse_moment("yesterday")
    (datetime.datetime(2026, 3, 1, 12, 0, tzinfo=datetime.timezone.utc), None)
    """
    try:
        read = datetime.fromisoformat(text)
    except ValueError:
        return None
    return read if read.tzinfo else read.replace(tzinfo=UTC)


def ago(value: datetime) -> str:
    """Say how long ago something was.

    >>> ago(datetime.now(UTC) - timedelta(days=3))
    '3 days ago'
    """
    past = min(value - datetime.now(UTC), timedelta(seconds=-1))
    return str(dates.format_timedelta(past, add_direction=True, locale=current_language()))


def clock(value: datetime | None) -> str:
    """Format a time of day to the second, in the machine's own time zone."""
    return "–" if value is None else f"{local_time(value):%H:%M:%S}"


def in_time(seconds: float) -> str:
    """Format how long an answer took.

    >>> in_time(0.0423), in_time(75)
    ('42.3 ms', '1 min 15 s')
    """
    return f"{number(round(seconds * 1000, 1))} ms" if seconds < 1 else duration(seconds)


def duration(seconds: float | None) -> str:
    """Format a duration.

    >>> duration(0.42), duration(75), duration(7320), duration(None)
    ('0.4 s', '1 min 15 s', '2 h 2 min', '–')
    """
    if seconds is None or math.isnan(seconds):
        return "–"
    if seconds < 60:
        return f"{number(seconds, 1)} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{number(hours, 0)} h {minutes} min" if hours else f"{minutes} min {rest} s"
