from __future__ import annotations

import shutil
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import mlflow
import pytest

from core.errors import StoreError
from core.store.connection import Store
from core.store.models import describe_model
from core.store.registry.promotion import Move, move, undo
from core.store.registry.registered_models import (
    Version,
    files_are_there,
    find_model,
    list_models,
    mentions,
    register,
    set_gates,
    versions_of_run,
)
from core.store.registry.stages import GATES_TAG, Stage
from core.store.runs.run_models import run_model_uri
from core.store.runs.tracking import find_runs
from tests.fixtures.actors import ANA
from tests.fixtures.stores import (
    FLOWERS,
    SUGAR,
    change,
    database_uri,
    folder_of,
    make_version,
    make_versions,
    model_folder,
    run_folder,
)

pytestmark = pytest.mark.on_every_store  # versions are numbers there and texts here

NAMES = ["my model", "it's", 'say "hi"', "año ñandú", "100%", "a`b", "<b>x</b>", "[x](javascript:alert(1))"]


def version_of(store: Store, model: str, number: int) -> Version:
    return find_model(store, model).version(number)


def stages(store: Store, model: str = FLOWERS) -> dict[int, Stage]:
    return {version.number: version.stage for version in find_model(store, model).versions}


def aliases(store: Store, model: str = FLOWERS) -> dict[str, int]:
    return {name: int(number) for name, number in store.client.get_registered_model(model).aliases.items()}


def run_called(store: Store, name: str) -> str:
    return find_runs(store, f"attributes.run_name = '{name}'").ids[0]


def a_version(store: Store, model: str, **extra: str) -> int:
    """Make a version as other programs do, of a place that holds nothing."""
    if model not in {known.name for known in list_models(store)}:
        store.client.create_registered_model(model)
    return make_version(store, model, "file:///nowhere/model", **extra)


def test_an_empty_registry_has_no_models(store: Store) -> None:
    assert list_models(store) == []


def test_models_come_by_name_with_versions_newest_first(populated: Store) -> None:
    models = list_models(populated)
    assert [model.name for model in models] == [SUGAR, FLOWERS]
    assert [version.number for version in models[1].versions] == [3, 2, 1]
    assert stages(populated) == {1: "Archived", 2: "Production", 3: "Staging"}
    assert models[1].versions[0].uri == f"models:/{FLOWERS}/3"


@pytest.mark.long
def test_models_and_versions_of_many_pages_all_come(store: Store) -> None:
    for number in range(101):
        store.client.create_registered_model(f"model {number:03}")
    a_version(store, "model 100")
    models = list_models(store)
    assert len(models) == 101
    assert [len(model.versions) for model in models] == [0] * 100 + [1]


def test_a_model_without_versions_has_none(store: Store) -> None:
    store.client.create_registered_model("empty")
    assert list(find_model(store, "empty").versions) == []
    assert find_model(store, "empty").in_stage("Production") == []


def test_a_model_that_is_not_there_is_said(store: Store) -> None:
    with pytest.raises(StoreError, match=r"There is no registered model 'nobody'\. Choose one on the Registry page"):
        find_model(store, "nobody")


def test_a_version_that_is_not_there_is_said(populated: Store) -> None:
    with pytest.raises(StoreError, match=r"Model iris-classifier has no version 9"):
        version_of(populated, FLOWERS, 9)


@pytest.mark.long
def test_a_runs_model_is_registered_with_tags_and_description(own_populated: Store) -> None:
    run_id = run_called(own_populated, "line")
    number = register(own_populated, ANA, run_id, "another", tags={"colour": "red"}, description="Why not?")
    version = version_of(own_populated, "another", number)
    assert (number, version.stage, version.run_id) == (1, "None", run_id)
    assert (version.description, dict(version.tags)) == ("Why not?", {"colour": "red"})
    assert {v.model for v in versions_of_run(list_models(own_populated), run_id)} == {FLOWERS, "another"}
    assert register(own_populated, ANA, run_id, "another") == 2


def test_a_model_is_looked_up_in_its_own_store_not_in_that_of_the_environment(
    own_populated: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    another = tmp_path / "another.db"
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{another}")
    mlflow.set_tracking_uri(None)
    number = register(own_populated, ANA, run_called(own_populated, "line"), "another")
    files = describe_model(own_populated, f"models:/another/{number}")
    assert own_populated.uri.startswith("http") or files.folder.is_relative_to(folder_of(own_populated))
    assert not another.exists()


def test_a_run_without_model_cannot_be_registered(populated: Store) -> None:
    run_id = run_called(populated, "broken")
    assert run_model_uri(populated, run_id) is None
    with pytest.raises(StoreError, match="Registering needs a run with a model, but run broken logged none"):
        register(populated, ANA, run_id, "another")


@pytest.mark.part(3)
@pytest.mark.parametrize("name", ["", " ", "a/b", "a:b"])
def test_a_name_that_mlflow_refuses_is_said_with_its_reason(own_populated: Store, name: str) -> None:
    with pytest.raises(StoreError, match="could not be registered as"):
        register(own_populated, ANA, run_called(own_populated, "line"), name)


@pytest.mark.part(6)
@pytest.mark.parametrize("name", [name for name in NAMES if "/" not in name and ":" not in name])
def test_a_model_of_any_name_is_registered_moved_and_moved_back(own_populated: Store, name: str) -> None:
    number = register(own_populated, ANA, run_called(own_populated, "line"), name)
    entry = move(own_populated, ANA, Move(name, number, "Production", "why"))
    assert stages(own_populated, name) == {1: "Production"}
    assert aliases(own_populated, name) == {"champion": 1}
    undo(own_populated, ANA, name, entry.number)
    assert stages(own_populated, name) == {1: "None"}


def test_a_version_knows_its_aliases_and_who_moved_it(own_populated: Store) -> None:
    own_populated.client.set_registered_model_alias(FLOWERS, "theirs", "2")
    version = version_of(own_populated, FLOWERS, 2)
    assert version.aliases == ("champion", "theirs")
    assert version.moved["by"] == "fixture"


def test_who_moved_a_version_is_not_said_where_another_program_moved_it_since(own_populated: Store) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        own_populated.client.transition_model_version_stage(FLOWERS, "2", "Archived")
    assert version_of(own_populated, FLOWERS, 2).moved == {}


def test_versions_whose_run_is_gone_are_listed(own_populated: Store) -> None:
    change(
        own_populated, "update model_versions set run_id = 'gone' where name = :model and version = 2", model=FLOWERS
    )
    assert version_of(own_populated, FLOWERS, 2).run_id == "gone"
    assert move(own_populated, ANA, Move(FLOWERS, 2, "Archived")).changes


def test_versions_without_a_run_are_listed(store: Store) -> None:
    number = a_version(store, "stranger")
    version = version_of(store, "stranger", number)
    assert (version.run_id, version.source, version.description) == ("", "file:///nowhere/model", "")


def test_a_model_among_a_runs_files_is_found_as_mlflow_2_left_it(store: Store) -> None:
    run_id = store.client.create_run("0").info.run_id
    store.client.log_text(run_id, "flavors: {}", "my model/MLmodel")
    assert run_model_uri(store, run_id) == f"runs:/{run_id}/my model"
    assert register(store, ANA, run_id, "old style") == 1


def damaged_folder(store: Store, run_id: str, folder: str) -> None:
    place = run_folder(store, run_id)
    place.mkdir(parents=True, exist_ok=True)
    (place / folder).symlink_to(place.parent, target_is_directory=True)  # one that MLflow refuses to list


def test_a_damaged_folder_leaves_the_model_in_another(store: Store) -> None:
    run_id = store.client.create_run("0").info.run_id
    damaged_folder(store, run_id, "a damaged one")
    store.client.log_text(run_id, "flavors: {}", "my model/MLmodel")
    assert run_model_uri(store, run_id) == f"runs:/{run_id}/my model"


@pytest.mark.not_served(reason="it does not say which of its files are damaged")
def test_where_a_damaged_folder_may_hold_the_model_nobody_says_that_there_is_none(store: Store) -> None:
    run_id = store.client.create_run("0").info.run_id
    damaged_folder(store, run_id, "a damaged one")
    with pytest.raises(StoreError, match="The file a damaged one of this run cannot be read"):
        register(store, ANA, run_id, "another")


def test_a_run_whose_files_cannot_be_reached_has_no_model_to_register(store: Store) -> None:
    run_id = store.client.create_run("0").info.run_id
    change(store, "update runs set artifact_uri = 'file:///C:/another%20machine/1/artifacts'")
    with pytest.raises(StoreError, match="Registering needs a run with a model"):
        register(store, ANA, run_id, "nothing")


def test_gates_are_a_tag_of_the_model(own_populated: Store) -> None:
    set_gates(own_populated, ANA, FLOWERS, ["f1 > 0.85", "signature unchanged"])
    assert find_model(own_populated, FLOWERS).tags[GATES_TAG] == "f1 > 0.85\nsignature unchanged"
    set_gates(own_populated, ANA, FLOWERS, [])
    set_gates(own_populated, ANA, FLOWERS, [])
    assert GATES_TAG not in find_model(own_populated, FLOWERS).tags


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", True), ("IRIS", True), ("2", True), ("v2", True), ("22", False), ("production", True), ("champion", True),
        ("forest", True), ("forest production", True), ("forest 3", False), ("nothing", False),
    ],
)  # fmt: skip
def test_a_version_is_found_by_what_is_known_of_it(populated: Store, text: str, found: bool) -> None:
    assert mentions(version_of(populated, FLOWERS, 2), text, "random forest iris") is found


def test_files_that_are_there_are_told_from_those_that_are_gone(own_populated: Store) -> None:
    version = version_of(own_populated, FLOWERS, 2)
    assert files_are_there(own_populated, version)
    shutil.rmtree(model_folder(own_populated, FLOWERS, 2))
    assert not files_are_there(own_populated, version)
    a_version(own_populated, "stranger")
    assert not files_are_there(own_populated, version_of(own_populated, "stranger", 1))


def counted(calls: list[str], name: str, call: Callable[..., Any]) -> Callable[..., Any]:
    def counting(*arguments: Any, **named: Any) -> Any:
        calls.append(name)
        return call(*arguments, **named)

    return counting


@pytest.mark.long
def test_the_board_takes_two_calls_however_many_versions(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(5):
        make_versions(store, f"m{number}", 12)
    calls: list[str] = []
    for name in ("search_registered_models", "search_model_versions", "get_registered_model", "get_model_version"):
        call = getattr(store.client, name)
        monkeypatch.setattr(
            store.client, name, lambda *a, _call=call, _name=name, **k: calls.append(_name) or _call(*a, **k)
        )
    assert sum(len(model.versions) for model in list_models(store)) == 60
    assert calls == ["search_registered_models", "search_model_versions"]


@pytest.mark.long
@pytest.mark.parametrize("other", ["IRIS-classifier", "íris-classifier", "iris-classifier "])
def test_a_name_that_differs_a_little_is_another_models_or_is_refused_in_words(
    own_populated: Store, other: str
) -> None:
    """MariaDB and MySQL take these names for the same: their tables compare texts so."""
    with pytest.raises(StoreError, match="There is no registered model"):
        find_model(own_populated, other)
    with pytest.raises(StoreError, match="There is no registered model"):
        move(own_populated, ANA, Move(other, 3, "Production", "why"))
    if database_uri(own_populated).startswith("mysql"):
        with pytest.raises(StoreError, match="does not tell the name"):
            register(own_populated, ANA, run_called(own_populated, "line"), other)
    else:
        number = register(own_populated, ANA, run_called(own_populated, "line"), other)
        move(own_populated, ANA, Move(other, number, "Production", "why"))
        assert stages(own_populated, other) == {1: "Production"}
    assert stages(own_populated, FLOWERS) == {1: "Archived", 2: "Production", 3: "Staging"}
