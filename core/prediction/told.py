"""What a model's own process tells of it: believed only in a shape and a size that it can have."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar, get_args

from core.store.traits import Task

MOST_NAMES = 100_000  # classes of a model, or words of an input; more are not held for one that is asked about a row
MOST_INPUTS = 20_000
LONGEST = 10_000  # characters of a name

Field = TypeVar("Field")


def told_task(said: Any) -> Task:
    """Return a task, empty where what was told is none."""
    known: tuple[Task, ...] = get_args(Task)
    return next((task for task in known if isinstance(said, str) and said == task), "")


def told_classes(said: Any) -> tuple[str, ...]:
    """Return classes, none where what was told are none: each is a word of its own."""
    return said if isinstance(said, tuple) and are_names(said) and len(set(said)) == len(said) else ()


# By the property of a ``Predictor`` that the model's process answers; all else is about rows
TOLD: Mapping[str, Callable[[Any], Any]] = {"task": told_task, "classes": told_classes}


def are_fields(said: Any, kind: type[Field], kinds: tuple[str, ...], types: Mapping[str, Any]) -> bool:
    """Tell whether what was told are inputs of a model: dataclasses of one ``kind``, whose parts are what they can."""
    if not isinstance(said, list) or len(said) > MOST_INPUTS or not all(isinstance(one, kind) for one in said):
        return False
    return all(_is_field(vars(one), kinds, types) for one in said)


def _is_field(parts: Mapping[str, Any], kinds: tuple[str, ...], types: Mapping[str, Any]) -> bool:
    words = [parts[name] for name in ("name", "kind", "dtype")]
    numbers = [parts[name] for name in ("low", "high", "median")]
    flags = [parts[name] for name in ("optional", "is_parameter", "never_missing")]
    return (
        are_names(words)
        and parts["kind"] in kinds
        and parts["dtype"] in types
        and isinstance(parts["choices"], tuple)
        and are_names(parts["choices"])
        and all(one is None or type(one) in (int, float) for one in numbers)
        and all(isinstance(one, bool) for one in flags)
        and (parts["start"] is None or isinstance(parts["start"], bool | int | float | str))
    )


def are_names(words: Any) -> bool:
    """Tell whether these are texts, not too many and none too long."""
    return len(words) <= MOST_NAMES and all(isinstance(one, str) and len(one) <= LONGEST for one in words)
