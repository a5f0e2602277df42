"""Who trains a run: a process of this machine, named so that its end can be told later."""

from __future__ import annotations

import socket
from functools import cache

import psutil

CLOCK_SLACK_SECONDS = 2.0  # Linux counts a start from the moment of boot, which it states in whole seconds


def machine() -> str:
    """Name this machine, as the names of its processes begin."""
    return socket.gethostname()


@cache
def owner() -> str:
    """Name this process as ``host:pid:creation time``, the value of a run's ``OWNER_TAG``."""
    process = psutil.Process()
    return f"{machine()}:{process.pid}:{process.create_time():.2f}"


def is_gone(name: str) -> bool:
    """Tell whether the process called ``name`` has certainly ended.

    Certain means: it lived on this host, and today nobody has its number or somebody younger has. Names of other
    hosts, names that cannot be read and processes we may not look at are never gone.

    >>> is_gone(owner()), is_gone("another-machine:1:0.0"), is_gone("who knows")
    (False, False, False)
    """
    host, pid, created = _parts(name)
    if host != socket.gethostname() or name == owner():
        return False
    try:
        process = psutil.Process(pid)
        if process.status() == psutil.STATUS_ZOMBIE:  # it has ended; only its parent has not noticed yet
            return True
        return bool(abs(process.create_time() - created) > CLOCK_SLACK_SECONDS)
    except psutil.NoSuchProcess:
        return True
    except psutil.AccessDenied:
        return False


def _parts(name: str) -> tuple[str, int, float]:
    host, _, rest = name.partition(":")
    pid, _, created = rest.partition(":")
    try:
        return host, int(pid), float(created)
    except ValueError:
        return "", 0, 0.0
