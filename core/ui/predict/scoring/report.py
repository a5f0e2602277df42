"""How a table fits a model, in words: how it is written, which columns match, what is odd about their values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd
import streamlit as st

from core import words
from core.i18n import N_, _, ngettext, number, translate
from core.prediction.tables.batch import Scored
from core.prediction.tables.matching import Matching, Unknown
from core.prediction.tables.results import ERROR, MODEL, NOTE, STAGE, VERSION
from core.store.record import PREDICTION, PROBABILITY
from core.tables.dialects import Dialect
from core.tables.signs import TwoWays
from core.text import plain, unique_names

MOST_NAMES = 12
NUMBERS = {(".", ""): "1234.5", (",", ""): "1234,5", (".", ","): "1,234.5", (",", "."): "1.234,5"}


OURS = {
    PREDICTION: N_("Answer"), MODEL: N_("Model"), VERSION: N_("Version"), STAGE: N_("Stage"), ERROR: N_("Error"),
    NOTE: N_("Note"),
}  # fmt: skip


def show_metric(metric: str, value: float, ends: tuple[float, float] | None) -> None:
    """Show a metric with two digits and, where it is known, between which ends chance leaves it."""
    digits = 2 if min(map(abs, (value, *(ends or ())))) >= 0.1 else 4
    between = None if ends is None else f"{telling(ends[0], digits)} – {telling(ends[1], digits)}"
    st.metric(plain(metric), telling(value, digits), between, delta_color="off", delta_arrow="off", width="content")


def telling(value: float, digits: int) -> str:
    """Write a number with more digits where rounding would make a perfect one of it, or nothing.

    >>> telling(0.996, 2), telling(0.99951, 2), telling(1.0, 2), telling(0.874, 2)
    ('0.996', '0.9995', '1', '0.87')
    """
    while digits < 12 and value not in {0, 1} and round(value, digits) in {0, 1}:
        digits += 1
    return number(value, digits)


def first_rows(scored: Scored, others: Sequence[tuple[str, Scored]]) -> pd.DataFrame:
    """Return the first rows of a result: right or wrong first, then our own columns in the reader's words."""
    ours = {scored.names[one]: _own_name(one) for one in scored.names}
    theirs = [column for column in scored.first if column not in ours]
    table = scored.first[[*ours, *theirs]]
    if STAGE in scored.names:
        stage = scored.names[STAGE]
        table = table.assign(
            **{stage: [words.stage(name) if name in words.STAGE_SHAPES else name for name in table[stage]]}
        )
    table.columns = pd.Index(unique_names([*ours.values(), *map(str, theirs)]))
    if any(told is not None for told in scored.against):
        heading = unique_names([*map(str, table.columns), _against_heading(scored)])[-1]
        table.insert(0, heading, [_against(told) for told in scored.against])
    for title, other in reversed(others):
        if len(other.first) == len(table) and PREDICTION in other.names:
            beside = {_own_name(PREDICTION): other.first[other.names[PREDICTION]].tolist()}
            if any(told is not None for told in other.against):
                beside[_against_heading(other)] = [_against(told) for told in other.against]
            for heading, values in beside.items():
                named = unique_names([*map(str, table.columns), f"{heading} · {title}"])[-1]
                table.insert(min(2, len(table.columns)), named, values)
    return table


def _own_name(name: str) -> str:
    if name.startswith(PROBABILITY):
        return _("Probability of {name}").format(name=name.removeprefix(PROBABILITY))
    return _(OURS[name]) if name in OURS else name


def _against_heading(scored: Scored) -> str:
    is_word = any(isinstance(told, bool) for told in scored.against)
    return _("Right or wrong") if is_word else _("Off by")


def _against(told: bool | float | None) -> str:
    if told is None:
        return "–"
    if isinstance(told, bool):
        return f"✓ {_('right')}" if told else f"✗ {_('wrong')}"
    return f"{'+' if told > 0 else ''}{number(told)}"


def show_report(dialect: Dialect, matching: Matching) -> None:
    """Say how a table was read and how its columns fit the model."""
    lines = _how_written(dialect, matching)
    lines.append(ngettext("{count} column is an input of the model.", "{count} columns are inputs of the model.",
                          len(matching.columns)))  # fmt: skip
    if matching.answers:
        lines.append(_("{name} has the right answers, so you will see how good the model is on these rows.").format(
            name=_bold(matching.answers)))  # fmt: skip
    if matching.empty:
        lines.append(_("Not there, and not needed: {names}.").format(names=_names(matching.empty)))
    if matching.extra:
        lines.append(_("The model does not ask for {names}; the result keeps them.").format(
            names=_names(matching.extra)))  # fmt: skip
    st.markdown("  \n".join(lines))
    if not dialect.header:
        st.warning(
            _("The first line has values, so the columns are taken to be in the model's order: {names}.").format(
                names=_names(dialect.columns)
            ),
            title=_("The file has no line with the names of its columns"),
            icon=":material/info:",
        )
    if matching.missing:
        st.error(
            _("Add them and upload the file again: {names}.").format(names=_names(matching.missing)),
            title=_("Columns that the model needs are missing"),
            icon=":material/error:",
        )
    if matching.wrong:
        rows = number(matching.rows, 0)
        sentences = [
            _("{name} must be of type {type}, but {value} {reason}, and so it is with all of the first {rows} rows.")
            .format(name=_bold(one.name), type=one.type, value=plain(repr(one.value), 60),
                    reason=translate(one.reason), rows=rows)
            for one in matching.wrong
        ]  # fmt: skip
        st.error("  \n".join(sentences), title=_("Columns have values of another kind"), icon=":material/error:")
    if matching.outside:
        rows = number(matching.rows, 0)
        sentences = [
            _("{name}: {least} to {most} in the first {rows} rows, {low} to {high} in training").format(
                name=_bold(one.name), least=number(one.least), most=number(one.most), rows=rows, low=number(one.low),
                high=number(one.high))
            for one in matching.outside
        ]  # fmt: skip
        st.warning(
            "  \n".join(sentences),
            title=_("Columns lie outside what was seen in training as a whole: are they what they are called, in the "
                    "same unit?"),
            icon=":material/warning:",
        )  # fmt: skip
    show_unknown(matching.unknown, matching.rows)
    show_lacking(matching.lacking, matching.rows)


def ask_how_read(two_ways: Sequence[TwoWays]) -> dict[str, str]:
    """Ask how columns are to be read whose numbers read in two ways; return the decimal signs that are chosen."""
    chosen = {}
    for one in two_ways:
        readings = {sign: _exact(value) for sign, value in one.readings.items()}
        sign = st.segmented_control(
            _("{cell} in row {row} of {column} is").format(cell=one.cell, row=one.row, column=_bold(one.column)),
            list(readings), format_func=readings.__getitem__, key=f"predict_many_reads_{one.column}",
        )  # fmt: skip
        if sign:
            chosen[one.column] = sign
    if len(chosen) < len(two_ways):
        st.warning(
            _("Their numbers may have decimals or thousands, and what the model learned from fits both. Choose what is "
              "meant."),
            title=_("Columns read in two ways"),
            icon=":material/help:",
        )  # fmt: skip
    return chosen


def _exact(value: float) -> str:
    """Return a number with all its digits and nothing between thousands, so that it reads in one way."""
    return f"{value:.0f}" if value.is_integer() else f"{value:.4f}".replace(".", number(0.5)[1])


def _how_written(dialect: Dialect, matching: Matching) -> list[str]:
    if dialect.kind == "parquet":
        return [_("Recognised as Parquet.")]
    ways: dict[str, list[str]] = {}
    for column, written in matching.signs.items():
        if written.in_text and written.sure:
            ways.setdefault(NUMBERS[written.decimal, written.thousands], []).append(column)
    signs = {",": _("commas"), ";": _("semicolons"), "\t": _("tabs"), "|": _("vertical bars")}
    encoding = dialect.encoding.upper()
    if len(dialect.columns) == 1:
        return [_("Recognised as CSV in {encoding} with one column.").format(encoding=encoding)]
    if len(ways) == 1:
        return [
            _("Recognised as CSV in {encoding} with {signs} between values and numbers like {example}.").format(
                encoding=encoding, signs=signs[dialect.delimiter], example=next(iter(ways)))
        ]  # fmt: skip
    return [
        _("Recognised as CSV in {encoding} with {signs} between values.").format(
            encoding=encoding, signs=signs[dialect.delimiter]),
        *(_("Numbers like {example}: {names}.").format(example=example, names=_names(names))
          for example, names in ways.items()),
    ]  # fmt: skip


def _bold(name: str) -> str:
    return f"**{plain(name)}**"


def _names(names: Sequence[str]) -> str:
    more = len(names) - MOST_NAMES
    shown = ", ".join(map(_bold, names[:MOST_NAMES]))
    return f"{shown} {ngettext('and {count} more', 'and {count} more', more)}" if more > 0 else shown


def show_unknown(unknown: Mapping[str, Unknown], rows: int) -> None:
    """Say which words training never saw, of so many rows."""
    if not unknown:
        return
    sentences = [
        _("{name}: {count} of {rows} rows, for example {examples}").format(
            name=_bold(name), count=number(one.rows, 0), rows=number(rows, 0),
            examples=", ".join(plain(repr(word), 40) for word in one.examples),
        )
        for name, one in unknown.items()
    ]  # fmt: skip
    st.warning(
        "  \n".join(sentences),
        title=_("Some words were never seen in training; they are scored as best the model can"),
        icon=":material/info:",
    )


def show_lacking(lacking: Mapping[str, int], rows: int) -> None:
    """Say which inputs are empty that never were in training, of so many rows."""
    if not lacking:
        return
    sentences = [
        _("{name}: empty in {count} of {rows} rows").format(
            name=_bold(name), count=number(count, 0), rows=number(rows, 0))
        for name, count in lacking.items()
    ]  # fmt: skip
    st.warning(
        "  \n".join(sentences),
        title=_("Some cells are empty that never were in the known training rows; they are scored as best the model "
                "can"),
        icon=":material/info:",
    )  # fmt: skip
