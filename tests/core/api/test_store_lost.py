"""Programs go on being answered while the store is away, and find what is there when it is back."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlparse
from urllib.request import url2pathname

import mlflow
import pytest

from core.store.connection import Store
from tests.fixtures.alone import Alone, Told, alone
from tests.fixtures.processes import until
from tests.fixtures.stores import FLOWERS

ROW = {"instances": [[5.1, 3.5, 1.4, 0.2]]}
SEEN = 20.0  # seconds; 2 on a machine that does nothing else


@pytest.fixture
def served(own_populated: Store, tmp_path: Path) -> Iterator[Alone]:
    with alone(tmp_path / "alone", own_populated.uri, settings={"PIZARRA_SERVED_MODEL": FLOWERS}) as process:
        yield process


def named(served: Alone, which: str) -> Told:
    return served.ask("POST", f"/models/{FLOWERS}/{which}/predict_names", ROW)


def store_answers(served: Alone) -> bool:
    health = served.ask("GET", "/health")
    assert health.code == 200
    answered: bool = health.json["store_answers"]
    return answered


@pytest.mark.long
@pytest.mark.filterwarnings("ignore:.*transition_model_version_stage:FutureWarning")  # MLflow's own way
def test_a_store_may_go_and_come_back(served: Alone, own_populated: Store) -> None:
    file = Path(own_populated.uri.removeprefix("sqlite:///"))
    away = file.with_suffix(".away")
    assert named(served, "Production").json["version"] == 2
    assert store_answers(served)
    file.rename(away)
    assert until(lambda: not store_answers(served), SEEN)
    assert until(lambda: served.ask("GET", "/health").json["parts"]["store"] == "down", SEEN)  # and 200, as before
    assert named(served, "Production").json == {
        "predictions": ["setosa"], "model": FLOWERS, "version": 2, "stage": "Production",
    }  # fmt: skip
    refused = named(served, "1")  # nobody has opened it
    assert (refused.code, refused.json["error_code"]) == (503, "TEMPORARILY_UNAVAILABLE")
    assert "is gone" in refused.json["message"]
    assert not file.exists()  # none was made in its place
    away.rename(file)
    assert until(lambda: store_answers(served), SEEN)
    mlflow.MlflowClient(own_populated.uri, own_populated.uri).transition_model_version_stage(
        FLOWERS, "3", "Production", archive_existing_versions=True
    )
    assert until(lambda: named(served, "Production").json["version"] == 3, SEEN)


@pytest.mark.long
def test_another_store_in_its_place_is_the_one_that_answers(
    served: Alone, migrated_database: Path, own_populated: Store
) -> None:
    file = Path(own_populated.uri.removeprefix("sqlite:///"))
    assert named(served, "Production").code == 200
    shutil.copy(migrated_database, file.with_suffix(".new"))
    file.with_suffix(".new").replace(file)
    assert until(lambda: named(served, "Production").code == 404, SEEN)
    assert named(served, "Production").json["error_code"] == "RESOURCE_DOES_NOT_EXIST"


@pytest.mark.long
def test_what_is_open_answers_without_its_files_and_what_is_not_says_why(served: Alone, own_populated: Store) -> None:
    versions = own_populated.client.search_model_versions(f"name = '{FLOWERS}'")
    assert named(served, "Production").code == 200
    for version in versions:
        files = own_populated.client.get_model_version_download_uri(FLOWERS, version.version)
        shutil.rmtree(url2pathname(urlparse(files).path))
    assert named(served, "Production").json["predictions"] == ["setosa"]
    refused = named(served, "1")
    assert (refused.code, refused.json["error_code"]) == (503, "TEMPORARILY_UNAVAILABLE")
    assert f"Version 1 of {FLOWERS} does not load" in refused.json["message"]
