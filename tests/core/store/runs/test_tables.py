"""Runs as tables: families, and a source in a word."""

from __future__ import annotations

import pandas as pd
import pytest

from core.store.runs.tables import INFO_COLUMNS, Runs, called, in_families, source_words


def related(**parents: str) -> Runs:
    info = pd.DataFrame("", index=list(parents), columns=INFO_COLUMNS)
    info["parent_id"] = list(parents.values())
    return Runs(info, pd.DataFrame(index=info.index), pd.DataFrame(index=info.index))


def test_runs_without_parents_stay_where_they_are() -> None:
    assert in_families(related(a="", b="")) == (["a", "b"], {})


def test_children_are_below_their_parents_and_grandchildren_below_them() -> None:
    order, depth = in_families(related(grandchild="child", other="", child="parent", parent="", second="parent"))
    assert order == ["other", "parent", "child", "grandchild", "second"]
    assert depth == {"other": 0, "parent": 0, "child": 1, "grandchild": 2, "second": 1}


def test_a_lost_parent_and_a_parent_of_its_own_are_no_parents() -> None:
    assert in_families(related(lost="gone", own="own")) == (["lost", "own"], {"lost": 0, "own": 0})


def test_a_loop_loses_no_run() -> None:
    order, depth = in_families(related(a="b", b="a", c=""))
    assert sorted(order) == ["a", "b", "c"]
    assert set(depth.values()) == {0}


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("data/iris.csv", "data/iris.csv"),
        ('{"uri": "s3://bucket/iris"}', "s3://bucket/iris"),
        ('{"path": "iris.csv", "url": "https://x.org/iris"}', "https://x.org/iris"),
        ('{"tags": {"mlflow.source.name": "train.py"}, "uri": "x"}', "train.py"),
        ('{"tags": "none", "path": "iris.csv"}', "iris.csv"),
        ('{"other": 1}', '{"other": 1}'),
        ("[1]", "[1]"),
        ("", ""),
    ],
)
def test_a_source_is_said_in_a_word_where_mlflow_wrapped_it(source: str, said: str) -> None:
    assert source_words(source) == said


@pytest.mark.parametrize(
    ("params", "tags", "name"),
    [
        ({}, {"pizarra.algorithm": "random_forest"}, "random forest"),
        ({}, {"estimator_name": "Ridge", "mlflow.source.name": "fit.py"}, "Ridge"),
        ({"model": "xgboost.XGBClassifier(max_depth=3)"}, {}, "XGBClassifier"),
        ({"model_name": "the big one"}, {}, "the big one"),
        ({}, {"mlflow.log-model.history": '[{"flavors": {"python_function": {}, "keras": {}}}]'}, "keras"),
        ({}, {"mlflow.log-model.history": "[", "mlflow.source.name": "/home/me/src/train.py"}, "train.py"),
        ({"depth": "3"}, {}, ""),
    ],
)
def test_a_run_without_a_name_is_called_by_what_it_trained_or_what_ran(params, tags, name: str) -> None:
    assert called(params, tags) == name
