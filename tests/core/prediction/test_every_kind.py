"""One contract over models of every kind, made by plain MLflow and libraries, not by our trainers."""

from __future__ import annotations

import json
import warnings
from pathlib import Path
from typing import Any

import mlflow
import numpy as np
import pandas as pd
import pytest
from mlflow.pyfunc import scoring_server

from core.errors import ModelError
from core.prediction.counterfactuals import Goal, suggest
from core.prediction.explain import explain
from core.prediction.names import normal
from core.prediction.predict import Predictor, RefusedError, predictor
from core.prediction.responses import response_curves
from core.prediction.schema import UnknownInputsError, input_fields, input_frame, starting_values
from core.store.connection import Store
from core.store.models import ModelFiles, describe_model, load_model
from core.store.scoring import NotScoredError, score
from tests.fixtures.kinds import Kind, kinds, row_of_readme
from tests.fixtures.programs import ask

KINDS = kinds()
# Those whose requests are compared with MLflow's server every time
EIGHT = (
    "scikit-learn, words and yes/no", "scikit-learn, a number", "scikit-learn, an array", "scikit-learn, texts",
    "XGBoost, booster", "function, a parameter that is given", "function, several named answers",
    "function, type hints of objects",
)  # fmt: skip


@pytest.fixture(scope="module", params=KINDS)
def kind(request: pytest.FixtureRequest) -> Kind:
    return KINDS[request.param]


@pytest.fixture(scope="module")
def opened(kind: Kind, populated: Store, tmp_path_factory: pytest.TempPathFactory) -> tuple[ModelFiles, Any]:
    folder = tmp_path_factory.mktemp("kind") / "model"
    kind.save(folder)
    files = describe_model(populated, folder.as_uri())
    return files, load_model(files, allow_code=True)


@pytest.fixture
def asked(kind: Kind, opened: tuple[ModelFiles, Any]) -> Predictor:
    files, model = opened
    fields = input_fields(files, model, kind.row if kind.knows_nothing else None)
    return predictor(files, model, fields)


@pytest.mark.part(56)
def test_it_is_asked_by_name_and_answers_what_its_library_does(asked: Predictor, kind: Kind) -> None:
    assert [field.name for field in asked.fields] == list(kind.inputs)
    answers = starting_values(asked.fields, kind.row)
    said = asked.ask(input_frame(asked.fields, answers)).first()
    wanted = kind.said()
    assert said.answer == (wanted if isinstance(wanted, str) else pytest.approx(float(wanted), rel=1e-5))
    assert tuple(sorted(said.probabilities or {})) == tuple(sorted(kind.classes))
    assert tuple(said.outputs) == kind.several


@pytest.mark.long
def test_one_row_is_asked_by_its_values_as_well(asked: Predictor, kind: Kind) -> None:
    answers = starting_values(asked.fields, kind.row)
    in_a_table = asked.ask(input_frame(asked.fields, answers)).first()
    assert asked.ask_one([answers[field.name] for field in asked.fields]) == in_a_table


@pytest.mark.part(40)
def test_what_is_typical_can_be_asked(asked: Predictor) -> None:
    said = asked.ask(input_frame(asked.fields, starting_values(asked.fields))).first()
    assert isinstance(said.answer, str) or np.isfinite(said.answer)


@pytest.mark.part(12)
def test_many_rows_are_answered_one_by_one(asked: Predictor, kind: Kind) -> None:
    one = input_frame(asked.fields, starting_values(asked.fields, kind.row))
    many = pd.concat([one] * 5, ignore_index=True).astype(one.dtypes)
    if kind.one_by_one:
        with pytest.raises(RefusedError, match=r"must give one answer a row, but of 5 rows it gave 15"):
            asked.ask(many)
        return
    (wanted,) = asked.ask(one).values
    assert list(asked.ask(many).values) == [wanted if isinstance(wanted, str) else pytest.approx(wanted)] * 5


@pytest.mark.part(95)
def test_its_answer_is_explained_and_adds_up(asked: Predictor, kind: Kind) -> None:
    answers = starting_values(asked.fields, kind.row)
    row = input_frame(asked.fields, answers)
    reference = pd.concat([row, input_frame(asked.fields, starting_values(asked.fields))], ignore_index=True)
    if kind.one_by_one:
        with pytest.raises(RefusedError, match="must give one answer a row"):
            explain(asked, row, reference.astype(row.dtypes))
        return
    found = explain(asked, row, reference.astype(row.dtypes))
    assert {normal(name) for name in found.contributions.index} == {normal(name) for name in kind.inputs}
    assert found.base + found.contributions.sum() == pytest.approx(found.answer, abs=1e-4, rel=1e-4)


@pytest.mark.part(36)
def test_its_inputs_vary_and_flip_without_a_known_range(asked: Predictor, kind: Kind) -> None:
    """Only yes/no and what the model itself knows can be varied: nothing says which other values make sense."""
    answers = starting_values(asked.fields, kind.row)
    said = asked.ask(input_frame(asked.fields, answers)).first()
    of = said.answer if isinstance(said.answer, str) else ""
    curves = response_curves({"it": asked}, answers, of)
    assert set(curves["input"]) <= {"member", "wet", *kind.ranged}
    goal = Goal(becomes="") if of else Goal(at_least=float(said.answer) + 1e9)
    found = suggest(asked, answers, goal)
    assert found.complete
    assert all(set(change.inputs) <= {"member", "wet", *kind.ranged} for change in found.changes)


@pytest.mark.part(20)
def test_where_nothing_is_said_of_the_inputs_a_row_has_to_say_it(kind: Kind, opened: tuple[ModelFiles, Any]) -> None:
    files, model = opened
    if not kind.knows_nothing:
        assert input_fields(files, model)
        return
    with pytest.raises(UnknownInputsError, match="it has no signature and no input example"):
        input_fields(files, model)


def test_a_model_that_answers_too_little_is_refused(store: Store) -> None:
    class Lazy:
        def predict(self, rows: pd.DataFrame) -> list[float]:
            return [1.0]

    with pytest.raises(ModelError, match=r"must give one answer a row, but of 2 rows it gave 1\. Choose another"):
        Predictor(Lazy()).ask(pd.DataFrame({"x": [1.0, 2.0]}))


@pytest.mark.parametrize(
    ("readme", "yes", "some"), [("README.md", "yes", "some"), ("README.es.md", "sí", "según el modelo")]
)
def test_the_readme_has_every_kind_and_says_which_have_chances(readme: str, yes: str, some: str) -> None:
    text = (Path(__file__).parents[3] / readme).read_text(encoding="utf-8")
    heading = next(part for part in text.split("\n### ") if part.startswith(("Which models", "A qué modelos")))
    table = [line.strip("| ").split(" | ") for line in heading.splitlines() if line.startswith("| ")][1:]
    with_chances: dict[str, set[bool]] = {}
    for name, kind in KINDS.items():
        with_chances.setdefault(row_of_readme(name), set()).add(bool(kind.classes))
    said = {row: some if len(found) > 1 else yes if found == {True} else "no" for row, found in with_chances.items()}
    if readme == "README.md":
        assert {row[0]: row[-1] for row in table} == said
    assert sorted(row[-1] for row in table) == sorted(said.values())


def requests_of(kind: Kind) -> dict[str, tuple[bytes, str]]:
    """Return the same row in each form that MLflow's server takes, and some that it refuses."""
    row = {name: getattr(value, "item", lambda value=value: value)() for name, value in kind.row.items()}
    row = {name: str(value) if isinstance(value, pd.Timestamp) else value for name, value in row.items()}
    names, values = list(row), list(row.values())
    documents: dict[str, Any] = {
        "split": {"dataframe_split": {"columns": names, "data": [values, values]}},
        "records": {"dataframe_records": [row]},
        "records as instances": {"instances": [row, row]},
        "inputs by column": {"inputs": {name: [value] for name, value in row.items()}},
        "a row of inputs": {"inputs": [row]},
        "unknown form": {"rows": [row]},
        "two forms": {"inputs": [row], "instances": [row]},
        "a column less": {"dataframe_split": {"columns": names[1:], "data": [values[1:]]}},
        "parameters": {"dataframe_records": [row], "params": {"nothing": 1}},
        "no object": [1, 2],
    }
    found = {form: (json.dumps(said).encode(), "application/json") for form, said in documents.items()}
    table = pd.DataFrame([row])
    return found | {
        "CSV": (table.to_csv(index=False).encode(), "text/csv"),
        "Parquet": (table.to_parquet(), "application/vnd.apache.parquet"),
        "no JSON": (b"{", "application/json; charset=utf-8"),
        "another kind": (b"<a/>", "application/xml"),
        "another charset": (b"{}", "application/json; charset=latin-1"),
    }


@pytest.mark.long
@pytest.mark.parametrize(
    "kind", [pytest.param(name, marks=[] if name in EIGHT else pytest.mark.long) for name in KINDS], indirect=True
)
def test_requests_are_answered_as_by_mlflows_server(kind: Kind, opened: tuple[ModelFiles, Any]) -> None:
    """Those that it refuses are refused with the same status and its name for why."""
    files, model = opened
    server = scoring_server.init(mlflow.pyfunc.load_model(str(files.folder)))
    for form, (body, content_type) in requests_of(kind).items():
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # ours asks in a process in which they are no errors
            wanted = ask(server, "POST", "/invocations", content=body, headers={"content-type": content_type})
        try:
            said: tuple[int, Any] = 200, json.loads(score(files, model, body, content_type).text)
        except NotScoredError as error:
            said = error.status, error.code
        told = wanted.json() if wanted.status_code == 200 else _why(wanted.text)
        if said[0] == 200 and wanted.status_code == 200:
            np.testing.assert_equal(said[1], told, err_msg=form)
        else:
            assert said == (wanted.status_code, told), form


def _why(text: str) -> str:
    try:
        return str(json.loads(text)["error_code"])
    except ValueError:  # of what is no request at all it says so in plain text
        return "BAD_REQUEST"
