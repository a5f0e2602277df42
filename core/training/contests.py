"""Whether a run is a try in a contest of the class: asked wherever a run is launched, before it is created."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import Protocol

from core.access import Actor

# The parameter of a run that says on which test rows it was measured, so that what changed between two runs says it
TEST_ROWS, PUBLIC_HALF = "split_test_rows", "public half"

Note = Callable[[str], None]
Statuses = Callable[[Sequence[str]], Mapping[str, str]]


class Contest(Protocol):
    """Somebody who counts tries."""

    def entering(self, actor: Actor, task: str, statuses: Statuses) -> AbstractContextManager[Note | None]:
        """Keep room for one more try while its run is created; the block notes the run's id.

        It gets None where nothing is being contested. ``statuses`` says what became of earlier runs: the status by
        the id, none of a run that is deleted or gone.

        Raises:
            PizarraError: as many tries were made as there may be.
        """


class NoContest:
    """Nobody counts."""

    @contextmanager
    def entering(self, _actor: Actor, _task: str, _statuses: Statuses) -> Iterator[Note | None]:
        """Let the run be created."""
        yield None
