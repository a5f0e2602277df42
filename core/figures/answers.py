"""What a column has to do with the answer: how the answers are spread within each of its groups."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from statistics import NormalDist

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from core.figures.rows import Bar, labelled_bars
from core.figures.style import Style, empty_figure, label
from core.i18n import _, ngettext, number, percent
from core.store.runs.tables import finite

FEW_ROWS = 10
BINS_AT_MOST, ROWS_A_BIN = 8, 20
GROUPS_AT_MOST, CLASSES_AT_MOST = 12, 5

_Z = NormalDist().inv_cdf(0.975)


def share_interval(count: int, rows: int) -> tuple[float, float]:
    """Return the ends of the 95 % interval of a share, ``count`` of ``rows`` (Wilson 1927): never beyond 0 and 1.

    >>> [round(end, 3) for end in share_interval(0, 4)], [round(end, 3) for end in share_interval(50, 100)]
    ([0.0, 0.49], [0.404, 0.596])
    """
    share, more = count / rows, _Z**2 / rows
    middle = (share + more / 2) / (1 + more)
    reach = _Z * float(np.sqrt(share * (1 - share) / rows + more / (4 * rows))) / (1 + more)
    return max(0.0, middle - reach), min(1.0, middle + reach)


def are_numbers(values: pd.Series) -> bool:
    """Tell whether a column is to be shared out into ranges; yes and no are words."""
    return pd.api.types.is_numeric_dtype(values) and not pd.api.types.is_bool_dtype(values)


def _groups(values: pd.Series) -> list[tuple[object, np.ndarray]]:
    """Return each group's name (None is missing) and which rows it has, empty groups too.

    Words are a group each. Numbers are, where they are few; else neighbours share one, of about as many rows each.
    """
    if not are_numbers(values):
        places, names = pd.factorize(values.astype(object).where(values.notna(), None))
        return [(None if place < 0 else names[place], places == place) for place in range(-1, len(names))]
    numbers = finite(values).to_numpy(dtype=float)
    known = np.isfinite(numbers)
    different, counts = np.unique(numbers[known], return_counts=True)
    bins = int(np.clip(known.sum() // ROWS_A_BIN, 2, BINS_AT_MOST))
    middles = (np.cumsum(counts) - counts / 2) / max(1, counts.sum())
    of_value = (middles * bins).astype(int) if len(different) > BINS_AT_MOST else np.arange(len(different))
    ranges = [different[of_value == place] for place in np.unique(of_value)]  # a frequent value is never taken apart
    within = [(_span(some), (numbers >= some[0]) & (numbers <= some[-1])) for some in ranges]
    return [(None, ~known), *within]


def _span(values: np.ndarray) -> str:
    low, high = number(float(values[0])), number(float(values[-1]))
    return low if low == high else f"{low} – {high}"


def _answered(values: pd.Series, known: np.ndarray) -> list[tuple[object, np.ndarray]]:
    """Return the groups that have rows whose answer is ``known``, and the places of these; missing values last."""
    found = [(name, np.flatnonzero(rows & known)) for name, rows in _groups(values)]
    missing, *named = [(name, rows) for name, rows in found]
    return [(name, rows) for name, rows in (*named, missing) if len(rows)]


def shares_data(values: pd.Series, answers: pd.Series, classes: Sequence[object] = ()) -> pd.DataFrame:
    """Return group (None is missing), rows, class, count, share and its 95 % interval: a row a group and class.

    Rows without an answer are in none. ``classes`` come first, in their order.
    """
    known = answers.notna().to_numpy()
    given = answers.astype(object).to_numpy()
    present = list(pd.unique(given[known]))
    ordered = [*(one for one in classes if one in present), *(one for one in present if one not in classes)]
    table = [
        (name, len(rows), one, count, count / len(rows), *share_interval(count, len(rows)))
        for name, rows in _answered(values, known)
        for one in ordered
        for count in [int(np.sum(given[rows] == one))]
    ]
    made = pd.DataFrame(table, columns=["group", "rows", "class", "count", "share", "low", "high"])
    return made.astype({"group": object, "class": object})


def middles_data(values: pd.Series, answers: pd.Series) -> pd.DataFrame:
    """Return group (None is missing), rows, and below what a quarter, a half and three quarters of the answers are."""
    numbers = finite(answers).to_numpy(dtype=float)
    table = [
        (name, len(rows), *np.quantile(numbers[rows], [0.25, 0.5, 0.75]))
        for name, rows in _answered(values, np.isfinite(numbers))
    ]
    return pd.DataFrame(table, columns=["group", "rows", "25%", "median", "75%"]).astype({"group": object})


def _drawn(table: pd.DataFrame, by: str, *, ordered: bool) -> tuple[list[object], list[str]]:
    """Return the groups to draw, from the top down, and what is to be said of the others.

    Those of words stand with the highest ``by`` first, but where few rows tell it, after all that have more.
    """
    groups = table.drop_duplicates("group")
    missing = groups[groups["group"].isna()]
    named = groups[groups["group"].notna()]
    most = named.sort_values("rows", ascending=False, kind="stable").head(GROUPS_AT_MOST)
    if not ordered:
        most = most.assign(few=most["rows"] < FEW_ROWS).sort_values(["few", by], ascending=[True, False], kind="stable")
    else:
        most = most.sort_index()
    more = len(named) - len(most)
    notes = [ngettext("{count} rarer group is in the table.", "{count} rarer groups are in the table.", more)]
    return [*most["group"], *missing["group"]], notes if more else []


def _left_out(answers: pd.Series, known: int) -> list[str]:
    if not (missing := len(answers) - known):
        return []
    return [
        ngettext("{count} row without an answer isn't counted.", "{count} rows without an answer aren't counted.",
                 missing)
    ]  # fmt: skip


def _name(group: object) -> object:
    return _("(missing)") if pd.isna(group) else group


def _of(table: pd.DataFrame, group: object) -> pd.DataFrame:
    return table[table["group"].isna() if pd.isna(group) else table["group"] == group]


def shares(values: pd.Series, answers: pd.Series, style: Style, classes: Sequence[object] = ()) -> go.Figure:
    """Draw each group's share of the answers; of two classes that of the second, with the share of all rows beside."""
    table = shares_data(values, answers, classes)
    known = int(table.drop_duplicates("group")["rows"].sum())
    named = {"answer": label(answers.name), "column": label(values.name)}
    title = _("Answers of {answer}, by {column}").format(**named)
    if table.empty:
        return empty_figure(title, _("No row has an answer. Choose another task."), style)
    ordered, frequent = list(dict.fromkeys(table["class"])), list(answers.value_counts().index)
    reference, notes = None, []
    if len(ordered) <= 2:
        ordered = ordered[-1:]
        reference = float(table.loc[table["class"] == ordered[0], "count"].sum() / known)
        title = _("How often {answer} is {class_}, by {column}").format(class_=label(ordered[0]), **named)
        notes = [_("The dotted line is the share of all rows: {share}.").format(share=percent(reference))]
    shown = [one for one in ordered if one in frequent[:CLASSES_AT_MOST]]
    if more := len(ordered) - len(shown):
        notes.append(ngettext("{count} rarer class is in the table.", "{count} rarer classes are in the table.", more))
    groups, left_out = _drawn(table[table["class"] == shown[0]], "share", ordered=are_numbers(values))
    looks = {one: (style.color(frequent.index(one)), frequent.index(one)) for one in shown}
    bars = [
        Bar(
            name=_name(group),
            value=share,
            text=_amount_of_rows(percent(share), rows),
            color=looks[one][0] if rows >= FEW_ROWS else style.muted,
            pattern=looks[one][1],
            row=place,
            interval=(low, high),
        )
        for place, group in enumerate(groups)
        for _group, rows, one, _count, share, low, high in _of(table, group).itertuples(index=False)
        if one in shown
    ]
    notes += [
        _("The lines show where the share would likely be among very many rows like these (95 %)."),
        *left_out, *_left_out(answers, known),
    ]  # fmt: skip
    legend = [(str(one), *looks[one]) for one in shown] if len(shown) > 1 else []
    return labelled_bars(title, bars, style, notes=notes, legend=legend, reference=reference, axis_format=".0%")


def middles(values: pd.Series, answers: pd.Series, style: Style, show: Callable[[float], str] = number) -> go.Figure:
    """Draw the median of each group's answers and where the middle half of them lies; ``show`` writes an answer."""
    table = middles_data(values, answers)
    title = _("Median of {answer}, by {column}").format(answer=label(answers.name), column=label(values.name))
    if table.empty:
        return empty_figure(title, _("No row has an answer. Choose another task."), style)
    groups, left_out = _drawn(table, "median", ordered=are_numbers(values))
    reference = float(np.nanmedian(finite(answers)))
    bars = [
        Bar(
            name=_name(group),
            value=middle,
            text=_amount_of_rows(show(middle), rows),
            color=style.color(0) if rows >= FEW_ROWS else style.muted,
            row=place,
            interval=(low, high),
        )
        for place, group in enumerate(groups)
        for _group, rows, low, middle, high in _of(table, group).itertuples(index=False)
    ]
    notes = [
        _("The dotted line is the median of all rows: {answer}.").format(answer=show(reference)),
        _("Half of a group's answers lie within its line."),
        *left_out, *_left_out(answers, int(table["rows"].sum())),
    ]  # fmt: skip
    return labelled_bars(title, bars, style, axis_title=label(answers.name), notes=notes, reference=reference)


def _amount_of_rows(answer: str, rows: int) -> str:
    words = _("{answer} of only {rows}") if rows < FEW_ROWS else _("{answer} of {rows}")
    return words.format(answer=answer, rows=number(rows, 0))
