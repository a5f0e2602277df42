from __future__ import annotations

import math
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from core.comparison.copying import as_markdown, as_python
from core.i18n import speaking
from core.store.connection import Store

HOSTILE = [
    '"]); print("injected") #',
    "'''); import os\nprint('injected')",
    "\\'); print('injected') #",
    "{client} {0} %s",
    "a\r\nb\u2028c\u202ed\x00e",
    'f"{print(1)}"',
]


def cells(line: str) -> list[str]:
    return [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]


def test_a_table_is_markdown_with_numbers_to_the_right() -> None:
    table = pd.DataFrame({"Run": ["tree", "forest"], "test_accuracy": [0.966667, np.nan], "depth": ["3", None]})
    assert as_markdown(table.set_index(pd.Index(["r0", "r1"]))).splitlines() == [
        "| Run | test_accuracy | depth |",
        "| --- | ---: | --- |",
        "| tree | 0.9667 | 3 |",
        "| forest | – | – |",
    ]


def test_numbers_are_written_as_the_reader_does() -> None:
    with speaking("es"):
        assert "| 0,5 | 12.345 |" in as_markdown(pd.DataFrame({"a": [0.5], "b": [12345]}))


def test_values_of_every_kind_have_a_text() -> None:
    row = [True, math.inf, np.int64(3), np.float64(0.5), pd.Timestamp(0, tz="UTC"), pd.NaT, pd.NA, None]
    line = as_markdown(pd.DataFrame([row], dtype=object)).splitlines()[2]
    found = cells(line)
    assert [found[0], found[1], *found[5:]] == ["True", "∞", "–", "–", "–"]
    assert [found[2], found[3]] == ["3", "0.5"]
    assert "1970" in found[4] or "1969" in found[4]


def test_a_column_of_any_kind_reads_as_its_values_do() -> None:
    table = pd.DataFrame(
        {
            "bool": [True, False], "whole": [12345, 2], "maybe": pd.array([1, None], dtype="Int64"),
            "small": np.array([0.5, np.nan], dtype="float32"), "text": pd.array(["a", None], dtype="str"),
            "kind": pd.Categorical(["x", None]), "time": pd.to_datetime(pd.Series([0, None]), unit="s", utc=True),
        }
    )  # fmt: skip
    first, second = (cells(line) for line in as_markdown(table).splitlines()[2:])
    assert first[:-1] == ["True", "12,345", "1", "0.5", "a", "x"]
    assert "1970" in first[-1] or "1969" in first[-1]
    assert second == ["False", "2", "–", "–", "–", "–", "–"]


def test_names_break_no_row_and_are_no_markup() -> None:
    name = "a|b\\|c\n| d <img src=x> [x](http://e) **b** `c` _e_ max_depth"
    lines = as_markdown(pd.DataFrame({name: [name], "n": [1.0]})).splitlines()
    assert len(lines) == 3
    assert {len(cells(line)) for line in lines} == {2}
    assert r"\<img src=x\> \[x\](http://e) \*\*b\*\* \`c\` \_e\_ max_depth" in lines[0]


def test_columns_of_one_name_and_no_rows_are_tables_too() -> None:
    assert as_markdown(pd.DataFrame([[1, 2]], columns=["a", "a"])).splitlines()[0] == "| a | a |"
    assert as_markdown(pd.DataFrame(columns=["a"])).splitlines() == ["| a |", "| --- |"]


@pytest.mark.long
def test_the_code_prints_the_same_numbers(store: Store, tmp_path: Path) -> None:
    ids = []
    for name, loss, depth in [("tree", 0.25, "3"), ('it\'s | "forest"', math.inf, None), ("ñandú", math.nan, "x y")]:
        run_id = store.client.create_run("0", run_name=name).info.run_id
        store.client.log_metric(run_id, "val/loss", loss)
        store.client.log_metric(run_id, "f1", 0.123456)
        if depth:
            store.client.log_param(run_id, "val/loss", depth)
        ids.append(run_id)
    script = tmp_path / "read.py"
    script.write_text(as_python(store.uri, ids, ["val/loss", "f1", "absent"], ["val/loss"]), encoding="utf-8")
    answer = subprocess.run([sys.executable, "-X", "utf8", script], capture_output=True, encoding="utf-8", check=True)
    printed = answer.stdout.splitlines()
    assert printed[0].split() == ["run", "val/loss", "f1", "absent", "val/loss"]
    assert [line.split() for line in printed[1:]] == [
        [ids[0], "tree", "0.25", "0.123456", "–", "3"],
        [ids[1], "it's", "|", '"forest"', "inf", "0.123456", "–", "–"],
        [ids[2], "ñandú", "–", "0.123456", "–", "x", "y"],
    ]


def read_with_stubs(code: str) -> list[object]:
    """Run the code with stand-ins for MLflow and printing, and return what it printed and asked for."""
    seen: list[object] = []

    class Client:
        def __init__(self, tracking_uri: str = "") -> None:
            seen.append(tracking_uri)

        def get_run(self, run_id: str) -> object:
            seen.append(run_id)
            data = type("Data", (), {"metrics": {}, "params": {}})
            return type("Run", (), {"info": type("Info", (), {"run_name": "r"}), "data": data})

    stubbed = code.replace("from mlflow import MlflowClient\n", "", 1)
    names: dict[str, object] = {"MlflowClient": Client, "print": lambda *texts: seen.append("printed")}
    exec(compile(stubbed, "copied", "exec"), names)  # noqa: S102 - that nothing else runs is what is tested
    return [*seen, names["metrics"], names["params"]]


@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize("name", HOSTILE)
def test_no_name_becomes_code(name: str, language: str) -> None:
    with speaking(language):
        code = as_python(name, [name, "one"], [name], [name, name])
    assert read_with_stubs(code) == [name, name, "one", "printed", [name], [name, name]]
    harmless = as_python("x", ["x", "one"], ["x"], ["x", "x"])
    assert len(code.splitlines()) == len(harmless.splitlines())


def test_nothing_chosen_is_code_too() -> None:
    assert read_with_stubs(as_python("sqlite:///x.db", [], [], [])) == ["sqlite:///x.db", "printed", [], []]


@pytest.mark.parametrize("uri", ["http://me:se/cr@t@host:5000", "mysql://host/db?user=me&PASSWORD=se/cr@t"])
def test_a_password_is_not_given_away(uri: str) -> None:
    code = as_python(uri, ["one"], [], [])
    assert "cr@t" not in code
    assert "MLFLOW_TRACKING_URI" in code
    assert read_with_stubs(code)[0] == ""
