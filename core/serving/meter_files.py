"""Files in which several processes on one port count together, so that whichever is asked tells of all of them."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import psutil

from core.settings import share_meters

FOLDER = "meters"


def share(cache: Path) -> Path:
    """Make an empty folder for this process and those that it starts, and forget those of processes that are gone.

    It comes before anything counts (``core.serving.meters`` is imported), as by then it is known how.
    """
    folder = cache / FOLDER
    if folder.is_dir():
        for old in folder.iterdir():
            if old.name == str(os.getpid()) or not _runs(old.name):
                shutil.rmtree(old, ignore_errors=True)
    own = folder / str(os.getpid())
    own.mkdir(parents=True, exist_ok=True)
    share_meters(own)
    return own


def gone(folder: Path) -> set[int]:
    """Return the processes that have left counts of what is there now, and are not there any more themselves."""
    names = {path.stem.rpartition("_")[2] for path in folder.glob("gauge_live*.db")}
    return {int(name) for name in names if not _runs(name)}


def _runs(process: str) -> bool:
    return process.isdecimal() and psutil.pid_exists(int(process))
