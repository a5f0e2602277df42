from __future__ import annotations

import json
import math
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

from core.errors import ModelError
from core.i18n import speaking
from core.prediction.predict import Predictor
from core.prediction.scenarios.documents import Shelf, read_shelf, shelf_document
from core.prediction.scenarios.pinned import (
    Evaluated,
    KeptAnswer,
    Place,
    Scenario,
    as_answer,
    ask,
    compare_table,
    evaluate,
    flips,
    scenario_address,
    special_name,
)
from core.prediction.schema import InputField
from core.prediction.value_words import exact_words
from tests.fixtures.strangers import ANSWERS, ROWS, a_line

FIELDS = [InputField("length", "number", "double", 2.5), InputField("width of it", "number", "double", 2.5)]
LINE = Predictor(a_line(), FIELDS)
WHEN = datetime(2026, 3, 1, 12, 30, tzinfo=UTC)
THEN = KeptAnswer("Production", 3, "No", 0.75)

TEXTS = st.text()
VALUES = st.none() | st.booleans() | st.integers() | st.floats() | TEXTS | st.datetimes().map(datetime.isoformat)
KEPT = st.builds(
    KeptAnswer,
    st.sampled_from(["None", "Staging", "Production", "Archived"]),
    st.integers(1, 10**6),
    st.floats() | TEXTS,
    st.none() | st.floats(0, 1),
)
MOMENTS = st.integers(32_000_000, 32_000_000_000).map(lambda second: datetime.fromtimestamp(second, UTC))
SCENARIOS = st.builds(
    Scenario,
    TEXTS,
    st.dictionaries(TEXTS, VALUES, min_size=1, max_size=6),
    st.dictionaries(TEXTS, KEPT, max_size=3),
    st.none() | MOMENTS,
)


def scenario(name: str = "a", answer: KeptAnswer | None = None, **inputs: Any) -> Scenario:
    return Scenario(name, inputs or {"length": 1.0, "width of it": 4.0}, {"Production": answer} if answer else {}, WHEN)


def through_json(shelf: Shelf) -> Shelf:
    return read_shelf(json.loads(json.dumps(shelf_document(shelf), allow_nan=False)))


# To JSON and back


@examples(deadline=None, max_examples=40)
@given(TEXTS, st.lists(SCENARIOS, max_size=4))
def test_a_shelf_survives_json(name: str, scenarios: list[Scenario]) -> None:
    shelf = Shelf(name, "a model", "Ana", WHEN, scenarios)
    again = through_json(shelf)
    assert repr(again) == repr(shelf)  # which also tells 1 from 1.0 and True, and finds NaN like itself


@examples(deadline=None)
@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | TEXTS,
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(st.sampled_from(["name", "inputs", "answers", "pinned", "version", "stage"]), inner)
        ),
        max_leaves=12,
    )
)
def test_whatever_stands_in_the_list_is_read_or_counted(entry: Any) -> None:
    shelf = read_shelf({"scenarios": [entry, {"inputs": {"a": 1}}, entry]})
    assert len(shelf.scenarios) + shelf.skipped == 3
    assert Scenario("", {"a": 1}) in shelf.scenarios


@pytest.mark.parametrize("document", [None, 3, "scenarios", [], {}, {"scenarios": {}}, {"scenarios": None}])
def test_a_document_without_scenarios_is_refused(document: object) -> None:
    with pytest.raises(ModelError, match="must have a list called “scenarios”"):
        read_shelf(document)


def test_a_later_format_is_refused_rather_than_misread() -> None:
    with pytest.raises(ModelError, match="A later version of this dashboard saved these scenarios: format 2"):
        read_shelf({"format": 2, "scenarios": []})


@pytest.mark.parametrize(
    "answer",
    [None, 3, [], {}, {"stage": "Nowhere", "version": 1, "answer": "x"}, {"stage": "None", "version": [], "answer": 1},
     {"stage": "None", "version": 1, "answer": True}, {"stage": "None", "version": 1, "answer": {"number": []}},
     {"stage": "None", "version": 1, "answer": "x", "probability": 7}, {"stage": "None", "answer": 10**400}],
)  # fmt: skip
def test_a_damaged_answer_is_counted_and_its_scenario_stays(answer: object) -> None:
    entry = {"name": "mine", "inputs": {"a": 1}, "answers": {"Production": answer, "2": _kept("yes")}}
    shelf = read_shelf({"scenarios": [entry]})
    assert (shelf.skipped, shelf.damaged) == (0, 1)
    assert [one.answers for one in shelf.scenarios] == [{"2": KeptAnswer("Archived", 2, "yes")}]


def _kept(answer: str) -> dict[str, object]:
    return {"stage": "Archived", "version": 2, "answer": answer}


@pytest.mark.parametrize("pinned", [None, "yesterday", 7, "0001-01-01T00:00:00+23:00", "9999-12-31T23:59:59-23:00"])
def test_a_moment_that_is_none_is_left_out(pinned: object) -> None:
    assert read_shelf({"scenarios": [{"inputs": {"a": 1}, "pinned": pinned}]}).scenarios[0].pinned is None


def test_halves_of_signs_become_something_that_can_be_shown() -> None:
    shelf = read_shelf(
        json.loads(r'{"by": "\ud800", "scenarios": [{"name": "\udfff", "inputs": {"\ud800": "\ud800"}}]}')
    )
    assert repr(shelf).encode("utf-8")
    assert (shelf.by, shelf.scenarios[0].inputs) == ("?", {"?": "?"})


def test_a_forms_values_can_be_kept() -> None:
    values = [np.float64(0.5), np.int64(7), np.bool_(True), pd.Timestamp("2026-03-01"), np.datetime64("2026-03-01"), ""]
    assert [as_answer(value) for value in [*values, pd.NaT, pd.NA, np.nan]][:6] == [
        0.5, 7, True, "2026-03-01T00:00:00", "2026-03-01", "",
    ]  # fmt: skip
    assert as_answer(pd.NaT) is as_answer(pd.NA) is None


# Flips


def at(answer: float | str, version: int = 4) -> dict[str, KeptAnswer]:
    return {"Production": KeptAnswer("Production", version, answer)}


def test_another_class_has_flipped_whichever_version_says_it() -> None:
    pinned = scenario(answer=THEN)
    assert flips(pinned, at("No")) == {}
    (flip,) = flips(pinned, at("Yes")).values()
    assert (flip.then, flip.now.version, flip.difference) == (THEN, 4, None)


@pytest.mark.parametrize(
    ("then", "now", "flipped"),
    [
        (100.0, 104.0, False),
        (100.0, 106.0, True),
        (-100.0, 100.0, True),
        (0.0, 0.0, False),
        (0.0, 1e-9, True),
        (math.nan, math.nan, False),
        (math.nan, 1.0, True),
        (math.inf, math.inf, False),
        (math.inf, -math.inf, True),
        (1e308, -1e308, True),
        (1.0, "1.0", True),
    ],
)
def test_a_number_has_flipped_when_it_is_further_away_than_a_share(
    then: float, now: float | str, flipped: bool
) -> None:
    pinned = scenario(answer=KeptAnswer("Production", 3, then))
    assert bool(flips(pinned, at(now))) is flipped


def test_a_flip_of_numbers_says_by_how_much() -> None:
    (flip,) = flips(scenario(answer=KeptAnswer("Production", 3, 150.0)), at(120.0)).values()
    assert flip.difference == -30.0


def test_the_share_can_be_chosen() -> None:
    pinned = scenario(answer=KeptAnswer("Production", 3, 100.0))
    assert flips(pinned, at(101.0), share=0.001)
    assert not flips(pinned, at(199.0), share=0.5)


def test_what_has_no_answer_now_has_not_flipped() -> None:
    assert flips(scenario(answer=THEN), {"Staging": THEN}) == {}


def test_an_answer_is_read_beside_the_pinned_one() -> None:
    pinned = scenario(answer=THEN)
    assert Evaluated(pinned, {"Production": THEN}).words("Production") == "No (75%)"
    assert Evaluated(pinned, at("Yes")).words("Production") == "Yes ⇄ was No (75%)"
    assert Evaluated(pinned, at("No")).words("Production") == "No · was No (75%)"
    assert Evaluated(pinned).words("Production") == "– · was No (75%)"
    assert Evaluated(pinned, problems={"Production": ModelError("x")}).words("Production").startswith("✗ no answer")
    assert Evaluated(pinned).words("Staging") == "–"


# Asking


def test_every_scenario_gets_the_answer_it_would_get_alone() -> None:
    asked = [row.to_dict() for _place, row in ROWS.iterrows()]
    together = ask(LINE, asked)
    assert [said.answer for said in together if not isinstance(said, ModelError)] == ANSWERS
    assert together == [ask(LINE, [one])[0] for one in asked]


def test_a_version_is_asked_once_for_all_scenarios_alike() -> None:
    class Counting:
        asked: list[int] = []  # noqa: RUF012 - one test's own

        def predict(self, rows: pd.DataFrame) -> list[float]:
            self.asked.append(len(rows))
            return [1.0] * len(rows)

    ask(Predictor(Counting(), FIELDS), [{"length": float(n), "width of it": 1.0} for n in range(50)])
    assert Counting.asked == [50]


def test_a_scenario_with_other_columns_says_what_is_missing_and_leaves_the_others_their_answer() -> None:
    said = ask(
        LINE, [{"length": 1.0, "width of it": 4.0}, {"length": 1.0, "other": 2}, {"width of it": "wide", "length": 1}]
    )
    assert isinstance(said[1], ModelError)
    assert str(said[1]).startswith("This scenario does not say what this version wants to know: width of it.")
    assert "width of it must be of type double, but it is 'wide'" in str(said[2])
    assert not isinstance(said[0], ModelError)
    assert said[0].answer == "small"


def test_a_row_that_the_model_refuses_does_not_cost_the_others_theirs() -> None:
    class Choosy:
        def predict(self, rows: pd.DataFrame) -> list[float]:
            if (rows["length"] < 0).any():
                raise ValueError("no negative lengths")
            return rows["length"].tolist()

    said = ask(Predictor(Choosy(), FIELDS), [{"length": n, "width of it": 0.0} for n in (1.0, -1.0, 3.0)])
    assert "no negative lengths" in str(said[1])
    assert [one.answer for one in said if not isinstance(one, ModelError)] == [1.0, 3.0]


def test_a_gap_or_a_large_number_leaves_the_other_rows_as_they_are() -> None:
    class Echo:
        def predict(self, rows: pd.DataFrame) -> list[str]:
            return [str(value) for value in rows["whole"].tolist()] if "whole" in rows else ["not given"] * len(rows)

    whole = [InputField("whole", "integer", "long", 0, optional=True)]
    said = ask(Predictor(Echo(), whole), [{"whole": 2**53 + 1}, {"whole": None}, {"whole": 3}, {"whole": 4.0}])
    assert [one.answer for one in said if not isinstance(one, ModelError)] == [
        "9007199254740993", "not given", "3", "4",
    ]  # fmt: skip


def test_scenarios_are_asked_at_every_place_and_keep_who_answered() -> None:
    places = [Place("Production", 4, LINE), Place("Archived", 1, LINE)]
    (one,) = evaluate(places, [scenario()])
    assert one.now["Production"].answer == "small"
    assert one.now["Production"].version == 4
    assert one.now["Production"].probability == pytest.approx(LINE.model.predict_proba(ROWS.head(1))[0].max())
    assert one.now["1"].stage == "Archived"
    assert evaluate(places, []) == []


# Side by side


def test_inputs_that_differ_come_first() -> None:
    table, differing = compare_table([scenario(a=1, b="x", c=None), scenario(a=1.0, b="y", c=None)])
    assert (list(table), differing) == (["b", "a", "c"], 1)


def test_an_input_that_one_lacks_differs_from_one_that_is_empty() -> None:
    table, differing = compare_table([scenario(a=1, b=None), scenario(a=1)])
    assert (list(table), differing) == (["b", "a"], 1)
    assert [exact_words(value) for value in table["b"]] == ["left empty", "–"]


def test_true_is_not_one_and_no_number_is_like_itself() -> None:
    assert compare_table([scenario(a=True, b=math.nan), scenario(a=1, b=math.nan)])[1] == 1


def test_names_whose_accents_are_written_in_two_ways_are_one_column() -> None:
    table, differing = compare_table([scenario(año=1), scenario(año=2)])
    assert (table.shape, differing) == ((2, 1), 1)


def test_no_scenarios_have_no_inputs() -> None:
    table, differing = compare_table([])
    assert (table.empty, differing) == (True, 0)


def test_numbers_that_differ_read_differently_in_the_readers_way() -> None:
    assert exact_words(12345.75) != exact_words(12345.5)
    assert exact_words(10**30) == "1" + "0" * 30
    assert [exact_words(value) for value in (0.1 + 0.2, 2.0, -math.inf, math.nan)] == ["0.3", "2", "-∞", "NaN"]
    with speaking("es"):
        assert exact_words(0.5) == "0,5"


# Names and links

KNOWN = [
    InputField("tenure", "integer", "long", 30, low=0, high=72, median=30.0),
    InputField("Contract", "category", "string", "One year", choices=("One year", "Two year", "Month-to-month")),
    InputField("charge", "number", "double", 50.0, low=0, high=100, median=50.0),
]


def test_a_name_says_what_is_furthest_from_typical() -> None:
    inputs = {"tenure": 3, "Contract": "Month-to-month", "charge": 51.0}
    assert special_name(KNOWN, inputs) == "Contract Month-to-month · tenure 3"


def test_typical_inputs_have_no_name_of_their_own() -> None:
    assert special_name(KNOWN, {"tenure": 30, "Contract": "One year", "charge": 52.0}) == ""
    assert special_name(KNOWN, {}) == special_name([], {"a": 1}) == ""


def test_what_nobody_saw_in_training_is_special_too() -> None:
    assert special_name(KNOWN, {"Contract": "Never", "tenure": 30}) == "Contract Never"
    assert special_name([replace(KNOWN[0], low=None, high=None, median=None)], {"tenure": 31}) == "tenure 31"


@examples(deadline=None)
@given(TEXTS.filter(bool), st.dictionaries(TEXTS, VALUES, max_size=5))
def test_a_link_carries_model_and_inputs_exactly(model: str, inputs: dict[str, Any]) -> None:
    link = scenario_address("https://host:8501/base/predict", model, inputs)
    assert link.isascii()
    assert not set(link) & set(" \"'<>{}|\\^`")
    parts = urlsplit(link)
    assert (parts.netloc, parts.path, parts.fragment) == ("host:8501", "/base/predict", "")
    read = parse_qs(parts.query, keep_blank_values=True)
    sayable = {k: None if isinstance(v, float) and not math.isfinite(v) else v for k, v in inputs.items()}
    assert (read["model"], json.loads(read["inputs"][0])) == ([model], sayable)


def test_a_chance_that_reads_the_same_is_no_change() -> None:
    then, now = KeptAnswer("Production", 1, "Yes", 0.53901), KeptAnswer("Production", 1, "Yes", 0.53902)
    said = Evaluated(Scenario("a", {}, {"Production": then}), {"Production": now}).words("Production")
    assert said == now.words
