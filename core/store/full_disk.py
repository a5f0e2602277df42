"""A disk that is full: told from other failures of a store, and said in our words."""

from __future__ import annotations

import errno

from core.i18n import N_

FULL = N_("The disk is full, so nothing more can be written there.")  # kept in a tag as it stands; pages translate it
MAKE_ROOM = N_("Make room on it, then try again.")
NUMBERS = frozenset({errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC)})
SAID = ("database or disk is full", "No space left on device", "Disk quota exceeded")  # by SQLite, and by servers


def is_full(error: BaseException | None) -> bool:
    """Tell whether something went wrong, or went wrong first, because there was no room on a disk.

    >>> is_full(OSError(errno.ENOSPC, "")), is_full(ValueError("(sqlite3.OperationalError) database or disk is full"))
    (True, True)
    >>> is_full(ConnectionRefusedError()), is_full(None)
    (False, False)
    """
    while error is not None:
        if isinstance(error, OSError) and error.errno in NUMBERS:
            return True
        if any(words in str(error) for words in SAID):
            return True
        error = error.__cause__ or error.__context__
    return False


def reason_of(error: BaseException) -> str:
    """Return why a run failed, as it is kept: where a disk is full, our sentence, and what was said in a line below."""
    said = str(error) or type(error).__name__
    return f"{FULL}\n{said}" if is_full(error) and FULL not in said else said
