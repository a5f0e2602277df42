from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from core.prediction.open_version import open_version
from core.process import cache, memory, shared
from core.process.asked import opened
from core.process.memory import kept
from core.settings import settings
from core.store.connection import Store, open_store
from tests.fixtures.actors import ANA
from tests.fixtures.stores import FLOWERS, SUGAR


@pytest.fixture(autouse=True)
def in_use(own_populated: Store, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    """The store that the dashboard has open."""

    def forget() -> None:
        settings.cache_clear()
        shared.forget()

    monkeypatch.setenv("MLFLOW_TRACKING_URI", own_populated.uri)
    forget()
    yield own_populated
    forget()


def an_experiment(store: Store) -> str:
    return str(store.client.search_experiments()[0].experiment_id)


def test_what_was_read_is_read_again_when_the_store_changed(in_use: Store) -> None:
    reads: list[str] = []

    @cache.read_from_store(max_entries=4)
    def names(store: Store, experiment_id: str) -> list[str]:
        reads.append(experiment_id)
        return sorted(run.info.run_name for run in store.client.search_runs([experiment_id]))

    experiment_id = an_experiment(in_use)
    before = names(experiment_id)
    assert names(experiment_id) == before
    assert reads == [experiment_id]
    elsewhere = open_store(in_use.uri)  # another program's connection
    elsewhere.client.create_run(experiment_id, run_name="a new one")
    assert names(experiment_id) == sorted([*before, "a new one"])
    with shared.writing():
        pass
    names(experiment_id)
    assert len(reads) == 3


def test_what_never_changes_is_read_once_for_each_store(in_use: Store, populated: Store) -> None:
    reads: list[str] = []

    @cache.read_from_store(max_entries=4, until=cache.for_ever)
    def thing(store: Store, name: str = "it", *, more: int = 0) -> str:
        reads.append(name)
        return f"{store.uri} {name} {more}"

    assert thing() == thing() == f"{in_use.uri} it 0"
    with shared.writing():
        pass
    assert thing() == f"{in_use.uri} it 0"
    assert reads == ["it"]
    assert (thing("other"), thing(more=2)) == (f"{in_use.uri} other 0", f"{in_use.uri} it 2")
    shared.use_store(populated.uri, ANA)
    assert thing() == f"{populated.uri} it 0"


def test_two_functions_never_get_each_others_answers() -> None:
    @kept(lambda _it: "same", max_entries=2)
    def first(it: int) -> int:
        return it

    @kept(lambda _it: "same", max_entries=2)
    def second(it: int) -> int:
        return it

    assert (first(1), second(2), first(3), second(4)) == (1, 2, 1, 2)


def test_who_gets_a_copy_cannot_change_what_others_get() -> None:
    @kept(lambda: "", max_entries=1, copied=True)
    def copied() -> list[int]:
        return [1]

    @kept(lambda: "", max_entries=1)
    def shared_by_all() -> list[int]:
        return [1]

    copied().append(2)
    shared_by_all().append(2)
    assert (copied(), shared_by_all()) == ([1], [1, 2])


def test_no_more_is_kept_than_said() -> None:
    answered: list[int] = []

    @kept(lambda it: it, max_entries=2)
    def answer(it: int) -> int:
        answered.append(it)
        return it

    for it in (1, 2, 3, 3, 1):
        answer(it)
    assert answered == [1, 2, 3, 1]


def test_an_error_is_not_kept() -> None:
    tries: list[int] = []

    @kept(lambda: "", max_entries=1)
    def answer() -> int:
        tries.append(1)
        if len(tries) == 1:
            raise ValueError("not yet")
        return 7

    with pytest.raises(ValueError, match="not yet"):
        answer()
    assert answer() == 7


def test_a_decorated_function_keeps_its_name_and_its_sentence() -> None:
    assert cache.picture.__name__ == "picture"
    assert cache.picture.__doc__ == "Return a picture of a run."


def test_what_was_written_halfway_is_read_anew_too() -> None:
    before = shared.own_writes()
    with pytest.raises(ValueError, match="halfway"), shared.writing():
        raise ValueError("halfway")
    assert shared.own_writes() != before


@pytest.mark.long
@pytest.mark.parametrize("name", [FLOWERS, SUGAR])
def test_a_version_that_is_opened_is_answered_fast(name: str) -> None:
    model = next(one for one in cache.models() if one.name == name)
    for version in model.versions:
        first, again = opened(model, version), opened(model, version)
        assert first.fast is not None
        assert first.fast is again.fast
        values = [field.start for field in first.fields]
        slow = replace(first.predictor, fast=None)
        assert first.predictor.ask_one(values) == slow.ask_one(values)


@pytest.mark.long
def test_a_model_whose_run_stored_no_rows_is_answered_the_usual_way(monkeypatch: pytest.MonkeyPatch) -> None:
    version = next(one for one in cache.models() if one.name == FLOWERS).versions[0]
    files, loaded = cache.asked_model(version, allow_code=False)
    known = open_version(replace(files, sample=None), loaded)
    monkeypatch.setattr(cache, "test_rows", lambda _model: None)
    memory.forget()
    assert cache.fast_way_of(version, known) is None
