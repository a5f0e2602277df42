"""The schedules of the open store, and who carries them out: one runner for this process, with what each kind does."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from functools import partial
from importlib import import_module
from typing import Any

from core.errors import PizarraError
from core.i18n import N_
from core.process import alerts, shared
from core.process.held import held
from core.schedules.runner import Doing, Runner, Work
from core.schedules.schedules import Schedules
from core.schedules.schedules_file import SchedulesFile
from core.schedules.told import Told
from core.settings import settings

logger = logging.getLogger(__name__)

# What there is to be done, and the module that does it: ``work(doing)`` does, ``checked(arguments)`` refuses what it
# could not do, ``words(arguments)`` says it. They are imported when first needed
KINDS: Mapping[str, str] = {
    "score": "core.process.scheduled_scores",
    "check": "core.process.scheduled_checks",
    "watch": "core.process.scheduled_watch",
}
_begun: list[Runner] = []


@held(lambda runner: runner.close())  # before the file, which it would go on reading
def runner() -> Runner:
    """Return who carries the schedules of the open store out, here; it may have to be started."""
    works: dict[str, Work] = {kind: partial(_work, module) for kind, module in KINDS.items()}
    return Runner(schedules_file(), shared.store_uri, works)


@held(lambda file: file.close())
def schedules_file() -> SchedulesFile:
    """Return the file of schedules."""
    return SchedulesFile(settings().cache_dir)


def schedules() -> Schedules:
    """Return the schedules of the open store."""
    return Schedules(schedules_file(), shared.store_uri())


def start() -> None:
    """Carry schedules out from now on; where their file cannot be had, it is said in the log, and nothing is."""
    try:
        begun = runner()
    except PizarraError as error:
        logger.warning("No schedule is carried out: %s", error)
        return
    begun.start()
    _begun.append(begun)
    alerts.start()


def end() -> None:
    """Carry nothing out any more; what is under way is left to whoever comes next."""
    alerts.end()
    while _begun:
        _begun.pop().close()


def checked(kind: str, arguments: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return what a kind is to be given, as it takes it.

    Raises:
        PizarraError: there is no such kind, or it could not do that.
    """
    module = KINDS.get(kind)
    if module is None:
        raise PizarraError(
            N_("Nothing of the kind {kind} can be done by itself."),
            N_("Choose one of these: {kinds}."),
            kind=repr(kind),
            kinds=", ".join(KINDS),
        )
    found: Mapping[str, Any] = import_module(module).checked(arguments)
    return found


def words(kind: str, arguments: Mapping[str, Any]) -> str:
    """Say what a schedule does, in the reader's language; its kind alone where this version of us knows no more."""
    return str(import_module(KINDS[kind]).words(arguments)) if kind in KINDS else kind


def _work(module: str, doing: Doing) -> Told:
    told: Told = import_module(module).work(doing)
    return told
