"""Gates: the rules of a model that a version must fulfil before it is used for real.

They are kept as lines of text in one tag of the model, so that any program can read and write them:

- ``f1 > 0.85`` (also ``>=``, ``<``, ``<=``); ``f1`` stands for ``test_f1`` where there is no metric ``f1``
- ``accuracy not worse than Production by more than 0.01``
- ``accuracy better than baseline``: than always giving the same answer to the test rows
- ``recall of no group of Contract below 0.5`` (also ``above``, of errors): groups as in ``slices.divide``; those with
  too few rows that tell the metric are not judged
- ``signature unchanged``
- ``passed through Staging``
- ``description not empty``
"""

from __future__ import annotations

import math
import operator
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import pandas as pd

from core.comparison.direction import higher_is_better, nearest_zero_is_best
from core.comparison.measures import TESTED, from_predictions, measure_of, readable
from core.comparison.slice_scores import values
from core.comparison.slices import FEWEST_ROWS, band_words, divide, feature_names
from core.errors import ParameterError
from core.i18n import N_, _, exact_number, ngettext, number
from core.store.registry.events import GateOutcome
from core.store.registry.stages import GATES_TAG

COMPARISONS = {">": operator.gt, ">=": operator.ge, "<": operator.lt, "<=": operator.le}

Kind = Literal["limit", "not_worse", "above_baseline", "no_group", "signature", "staged", "described", "unreadable"]
FIXED: Mapping[Kind, str] = {
    "signature": "signature unchanged",
    "staged": "passed through Staging",
    "described": "description not empty",
}
_METRIC = r"(?P<metric>[^<>=≤≥,;&|]+?)"  # no name of MLflow's has any of these signs
_NUMBER = r"(?P<number>[-+]?\d*[.,]?\d+(?:[eE][-+]?\d+)?)"
_LIMIT = re.compile(rf"{_METRIC}\s*(?P<comparison>>=|<=|≥|≤|>|<)\s*{_NUMBER}")
_NOT_WORSE = re.compile(rf"{_METRIC}\s+not worse than production by more than\s+{_NUMBER}", re.IGNORECASE)
_ABOVE = re.compile(rf"{_METRIC}\s+better than (the )?baseline", re.IGNORECASE)
_NO_GROUP = re.compile(
    r"(?P<metric>.+?)\s+of no group of\s+`?(?P<column>.+?)`?\s*"
    rf"(?:\s(?P<word>below|above)\s|(?P<sign>[<>]))\s*{_NUMBER}",
    re.IGNORECASE,
)
_TWO_WAYS = re.compile(r"[-+]?[1-9]\d{0,2},\d{3}")  # 1,300: a thousand or one and a bit?
_SEVERAL = re.compile(
    r"\s(and|or|y|o|not worse than|better than)\s", re.IGNORECASE
)  # a rule about two things is two rules
_SIGNS = {"≥": ">=", "≤": "<="}

# What a gate was judged by where that is no number; kept in English and translated where it is shown
NO_METRIC = N_("this version has no such metric")
PRODUCTION_WITHOUT = N_("the version in Production has no such metric")
NO_PRODUCTION = N_("nothing is in Production to compare with")
NO_BASELINE = N_("no test rows are stored that tell what always giving the same answer gets")
NO_DIRECTION = N_("nobody has said which way this metric is better")
NO_SIGNATURE = N_("one of the two has no signature, or its files are gone")
OTHER_SIGNATURE = N_("it wants to know other things, or answers with another type")
NO_ANSWERS = N_("no test rows are stored that tell how good it is for each group")
NO_COLUMN = N_("the test rows have no such column, or it has only one group")
NO_GROUPS = N_("no group of this column has enough rows to tell")
UNREADABLE = N_("this rule cannot be read")

# The worst group and how many were looked at, as it is kept; the group as ``Slice.text`` has it
_WORST = re.compile(r"(?P<value>\S+) for (?P<group>.+) \((?P<rows>\d+) rows\); (?P<judged>\d+) groups judged"
                    r"(?:, (?P<few>\d+) with too few rows)?", re.DOTALL)  # fmt: skip
_SOME = r"-?[\d.]+(?:e[-+]\d+)?"
_BAND = re.compile(rf"= (?P<same>{_SOME})|(?=[<>])(?:> (?P<low>{_SOME}))? ?(?:<= (?P<high>{_SOME}))?")


@dataclass(frozen=True)
class Gate:
    """One rule, read; ``text`` is what is kept."""

    kind: Kind
    text: str
    metric: str = ""
    comparison: str = ""
    number: float = 0.0
    column: str = ""

    @property
    def words(self) -> str:
        """The rule in the reader's language; the metric's name as it is: escape it where it is shown."""
        match self.kind:
            case "limit":
                return f"{self.metric} {self.comparison} {number(self.number)}"
            case "not_worse":
                return _("{metric} not worse than Production by more than {number}").format(
                    metric=self.metric, number=number(self.number)
                )
            case "above_baseline":
                return _("{metric} better than the baseline").format(metric=self.metric)
            case "no_group":
                said = (
                    _("{metric} of no group of {column} below {number}") if self.comparison == "<" else
                    _("{metric} of no group of {column} above {number}")
                )  # fmt: skip
                return said.format(metric=self.metric, column=self.column, number=number(self.number))
            case "signature":
                return _("signature unchanged")
            case "staged":
                return _("passed through Staging")
            case "described":
                return _("description not empty")
            case _unreadable:
                return self.text


@dataclass(frozen=True)
class Candidate:
    """What is known of a version that wants to go to Production.

    ``production`` are the metrics of what is there now, measured on the same rows where that was possible; None where
    nothing is there. ``baseline`` is what always giving the same answer gets on these rows, empty where nobody knows.
    ``same_signature`` is None where it cannot be told. ``answers`` is what it says of the test rows that it is judged
    on, as in ``EVALUATION_TABLE``; None where nobody knows.
    """

    metrics: Mapping[str, float]
    production: Mapping[str, float] | None = None
    baseline: Mapping[str, float] = field(default_factory=dict)
    directions: Mapping[str, bool | None] = field(default_factory=dict)
    same_signature: bool | None = None
    staged: bool = False
    description: str = ""
    answers: pd.DataFrame | None = None


def read_gates(tags: Mapping[str, str]) -> list[Gate]:
    """Return the gates in a model's tags, in order; a line that cannot be read is one that nobody passes."""
    lines = [line.strip() for line in tags.get(GATES_TAG, "").splitlines()]
    return [_read(line) or Gate("unreadable", line) for line in dict.fromkeys(lines) if line]


def gate(text: str) -> Gate:
    """Read one rule.

    Raises:
        ParameterError: it is none.

    >>> gate("f1>0,85").text, gate("Signature  unchanged").kind
    ('f1 > 0.85', 'signature')
    """
    found = _read(text.strip())
    if found is None:
        raise ParameterError(
            N_("A gate must be a rule such as “f1 > 0.85” or “accuracy not worse than Production by more than 0.01”, "
               "but it is {text}."),
            N_("Put the rule together from the choices, or correct it: one metric, one of > >= < <=, and one number "
               "with no sign between its thousands. What must hold together are rules of their own."),
            text=repr(text),
        )  # fmt: skip
    return found


def _read(line: str) -> Gate | None:
    plain = " ".join(line.split())
    for kind, text in FIXED.items():
        if plain.lower() == text.lower():
            return Gate(kind, text)
    if found := _NO_GROUP.fullmatch(plain):  # before others, as the name of a column may have any sign
        return _read_no_group(found)
    if found := _NOT_WORSE.fullmatch(plain):
        value = _number(found)
        if value is None or value < 0 or _SEVERAL.search(found["metric"]):
            return None
        text = f"{found['metric']} not worse than Production by more than {value:.12g}"
        return Gate("not_worse", text, found["metric"], "", value)
    if (found := _ABOVE.fullmatch(plain)) and not _SEVERAL.search(found["metric"]):
        return Gate("above_baseline", f"{found['metric']} better than baseline", found["metric"])
    if found := _LIMIT.fullmatch(plain):
        value = _number(found)
        if value is None or _SEVERAL.search(found["metric"]):
            return None
        comparison = _SIGNS.get(found["comparison"], found["comparison"])
        return Gate("limit", f"{found['metric']} {comparison} {value:.12g}", found["metric"], comparison, value)
    return None


def _read_no_group(found: re.Match[str]) -> Gate | None:
    value, word = _number(found), (found["word"] or {"<": "below", ">": "above"}[found["sign"]]).lower()
    if value is None or _SEVERAL.search(found["metric"]) or not re.fullmatch(_METRIC, found["metric"]):
        return None
    text = f"{found['metric']} of no group of {found['column']} {word} {value:.12g}"
    return Gate("no_group", text, found["metric"], "<" if word == "below" else ">", value, found["column"])


def _number(found: re.Match[str]) -> float | None:
    """Return the number of a rule; None where it reads two ways, as 1,300 does."""
    text = found["number"]
    return None if _TWO_WAYS.fullmatch(text) else float(text.replace(",", "."))


def judge(gates: Sequence[Gate], version: Candidate) -> tuple[GateOutcome, ...]:
    """Return how a version does against each gate, with the number it was judged by.

    What cannot be measured is not passed, but for comparisons with a Production that is not there.
    """
    return tuple(GateOutcome(each.text, *_judge(each, version)) for each in gates)


def _judge(gate: Gate, version: Candidate) -> tuple[bool, str]:
    match gate.kind:
        case "limit":
            value = _value(version.metrics, _name(gate.metric, version.metrics))
            if value is None:
                return False, NO_METRIC
            # Measured numbers carry the noise of their last digits: 0.8999999999999999 is 0.9
            near = gate.number if math.isclose(value, gate.number, rel_tol=1e-12, abs_tol=1e-15) else value
            return COMPARISONS[gate.comparison](near, gate.number), _kept(near, gate.number)
        case "not_worse":
            return _not_worse(gate, version)
        case "above_baseline":
            return _above_baseline(gate, version)
        case "no_group":
            return _no_group(gate, version.answers)
        case "signature":
            if version.production is None:
                return True, NO_PRODUCTION
            if version.same_signature is None:
                return False, NO_SIGNATURE
            return version.same_signature, "" if version.same_signature else OTHER_SIGNATURE
        case "staged":
            return version.staged, ""
        case "described":
            return bool(version.description.strip()), ""
        case _unreadable:
            return False, UNREADABLE


def _not_worse(gate: Gate, version: Candidate) -> tuple[bool, str]:
    if version.production is None:
        return True, NO_PRODUCTION
    name = _name(gate.metric, version.metrics, version.production)
    mine, theirs = _value(version.metrics, name), _value(version.production, name)
    if mine is None:
        return False, NO_METRIC
    if theirs is None:
        return False, PRODUCTION_WITHOUT
    better = higher_is_better(name, version.directions)
    if nearest_zero_is_best(name, version.directions):
        worse_by = abs(mine) - abs(theirs)
    elif better is None:
        return False, NO_DIRECTION
    else:
        worse_by = theirs - mine if better else mine - theirs
    # Measured differences carry the noise of their last digits: 0.91 - 0.9 is not more than 0.01
    gap, noise = mine - theirs, 1e-12 * max(abs(mine), abs(theirs))
    if abs(abs(gap) - gate.number) <= noise:
        gap = math.copysign(gate.number, gap)
    return worse_by <= gate.number + noise, _kept(gap, gate.number, -gate.number)


def _above_baseline(gate: Gate, version: Candidate) -> tuple[bool, str]:
    name = _name(gate.metric, version.metrics, version.baseline)
    mine, same = _value(version.metrics, name), _value(version.baseline, name)
    if mine is None or same is None:
        is_known = _value(version.metrics, _name(gate.metric, version.metrics)) is not None
        return False, NO_BASELINE if is_known else NO_METRIC
    better = higher_is_better(name, version.directions)
    if better is None:
        return False, NO_DIRECTION
    near = math.isclose(mine, same, rel_tol=1e-12, abs_tol=1e-15)
    return not near and (mine > same) == better, _kept(mine, same)


def _no_group(gate: Gate, answers: pd.DataFrame | None) -> tuple[bool, str]:
    """Judge by the measured value of the worst group, whatever chance does; groups of too few rows are not judged."""
    if answers is None or not readable(answers):
        return False, NO_ANSWERS
    metric = gate.metric if from_predictions(gate.metric) else f"{TESTED}{gate.metric}"
    if measure_of(answers, metric) is None:
        return False, NO_METRIC
    names = {" ".join(name.split()).casefold(): name for name in reversed(feature_names(answers))}
    column = gate.column if gate.column in names.values() else names.get(gate.column.casefold())
    groups = divide(answers, [column]) if column is not None else []
    if len(groups) < 2:
        return False, NO_COLUMN
    found = values(answers, groups, metric)
    judged = [one for one in found if one.counted >= FEWEST_ROWS and math.isfinite(one.value)]
    if not judged:
        return False, NO_GROUPS
    worst = (min if gate.comparison == "<" else max)(judged, key=lambda one: one.value)
    near = gate.number if math.isclose(worst.value, gate.number, rel_tol=1e-12, abs_tol=1e-15) else worst.value
    kept = f"{_kept(near, gate.number)} for {worst.slice.text} ({worst.counted} rows); {len(judged)} groups judged"
    few = len(found) - len(judged)
    return not COMPARISONS[gate.comparison](near, gate.number), f"{kept}, {few} with too few rows" if few else kept


def _name(asked: str, *sides: Mapping[str, float]) -> str:
    """Return the metric that a rule means, the same one on all sides: as it is asked, else measured on test rows."""
    tested = f"{TESTED}{asked}"
    return next((name for name in (asked, tested) if all(name in metrics for metrics in sides)), asked)


def _value(metrics: Mapping[str, float], name: str) -> float | None:
    value = metrics.get(name)
    return value if value is not None and math.isfinite(value) else None


def _kept(value: float, *limits: float) -> str:
    """Return a number with as many digits as tell it from the limits that it was judged by."""
    texts = (f"{value:.{digits}g}" for digits in range(6, 18))
    return next(text for text in texts if float(text) == value or float(text) not in limits)


def measured_words(outcome: GateOutcome) -> str:
    """Return what a gate was judged by in the reader's language, with the digits that tell it from its limit."""
    rule = _read(outcome.rule)
    if rule and rule.kind == "no_group" and (found := _WORST.fullmatch(outcome.measured)):
        return _worst_words(found, rule)
    try:
        value = float(outcome.measured)
    except ValueError:
        return _(outcome.measured) if outcome.measured else ""
    return _told_apart(value, rule)


def _told_apart(value: float, rule: Gate | None) -> str:
    limits = {number(sign * rule.number) for sign in (1, -1)} if rule else set()
    if number(value) not in limits or (rule and abs(value) == abs(rule.number)):
        return number(value)
    return exact_number(value)


def _worst_words(found: re.Match[str], rule: Gate) -> str:
    rows, judged, few = int(found["rows"]), int(found["judged"]), int(found["few"] or 0)
    parts = [
        _("{value} for “{group}”, counted on {rows}").format(
            value=_told_apart(float(found["value"]), rule),
            group=_group_words(found["group"]),
            rows=ngettext("{count} row", "{count} rows", rows),
        ),
        ngettext("{count} group judged", "{count} groups judged", judged),
    ]
    if few:
        parts.append(ngettext("{count} has too few rows to tell", "{count} have too few rows to tell", few))
    return "; ".join(parts)


def _group_words(text: str) -> str:
    """Return what a group is called, from what was kept of it; of rare values nobody knows any more how many."""
    if not (band := _BAND.fullmatch(text)):
        return {"missing": _("missing"), "rare": _("rare values together")}.get(text, text)
    if band["same"]:
        return number(float(band["same"]))
    return band_words(float(band["low"] or -math.inf), float(band["high"] or math.inf))
