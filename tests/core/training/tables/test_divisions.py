"""By what a table's rows are divided is proposed with its reason."""

import numpy as np
import pandas as pd
import pytest

from core.training.division import BY_CHANCE, Division
from core.training.tables.divisions import proposed_division, refusal
from core.training.tables.proposals import exclusions, known_before
from core.training.tables.targets import target

ROWS = 400
DRAW = np.random.default_rng(3)
FRAME = pd.DataFrame({"size": DRAW.normal(size=ROWS), "answer": np.where(DRAW.random(ROWS) < 0.5, "yes", "no")})
WHO = [f"P{one}" for one in np.repeat(np.arange(100), 4)]
DAYS = pd.date_range("2024-01-01", periods=ROWS)


def proposed(frame: pd.DataFrame) -> tuple[Division, str]:
    asked = target(frame, "answer")
    division, why = proposed_division(frame, asked, known_before(frame, asked))
    return division, why.words() if why else ""


def test_names_that_repeat_keep_their_rows_together_and_are_left_out() -> None:
    frame = FRAME.assign(patient_id=WHO, day=DAYS)
    division, why = proposed(frame)
    assert division == Division(groups="patient_id")
    assert why.startswith("patient_id names what several rows share: rows with the same one are kept on one side")
    asked = target(frame, "answer")
    assert {"patient_id", "day"} <= exclusions(known_before(frame, asked), "answer").keys()


def test_dates_put_the_later_rows_to_the_test() -> None:
    division, why = proposed(FRAME.assign(day=DAYS))
    assert division == Division(ordered_by="day")
    assert why.startswith("day holds dates: the later rows are tested on")


@pytest.mark.parametrize(
    "more",
    [
        {},
        {"fecha de nacimiento": DAYS},
        {"day": DAYS.where(np.arange(ROWS) > 2)},
        {"day": pd.Timestamp("2024-01-01")},
        {"patient_id": [f"P{place}" for place in range(ROWS)]},
    ],
)
def test_otherwise_chance_divides(more: dict[str, object]) -> None:
    assert proposed(FRAME.assign(**more)) == (BY_CHANCE, "")


def test_what_cannot_be_done_is_not_proposed() -> None:
    frame = FRAME.assign(day=DAYS, answer=["no"] * 350 + ["yes"] * 50)
    assert proposed(frame)[0] == BY_CHANCE
    said = refusal(frame, target(frame, "answer"), Division(ordered_by="day"))
    assert said is not None
    assert "a class is on one of them only" in str(said)
