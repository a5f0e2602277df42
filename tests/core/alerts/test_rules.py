from __future__ import annotations

from threading import Barrier, Thread

import pytest

from core.alerts.alerts import Alerts
from core.alerts.alerts_file import AlertsFile
from core.alerts.looks import Look
from core.alerts.rules import PAUSES, Firings, Rule, is_due, rule_of
from core.errors import PizarraError
from core.i18n import speaking
from core.schedules.told import Told
from tests.core.alerts.conftest import MODEL, Looked
from tests.core.schedules.conftest import MONDAY, STORE, Clock


def look(drifts: bool | None = None, worse: bool | None = None, labelled: int = 500) -> Look:
    """Return a window that judged inputs, true answers, both, or neither."""
    return Look(
        MODEL, 3, MONDAY, is_known=drifts is not None, drifted=("price",) if drifts else (),
        scored=0 if worse is None else 20, worse=bool(worse), labelled=labelled,
    )  # fmt: skip


def test_a_rule_is_a_sentence_in_both_languages() -> None:
    rule = Rule(3)
    assert rule.words == (
        "When 3 windows in a row drift and 500 rows with a true answer are there, retrain on old and new rows and put "
        "the best in Staging."
    )
    assert Rule(1, "worse", 50, "new").words == (
        "When a window is worse for certain and 50 rows with a true answer are there, retrain on the new rows only and "
        "put the best in Staging."
    )
    with speaking("es"):
        assert rule.words == (
            "Cuando 3 ventanas seguidas se desvíen y haya 500 filas con respuesta verdadera, reentrenar con filas "
            "antiguas y nuevas y poner la mejor en Staging."
        )


@pytest.mark.parametrize(
    ("rule", "looks", "due"),
    [
        (Rule(3), [look(True), look(True), look(True)], True),
        (Rule(3), [look(True), look(True)], False),
        (Rule(3), [look(True), look(False), look(True), look(True)], False),
        (Rule(2), [look(True), look(None), look(True)], True),  # too few rows count neither way
        (Rule(2), [look(True, labelled=499), look(True)], False),
        (Rule(2, "worse"), [look(True, True), look(True), look(False, True)], True),
        (Rule(2, "worse"), [look(True), look(True)], False),
        (Rule(2, "either"), [look(True, False), look(False, True)], True),
        (Rule(2, "either"), [look(False, False), look(False, True)], False),
        (Rule(1), [], False),
    ],
)
def test_a_rule_holds_after_so_many_windows_in_a_row(rule: Rule, looks: list[Look], due: bool) -> None:
    assert is_due(rule, looks) is due


def test_a_rule_is_read_from_what_a_watch_is_given_and_given_back() -> None:
    rule = rule_of({"windows": " 2 ", "change": "either", "labelled": "1000", "learn": "new"})
    assert rule == Rule(2, "either", 1000, "new")
    assert rule_of(rule.arguments) == rule
    assert rule_of({"model": "wine"}) is None


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ({"windows": "0"}, "“windows” must be a whole number from 1 to 20, but it is '0'"),
        ({"windows": "²"}, "“windows” must be a whole number"),
        ({"windows": 2, "labelled": 3}, "“labelled” must be a whole number from 50 to 1,000,000, but it is '3'"),
        ({"windows": 2, "change": "fear"}, "“change” must be one of drift, worse, either, but it is 'fear'"),
        ({"windows": 2, "learn": "old"}, "“learn” must be one of both, new, but it is 'old'"),
        ({"learn": "new"}, "A rule says after how many windows in a row it retrains, but only this was given: learn"),
    ],
)
def test_a_rule_that_is_none_is_refused_in_words(given: dict[str, object], why: str) -> None:
    with pytest.raises(PizarraError, match=why):
        rule_of(given)


def test_a_rule_is_carried_out_once_an_alert_by_whoever_is_first(
    file: AlertsFile, alerts: Alerts, looked: Looked
) -> None:
    looked("price")
    alerts.take(MODEL)
    [alert] = alerts.open()
    barrier, won = Barrier(8), []

    def claim(run: int) -> None:
        firings = Firings(file, STORE)
        barrier.wait()
        if firings.claim(alert, f"watch {run}", run):
            won.append(run)

    threads = [Thread(target=claim, args=(run,)) for run in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(won) == 1
    firing = Firings(file, STORE).of(alert)
    assert firing is not None
    assert firing.outcome == "running"


def test_what_failed_is_tried_again_after_pauses_that_grow_and_then_no_more(
    file: AlertsFile, alerts: Alerts, looked: Looked, clock: Clock
) -> None:
    looked("price")
    alerts.take(MODEL)
    [alert], firings = alerts.open(), Firings(file, STORE, clock)
    assert firings.claim(alert, "nightly", 1)
    for run, pause in enumerate(PAUSES, 2):
        failed = firings.fail(alert, run - 1, Told("There is no worker."))
        assert failed is not None
        assert (failed.failures, failed.outcome, failed.words) == (run - 1, "failed", "There is no worker.")
        assert failed.again is not None
        assert failed.again.timestamp() == pytest.approx(clock() + pause)
        clock.go_on(pause - 1)
        assert not firings.is_due_again(alert)
        assert not firings.claim(alert, "nightly", run)
        clock.go_on(2)
        assert firings.is_due_again(alert)
        assert not firings.claim(alert, "weekly", run)  # another watch did not begin it
        assert [firings.claim(alert, "nightly", run), firings.claim(alert, "nightly", run)] == [True, False]
        found = firings.of(alert)
        assert found is not None
        assert (found.outcome, found.attempt) == ("running", run)
    last = firings.fail(alert, len(PAUSES) + 1, Told("There is no worker."))
    assert last is not None
    assert (last.failures, last.again) == (len(PAUSES) + 1, None)
    clock.go_on(10 * PAUSES[-1])
    assert not firings.is_due_again(alert)
    assert not firings.claim(alert, "nightly", 99)


def test_what_failed_for_good_is_not_tried_again(
    file: AlertsFile, alerts: Alerts, looked: Looked, clock: Clock
) -> None:
    looked("price")
    alerts.take(MODEL)
    [alert], firings = alerts.open(), Firings(file, STORE, clock)
    assert firings.claim(alert, "nightly", 1)
    assert firings.fail(alert, 7, Told("Not its own.")) is None
    firings.end(alert, 1, "failed", Told("The rows are refused."))
    clock.go_on(10 * PAUSES[-1])
    assert not firings.is_due_again(alert)
    assert not firings.claim(alert, "nightly", 2)


def test_what_died_is_begun_once_more_by_the_next_run_of_its_watch_alone(
    file: AlertsFile, alerts: Alerts, looked: Looked
) -> None:
    looked("price")
    alerts.take(MODEL)
    [alert], firings = alerts.open(), Firings(file, STORE)
    assert firings.of(alert) is None
    assert firings.claim(alert, "nightly", 5)
    assert not firings.claim(alert, "nightly", 5)
    assert not firings.claim(alert, "weekly", 6)
    assert firings.claim(alert, "nightly", 7)
    assert not firings.claim(alert, "nightly", 8)  # it was begun twice
    assert not firings.bury(alert, "nightly", 7)  # it is under way
    firings.end(alert, 5, "done", Told("Never."))  # the one that died
    firings.end(alert, 7, "done", Told("Staged."))
    found = firings.of(alert)
    assert found is not None
    assert (found.outcome, found.words) == ("done", "Staged.")
    assert not firings.claim(alert, "nightly", 9)


def test_what_died_twice_has_failed_and_is_not_tried_again(file: AlertsFile, alerts: Alerts, looked: Looked) -> None:
    looked("price")
    alerts.take(MODEL)
    [alert], firings = alerts.open(), Firings(file, STORE)
    assert firings.claim(alert, "nightly", 1)
    assert not firings.bury(alert, "nightly", 2)  # it is begun again
    assert firings.claim(alert, "nightly", 2)
    assert not firings.bury(alert, "weekly", 3)
    assert [firings.bury(alert, "nightly", 3), firings.bury(alert, "nightly", 3)] == [True, False]
    found = firings.of(alert)
    assert found is not None
    assert (found.outcome, found.again) == ("failed", None)
    with speaking("es"):
        told = firings.of(alert)
        assert told is not None
        assert told.words.startswith("El programa que reentrenaba terminó antes de acabar")
    assert not firings.claim(alert, "nightly", 4)
