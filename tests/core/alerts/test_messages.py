"""Alerts are told once, by a real HTTP server on this computer that receives them, or does not."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import time, timedelta

import pytest

from core.alerts.alerts import Alerts
from core.alerts.alerts_file import AlertsFile
from core.alerts.messages import GIVEN_UP, LEASE, NOT_TOLD, PAUSES, Messages
from core.alerts.quiet import QuietHours
from core.alerts.webhook import Webhook, send
from core.errors import PizarraError
from core.i18n import speaking
from tests.core.alerts.conftest import MODEL, Looked
from tests.core.schedules.conftest import MONDAY, STORE, Clock
from tests.fixtures.actors import ANA
from tests.fixtures.receivers import Receiver, receiving

NIGHT = QuietHours(time(22), time(7), "UTC")


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as made:
        yield made


@pytest.fixture
def webhook(receiver: Receiver) -> Webhook:
    return Webhook(receiver.address, "Authorization: Bearer open-sesame")


@pytest.fixture
def messages(file: AlertsFile, clock: Clock) -> Messages:
    return Messages(file, STORE, "one", clock)


def test_an_alert_is_told_once_with_the_secret_header(
    alerts: Alerts, looked: Looked, messages: Messages, webhook: Webhook, receiver: Receiver
) -> None:
    looked("price", "the *city*")
    alerts.take(MODEL)
    assert messages.tell(webhook, address="https://pizarra.example")
    assert not messages.tell(webhook)
    [message] = receiver.messages
    assert receiver.headers[0]["Authorization"] == "Bearer open-sesame"
    [alert] = message["alerts"]
    assert (alert["model"], alert["version"], alert["state"]) == (MODEL, 3, "open")
    assert (alert["inputs"], alert["answers_changed"], alert["worse"]) == (["price", "the *city*"], False, False)
    assert alert["opened"] == "2027-01-04T12:00:00+00:00"
    assert alert["page"] == "https://pizarra.example/monitor?model=wine"
    assert message["text"].startswith("wine, version 3: what it is asked has changed (price, the *city*), since")
    last = messages.last()
    assert last is not None
    assert (last.outcome, last.attempts, last.reason) == ("sent", 1, "")


def test_what_joins_an_alert_is_told_and_what_was_seen_is_not(
    alerts: Alerts, looked: Looked, messages: Messages, webhook: Webhook, receiver: Receiver
) -> None:
    looked("price")
    alerts.take(MODEL)
    messages.tell(webhook)
    looked("price")
    alerts.take(MODEL)
    assert not messages.tell(webhook)
    looked("city")
    alerts.take(MODEL)
    assert messages.tell(webhook)
    assert receiver.messages[1]["alerts"][0]["new"] == ["input:city"]
    looked("year")
    alerts.take(MODEL)
    alerts.see(ANA, alerts.open()[0].number, "A new vintage.")
    assert not messages.tell(webhook)
    assert len(receiver.messages) == 2


def test_that_an_alert_is_over_is_told_once_and_not_in_quiet_hours(
    alerts: Alerts, looked: Looked, messages: Messages, webhook: Webhook, receiver: Receiver, clock: Clock
) -> None:
    looked("price")
    alerts.take(MODEL)
    assert messages.tell(webhook, NIGHT)
    looked()
    looked()
    alerts.take(MODEL)
    clock.set(MONDAY.replace(hour=23))
    assert not messages.tell(webhook, NIGHT)
    clock.set(MONDAY.replace(hour=7) + timedelta(days=1))
    assert messages.tell(webhook, NIGHT)
    assert not messages.tell(webhook, NIGHT)
    [_opened, over] = receiver.messages
    assert [(one["state"], one["why_closed"], one["new"]) for one in over["alerts"]] == [("closed", "quiet", [])]
    assert re.search(r"It is over since .+: two windows in a row said nothing\.", over["text"])


def test_of_what_nobody_was_told_of_nobody_is_told_that_it_is_over(
    alerts: Alerts, looked: Looked, messages: Messages, webhook: Webhook, receiver: Receiver
) -> None:
    looked("price")
    alerts.take(MODEL)
    alerts.see(ANA, alerts.open()[0].number, "Known.")
    looked(version=4)
    alerts.take(MODEL)
    assert not messages.tell(webhook)
    assert receiver.messages == []


def test_what_comes_in_quiet_hours_is_told_at_their_end_in_one_message(
    alerts: Alerts, looked: Looked, messages: Messages, webhook: Webhook, receiver: Receiver, clock: Clock
) -> None:
    clock.set(MONDAY.replace(hour=23))
    looked("price")
    alerts.take(MODEL)
    assert not messages.tell(webhook, NIGHT)
    clock.set(MONDAY.replace(hour=3) + timedelta(days=1))
    looked("city", version=4)
    alerts.take(MODEL)
    assert not messages.tell(webhook, NIGHT)
    clock.set(MONDAY.replace(hour=7) + timedelta(days=1))
    assert messages.tell(webhook, NIGHT)
    assert not messages.tell(webhook, NIGHT)
    [message] = receiver.messages
    assert [(one["version"], one["state"], one["why_closed"]) for one in message["alerts"]] == [
        (3, "closed", "other_version"), (4, "open", None),
    ]  # fmt: skip
    assert "another version is in Production" in message["text"]


def test_what_is_down_is_tried_again_with_patience_and_then_told_once(
    alerts: Alerts, looked: Looked, messages: Messages, webhook: Webhook, receiver: Receiver, clock: Clock
) -> None:
    receiver.status = 503
    looked("price")
    alerts.take(MODEL)
    for pause in PAUSES[:2]:
        assert not messages.tell(webhook)
        assert not messages.tell(webhook)  # it is not time yet
        clock.go_on(pause)
    last = messages.last()
    assert last is not None
    assert (last.outcome, last.attempts) == ("waiting", 2)
    assert last.reason == "What receives alerts must answer with a status from 200 to 299, but answered 503."
    with speaking("es"):
        assert messages.last().reason.startswith("Lo que recibe las alertas debe responder con")  # type: ignore[union-attr]
    looked("city")
    alerts.take(MODEL)
    receiver.status = 200
    assert messages.tell(webhook)
    assert len(receiver.messages) == 3
    assert receiver.messages[2]["alerts"][0]["inputs"] == ["price", "city"]


def test_after_a_day_it_is_given_up_and_said(
    alerts: Alerts, looked: Looked, messages: Messages, webhook: Webhook, receiver: Receiver, clock: Clock
) -> None:
    receiver.status = 500
    looked("price")
    alerts.take(MODEL)
    messages.tell(webhook)
    clock.go_on(GIVEN_UP)
    messages.tell(webhook)
    clock.go_on(GIVEN_UP)
    assert not messages.tell(webhook)
    assert len(receiver.messages) == 2
    last = messages.last()
    assert last is not None
    assert last.outcome == "failed"


def test_two_dashboards_tell_it_once_and_one_that_died_is_stood_in_for(
    file: AlertsFile, alerts: Alerts, looked: Looked, webhook: Webhook, receiver: Receiver, clock: Clock
) -> None:
    looked("price")
    alerts.take(MODEL)
    one, other = Messages(file, STORE, "one", clock), Messages(file, STORE, "other", clock)
    file.write_rows("insert into messages (store, begun, due, claimed_by, lease) values (?, ?, ?, 'dead', ?)",
                    (STORE, clock(), clock(), clock() + LEASE))  # fmt: skip
    assert not one.tell(webhook)
    assert not other.tell(webhook)
    clock.go_on(LEASE + 1)
    assert [one.tell(webhook), other.tell(webhook)] == [True, False]
    assert len(receiver.messages) == 1


def test_a_message_that_waits_is_needless_once_somebody_has_seen_the_alert(
    alerts: Alerts, looked: Looked, messages: Messages, webhook: Webhook, receiver: Receiver, clock: Clock
) -> None:
    receiver.status = 500
    looked("price")
    alerts.take(MODEL)
    messages.tell(webhook)
    alerts.see(ANA, alerts.open()[0].number, "Known.")
    clock.go_on(60)
    assert not messages.tell(webhook)
    last = messages.last()
    assert last is not None
    assert last.outcome == "needless"


def test_alerts_that_were_over_long_ago_are_no_news(
    alerts: Alerts, looked: Looked, messages: Messages, webhook: Webhook, receiver: Receiver, clock: Clock
) -> None:
    looked("price")
    looked(version=4)
    alerts.take(MODEL)
    clock.go_on(NOT_TOLD)
    assert not messages.tell(webhook)
    assert receiver.messages == []


def test_a_message_is_in_the_language_of_the_computer(
    alerts: Alerts, looked: Looked, messages: Messages, webhook: Webhook, receiver: Receiver
) -> None:
    looked("price")
    alerts.take(MODEL)
    with speaking("en"):
        messages.tell(webhook, language="es")
    assert "lo que se le pregunta ha cambiado (price)" in receiver.messages[0]["text"]


# The webhook itself


def test_nothing_is_followed_to_another_address(receiver: Receiver, webhook: Webhook) -> None:
    with receiving() as other:
        receiver.status, receiver.to = 307, other.address
        with pytest.raises(PizarraError, match="must answer with a status from 200 to 299, but answered 307"):
            send(webhook, {})
        assert other.messages == []


@pytest.mark.parametrize("address", ["http://127.0.0.1:9/hook?key=open-sesame", "http://[::open-sesame"])
def test_what_cannot_be_reached_is_said_without_address_and_header(address: str) -> None:
    webhook = Webhook(address, "X-Key: open-sesame")
    with pytest.raises(PizarraError, match=r"What receives alerts could not be reached: \w+\.") as found:
        send(webhook, {"text": "a"})
    assert "sesame" not in f"{found.value} {webhook!r} {found.value.__cause__}"
