"""Do what takes its time beside the page that asked for it, which finds what came of it when it looks again."""

from __future__ import annotations

from collections.abc import Callable
from threading import BoundedSemaphore, Event, Thread
from typing import Generic, Literal, TypeVar, cast

from core.i18n import current_language, speaking

Stage = Literal["waiting", "recognising", "reading", "looking"]
Answer = TypeVar("Answer")
AT_ONCE = 2  # the others wait: each takes all of the processor that it gets
_places = BoundedSemaphore(AT_ONCE)


class _NotWanted(Exception):  # noqa: N818 - nothing went wrong
    """Ends what nobody waits for any more."""


class Beside(Generic[Answer]):
    """Something that is done in a thread of its own.

    ``work`` gets a function to say how far it is: a stage, and a count.
    """

    def __init__(self, work: Callable[[Callable[[Stage, int], None]], Answer]) -> None:
        self._work, self._language = work, current_language()
        self._done, self._is_wanted = Event(), True
        self._answer: Answer | None = None
        self._error: Exception | None = None
        self.stage: Stage = "waiting"
        self.count = 0
        Thread(target=self._do, name="beside", daemon=True).start()

    def is_done(self, within: float = 0.0) -> bool:
        """Tell whether it has ended, in whatever way; wait so many seconds for that at most."""
        return self._done.wait(within)

    def result(self) -> Answer:
        """Wait for its end and return what came of it, or raise what it raised."""
        self._done.wait()
        if self._error is not None:
            raise self._error
        return cast(Answer, self._answer)

    def let_go(self) -> None:
        """Have it end where it says next how far it is: nobody waits for it any more."""
        self._is_wanted = False

    def _report(self, stage: Stage, count: int) -> None:
        if not self._is_wanted:
            raise _NotWanted
        self.stage, self.count = stage, count

    def _do(self) -> None:
        try:
            with _places, speaking(self._language):
                if not self._is_wanted:
                    raise _NotWanted
                self._answer = self._work(self._report)
        except Exception as error:  # noqa: BLE001 - whoever asks for the result gets it
            self._error = error
        finally:
            self._done.set()
