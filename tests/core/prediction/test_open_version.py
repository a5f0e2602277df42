from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from mlflow.models import infer_signature

from core.prediction.open_version import OpenVersion, ToOpen, open_from, open_version
from core.prediction.schema import UnknownInputsError, input_frame
from core.store.connection import Store
from core.store.models import UntrustedModelError, describe_model, load_model
from core.store.registry.registered_models import find_model
from tests.fixtures.stores import FLOWERS, SUGAR
from tests.fixtures.strangers import ANSWERS, ROWS, register_folder, save_pickled, save_skops


def opened(store: Store, model: str, number: int = 1, *, allow_code: bool = False) -> OpenVersion:
    version = find_model(store, model).version(number)
    return open_from(store, ToOpen(version.uri, version.run_id, allow_code))


def answer_to(version: OpenVersion, **inputs: float) -> str:
    return str(version.predictor.ask(input_frame(version.fields, inputs)).first().answer)


def test_an_open_version_knows_its_inputs_and_what_it_answers(populated: Store) -> None:
    version = opened(populated, FLOWERS, 2)
    assert version.target == "species"
    assert len(version.fields) == 4
    start = {field.name: field.start for field in version.fields}
    answer = version.predictor.ask(input_frame(version.fields, start)).first().answer
    assert answer in {"setosa", "versicolor", "virginica"}  # words, where the model itself has numbers


def test_its_unit_is_what_its_run_says_else_what_people_say(populated: Store) -> None:
    version = opened(populated, SUGAR)
    assert (version.unit, open_version(version.files, version.model, unit="mg").unit) == ("", "mg")
    said = replace(version.files, profile={"target": {"name": "price", "unit": "€"}})
    assert open_version(said, version.model, unit="mg").unit == "€"


def test_a_stranger_does_not_name_what_it_answers(store: Store, tmp_path: Path) -> None:
    register_folder(store, "m", save_skops(tmp_path / "one"))
    assert (opened(store, "m").target, opened(store, "m").unit) == ("", "")


def test_a_cutoff_decides_its_answers_and_can_be_another(store: Store, tmp_path: Path) -> None:
    register_folder(store, "m", save_skops(tmp_path / "one", signature=infer_signature(ROWS, np.array(ANSWERS))))
    version = opened(store, "m")
    row = {"length": 4.0, "width of it": 1.0}
    assert answer_to(version, **row) == "large"
    assert answer_to(replace(version, cutoff=0.0), **row) == "small"  # the second class, from no probability on
    assert version.positive(version.predictor.ask(input_frame(version.fields, row)).first()) == "small"


def test_a_model_that_says_nothing_is_opened_with_a_row(store: Store, tmp_path: Path) -> None:
    model = save_skops(tmp_path / "one", signature=None)
    register_folder(store, "m", model)
    files = describe_model(store, model.as_uri())
    loaded = load_model(files)
    nameless = type("Nameless", (), {"predict": lambda self, rows: ["?"] * len(rows)})()
    assert [field.name for field in open_version(files, loaded).fields] == list(ROWS)  # scikit-learn remembers
    with pytest.raises(UnknownInputsError, match="does not say what it wants to know"):
        open_version(files, nameless)
    given = open_version(files, nameless, row={"age": 41, "city": "Lima"})
    assert [(field.name, field.kind) for field in given.fields] == [("age", "integer"), ("city", "text")]


@pytest.mark.long
def test_one_that_runs_code_is_opened_only_when_allowed(store: Store, tmp_path: Path) -> None:
    register_folder(store, "m", save_pickled(tmp_path / "one", wire := tmp_path / "wire"))
    with pytest.raises(UntrustedModelError, match="code"):
        opened(store, "m")
    assert not wire.exists()
    assert opened(store, "m", allow_code=True).fields
    assert wire.exists()
