"""What Linux, macOS and Windows do differently, where more than one part of us has to know (docs/other-systems.md)."""

from __future__ import annotations

import os
import re
import sys
from datetime import datetime
from pathlib import Path
from time import monotonic, sleep

IS_WINDOWS = os.name == "nt"
# A forked process shares what its server has imported, and is there at once; elsewhere forking is not safe
FORKS = sys.platform == "linux"
WAITED, PAUSE = 5.0, 0.05  # seconds
# What Windows calls devices, with any ending
DEVICES = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)
LONGEST = 60  # characters of a folder's name: on Windows a whole path often may have 260


def put_in_place(finished: Path, place: Path) -> None:
    """Give a finished file its name, in one step, whatever lay there.

    Elsewhere whoever reads what lay there goes on reading it. Windows refuses while somebody has it open, mostly for
    moments: there it is tried again for ``WAITED`` seconds.

    Raises:
        OSError: it cannot be put there.
    """
    until = monotonic() + WAITED
    while True:
        try:
            finished.replace(place)
            return
        except PermissionError:
            if not IS_WINDOWS or monotonic() > until:
                raise
            sleep(PAUSE)


def folder_name(words: str) -> str:
    """Return what a folder may be called on every system: stores travel from one to another.

    >>> folder_name("Flores: año 1/2"), folder_name("CON"), folder_name("..")
    ('Flores-año-1-2', '-CON', '-')
    """
    name = re.sub(r"[^\w.-]+", "-", words)[:LONGEST].rstrip(".") or "-"
    return f"-{name}" if DEVICES.fullmatch(name) else name


def path_in(address: str) -> Path:
    """Return the path in a ``file:`` address, its ``%20`` and the like read already; on Windows a disk comes first."""
    return Path(address[1:] if IS_WINDOWS and re.match(r"/[A-Za-z]:", address) else address)


def local_time(value: datetime) -> datetime:
    """Return a moment in this computer's own time zone; Windows knows of none before 1970, so then it stays as it is.

    >>> local_time(datetime(1969, 7, 20, 20, 17).astimezone()).minute
    17
    """
    try:
        return value.astimezone()
    except OSError:
        return value


def write_what_terminals_have() -> None:
    """Have what is printed show a ? for a sign that the terminal, or the file it is sent to, does not have.

    Windows sends to files in the old encoding of its country; without this a program ends at its first "→".
    """
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
