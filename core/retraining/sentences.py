"""A fair comparison in sentences: a conclusion, then what both versions get on new rows and on those of before."""

from __future__ import annotations

from core.i18n import N_, _, ngettext, number
from core.retraining.comparison import FairComparison, OnRows, Outcome
from core.retraining.launching import Retraining

CONCLUSIONS: dict[tuple[str, str], str] = {
    ("better", "worse"): N_("Better on the new rows, but worse on those of before."),
    ("better", "close"): N_("Better on the new rows, and not known to be worse on those of before."),
    ("better", "better"): N_("Better on the new rows and on those of before."),
    ("close", "worse"): N_("Not known to be better on the new rows, and worse on those of before."),
    ("close", "close"): N_("Not known to be better or worse, on the new rows or on those of before."),
    ("close", "better"): N_("Not known to be better on the new rows, but better on those of before."),
    ("worse", "worse"): N_("Worse on the new rows and on those of before."),
    ("worse", "close"): N_("Worse on the new rows, and not known to be better on those of before."),
    ("worse", "better"): N_("Worse on the new rows, but better on those of before."),
}
ALIKE = N_("No different: both answer equally well on the new rows and on those of before.")
VERDICTS: dict[Outcome, str] = {
    "better": N_("better for certain"), "worse": N_("worse for certain"), "close": N_("too close to call"),
    "identical": N_("no different"), "unknown": N_("chance not known"),
}  # fmt: skip


def comparison_words(found: FairComparison) -> tuple[str, ...]:
    """Return the conclusion, then a sentence for each set of rows."""
    if found.new is None or found.old is None:
        return (_("Nobody knows whether the new version is better: {problem}").format(problem=found.problem or "–"),)
    first = conclusion(found.new.outcome, found.old.outcome)
    if lost := list(dict.fromkeys([*found.new.worse_in, *found.old.worse_in])):
        first += " " + _("But worse for certain in {metrics}: look at both before you decide.").format(
            metrics=", ".join(lost)
        )
    return (
        first,
        _on_rows(_("On the new rows ({rows}, from which neither has learned)"), found.new, found.version),
        _on_rows(_("On the rows of before ({rows}, the test rows of then)"), found.old, found.version),
    )


def rows_words(told: Retraining) -> list[str]:
    """Say what the new version learns from, and which rows were left out and why."""
    new = ngettext("{count} new row", "{count} new rows", told.learned)
    held = ngettext("{count} more is held out", "{count} more are held out", told.tested)
    if told.only_new:
        said = [_("It learns from {new} alone; {held} to compare both.").format(new=new, held=held)]
        if told.others:
            said = [_("It learns from {new} and {others} that are known already; {held} to compare both.").format(
                new=new, others=number(told.others, 0), held=held)]  # fmt: skip
    else:
        said = [_("It learns from {old} and {new}; {held} to compare both.").format(
            old=ngettext("{count} old row", "{count} old rows", told.others), new=new, held=held)]  # fmt: skip
    return said + left_out_words(told.test_rows, 0 if told.only_new else told.known, told.untold, told.unfit)


def left_out_words(test_rows: int, known: int, untold: int, unfit: int) -> list[str]:
    """Say which of the new rows are left out, and why."""
    why = [
        (test_rows, N_("the same as old test rows, which nobody may learn from: {count}")),
        (known, N_("the same as rows that it learned from already: {count}")),
        (untold, N_("without a true answer: {count}")),
        (unfit, N_("with a value that does not fit: {count}")),
    ]
    told = [_(words).format(count=number(count, 0)) for count, words in why if count]
    return [_("Left out: {rows}.").format(rows="; ".join(told))] if told else []


def conclusion(new: Outcome, old: Outcome) -> str:
    """Say in one sentence how the new version does on both sets of rows."""
    if new == old == "identical":
        return _(ALIKE)
    as_close = {"identical": "close", "unknown": "close"}
    return _(CONCLUSIONS[as_close.get(new, new), as_close.get(old, old)])


def _on_rows(where: str, found: OnRows, version: int) -> str:
    said = _("{where}: {metric} {mine}, version {version} {theirs}: {verdict}.").format(
        where=where.format(rows=ngettext("{count} row", "{count} rows", found.rows)), metric=found.metric,
        mine=_ends(found.mine.value, found.mine.low, found.mine.high), version=number(version, 0),
        theirs=_ends(found.theirs.value, found.theirs.low, found.theirs.high), verdict=_(VERDICTS[found.outcome]),
    )  # fmt: skip
    for name in found.worse_in:
        mine, theirs = found.others[name]
        said += " " + _("{metric} {mine}, version {version} {theirs}: {verdict}.").format(
            metric=name, mine=number(mine), version=number(version, 0), theirs=number(theirs),
            verdict=_(VERDICTS["worse"]),
        )  # fmt: skip
    if found.outcome == "close" and found.low is not None and found.high is not None:
        more = _("It is between {low} worse and {high} better (95 %).").format(
            low=number(max(-found.low, 0.0)), high=number(max(found.high, 0.0))
        )
        return f"{said} {more}"
    return said


def _ends(value: float, low: float | None, high: float | None) -> str:
    return number(value) if low is None or high is None else f"{number(value)} ({number(low)}–{number(high)})"
