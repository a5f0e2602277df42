from __future__ import annotations

from types import SimpleNamespace

import pytest

from core.errors import PizarraError, StoreError
from core.settings import settings
from core.store.connection import Store
from core.store.registry.stages import (
    STAGE_TAG,
    Stage,
    Standing,
    check_one_production,
    following,
    has_stages,
    last_move,
    read_standing,
    stage_of,
    write_standing,
)
from tests.fixtures.stores import FLOWERS


def version(number: int = 1, stage: str = "None", **tags: str) -> SimpleNamespace:
    return SimpleNamespace(version=str(number), current_stage=stage, tags={STAGE_TAG: tags["tag"]} if tags else {})


def test_a_store_of_today_has_stages(store: Store) -> None:
    assert has_stages(store)


def test_where_versions_stand_is_read_with_the_aliases_that_are_ours(own_populated: Store) -> None:
    own_populated.client.set_registered_model_alias(FLOWERS, "theirs", "1")
    standing = read_standing(own_populated, FLOWERS)
    assert standing.stages == {1: "Archived", 2: "Production", 3: "Staging"}
    assert standing.aliases == {"champion": 2, "challenger": 3}
    assert standing.tags[2][STAGE_TAG] == "Production"


def test_a_model_that_is_not_there_has_no_standing(store: Store) -> None:
    with pytest.raises(StoreError, match="There is no registered model 'nobody'"):
        read_standing(store, "nobody")


@pytest.mark.parametrize(
    ("made", "aliases", "stage"),
    [
        (version(), {}, "None"),
        (version(tag="Staging"), {}, "Staging"),
        (version(tag="Staging"), {"champion": 1}, "Production"),
        (version(), {"champion": 1, "challenger": 1}, "Production"),
        (version(), {"challenger": 1}, "Staging"),
        (version(tag="Production"), {"champion": 2}, "Archived"),
        (version(tag="Production"), {}, "Archived"),
        (version(tag="nonsense"), {}, "None"),
        (version(stage="Production"), {}, "None"),
    ],
)
def test_without_stages_the_champion_alias_and_a_tag_say_them(
    made: SimpleNamespace, aliases: dict[str, int], stage: Stage
) -> None:
    assert stage_of(made, aliases, staged=False) == stage  # type: ignore[arg-type]


def test_with_stages_tags_and_aliases_say_nothing() -> None:
    made = version(stage="Archived", tag="Staging")
    assert stage_of(made, {"champion": 1}, staged=True) == "Archived"  # type: ignore[arg-type]


def test_aliases_belong_at_the_newest_version_of_their_stage_as_mlflow_reads_stages(own_populated: Store) -> None:
    assert following({1: "Staging", 2: "Production", 3: "Staging", 4: "None"}) == {"champion": 2, "challenger": 3}
    assert following({1: "Archived"}) == {}


def test_aliases_have_the_names_that_were_chosen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIZARRA_CHAMPION_ALIAS", "prod")
    settings.cache_clear()
    assert following({1: "Production", 2: "Staging"}) == {"prod": 1, "challenger": 2}


@pytest.mark.parametrize("name", ["latest", "v1", "V22", "two words", "a/b", "año"])
def test_an_alias_that_mlflow_refuses_is_refused_at_the_start(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIZARRA_CHALLENGER_ALIAS", name)
    settings.cache_clear()
    with pytest.raises(PizarraError, match="PIZARRA_CHALLENGER_ALIAS must have only letters"):
        settings()


def test_both_aliases_may_not_be_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIZARRA_CHALLENGER_ALIAS", "champion")
    settings.cache_clear()
    with pytest.raises(PizarraError, match="must differ, but both are 'champion'"):
        settings()


def test_two_in_production_are_refused() -> None:
    assert check_one_production({1: "Production", 2: "None"}, {1: "Archived", 2: "Production"}) == [2]
    with pytest.raises(StoreError, match=r"Only one version of a model may be in Production, but versions 1, 2 would"):
        check_one_production({1: "Production", 2: "None"}, {1: "Production", 2: "Production"})


def test_two_that_another_program_left_there_may_stay_while_others_move() -> None:
    both: dict[int, Stage] = {1: "Production", 2: "Production", 3: "None"}
    assert check_one_production(both, {**both, 3: "Staging"}) == []


def test_what_is_written_is_what_is_read(own_populated: Store) -> None:
    now = read_standing(own_populated, FLOWERS)
    target = Standing(
        {1: "Production", 2: "None", 3: "Archived"}, {"champion": 1}, {1: {STAGE_TAG: "Production"}, 3: {}}
    )
    write_standing(own_populated, FLOWERS, now, target)
    after = read_standing(own_populated, FLOWERS)
    assert (after.stages, after.aliases) == (target.stages, target.aliases)
    assert (after.tags[1], after.tags[2], after.tags[3]) == ({STAGE_TAG: "Production"}, {}, {})


@pytest.mark.parametrize("said", ["", "nonsense", "[1]", "7"])
def test_a_damaged_memory_of_a_move_is_none(said: str) -> None:
    assert last_move({"pizarra.moved": said}) == {}
