"""Alerts in sentences: what changed, since when and what to do; what a window said; what became of a rule."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from core.alerts.alerts import Alert, Closing
from core.alerts.looks import ANSWERS, INPUT, WORSE, Look
from core.alerts.rules import rule_of
from core.errors import PizarraError
from core.i18n import N_, _, in_a_row, moment, ngettext

MOST_NAMED = 5  # inputs
# Names of who does something in a timeline that is no person; what they are called follows
WATCH, RULE = "watch: ", "rule: "
CLOSED: Mapping[Closing, str] = {
    "quiet": N_("two windows in a row said nothing"),
    "other_version": N_("another version is in Production"),
    "no_version": N_("no version is in Production any more"),
}


def topics_words(topics: Sequence[str]) -> str:
    """Say what has changed: inputs by their names, never by what somebody wrote into them."""
    inputs = [topic.removeprefix(INPUT) for topic in topics if topic.startswith(INPUT)]
    said = []
    if inputs:
        named = inputs[:MOST_NAMED]
        if len(inputs) > MOST_NAMED:
            rest = len(inputs) - MOST_NAMED
            named = [*named, ngettext("{count} more", "{count} more", rest)]
        pattern = _("what it is asked has changed ({names})")
        said.append(pattern.format(names=", ".join(named)))
    if ANSWERS in topics:
        said.append(_("its answers have changed"))
    if WORSE in topics:
        said.append(_("its answers are worse than to the test rows for certain"))
    return in_a_row(said)


def alert_words(alert: Alert) -> str:
    """Say of which version something has changed, what, and since when."""
    return _("{model}, version {version}: {what}, since {when}.").format(
        model=alert.model, version=alert.version, what=topics_words(alert.topics), when=moment(alert.opened)
    )


def advice(alert: Alert) -> str:
    """Say what to do."""
    if WORSE in alert.topics:
        return _("Retrain with the new rows, compare both on old and on new ones, and promote the better one.")
    if all(topic == ANSWERS for topic in alert.topics):
        return _("Look at what it answers now, and get true answers for some rows: they show whether it is right.")
    return _("Look at what changed and whether the model listens to it. Get true answers for some of the new rows; "
             "where it is worse, retrain with them.")  # fmt: skip


def look_words(look: Look) -> str:
    """Say what a window said, or why nothing is known of it."""
    if look.topics:
        return f"{capital(topics_words(look.topics))}."
    if look.problem_words and not look.is_known and not look.scored:
        return look.problem_words
    if look.is_known and look.scored:
        return _("No change beyond chance, and not known to be worse.")
    if look.scored:
        return _("Not known to be worse; of the inputs nothing can be said.")
    return _("No change beyond chance.")


def over_words(alert: Alert) -> str:
    """Say of an alert that is closed when that was, and why."""
    return _("It is over since {when}: {why}.").format(when=moment(alert.closed), why=closed_words(alert.why_closed))


def closed_words(why: str) -> str:
    """Say why an alert was closed."""
    return _(next((words for known, words in CLOSED.items() if known == why), ""))


def doer_words(by: str) -> str:
    """Say who did something that a timeline has; a person by their name."""
    if by.startswith(WATCH):
        return _("the watch “{name}”").format(name=by.removeprefix(WATCH))
    if by.startswith(RULE):
        return _("the rule of “{name}”").format(name=by.removeprefix(RULE))
    return by


def entry_words(about: Mapping[str, Any]) -> str:
    """Say what an entry of a timeline about an alert or a rule says, in the reader's language."""
    topics = [str(topic) for topic in about.get("topics", ())]
    what, version, why = topics_words(topics), about.get("version", "–"), str(about.get("why", ""))
    values = {"what": what, "version": version, "why": why, "new": about.get("new", "–"),
              "rule": _rule_words(about.get("rule")), "said": str(about.get("said", "")),
              "attempt": _whole(about.get("attempt"))}  # fmt: skip
    match about.get("step"):
        case "opened":
            words = _("alert for version {version}: {what}")
        case "joined":
            words = _("the alert for version {version} goes on: {what}, too")
        case "closed":
            return _("the alert for version {version} is over: {why}").format(version=version, why=closed_words(why))
        case "seen":
            words = _("the alert for version {version} was seen: “{why}”")
        case "fired" if _whole(about.get("attempt")) > 1:
            words = _("the rule is tried again for version {version}, attempt {attempt}: {rule}")
        case "fired":
            words = _("the rule holds for version {version}: {rule}")
        case "staged":
            words = _("retrained: version {new} is the best and is in Staging. {said}")
        case "kept":
            words = _("retrained: version {new} is not the best, so it is registered and stays without a "
                      "stage. {said}")  # fmt: skip
        case "failed":
            more = again_words(_moment_in(about.get("again")), _whole(about.get("failures")))
            return f"{_('retraining came to nothing: {said}').format(**values).strip()} {more}".strip()
        case _later:  # of another version of us
            return ""
    return words.format(**values).strip()


def again_words(again: datetime | None, failures: int) -> str:
    """Say when what failed so often is tried again, or that it is not; nothing where it was never to be."""
    if again is not None:
        return _("It is tried again at the first look of its watch after {when}.").format(when=moment(again))
    if failures > 1:
        return _("It was tried {count} times, and is not tried again for this alert.").format(count=failures)
    return ""


def _whole(value: object) -> int:
    return value if isinstance(value, int) else 0


def _moment_in(text: object) -> datetime | None:
    try:
        return datetime.fromisoformat(str(text)) if text else None
    except ValueError:  # of another version of us
        return None


def _rule_words(rule: object) -> str:
    try:
        read = rule_of(rule) if isinstance(rule, Mapping) else None
    except PizarraError:
        return ""
    return read.words if read else ""


def capital(words: str) -> str:
    """Return words as a sentence begins with them."""
    return words[:1].upper() + words[1:]
