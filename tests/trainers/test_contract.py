"""What every task and algorithm promises, on a few hundred rows each."""

from __future__ import annotations

import io
import json
import math
from dataclasses import replace
from functools import cache
from pathlib import Path

import mlflow
import numpy as np
import pandas as pd
import pytest
import skops.io
from mlflow.models import infer_signature

from core.errors import ParameterError
from core.i18n import supported_language
from core.settings import settings
from core.store.record import EVALUATION_TABLE, RunRecord, probability_columns
from core.store.trust import TRUSTED_TYPES
from core.training.fit import train
from core.training.specs import Integer, Real, complete
from core.training.tasks import Algorithm, Task
from trainers import TASKS, task

ROWS = 400
QUICK = {"n_estimators": 10, "max_iter": 10}
PAIRS = [(known, algorithm) for known in TASKS.values() for algorithm in (*known.algorithms, known.baseline)]
every_pair = pytest.mark.parametrize(
    ("known", "algorithm"), PAIRS, ids=[f"{known.name}-{algorithm.name}" for known, algorithm in PAIRS]
)

in_turn = pytest.mark.part(7)  # each task has six, so that each kind of algorithm comes once, for another task


@cache
def small(name: str) -> pd.DataFrame:
    """A few hundred rows that still hold every class."""
    dataset = TASKS[name].dataset
    source = dataset.bundled or dataset.stand_in
    assert source is not None
    frame = source()
    return frame if len(frame) <= ROWS else frame.sample(ROWS, random_state=0)


@cache
def recorded(name: str, algorithm_name: str) -> RunRecord:
    known = TASKS[name]
    reduced = replace(known, dataset=replace(known.dataset, bundled=lambda: small(name)))
    algorithm = known.algorithm(algorithm_name)
    chosen = {p.name: QUICK[p.name] for p in algorithm.parameters if p.name in QUICK}
    if algorithm_name == "logistic_regression":
        chosen = {}  # fewer steps than it needs would be a warning
    return train(reduced, algorithm_name, chosen, settings=settings(), report=lambda stage: None)


@pytest.mark.long
@every_pair
def test_every_parameter_and_the_split_are_recorded(known: Task, algorithm: Algorithm) -> None:
    params = recorded(known.name, algorithm.name).params
    assert params.keys() == {p.name for p in algorithm.parameters} | {
        "algorithm",
        "split_test_size",
        "split_random_state",
    }


@in_turn
@every_pair
def test_metrics_are_finite_and_come_for_both_halves(known: Task, algorithm: Algorithm) -> None:
    metrics = recorded(known.name, algorithm.name).metrics
    names = ["rmse", "mae", "r2"] if known.kind == "regression" else ["accuracy", "precision", "recall", "f1"]
    if len(known.class_names) == 2:
        names.append("roc_auc")
    assert metrics.keys() == {f"{half}_{name}" for half in ("train", "test") for name in names} | {"train_test_gap"}
    assert np.isfinite(list(metrics.values())).all()


@in_turn
@every_pair
def test_test_answers_can_be_traced_to_rows(known: Task, algorithm: Algorithm) -> None:
    table = recorded(known.name, algorithm.name).tables["evaluation/test.parquet"]
    original = small(known.name)
    assert len(table) == int(np.ceil(known.test_size * len(original)))
    expected = original[known.target].loc[table["row"]].to_numpy()
    assert (table["answer"].to_numpy() == expected).all()
    if known.kind == "classification":
        probabilities = table[[f"probability_{name}" for name in known.class_names]].to_numpy()
        assert np.allclose(probabilities.sum(axis=1), 1)
        assert set(table["prediction"]) <= set(known.class_names)


@in_turn
@every_pair
def test_neither_identifiers_nor_the_target_are_features(known: Task, algorithm: Algorithm) -> None:
    record = recorded(known.name, algorithm.name)
    hidden = {known.target, *known.dataset.identifiers}
    assert not hidden & set(record.model.estimator.feature_names_in_)
    assert not hidden & set(record.model.input_example)
    assert not {*known.dataset.identifiers} & set(record.dataset.frame)


@in_turn
@every_pair
def test_tables_documents_and_pictures_can_be_written(known: Task, algorithm: Algorithm) -> None:
    record = recorded(known.name, algorithm.name)
    picture = "confusion_matrix" if known.kind == "classification" else "predicted_actual"
    assert record.tables.keys() == {"evaluation/test.parquet", "profile/sample.parquet"}
    assert record.documents.keys() == {"profile/features.json"}
    assert record.pictures.keys() == {f"plots/{picture}.png", "plots/feature_importances.png"}
    for table in record.tables.values():
        table.to_parquet(io.BytesIO())
    json.dumps(record.documents["profile/features.json"], allow_nan=False)
    assert all(png.startswith(b"\x89PNG") for png in record.pictures.values())


@in_turn
@every_pair
def test_the_model_survives_being_saved_with_trusted_types_only(known: Task, algorithm: Algorithm) -> None:
    model = recorded(known.name, algorithm.name).model
    saved = skops.io.dumps(model.estimator)
    assert set(skops.io.get_untrusted_types(data=saved)) <= set(TRUSTED_TYPES)
    loaded = skops.io.loads(saved, trusted=list(TRUSTED_TYPES))
    assert (loaded.predict(model.input_example) == model.estimator.predict(model.input_example)).all()


@in_turn
@every_pair
def test_the_answers_that_are_kept_are_the_models_own(known: Task, algorithm: Algorithm) -> None:
    record = recorded(known.name, algorithm.name)
    kept, pipeline = record.tables[EVALUATION_TABLE], record.model.estimator
    asked = kept[list(record.model.input_example)]
    answers = pipeline.predict(asked)
    if known.kind == "regression":
        assert (kept["prediction"].to_numpy() == answers).all()
        return
    assert list(kept["prediction"]) == [known.class_names[int(number)] for number in answers]
    assert (kept[probability_columns(kept)].to_numpy() == pipeline.predict_proba(asked)).all()


@pytest.mark.part(3)
@pytest.mark.parametrize("name", TASKS)
def test_a_saved_model_answers_its_example_as_a_server_asks_it(name: str, tmp_path: Path) -> None:
    """MLflow would try it of each run that is logged, and only warn; it is not asked to."""
    model = recorded(name, TASKS[name].algorithms[-1].name).model
    answers = model.estimator.predict(model.input_example)
    mlflow.sklearn.save_model(
        model.estimator, tmp_path / "model",
        signature=infer_signature(model.input_example, answers.astype(float)), input_example=model.input_example,
        pip_requirements=list(model.requirements), skops_trusted_types=list(TRUSTED_TYPES),
        serialization_format=mlflow.sklearn.SERIALIZATION_FORMAT_SKOPS,
    )  # fmt: skip
    saved = mlflow.pyfunc.load_model(str(tmp_path / "model"))
    asked = json.loads((tmp_path / "model" / "serving_input_example.json").read_text(encoding="utf-8"))
    served = saved.predict(pd.DataFrame(**asked["dataframe_split"]))
    assert (np.asarray(served) == answers).all()


@in_turn
@every_pair
def test_what_the_model_needs_is_pinned(known: Task, algorithm: Algorithm) -> None:
    requirements = recorded(known.name, algorithm.name).model.requirements
    assert all(name.count("==") == 1 for name in requirements)
    assert any(name.startswith("xgboost-cpu==") for name in requirements) == (algorithm.name == "xgboost")


@in_turn
@every_pair
def test_inputs_are_doubles_and_words(known: Task, algorithm: Algorithm) -> None:
    example = recorded(known.name, algorithm.name).model.input_example
    assert set(example.dtypes.astype(str)) <= {"float64", "str"}


@every_pair
def test_what_may_be_asked_has_a_limit_and_100000_trees_are_refused(known: Task, algorithm: Algorithm) -> None:
    for parameter in algorithm.parameters:
        if isinstance(parameter, Integer | Real):
            assert math.isfinite(parameter.low)
            assert math.isfinite(parameter.high)
            assert not parameter.accepts(parameter.high * 2 + 1)
        if parameter.name == "n_estimators":
            with pytest.raises(ParameterError, match="from 1 to 1000, but it is 100000"):
                complete(algorithm.parameters, {"n_estimators": 100_000})


@every_pair
def test_words_for_people_are_whole_sentences(known: Task, algorithm: Algorithm) -> None:
    sentences = [known.question, algorithm.summary, *(p.help for p in algorithm.parameters)]
    assert all(sentence[0].isupper() and sentence[-1] in ".?" for sentence in sentences)


@pytest.mark.parametrize("known", TASKS.values(), ids=TASKS)
def test_help_is_only_for_features_that_exist(known: Task) -> None:
    assert set(known.feature_help) <= set(known.features(small(known.name)))


def test_names_are_unique_and_the_positive_class_is_the_one_to_find() -> None:
    assert len({known.experiment for known in TASKS.values()}) == len(TASKS)
    assert task("breast_cancer").class_names[1] == "malignant"
    assert task("telco_churn").class_names[1] == "Yes"


def test_breast_cancer_counts_malignant_tumours_as_malignant() -> None:
    assert small("breast_cancer")["diagnosis"].isin(["benign", "malignant"]).all()
    source = TASKS["breast_cancer"].dataset.bundled
    assert source is not None
    assert (source()["diagnosis"] == "malignant").sum() == 212


def test_both_languages_are_known_to_the_command_line() -> None:
    assert supported_language("es_CO.UTF-8") == "es"
