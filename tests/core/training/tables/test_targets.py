"""Which columns can be predicted, and why the others cannot."""

import numpy as np
import pandas as pd
import pytest

from core.errors import DataError
from core.training.tables.targets import target, targets

N = 40
TABLE = pd.DataFrame({
    "id": np.arange(N, dtype=float),
    "nombre": [f"persona {place}" for place in range(N)],
    "color": ["rojo", "verde", "azul", "rojo"] * (N // 4),
    "compra": ["no", "no", "no", "sí"] * (N // 4),
    "nota": [float(place % 10) for place in range(N)],
    "precio": np.linspace(1.5, 99.25, N),
    "grupo": [float(place % 3 + 1) for place in range(N)],
    "igual": ["x"] * N,
    "vacía": pd.Series([None] * N, dtype="str"),
    "rara": ["a"] * (N - 1) + ["b"],
    "fecha": pd.date_range("2024-01-01", periods=N),
})  # fmt: skip


def test_good_targets_come_first_and_what_cannot_be_learned_last() -> None:
    found = targets(TABLE)
    assert [one.column for one in found[:2]] == ["compra", "nota"] or found[0].column in {"compra", "nota", "precio"}
    assert {one.column for one in found if one.refusal} == {"nombre", "igual", "vacía", "rara", "fecha"}
    assert [one.column for one in found if not one.refusal][-1] == "id"


@pytest.mark.parametrize(
    ("column", "kind", "names"),
    [
        ("compra", "classification", ("no", "sí")),
        ("color", "classification", ("azul", "rojo", "verde")),
        ("grupo", "classification", ("1", "2", "3")),
        ("nota", "regression", ()),
        ("precio", "regression", ()),
    ],
)
def test_the_kind_of_question_is_proposed(column: str, kind: str, names: tuple[str, ...]) -> None:
    found = target(TABLE, column)
    assert (found.kind, found.class_names, found.refusal) == (kind, names, None)


def test_the_kind_can_be_changed() -> None:
    assert target(TABLE, "nota", "classification").class_names == tuple("0123456789")
    refused = target(TABLE, "color", "regression").refusal
    assert refused is not None
    assert "holds words or dates" in refused.message


@pytest.mark.parametrize(
    ("column", "said"),
    [
        ("igual", "has the same value in every row, 'x'"),
        ("vacía", "is empty in every row"),
        ("rara", "these have one: 'b'"),
        ("fecha", "it holds dates"),
    ],
)
def test_what_cannot_be_learned_says_why(column: str, said: str) -> None:
    refused = target(TABLE, column).refusal
    assert refused is not None
    assert said in refused.message


def test_different_words_in_nearly_every_row_are_no_classes() -> None:
    many = pd.DataFrame({"a": [f"w{place}" for place in range(60)] * 2})
    refused = target(many.iloc[:61], "a").refusal
    assert refused is not None
    assert "nearly every row has another value" in refused.message or "these have one" in refused.message
    assert "60 different values" in str(target(many, "a").refusal)


def test_few_rows_are_too_few() -> None:
    assert "takes 10 rows" in str(target(pd.DataFrame({"a": [1.5, 2.5, 3.5]}), "a").refusal)
    assert "too few rows (12)" in str(target(pd.DataFrame({"a": list("aabbccddeeff")}), "a").refusal)


def test_of_two_classes_the_rarer_one_is_looked_for_unless_one_says_yes() -> None:
    assert target(pd.DataFrame({"a": ["sí"] * 30 + ["no"] * 5}), "a").class_names == ("no", "sí")
    assert target(pd.DataFrame({"a": ["malo"] * 5 + ["bueno"] * 30}), "a").class_names == ("bueno", "malo")


def test_a_column_that_is_not_there_is_refused() -> None:
    with pytest.raises(DataError, match="no column 'x'"):
        target(TABLE, "x")
