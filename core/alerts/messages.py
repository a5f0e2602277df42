"""Messages about alerts: each alert is told once, all that is to be told at once in one, and tried again for a day."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal
from urllib.parse import quote

from core.alerts.alerts import OVER, Alert, Alerts
from core.alerts.alerts_file import AlertsFile
from core.alerts.looks import ANSWERS, INPUT, WORSE, list_text, moment_of
from core.alerts.quiet import QuietHours
from core.alerts.sentences import alert_words, over_words
from core.alerts.webhook import UndeliveredError, Webhook, send
from core.i18n import speaking
from core.passwords import without_password
from core.schedules.told import Told, as_text, from_text

LEASE = 60.0  # seconds that one attempt has; sending takes a quarter of it at most
PAUSES = (10.0, 60.0, 300.0, 1800.0, 3600.0)  # seconds after the first, second… attempt; the last one from then on
GIVEN_UP = 24 * 3600.0  # seconds after which nobody is told any more
NOT_TOLD = 24 * 3600.0  # seconds after its end from which an alert is no news any more


@dataclass(frozen=True)
class Message:
    """One message: when it was begun, tried so many times and tried next; ``reason`` is why it did not come through."""

    begun: datetime
    due: datetime
    attempts: int
    ended: datetime | None
    outcome: Literal["waiting", "sent", "failed", "needless"]
    reason: str


class Messages:
    """The messages of a store, one on its way at a time, whichever process sends it; ``now`` is a clock (seconds)."""

    def __init__(self, file: AlertsFile, store_uri: str, who: str, now: Callable[[], float] = time.time) -> None:
        self._file, self._store, self._who, self._now = file, without_password(store_uri), who, now
        self._alerts = Alerts(file, store_uri, now)

    def last(self) -> Message | None:
        """Return the newest message, None where there was none.

        Raises:
            PizarraError: the file cannot be read.
        """
        rows = self._file.rows(
            "select begun, due, attempts, ended, outcome, reason from messages where store = ? "
            "order by number desc limit 1",
            (self._store,),
        )
        for begun, due, attempts, ended, outcome, reason in rows:
            moment = None if ended is None else moment_of(ended)
            return Message(moment_of(begun), moment_of(due), attempts, moment, outcome, from_text(reason))
        return None

    def tell(
        self, webhook: Webhook, quiet: QuietHours | None = None, *, address: str = "", language: str = "en"
    ) -> bool:
        """Send what is to be told, if it is time, and tell whether it was sent; ``address`` is the dashboard's.

        Raises:
            PizarraError: the file cannot be read or written.
        """
        now = self._now()
        if not self._untold(now):
            self._file.write_rows(
                "update messages set ended = ?, outcome = 'needless' where store = ? and ended is null and lease < ?",
                (now, self._store, now),
            )
            return False
        if quiet is not None and quiet.end(moment_of(now)) is not None:
            return False
        self._file.write_rows(
            "insert or ignore into messages (store, begun, due) values (?, ?, ?)", (self._store, now, now)
        )
        claimed = self._file.write_rows(
            "update messages set claimed_by = ?, lease = ?, attempts = attempts + 1 "
            "where store = ? and ended is null and due <= ? and lease < ?",
            (self._who, now + LEASE, self._store, now, now),
        )
        return bool(claimed) and self._sent(webhook, address, language)

    def _sent(self, webhook: Webhook, address: str, language: str) -> bool:
        """Send the message that is ours: all that is to be told by now, as another process may have told some."""
        [(number, begun, attempts)] = self._file.rows(
            "select number, begun, attempts from messages where store = ? and ended is null", (self._store,)
        )
        told = self._untold(self._now())
        try:
            if told:
                with speaking(language):
                    message = message_of(told, f"{number}", moment_of(self._now()), address)
                send(webhook, message)
        except UndeliveredError as error:
            self._failed(number, begun, attempts, told, error.told)
            return False
        self._note(told)
        self._end(number, "sent" if told else "needless", told)
        return bool(told)

    def _failed(self, number: int, begun: float, attempts: int, told: Sequence[Alert], why: Told) -> None:
        now, reason = self._now(), as_text(why)
        if now - begun >= GIVEN_UP:
            self._note(told)
            self._end(number, "failed", told, reason)
            return
        self._file.write_rows(
            "update messages set due = ?, lease = 0, reason = ? where number = ? and claimed_by = ?",
            (now + PAUSES[min(attempts, len(PAUSES)) - 1], reason, number, self._who),
        )

    def _end(self, number: int, outcome: str, told: Sequence[Alert], reason: str = "{}") -> None:
        self._file.write_rows(
            "update messages set ended = ?, outcome = ?, alerts = ?, reason = ?, lease = 0 "
            "where number = ? and claimed_by = ? and ended is null",
            (self._now(), outcome, list_text([str(one.number) for one in told]), reason, number, self._who),
        )

    def _note(self, told: Sequence[Alert]) -> None:
        for one in told:
            self._alerts.note_told(one.number, [*one.topics, *([OVER] if one.closed else [])])

    def _untold(self, now: float) -> list[Alert]:
        return [
            one for one in self._alerts.untold() if one.closed is None or now - one.closed.timestamp() < NOT_TOLD
        ]  # fmt: skip


def message_of(alerts: Sequence[Alert], number: str, now: datetime, address: str = "") -> dict[str, Any]:
    """Return a message as JSON: ``text`` for people, as many chats show it, and each alert for programs.

    Inputs are named; what anybody wrote into them is in no message.
    """
    return {
        "text": " ".join(_sentence(one, address) for one in alerts),
        "source": "pizarra",
        "message": number,
        "sent": now.astimezone(UTC).isoformat(timespec="seconds"),
        "alerts": [_data(one, address) for one in alerts],
    }


def _sentence(alert: Alert, address: str) -> str:
    over = f" {over_words(alert)}" if alert.closed else ""
    link = f" {_page(alert, address)}" if address else ""
    return f"{alert_words(alert)}{over}{link}"


def _data(alert: Alert, address: str) -> Mapping[str, Any]:
    return {
        "id": alert.number,
        "model": alert.model,
        "version": alert.version,
        "state": "closed" if alert.closed else "open",
        "why_closed": alert.why_closed or None,
        "opened": alert.opened.isoformat(timespec="seconds"),
        "closed": alert.closed.isoformat(timespec="seconds") if alert.closed else None,
        "inputs": [topic.removeprefix(INPUT) for topic in alert.topics if topic.startswith(INPUT)],
        "answers_changed": ANSWERS in alert.topics,
        "worse": WORSE in alert.topics,
        "new": list(alert.untold),
        "page": _page(alert, address) or None,
    }


def _page(alert: Alert, address: str) -> str:
    return f"{address}/monitor?model={quote(alert.model, safe='')}" if address else ""
