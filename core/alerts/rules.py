"""A rule in plain words: after how many windows what is retrained, on which rows; the best goes to Staging at most."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, get_args

from core.alerts.alerts import Alert
from core.alerts.alerts_file import AlertsFile
from core.alerts.looks import Look, moment_of
from core.errors import PizarraError
from core.i18n import N_, _, number
from core.passwords import without_password
from core.schedules.told import Told, as_text, from_text

Change = Literal["drift", "worse", "either"]
Learn = Literal["both", "new"]
WINDOWS, CHANGE, LABELLED, LEARN = "windows", "change", "labelled", "learn"  # as a watch is given them
NAMES = (WINDOWS, CHANGE, LABELLED, LEARN)
MOST_WINDOWS, FEWEST_LABELLED, MOST_LABELLED = 20, 50, 1_000_000
DIED = N_("The program that retrained ended before it was done, each time that it was begun.")
ATTEMPTS = 2  # how often a retraining is begun whose program died
PAUSES = (3600.0, 6 * 3600.0, 24 * 3600.0)  # seconds after which one that failed is tried again; after these no more

CHANGES: Mapping[Change, str] = {
    "drift": N_("drift"), "worse": N_("are worse for certain"), "either": N_("drift or are worse for certain"),
}  # fmt: skip
ONE_CHANGES: Mapping[Change, str] = {
    "drift": N_("drifts"), "worse": N_("is worse for certain"), "either": N_("drifts or is worse for certain"),
}  # fmt: skip
LEARNS: Mapping[Learn, str] = {"both": N_("on old and new rows"), "new": N_("on the new rows only")}


@dataclass(frozen=True)
class Rule:
    """When so many ``windows`` in a row have changed, and so many rows with a true answer are there, retrain."""

    windows: int
    change: Change = "drift"
    labelled: int = 500
    learn: Learn = "both"

    @property
    def words(self) -> str:
        """The rule as a sentence, in the reader's language."""
        if self.windows == 1:
            when = _("When a window {change}").format(change=_(ONE_CHANGES[self.change]))
        else:
            when = _("When {count} windows in a row {change}").format(
                count=number(self.windows, 0), change=_(CHANGES[self.change])
            )
        words = _(
            "{when} and {labelled} rows with a true answer are there, retrain {learn} and put the best in Staging."
        )
        return words.format(when=when, labelled=number(self.labelled, 0), learn=_(LEARNS[self.learn]))

    @property
    def arguments(self) -> dict[str, Any]:
        """What a watch is given for it."""
        return {WINDOWS: self.windows, CHANGE: self.change, LABELLED: self.labelled, LEARN: self.learn}


def rule_of(arguments: Mapping[str, Any]) -> Rule | None:
    """Return the rule that a watch is given, None where it has none.

    >>> rule_of({"windows": "3"}), rule_of({})
    (Rule(windows=3, change='drift', labelled=500, learn='both'), None)

    Raises:
        PizarraError: a part of it is none.
    """
    if not str(arguments.get(WINDOWS, "")).strip():
        given = [name for name in NAMES if str(arguments.get(name, "")).strip()]
        if given:
            raise PizarraError(
                N_("A rule says after how many windows in a row it retrains, but only this was given: {given}."),
                N_("Give “windows” too, or leave the rule out."),
                given=", ".join(given),
            )
        return None
    return Rule(
        _count(arguments, WINDOWS, 1, MOST_WINDOWS, 1),
        _one_of(arguments, CHANGE, get_args(Change)),
        _count(arguments, LABELLED, FEWEST_LABELLED, MOST_LABELLED, 500),
        _one_of(arguments, LEARN, get_args(Learn)),
    )


def is_due(rule: Rule, looks: Sequence[Look]) -> bool:
    """Tell whether a rule holds, by the ``looks`` at the version in Production, the newest first.

    Windows in which what it asks for was not judged count neither way.
    """
    judged = [said for look in looks if (said := _said(rule, look)) is not None][: rule.windows]
    return len(judged) == rule.windows and all(judged) and looks[0].labelled >= rule.labelled


def _said(rule: Rule, look: Look) -> bool | None:
    """Return what a window says of what a rule asks for, None where it says nothing of it."""
    drifts = (bool(look.drifted) or look.answers_changed) if look.is_known else None
    worse = look.worse if look.scored else None
    if rule.change == "drift":
        return drifts
    if rule.change == "worse":
        return worse
    return None if drifts is None and worse is None else bool(drifts) or bool(worse)


def _count(arguments: Mapping[str, Any], name: str, least: int, most: int, usual: int) -> int:
    text = str(arguments.get(name, "")).strip() or str(usual)
    if not (text.isascii() and text.isdecimal() and len(text) < 10 and least <= int(text) <= most):
        raise PizarraError(
            N_("“{name}” must be a whole number from {least} to {most}, but it is {value}."),
            N_("Choose another number."),
            name=name, least=number(least, 0), most=number(most, 0), value=repr(text),
        )  # fmt: skip
    return int(text)


def _one_of(arguments: Mapping[str, Any], name: str, known: Sequence[Any]) -> Any:
    text = str(arguments.get(name, "")).strip() or known[0]
    if text not in known:
        raise PizarraError(
            N_("“{name}” must be one of {known}, but it is {value}."), N_("Choose one of them."),
            name=name, known=", ".join(known), value=repr(text),
        )  # fmt: skip
    return text


@dataclass(frozen=True)
class Firing:
    """A rule that was carried out for an alert, or is; how often it failed, and when it is tried ``again``.

    ``again`` is None where it is tried no more.
    """

    alert: int
    watch: str
    begun: datetime
    ended: datetime | None
    outcome: Literal["running", "done", "failed"]
    words: str
    failures: int = 0
    again: datetime | None = None

    @property
    def attempt(self) -> int:
        """Which attempt it is, or was: it is begun anew after each failure."""
        return self.failures + (self.outcome != "failed")


class Firings:
    """Which rules were carried out for which alerts, each once unless it fails; ``now`` is a clock (seconds)."""

    def __init__(self, file: AlertsFile, store_uri: str, now: Callable[[], float] = time.time) -> None:
        self._file, self._store, self._now = file, without_password(store_uri), now

    def claim(self, alert: Alert, watch: str, run: int) -> bool:
        """Make carrying out a rule for an alert that of a schedule's ``run``; False where it was done, or another's.

        A schedule has one run at a time, so what an earlier one was about has died with it, and is begun again. So is
        what failed, once it is due.

        Raises:
            PizarraError: the disk is full, or another program keeps the file.
        """
        made = self._file.write_rows(
            "insert or ignore into firings (alert, store, model, watch, claimed_by, begun) values (?, ?, ?, ?, ?, ?)",
            (alert.number, self._store, alert.model, watch, run, self._now()),
        )
        return bool(made) or bool(
            self._file.write_rows(
                "update firings set claimed_by = ?, attempts = attempts + 1 where alert = ? and outcome = 'running' "
                "and claimed_by < ? and watch = ? and attempts < ?",
                (run, alert.number, run, watch, ATTEMPTS),
            )
            or self._file.write_rows(
                "update firings set claimed_by = ?, attempts = 1, begun = ?, ended = null, outcome = 'running', "
                "words = '{}' where alert = ? and outcome = 'failed' and claimed_by < ? and watch = ? "
                "and exists (select 1 from retries where retries.alert = firings.alert and due <= ?)",
                (run, self._now(), alert.number, run, watch, self._now()),
            )
        )

    def is_due_again(self, alert: Alert) -> bool:
        """Tell whether what failed for an alert is to be tried again now.

        Raises:
            PizarraError: the file cannot be read.
        """
        found = self.of(alert)
        if found is None or found.outcome != "failed" or found.again is None:
            return False
        return found.again.timestamp() <= self._now()

    def fail(self, alert: Alert, run: int, told: Told) -> Firing | None:
        """Write down that it failed, and when it is tried again, if it is; None where it is another's by now.

        Raises:
            PizarraError: the disk is full, or another program keeps the file.
        """
        failures = (found.failures if (found := self.of(alert)) else 0) + 1
        due = self._now() + PAUSES[failures - 1] if failures <= len(PAUSES) else None
        is_ours = self._file.write_rows(
            "insert into retries select alert, ?, ? from firings where alert = ? and claimed_by = ? "
            "and outcome = 'running' on conflict do update set failures = excluded.failures, due = excluded.due",
            (failures, due, alert.number, run),
        )
        self.end(alert, run, "failed", told)
        return self.of(alert) if is_ours else None

    def bury(self, alert: Alert, watch: str, run: int) -> bool:
        """Write down that the program which carried it out died as often as it may; False where that is not so.

        It is not tried again: whatever it is may end the next dashboard, too.

        Raises:
            PizarraError: the disk is full, or another program keeps the file.
        """
        return bool(
            self._file.write_rows(
                "update firings set outcome = 'failed', words = ?, ended = ? where alert = ? and outcome = 'running' "
                "and claimed_by < ? and watch = ? and attempts >= ?",
                (as_text(Told(DIED)), self._now(), alert.number, run, watch, ATTEMPTS),
            )
        )

    def end(self, alert: Alert, run: int, outcome: Literal["done", "failed"], told: Told) -> None:
        """Write down what came of it.

        Raises:
            PizarraError: the disk is full, or another program keeps the file.
        """
        self._file.write_rows(
            "update firings set outcome = ?, words = ?, ended = ? where alert = ? and claimed_by = ?",
            (outcome, as_text(told), self._now(), alert.number, run),
        )

    def of(self, alert: Alert) -> Firing | None:
        """Return what a rule did for an alert, None where none was carried out.

        Raises:
            PizarraError: the file cannot be read.
        """
        rows = self._file.rows(
            "select watch, begun, ended, outcome, words, coalesce(failures, 0), due from firings "
            "left join retries on retries.alert = firings.alert where firings.alert = ?",
            (alert.number,),
        )
        for watch, begun, ended, outcome, words, failures, due in rows:
            moments = [None if one is None else moment_of(one) for one in (ended, due)]
            return Firing(
                alert.number, watch, moment_of(begun), moments[0], outcome, from_text(words), failures, moments[1]
            )
        return None
