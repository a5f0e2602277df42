"""What is proposed of a table before it becomes a task: which columns not to learn from, each with its reason."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from core.i18n import N_
from core.training.findings.report import findings
from core.training.findings.sentences import Finding, Name
from core.training.tables.targets import Target

DATE = N_("{column} holds dates, and no day comes again; its year, month and weekday can be learned from instead.")


def known_before(frame: pd.DataFrame, target: Target) -> list[Finding]:
    """Return what to know of a table before it becomes a task, what matters most first.

    Dates are left out: none of those that a model learned from comes again.
    """
    found = findings(frame, target.column, target.kind)
    said = {name for one in found if one.leave_out for name in one.columns}
    dates = [
        Finding("date", (str(name),), DATE, {"column": Name(str(name))}, leave_out=True)
        for name, values in frame.items()
        if pd.api.types.is_datetime64_any_dtype(values) and name not in said and name != target.column
    ]
    return [*found, *dates]


def exclusions(found: Sequence[Finding], target: str) -> Mapping[str, Finding]:
    """Return the columns that are proposed to be left out, each with the finding that says why."""
    proposed: dict[str, Finding] = {}
    for finding in found:
        for name in finding.columns if finding.leave_out else ():
            if name != target:
                proposed.setdefault(name, finding)
    return proposed
