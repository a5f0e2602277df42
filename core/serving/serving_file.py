"""The one file of what is served: a SQLite database beside the caches that all processes which answer share."""

from __future__ import annotations

from pathlib import Path

from core.database import ReadBesideFile
from core.i18n import N_

NAME = "serving.db"
TABLES = """
create table if not exists tokens (
    number integer primary key autoincrement, name text not null unique collate nocase, digest text not null unique,
    models text not null, made real not null, by text not null, used real
) strict;
"""


class ServingFile(ReadBesideFile):
    """What must not be forgotten of serving, in a folder."""

    def __init__(self, folder: Path) -> None:
        super().__init__(
            folder / NAME,
            TABLES,
            N_("The file of what is served must be readable and writable, but {path} is not: {reason}."),
            N_("Make room for it, or set PIZARRA_CACHE_DIR to a folder of your own on this computer and start again."),
        )
