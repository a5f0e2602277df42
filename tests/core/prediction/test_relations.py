from __future__ import annotations

import numpy as np
import pandas as pd

from core.prediction.counterfactuals import Goal, suggest
from core.prediction.predict import Predictor
from core.prediction.relations import broken, relations
from core.prediction.schema import InputField
from trainers.stand_ins import car_prices


def customers(count: int = 400) -> pd.DataFrame:
    made = np.random.default_rng(0)
    months, monthly = made.integers(1, 73, count), made.uniform(18, 120, count).round(2)
    net = made.choice(["no", "wire", "glass"], count)
    safe = np.where(net == "no", "no net", made.choice(["yes", "no"], count))
    total = (months * monthly * made.uniform(0.85, 1.15, count)).clip(monthly)
    return pd.DataFrame({"months": months * 1.0, "monthly": monthly, "total": total, "net": net, "safe": safe})


def fields_of(rows: pd.DataFrame) -> list[InputField]:
    return [
        InputField(str(name), "number", "double", 0.0, float(values.min()), float(values.max()))
        if pd.api.types.is_numeric_dtype(values)
        else InputField(str(name), "category", "string", "", choices=tuple(pd.unique(values)))
        for name, values in rows.items()
    ]


ROWS = customers()
FIELDS = fields_of(ROWS)
KEPT = relations(FIELDS, ROWS)
NOW = pd.DataFrame([{"months": 20.0, "monthly": 50.0, "total": 1000.0, "net": "wire", "safe": "yes"}])


def breaks(**changed: object) -> str:
    (place,) = broken(KEPT, FIELDS, NOW.assign(**changed), NOW)
    return "" if place < 0 else KEPT[place].words


def test_a_total_that_months_and_monthly_price_make_impossible_is_told() -> None:
    assert breaks(total=6000.0) == "total ≈ months × monthly"
    assert breaks(total=1050.0) == ""
    assert breaks(months=40.0, total=2000.0) == ""


def test_words_that_never_meet_are_told() -> None:
    assert breaks(net="no") == "net = no ⇒ safe ≠ yes"
    assert breaks(net="no", safe="no net") == ""


def test_what_is_broken_already_may_stay_so_but_no_further() -> None:
    now = NOW.assign(total=4000.0)
    assert broken(KEPT, FIELDS, now.assign(net="glass"), now)[0] < 0
    assert broken(KEPT, FIELDS, now.assign(total=7000.0), now)[0] >= 0


def test_columns_that_have_nothing_to_do_with_each_other_keep_nothing() -> None:
    made = np.random.default_rng(1)
    rows = pd.DataFrame(
        {"a": made.uniform(1, 9, 500), "b": made.uniform(2, 12, 500), "c": made.choice(list("xyz"), 500)}
    )
    assert relations(fields_of(rows), rows) == ()


def test_the_relations_of_a_sample_of_cars_hold_on_all_cars() -> None:
    cars = car_prices().drop(columns="precio")
    fields = fields_of(cars)
    kept = relations(fields, cars.sample(500, random_state=0))
    assert (broken(kept, fields, cars, cars.head(1)) >= 0).mean() < 0.01


def test_a_change_that_breaks_what_belongs_together_is_counted_and_not_offered() -> None:
    class Rich:
        def predict(self, rows: pd.DataFrame) -> np.ndarray:
            return np.where(rows["total"] > 3000, "yes", "no")

    predictor, now = Predictor(Rich(), FIELDS), NOW.iloc[0].to_dict()
    free = suggest(predictor, now, Goal(becomes="yes"), reference=ROWS)
    assert set(free.changes[0].inputs) == {"total"}
    found = suggest(predictor, now, Goal(becomes="yes"), reference=ROWS, kept=KEPT)
    assert found.changes
    assert all(len(change.inputs) == 2 and "total" in change.inputs for change in found.changes)
    assert "total ≈ months × monthly" in {relation.words for relation in found.left_out}
