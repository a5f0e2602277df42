"""Schedules in plain language: what people say is read, in both languages, and what is read can be said again."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import cache
from itertools import islice
from zoneinfo import ZoneInfo

from cronsim import CronSim

from core.i18n import LANGUAGES, N_, _, in_a_row, local_zone, moment, ngettext, speaking, weekday
from core.schedules.schedules import Run
from core.schedules.when import MOST_COUNTED, When, when

MOST_TIMES = 4  # of one day that are said one by one
SHOWN = 3  # next runs of what has no short words
EVERY_DAY = N_("every day {times}")
EVERY_DAYS = N_("every {days} {times}")
TO = N_("{first} to {last} {times}")
ON_DAY = N_("on day {day} of each month {times}")
ON_LAST_DAY = N_("on the last day of each month {times}")
AT, AT_ONE = N_("at {time}"), N_("at 01:{minute}")  # Spanish has one hour in the singular

_TIME = r"(\d{1,2})(?:[:.h](\d\d))"
_TIMES = rf"(?:(?:at|a las?|a)\s+)?{_TIME}(?:,?\s*(?:and|y|,)?\s*(?:(?:at|a las?)\s+)?{_TIME})*"


def read(text: str, zone: str) -> When:
    """Return when something is done, of words in any of our languages or five fields of cron.

    >>> read("every Monday and Thursday at 6:00", "UTC").cron, read("Cada día a las 02:30", "UTC").cron
    ('0 6 * * 1,4', '30 2 * * *')

    Raises:
        PizarraError: it says nothing of when, never comes, or there is no such time zone.
    """
    return when(_cron_of(text) or text, zone)


def shown(chosen: When, now: datetime) -> str:
    """Say when something is done: in words, or by its next runs where there are no short ones; and where, if not here.

    >>> shown(When("30 2 * * *", "Asia/Tokyo"), datetime(2027, 1, 1).astimezone())
    'every day at 02:30 (Asia/Tokyo)'
    """
    said = words_of(chosen)
    if not said:
        coming = [moment(one, ZoneInfo(chosen.zone)) for one in islice(chosen.after(now), SHOWN)]
        said = _("{cron}: next {moments}").format(cron=chosen.cron, moments="; ".join(coming) or "–")
    return said if chosen.zone == local_zone() else f"{said} ({chosen.zone})"


def when_words(zone: str, moment_of_it: datetime) -> str:
    """Say a moment as the clocks of a schedule's time zone show it, and which that is, if it is not this computer's.

    >>> when_words("Asia/Tokyo", datetime(2027, 1, 4, 12).replace(tzinfo=ZoneInfo("UTC")))
    '4 Jan 2027, 21:00 (Asia/Tokyo)'
    """
    said = moment(moment_of_it, ZoneInfo(zone))
    return said if zone == local_zone() else f"{said} ({zone})"


def counted(missed: int) -> str:
    """Say how many runs one stands for."""
    if missed >= MOST_COUNTED:
        return _("for {count} that were missed, or more").format(count=MOST_COUNTED)
    return ngettext("for {count} that was missed", "for {count} that were missed", missed)


OUTCOMES = {
    "running": N_("▶ under way"), "done": N_("✓ done"), "failed": N_("✗ failed"), "died": N_("✝ died"),
    "stopped": N_("■ stopped"),
}  # fmt: skip


def outcome_words(run: Run) -> str:
    """Say what has become of a run, by shape and word, and whether it was late."""
    said = [_(OUTCOMES[run.outcome])]
    if run.is_late:
        said.append(_("late"))
    if run.missed > 1:
        said.append(counted(run.missed))
    return ", ".join(said)


# From cron to words


def words_of(chosen: When) -> str:
    """Return the short words for a schedule, empty where it has none; ``read`` reads them again.

    >>> words_of(When("0 6 * * 1-5", "UTC")), words_of(When("*/15 * * * *", "UTC")), words_of(When("0 6 1 1 *", "UTC"))
    ('Monday to Friday at 06:00', 'every 15 minutes', '')
    """
    minute, hour, day, month, day_of_week = chosen.cron.split()
    if month != "*":
        return ""
    if day == day_of_week == "*" and (said := _said_pace(minute, hour)):
        return said
    times = _said_times(minute, hour)
    if not times:
        return ""
    if day_of_week == "*":
        return _said_day(day, times)
    return _said_weekdays(day_of_week, times) if day == "*" else ""


def _said_pace(minute: str, hour: str) -> str:
    """Say what is done every so many minutes or hours, so far as it is: 7 minutes do not divide an hour."""
    step = _step(minute, 60)
    if step and hour == "*":
        return _("every minute") if step == 1 else ngettext("every {count} minute", "every {count} minutes", step)
    if not minute.isdecimal():
        return ""
    if hour == "*":
        return _("every hour at minute {minute}").format(minute=int(minute)) if int(minute) else _("every hour")
    step = _step(hour, 24)
    return ngettext("every {count} hour", "every {count} hours", step) if step > 1 and not int(minute) else ""


def _step(field: str, whole: int) -> int:
    """Return by how much a field goes on, evenly, 0 where it does not."""
    if field == "*":
        return 1
    step = int(field[2:]) if re.fullmatch(r"\*/\d+", field) else 0
    return step if step and step < whole and whole % step == 0 else 0


def _said_times(minute: str, hour: str) -> str:
    if "*" in minute or "*" in hour:
        return ""
    parsed = CronSim(f"{minute} {hour} * * *", datetime(2000, 1, 1))
    times = [(h, m) for h in sorted(parsed.hours) for m in sorted(parsed.minutes)]
    said = [_(AT_ONE).format(minute=f"{m:02}") if h == 1 else _(AT).format(time=f"{h:02}:{m:02}") for h, m in times]
    return in_a_row(said) if len(said) <= MOST_TIMES else ""


def _said_day(day: str, times: str) -> str:
    if day == "*":
        return _(EVERY_DAY).format(times=times)
    if day == "L":
        return _(ON_LAST_DAY).format(times=times)
    return _(ON_DAY).format(day=int(day), times=times) if day.isdecimal() else ""


def _said_weekdays(field: str, times: str) -> str:
    parsed = CronSim(f"0 0 * * {field}", datetime(2000, 1, 1)).weekdays
    if not all(isinstance(day, int) for day in parsed) or field.startswith("*"):
        return ""
    days = sorted({(int(day) - 1) % 7 for day in parsed if isinstance(day, int)})  # from cron's Sunday to Monday = 0
    if len(days) == 7:
        return _(EVERY_DAY).format(times=times)
    if len(days) > 2 and days[-1] - days[0] == len(days) - 1:
        return _(TO).format(first=weekday(days[0]), last=weekday(days[-1]), times=times)
    return _(EVERY_DAYS).format(days=in_a_row([weekday(day) for day in days]), times=times)


# From words to cron


def _cron_of(text: str) -> str:
    """Return the five fields that words say, empty where they say none."""
    plain = _plain(text)
    for pattern, made in _PHRASES:
        if found := re.fullmatch(pattern, plain):
            return made(*found.groups())
    found = re.fullmatch(rf"(.+?)\s+({_TIMES})", plain)
    if not found:
        return ""
    days, times = _days(found[1].rstrip(",")), _times(found[2])
    return f"{times} {days}" if days and times else ""


def _plain(text: str) -> str:
    """Return words without accents and capitals, and with one space between them."""
    apart = unicodedata.normalize("NFKD", text[:200].casefold())
    return " ".join("".join(sign for sign in apart if not unicodedata.combining(sign)).split())


def _every(step: str, whole: int, made: str) -> str:
    return made.format(step=int(step)) if _step(f"*/{int(step)}", whole) else ""


_PHRASES: Sequence[tuple[str, Callable[..., str]]] = (
    (r"every minute|cada minuto", lambda: "* * * * *"),
    (r"(?:every|cada) (\d{1,2}) min(?:ute|uto)s?", lambda step: _every(step, 60, "*/{step} * * * *")),
    (r"hourly|every hour|cada hora", lambda: "0 * * * *"),
    (r"(?:every hour at|cada hora en el) minut[eo] (\d{1,2})", lambda minute: f"{int(minute)} * * * *"),
    (r"(?:every|cada) (\d{1,2}) (?:hour|hora)s?", lambda step: _every(step, 24, "0 */{step} * * *")),
)


def _times(text: str) -> str:
    """Return minute and hour of times that share one of them, empty where they cannot be said by one line of cron."""
    times = [(int(hour), int(minute)) for hour, minute in re.findall(_TIME, text)]
    hours, minutes = sorted({hour for hour, _minute in times}), sorted({minute for _hour, minute in times})
    if len(hours) * len(minutes) != len(set(times)):
        return ""
    return f"{','.join(map(str, minutes))} {','.join(map(str, hours))}"


def _days(text: str) -> str:
    """Return day of the month, month and day of the week."""
    if text in {"daily", "every day", "every night", "cada dia", "cada noche", "todos los dias", "a diario"}:
        return "* * *"
    if text in {"on the last day of each month", "el ultimo dia de cada mes"}:
        return "L * *"
    if found := re.fullmatch(r"(?:monthly )?(?:on|el) (?:day|dia) (\d{1,2})(?: of each month| de cada mes)?", text):
        return f"{int(found[1])} * *"
    named = _weekdays()
    if found := re.fullmatch(r"(?:de |from )?(\w+) (?:to|a) (\w+)", text):
        first, last = named.get(found[1]), named.get(found[2])
        return f"* * {first}-{last}" if first and last and first < last else ""
    said = re.sub(r"^(?:weekly on|every|each|cada|los|el|on)\s+", "", text)
    days = [named.get(word, 0) for word in re.split(r",? (?:and|y) |, ?", said)]
    return f"* * {','.join(map(str, sorted(set(days))))}" if days and all(days) else ""


@cache
def _weekdays() -> dict[str, int]:
    """Return the numbers of days of the week by their names in all our languages, as cron has them; Sunday is 7."""
    names: dict[str, int] = {}
    for language in LANGUAGES:
        with speaking(language):
            names |= {_plain(weekday(day)): day + 1 for day in range(7)}
    return names | {f"{name}s": day for name, day in names.items()}  # “on Mondays”
