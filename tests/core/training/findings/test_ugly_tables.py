"""Whatever a table holds, what is said of it is said, and nothing fails."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from core.i18n import speaking
from core.training.findings.look import look_at
from core.training.findings.overview import overview
from core.training.findings.report import findings
from core.training.findings.sentences import grouped
from tests.fixtures.plain_tables import plain_table

UGLY: dict[str, Callable[[], pd.DataFrame]] = {
    "no rows": lambda: plain_table(0),
    "no columns": lambda: pd.DataFrame(index=range(5)),
    "one row": lambda: plain_table(1),
    "three rows": lambda: plain_table(3),
    "all empty": lambda: plain_table(50).map(lambda _value: None),
    "infinite": lambda: plain_table(50).assign(age=np.inf, height=[np.inf, -np.inf] * 25, price=np.inf),
    "enormous": lambda: plain_table(50).assign(age=[1e308, -1e308] * 25, price=[1e308, -1e308] * 25, height=10**400),
    "tiny": lambda: plain_table(50).assign(age=np.arange(50) * 5e-324, price=5e-324),
    "mixed types": lambda: plain_table(50).assign(
        age=[1, "a", None, 2.5, True] * 10, city=[[1], {}, (2,), set(), b"x"] * 10,
        answer=[1, "a", None, 2.5, True] * 10, price=[1, "b"] * 25),
    "booleans": lambda: plain_table(50).assign(answer=[True, False] * 25, age=[True, None] * 25),
    "dates": lambda: plain_table(50).assign(
        age=pd.date_range("2020", periods=50), height=pd.date_range("1600", periods=50, tz="America/Lima"),
        answer=pd.to_datetime(["2020-01-01", None] * 25), city=pd.to_timedelta(range(50), unit="h"),
        price=pd.date_range("2020", periods=50)),
    "categories": lambda: plain_table(50).astype({"city": "category", "answer": "category"}).assign(
        age=pd.Categorical([1, 2] * 25)),
    "nullable": lambda: plain_table(50).assign(age=pd.array([1, None] * 25, dtype="Int64"),
                                               answer=pd.array([True, None] * 25, dtype="boolean")),
    "complex": lambda: plain_table(50).assign(age=np.arange(50) * 1j),
    "odd names": lambda: plain_table(80).rename(columns={"age": "", "height": "{run} <b>{0}", "city": "%s\n*x*"}),
    "names of numbers": lambda: plain_table(80).rename(columns={"age": 0, "height": 1.5, "city": None}),
    "a strange index": lambda: plain_table(80).set_index(pd.Index([7] * 80)),
    "odd words": lambda: plain_table(50).assign(
        city=pd.Series(["\ud800", "{x}", "", " ", "𝕏" * 500] * 10, dtype=object)),
    "200 columns": lambda: pd.DataFrame(np.random.default_rng(0).normal(size=(60, 200))).assign(
        answer=["a", "b"] * 30, price=np.arange(60.0)),
    "periods": lambda: plain_table(50).assign(age=pd.period_range("2020", periods=50, freq="M")),
}  # fmt: skip


@pytest.mark.part(23)
@pytest.mark.parametrize(("target", "kind"), [("answer", "classification"), ("price", "regression"), ("", "regression"),
                                              ("answer", "regression"), ("price", "classification"),
                                              ("gone", "classification")])  # fmt: skip
@pytest.mark.parametrize("case", UGLY)
def test_whatever_a_table_holds_it_is_said_in_both_languages(case: str, target: str, kind: str) -> None:
    frame = UGLY[case]()
    before = frame.copy()
    for finding in findings(frame, target, kind, identifiers=["city"], test_rows=range(0, len(frame), 3)):  # type: ignore[arg-type]
        for language in ("en", "es"):
            with speaking(language):
                assert finding.words()
        assert set(finding.columns) <= {str(name) for name in frame.columns}
    pd.testing.assert_frame_equal(frame, before)


@pytest.mark.part(4)
@pytest.mark.parametrize("case", UGLY)
def test_every_column_of_any_table_has_its_line(case: str) -> None:
    frame = UGLY[case]()
    lines = overview(look_at(frame, "", "classification"))
    assert list(lines["column"]) == [str(name) for name in frame.columns]
    assert list(lines["missing"]) == [int(frame.iloc[:, place].isna().sum()) for place in range(frame.shape[1])]


def test_many_of_a_kind_are_one_sentence() -> None:
    frame = plain_table().assign(**{f"same{place}": 1.0 for place in range(8)})
    found = grouped(findings(frame, "answer", "classification"))
    assert [finding.words() for finding in found if finding.code == "constant"] == [
        "8 columns hold the same value in every row, so they tell nothing: "
        "same0, same1, same2, same3, same4 and 3 more."
    ]
