"""Filters as MLflow writes them: read, written, and answered on the tables that are already in memory.

MLflow's own parser reads them. We take two things more, as people who click need them: ``IN ('a', 'b')`` for
parameters, tags and every attribute that is text (MLflow knows it for run ids only), and a text in parentheses with
Python's escapes, ``= ('it\\x27s')``, where neither kind of quotes can hold it. ``mlflow_reads`` tells them apart.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd
from mlflow.exceptions import MlflowException
from mlflow.utils.search_utils import SearchUtils
from sqlparse.exceptions import SQLParseError
from sqlparse.sql import Parenthesis

from core.errors import PizarraError
from core.i18n import N_
from core.store.runs.like import like
from core.store.runs.tables import ALGORITHM_TAG, LARGEST, STUDENT_TAG, TASK_TAG, Runs, titles

Kind = Literal["attribute", "metric", "parameter", "tag", "dataset"]
Value = str | float | int | tuple[str, ...] | None
Mask = npt.NDArray[np.bool_]

PREFIXES: dict[str, str] = {
    "attribute": "attributes", "metric": "metrics", "parameter": "params", "tag": "tags", "dataset": "datasets",
}  # fmt: skip
RANGE = ("=", "!=", "<", "<=", ">", ">=")
TEXT = ("=", "!=", "LIKE", "ILIKE", "IN", "NOT IN")
PRESENCE = ("IS NULL", "IS NOT NULL")
NUMBERS, TEXTS = ("start_time", "end_time"), ("run_id", "run_name", "status")
OF_INFO = {TASK_TAG: "task", ALGORITHM_TAG: "algorithm", STUDENT_TAG: "student"}  # tags that are columns of info too

LATEST = 10**18  # ms since 1970, far behind any run
LONGEST = 2000  # signs; the parser's time grows with their square
_QUOTED = re.compile(r"""'[^']*'|"[^"]*"|`[^`]*`""")
_SIMPLE_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
_COMPARE: dict[str, Callable[[Any, Any], Any]] = {
    "=": operator.eq, "!=": operator.ne, "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge,
}  # fmt: skip
EXAMPLE = N_(
    "Write for example: metrics.accuracy > 0.9 AND params.depth IN ('3', '4') AND status = 'FINISHED'. "
    "Conditions are joined with AND; there is no OR."
)


class FilterError(PizarraError):
    """A filter cannot be read, or asks for what the tables of runs do not hold."""


@dataclass(frozen=True)
class Condition:
    """One condition of a filter; ``value`` is a number, a text, several texts after IN, or None after IS NULL."""

    kind: Kind
    name: str
    operator: str
    value: Value = None


@lru_cache(maxsize=256)
def parse_filter(text: str) -> tuple[Condition, ...]:
    """Read a filter.

    >>> parse_filter("metrics.accuracy >= 0.9")
    (Condition(kind='metric', name='accuracy', operator='>=', value=0.9),)

    Raises:
        FilterError: it cannot be read.
    """
    text = text.strip()
    if len(text) > LONGEST:
        raise FilterError(
            N_("A filter must have at most {most} signs, but this one has {count}."),
            N_("Take conditions away, or ask for fewer values."),
            most=LONGEST,
            count=len(text),
        )
    try:
        if ";" in _QUOTED.sub("", text):  # several statements: each costs the parser as much as the whole text
            raise ValueError
        return tuple(_condition(clause) for clause in _Parser.parse_search_filter(text))
    except FilterError:
        raise
    except (MlflowException, SQLParseError, ValueError, RecursionError) as error:
        raise FilterError(N_("The filter cannot be read: {filter}"), EXAMPLE, filter=text) from error


def mlflow_reads(text: str) -> bool:
    """Tell whether MLflow itself, with no addition of ours, reads a filter that can be read."""
    try:
        for clause in SearchUtils.parse_search_filter(text.strip()):
            kind, name, comparator = clause["type"], clause["key"], clause["comparator"].upper()
            checks = (SearchUtils.is_metric, SearchUtils.is_param, SearchUtils.is_tag, SearchUtils.is_dataset)
            if "`" in name or not (
                SearchUtils.is_attribute(kind, name, comparator) or any(check(kind, comparator) for check in checks)
            ):
                return False
    except (MlflowException, SQLParseError, ValueError, RecursionError):
        return False
    return True


def filter_text(conditions: Iterable[Condition]) -> str:
    """Write conditions as a filter; quotes fit whatever the names and values are.

    >>> filter_text([Condition("parameter", "max depth", "=", "3"), Condition("metric", "f1", ">", 0.5)])
    "params.`max depth` = '3' AND metrics.f1 > 0.5"
    """
    return " AND ".join(_written(condition) for condition in conditions)


def check(conditions: Iterable[Condition]) -> None:
    """Make sure that the tables of runs hold what is asked for.

    Raises:
        FilterError: a condition asks for something that is not in them.
    """
    for condition in conditions:
        if condition.kind == "dataset":
            raise FilterError(
                N_("Runs cannot be filtered by their datasets here: {condition}"),
                N_("The Run page shows which datasets a run used. Take this condition away."),
                condition=_written(condition),
            )
        if condition.kind == "attribute" and condition.name not in {*NUMBERS, *TEXTS}:
            raise FilterError(
                N_("Runs cannot be filtered by {name} here."),
                N_("Attributes that can be asked for: {names}. Who ran it is in tags.`mlflow.user`."),
                name=condition.name,
                names=", ".join((*TEXTS, *NUMBERS)),
            )


def matching(runs: Runs, conditions: Iterable[Condition]) -> list[str]:
    """Return the ids of the runs that meet all conditions, in their order, as MLflow's stores would answer.

    What is missing meets no condition but IS NULL, not even ``!=``; neither does a metric that is not a number.
    ``start_time`` is when a run began, as the tables have it: MLflow counts from when it was queued.

    Raises:
        FilterError: a condition asks for something that is not in the tables.
    """
    conditions = tuple(conditions)
    check(conditions)
    fits: Mask = np.ones(len(runs), dtype=bool)
    for condition in conditions:
        fits &= _fits(runs, condition)
    return list(runs.info.index[fits])


def mentioning(runs: Runs, wanted: str, algorithm: Callable[[str], str] = str) -> list[str]:
    """Return the ids of the runs whose name, algorithm or parameters mention ``wanted``, in their order.

    ``algorithm`` gives the title under which readers know an algorithm. A parameter's name counts where the run has
    that parameter.
    """
    wanted = wanted.strip().lower()
    if not wanted:
        return runs.ids

    def mentions(text: str) -> bool:
        return wanted in text.lower()

    found = _each(runs.info["name"], mentions) | _each(titles(runs), mentions)
    found |= _each(runs.info["algorithm"], lambda name: mentions(name) or mentions(algorithm(name)))
    for name, values in runs.params.items():
        found |= values.notna().to_numpy() if mentions(str(name)) else _each(values, mentions)
    return list(runs.info.index[found])


def texts_of(runs: Runs, kind: Kind, name: str) -> pd.Series:
    """Return a parameter, tag or attribute of every run as text; missing is None."""
    table = {"parameter": runs.params, "tag": runs.tags}.get(kind)
    if table is not None and name in table.columns:
        return table[name]
    if kind == "attribute" and name == "run_id":
        return pd.Series(runs.info.index, index=runs.info.index, dtype=object)
    column = {"run_name": "name", "status": "status"}.get(name) if kind == "attribute" else OF_INFO.get(name)
    if column is None or kind == "parameter":
        return pd.Series(data=None, index=runs.info.index, dtype=object)
    values = runs.info[column].astype(object)
    return values.where(values != "", None)


def moments_of(runs: Runs, name: str) -> npt.NDArray[np.float64]:
    """Return ``start_time`` or ``end_time`` of every run in milliseconds, as MLflow counts; missing is NaN."""
    times = runs.info[name.removesuffix("_time")]
    since = times - pd.Timestamp(0, tz="UTC")
    return np.asarray(np.round(since / pd.Timedelta(milliseconds=1)), dtype=float)


def _fits(runs: Runs, condition: Condition) -> Mask:
    if condition.kind == "metric":
        if condition.name not in runs.metrics:
            return np.zeros(len(runs), dtype=bool)
        return _compared(runs.metrics[condition.name].to_numpy(dtype=float), condition)
    if condition.kind == "attribute" and condition.name in NUMBERS:
        return _compared(moments_of(runs, condition.name), condition)
    values = texts_of(runs, condition.kind, condition.name)
    if condition.operator in PRESENCE:
        missing = values.isna().to_numpy()
        return np.asarray(missing if condition.operator == "IS NULL" else ~missing)
    return _each(values, _test(condition))


def _compared(values: npt.NDArray[np.float64], condition: Condition) -> Mask:
    return np.asarray(_COMPARE[condition.operator](values, condition.value) & ~np.isnan(values))


def _each(values: pd.Series, test: Callable[[str], bool]) -> Mask:
    """Ask ``test`` of each different text once; what is missing fails it."""
    places, different = pd.factorize(values)
    answers = np.fromiter((test(str(text)) for text in different), dtype=bool, count=len(different))
    return np.asarray(np.append(answers, False)[places])  # the place of what is missing is -1: the last


def _test(condition: Condition) -> Callable[[str], bool]:
    value = condition.value
    if condition.operator in {"IN", "NOT IN"}:
        wanted = frozenset(value if isinstance(value, tuple) else ())
        return wanted.__contains__ if condition.operator == "IN" else lambda text: text not in wanted
    if condition.operator in {"LIKE", "ILIKE"}:
        return like(str(value), ignore_case=condition.operator == "ILIKE")
    return lambda text: bool(_COMPARE[condition.operator](text, value))


def _condition(clause: dict[str, Any]) -> Condition:
    kind, comparator, value = clause["type"], clause["comparator"].upper(), clause["value"]
    name = SearchUtils.translate_key_alias(clause["key"]) if kind == "attribute" else clause["key"]
    numeric = kind == "metric" or (kind == "attribute" and name in NUMBERS)
    known = RANGE if numeric else TEXT if kind in {"attribute", "dataset"} else TEXT + PRESENCE
    if comparator not in known:
        raise FilterError(
            N_("{name} cannot be compared with {operator}."),
            N_("Use one of: {operators}"),
            name=clause["key"],
            operator=clause["comparator"],
            operators=", ".join(known),
        )
    if kind == "metric":
        value = float(value)
        value = float("inf") if value >= LARGEST else float("-inf") if value <= -LARGEST else value
    elif numeric:
        value = min(max(value, -LATEST), LATEST)  # no table can be compared with a number of a thousand digits
    elif isinstance(value, tuple) and comparator not in {"IN", "NOT IN"}:
        if len(value) != 1:
            raise FilterError(
                N_("{name} is compared with several values."), N_("Use IN for several values."), name=clause["key"]
            )
        value = value[0]
    return Condition(kind, name, comparator, value)


def _written(condition: Condition) -> str:
    name = condition.name
    if not _SIMPLE_NAME.fullmatch(name):
        doubled = name.replace("`", "``")
        name = f"`{doubled}`"
    begin = f"{PREFIXES[condition.kind]}.{name} {condition.operator}"
    return begin if condition.operator in PRESENCE else f"{begin} {_literal(condition.value)}"


def _literal(value: Value) -> str:
    if isinstance(value, tuple):
        return f"({', '.join(map(_escaped, value))})"
    if isinstance(value, str):
        quote = "'" if "'" not in value else '"'
        # A backslash before the closing quote would keep it open
        plain = quote not in value and value.isprintable() and not value.endswith("\\")
        return f"{quote}{value}{quote}" if plain else f"({_escaped(value)})"
    if isinstance(value, float):
        bounded = min(max(value, -LARGEST), LARGEST)
        return repr(bounded).replace("e+", "e")  # MLflow's parser knows no plus sign
    return str(value)


def _escaped(value: str) -> str:
    """Quote a text of a list, which MLflow reads as Python: no quote or backslash is left in it as it is."""
    signs = (sign if sign.isprintable() and sign not in "'\"\\" else _escape(ord(sign)) for sign in value)
    return f"'{''.join(signs)}'"


def _escape(code: int) -> str:
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


class _Parser(SearchUtils):  # type: ignore[misc]
    """MLflow's parser, with lists for every text and our words for what people get wrong most."""

    LIST_SUPPORTED_KEYS = None

    @classmethod
    def _valid_entity_type(cls, entity_type: str) -> str:
        try:
            return str(super()._valid_entity_type(entity_type))
        except MlflowException as error:
            raise FilterError(
                N_("A condition begins with metrics, params, tags or attributes, but this one with {found}."),
                EXAMPLE,
                found=entity_type,
            ) from error

    @classmethod
    def _get_identifier(cls, identifier: str, valid_attributes: Iterable[str]) -> dict[str, str]:
        try:
            found: dict[str, str] = super()._get_identifier(identifier, valid_attributes)
        except MlflowException as error:
            raise FilterError(
                N_("Runs have no attribute {name}."),
                N_("Attributes that can be asked for: {names}. Write params., metrics. or tags. before other names."),
                name=identifier,
                names=", ".join((*TEXTS, *NUMBERS)),
            ) from error
        if identifier.endswith("`"):
            found["key"] = found["key"].replace("``", "`")
        return found

    @classmethod
    def _get_value(cls, identifier_type: str, key: str, token: Any) -> Any:
        numeric = identifier_type == "metric" or (identifier_type == "attribute" and key in cls.NUMERIC_ATTRIBUTES)
        try:
            if isinstance(token, Parenthesis) and not numeric:
                return cls._parse_list_from_sql_token(token)
            return super()._get_value(identifier_type, key, token)
        except (MlflowException, ValueError) as error:
            raise FilterError(
                N_("{name} is compared with a number, but this is not one: {value}")
                if numeric
                else N_("{name} is compared with text, but this is not in quotes: {value}"),
                N_("Write a number without quotes, for example 0.9")
                if numeric
                else N_("Write quotes around it: 'text'"),
                name=key,
                value=token.value,
            ) from error
