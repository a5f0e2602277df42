from __future__ import annotations

from pathlib import Path

import pytest

from core.alerts.alerts import Alerts
from core.alerts.alerts_file import AlertsFile
from core.alerts.looks import Look, Looks
from core.alerts.sentences import advice, alert_words, closed_words, look_words, topics_words
from core.errors import PizarraError
from core.i18n import speaking
from core.schedules.told import Told, as_text
from tests.core.alerts.conftest import MODEL, Looked
from tests.core.schedules.conftest import MONDAY, STORE, Clock
from tests.fixtures.actors import ANA


def steps(alerts: Alerts) -> list[str]:
    return [one.step for one in alerts.take(MODEL)]


def test_a_window_that_changed_opens_an_alert_once(alerts: Alerts, looked: Looked) -> None:
    looked()
    assert steps(alerts) == []
    looked("price")
    assert steps(alerts) == ["opened"]
    assert steps(alerts) == []
    looked("price")
    assert steps(alerts) == []
    [alert] = alerts.open()
    assert (alert.model, alert.version, alert.topics, alert.opened) == (MODEL, 3, ("input:price",), MONDAY)


def test_what_is_new_joins_the_open_alert(alerts: Alerts, looked: Looked) -> None:
    looked("price")
    alerts.take(MODEL)
    looked("city", scored=30, worse=True)
    [came] = alerts.take(MODEL)
    assert (came.step, came.topics) == ("joined", ("input:city", "worse"))
    assert alerts.open()[0].topics == ("input:price", "input:city", "worse")


def test_two_windows_in_a_row_that_say_nothing_close_it_and_one_does_not(alerts: Alerts, looked: Looked) -> None:
    looked("price")
    looked()
    looked("price")
    looked()
    assert steps(alerts) == ["opened"]
    looked()
    [came] = alerts.take(MODEL)
    assert (came.step, came.alert.why_closed) == ("closed", "quiet")
    assert alerts.open() == []
    assert alerts.past(MODEL)[0].closed == MONDAY


def test_windows_with_too_few_rows_close_nothing(alerts: Alerts, looked: Looked) -> None:
    looked("price")
    for _again in range(5):
        looked(is_known=False)
    assert steps(alerts) == ["opened"]


def test_an_alert_of_worse_answers_is_not_over_before_true_answers_say_so(alerts: Alerts, looked: Looked) -> None:
    looked(scored=40, worse=True)
    for _again in range(4):
        looked()  # of the inputs alone
    assert steps(alerts) == ["opened"]
    looked(scored=20)
    assert steps(alerts) == []
    looked(scored=20)
    assert steps(alerts) == ["closed"]


@pytest.mark.parametrize(("version", "why"), [(4, "other_version"), (0, "no_version")])
def test_an_alert_ends_with_its_version(alerts: Alerts, looked: Looked, version: int, why: str) -> None:
    looked("price")
    alerts.take(MODEL)
    looked(version=version, is_known=False)
    [came] = alerts.take(MODEL)
    assert (came.step, came.alert.why_closed) == ("closed", why)
    assert closed_words(came.alert.why_closed)


def test_another_version_that_has_changed_too_has_an_alert_of_its_own(alerts: Alerts, looked: Looked) -> None:
    looked("price")
    looked("price", version=4)
    assert steps(alerts) == ["opened", "closed", "opened"]
    assert [one.version for one in alerts.open()] == [4]


def test_what_was_cut_off_after_a_look_was_kept_is_gone_on_with(file: AlertsFile, looked: Looked, clock: Clock) -> None:
    looked("price")
    file.write_rows("create trigger full before update of taken on looks begin select raise(abort, 'killed'); end")
    with pytest.raises(Exception, match="killed"):
        Alerts(file, STORE, clock).take(MODEL)
    file.write_rows("drop trigger full")
    assert steps(Alerts(file, STORE, clock)) == []
    assert len(Alerts(file, STORE, clock).open()) == 1


def test_an_alert_is_seen_with_a_reason_and_news_are_not_seen_yet(alerts: Alerts, looked: Looked) -> None:
    looked("price")
    alerts.take(MODEL)
    [alert] = alerts.open()
    with pytest.raises(PizarraError, match="says why nothing more need be said, but no reason was given"):
        alerts.see(ANA, alert.number, " \n")
    seen = alerts.see(ANA, alert.number, "A sale,\n until Friday.")
    assert (seen.is_seen, seen.seen_by, seen.seen_why, seen.seen_at) == (True, "Ana", "A sale, until Friday.", MONDAY)
    assert alerts.untold() == []
    looked("city")
    alerts.take(MODEL)
    assert not alerts.open()[0].is_seen
    assert alerts.untold()[0].untold == ("input:city",)


def test_an_alert_that_is_over_cannot_be_seen_any_more(alerts: Alerts) -> None:
    with pytest.raises(PizarraError, match=r"This alert is not open any more\. Look at the alerts again"):
        alerts.see(ANA, 17, "Known.")


def test_stores_and_models_are_apart(file: AlertsFile, alerts: Alerts, looked: Looked) -> None:
    looked("price")
    alerts.take(MODEL)
    assert Alerts(file, "sqlite:///other.db").open() == []
    assert Looks(file, "sqlite:///other.db").last() == []
    assert alerts.open("beer") == []


def test_the_newest_looks_are_kept_and_shown(
    looks: Looks, alerts: Alerts, looked: Looked, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.alerts.looks.KEPT", 3)
    for at in range(6):
        looked(labelled=at)
        alerts.take(MODEL)
    assert [look.labelled for look in looks.of(MODEL)] == [5, 4, 3]
    assert [look.labelled for look in looks.last()] == [5]


def test_a_file_that_cannot_be_had_is_said_in_words(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(PizarraError, match="The file of alerts must be readable and writable"):
        AlertsFile(tmp_path / "file")


# Words


def test_an_alert_names_what_changed_since_when_and_what_to_do(alerts: Alerts, looked: Looked) -> None:
    looked("price", "city", answers_changed=True)
    alerts.take(MODEL)
    [alert] = alerts.open()
    assert alert_words(alert).startswith(
        "wine, version 3: what it is asked has changed (price, city) and its answers have changed, since 4 Jan 2027"
    )
    assert "Get true answers" in advice(alert)
    with speaking("es"):
        assert "lo que se le pregunta ha cambiado (price, city) y sus respuestas han cambiado" in alert_words(alert)


def test_many_inputs_are_counted() -> None:
    assert (
        topics_words([f"input:{name}" for name in "abcdefg"]) == "what it is asked has changed (a, b, c, d, e, 2 more)"
    )


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"is_known": True, "drifted": ("price",)}, "What it is asked has changed (price)."),
        ({"is_known": True, "scored": 20}, "No change beyond chance, and not known to be worse."),
        ({"scored": 20}, "Not known to be worse; of the inputs nothing can be said."),
        ({"scored": 20, "worse": True}, "Its answers are worse than to the test rows for certain."),
        ({"is_known": True}, "No change beyond chance."),
        ({"problem": as_text(Told("Too few: {rows}.", {"rows": 7.0}))}, "Too few: 7."),
    ],
)
def test_a_window_says_what_is_known_of_it(said: dict[str, object], words: str) -> None:
    assert look_words(Look(MODEL, 3, MONDAY, 200, **said)) == words  # type: ignore[arg-type]
