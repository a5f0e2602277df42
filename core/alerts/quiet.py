"""Hours in which nobody is told anything: what comes then is told at their end, at once."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo


@dataclass(frozen=True)
class QuietHours:
    """From a time of day to another, which may be on the next day, in a time zone; of this computer where it is empty.

    >>> QuietHours(time(22), time(7), "UTC").end(datetime(2027, 1, 4, 23, tzinfo=UTC)).isoformat()
    '2027-01-05T07:00:00+00:00'
    """

    begin: time
    until: time
    zone: str = ""

    def end(self, now: datetime) -> datetime | None:
        """Return when the hours end in which ``now`` is, in UTC; None where it is in none."""
        local = now.astimezone(ZoneInfo(self.zone) if self.zone else None)
        clock = local.time()
        over_night = self.until < self.begin
        is_quiet = (clock >= self.begin or clock < self.until) if over_night else self.begin <= clock < self.until
        if not is_quiet:
            return None
        day = local.date() + timedelta(days=1) if over_night and clock >= self.begin else local.date()
        plain = datetime.combine(day, self.until)
        return (plain.replace(tzinfo=ZoneInfo(self.zone)) if self.zone else plain).astimezone(UTC)


def quiet_hours(text: str) -> QuietHours | None:
    """Return the hours of a text such as ``22:00-07:00`` or ``22:00-07:00 Europe/Madrid``, None of an empty one.

    Raises:
        ValueError: it says none, or there is no such time zone.
    """
    if not text.strip():
        return None
    read = re.fullmatch(r"([01]?\d|2[0-3]):([0-5]\d)\s*[-–]\s*([01]?\d|2[0-3]):([0-5]\d)(?:\s+(\S+))?", text.strip(),
                        re.ASCII)  # fmt: skip
    if read is None:
        raise ValueError(text)
    begin, until = time(int(read[1]), int(read[2])), time(int(read[3]), int(read[4]))
    zone = read[5] or ""
    if begin == until:
        raise ValueError(text)
    if zone:
        ZoneInfo(zone)  # raises ZoneInfoNotFoundError, which is a KeyError, or ValueError
    return QuietHours(begin, until, zone)
