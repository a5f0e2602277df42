"""End well if something answers: python deploy/healthy.py http://127.0.0.1:8501/api/ping, or tcp://127.0.0.1:8786."""

from __future__ import annotations

import socket
import sys
from urllib.parse import urlsplit
from urllib.request import urlopen

SECONDS = 4.0


def answers(address: str) -> bool:
    """Tell whether something listens at an address, and says that it is well where it speaks HTTP."""
    parts = urlsplit(address)
    try:
        if parts.scheme == "tcp":
            socket.create_connection((parts.hostname, parts.port), SECONDS).close()
            return True
        with urlopen(address, timeout=SECONDS) as answer:  # noqa: S310 - an address of ours
            return bool(answer.status == 200)
    except OSError:
        return False


if __name__ == "__main__":
    sys.exit(0 if answers(sys.argv[1]) else 1)
