"""Many at once on the Predict page: the report, the scoring in a worker, the result, and what is refused."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression
from streamlit.testing.v1 import AppTest

from core.errors import PizarraError
from core.settings import settings
from core.store.connection import Store
from core.store.record import EVALUATION_TABLE
from core.store.registry.cutoffs import save_cutoff
from core.store.registry.registered_models import find_model
from core.store.runs.artifacts import read_table
from core.ui import session as ui_session
from core.ui import uploads as uploading
from tests.fixtures.actors import ANA
from tests.fixtures.processes import until
from tests.fixtures.stores import FLOWERS
from tests.fixtures.strangers import ANSWERS, ROWS, register_folder, save_skops
from tests.pages.reading import Dashboard, problems, shown, stands

Start = Callable[[str], Dashboard]
PATIENCE = 60  # seconds


def flowers(store: Store, *, answers: bool = False) -> pd.DataFrame:
    table = read_table(store, find_model(store, FLOWERS).version(2).run_id, EVALUATION_TABLE)
    rows = table[[name for name in table if name.startswith(("sepal", "petal"))]]
    return rows.assign(target=table["answer"]) if answers else rows


def upload(page: AppTest, content: bytes | pd.DataFrame, name: str = "rows.csv") -> None:
    given = content if isinstance(content, bytes) else content.to_csv(index=False).encode()
    page.get_by_key("predict_many_file").set_value((name, given, "text/csv")).run()
    stands(page)


def press(page: AppTest, key: str) -> None:
    page.get_by_key(key).click().run()
    stands(page)


def has(page: AppTest, key: str) -> bool:
    return any(button.key == key for button in page.button)


def wait_for_the_end(page: AppTest, stop: str = "predict_many_stop") -> None:
    def ended() -> bool:
        page.run()
        stands(page)
        return not has(page, stop)

    assert until(ended, PATIENCE)


def metrics(page: AppTest) -> dict[str, str]:
    return {metric.label: metric.value for metric in page.metric}


def uploads() -> list[Path]:
    folder = settings().cache_dir / "uploads"
    return sorted(folder.rglob("*")) if folder.exists() else []


def test_a_file_is_reported_scored_and_offered_as_a_result(app: Start, populated: Store) -> None:
    page = app(populated.uri).open("predict", model=FLOWERS)
    rows = flowers(populated).assign(note="x").astype("str")
    rows.iloc[0, 0] = "tall"
    upload(page, rows)
    said = shown(page)
    assert "Recognised as CSV in UTF-8 with commas between values and numbers like 1234.5." in said
    assert "4 columns are inputs of the model." in said
    assert "The model does not ask for **note**; the result keeps them." in said
    assert f"Score {len(rows)} rows" in said
    press(page, "predict_many_score")
    wait_for_the_end(page)
    found = metrics(page)
    assert found["rows answered"] == str(len(rows) - 1)
    assert found["rows with errors"] == "1"
    assert {"predict_many_csv", "predict_many_parquet", "predict_many_errors"} <= {
        button.key for button in page.get("download_button")
    }
    assert not [path for path in uploads() if path.name == "upload.csv"]  # the upload itself is no longer needed
    endings = ("csv", "errors.csv", "parquet")
    assert [path.name for path in uploads() if path.is_file()] == [
        f"{name}.{ending}" for name in ("scored-3", "scored") for ending in endings
    ]


def test_the_right_answers_in_a_file_show_how_good_the_model_is(app: Start, populated: Store) -> None:
    page = app(populated.uri).open("predict", model=FLOWERS)
    upload(page, flowers(populated, answers=True).rename(columns={"target": target_of(populated)}))
    assert "has the right answers, so you will see how good the model is" in shown(page)
    press(page, "predict_many_score")
    wait_for_the_end(page)
    assert re.fullmatch(r"[01](\.\d+)?", metrics(page)["test_accuracy"])
    assert "whose right answer is known" in shown(page)
    assert "where its value on all such rows likely lies" in shown(page)
    first = page.dataframe[-1].value
    assert list(first.columns[:2]) == ["Right or wrong", "Answer"]
    assert set(first["Right or wrong"]) <= {"✓ right", "✗ wrong"}
    assert set(first["Stage"]) == {"● Production"}
    beside = f"{FLOWERS}, version 3"
    assert list(first.columns[2:4]) == [f"Right or wrong · {beside}", f"Answer · {beside}"]
    assert [metric.label for metric in page.metric].count("test_accuracy") == 2
    assert "**iris-classifier, version 2**" in shown(page)


def test_a_version_beside_it_that_the_file_does_not_fit_is_not_asked(app: Start, store: Store, tmp_path: Path) -> None:
    register_folder(store, "m", save_skops(tmp_path / "one", input_example=ROWS.head(1)))
    more = ROWS.assign(height=1.0)
    register_folder(
        store, "m", save_skops(tmp_path / "two", LogisticRegression().fit(more, ANSWERS), input_example=more.head(1))
    )
    page = app(store.uri).open("predict", model="m", version="1", beside="2")
    upload(page, ROWS)
    press(page, "predict_many_score")
    wait_for_the_end(page)
    assert "m, version 2 was not asked: the file does not fit it." in shown(page)
    assert metrics(page)["rows answered"] == str(len(ROWS))


def target_of(store: Store) -> str:
    from core.store.models import describe_model

    version = find_model(store, FLOWERS).version(2)
    return str((describe_model(store, version.uri, version.run_id).profile or {})["target"]["name"])


def test_another_upload_takes_the_place_of_the_one_before(app: Start, populated: Store) -> None:
    page = app(populated.uri).open("predict", model=FLOWERS)
    upload(page, flowers(populated))
    (first,) = [path for path in uploads() if path.is_file()]
    upload(page, flowers(populated).head(3))
    (second,) = [path for path in uploads() if path.is_file()]
    assert first != second
    assert "Score 3 rows" in shown(page)
    page.get_by_key("predict_many_file").clear().run()
    assert not uploads()


def test_missing_columns_are_named_and_nothing_can_be_scored(app: Start, populated: Store) -> None:
    page = app(populated.uri).open("predict", model=FLOWERS)
    rows = flowers(populated)
    upload(page, rows.drop(columns=rows.columns[-1]))
    assert "Columns that the model needs are missing" in problems(page)
    assert rows.columns[-1] in " ".join(problems(page))
    assert page.get_by_key("predict_many_score").disabled


def test_a_column_of_words_where_numbers_are_wanted_is_said_once(app: Start, populated: Store) -> None:
    page = app(populated.uri).open("predict", model=FLOWERS)
    rows = flowers(populated)
    upload(page, rows.assign(**{rows.columns[0]: "long"}))
    assert "Columns have values of another kind" in problems(page)
    assert "'long' is not a number with a decimal point" in shown(page)
    assert page.get_by_key("predict_many_score").disabled


def test_a_file_without_a_heading_says_which_order_is_assumed(app: Start, populated: Store) -> None:
    page = app(populated.uri).open("predict", model=FLOWERS)
    upload(page, flowers(populated).to_csv(index=False, header=False, sep=";", decimal=",").encode("utf-16"))
    said = shown(page)
    assert "with semicolons between values and numbers like 1234,5" in said
    assert "The first line has values, so the columns are taken to be in the model's order" in said


def test_a_spreadsheet_is_refused_with_what_to_do(app: Start, populated: Store) -> None:
    page = app(populated.uri).open("predict", model=FLOWERS)
    upload(page, b"PK\x03\x04 and so on", "rows.xlsx")
    assert "The file must be CSV or Parquet, but it is a spreadsheet or an archive." in problems(page)


def test_everything_is_said_in_spanish_too(app: Start, populated: Store) -> None:
    page = app(populated.uri).open("predict", model=FLOWERS, lang="es")
    upload(page, flowers(populated).to_csv(index=False).encode(), "filas.csv")
    stands(page)


@pytest.mark.long
def test_a_model_of_another_program_may_be_told_which_column_has_the_answers(
    app: Start, store: Store, tmp_path: Path
) -> None:
    register_folder(store, "m", save_skops(tmp_path / "one", input_example=ROWS.head(1)))
    page = app(store.uri).open("predict", model="m")
    upload(page, ROWS.assign(size=["small", "small", "large", "large"]))
    page.get_by_key("predict_many_answers").select("size").run()
    stands(page)
    press(page, "predict_many_score")
    wait_for_the_end(page)
    assert metrics(page)["test_accuracy"] == "1"


@pytest.mark.long
def test_the_presenter_may_have_a_folder_of_files_scored(app: Start, populated: Store, tmp_path: Path) -> None:
    folder = tmp_path / "many"
    folder.mkdir()
    flowers(populated).to_parquet(folder / "a.parquet")
    flowers(populated).iloc[:, :2].to_parquet(folder / "b.parquet")
    page = app(populated.uri).open("predict", model=FLOWERS)
    page.get_by_key("predict_many_folder").set_value(str(folder)).run()
    press(page, "predict_many_folder_score")
    wait_for_the_end(page, "predict_many_folder_stop")
    found = metrics(page)
    assert found["rows answered"] == str(len(flowers(populated)))
    assert found["files with errors"] == "1"
    scored = pd.read_parquet(folder / "scored-iris-classifier-v2" / "a.parquet")
    assert set(scored["model_version"]) == {2}


def test_a_folder_that_is_not_there_is_said(app: Start, populated: Store, tmp_path: Path) -> None:
    page = app(populated.uri).open("predict", model=FLOWERS)
    page.get_by_key("predict_many_folder").set_value(str(tmp_path / "nowhere")).run()
    press(page, "predict_many_folder_score")
    assert any("they find none" in problem for problem in problems(page))


def test_folders_are_only_for_the_presenter(app: Start, populated: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    dashboard = app(populated.uri)
    monkeypatch.setattr(ui_session, "ip_address", lambda: "192.168.1.20")
    page = dashboard.open("predict", model=FLOWERS)
    assert "Folder of Parquet files" not in shown(page)


def test_parquet_may_be_uploaded(app: Start, populated: Store) -> None:
    file = io.BytesIO()
    flowers(populated).to_parquet(file)
    page = app(populated.uri).open("predict", model=FLOWERS)
    upload(page, file.getvalue(), "rows.parquet")
    assert "Recognised as Parquet." in shown(page)
    press(page, "predict_many_score")
    press(page, "predict_many_stop") if has(page, "predict_many_stop") else None
    stands(page)


def test_the_models_cutoff_counts_for_files_too(app: Start, store: Store, tmp_path: Path) -> None:
    register_folder(store, "m", save_skops(tmp_path / "one", input_example=ROWS.head(1)))
    save_cutoff(store, ANA, "m", 0.0)  # from there on it always says the second class
    page = app(store.uri).open("predict", model="m")
    assert page.metric[0].value == "small"
    upload(page, ROWS)
    press(page, "predict_many_score")
    wait_for_the_end(page)
    (first,) = [table.value for table in page.dataframe if "Answer" in table.value]
    assert set(first["Answer"]) == {"small"}


@pytest.mark.long
def test_numbers_that_read_in_two_ways_are_asked_for_before_scoring(app: Start, store: Store, tmp_path: Path) -> None:
    register_folder(store, "m", save_skops(tmp_path / "one", input_example=ROWS.head(1)))
    page = app(store.uri).open("predict", model="m")
    upload(page, ROWS.assign(length=["1.100", "2.200", "3.300", "4.400"]))
    assert "Columns read in two ways" in shown(page)
    assert page.get_by_key("predict_many_score").disabled
    page.get_by_key("predict_many_reads_length").set_value(",").run()
    stands(page)
    page.get_by_key("predict_many_reads_length").set_value(".").run()
    stands(page)
    press(page, "predict_many_score")
    wait_for_the_end(page)
    (first,) = [table.value for table in page.dataframe if "Answer" in table.value]
    assert list(first["Answer"]) == ["small", "small", "large", "large"]


def test_a_column_outside_the_training_range_as_a_whole_is_said(app: Start, populated: Store) -> None:
    page = app(populated.uri).open("predict", model=FLOWERS)
    rows = flowers(populated)
    upload(page, rows.assign(**{rows.columns[0]: rows.iloc[:, 0] * 10}))
    assert "Columns lie outside what was seen in training as a whole" in shown(page)
    assert not page.get_by_key("predict_many_score").disabled


def test_cells_that_are_empty_as_none_was_in_training_are_said_before_and_after(app: Start, populated: Store) -> None:
    page = app(populated.uri).open("predict", model=FLOWERS, view="many")
    rows = flowers(populated)
    rows.iloc[:3, 1] = None
    upload(page, rows)
    said = f"**{rows.columns[1]}**: empty in 3 of {len(rows)} rows"
    assert said in shown(page)
    press(page, "predict_many_score")
    wait_for_the_end(page)
    assert said in shown(page)


@pytest.mark.parametrize(
    ("lang", "said"),
    [
        ("en", "What you upload may have 400 MB in all, but with this file it would have 570 MB."),
        ("es", "Lo que subes puede ocupar 400 MB en total, pero con este archivo ocuparía 570 MB."),
    ],
)
def test_an_upload_that_was_refused_is_said_beside_the_uploader(
    app: Start, populated: Store, monkeypatch: pytest.MonkeyPatch, lang: str, said: str
) -> None:
    refused = PizarraError(
        "What you upload may have {limit} MB in all, but with this file it would have {size} MB.",
        "Remove the file that you uploaded before, or choose a smaller one, then upload it again.",
        limit=400,
        size=570,
    )
    monkeypatch.setitem(uploading._refused, "test session id", refused)
    page = app(populated.uri).open("predict", model=FLOWERS, lang=lang)
    assert said in problems(page)
