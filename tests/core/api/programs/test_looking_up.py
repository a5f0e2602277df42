"""What programs are told when they look up what was answered before: by which version, and whether it is stale."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from core.access import machine_user
from core.process import shared
from core.serving.here import tokens
from core.serving.precomputed.here import precomputed
from core.serving.precomputed.keeping import keep, place_of
from core.settings import settings
from core.store.connection import Store
from core.store.registry import promotion
from core.store.registry.promotion import Move, move
from core.store.registry.registered_models import find_model
from tests.core.api.programs.conftest import Ask, asking
from tests.fixtures.actors import ANA
from tests.fixtures.scored import SETOSA, VIRGINICA, flowers, scored
from tests.fixtures.stores import FLOWERS

PLACE = f"/api/models/{FLOWERS}"
Keep = Callable[..., None]


@pytest.fixture
def own(own_populated: Store, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    """The store in use: a copy that the test may change."""
    monkeypatch.setenv("MLFLOW_TRACKING_URI", own_populated.uri)
    settings.cache_clear()
    shared.forget()
    yield own_populated
    settings.cache_clear()
    shared.forget()


@pytest.fixture
def kept(own: Store, tmp_path: Path) -> Keep:
    """Have answers of a version kept, for whoever asks for ``which``."""

    def keep_answers(which: str = "Production", version: int = 2, rows: tuple[str, ...] = ("007", "a/b c")) -> None:
        result = scored(own, tmp_path, flowers(rows, SETOSA, VIRGINICA), version, f"v{version}")
        found = find_model(own, FLOWERS).version(version)
        keep(ANA, precomputed(), place_of(own.uri, FLOWERS, which), found, [result], "code")

    return keep_answers


@pytest.fixture
def program(own: Store) -> Ask:
    return asking()


def test_an_answer_is_looked_up_with_its_version_and_its_time(kept: Keep, program: Ask) -> None:
    kept()
    answer = program("GET", f"{PLACE}/production/precomputed/007")
    assert answer.status_code == 200
    said = answer.json()
    assert (said["id"], said["prediction"], said["model"], said["version"]) == ("007", "setosa", FLOWERS, 2)
    assert (said["stale"], said["why_stale"], said["version_now"], said["stage"]) == (False, None, 2, "Production")
    assert abs(datetime.fromisoformat(said["made"]) - datetime.now(UTC)) < timedelta(hours=1)
    assert set(said["probabilities"]) == {"setosa", "versicolor", "virginica"}
    now = program("POST", f"{PLACE}/Production/predict_names", json={"instances": [SETOSA, VIRGINICA]}).json()
    ids = ("007", "a%2Fb%20c")
    assert [program("GET", f"{PLACE}/Production/precomputed/{one}").json()["prediction"] for one in ids] == (
        now["predictions"]
    )


def test_an_id_that_is_not_there_is_told_so_and_never_another_ones_answer(kept: Keep, program: Ask) -> None:
    kept()
    for row_id in ("7", "07", "007 ", "a"):
        answer = program("GET", f"{PLACE}/Production/precomputed/{row_id}")
        assert answer.status_code == 404
        said = answer.json()
        assert said["error_code"] == "RESOURCE_DOES_NOT_EXIST"
        assert f"none has the id {row_id!r}" in said["message"]
        assert "Ids are those of column 'code', exactly as they are written there" in said["what_to_do"]


def test_where_nothing_was_answered_before_that_is_said(kept: Keep, program: Ask) -> None:
    answer = program("GET", f"{PLACE}/Production/precomputed/007")
    assert answer.status_code == 404
    assert "were made before" in answer.json()["message"]
    assert "precompute" in answer.json()["what_to_do"]
    assert program("GET", "/api/models/nobody/Production/precomputed/007").status_code == 404
    kept()
    spanish = program("GET", f"{PLACE}/1/precomputed/007", headers={"Accept-Language": "es"}).json()
    assert "Antes no se ha hecho ninguna respuesta" in spanish["message"]


def test_an_answer_of_a_version_that_was_replaced_says_that_it_is_stale(own: Store, kept: Keep, program: Ask) -> None:
    kept()
    model = find_model(own, FLOWERS)
    move(own, ANA, Move(FLOWERS, 1, "Production", "older is better", promotion.seen(model, 1, "Production")))
    shared.forget()
    said = program("GET", f"{PLACE}/Production/precomputed/007").json()
    assert (said["stale"], said["version"], said["version_now"]) == (True, 2, 1)
    assert said["why_stale"] == "Version 2 made this answer, but version 1 is what is asked for now."
    assert program("GET", f"{PLACE}/2/precomputed/007").status_code == 404  # it is not kept under that name
    kept("1", version=1)  # made under its number, as before a promotion
    said = program("GET", f"{PLACE}/Production/precomputed/007").json()
    assert (said["stale"], said["version"]) == (False, 1)


def test_an_answer_by_another_cutoff_says_that_it_is_stale(own: Store, kept: Keep, program: Ask) -> None:
    kept()
    promotion.change_cutoff(own, ANA, FLOWERS, 0.3)
    shared.forget()
    said = program("GET", f"{PLACE}/Production/precomputed/007").json()
    assert said["why_stale"] == "The cut-off of the model was another one when this answer was made."


def test_a_stage_that_holds_nothing_answers_nothing_even_where_answers_are_kept(
    own: Store, kept: Keep, program: Ask
) -> None:
    kept()
    model = find_model(own, FLOWERS)
    move(own, ANA, Move(FLOWERS, 2, "Archived", "", promotion.seen(model, 2, "Archived")))
    shared.forget()
    assert program("GET", f"{PLACE}/Production/precomputed/007").status_code == 404


def test_a_token_for_another_model_looks_nothing_up(kept: Keep, program: Ask) -> None:
    kept()
    secret, _token = tokens().make(machine_user(), "look up", models=["other"])
    answer = program("GET", f"{PLACE}/Production/precomputed/007", headers={"Authorization": f"Bearer {secret}"})
    assert answer.status_code == 403


def test_the_document_says_what_a_look_up_answers(program: Ask) -> None:
    document = program("GET", "/api/openapi.json").json()
    one = document["paths"]["/models/{name}/{which}/precomputed/{id}"]["get"]
    assert [parameter["name"] for parameter in one["parameters"]] == ["name", "which", "id"]
    assert one["operationId"] == "GET /models/{name}/{which}/precomputed/{id}"
    assert set(document["components"]["schemas"]["Precomputed"]["required"]) >= {"id", "version", "made", "stale"}
