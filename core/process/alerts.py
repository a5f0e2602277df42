"""The alerts of the open store, what came of looking at its models, and who tells of them: one teller a process."""

from __future__ import annotations

import logging
import os
import secrets
import socket
import time
from collections import Counter
from collections.abc import Callable
from datetime import datetime
from threading import Event, Thread

from core.access import Actor
from core.alerts.alerts import Alerts
from core.alerts.alerts_file import AlertsFile
from core.alerts.looks import Looks
from core.alerts.messages import Messages
from core.alerts.rules import Firings
from core.alerts.sentences import entry_words
from core.alerts.webhook import Webhook
from core.errors import PizarraError
from core.i18n import DEFAULT_LANGUAGE, speaking
from core.process import shared
from core.process.held import held
from core.settings import machine_language, settings
from core.store.registry import notes

logger = logging.getLogger(__name__)

LOOK_SECONDS = 5.0  # between two looks at whether somebody is to be told
WHO = f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}"


@held(lambda file: file.close())
def alerts_file() -> AlertsFile:
    """Return the file of alerts."""
    return AlertsFile(settings().cache_dir)


def alerts() -> Alerts:
    """Return the alerts of the open store."""
    return Alerts(alerts_file(), shared.store_uri())


def looks() -> Looks:
    """Return the looks at the models of the open store."""
    return Looks(alerts_file(), shared.store_uri())


def firings() -> Firings:
    """Return what rules did in the open store."""
    return Firings(alerts_file(), shared.store_uri())


def messages(now: Callable[[], float] = time.time) -> Messages:
    """Return the messages about the open store."""
    return Messages(alerts_file(), shared.store_uri(), WHO, now)


def see(actor: Actor, number: int, why: str) -> None:
    """Note that somebody has seen an alert and why nothing more need be said of it, in its model's timeline too.

    Raises:
        PizarraError: ``actor`` may not, there is no such open alert, or no reason was given.
    """
    actor.check("schedule")
    seen = alerts().see(actor, number, why)
    about = {"step": "seen", "alert": seen.number, "version": seen.version, "why": seen.seen_why}
    with speaking(DEFAULT_LANGUAGE):
        said = entry_words(about)
    notes.note(shared.store(), actor, seen.model, "alert", actor.name, said, about)


def webhook() -> Webhook | None:
    """Return where messages go, None where the settings name nothing."""
    chosen = settings()
    return Webhook(chosen.webhook, chosen.webhook_header) if chosen.webhook else None


def quiet_until(now: datetime) -> datetime | None:
    """Return when the quiet hours end in which ``now`` is, None where it is in none."""
    hours = settings().quiet_hours
    return hours.end(now) if hours is not None else None


def tell(now: Callable[[], float] = time.time) -> bool:
    """Send what is to be told, if it is time and the settings say where to, and tell whether it was sent.

    Raises:
        PizarraError: the file cannot be read or written.
    """
    to, chosen = webhook(), settings()
    return to is not None and messages(now).tell(
        to, chosen.quiet_hours, address=chosen.public_url, language=machine_language()
    )


def measured() -> tuple[dict[str, int], dict[str, float], dict[str, int]]:
    """Return by model how many alerts are open, when a watch looked last, and how many inputs it found changed.

    Raises:
        PizarraError: the file cannot be had.
    """
    newest, judged = looks().last(), looks().last(judged=True)
    found = Counter(one.model for one in alerts().open())
    return (
        {one.model: found[one.model] for one in newest},
        {one.model: one.at.timestamp() for one in newest},
        {one.model: len(one.drifted) for one in judged},
    )


class Teller:
    """Tells of alerts from a thread of its own, in every dashboard of a folder; which of them does is claimed."""

    def __init__(self) -> None:
        self._wake, self._ending = Event(), Event()
        self._trouble = ""
        self._thread = Thread(target=self._work, name="alerts", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def wake(self) -> None:
        """Have it look at once."""
        self._wake.set()

    def close(self) -> None:
        """End; a message that is on its way comes to its end, or is sent again by whoever looks next."""
        self._ending.set()
        self._wake.set()

    def _work(self) -> None:
        while not self._ending.is_set():
            self._wake.clear()
            try:
                tell()
                self._trouble = ""
            except PizarraError as error:  # a full disk, perhaps: better next time
                if str(error) != self._trouble:
                    logger.warning("Nobody can be told of alerts: %s", error)
                self._trouble = str(error)
            except Exception:
                logger.exception("Nobody can be told of alerts")
            self._wake.wait(LOOK_SECONDS)


_tellers: list[Teller] = []


def start() -> None:
    """Tell of alerts from now on, where the settings say where to."""
    try:
        if webhook() is None or _tellers:
            return
    except PizarraError:  # of the settings: every page says so
        return
    made = Teller()
    _tellers.append(made)
    made.start()


def wake() -> None:
    """Have alerts told at once, as after one was opened here."""
    for teller in _tellers:
        teller.wake()


def end() -> None:
    """Tell of nothing any more."""
    while _tellers:
        _tellers.pop().close()
