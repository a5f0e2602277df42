"""What to know of a table before training, in sentences; which columns go together; each column in a line."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

import pandas as pd
import streamlit as st

from core.figures import together
from core.figures.style import Style
from core.i18n import N_, _, ngettext, number, translate
from core.process.first_look import FirstLook
from core.text import plain, shorten
from core.training.findings.associations import TOGETHER
from core.training.findings.sentences import Finding, grouped
from core.ui import charts, frame, tables

AT_FIRST = 4
HEAVY = 55  # from this weight on a finding may change what is done
NAMELESS = "–"
HOLDS = {"number": N_("number"), "word": N_("words"), "date": N_("date")}


def in_words(finding: Finding) -> str:
    """Say a finding as markdown; names and words of the table are text."""
    return finding.words(lambda name: f"**{plain(name, 60) or NAMELESS}**", lambda word: plain(word, 60))


def show_findings(findings: Sequence[Finding], *, key: str, at_first: int = AT_FIRST) -> None:
    """Say what to know, the most important first; the rest folds away. Pairs of columns are said with their chart."""
    told = [finding for finding in grouped(findings) if finding.code != TOGETHER]
    if not told:
        st.markdown(
            _(
                "Nothing stands out. Looked for were identifiers, gaps, repeated rows, odd numbers, a lopsided answer "
                "and columns that give it away."
            )
        )
        return
    _list(told[:at_first])
    if rest := told[at_first:]:
        with st.expander(ngettext("{count} more finding", "{count} more findings", len(rest)), key=f"{key}_more"):
            _list(rest)


def _list(findings: Sequence[Finding]) -> None:
    marks = [":material/warning: " if finding.weight >= HEAVY else "" for finding in findings]
    st.markdown("\n".join(f"- {mark}{in_words(one)}" for mark, one in zip(marks, findings, strict=True)))


def show_column_findings(findings: Sequence[Finding], column: str) -> None:
    """Say what was found of one column."""
    _list([finding for finding in findings if column in finding.columns and finding.code != TOGETHER])


def show_together(looked: FirstLook, style: Style, *, key: str) -> None:
    """Say which columns go together most closely, and draw how closely each two of them do."""
    pairs = looked.pairs
    closest = [finding for finding in looked.findings if finding.code == TOGETHER]
    if closest:
        st.markdown("\n".join(f"- {in_words(finding)}" for finding in closest))
    elif len(pairs.pairs):
        st.markdown(_("No two columns go together closely."))
    if pairs.possible > len(pairs.columns):
        words = _("{count} of {possible} columns were looked at in pairs.")
        frame.note(words.format(count=number(len(pairs.columns), 0), possible=number(pairs.possible, 0)))
    charts.show(
        together.together(pairs.pairs, style, first=pairs.target, sampled=pairs.rows if pairs.sampled else 0),
        key=key,
        alt=_("How closely the columns go together"),
        table=partial(together.together_data, pairs.pairs),
    )


def show_columns(looked: FirstLook, role: Callable[[str], str], *, key: str) -> None:
    """Show each column in a line: what it is for, what it holds, its gaps, its spread and its frequent values."""
    lines = looked.columns
    shown = pd.DataFrame({
        _("Column"): lines["column"],
        _("Role"): lines["column"].map(role),
        _("Type"): lines["holds"].map(lambda holds: translate(HOLDS[holds])),
        _("Missing"): lines["missing"],
        _("Different values"): lines["different"],
        _("Mean"): lines["mean"],
        _("Standard deviation"): lines["deviation"],
        _("Smallest"): lines["lowest"],
        _("25 % are below"): lines["25%"],
        _("Median"): lines["median"],
        _("75 % are below"): lines["75%"],
        _("Largest"): lines["highest"],
        _("Most frequent"): lines["frequent"].map(_frequent),
    })  # fmt: skip
    if looked.counted_rows < looked.rows:
        words = _("Medians, quarters, different and frequent values are of {count} rows drawn by chance.")
        frame.note(words.format(count=number(looked.counted_rows, 0)))
    tables.show(shown, key=key, alt=_("Columns, one a row"), download="columns")


def _frequent(values: Sequence[tuple[object, int]]) -> str:
    named = [(number(value) if isinstance(value, float) else shorten(str(value), 30), count) for value, count in values]
    return " · ".join(f"{name} ({number(count, 0)})" for name, count in named)
