"""Profiles that another program wrote, or a disk damaged."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from core.prediction.oddities import columns_of
from core.prediction.open_version import open_version
from core.prediction.schema import starting_values
from core.prediction.typicality import reference, typicality
from core.store.connection import Store
from core.store.models import ModelFiles, describe_model, load_model
from core.store.profiles import readable_profile
from tests.fixtures.stores import FLOWERS

ODD = (None, "x", -1, 1.5, 1e999, float("nan"), True, [], {}, [[]], [None], [{}], {"name": []}, 10**400)


def places(document: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield where something stands in a document, the first of each list alone."""
    yield path
    first = enumerate(document[:1]) if isinstance(document, list) else ()
    for name, value in document.items() if isinstance(document, dict) else first:
        yield from places(value, (*path, name))


def changed(document: Any, path: tuple[Any, ...], value: object) -> Any:
    if not path:
        return value
    other = copy.deepcopy(document)
    at = other
    for step in path[:-1]:
        at = at[step]
    at[path[-1]] = value
    return other


@pytest.mark.long
def test_a_form_can_be_made_and_answered_whatever_stands_anywhere_in_a_profile(populated: Store) -> None:
    version = populated.client.get_model_version(FLOWERS, "2")
    files = describe_model(populated, f"models:/{FLOWERS}/2", version.run_id)
    model = load_model(files)
    asked = 0
    for path in places(files.profile):
        for odd in ODD:
            stands(replace(files, profile=readable_profile(changed(files.profile, path, odd))), model)
            asked += 1
    assert asked > 300


def stands(files: ModelFiles, model: Any) -> None:
    opened = open_version(files, model)
    start = starting_values(opened.fields)
    known = reference(files, opened.fields)
    assert known is not None
    assert typicality(known, start).verdict
    assert len(columns_of(opened.fields, files.profile or {}, files.sample)) == len(opened.fields)
