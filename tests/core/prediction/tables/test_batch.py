from __future__ import annotations

import os
import signal
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from mlflow.models import ModelSignature
from mlflow.types.schema import ColSpec, Schema

from core.comparison.evidence import chance_of, measured
from core.errors import ModelError
from core.prediction.predict import predictor
from core.prediction.schema import InputField, input_fields
from core.prediction.tables import asking, batch
from core.prediction.tables.batch import (
    Scored,
    Scoring,
    _undefined,
    match_columns,
    parquet_files,
    score_file,
    score_part,
)
from core.prediction.tables.dialects import recognise
from core.store.connection import Store, open_store
from core.store.models import UntrustedModelError, describe_model, load_model
from core.store.record import EVALUATION_TABLE
from core.store.registry.registered_models import find_model
from core.store.runs.artifacts import read_table
from tests.fixtures.actors import ANA
from tests.fixtures.stores import FLOWERS, SUGAR
from tests.fixtures.strangers import (
    ANSWERS,
    ROWS,
    register_folder,
    save_pickled,
    save_pyfunc,
    save_skops,
    save_with_helper,
)
from tests.fixtures.versions import scoring

TARGET = "species"


def score(asked: Scoring, path: Path, target: str = "", **more: Any) -> tuple[Scored, pd.DataFrame]:
    """Score a file from its recognition on, and return what came of it and the result."""
    one = asked.to_open
    files = describe_model(open_store(asked.store_uri), one.uri, one.run_id)
    fields = input_fields(files, None if files.runs_code else load_model(files))
    dialect = recognise(path, fields, target)
    matching, _first = match_columns(path, dialect, fields, target)
    done = score_file(ANA, asked, path, dialect, matching, path.parent, measured, chance_of, **more)
    return done, pd.read_parquet(done.results["parquet"])


def write(path: Path, text: str, encoding: str = "utf-8") -> Path:
    path.write_bytes(text.encode(encoding))
    return path


def flowers(store: Store) -> pd.DataFrame:
    """Test rows of a version, with its own answers."""
    version = find_model(store, FLOWERS).version(2)
    return read_table(store, version.run_id, EVALUATION_TABLE)


def inputs(table: pd.DataFrame) -> pd.DataFrame:
    return table[[name for name in table if name.startswith(("sepal", "petal"))]]


@pytest.mark.part(2)
@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_a_file_gets_what_the_run_stored_for_the_same_rows(populated: Store, tmp_path: Path, ending: str) -> None:
    stored = flowers(populated)
    path = tmp_path / f"rows.{ending}"
    rows = inputs(stored)[::-1].assign(note=range(len(stored)))
    rows = rows[["note", *reversed(list(inputs(stored)))]]  # other order, and one column more
    rows.to_csv(path, index=False) if ending == "csv" else rows.to_parquet(path)
    done, result = score(scoring(populated, FLOWERS, 2), path)
    assert (done.rows, done.answered, done.blank) == (len(stored), len(stored), 0)
    assert list(result["prediction"]) == list(stored["prediction"][::-1])
    chances = [name for name in stored if name.startswith("probability_")]
    np.testing.assert_allclose(result[chances], stored[chances][::-1], rtol=1e-6)
    assert list(result.columns) == [
        *rows.columns, "prediction", *chances, "model", "model_version", "model_stage", "error", "note_2",
    ]  # fmt: skip
    assert set(zip(result["model"], result["model_version"], result["model_stage"], result["error"], strict=True)) == {
        (FLOWERS, 2, "Production", "")
    }
    again = pd.read_csv(done.results["csv"])
    assert list(again.columns) == list(result.columns)
    assert list(again["prediction"]) == list(result["prediction"])
    assert len(pd.read_csv(done.errors)) == 0
    assert done.first.shape == (20, len(result.columns))


def test_cells_come_back_unchanged_in_the_way_that_the_file_was_written(populated: Store, tmp_path: Path) -> None:
    names = list(inputs(flowers(populated)))
    path = write(
        tmp_path / "rows.csv",
        "\n".join([";".join(["id", *names]), "007;5,10;3,5;1,4;0,2", '"8; or ""9""";6,5;3;5,2;2,0']) + "\n",
        "utf-16",
    )
    done, result = score(scoring(populated, FLOWERS, 2), path)
    assert result["id"].tolist() == ["007", '8; or "9"']
    assert result[names[0]].tolist() == ["5,10", "6,5"]
    assert result["prediction"].tolist() == ["setosa", "virginica"]
    again = pd.read_csv(done.results["csv"], sep=";", decimal=",", dtype={"id": "str"})
    assert again["id"].tolist() == ["007", '8; or "9"']
    assert again["probability_setosa"].tolist() == pytest.approx(result["probability_setosa"])


@pytest.mark.part(2)
@pytest.mark.parametrize("sign", [",", ";"])
def test_formulas_in_a_file_come_back_as_texts_and_numbers_as_numbers(
    populated: Store, tmp_path: Path, sign: str
) -> None:
    rows = inputs(flowers(populated)).head(3)
    rows = rows.assign(**{"=note": ["=1+1", "-5", '@SUM(1;2,"a")'], "n": [-1, -2, -3]})
    rows.to_csv(tmp_path / "rows.csv", index=False, sep=sign)
    done, _result = score(scoring(populated, FLOWERS, 2), tmp_path / "rows.csv")
    result = pd.read_csv(done.results["csv"], sep=sign, dtype=str)
    assert result["'=note"].tolist() == ["'=1+1", "-5", '\'@SUM(1;2,"a")']
    assert [float(value) for value in result["n"]] == [-1, -2, -3]


def test_the_right_answers_in_a_file_give_the_metrics(populated: Store, tmp_path: Path) -> None:
    stored = flowers(populated)
    rows = inputs(stored).assign(**{TARGET: stored["answer"]})
    rows.loc[0, TARGET] = None
    rows.to_csv(tmp_path / "rows.csv", index=False)
    done, result = score(scoring(populated, FLOWERS, 2), tmp_path / "rows.csv", TARGET)
    assert done.compared == len(stored) - 1
    assert done.metrics == pytest.approx(measured(stored.iloc[1:].reset_index(drop=True)))
    low, high = done.intervals["test_accuracy"]
    assert low < done.metrics["test_accuracy"] <= high
    right = stored["answer"] == stored["prediction"]
    assert done.against == [None, *right.iloc[1 : len(done.first)]]
    assert list(result[TARGET].iloc[1:]) == list(stored["answer"].iloc[1:])


def test_class_numbers_as_right_answers_mean_what_the_model_calls_them(populated: Store, tmp_path: Path) -> None:
    stored = flowers(populated)
    codes = stored["answer"].map({"setosa": 0, "versicolor": 1, "virginica": 2})
    inputs(stored).assign(**{TARGET: codes}).to_csv(tmp_path / "rows.csv", index=False)
    done, _result = score(scoring(populated, FLOWERS, 2), tmp_path / "rows.csv", TARGET)
    assert done.metrics == pytest.approx(measured(stored))


def test_right_numbers_give_the_metrics_of_numbers(populated: Store, tmp_path: Path) -> None:
    stored = read_table(populated, find_model(populated, SUGAR).version(1).run_id, EVALUATION_TABLE)
    stored.drop(columns=["row", "prediction"]).to_csv(tmp_path / "rows.csv", index=False, sep=";", decimal=",")
    done, result = score(scoring(populated, SUGAR, 1), tmp_path / "rows.csv", "answer")
    assert done.metrics == pytest.approx(measured(stored))
    assert result["prediction"].tolist() == pytest.approx(stored["prediction"].tolist())
    off = (stored["prediction"] - stored["answer"]).head(len(done.first))
    assert done.against == pytest.approx(off.tolist())


def test_a_row_that_does_not_fit_says_why_and_all_others_are_answered(populated: Store, tmp_path: Path) -> None:
    names = list(inputs(flowers(populated)))
    lines = [",".join(names), "5.1,3.5,1.4,0.2", "5.1,3.5,1.4,0,2", "tall,3.5,wide,0.2", "", ",3,5.2,2", "6.5,3,5.2,2"]
    done, result = score(scoring(populated, FLOWERS, 2), write(tmp_path / "rows.csv", "\n".join(lines)))
    assert (done.rows, done.answered, done.blank) == (5, 3, 1)
    assert result["prediction"].tolist()[::4] == ["setosa", "virginica"]
    assert result["error"].tolist() == [
        "",
        "The line does not have 4 values.",
        f"{names[0]}: 'tall' is not a number with a decimal point; "
        f"{names[2]}: 'wide' is not a number with a decimal point",
        "",
        "",
    ]
    assert result["prediction"].isna().tolist() == [False, True, True, False, False]
    assert result["note"].tolist() == ["", "", "", f"{names[0]} is empty, which it was in no known training row", ""]
    assert done.lacking == {names[0]: 1}
    listed = pd.read_csv(done.errors, keep_default_na=False)
    assert listed.to_dict("list") == {
        "Row": [3, 4, 4],
        "Column": ["", names[0], names[2]],
        "Value": ["5.1,3.5,1.4,0,2", "tall", "wide"],
        "Reason": ["The line does not have 4 values.", *["is not a number with a decimal point"] * 2],
    }


def test_errors_are_in_the_language_of_whoever_asked(populated: Store, tmp_path: Path) -> None:
    path = write(tmp_path / "rows.csv", ",".join(inputs(flowers(populated))) + "\n1,2,3,x\n")
    done, _result = score(replace(scoring(populated, FLOWERS, 2), language="es"), path)
    assert done.rows == 1
    assert done.answered == 0
    assert len(pd.read_csv(done.errors)) == 1


def test_when_no_row_can_be_answered_the_result_still_has_every_row(populated: Store, tmp_path: Path) -> None:
    path = write(tmp_path / "rows.csv", ",".join(inputs(flowers(populated))) + "\n" + "x,2,3,4\n" * 3 + "1,2\n")
    done, result = score(scoring(populated, FLOWERS, 2), path)
    assert (done.rows, done.answered) == (4, 0)
    assert result["prediction"].isna().all()
    assert (result["error"] != "").all()


# Models of other programs


def picky(rows: pd.DataFrame) -> list[str]:
    """A model that raises for everybody when one row is not to its taste."""
    if rows["length"].isna().any() or (rows["length"] > 90).any():
        raise ValueError("I do not like one of these")
    return ["small"] * len(rows)


@pytest.fixture
def stranger(store: Store, tmp_path: Path) -> Callable[..., Scoring]:
    def make(predict: Callable[[pd.DataFrame], Any]) -> Scoring:
        register_folder(store, "m", save_pyfunc(tmp_path / "stranger", predict))
        return scoring(store, "m", 1, allow_code=True)

    return make


@pytest.mark.long
def test_rows_that_make_a_model_raise_are_found(stranger: Callable[..., Scoring], tmp_path: Path) -> None:
    table = pd.DataFrame({"length": np.arange(300.0) / 10, "width of it": 1.0})
    table.loc[[7, 8, 250], "length"] = [np.nan, np.nan, 99.0]
    table.to_csv(tmp_path / "rows.csv", index=False)
    done, result = score(stranger(picky), tmp_path / "rows.csv")
    assert done.answered == 297
    assert result.index[result["prediction"].isna()].tolist() == [7, 8, 250]
    assert result["error"][250].startswith("The model could not answer: ValueError: I do not like one of these")
    assert (result["error"] == "").sum() == 297


def late(rows: pd.DataFrame) -> list[float]:
    days = rows["day"].dt.day if "day" in rows else pd.Series(0, index=rows.index)
    times = rows["times"] if "times" in rows else pd.Series(0, index=rows.index)
    return [float(one) for one in rows["base"] + days.fillna(0) + times.fillna(0)]


@pytest.mark.part(4)
@pytest.mark.parametrize("ending", ["csv", "parquet"])
@pytest.mark.parametrize(("column", "answers"), [("times", [12.0, 13.0, 4.0, 15.0]), ("day", [10.0, 11.0, 12.0, 4.0])])
def test_an_optional_input_may_have_an_empty_cell(
    store: Store, tmp_path: Path, ending: str, column: str, answers: list[float]
) -> None:
    kinds = [("double", "base", True), ("datetime", "day", False), ("long", "times", False)]
    signature = ModelSignature(Schema([ColSpec(kind, name, required=needed) for kind, name, needed in kinds]))
    register_folder(store, "m", save_pyfunc(tmp_path / "late", late, signature=signature))
    days = pd.Series(pd.to_datetime(["2026-01-01", "2026-01-02", "2026-01-03", "2026-01-04"])).astype(object)
    times = pd.Series([10, 10, 10, 10], dtype=object)
    gap = {"times": 2, "day": 3}[column]
    (times if column == "times" else days)[gap] = None
    base = [1.0, 1.0, 1.0, 1.0] if column == "times" else [-1.0, -1.0, -1.0, -6.0]
    table = pd.DataFrame({"base": base, "day": pd.to_datetime(days), "times": times.astype("Int64")})
    path = tmp_path / f"rows.{ending}"
    table.to_csv(path, index=False) if ending == "csv" else table.to_parquet(path)
    done, result = score(scoring(store, "m", 1, allow_code=True), path)
    assert (done.answered, result["error"].tolist()) == (4, [""] * 4)
    assert result["prediction"].tolist() == answers


@pytest.mark.long
def test_a_model_that_refuses_nearly_everything_is_not_asked_for_ever(
    stranger: Callable[..., Scoring], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asking, "MOST_REFUSALS", 20)
    pd.DataFrame({"length": [99.0] * 500 + [1.0], "width of it": 1.0}).to_csv(tmp_path / "rows.csv", index=False)
    done, result = score(stranger(picky), tmp_path / "rows.csv")
    assert done.answered <= 1
    assert result["prediction"].isna().tolist() == [error != "" for error in result["error"]]


@pytest.mark.long
def test_a_number_that_is_none_is_an_error(stranger: Callable[..., Scoring], tmp_path: Path) -> None:
    asked = stranger(lambda rows: rows["length"].where(rows["length"] > 1))
    ROWS.to_csv(tmp_path / "rows.csv", index=False)
    done, result = score(asked, tmp_path / "rows.csv")
    assert result["error"].tolist() == ["The model gave no number for this row.", "", "", ""]
    assert done.answered == 3


@pytest.mark.long
def test_several_answers_have_a_column_each(stranger: Callable[..., Scoring], tmp_path: Path) -> None:
    asked = stranger(lambda rows: pd.DataFrame({"low": rows["length"] - 7.5, "high": rows["length"] + 7.5}))
    ROWS.to_csv(tmp_path / "rows.csv", index=False)
    _done, result = score(asked, tmp_path / "rows.csv")
    assert result["prediction_low"].tolist() == [-6.5, -5.5, -4.5, -3.5]
    assert result["prediction_high"].tolist() == [8.5, 9.5, 10.5, 11.5]


def deadly(rows: pd.DataFrame) -> list[str]:
    """A model that one row kills."""
    if (rows["length"] > 90).any():
        os.kill(os.getpid(), signal.SIGKILL)
    return ["small"] * len(rows)


@pytest.mark.long
def test_rows_that_end_the_models_process_are_found_and_the_others_answered(
    stranger: Callable[..., Scoring], tmp_path: Path
) -> None:
    table = pd.DataFrame({"length": np.arange(50.0), "width of it": 1.0})
    table.loc[[7, 40], "length"] = 99.0
    table.to_csv(tmp_path / "rows.csv", index=False)
    done, result = score(stranger(deadly), tmp_path / "rows.csv")
    assert done.answered == 48
    assert result.index[result["prediction"].isna()].tolist() == [7, 40]
    assert result["error"][7].startswith("The model ended the process that it was asked in")


@pytest.mark.long
def test_versions_whose_helpers_share_a_name_score_each_by_its_own(store: Store, tmp_path: Path) -> None:
    pd.DataFrame({"pay": [1000.0, 1.0]}).to_csv(tmp_path / "rows.csv", index=False)
    for number, factor in ((1, 2), (2, 10)):
        register_folder(store, "prices", save_with_helper(tmp_path / str(number), factor))
    for number, price in ((1, 2000), (2, 10000), (1, 2000)):
        _done, result = score(scoring(store, "prices", number, allow_code=True), tmp_path / "rows.csv")
        assert result["prediction"][0] == price


@pytest.mark.long
def test_a_model_that_gives_too_few_answers_is_refused_at_once(
    stranger: Callable[..., Scoring], tmp_path: Path
) -> None:
    ROWS.to_csv(tmp_path / "rows.csv", index=False)
    with pytest.raises(ModelError, match="of 4 rows it gave 1"):
        score(stranger(lambda rows: [1.0]), tmp_path / "rows.csv")
    assert not list(tmp_path.glob("scored*"))


def test_a_model_that_runs_code_is_not_opened_unasked(store: Store, tmp_path: Path) -> None:
    wire = tmp_path / "wire"
    register_folder(store, "m", save_pickled(tmp_path / "one", wire))
    ROWS.to_csv(tmp_path / "rows.csv", index=False)
    with pytest.raises(UntrustedModelError, match="runs code"):
        score(scoring(store, "m", 1), tmp_path / "rows.csv")
    assert not wire.exists()


def test_columns_of_the_file_keep_their_names_where_the_result_has_the_same(store: Store, tmp_path: Path) -> None:
    register_folder(store, "m", save_skops(tmp_path / "one", signature=None))
    ROWS.assign(model="Seat", prediction=ANSWERS).to_csv(tmp_path / "rows.csv", index=False)
    done, result = score(scoring(store, "m", 1), tmp_path / "rows.csv", "prediction")
    assert set(result["model"]) == {"Seat"}
    assert set(result["model_2"]) == {"m"}
    assert (done.names["model"], done.names["prediction"]) == ("model_2", "prediction_2")
    assert list(result["prediction"]) == ANSWERS
    assert done.metrics["test_accuracy"] == 1


def test_a_cutoff_decides_what_the_answer_is(store: Store, tmp_path: Path) -> None:
    register_folder(store, "m", save_skops(tmp_path / "one", signature=None))
    ROWS.to_csv(tmp_path / "rows.csv", index=False)
    asked = scoring(store, "m", 1)
    always = replace(asked, to_open=replace(asked.to_open, cutoff=0.0))
    _done, result = score(always, tmp_path / "rows.csv")
    assert set(result["prediction"]) == {"small"}


def test_a_file_that_workers_cannot_reach_is_said(populated: Store, tmp_path: Path) -> None:
    path = write(tmp_path / "rows.csv", ",".join(inputs(flowers(populated))) + "\n1,2,3,4\n")
    dialect = recognise(path)
    matching = batch.Matching({})
    with pytest.raises(ModelError, match=r"is not there for them\. Set PIZARRA_CACHE_DIR to a folder that"):
        score_file(ANA, scoring(populated, FLOWERS, 2), tmp_path / "elsewhere.csv", dialect, matching, tmp_path)


# What the report says before


FIELDS = [
    InputField("age", "integer", "long", 30),
    InputField("plan", "category", "string", "Básico", choices=("Básico", "None", "1")),
    InputField("pays", "boolean", "boolean", True),
    InputField("since", "date", "datetime", "2026-01-01"),
    InputField("extra", "number", "double", 1.0, optional=True),
]
COLUMNS = "age,plan,pays,since,extra"


def match(text: str, target: str = "") -> batch.Matching:
    content = text.encode()
    return match_columns(content, recognise(content, FIELDS, target), FIELDS, target)[0]


def test_the_report_names_what_is_missing_left_out_and_extra() -> None:
    found = match("age,plan,colour,churn\n1,None,red,yes\n", "churn")
    assert found.missing == ("pays", "since")
    assert found.empty == ("extra",)
    assert found.extra == ("colour",)
    assert found.answers == "churn"
    assert not found.is_complete


def test_a_column_of_another_type_is_said_once() -> None:
    found = match(f"{COLUMNS}\nold,None,maybe,3/4/2026,\nyoung,None,perhaps,2026-03-04,1\n")
    assert [(one.name, one.type, one.value) for one in found.wrong] == [
        ("age", "long", "old"),
        ("pays", "boolean", "maybe"),
    ]
    assert not found.is_complete


def test_cells_that_were_never_empty_in_training_are_counted_before_scoring() -> None:
    fields = [replace(one, never_missing=one.name in ("plan", "extra")) for one in FIELDS]
    content = f"{COLUMNS.removesuffix(',extra')}\n1,NA,yes,2026-01-01\n1,nan,yes,2026-01-01\n1,Gold,no,\n".encode()
    dialect = recognise(content, fields)
    assert match_columns(content, dialect, fields)[0].lacking == {"plan": 2, "extra": 3}


def test_categories_that_training_never_saw_are_counted() -> None:
    text = "".join(f"1,{plan},yes,2026-01-01,\n" for plan in ["Gold", "Gold", "Ba\u0301sico", " None", "NA", "Tin"])
    found = match(f"{COLUMNS}\n{text}")
    assert found.unknown == {"plan": batch.Unknown(3, ("Gold", "Tin"))}
    assert found.is_complete


def test_a_file_of_something_else_is_refused_with_both_lists_of_names() -> None:
    with pytest.raises(ModelError, match=r"inputs, 'age', 'plan', .*, but they are called 'a', 'b'"):
        match("a,b\n1,2\n")


def test_words_numbers_and_dates_in_parquet_are_not_taken_for_each_other(tmp_path: Path) -> None:
    table = pd.DataFrame(
        {
            "age": pd.to_datetime(["2026-01-01"]), "plan": [1.0], "pays": [True], "since": [20260101], "extra": ["1.5"],
        }
    )  # fmt: skip
    table.to_parquet(tmp_path / "rows.parquet")
    path = tmp_path / "rows.parquet"
    found, first = match_columns(path, recognise(path, FIELDS), FIELDS)
    assert [one.name for one in found.wrong] == ["age", "since"]
    assert not found.unknown  # 1.0 is the plan called 1
    assert len(first) == 1


# A folder


def test_a_folder_of_parquet_files_is_scored_part_by_part(populated: Store, tmp_path: Path) -> None:
    rows = inputs(flowers(populated))
    rows.iloc[:10].to_parquet(tmp_path / "a.parquet")
    rows.iloc[10:].to_parquet(tmp_path / "b.parquet")
    parts = parquet_files(ANA, tmp_path)
    done = [score_part(ANA, scoring(populated, FLOWERS, 2), part) for part in parts]
    assert [one.rows for one in done] == [10, len(rows) - 10]
    assert done[0].results["parquet"] == tmp_path / "scored-iris-classifier-v2" / "a.parquet"
    assert list(pd.read_parquet(done[1].results["parquet"])["prediction"]) == list(
        flowers(populated)["prediction"][10:]
    )
    assert parquet_files(ANA, tmp_path) == parts


def test_a_folder_without_parquet_files_is_said(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"in '.*' they find none"):
        parquet_files(ANA, tmp_path)


def test_a_part_that_lacks_columns_is_refused(populated: Store, tmp_path: Path) -> None:
    rows = inputs(flowers(populated))
    rows.iloc[:, :2].to_parquet(tmp_path / "a.parquet")
    with pytest.raises(ModelError, match="but these do not: 'petal"):
        score_part(ANA, scoring(populated, FLOWERS, 2), tmp_path / "a.parquet")


@pytest.mark.long
def test_asking_chunk_by_chunk_says_the_same_as_asking_at_once(
    populated: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batch, "CHUNK_ROWS", 7)
    rows = inputs(flowers(populated))
    rows.to_parquet(tmp_path / "rows.parquet")
    heard: list[tuple[int, int]] = []
    asked = scoring(populated, FLOWERS, 2)
    done, result = score(asked, tmp_path / "rows.parquet", report=lambda one, of: heard.append((one, of)))
    files = describe_model(populated, asked.to_open.uri, asked.to_open.run_id)
    model = load_model(files)
    said = predictor(files, model, input_fields(files, model)).ask(rows)
    assert list(result["prediction"]) == list(said.values)
    assert heard[0] == (0, len(rows))
    assert heard[-1] == (len(rows), len(rows))
    assert len(heard) > 4
    assert done.rows == len(rows)


def test_metrics_that_the_known_answers_leave_without_a_meaning_are_named() -> None:
    said = {"prediction": ["no", "no"], "probability_no": [0.9, 0.8], "probability_yes": [0.1, 0.2]}
    assert _undefined(pd.DataFrame({"answer": ["no", "no"]} | said)) == {"precision", "recall", "f1"}
    assert not _undefined(pd.DataFrame({"answer": ["no", "yes"]} | said))
    assert _undefined(pd.DataFrame({"answer": [2.0, 2.0], "prediction": [1.0, 2.0]})) == {"r2"}
    assert not _undefined(pd.DataFrame({"answer": [2.0, 3.0], "prediction": [1.0, 2.0]}))
