from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from mlflow.models import infer_signature

from core.errors import ModelError, StoreError
from core.prediction.duel import Answers, Rows, answer_rows
from core.prediction.open_version import ToOpen
from core.store.connection import Store
from core.store.models import UntrustedModelError
from core.store.record import EVALUATION_TABLE
from core.store.registry.registered_models import find_model
from core.store.runs.artifacts import read_table
from tests.fixtures.foreigners import crash
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
from tests.fixtures.versions import to_open


def table_of(answers: Answers) -> pd.DataFrame:
    assert answers.problem is None, str(answers.problem)
    assert answers.table is not None
    return answers.table


def problem_of(answers: Answers) -> str:
    assert answers.table is None
    return str(answers.problem)


@pytest.mark.part(2)
@pytest.mark.parametrize(("model", "number"), [(FLOWERS, 2), (SUGAR, 1)])
def test_a_version_says_of_its_own_test_rows_what_its_run_stored(populated: Store, model: str, number: int) -> None:
    version = to_open(populated, model, number)
    said = table_of(answer_rows(populated.uri, [version], Rows(version.run_id))[0])
    stored = read_table(populated, version.run_id, EVALUATION_TABLE)
    pd.testing.assert_frame_equal(said, stored, check_dtype=False, rtol=1e-6)


def test_two_versions_are_asked_about_the_same_rows(populated: Store) -> None:
    two = [to_open(populated, FLOWERS, number) for number in (3, 2)]
    first, second = (table_of(answers) for answers in answer_rows(populated.uri, two, Rows(two[0].run_id)))
    assert list(first["row"]) == list(second["row"])
    assert list(first["answer"]) == list(second["answer"])
    assert set(first["prediction"]) <= {"setosa", "versicolor", "virginica"}


def test_rows_of_ones_own_need_names_types_and_answers(populated: Store) -> None:
    version = to_open(populated, FLOWERS, 2)
    table = read_table(populated, version.run_id, EVALUATION_TABLE).drop(columns=["row", "prediction"])
    own = table.drop(columns=[name for name in table if name.startswith("probability_")])
    own = own.rename(columns={"answer": "flower"}).astype(str)
    own.loc[0, "flower"] = None  # a row whose answer is not known is not asked
    said = table_of(answer_rows(populated.uri, [version], Rows(table=own, answer="flower"))[0])
    assert len(said) == len(own) - 1
    assert list(said["answer"]) == list(own["flower"][1:])
    with pytest.raises(ModelError, match="must have a column of right answers called 'bloom', but there is none"):
        answer_rows(populated.uri, [version], Rows(table=own, answer="bloom"))
    with pytest.raises(ModelError, match="No row says its right answer"):
        answer_rows(populated.uri, [version], Rows(table=own.assign(flower=None), answer="flower"))
    lacking = answer_rows(populated.uri, [version], Rows(table=own.drop(columns=own.columns[-1]), answer="flower"))
    assert "The rows lack columns that this version wants to know: petal" in problem_of(lacking[0])
    words = own.assign(**{own.columns[-1]: "long"})
    refused = answer_rows(populated.uri, [version], Rows(table=words, answer="flower"))
    assert "must be of type double, but it is 'long'" in problem_of(refused[0])


def test_class_numbers_in_a_file_mean_what_the_model_calls_them(populated: Store) -> None:
    version = to_open(populated, FLOWERS, 2)
    table = read_table(populated, version.run_id, EVALUATION_TABLE)
    numbers = table["answer"].map({"setosa": 0, "versicolor": 1, "virginica": 2})
    said = table_of(answer_rows(populated.uri, [version], Rows(table=table.assign(answer=numbers), answer="answer"))[0])
    assert list(said["answer"]) == list(table["answer"])


def test_a_run_without_test_rows_is_said(own_populated: Store) -> None:
    version = to_open(own_populated, FLOWERS, 2)
    with pytest.raises(StoreError, match="cannot be read"):
        answer_rows(own_populated.uri, [version], Rows(own_populated.client.create_run("0").info.run_id))


OWN = Rows(table=ROWS.assign(size=ANSWERS), answer="size")


@pytest.mark.long
def test_models_of_other_programs_take_part(store: Store, tmp_path: Path) -> None:
    register_folder(store, "m", save_skops(tmp_path / "one", signature=None))
    register_folder(store, "m", save_pyfunc(tmp_path / "two", lambda rows: ["small"] * len(rows)))
    two = [to_open(store, "m", 1), to_open(store, "m", 2, allow_code=True)]
    first, second = (table_of(answers) for answers in answer_rows(store.uri, two, OWN))
    assert [name for name in first if name.startswith("probability_")] == ["probability_large", "probability_small"]
    assert list(second["prediction"]) == ["small"] * 4
    assert list(second["row"]) == [1, 2, 3, 4]


def test_a_model_that_runs_code_is_not_opened_unasked(store: Store, tmp_path: Path) -> None:
    wire = tmp_path / "wire"
    register_folder(store, "m", save_pickled(tmp_path / "one", wire))
    answers = answer_rows(store.uri, [to_open(store, "m", 1)], OWN)[0]
    assert isinstance(answers.problem, UntrustedModelError)
    assert not wire.exists()


def fail(rows: pd.DataFrame) -> list[str]:
    raise RuntimeError("the chalk broke")


@pytest.mark.long
@pytest.mark.parametrize(
    ("predict", "said"),
    [(fail, "The model could not answer: .*the chalk broke"), (lambda rows: [1.0], "of 4 rows it gave 1")],
)
def test_one_that_fails_leaves_the_other_its_say(store: Store, tmp_path: Path, predict: object, said: str) -> None:
    register_folder(store, "m", save_skops(tmp_path / "one"))
    register_folder(store, "m", save_pyfunc(tmp_path / "two", predict))
    register_folder(store, "m", tmp_path / "nothing")
    three = [to_open(store, "m", number, allow_code=True) for number in (1, 2, 3)]
    good, bad, gone = answer_rows(store.uri, three, OWN)
    assert len(table_of(good)) == 4
    assert re.search(said, problem_of(bad))
    assert "The files of this model cannot be read" in problem_of(gone)


def test_a_cutoff_decides_between_two_classes(store: Store, tmp_path: Path) -> None:
    model = save_skops(tmp_path / "model", signature=infer_signature(ROWS, np.array(ANSWERS)))
    number = register_folder(store, "lengths", model)
    rows = Rows(table=ROWS.assign(answer=ANSWERS))
    uri = find_model(store, "lengths").version(number).uri
    usual, strict, always = (
        list(table_of(answer_rows(store.uri, [ToOpen(uri, cutoff=cutoff)], rows)[0])["prediction"])
        for cutoff in (None, 1.0, 0.0)
    )
    assert usual == ANSWERS
    assert set(strict) == {"large"}  # the first of the two classes
    assert set(always) == {"small"}


@pytest.mark.long
def test_versions_whose_helpers_share_a_name_answer_each_by_its_own(store: Store, tmp_path: Path) -> None:
    for number, factor in ((1, 2), (2, 10)):
        register_folder(store, "prices", save_with_helper(tmp_path / str(number), factor))
    rows = Rows(table=pd.DataFrame({"pay": [1000.0], "price": [2000.0]}), answer="price")
    two = [to_open(store, "prices", number, allow_code=True) for number in (1, 2)]
    for contestants, prices in ((two, [2000, 10000]), (two[::-1], [10000, 2000])):
        assert [table_of(said)["prediction"][0] for said in answer_rows(store.uri, contestants, rows)] == prices


@pytest.mark.long
def test_one_that_ends_its_process_leaves_the_other_its_say(store: Store, tmp_path: Path) -> None:
    register_folder(store, "m", save_skops(tmp_path / "one"))
    register_folder(store, "m", save_pyfunc(tmp_path / "two", crash))
    good, bad = answer_rows(store.uri, [to_open(store, "m", number, allow_code=True) for number in (1, 2)], OWN)
    assert len(table_of(good)) == 4
    assert "The model ended the process that it was asked in" in problem_of(bad)
