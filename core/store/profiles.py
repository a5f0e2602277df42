"""What a run tells of its training rows, as ``core.training.profile`` describes it, as far as it can be read.

A file of that name may be of another program, or damaged: what does not fit the description is left out, and the
form then asks as it does of a model without it.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any

ENDS = ("min", "median", "max")  # in this order
TYPES = ("number", "integer", "category")
KINDS = ("classification", "regression")
MOST = sys.float_info.max


def readable_profile(document: object) -> dict[str, Any] | None:
    """Return the parts of a profile that can be used; None where nothing can.

    >>> readable_profile({"task": "iris", "features": [{"name": "a"}], "target": {"name": "b", "kind": "regression"}})
    {'task': 'iris', 'features': [], 'target': {'name': 'b', 'kind': 'regression'}}
    """
    if not isinstance(document, Mapping):
        return None
    features, target = document.get("features"), document.get("target")
    found: dict[str, Any] = {}
    if isinstance(document.get("task"), str):
        found["task"] = document["task"]
    if _is_count(document.get("rows")):
        found["rows"] = document["rows"]
    if isinstance(features, list):
        found["features"] = [one for one in features if _is_feature(one)]
    if _is_target(target):
        found["target"] = target
    return found or None


def _is_feature(one: object) -> bool:
    if not (isinstance(one, Mapping) and isinstance(one.get("name"), str) and one.get("type") in TYPES):
        return False
    if "missing" in one and not _is_count(one["missing"]):
        return False
    if one["type"] != "category":
        return _are_ends([one.get(end) for end in ENDS])
    return _are_counted(one.get("categories")) and isinstance(one.get("mode"), str | None)


def _is_target(target: object) -> bool:
    return (
        isinstance(target, Mapping)
        and isinstance(target.get("name"), str)
        and target.get("kind") in KINDS
        and isinstance(target.get("unit"), str | None)
        and (target["kind"] == "regression" or _are_counted(target.get("classes")))
    )


def _are_ends(ends: list[Any]) -> bool:
    known = [end for end in ends if _is_number(end)]
    return ends == [None] * len(ends) or (len(known) == len(ends) and known == sorted(known))


def _are_counted(words: object) -> bool:
    return isinstance(words, list) and all(
        isinstance(one, Mapping) and isinstance(one.get("value"), str) and _is_count(one.get("count", 0))
        for one in words
    )


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= MOST


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= MOST
