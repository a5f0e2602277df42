"""One contract over models of every kind, made by plain MLflow and libraries, not by our trainers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from core.errors import ModelError
from core.prediction.counterfactuals import Goal, suggest
from core.prediction.explain import explain
from core.prediction.names import normal
from core.prediction.predict import Predictor, RefusedError, predictor
from core.prediction.responses import response_curves
from core.prediction.schema import UnknownInputsError, input_fields, input_frame, starting_values
from core.store.connection import Store
from core.store.models import ModelFiles, describe_model, load_model
from tests.fixtures.kinds import Kind, kinds, row_of_readme

KINDS = kinds()


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


def test_it_is_asked_by_name_and_answers_what_its_library_does(asked: Predictor, kind: Kind) -> None:
    assert [field.name for field in asked.fields] == list(kind.inputs)
    answers = starting_values(asked.fields, kind.row)
    said = asked.ask(input_frame(asked.fields, answers)).first()
    wanted = kind.said()
    assert said.answer == (wanted if isinstance(wanted, str) else pytest.approx(float(wanted), rel=1e-5))
    assert tuple(sorted(said.probabilities or {})) == tuple(sorted(kind.classes))
    assert tuple(said.outputs) == kind.several


def test_what_is_typical_can_be_asked(asked: Predictor) -> None:
    said = asked.ask(input_frame(asked.fields, starting_values(asked.fields))).first()
    assert isinstance(said.answer, str) or np.isfinite(said.answer)


def test_many_rows_are_answered_one_by_one(asked: Predictor, kind: Kind) -> None:
    one = input_frame(asked.fields, starting_values(asked.fields, kind.row))
    many = pd.concat([one] * 5, ignore_index=True).astype(one.dtypes)
    if kind.one_by_one:
        with pytest.raises(RefusedError, match=r"must give one answer a row, but of 5 rows it gave 15"):
            asked.ask(many)
        return
    (wanted,) = asked.ask(one).values
    assert list(asked.ask(many).values) == [wanted if isinstance(wanted, str) else pytest.approx(wanted)] * 5


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
