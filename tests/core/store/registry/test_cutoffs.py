from __future__ import annotations

from math import nan

import pytest

from core.errors import StoreError
from core.store.connection import Store
from core.store.registry.cutoffs import CUTOFF_TAG, read_cutoff, save_cutoff
from core.store.registry.promotion import change_cutoff
from core.store.registry.registered_models import find_model
from core.store.registry.timeline import read_all
from tests.fixtures.actors import ANA, BEA

CHURN = "churn"


@pytest.fixture
def churn(store: Store) -> Store:
    """A store with a model and no version."""
    store.client.create_registered_model(CHURN, tags={"owner": "Ana"})
    return store


def saved(store: Store) -> float | None:
    return read_cutoff(find_model(store, CHURN).tags)


@pytest.mark.part(6)
@pytest.mark.parametrize("cutoff", [0.0, 0.01, 0.35, 1 / 3, 1.0])
def test_a_saved_cutoff_is_read_as_it_was(churn: Store, cutoff: float) -> None:
    save_cutoff(churn, ANA, CHURN, cutoff)
    assert saved(churn) == cutoff


def test_a_cutoff_is_a_tag_that_people_can_read(churn: Store) -> None:
    save_cutoff(churn, ANA, CHURN, 0.35)
    assert find_model(churn, CHURN).tags == {"owner": "Ana", "pizarra.cutoff": "0.35"}


def test_the_last_saved_one_counts(churn: Store) -> None:
    save_cutoff(churn, ANA, CHURN, 0.35)
    save_cutoff(churn, ANA, CHURN, 0.2)
    assert saved(churn) == 0.2


def test_taking_it_away_removes_the_tag_and_no_other(churn: Store) -> None:
    save_cutoff(churn, ANA, CHURN, 0.35)
    save_cutoff(churn, ANA, CHURN, None)
    assert find_model(churn, CHURN).tags == {"owner": "Ana"}
    save_cutoff(churn, ANA, CHURN, None)
    assert saved(churn) is None


@pytest.mark.part(4)
@pytest.mark.parametrize("cutoff", [-0.01, 1.01, 35, nan])
def test_a_cutoff_outside_0_to_1_is_refused_and_changes_nothing(churn: Store, cutoff: float) -> None:
    with pytest.raises(StoreError, match=r"must be from 0 to 1, but it is .*Choose another one"):
        save_cutoff(churn, ANA, CHURN, cutoff)
    assert CUTOFF_TAG not in find_model(churn, CHURN).tags


@pytest.mark.long
def test_who_changed_it_is_remembered(churn: Store) -> None:
    change_cutoff(churn, ANA, CHURN, 0.35)
    change_cutoff(churn, BEA, CHURN, None)
    assert saved(churn) is None
    assert [(event.kind, event.by, event.why) for event in read_all(churn, CHURN)] == [
        ("cutoff", "Bea", ""), ("cutoff", "Ana", "0.35"),
    ]  # fmt: skip
    with pytest.raises(StoreError, match="must be from 0 to 1"):
        change_cutoff(churn, ANA, CHURN, 2)
    assert len(read_all(churn, CHURN)) == 2


@pytest.mark.part(4)
@pytest.mark.parametrize("text", ["", "35 %", "0,35", "1.5", "-0.1", "nan", "inf", "half"])
def test_what_another_program_wrote_wrongly_is_no_cutoff(churn: Store, text: str) -> None:
    churn.client.set_registered_model_tag(CHURN, CUTOFF_TAG, text)
    assert saved(churn) is None


@pytest.mark.parametrize("cutoff", [0.5, None])
def test_a_model_that_is_not_there_is_said(store: Store, cutoff: float | None) -> None:
    with pytest.raises(StoreError, match=r"The store refused the change: .*nobody"):
        save_cutoff(store, ANA, "nobody", cutoff)
