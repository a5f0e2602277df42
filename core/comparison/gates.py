"""Gates: the rules of a model that a version must fulfil before it is used for real.

They are kept as lines of text in one tag of the model, so that any program can read and write them:

- ``f1 > 0.85`` (also ``>=``, ``<``, ``<=``); ``f1`` stands for ``test_f1`` where there is no metric ``f1``
- ``accuracy not worse than Production by more than 0.01``
- ``accuracy better than baseline``: than always giving the same answer to the test rows
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

from core.comparison.direction import higher_is_better, nearest_zero_is_best
from core.comparison.measures import TESTED
from core.errors import ParameterError
from core.i18n import N_, _, exact_number, number
from core.store.registry.events import GateOutcome
from core.store.registry.stages import GATES_TAG

COMPARISONS = {">": operator.gt, ">=": operator.ge, "<": operator.lt, "<=": operator.le}

Kind = Literal["limit", "not_worse", "above_baseline", "signature", "staged", "described", "unreadable"]
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
UNREADABLE = N_("this rule cannot be read")


@dataclass(frozen=True)
class Gate:
    """One rule, read; ``text`` is what is kept."""

    kind: Kind
    text: str
    metric: str = ""
    comparison: str = ""
    number: float = 0.0

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
    ``same_signature`` is None where it cannot be told.
    """

    metrics: Mapping[str, float]
    production: Mapping[str, float] | None = None
    baseline: Mapping[str, float] = field(default_factory=dict)
    directions: Mapping[str, bool | None] = field(default_factory=dict)
    same_signature: bool | None = None
    staged: bool = False
    description: str = ""


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
    try:
        value = float(outcome.measured)
    except ValueError:
        return _(outcome.measured) if outcome.measured else ""
    rule = _read(outcome.rule)
    limits = {number(sign * rule.number) for sign in (1, -1)} if rule else set()
    if number(value) not in limits or (rule and abs(value) == abs(rule.number)):
        return number(value)
    return exact_number(value)
