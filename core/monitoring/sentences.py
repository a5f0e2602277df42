"""What a check found, in sentences: what changed, by how much, and whether the model listens to it."""

from __future__ import annotations

import math

from core.i18n import N_, _, ngettext, number, percent
from core.monitoring.answers import Reason
from core.monitoring.checks import Check, Odd
from core.monitoring.drift import FEWEST_ROWS, Change, Moved
from core.text import plain

LISTENS, HARDLY = 0.1, 0.02  # shares of what moves the answers
NO_ANSWERS: dict[Reason, str] = {
    "no_test_rows": N_("No test rows of its run can be read, so nobody can say whether its answers have changed."),
    "other_kind": N_("The answers are of another kind than those to the test rows, so they cannot be compared."),
    "too_few": N_("There are too few answers, or test rows, to tell whether the answers have changed."),
}


def verdict_words(found: Check) -> str:
    """Say in a sentence whether anything changed."""
    drift = found.drift
    if not drift.is_known:
        return _("Nothing can be said: it takes {fewest} rows, but there are {rows}, and {reference} to hold them "
                 "against.").format(fewest=number(FEWEST_ROWS, 0), rows=number(drift.rows, 0),
                                    reference=number(drift.reference_rows, 0))  # fmt: skip
    changed = len(drift.drifted)
    if changed:
        words = _("What it is asked has changed more than by chance: {changed} of {count} inputs.").format(
            changed=number(changed, 0), count=number(len(drift.columns), 0)
        )
        if all(one.weight is not None and one.weight < HARDLY for one in drift.drifted):
            return f"{words} {_('The model hardly uses them.')}"
        return words
    if found.answers_changed:
        return _("The answers have changed more than by chance, though no single input has.")
    return ngettext("No change beyond chance in {count} row.", "No change beyond chance in {count} rows.", drift.rows)


def change_words(one: Change) -> str:
    """Say of an input what changed most, and how much the model listens to it."""
    parts = [_what(one)]
    if one.weight is not None:
        parts.append(weight_words(one.weight))
    return " ".join([f"{plain(one.name)}:", *(part for part in parts if part)])


def weight_words(weight: float) -> str:
    """Say how much a model listens to an input."""
    if weight < HARDLY:
        return _("The model hardly uses it.")
    share = percent(weight, 0)
    if weight >= LISTENS:
        return _("The model listens to it: {share} of what moves its answers.").format(share=share)
    return _("{share} of what moves the model's answers.").format(share=share)


def _what(one: Change) -> str:
    """Say the largest of the changes: missing, values that nobody had, the middle of numbers, a word's share."""
    missing, outside = (now - before for before, now in (one.missing, one.outside))
    said = []
    if abs(missing) >= max(one.effect / 2, 0.005):
        said.append(_("missing in {now} of the rows, before in {before}.").format(
            now=percent(one.missing[1]), before=percent(one.missing[0])))  # fmt: skip
    if outside >= max(one.effect / 2, 0.005):
        pattern = (
            _("{now} of the values are beyond all rows before.")
            if one.kind == "number"
            else _("{now} of the rows have a word that no row had before.")
        )
        said.append(pattern.format(now=percent(one.outside[1])))
    if one.kind == "number" and not said:
        said.append(_middle(one))
    if one.kind == "word" and not said and one.moved:
        said.append(moved_words(one.moved[0]))
    return " ".join(said)


def _middle(one: Change) -> str:
    before, now = one.middle
    if math.isnan(now):
        return _("there are no values.")
    if before == now:
        return _("half is below {now} as before, but the rest lies elsewhere: at least {share} of the rows.").format(
            now=number(now), share=percent(one.effect, 0))  # fmt: skip
    words = (
        _("higher: half is below {now}, before below {before}.")
        if now > before
        else _("lower: half is below {now}, before below {before}.")
    )
    return words.format(now=number(now), before=number(before))


def moved_words(moved: Moved) -> str:
    """Say of a word in how many rows it is, and was."""
    return _("{word} in {now} of the rows, before in {before}.").format(
        word=_word(moved), now=percent(moved.now), before=percent(moved.before)
    )


def _word(moved: Moved) -> str:
    return _("(missing)") if moved.word is None else f"“{plain(moved.word, 40)}”"


def odd_words(odd: Odd) -> str:
    """Say how many rows are unlike those that the model learned from."""
    return _("Of {rows} rows that were held against the training rows one by one, {never} are unlike all of them and "
             "{unusual} are unusual.").format(rows=number(odd.rows, 0), never=number(odd.never_seen, 0),
                                              unusual=number(odd.unusual, 0))  # fmt: skip


def answers_words(found: Check) -> str:
    """Say whether the answers have changed, and how."""
    answers = found.answers
    if answers.reason:
        return _(NO_ANSWERS[answers.reason])
    if not found.answers_changed:
        return _("Its answers are no others than to its test rows, as far as chance lets see.")
    if answers.is_class and answers.moved:
        moved = answers.moved[0]
        return _("Its answers have changed: {word} for {now} of the rows, for {before} of the test rows.").format(
            word=_word(moved), now=percent(moved.now), before=percent(moved.before)
        )
    before, now = answers.middle
    return _("Its answers have changed: half is below {now}, to the test rows below {before}.").format(
        now=number(now), before=number(before)
    )


def false_alarm_words(found: Check) -> str:
    """Say how often such a check finds something where nothing changed."""
    return _("Of checks like this with nothing changed, at most {share} find something.").format(
        share=percent(found.false_alarms, 0)
    )
