"""The one file of alerts: a SQLite database beside that of schedules that all dashboards of a folder share."""

from __future__ import annotations

from pathlib import Path

from core.database import ReadBesideFile
from core.i18n import N_

NAME = "alerts.db"
# Times are seconds since 1970, lists are JSON. ``until`` is when the newest row of a window was asked, ``told_until``
# when the newest true answer was told that a look judged. A look is ``taken`` once alerts know of it. One message at a
# time is on its way for a store: that which has not ended. A rule that failed is tried again once that is ``due``
TABLES = """
create table if not exists looks (
    number integer primary key autoincrement, store text not null, model text not null, version integer not null,
    at real not null, until real, told_until real, rows integer not null, columns integer not null,
    is_known integer not null, drifted text not null, answers_changed integer not null, scored integer not null,
    worse integer not null, labelled integer not null, problem text not null default '',
    taken integer not null default 0
) strict;
create table if not exists alerts (
    number integer primary key autoincrement, store text not null, model text not null, version integer not null,
    first_look integer not null unique, opened real not null, closed real, why_closed text not null default '',
    topics text not null, told text not null default '[]', seen text not null default '[]',
    seen_by text not null default '', seen_why text not null default '', seen_at real
) strict;
create table if not exists firings (
    alert integer primary key, store text not null, model text not null, watch text not null,
    claimed_by integer not null, attempts integer not null default 1, begun real not null, ended real,
    outcome text not null default 'running', words text not null default '{}'
) strict;
create table if not exists retries (alert integer primary key, failures integer not null, due real) strict;
create table if not exists messages (
    number integer primary key autoincrement, store text not null, begun real not null, due real not null,
    attempts integer not null default 0, claimed_by text not null default '', lease real not null default 0,
    ended real, outcome text not null default 'waiting', reason text not null default '{}',
    alerts text not null default '[]'
) strict;
create unique index if not exists one_message on messages (store) where ended is null;
create index if not exists looks_of_model on looks (store, model, number);
"""


class AlertsFile(ReadBesideFile):
    """What came of looking at models, in a folder."""

    def __init__(self, folder: Path) -> None:
        super().__init__(
            folder / NAME,
            TABLES,
            N_("The file of alerts must be readable and writable, but {path} is not: {reason}."),
            N_("Make room for it, or set PIZARRA_CACHE_DIR to a folder of your own on this computer and start again."),
        )
