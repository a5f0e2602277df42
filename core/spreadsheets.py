"""CSV for spreadsheets: what is text is shown there and never run, what is a number stays one."""

from __future__ import annotations

import re

import pandas as pd

# What a spreadsheet may take for the begin of a cell, whichever sign it divides cells by, and for that of a formula
BEGIN = r'(?:^|[;,|\t\r\n])[ "]*'
SIGNS = "[=@＝＠+＋－-]"  # no formula begins without one
FORMULA = "(?:[=@＝＠]|[+＋－-].)"
NUMBER = r"[+-]?[.,]?[0-9][0-9.,]*(?:[eE][+-]?[0-9]+)?%?"
_FORMULA = re.compile(rf"({BEGIN})(?={FORMULA})(?!{NUMBER} *(?:$|[;,|\t\r\n]))", re.DOTALL)


def inert(text: str) -> str:
    """Return a text that no spreadsheet runs: before what would be a formula stands an apostrophe. Numbers stay.

    >>> inert("=1+1"), inert("-5"), inert("-5;@SUM(A1)"), inert("f1 > 0.9")
    ("'=1+1", '-5', "-5;'@SUM(A1)", 'f1 > 0.9')
    """
    return _FORMULA.sub(r"\1'", text)


def as_csv(table: pd.DataFrame, *, index: bool = False) -> bytes:
    """Return a table as CSV that spreadsheets read, accents too; with ``index`` its labels come first."""
    shown = pd.DataFrame({place: _inert(table.iloc[:, place]) for place in range(table.shape[1])}, index=table.index)
    shown.columns = pd.Index([_inert_value(name) for name in table.columns])
    if index:
        shown.index = pd.Index(_inert(table.index.to_series()), name=_inert_value(table.index.name))
    return str(shown.to_csv(index=index)).encode("utf-8-sig", "replace")


def _inert(values: pd.Series) -> pd.Series:
    if pd.api.types.is_numeric_dtype(values) or pd.api.types.is_datetime64_any_dtype(values):
        return values
    texts = {text: inert(text) for text in values.array if isinstance(text, str)}
    if all(text == changed for text, changed in texts.items()):
        return values
    changed = [texts[one] if isinstance(one, str) else one for one in values.array]
    return pd.Series(changed, index=values.index, dtype=object)


def _inert_value(value: object) -> object:
    return inert(value) if isinstance(value, str) else value
