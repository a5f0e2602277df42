"""The one file of schedules: a SQLite database beside the caches that all dashboards of a folder share."""

from __future__ import annotations

from pathlib import Path

from core.database import ReadBesideFile
from core.i18n import N_

NAME = "schedules.db"
# Times are seconds since 1970. A schedule's plans count after ``since``; ``version`` grows with each change of it.
# ``missed`` is how many plans a run stands for, 0 where somebody asked for it; ``stopping`` that somebody wants its end
TABLES = """
create table if not exists schedules (
    number integer primary key autoincrement, store text not null, name text not null collate nocase,
    kind text not null, arguments text not null, cron text not null, zone text not null, made real not null,
    by text not null, is_on integer not null default 1, since real not null, asked real, attempts integer not null,
    version integer not null default 1, unique (store, name)
) strict;
create table if not exists runs (
    number integer primary key autoincrement, schedule integer not null, planned real not null,
    attempt integer not null, missed integer not null, claimed_by text not null, lease real not null,
    started real not null, ended real, outcome text not null default 'running', words text not null default '{}',
    stopping integer not null default 0, unique (schedule, planned, attempt)
) strict;
"""


class SchedulesFile(ReadBesideFile):
    """What is to be done by itself and what came of it, in a folder."""

    def __init__(self, folder: Path) -> None:
        super().__init__(
            folder / NAME,
            TABLES,
            N_("The file of schedules must be readable and writable, but {path} is not: {reason}."),
            N_("Make room for it, or set PIZARRA_CACHE_DIR to a folder of your own on this computer and start again."),
        )
