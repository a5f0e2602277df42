"""Answers that are known, held against what versions of every kind say: in evidence and in files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from mlflow.models import infer_signature
from sklearn.cluster import KMeans
from sklearn.ensemble import IsolationForest
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.multiclass import OneVsRestClassifier
from sklearn.svm import LinearSVC

from core.comparison.evidence import measured, weigh
from core.prediction.duel import Answers, Rows, answer_rows
from core.prediction.open_version import ToOpen
from core.prediction.tables.batch import Scored
from core.store.connection import Store
from core.store.registry.registered_models import find_model
from tests.core.prediction.tables.test_batch import score, scoring
from tests.fixtures.strangers import register_folder, save_pickled, save_pyfunc

CHANCE = np.random.default_rng(0)
TABLE = pd.DataFrame({"age": CHANCE.uniform(18, 80, 200).round(1), "visits": CHANCE.uniform(0, 30, 200).round(1)})
MEMBER = (TABLE["age"] + 3 * CHANCE.normal(size=200) > 45).astype(int)
WORDS = MEMBER.map({0: "no", 1: "yes"})
SPELLINGS = {
    "whole": MEMBER, "float": MEMBER.astype(float), "flag": MEMBER.astype(bool),
    "words": MEMBER.map({0: "No", 1: "Yes "}), "capitals": MEMBER.map({0: "FALSE", 1: "TRUE"}),
}  # fmt: skip


def register(store: Store, folder: Path, model: Any, target: Any) -> int:
    model.fit(TABLE, target)
    signature = infer_signature(TABLE, model.predict(TABLE))
    return register_folder(store, "m", save_pickled(folder, model=model, signature=signature))


def duel(store: Store, *numbers: int, rows: pd.DataFrame, answer: str = "member") -> list[Answers]:
    versions = [find_model(store, "m").version(number) for number in numbers]
    return answer_rows(store.uri, [ToOpen(v.uri, allow_code=True) for v in versions], Rows(table=rows, answer=answer))


@pytest.mark.long
@pytest.mark.parametrize("known", SPELLINGS)
def test_versions_that_spell_their_classes_otherwise_are_judged_by_any_spelling(
    store: Store, tmp_path: Path, known: str
) -> None:
    numbers = [register(store, tmp_path / name, LogisticRegression(), target) for name, target in SPELLINGS.items()]
    numbers.append(register(store, tmp_path / "svc", LinearSVC(random_state=0), MEMBER))
    found = duel(store, *numbers, rows=TABLE.assign(member=SPELLINGS[known]))
    tables = [one.table for one in found]
    assert [str(one.problem) for one in found if one.table is None] == []
    assert all(measured(table)["test_accuracy"] > 0.95 for table in tables)
    assert all("test_rmse" not in measured(table) for table in tables)
    flips = [weigh(table, tables[0], {}).flips for table in tables[1:-1]]
    assert [len(one.table) for one in flips] == [0] * len(flips)


@pytest.mark.long
def test_a_gap_among_the_right_answers_makes_no_class_another_one(store: Store, tmp_path: Path) -> None:
    number = register(store, tmp_path / "m", LogisticRegression(), MEMBER)
    path = tmp_path / "rows.csv"
    gaps = MEMBER.astype("float").where(MEMBER.index != 3)
    TABLE.assign(member=gaps).to_csv(path, index=False)
    done, _result = score(scoring(store, "m", number, allow_code=True), path, "member")
    assert done.compared == 199
    assert done.metrics["test_accuracy"] > 0.95
    found = duel(store, number, rows=pd.read_csv(path))[0].table
    assert measured(found)["test_accuracy"] > 0.95


@pytest.mark.part(5)
@pytest.mark.parametrize("known", SPELLINGS)
def test_a_file_is_judged_by_any_spelling(store: Store, tmp_path: Path, known: str) -> None:
    number = register(store, tmp_path / "m", LinearSVC(random_state=0), MEMBER)
    path = tmp_path / "rows.csv"
    TABLE.assign(member=SPELLINGS[known]).to_csv(path, index=False)
    done, _result = score(scoring(store, "m", number, allow_code=True), path, "member")
    assert done.metrics["test_accuracy"] > 0.95
    assert "test_rmse" not in done.metrics


def problem_of(done: Scored) -> str:
    assert not done.metrics
    return str(done.not_compared)


@pytest.mark.long
def test_right_answers_that_are_no_class_give_no_metric_and_are_said(store: Store, tmp_path: Path) -> None:
    number = register(store, tmp_path / "m", LogisticRegression(), WORDS)
    path = tmp_path / "rows.csv"
    TABLE.assign(member=np.where(MEMBER, "gold", "none")).to_csv(path, index=False)
    done, _result = score(scoring(store, "m", number, allow_code=True), path, "member")
    assert "must be classes of the model, 'no', 'yes', but none of them is: 'gold', 'none'" in problem_of(done)
    assert "none of them is" in str(duel(store, number, rows=pd.read_csv(path))[0].problem)


def test_words_are_no_right_answers_of_numbers(store: Store, tmp_path: Path) -> None:
    number = register(store, tmp_path / "m", LinearRegression(), TABLE["visits"])
    path = tmp_path / "rows.csv"
    TABLE.assign(member=WORDS).to_csv(path, index=False)
    done, _result = score(scoring(store, "m", number, allow_code=True), path, "member")
    assert "the right answers must be numbers, but one is" in problem_of(done)


@pytest.mark.long
def test_clusters_have_no_right_answers_and_outliers_are_called_so(store: Store, tmp_path: Path) -> None:
    clusters = register(store, tmp_path / "clusters", KMeans(2, random_state=0, n_init=1), None)
    odd = register(store, tmp_path / "odd", IsolationForest(random_state=0), None)
    rows = TABLE.assign(member=np.where(MEMBER, 1, -1))
    refused, said = duel(store, clusters, odd, rows=rows)
    assert "A model that finds clusters has no right answers" in str(refused.problem)
    assert set(said.table["prediction"]) == {"outlier", "inlier"}
    assert set(said.table["answer"]) == {"outlier", "inlier"}


@pytest.mark.long
def test_a_classifier_beside_a_regression_cannot_be_compared(store: Store, tmp_path: Path) -> None:
    one = register(store, tmp_path / "one", LogisticRegression(), MEMBER)
    other = register(store, tmp_path / "other", LinearRegression(), MEMBER)
    first, second = duel(store, one, other, rows=TABLE.assign(member=MEMBER))
    assert first.table is not None
    assert "one answers with a class and the other with a number" in str(second.problem)


@pytest.mark.long
def test_of_several_labels_the_one_of_the_columns_name_is_judged(store: Store, tmp_path: Path) -> None:
    labels = np.column_stack([MEMBER, 1 - MEMBER])
    number = register(store, tmp_path / "m", OneVsRestClassifier(LogisticRegression()), labels)
    refused = duel(store, number, rows=TABLE.assign(member=MEMBER))[0]
    assert "gives several answers, and nothing says which of them the right ones are of: 1, 2" in str(refused.problem)
    path = tmp_path / "rows.csv"
    TABLE.assign(member=MEMBER).to_csv(path, index=False)
    done, result = score(scoring(store, "m", number, allow_code=True), path, "member")
    assert "gives several answers" in problem_of(done)
    assert {"prediction_1", "prediction_2", "probability_1_0", "probability_1_1", "probability_2_1"} <= set(result)
    assert (result["prediction_1"] != result["prediction_2"]).all()


@pytest.mark.long
def test_of_several_named_answers_the_one_of_the_columns_name_is_judged(store: Store, tmp_path: Path) -> None:
    def both(rows: pd.DataFrame) -> pd.DataFrame:
        return pd.DataFrame({"other": rows["visits"], "double": 2 * rows["age"]})

    signature = infer_signature(TABLE, pd.DataFrame({"other": [1.0], "double": [1.0]}))
    number = register_folder(store, "m", save_pyfunc(tmp_path / "m", both, signature=signature))
    said = duel(store, number, rows=TABLE.assign(double=2 * TABLE["age"]), answer="double")[0].table
    assert measured(said)["test_rmse"] == 0


@pytest.mark.long
def test_no_answer_is_no_class(store: Store, tmp_path: Path) -> None:
    answers = save_pyfunc(tmp_path / "m", lambda rows: ["18" if age > 45 else None for age in rows["age"]],
                          signature=infer_signature(TABLE))  # fmt: skip
    number = register_folder(store, "m", answers)
    path = tmp_path / "rows.csv"
    TABLE.to_csv(path, index=False)
    done, result = score(scoring(store, "m", number, allow_code=True), path)
    assert done.answered == (TABLE["age"] > 45).sum()
    assert set(result["prediction"].dropna()) == {"18"}
    assert set(result["error"][TABLE["age"] <= 45]) == {"The model gave no answer to this row."}
