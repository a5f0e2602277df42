from __future__ import annotations

import pytest

from core.comparison.direction import higher_is_better
from core.errors import StoreError
from core.store.connection import Store
from core.store.runs.directions import DIRECTION_TAG, LONGEST_METRIC, directions_of, say_direction, shared_directions
from core.store.runs.tables import Experiment
from core.store.runs.tracking import list_experiments
from tests.fixtures.actors import ANA


def experiment(**directions: str) -> Experiment:
    return Experiment("1", "one", None, {DIRECTION_TAG + metric: value for metric, value in directions.items()})


def said(store: Store) -> dict[str, bool | None]:
    return shared_directions(list_experiments(store))


def test_what_is_said_is_kept_and_can_be_said_anew(store: Store) -> None:
    for metric, direction in [("gap", "higher"), ("clusters", "lower"), ("val loss", "none"), ("gap", "lower")]:
        say_direction(store, ANA, "0", metric, direction)  # type: ignore[arg-type]
    assert said(store) == {"gap": False, "clusters": False, "val loss": None}
    assert higher_is_better("val loss", said(store)) is None


@pytest.mark.long
def test_guessing_forgets_what_was_said_and_only_that(store: Store) -> None:
    store.client.set_experiment_tag("0", "mlflow.note.content", "ours")
    say_direction(store, ANA, "0", "gap", "higher")
    say_direction(store, ANA, "0", "clusters", "higher")
    say_direction(store, ANA, "0", "gap", "guess")
    assert said(store) == {"clusters": True}
    assert higher_is_better("gap", said(store)) is False
    assert dict(store.client.get_experiment("0").tags) == {
        "mlflow.note.content": "ours",
        f"{DIRECTION_TAG}clusters": "higher",
    }


def test_guessing_what_nobody_said_changes_nothing(store: Store) -> None:
    say_direction(store, ANA, "0", "gap", "guess")
    assert said(store) == {}


def test_the_longest_name_is_kept_and_a_longer_one_is_said(store: Store) -> None:
    longest = "m" * LONGEST_METRIC
    say_direction(store, ANA, "0", longest, "higher")
    assert said(store) == {longest: True}
    with pytest.raises(StoreError, match=r"at most 232 characters, but this one has 350\. Log the metric under"):
        say_direction(store, ANA, "0", "m" * 350, "higher")


def test_names_that_mlflow_refuses_are_said(store: Store) -> None:
    with pytest.raises(StoreError, match=r"The direction of 'a\\nb' could not be kept"):
        say_direction(store, ANA, "0", "a\nb", "higher")


@pytest.mark.parametrize("direction", ["lower", "guess"])
def test_an_experiment_that_is_not_there_is_said(store: Store, direction: str) -> None:
    with pytest.raises(StoreError, match="Check that the experiment still exists"):
        say_direction(store, ANA, "404", "gap", direction)  # type: ignore[arg-type]


def test_words_that_we_do_not_know_and_other_tags_say_nothing() -> None:
    assert directions_of({f"{DIRECTION_TAG}gap": "up", "direction.gap": "lower", f"{DIRECTION_TAG}f1": ""}) == {}


def test_experiments_that_agree_or_say_nothing_share_a_direction() -> None:
    assert shared_directions([experiment(gap="lower"), experiment(), experiment(gap="lower", f1="higher")]) == {
        "gap": False,
        "f1": True,
    }


@pytest.mark.parametrize(
    "words",
    [
        ("lower", "higher"),
        ("lower", "none"),
        ("none", "higher"),
        ("lower", "higher", "lower"),
        ("higher",) * 2 + ("lower",),
    ],
)
def test_experiments_that_disagree_leave_no_direction(words: tuple[str, ...]) -> None:
    assert shared_directions([experiment(gap=word) for word in words]) == {"gap": None}


def test_no_experiments_share_nothing() -> None:
    assert shared_directions([]) == {}
