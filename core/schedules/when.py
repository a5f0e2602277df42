"""When something is done: five fields of cron in a time zone, right over both changes of the clock."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

from cronsim import CronSim, CronSimError

from core.errors import PizarraError, Said
from core.i18n import N_

LONGEST = 120  # characters of a schedule's fields
MOST_COUNTED = 1000  # moments that are counted one by one
FIRST_STRETCH, LONGER = timedelta(hours=2), 16  # how far one looks back first, and how many times as far then
EXAMPLES = N_(
    "Write for example “every day at 02:30”, “every Monday at 06:00”, or five fields of cron such as 30 2 * * *: "
    "minute, hour, day of the month, month, day of the week."
)
# What the library says of a field that is wrong: what it is called, and what it may be
_WRONG = {
    "Bad minute": (N_("minute"), N_("0 to 59")),
    "Bad hour": (N_("hour"), N_("0 to 23")),
    "Bad day-of-month": (N_("day of the month"), N_("1 to 31, or L for the last, and one that the month has")),
    "Bad month": (N_("month"), N_("1 to 12, or JAN to DEC")),
    "Bad day-of-week": (N_("day of the week"), N_("0 to 7, or SUN to SAT")),
}


@dataclass(frozen=True)
class When:
    """Five fields of cron, as ``when`` checked them, in a time zone by its name (IANA).

    As Debian's cron has it: what is to be done at a time of day that a night leaves out is done as the clock has been
    put forward, and at one that a night has twice, the first time. What is done every so many minutes or hours keeps
    its pace. Where both day of the month and day of the week are given, either will do.
    """

    cron: str
    zone: str

    def after(self, moment: datetime) -> Iterator[datetime]:
        """Yield the moments at which it is done after another, in UTC."""
        last = moment.astimezone(UTC)
        for found in CronSim(self.cron, moment.astimezone(ZoneInfo(self.zone))):
            planned = found.astimezone(UTC)
            if planned > last:  # in an hour that comes twice the library begins with the first
                yield planned
                last = planned

    def next(self, moment: datetime) -> datetime | None:
        """Return the next moment after another, None where none comes within 50 years."""
        return next(self.after(moment), None)

    def latest(self, since: datetime, until: datetime) -> datetime | None:
        """Return the last moment after ``since`` that is not after ``until``, None where there is none."""
        stretch = FIRST_STRETCH
        while True:
            begin = max(since, until - stretch)
            found = None
            for planned in self.after(begin):
                if planned > until:
                    break
                found = planned
            if found or begin == since:
                return found
            stretch *= LONGER

    def count(self, since: datetime, until: datetime) -> int:
        """Count the moments after ``since`` that are not after ``until``, up to ``MOST_COUNTED``."""
        return sum(planned <= until for planned in _until(until, islice(self.after(since), MOST_COUNTED)))


def _until(until: datetime, moments: Iterator[datetime]) -> Iterator[datetime]:
    for moment in moments:
        if moment > until:
            return
        yield moment


def when(cron: str, zone: str) -> When:
    """Return when something is done, checked.

    >>> when("30  2 * * mon", "Europe/Madrid").cron
    '30 2 * * MON'

    Raises:
        PizarraError: these are no five fields of cron, they never come, or there is no such time zone.
    """
    fields = cron.upper().split()
    if len(fields) != 5 or len(cron) > LONGEST or not re.match(r"[\d*]", fields[0]):  # else words, and five of them
        raise no_schedule(cron)
    checked = When(" ".join(fields), checked_zone(zone))
    try:
        CronSim(checked.cron, datetime.now(UTC))
    except CronSimError as error:
        what, may_be = _WRONG.get(str(error), ("", ""))
        if not what:
            raise no_schedule(cron) from error
        raise PizarraError(
            N_("The {what} of a schedule must be {may_be}, but this one is {text}."), EXAMPLES,
            what=Said(what), may_be=Said(may_be), text=repr(cron),
        ) from error  # fmt: skip
    if checked.next(datetime.now(UTC)) is None:
        raise PizarraError(N_("A schedule must come at some time, but {text} never does."), EXAMPLES, text=repr(cron))
    return checked


def no_schedule(text: str) -> PizarraError:
    """Return the refusal of a text that says nothing of when."""
    return PizarraError(
        N_("When something is done is said in a few words or in five fields of cron, but this is {text}."),
        EXAMPLES,
        text=repr(text[: 2 * LONGEST]),
    )


def checked_zone(name: str) -> str:
    """Return the name of a time zone.

    Raises:
        PizarraError: this computer knows of none with this name.
    """
    try:
        return ZoneInfo(name.strip()).key
    except (KeyError, ValueError, OSError) as error:  # ValueError: a path; OSError: a folder, or no file can be so long
        raise PizarraError(
            N_("A schedule has a time zone that this computer knows, but there is none called {name}."),
            N_("Write it as Europe/Madrid or America/Mexico_City, or UTC."),
            name=repr(name[:LONGEST]),
        ) from error
