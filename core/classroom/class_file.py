"""The one file of a class: a SQLite database beside the caches, which outlives the dashboard, however it ends."""

from __future__ import annotations

from pathlib import Path

from core.database import DatabaseFile
from core.i18n import N_

NAME = "class.db"
TABLES = """
create table if not exists members (
    number integer primary key autoincrement, class integer not null, word text not null, nickname text not null,
    joined real not null, hidden integer not null default 0, unique (class, word)
) strict;
create table if not exists nicknames (
    class integer, reading text, word text not null, nickname text not null, primary key (class, reading)
) strict;
create table if not exists boards (
    number integer primary key autoincrement, task text not null, metric text not null, opened real not null,
    each integer not null, total integer not null, frozen real, names_hidden integer not null default 0,
    spotlight text not null default '', revealed text, ended real, record text
) strict;
create table if not exists tries (
    run text primary key, board integer not null, person text not null, launched real not null,
    outcome text not null default ''
) strict;
create table if not exists presenters (visitor text, pin text, until real not null, primary key (visitor, pin)) strict;
create table if not exists guidance (
    what text primary key, visitor text not null, until real not null, place text not null
) strict;
create table if not exists questions (
    number integer primary key autoincrement, class integer not null, asked text not null, state text not null
) strict;
create table if not exists answers (
    question integer, member integer, answer text not null, primary key (question, member)
) strict, without rowid;
"""


class ClassFile(DatabaseFile):
    """What a class must not forget, in a folder."""

    def __init__(self, folder: Path) -> None:
        super().__init__(
            folder / NAME,
            TABLES,
            N_("The file of the class must be readable and writable, but {path} is not: {reason}."),
            N_("Make room for it, or set PIZARRA_CACHE_DIR to a folder of your own on this computer and start again."),
        )
