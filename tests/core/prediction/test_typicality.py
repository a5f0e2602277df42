from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.datasets import load_iris

from core.i18n import speaking
from core.prediction.oddities import Oddity, in_words, oddities
from core.prediction.schema import InputField, input_fields, starting_values
from core.prediction.typicality import Reference, Typicality, _isolated, reference, typicality
from core.store.connection import Store
from core.store.models import InputColumn, ModelFiles, describe_model
from core.store.registry.registered_models import find_model
from core.training.profile import feature_profile, reference_sample
from tests.fixtures.stores import FLOWERS
from trainers import TASKS

TASK = replace(TASKS["diabetes"], target="answer")
CAR = {"maker": "Toyota", "year": 2020, "kilometres": 400_000, "power": 130, "use": 8.5, "owners": 1, "colour": "white"}


def files(features: pd.DataFrame, answers: Any = None) -> ModelFiles:
    """Describe rows as a run does that learned from them."""
    target = pd.Series(np.arange(len(features)) if answers is None else answers, index=features.index, name="answer")
    columns = [
        InputColumn(str(name), "double" if pd.api.types.is_numeric_dtype(values) else "string", required=True)
        for name, values in features.items()
    ]
    sample = reference_sample(features, target)
    return ModelFiles(Path("nowhere"), {}, columns, None, feature_profile(TASK, features, target), sample)


def learned(features: pd.DataFrame, answers: Any = None) -> Reference:
    described = files(features, answers)
    built = reference(described, input_fields(described))
    assert built is not None
    return built


def judge(features: pd.DataFrame, answers: Mapping[str, Any]) -> Typicality:
    return typicality(learned(features), answers)


def reasons(found: Typicality) -> dict[str, str]:
    return {oddity.name: oddity.reason for oddity in found.oddities}


@cache
def cars(rows: int = 3000, seed: int = 0) -> pd.DataFrame:
    """Make cars of which 93 in 100 have driven 400,000 kilometres and all others 1000."""
    made = np.random.default_rng(seed)
    new = made.random(rows) < 0.067
    power = made.normal(100, 25, rows).round()
    return pd.DataFrame(
        {
            "maker": made.choice(["Toyota", "Honda", "Ford", "Kia", "Seat"], rows, p=[0.3, 0.3, 0.2, 0.15, 0.05]),
            "year": np.where(new, made.integers(2020, 2025, rows), made.integers(2010, 2025, rows)).astype(float),
            "kilometres": np.where(new, 1000.0, 400_000.0),
            "power": np.maximum(power, 80),  # piled at its minimum, as many real columns are
            "use": np.where(made.random(rows) < 0.05, 0, made.normal(3 + power / 20, 1.2, rows)),
            "owners": np.minimum(made.geometric(0.56, rows), 5).astype(float),
            "colour": made.choice(["white", "black", "red", "blue"], rows),
        }
    )


@cache
def people(rows: int = 400) -> pd.DataFrame:
    """Make people of two kinds: small and light ones, tall and heavy ones."""
    made = np.random.default_rng(1)
    tall = made.random(rows) < 0.5
    return pd.DataFrame(
        {
            "height": made.normal(np.where(tall, 190, 160), 6, rows),
            "weight": made.normal(np.where(tall, 95, 55), 6, rows),
        }
    )


def clusters(rows: int = 400) -> pd.DataFrame:
    made = np.random.default_rng(2)
    return pd.DataFrame({"x": made.normal(np.where(made.random(rows) < 0.5, 0, 20), 1, rows)})


# Values that look ordinary


def test_a_car_with_kilometres_that_no_row_has_is_unusual_and_the_kilometres_are_named() -> None:
    found = judge(cars(), CAR | {"kilometres": 50_000})
    assert found.verdict == "unusual"
    assert found.oddities == [Oddity("kilometres", 50_000, "gap", "unusual", low=1000, high=400_000, share=0, rows=500)]
    assert in_words(found.oddities[0]) == (
        "kilometres 50,000 is between 1000 and 400,000, and none of 500 training rows is there."
    )


def test_the_same_car_with_kilometres_that_rows_have_is_typical() -> None:
    assert judge(cars(), CAR).verdict == "typical"
    assert judge(cars(), CAR).oddities == []


def test_a_gap_counts_in_the_distance_by_its_width() -> None:
    built = learned(cars())
    known, near, far = (typicality(built, CAR | {"kilometres": km}).percentile or 0 for km in (400e3, 350e3, 200e3))
    assert known < near < far


def test_near_a_known_value_is_no_gap() -> None:
    assert judge(cars(), CAR | {"kilometres": 395_000}).oddities == []


def test_a_year_between_two_years_is_no_gap() -> None:
    assert judge(cars(), CAR | {"year": 2019.5}).oddities == []


def test_between_two_clusters_is_a_gap() -> None:
    found = judge(clusters(), {"x": 10.0})
    assert reasons(found) == {"x": "gap"}
    assert found.oddities[0].low is not None
    assert found.oddities[0].high is not None
    assert found.oddities[0].low < 5 < 15 < found.oddities[0].high


def test_between_the_rows_and_one_lonely_row_far_away_is_a_gap() -> None:
    incomes = pd.DataFrame({"income": [*np.random.default_rng(0).normal(50_000, 9_000, 400), 10_000_000.0]})
    assert reasons(judge(incomes, {"income": 5_000_000.0})) == {"income": "gap"}


def test_a_long_tail_has_no_gaps() -> None:
    made = np.random.default_rng(3)
    built = learned(pd.DataFrame({"wait": made.lognormal(0, 1, 500)}))
    fresh = made.lognormal(0, 1, 1000)
    gaps = [wait for wait in fresh if "gap" in reasons(typicality(built, {"wait": wait})).values()]
    assert len(gaps) < 10


def test_tall_and_light_was_never_seen_though_each_of_it_was() -> None:
    found = judge(people(), {"height": 190.0, "weight": 55.0})
    assert found.oddities == []
    assert found.verdict == "never seen"
    assert found.percentile == 100


def test_tall_and_heavy_is_typical() -> None:
    assert judge(people(), {"height": 190.0, "weight": 95.0}).verdict == "typical"


# Values that are odd by themselves


def test_a_point_far_away_was_never_seen() -> None:
    found = judge(people(), {"height": 19_000.0, "weight": 95.0})
    assert (found.verdict, found.percentile, reasons(found)) == ("never seen", 100, {"height": "above"})


def test_an_endless_number_was_never_seen() -> None:
    assert judge(people(), {"height": float("-inf"), "weight": 95.0}).verdict == "never seen"


def test_just_outside_the_range_is_unusual_and_says_its_ends() -> None:
    lowest = float(people()["height"].min())
    found = judge(people(), {"height": lowest - 0.5, "weight": 50.0})
    assert found.verdict == "unusual"
    assert (found.oddities[0].reason, found.oddities[0].low) == ("below", lowest)


def test_just_outside_is_typical_where_few_rows_and_many_columns_make_it_common() -> None:
    made = np.random.default_rng(4)
    rows = pd.DataFrame(made.normal(size=(100, 20)), columns=[f"x{place}" for place in range(20)])
    middle = dict.fromkeys(rows, 0.0)
    found = judge(rows, middle | {"x3": float(rows["x3"].max()) + 0.05})
    assert (found.verdict, reasons(found)) == ("typical", {"x3": "above"})


def test_a_category_that_no_row_has_was_never_seen() -> None:
    found = judge(cars(), CAR | {"colour": "plaid"})
    assert (found.verdict, reasons(found)) == ("never seen", {"colour": "unknown"})


def test_a_new_name_among_names_is_said_but_is_typical() -> None:
    names = pd.DataFrame({"name": [f"person {place}" for place in range(300)], "age": np.arange(300.0) % 60})
    found = judge(names, {"name": "somebody else", "age": 30.0})
    assert (found.verdict, reasons(found)) == ("typical", {"name": "unknown"})


def test_a_rare_category_is_said_but_changes_nothing() -> None:
    rows = cars().assign(colour=["gold"] * 4 + list(cars()["colour"][4:]))
    found = judge(rows, CAR | {"colour": "gold"})
    assert [(oddity.reason, oddity.alone) for oddity in found.oddities] == [("rare", "typical")]
    assert found.oddities[0].share == pytest.approx(4 / 3000)
    assert found.verdict != "never seen"


def test_a_rare_category_among_many_rare_ones_is_not_said() -> None:
    cities = cars().assign(colour=[f"city {place % 1000}" for place in range(3000)])
    assert judge(cities, CAR | {"colour": "city 7"}).oddities == []


def test_missing_where_no_row_lacked_it_was_never_seen() -> None:
    found = judge(cars(), {name: value for name, value in CAR.items() if name != "power"})
    assert (found.verdict, reasons(found)) == ("never seen", {"power": "missing"})
    assert judge(cars(), CAR | {"power": float("nan"), "colour": None}).verdict == "never seen"


def test_missing_where_many_rows_lack_it_is_typical() -> None:
    gaps = np.random.default_rng(5).random(3000) < 0.3
    rows = cars().assign(power=cars()["power"].mask(gaps), maker=cars()["maker"].mask(gaps))
    found = judge(rows, CAR | {"power": None, "maker": None})
    assert (found.verdict, found.oddities) == ("typical", [])
    assert judge(rows, CAR).verdict == "typical"


def test_missing_where_few_rows_lack_it_is_rare() -> None:
    rows = cars().assign(power=cars()["power"].mask(np.arange(3000) < 3))
    assert reasons(judge(rows, CAR | {"power": None})) == {"power": "rare"}


def test_the_most_odd_comes_first() -> None:
    found = judge(cars(), CAR | {"kilometres": 50_000, "owners": 5.1, "colour": "plaid", "year": 3024.0})
    assert [oddity.name for oddity in found.oddities] == ["year", "colour", "kilometres", "owners"]


# New rows like the training rows


@pytest.mark.long
@pytest.mark.parametrize("seed", [0, 1])
def test_new_cars_like_the_training_rows_are_typical(seed: int) -> None:
    built = learned(cars(seed=seed))
    new = [typicality(built, row) for row in cars(1500, seed + 10).to_dict("records")]
    verdicts = pd.Series([one.verdict for one in new]).value_counts(normalize=True)
    assert verdicts["typical"] > 0.93
    assert verdicts.get("never seen", 0) < 0.01
    assert sum("gap" in reasons(one).values() for one in new) < 0.01 * len(new)
    assert np.mean([one.percentile for one in new]) == pytest.approx(50, abs=6)


def test_flowers_that_were_held_back_are_mostly_typical() -> None:
    flowers, verdicts = load_iris(as_frame=True).data, []
    for seed in range(5):
        order = np.random.default_rng(seed).permutation(150)
        built = learned(flowers.iloc[order[:120]])
        verdicts += [typicality(built, row).verdict for row in flowers.iloc[order[120:]].to_dict("records")]
    assert verdicts.count("typical") >= 0.88 * len(verdicts)
    assert verdicts.count("never seen") <= 0.02 * len(verdicts)


def test_no_training_row_was_never_seen() -> None:
    built = learned(cars(500))
    found = [typicality(built, row) for row in cars(500).to_dict("records")]
    assert "never seen" not in {one.verdict for one in found}
    assert not {reason for one in found for reason in reasons(one).values()} - {"rare"}


def test_columns_mixed_up_are_found_out() -> None:
    made, built = np.random.default_rng(6), learned(people())
    mixed = pd.DataFrame({name: made.permutation(values) for name, values in people().items()})
    odd = [typicality(built, row).verdict != "typical" for row in mixed.to_dict("records")]
    assert np.mean(odd) > 0.4  # half of them are tall and light, or small and heavy


# Tables of any shape


def test_the_nearest_case_is_a_real_row_with_its_answer() -> None:
    rows = cars(300)
    built = learned(rows, np.arange(300) / 4)
    found = typicality(built, rows.iloc[7].to_dict())
    assert found.nearest == rows.iloc[7].to_dict()
    assert found.nearest_answer == 7 / 4


def test_a_constant_column_says_nothing_until_it_changes() -> None:
    rows = people().assign(planet=3.0, sun="ours")
    inside = {"height": 190.0, "weight": 95.0, "planet": 3.0, "sun": "ours"}
    assert judge(rows, inside).verdict == "typical"
    assert reasons(judge(rows, inside | {"planet": 4.0, "sun": "another"})) == {"planet": "above", "sun": "unknown"}


def test_words_alone_are_compared_too() -> None:
    made = np.random.default_rng(7)
    kind = made.choice(["fish", "bird"], 400)
    fish = kind == "fish"
    words = pd.DataFrame({"kind": kind, "skin": np.where(fish, "scales", "feathers")})
    words = words.assign(home=np.where(fish, "water", "air"), eats=made.choice(["a", "b"], 400))
    assert judge(words, {"kind": "fish", "skin": "scales", "home": "water", "eats": "a"}).verdict == "typical"
    found = judge(words, {"kind": "fish", "skin": "feathers", "home": "water", "eats": "a"})
    assert (found.verdict, found.oddities) == ("never seen", [])


def test_a_column_without_any_value_does_not_matter() -> None:
    rows = people().assign(empty=np.nan)
    assert judge(rows, {"height": 190.0, "weight": 95.0, "empty": None}).verdict == "typical"


def test_no_rows_are_no_reference() -> None:
    described = files(people().head(1))
    assert described.sample is not None
    assert reference(replace(described, sample=described.sample.head(0)), input_fields(described)) is None
    assert reference(replace(described, sample=None), input_fields(described)) is None


def test_one_row_is_the_nearest_case_and_there_is_no_percentile() -> None:
    found = judge(people().head(1), people().iloc[0].to_dict())
    assert (found.verdict, found.percentile, found.nearest_answer) == ("typical", None, 0)


def test_few_rows_do_not_tell_how_far_is_too_far() -> None:
    rows = pd.DataFrame({"height": [160.0, 161, 162, 190, 191, 192], "weight": [55.0, 56, 57, 93, 94, 95]})
    assert judge(rows, {"height": 190.0, "weight": 56.0}).verdict == "typical"


def test_names_are_found_in_either_unicode_form() -> None:
    rows = cars(400).rename(columns={"year": "año"})
    given = {unicodedata.normalize("NFD", "año" if name == "year" else name): value for name, value in CAR.items()}
    assert judge(rows, given).verdict == "typical"
    assert reasons(judge(rows, given | {unicodedata.normalize("NFD", "año"): 1950.0})) == {"año": "below"}


def test_an_input_that_the_sample_lacks_is_judged_by_its_range_only() -> None:
    described = files(people())
    fields = [*input_fields(described), InputField("age", "number", "double", 30.0, low=0, high=99)]
    built = reference(described, fields)
    assert built is not None
    inside = {"height": 190.0, "weight": 95.0, "age": 30.0}
    assert typicality(built, inside).verdict == "typical"
    assert reasons(typicality(built, inside | {"age": 200.0})) == {"age": "above"}
    assert list(typicality(built, inside).nearest) == ["height", "weight"]


def test_inputs_that_the_sample_does_not_hold_at_all_leave_nothing_to_compare() -> None:
    built = reference(files(people()), [InputField("age", "number", "double", 30.0, low=0, high=99)])
    assert built is not None
    assert typicality(built, {"age": 30.0}).verdict == "typical"


def test_a_stored_model_is_a_reference_with_words_for_its_answers(populated: Store) -> None:
    version = find_model(populated, FLOWERS).version(2)
    described = describe_model(populated, version.uri, version.run_id)
    fields = input_fields(described)
    built = reference(described, fields)
    assert built is not None
    found = typicality(built, starting_values(fields))
    assert found.verdict == "typical"
    assert found.nearest_answer in {"setosa", "versicolor", "virginica"}
    assert list(found.nearest) == [field.name for field in fields]


# Without a sample, and in words


FIELDS = [
    InputField("age", "integer", "long", 40, low=18, high=90),
    InputField("colour", "category", "string", "red", choices=("red", "blue")),
    InputField("note", "text", "string", "", optional=True),
    InputField("weight", "number", "double", 1.0),
]


def test_fields_alone_tell_what_is_outside_unknown_or_missing() -> None:
    found = oddities(FIELDS, {"age": 17, "colour": "green", "note": None, "weight": None})
    assert {oddity.name: oddity.reason for oddity in found} == {
        "age": "below", "colour": "unknown", "weight": "missing",
    }  # fmt: skip


def test_fields_alone_have_nothing_against_what_is_inside() -> None:
    assert oddities(FIELDS, {"age": 18, "colour": "blue", "note": "anything", "weight": 1e9}) == []


@pytest.mark.parametrize(
    ("oddity", "sentence"),
    [
        (Oddity("age", 91, "above", "unusual", 18, 90), "age 91 is above 90, the highest of the training rows."),
        (Oddity("age", 17, "below", "unusual", 18, 90), "age 17 is below 18, the lowest of the training rows."),
        (Oddity("hue", "green", "unknown", "never seen"), "hue “green” is in no training row."),
        (Oddity("hue", None, "missing", "never seen"), "hue is empty, and it was in no training row."),
        (Oddity("hue", "red", "rare", "typical", share=0.004), "hue “red” is in only 0.4% of the training rows."),
        (Oddity("hue", None, "rare", "typical", share=0.004),
         "hue is empty, and it was in only 0.4% of the training rows."),
    ],
)  # fmt: skip
def test_an_oddity_is_one_sentence(oddity: Oddity, sentence: str) -> None:
    assert in_words(oddity) == sentence


def test_a_value_never_reads_like_the_end_that_it_is_beyond() -> None:
    assert in_words(Oddity("km", 400_000.4, "above", "unusual", 0, 400_000)) == (
        "km 400000.4 is above 400000, the highest of the training rows."
    )


def test_numbers_are_in_the_readers_language() -> None:
    with speaking("es"):
        assert "50.000" in in_words(Oddity("km", 50_000, "gap", "unusual", 1000, 400_000, rows=500))


@pytest.mark.parametrize(("last_digits", "below"), [(-1e-12, 29), (0.0, 29), (1e-12, 29), (1e-3, 30)])
def test_as_isolated_as_a_row_but_for_the_last_digits_is_not_more_isolated(last_digits: float, below: int) -> None:
    isolation = np.arange(1, 101) / 10
    percentile, _verdict = _isolated(np.full(10, 3.0 * (1 + last_digits)), isolation)
    assert percentile == below
