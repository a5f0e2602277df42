"""A clock that nobody sets, for Dask's pauses: by the computer's own, setting it back an hour stops all for an hour."""

from __future__ import annotations

import time
from functools import cache


@cache
def use_steady_clock() -> None:
    """Have Dask's messages, and the loop below them, wait by the monotonic clock, in this process from now on.

    Dask holds messages back until a time of day, a few milliseconds ahead. Where the clock is set back in between, that
    time is far away, and nothing is sent until then.
    """
    import distributed.batched  # here and not above: the dashboard is up before it needs Dask
    from tornado.ioloop import IOLoop

    begun = time.time() - time.monotonic()

    def steady(_loop: IOLoop | None = None) -> float:
        return begun + time.monotonic()

    distributed.batched.time = steady
    IOLoop.time = steady  # type: ignore[method-assign, assignment]
