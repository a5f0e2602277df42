"""Who trains a run: a process of this machine, named so that its end can be told later."""

from __future__ import annotations

import socket
from functools import cache
from pathlib import Path

import psutil

CLOCK_SLACK_SECONDS = 2.0  # Linux counts a start from the moment of boot, which it states in whole seconds
BOOT_ID = Path("/proc/sys/kernel/random/boot_id")  # Linux names each of its boots


def machine() -> str:
    """Name this machine, as the names of its processes begin."""
    return socket.gethostname()


@cache
def owner() -> str:
    """Name this process as ``host:pid:start``, the value of a run's ``OWNER_TAG``."""
    return name_of(psutil.Process())


def name_of(process: psutil.Process) -> str:
    """Name a process of this host.

    Its start is ``boot+seconds``, which setting the clock does not move, where the system names its boots; else it is
    the time of its creation.
    """
    boot = _boot()
    start = f"{boot}+{_since_boot(process):.2f}" if boot else f"{process.create_time():.2f}"
    return f"{machine()}:{process.pid}:{start}"


def is_gone(name: str) -> bool:
    """Tell whether the process called ``name`` has certainly ended.

    Certain means: it lived on this host, and today nobody has its number or somebody younger has. Names of other
    hosts, names that cannot be read and processes we may not look at are never gone.

    >>> is_gone(owner()), is_gone("another-machine:1:0.0"), is_gone("who knows")
    (False, False, False)
    """
    host, pid, boot, started = _parts(name)
    if host != socket.gethostname() or name == owner():
        return False
    if boot and boot != _boot():
        return bool(_boot())
    try:
        process = psutil.Process(pid)
        if process.status() == psutil.STATUS_ZOMBIE:  # it has ended; only its parent has not noticed yet
            return True
        now = _since_boot(process) if boot else process.create_time()
        return bool(abs(now - started) > CLOCK_SLACK_SECONDS)
    except psutil.NoSuchProcess:
        return True
    except psutil.AccessDenied:
        return False


def _parts(name: str) -> tuple[str, int, str, float]:
    """Return host, process id, boot (empty where none is said) and start in seconds."""
    host, _, rest = name.partition(":")
    pid, _, start = rest.partition(":")
    boot, _, seconds = start.rpartition("+")
    try:
        return host, int(pid), boot, float(seconds)
    except ValueError:
        return "", 0, "", 0.0


def _since_boot(process: psutil.Process) -> float:
    return float(process.create_time() - psutil.boot_time())  # both are counted from the same moment


@cache
def _boot() -> str:
    """Return the name of this boot, empty where the system names none."""
    try:
        return BOOT_ID.read_text(encoding="ascii").strip().partition("-")[0]
    except OSError:
        return ""
