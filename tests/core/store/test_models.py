from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import mlflow
import numpy as np
import pandas as pd
import pytest
from mlflow.models import ModelSignature, infer_signature
from mlflow.types.schema import AnyType, Array, ColSpec, DataType, Map, Schema
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

from core.errors import ModelError
from core.store.connection import Store
from core.store.foreign.pool import ForeignModel
from core.store.models import ModelFiles, UntrustedModelError, describe_model, load_model
from core.store.registry.registered_models import find_model
from core.store.runs.artifacts import list_artifacts
from tests.fixtures.stores import FLOWERS, SUGAR, folder_of
from tests.fixtures.strangers import (
    ANSWERS,
    ROWS,
    a_line,
    double,
    save_lying,
    save_pickled,
    save_pyfunc,
    save_skops,
)


def predict(model: Any) -> list[Any]:
    return list(model.predict(ROWS))


def asked(files: ModelFiles) -> list[Any]:
    """Open a model and ask it where it is."""
    answers: list[Any] = load_model(files, allow_code=True).run(predict)
    return answers


@pytest.mark.part(2)
@pytest.mark.parametrize(("model", "number"), [(FLOWERS, 1), (FLOWERS, 2), (FLOWERS, 3), (SUGAR, 1)])
def test_our_own_models_load_without_asking(populated: Store, model: str, number: int) -> None:
    version = find_model(populated, model).version(number)
    files = describe_model(populated, version.uri, version.run_id)
    assert not files.runs_code
    assert files.example is not None
    assert len(load_model(files).predict(files.example)) == 1


def test_our_own_models_come_with_signature_profile_and_sample(populated: Store) -> None:
    version = find_model(populated, FLOWERS).version(2)
    files = describe_model(populated, version.uri, version.run_id)
    assert files.columns[0].name == "sepal length (cm)"
    assert {column.type for column in files.columns} == {"double"}
    assert files.profile is not None
    assert [entry["name"] for entry in files.profile["features"]] == [column.name for column in files.columns]
    assert files.sample is not None
    assert 0 < len(files.sample) <= 500


def test_without_a_run_there_is_no_profile(populated: Store) -> None:
    version = find_model(populated, FLOWERS).version(2)
    files = describe_model(populated, version.uri)
    assert files.profile is None
    assert files.sample is None
    assert len(files.columns) == 4


def test_a_run_that_is_gone_only_costs_the_profile(populated: Store) -> None:
    version = find_model(populated, FLOWERS).version(2)
    assert describe_model(populated, version.uri, "gone").profile is None


def test_models_come_from_their_own_store_not_from_that_of_the_environment(
    own_populated: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Otherwise MLflow would open, and migrate in place, the old database that somebody works on a copy of."""
    another = tmp_path / "another.db"
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{another}")
    mlflow.set_tracking_uri(None)
    version = find_model(own_populated, FLOWERS).version(2)
    files = describe_model(own_populated, version.uri, version.run_id)
    assert own_populated.uri.startswith("http") or files.folder.is_relative_to(folder_of(own_populated))
    assert files.profile is not None
    assert list_artifacts(own_populated, version.run_id).files
    assert not another.exists()


@pytest.mark.long
def test_a_pickled_model_is_not_opened_unasked(store: Store, tmp_path: Path) -> None:
    wire = tmp_path / "code-was-run"
    files = describe_model(store, save_pickled(tmp_path / "model", wire).as_uri())
    wire.unlink(missing_ok=True)
    assert files.runs_code
    with pytest.raises(UntrustedModelError, match=r"runs code when it is opened\. Open it only if you know who made"):
        load_model(files)
    assert not wire.exists()
    assert asked(files) == ANSWERS
    assert wire.exists()


def test_describing_a_pickled_model_with_its_example_runs_nothing(store: Store, tmp_path: Path) -> None:
    wire = tmp_path / "code-was-run"
    folder = save_pickled(tmp_path / "model", wire, input_example=ROWS)
    wire.unlink(missing_ok=True)
    files = describe_model(store, folder.as_uri())
    assert [column.name for column in files.columns] == ["length", "width of it"]
    assert files.example is not None
    assert files.example.shape == (1, 2)
    assert not wire.exists()


def test_a_skops_model_of_plain_types_is_safe(store: Store, tmp_path: Path) -> None:
    files = describe_model(store, save_skops(tmp_path / "model").as_uri())
    assert not files.runs_code
    assert list(load_model(files).predict(ROWS)) == ANSWERS


def test_a_skops_model_with_a_function_of_its_own_is_not_opened_unasked(store: Store, tmp_path: Path) -> None:
    pipeline = make_pipeline(FunctionTransformer(double), a_line()).fit(ROWS, ANSWERS)
    trusted = [f"{double.__module__}.{double.__qualname__}"]
    files = describe_model(store, save_skops(tmp_path / "model", pipeline, skops_trusted_types=trusted).as_uri())
    assert files.runs_code
    with pytest.raises(UntrustedModelError):
        load_model(files)


@pytest.mark.long
def test_a_description_that_claims_its_types_may_be_trusted_is_not_believed(store: Store, tmp_path: Path) -> None:
    folder = save_lying(tmp_path / "model")
    assert f"{double.__module__}.double" in (folder / "MLmodel").read_text()
    files = describe_model(store, folder.as_uri())
    with pytest.raises(UntrustedModelError):
        load_model(files)
    assert len(asked(files)) == 4


def test_a_pickle_that_calls_itself_skops_is_not_believed(store: Store, tmp_path: Path) -> None:
    wire = tmp_path / "code-was-run"
    folder = save_pickled(tmp_path / "model", wire)
    wire.unlink(missing_ok=True)
    description = folder / "MLmodel"
    description.write_text(description.read_text().replace("cloudpickle\n", "skops\n"))
    assert "serialization_format: skops" in description.read_text()
    files = describe_model(store, folder.as_uri())
    assert files.runs_code
    with pytest.raises(UntrustedModelError):
        load_model(files)
    assert not wire.exists()


def test_a_description_cannot_point_outside_its_folder(store: Store, tmp_path: Path) -> None:
    save_skops(tmp_path / "good")
    folder = save_skops(tmp_path / "model")
    (folder / "model.skops").unlink()
    description = folder / "MLmodel"
    description.write_text(description.read_text().replace("model.skops", "../good/model.skops"))
    with pytest.raises(ModelError):
        load_model(describe_model(store, folder.as_uri()))


def test_a_model_with_code_beside_it_is_not_opened_unasked(store: Store, tmp_path: Path) -> None:
    module = tmp_path / "beside.py"
    module.write_text("raise SystemExit('code was run')")
    files = describe_model(store, save_skops(tmp_path / "model", code_paths=[str(module)]).as_uri())
    assert files.runs_code
    with pytest.raises(UntrustedModelError):
        load_model(files)


@pytest.mark.long
def test_any_python_function_as_a_model_is_not_opened_unasked(store: Store, tmp_path: Path) -> None:
    files = describe_model(store, save_pyfunc(tmp_path / "model", lambda rows: rows["length"] * 2).as_uri())
    with pytest.raises(UntrustedModelError):
        load_model(files)
    assert asked(files) == [2, 4, 6, 8]


def test_a_model_that_cannot_be_opened_says_why(store: Store, tmp_path: Path) -> None:
    folder = save_pickled(tmp_path / "model")
    (folder / "model.pkl").write_bytes(b"not a pickle")
    with pytest.raises(ModelError, match=r"could not be opened: \w+: .*Choose another version"):
        load_model(describe_model(store, folder.as_uri()), allow_code=True)


def test_files_that_are_gone_are_said(own_populated: Store) -> None:
    version = find_model(own_populated, FLOWERS).version(2)
    for folder in folder_of(own_populated).rglob("m-*"):
        shutil.rmtree(folder)
    with pytest.raises(ModelError, match="The files of this model cannot be read"):
        describe_model(own_populated, version.uri, version.run_id)


@pytest.mark.part(2)
@pytest.mark.parametrize("uri", ["models:/nobody/1", "runs:/nowhere/model", "file:///nowhere", "strange://place"])
def test_addresses_that_lead_nowhere_are_said(store: Store, uri: str) -> None:
    with pytest.raises(ModelError, match="The files of this model cannot be read"):
        describe_model(store, uri)


@pytest.mark.part(6)
@pytest.mark.parametrize(
    "description",
    ["", "- a\n- b", "a: [1,\n b: }", "flavors:\n  sklearn: null", "flavors: [1]", "flavors:\n  sklearn: hello",
     "flavors: {}\nsignature:\n  inputs: 'not json'", "flavors: {}\nsignature: [1]"],
)  # fmt: skip
def test_a_damaged_description_is_said(store: Store, tmp_path: Path, description: str) -> None:
    folder = save_skops(tmp_path / "model")
    (folder / "MLmodel").write_text(description)
    with pytest.raises(ModelError, match="The files of this model cannot be read"):
        describe_model(store, folder.as_uri())


def test_a_damaged_skops_file_is_not_called_safe(store: Store, tmp_path: Path) -> None:
    folder = save_skops(tmp_path / "model")
    (folder / "model.skops").write_bytes(b"no zip")
    files = describe_model(store, folder.as_uri())
    assert files.runs_code
    with pytest.raises(ModelError, match="could not be opened"):
        load_model(files, allow_code=True)


def test_without_signature_there_are_no_columns(store: Store, tmp_path: Path) -> None:
    assert describe_model(store, save_skops(tmp_path / "model").as_uri()).columns == []


def test_the_columns_of_an_array_are_numbered(store: Store, tmp_path: Path) -> None:
    folder = save_skops(tmp_path / "model", signature=infer_signature(np.zeros((2, 3))))
    files = describe_model(store, folder.as_uri())
    assert [(column.name, column.type) for column in files.columns] == [
        ("1", "double"),
        ("2", "double"),
        ("3", "double"),
    ]
    assert not files.named


def test_an_example_that_is_gone_is_none(store: Store, tmp_path: Path) -> None:
    folder = save_skops(tmp_path / "model", input_example=ROWS)
    assert describe_model(store, folder.as_uri()).example is not None
    (folder / "input_example.json").unlink()
    files = describe_model(store, folder.as_uri())
    assert files.example is None
    assert [column.name for column in files.columns] == ["length", "width of it"]


def test_the_example_is_one_row(store: Store, tmp_path: Path) -> None:
    folder = save_skops(tmp_path / "model", input_example=ROWS.tail(2))
    example = describe_model(store, folder.as_uri()).example
    assert example is not None
    pd.testing.assert_frame_equal(example, ROWS.tail(2).head(1).reset_index(drop=True))


@pytest.mark.long
@pytest.mark.parametrize("save", [save_pickled, lambda folder: save_pyfunc(folder, double), save_lying])
def test_what_runs_code_is_opened_in_a_process_of_its_own(
    store: Store, tmp_path: Path, save: Callable[[Path], Path]
) -> None:
    model = load_model(describe_model(store, save(tmp_path / "model").as_uri()), allow_code=True)
    assert isinstance(model, ForeignModel)
    assert model.run(process_of) != os.getpid()


def process_of(_model: object) -> int:
    return os.getpid()


def test_what_is_safe_is_opened_here(store: Store, tmp_path: Path) -> None:
    assert isinstance(load_model(describe_model(store, save_skops(tmp_path / "model").as_uri())), LogisticRegression)


def described(store: Store, folder: Path, signature: ModelSignature) -> ModelFiles:
    return describe_model(store, save_pyfunc(folder, lambda rows: [1.0], signature=signature).as_uri())


@pytest.mark.part(2)
@pytest.mark.parametrize(
    ("kind", "said"), [(Map(DataType.string), "Map(str -> DataType.string)"), (AnyType(), "Any"),
                       (Array(DataType.string), "object")]
)  # fmt: skip
def test_columns_of_odd_types_say_what_they_are(store: Store, tmp_path: Path, kind: object, said: str) -> None:
    schema = Schema([ColSpec(kind, "odd", required=False), ColSpec("double", "x")])
    files = described(store, tmp_path / "model", ModelSignature(schema))
    assert [(column.type, column.required) for column in files.columns] == [(said, False), ("double", True)]


def test_a_signature_without_columns_is_not_called_removed(store: Store, tmp_path: Path) -> None:
    folder = save_skops(tmp_path / "model")
    (folder / "MLmodel").write_text("flavors: {}\nsignature:\n  inputs: '[]'\n")
    with pytest.raises(ModelError, match=r"its description, MLmodel, has something .* with empty inputs is not"):
        describe_model(store, folder.as_uri())


@pytest.mark.part(4)
@pytest.mark.parametrize(
    ("metrics", "task"),
    [({"test_accuracy": 0.9}, "classification"), ({"rmse": 2.0, "r2": 0.1}, "regression"), ({}, "")],
)
def test_whole_numbers_are_what_the_runs_metrics_are_of(
    store: Store, tmp_path: Path, metrics: dict[str, float], task: str
) -> None:
    folder = save_pyfunc(tmp_path / "model", lambda rows: [1], signature=infer_signature(ROWS, np.array([0, 1])))
    run = store.client.create_run("0").info.run_id
    for name, value in metrics.items():
        store.client.log_metric(run, name, value)
    assert describe_model(store, folder.as_uri(), run).task == task
