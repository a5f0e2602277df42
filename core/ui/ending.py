"""The end of the process: once it is asked for, it comes, whatever somebody's request still waits for."""

from __future__ import annotations

import os
import signal
import sys
from functools import partial
from threading import Thread
from time import sleep
from typing import Any

PATIENCE = 5.0  # seconds to end in good order


def insist() -> None:
    """See to it that the process ends soon after Ctrl-C, or another wish that it ends.

    Python waits for every pool of threads before it ends, and one may wait for a server that never answers.
    """
    for number in (signal.SIGINT, signal.SIGTERM):
        try:
            signal.signal(number, partial(_asked, signal.getsignal(number)))
        except ValueError:  # only a main thread is told of signals, and here whoever has it ends us
            return


def _asked(usual: Any, number: int, frame: Any) -> None:
    Thread(target=_end, name="ending", daemon=True).start()
    if callable(usual):
        usual(number, frame)
    else:
        signal.signal(number, usual)
        signal.raise_signal(number)


def _end() -> None:
    sleep(PATIENCE)
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)
