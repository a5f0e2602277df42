"""Filter runs by clicking; what was clicked is an MLflow filter, which can be written as well."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

import pandas as pd
import streamlit as st

from core import words
from core.comparison.columns import in_order, ordered_metrics
from core.i18n import _, current_language, moment, number
from core.store.runs.filters import (
    Condition,
    FilterError,
    Kind,
    check,
    filter_text,
    matching,
    mentioning,
    mlflow_reads,
    parse_filter,
)
from core.store.runs.tables import ALGORITHM_TAG, STUDENT_TAG, TASK_TAG, Experiment, Runs, finite
from core.text import plain
from core.ui import address, frame, pickers, tables

PAGE = "experiments_page"  # of the table of runs; page numbers mean nothing once other runs are asked for
FEW = 8  # choices that are shown at once; more go into a list
MOST_VALUES = 1000  # of a parameter, to choose from; the most frequent ones
WIDEST = 190  # px; a list has room beside its neighbours
GOOD, BAD = "experiments_good", "experiments_bad"  # the last conditions that could be read; what could not, and why
OPERATORS = {"=": "=", "!=": "≠", "<": "<", "<=": "≤", ">": ">", ">=": "≥"}
WRITTEN = "metrics.accuracy > 0.9 AND params.depth = '3'"  # an example
EARLIEST, LATEST = date(1970, 1, 2), date(2199, 12, 31)


@dataclass(frozen=True)
class Field:
    """What is filtered by one click: a column of info and what MLflow calls it."""

    column: str
    kind: Kind
    name: str
    show: Callable[[str], str] = str

    def asked(self, conditions: Sequence[Condition]) -> Condition | None:
        """Return the condition that the clicks stand for; None where there is none, or more than clicks can say."""
        found = [c for c in conditions if (c.kind, c.name) == (self.kind, self.name) and c.operator in {"=", "IN"}]
        return found[0] if len(found) == 1 else None


FIELDS = (
    Field("status", "attribute", "status", words.status),
    Field("task", "tag", TASK_TAG),
    Field("algorithm", "tag", ALGORITHM_TAG, words.algorithm),
    Field("student", "tag", STUDENT_TAG),
)


@dataclass(frozen=True)
class Filter:
    """What is asked for: conditions, and words to look for."""

    conditions: tuple[Condition, ...] = ()
    search: str = ""

    def __bool__(self) -> bool:
        return bool(self.conditions or self.search.strip())

    @property
    def text(self) -> str:
        """The conditions as an MLflow filter."""
        return filter_text(self.conditions)


def current() -> Filter:
    """Return the filter that was chosen; one that cannot be read is none, which is said."""
    text = address.value("filter")
    conditions: tuple[Condition, ...] = ()
    try:
        conditions = tuple(parse_filter(text))
        check(conditions)
    except FilterError as error:
        st.session_state[BAD], conditions = (text, error), ()
    else:
        if address.is_news("filter"):
            st.session_state.pop(BAD, None)  # what was typed before is forgotten
    st.session_state[GOOD] = conditions
    return Filter(conditions, address.value("search"))


def fitting(runs: Runs, asked: Filter) -> list[str]:
    """Return the ids of the runs that fit, in their order."""
    ids = matching(runs, asked.conditions)
    if not asked.search.strip():
        return ids
    mentioned = set(mentioning(runs, asked.search, words.algorithm))
    return [run_id for run_id in ids if run_id in mentioned]


def first_page() -> None:
    """Go back to the first page of the runs."""
    st.session_state.pop(PAGE, None)


def summary(experiment: Experiment, asked: Filter) -> str:
    """Say in one line which runs are shown."""
    words_of = [plain(in_words(condition), 60) for condition in asked.conditions]
    if asked.search.strip():
        words_of.append(f"{_('Search')}: {plain(asked.search, 40)}")
    return " · ".join([f"**{plain(experiment.name, 60)}**", *words_of])


def search_box() -> None:
    """Search by words."""
    pickers.typed("experiments_search", address.value("search"))
    st.text_input(
        _("Search names and parameters"),
        key="experiments_search",
        placeholder=_("Search"),
        type="search",
        live=True,
        width=260,
        on_change=_look_for,
    )


def _look_for() -> None:
    first_page()
    address.choose("search", st.session_state["experiments_search"])


def clicks(runs: Runs, asked: Filter) -> None:
    """Filter by what most people ask for; a field with one value is not worth asking for."""
    with st.container(horizontal=True, key="experiments_filters"):
        for field in FIELDS:
            _clicks_of(field, runs, asked)


def _clicks_of(field: Field, runs: Runs, asked: Filter) -> None:
    known = [str(value) for value in runs.info[field.column].value_counts().index if value]
    condition = field.asked(asked.conditions)
    chosen = _values(condition)
    if len(known) < 2 and not chosen:
        return
    options = list(dict.fromkeys([*known, *chosen]))
    key, label = f"experiments_{field.column}", tables.heading(field.column)
    pickers.control(key, chosen)
    if len(options) <= FEW:
        st.pills(
            label, options, selection_mode="multi", format_func=lambda value: plain(field.show(value), 40), key=key,
            on_change=_click, args=(field, key),
        )  # fmt: skip
    else:
        st.multiselect(
            label, options, format_func=field.show, select_all=False, key=key, placeholder=_("All"), width=WIDEST,
            on_change=_click, args=(field, key),
        )  # fmt: skip


def _values(condition: Condition | None) -> list[str]:
    if condition is None:
        return []
    return list(condition.value) if isinstance(condition.value, tuple) else [str(condition.value)]


def _click(field: Field, key: str) -> None:
    conditions = st.session_state.get(GOOD, ())
    chosen = st.session_state[key]
    others = tuple(c for c in conditions if c != field.asked(conditions))
    _choose((*others, _one_of(field.kind, field.name, chosen)) if chosen else others)


def _one_of(kind: Kind, name: str, values: Sequence[str]) -> Condition:
    return Condition(kind, name, "=", values[0]) if len(values) == 1 else Condition(kind, name, "IN", tuple(values))


def _choose(conditions: Sequence[Condition]) -> None:
    """Make these the filter, each once; where it becomes too long, what was asked for before stays."""
    conditions = tuple(dict.fromkeys(conditions))
    text = filter_text(conditions)
    try:
        parse_filter(text)
    except FilterError as error:
        st.session_state[BAD] = (text, error)
        return
    first_page()
    st.session_state.pop(BAD, None)
    st.session_state[GOOD] = conditions
    address.choose("filter", text)


def add(*conditions: Condition) -> None:
    """Ask for this too."""
    _choose((*st.session_state.get(GOOD, ()), *conditions))


def clear() -> None:
    """Take every filter away."""
    address.choose("search", "")
    _choose(())


def more(runs: Runs) -> None:
    """Filter by when runs began, how far a metric reaches, and which values a parameter has."""
    with st.popover(_("More filters"), icon=":material/filter_alt:", key="experiments_more"):
        _dates()
        _metric_range(runs)
        _param_values(runs)


def _dates() -> None:
    with st.container(horizontal=True):
        for label, key, comparator in (
            (_("Started from"), "experiments_from", ">="),
            (_("Started until"), "experiments_until", "<"),
        ):
            found = _bounds(st.session_state.get(GOOD, ()), comparator)
            pickers.control(key, _day(found[0], comparator) if len(found) == 1 else None)
            st.date_input(
                label, value=None, key=key, min_value=EARLIEST, max_value=LATEST, width=150,
                format="DD/MM/YYYY" if current_language() == "es" else "YYYY-MM-DD",
                on_change=_choose_day, args=(key, comparator),
            )  # fmt: skip


def _bounds(conditions: Sequence[Condition], comparator: str) -> list[Condition]:
    return [c for c in conditions if (c.kind, c.name, c.operator) == ("attribute", "start_time", comparator)]


def _day(condition: Condition, comparator: str) -> date | None:
    """Return the day that a bound means; None where it is not the begin of a day here."""
    at = _time_of(condition)
    if at is None or at.time() != time.min or not EARLIEST < at.date() < LATEST:
        return None
    return at.date() if comparator == ">=" else at.date() - timedelta(days=1)


def _time_of(condition: Condition) -> datetime | None:
    try:
        return datetime.fromtimestamp(float(str(condition.value)) / 1000).astimezone()
    except (ValueError, OverflowError, OSError):
        return None


def _choose_day(key: str, comparator: str) -> None:
    conditions = st.session_state.get(GOOD, ())
    others = tuple(c for c in conditions if c not in _bounds(conditions, comparator))
    day = st.session_state[key]
    if day is None:
        _choose(others)
        return
    begin = datetime.combine(day if comparator == ">=" else day + timedelta(days=1), time.min).astimezone()
    _choose((*others, Condition("attribute", "start_time", comparator, round(begin.timestamp() * 1000))))


def _metric_range(runs: Runs) -> None:
    metrics = ordered_metrics(runs)
    if not metrics:
        return
    metric = st.selectbox(
        _("Metric"), metrics, index=None, key="experiments_metric", placeholder=_("Choose a metric"), width="stretch"
    )
    values = finite(runs.metrics[metric]).dropna() if metric else pd.Series(dtype=float)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        for label, key, edge in (
            (_("From"), "experiments_least", values.min()),
            (_("To"), "experiments_most", values.max()),
        ):
            st.number_input(
                label, value=None, key=key, step=None, format="%g", width=130, disabled=not metric,
                placeholder=number(float(edge)) if len(values) else "",
            )  # fmt: skip
        st.button(_("Add"), key="experiments_add_metric", disabled=not metric, on_click=_add_metric)


def _add_metric() -> None:
    metric = st.session_state["experiments_metric"]
    bounds = (("experiments_least", ">="), ("experiments_most", "<="))
    add(
        *(
            Condition("metric", metric, comparator, float(st.session_state[key]))
            for key, comparator in bounds
            if st.session_state[key] is not None
        )
    )
    st.session_state.update(dict.fromkeys(("experiments_metric", "experiments_least", "experiments_most")))


def _param_values(runs: Runs) -> None:
    params = [str(name) for name in runs.params.columns]
    if not params:
        return
    param = st.selectbox(
        _("Parameter"), params, index=None, key="experiments_param", placeholder=_("Choose a parameter"),
        on_change=lambda: st.session_state.update(experiments_values=[]),
    )  # fmt: skip
    counts = runs.params[param].value_counts() if param else pd.Series(dtype=int)
    offered = in_order([str(value) for value in counts.index[:MOST_VALUES]])
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.multiselect(
            _("Values"), offered, select_all=False, key="experiments_values", placeholder=_("Choose values"),
            disabled=not param, format_func=lambda value: value or _("(empty)"), width=274,
        )  # fmt: skip
        st.button(_("Add"), key="experiments_add_param", disabled=not param, on_click=_add_param)
    if len(counts) > MOST_VALUES:
        frame.note(_("These are the {count} most frequent values.").format(count=number(MOST_VALUES, 0)))


def _add_param() -> None:
    chosen = st.session_state["experiments_values"]
    if chosen:
        add(_one_of("parameter", st.session_state["experiments_param"], chosen))
    st.session_state.update(experiments_param=None, experiments_values=[])


def chips(asked: Filter) -> None:
    """Show what else is asked for; a click takes it away."""
    clicked = [field.asked(asked.conditions) for field in FIELDS]
    others = [condition for condition in asked.conditions if condition not in clicked]
    if not others:
        return
    with st.container(horizontal=True, key="experiments_chips"):
        for place, condition in enumerate(others):
            st.button(
                plain(in_words(condition), 60),
                icon=":material/close:",
                key=f"experiments_chip_{place}",
                help=_("Take this filter away"),
                on_click=_drop,
                args=(condition,),
            )


def clear_button(asked: Filter) -> None:
    """Take every filter away by one click."""
    if asked:
        st.button(_("Show all runs"), key="experiments_clear", type="tertiary", on_click=clear)


def _drop(condition: Condition) -> None:
    _choose([c for c in st.session_state.get(GOOD, ()) if c != condition])


def in_words(condition: Condition) -> str:
    """Say a condition in the reader's words."""
    value, comparator = condition.value, condition.operator
    if condition.kind == "attribute" and condition.name == "start_time" and comparator in {">=", "<"}:
        at = _time_of(condition)
        if at is not None:
            sentence = _("started from {time}") if comparator == ">=" else _("started before {time}")
            return sentence.format(time=moment(at))
    if comparator == "IS NULL":
        return _("without {name}").format(name=condition.name)
    if comparator == "IS NOT NULL":
        return _("with {name}").format(name=condition.name)
    if comparator in {"IN", "="} and condition.kind in {"parameter", "tag"}:
        return f"{condition.name}: {', '.join(_values(condition))}"
    if comparator in OPERATORS:
        shown = number(float(value)) if isinstance(value, float) else str(value)
        return f"{condition.name} {OPERATORS[comparator]} {shown}"
    return filter_text([condition])


def as_text(asked: Filter) -> None:
    """Show the filter as MLflow writes it, to be copied or changed."""
    bad = st.session_state.get(BAD)
    pickers.typed("experiments_filter", bad[0] if bad else asked.text)
    with st.expander(_("As an MLflow filter"), icon=":material/code:", expanded=bool(bad)):
        st.text_input(
            _("MLflow filter"),
            key="experiments_filter",
            placeholder=WRITTEN,
            label_visibility="collapsed",
            on_change=_choose_text,
        )
        if asked.text and not mlflow_reads(asked.text):
            frame.note(
                _("MLflow itself knows IN for run ids only. Pizarra takes it for parameters, tags and statuses too.")
            )


def report() -> None:
    """Say why a filter could not be read; the runs that were shown before stay."""
    if bad := st.session_state.get(BAD):
        frame.show_error(bad[1])


def _choose_text() -> None:
    text = st.session_state["experiments_filter"]
    try:
        conditions = parse_filter(text)
        check(conditions)
    except FilterError as error:
        st.session_state[BAD] = (text, error)
    else:
        _choose(conditions)


def nothing_fits(asked: Filter, count: int) -> None:
    """Say that no run fits, and what to take away."""
    with st.container(border=True):
        st.markdown(_("None of the {count} runs fits. Take a filter away to see more.").format(count=number(count, 0)))
        parts = [f"“{asked.search.strip()}”"] if asked.search.strip() else []
        parts += [in_words(condition) for condition in asked.conditions]
        st.markdown(" · ".join(plain(part, 60) for part in parts))
