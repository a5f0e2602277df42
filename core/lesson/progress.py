"""How far somebody is in a lesson: the presenter's in the class's file, everybody else's by their browser."""

from __future__ import annotations

import json
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from threading import Lock

from core.access import Actor
from core.classroom.class_file import ClassFile

FACT = "lesson"
MOST_BROWSERS = 1000
MOST_STEPS = 200


@dataclass(frozen=True)
class Progress:
    """Where somebody is and which steps they have done, by name."""

    at: str = ""
    done: frozenset[str] = field(default_factory=frozenset)

    def moved(self, to: str, done: str = "") -> Progress:
        """Return the progress after a move to a step, and with another one done.

        >>> Progress("data").moved("first-run", done="data").done
        frozenset({'data'})
        """
        return Progress(to, self.done | ({done} if done else set()))


def presenters_progress(file: ClassFile, lesson: str) -> Progress:
    """Return how far the presenter is; at the beginning where another lesson was held before."""
    try:
        said = json.loads(file.said(FACT) or "{}")
    except ValueError:
        said = {}
    if not isinstance(said, Mapping) or said.get("lesson") != lesson:
        return Progress()
    done = said.get("done")
    names = [one for one in done if isinstance(one, str)][:MOST_STEPS] if isinstance(done, list) else []
    return Progress(str(said.get("at", "")), frozenset(names))


def keep_presenters_progress(file: ClassFile, actor: Actor, lesson: str, progress: Progress) -> None:
    """Write down how far the presenter is.

    Raises:
        PizarraError: ``actor`` does not present, or the file takes nothing.
    """
    actor.check("lead")
    said = {"lesson": lesson, "at": progress.at, "done": sorted(progress.done)}
    file.write_down(FACT, json.dumps(said))


class KeptProgress:
    """How far browsers are, in this process; who came longest ago goes first where there are too many."""

    def __init__(self, most: int = MOST_BROWSERS) -> None:
        self._most, self._lock = most, Lock()
        self._known: OrderedDict[tuple[str, str], Progress] = OrderedDict()

    def get(self, browser: str, lesson: str) -> Progress:
        """Return how far a browser is."""
        with self._lock:
            return self._known.get((browser, lesson), Progress())

    def keep(self, browser: str, lesson: str, progress: Progress) -> None:
        """Keep how far it is; nothing of one that has no word."""
        if not browser:
            return
        with self._lock:
            self._known[browser, lesson] = progress
            self._known.move_to_end((browser, lesson))
            while len(self._known) > self._most:
                self._known.popitem(last=False)
