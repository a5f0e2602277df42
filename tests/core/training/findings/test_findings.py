"""What is found out of tables that have one odd thing each, in sentences that are true."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from core.training.findings import giveaways
from core.training.findings.report import findings
from core.training.findings.sentences import Finding
from tests.fixtures.plain_tables import ROWS, plain_table


def found(frame: pd.DataFrame, target: str = "answer", **named: object) -> dict[str, Finding]:
    """Return the findings by code; of several of a kind the first."""
    kind = "regression" if target == "price" else "classification"
    if target in frame and kind == "classification":
        frame = frame.drop(columns="price", errors="ignore")
    result: dict[str, Finding] = {}
    for finding in findings(frame, target, kind, **named):  # type: ignore[arg-type]
        result.setdefault(finding.code, finding)
    return result


def said(frame: pd.DataFrame, code: str, target: str = "answer", **named: object) -> str:
    return found(frame, target, **named)[code].words()


@pytest.mark.parametrize("target", ["answer", "price", ""])
def test_of_a_plain_table_there_is_nothing_to_say(target: str) -> None:
    assert not findings(plain_table(), target, "regression" if target == "price" else "classification")


# Columns by themselves


def test_words_that_all_differ_are_an_identifier_to_leave_out() -> None:
    frame = plain_table().assign(code=[f"K-{row * 7919 % 100003}" for row in range(ROWS)])
    finding = found(frame)["identifier"]
    assert finding.columns == ("code",)
    assert finding.leave_out
    assert finding.words() == "code is different in every row: it says which row it is and not what is in it."


def test_whole_numbers_that_count_up_are_an_identifier() -> None:
    words = said(plain_table().assign(row=np.arange(10.0, 10 + ROWS)), "identifier")
    assert words.startswith("row has another whole number in every row, from 10 to 409")


def test_whole_numbers_that_fill_a_range_in_any_order_are_an_identifier() -> None:
    shuffled = np.random.default_rng(1).permutation(ROWS)
    assert found(plain_table().assign(number=shuffled))["identifier"].columns == ("number",)


def test_numbers_that_all_differ_because_they_are_finely_measured_are_none() -> None:
    frame = plain_table().assign(weight=np.random.default_rng(1).normal(size=ROWS))
    assert "identifier" not in found(frame)


def test_years_that_count_up_are_no_identifier() -> None:
    frame = plain_table(60).assign(año=np.arange(1960.0, 2020.0))
    assert "identifier" not in found(frame)


def test_a_declared_identifier_is_said_and_not_looked_at() -> None:
    frame = plain_table().assign(client=[f"K{row}" for row in range(ROWS)])
    by_code = found(frame, identifiers=["client"])
    assert by_code["known_identifier"].leave_out
    assert "identifier" not in by_code


def test_names_of_persons_with_several_rows_are_groups() -> None:
    frame = plain_table().assign(patient_id=np.repeat(np.arange(100), 4))
    words = said(frame, "groups")
    assert words.startswith("patient_id seems to name things that several rows share: 100 different ones in 400 rows.")


@pytest.mark.parametrize("name", ["cliente", "Paciente", "user"])
def test_persons_with_several_rows_are_groups_without_an_id_in_their_name(name: str) -> None:
    frame = plain_table()
    assert found(frame.assign(**{name: np.arange(ROWS) // 3 * 7.0}))["groups"].columns == (name,)
    assert "groups" not in found(frame.assign(**{f"compras {name}": np.arange(ROWS) // 3 * 7.0}))


def test_telephones_are_identifiers() -> None:
    numbers = 5_500_000_000 + np.arange(ROWS) * 7919 % 100_003
    assert found(plain_table().assign(teléfono=numbers.astype(float)))["identifier"].columns == ("teléfono",)


@pytest.mark.parametrize(("value", "shown"), [("Peru", "“Peru”"), (3.5, "3.5"), (True, "“True”")])
def test_a_constant_is_to_be_left_out(value: object, shown: str) -> None:
    finding = found(plain_table().assign(same=[value] * ROWS))["constant"]
    assert finding.leave_out
    assert finding.words() == f"same is {shown} in every row, so it tells nothing."


def test_one_value_with_gaps_is_no_constant() -> None:
    frame = plain_table().assign(same=["x"] * 100 + [None] * 300)
    assert said(frame, "one_value").startswith("same is “x” wherever it is filled in (100 rows)")
    assert "constant" not in found(frame)


def test_an_empty_column_is_to_be_left_out() -> None:
    assert found(plain_table().assign(nothing=[None] * ROWS))["empty"].leave_out


def test_long_texts_are_told_from_names() -> None:
    texts = [f"The customer number {row} wrote to say that the line was down again" for row in range(ROWS)]
    by_code = found(plain_table().assign(letter=texts))
    assert by_code["text"].leave_out
    assert "identifier" not in by_code


def test_many_words_are_counted() -> None:
    words = [f"w{row // 2}" if row < 200 else "usual" for row in range(ROWS)]
    assert said(plain_table().assign(word=words), "many_words").startswith("word has 101 different words in 400 rows")


def test_a_heap_says_its_share() -> None:
    frame = plain_table().assign(km=np.where(np.arange(ROWS) % 50 < 47, 400_000.0, np.arange(ROWS) * 13.7))
    assert said(frame, "heap") == "In 94% of the rows km is 400,000."


# Numbers


def test_a_number_that_stands_for_unknown_is_found() -> None:
    frame = plain_table()
    frame.loc[:11, "age"] = 999.0
    words = said(frame, "sentinel")
    rest = frame["age"][12:]
    assert words.startswith("In 12 rows age is 999, in all others from ")
    assert f"{rest.max():.2f}".rstrip("0") in words


@pytest.mark.parametrize("number", [-1.0, -99.0, 0.0])
def test_minus_one_and_zero_may_stand_for_unknown_too(number: float) -> None:
    frame = plain_table()
    frame.loc[:8, "height"] = number
    assert f"height is {number:.0f}," in said(frame, "sentinel")


def test_a_zero_that_others_come_near_stands_for_nothing_else() -> None:
    counts = np.random.default_rng(0).poisson(1.5, ROWS).astype(float)
    assert "sentinel" not in found(plain_table().assign(children=counts))


def test_a_few_numbers_below_zero_are_said() -> None:
    frame = plain_table()
    frame.loc[:2, "age"] = [-4.0, -30.5, -2.0]
    assert said(frame, "negative") == "In 3 rows age is below 0 (down to -30.5), in the others it is not."


def test_a_number_far_from_all_others_is_said_with_the_middle_half() -> None:
    frame = plain_table()
    frame.loc[0, "height"] = 17_000.0
    assert said(frame, "far_out").startswith("In 1 row height is far from the others (the farthest is 17,000;")


def test_a_long_tail_is_not_odd() -> None:
    incomes = np.exp(np.random.default_rng(0).normal(8, 1, 5000))
    frame = plain_table(5000).assign(income=incomes)
    assert "far_out" not in found(frame)


@pytest.mark.parametrize("sign", [1, -1])
def test_a_heavy_tail_on_both_sides_is_not_odd_but_what_is_far_beyond_it_is(sign: int) -> None:
    swings = np.random.default_rng(3).laplace(size=ROWS)
    frame = plain_table().assign(swing=swings)
    assert "far_out" not in found(frame)
    frame.loc[7, "swing"] = sign * 300.0
    assert said(frame, "far_out").startswith(f"In 1 row swing is far from the others (the farthest is {sign * 300};")


def test_words_among_numbers_are_said() -> None:
    texts = [str(row * 7 % 1000) for row in range(ROWS - 3)] + ["n/a", "?", "n/a"]
    assert said(plain_table().assign(speed=texts), "mixed").startswith("In 3 rows speed holds words, for example “n/a”")


def test_spaces_among_numbers_are_called_so() -> None:
    texts = [str(row * 7 % 1000) for row in range(ROWS - 3)] + [" "] * 3
    assert said(plain_table().assign(speed=texts), "mixed").startswith("In 3 rows speed holds nothing but spaces, and")


# Words


def test_words_that_differ_only_in_how_they_are_written_are_said() -> None:
    frame = plain_table()
    frame.loc[5, "city"] = "bogota"
    words = said(frame, "spelling")
    assert words.startswith("city holds words that differ only in capitals, accents or spaces: ")
    assert "“Bogotá”" in words
    assert "“bogota”" in words


def test_words_that_differ_only_in_spaces_are_said_once_as_they_read_alike() -> None:
    frame = plain_table()
    frame.loc[5, "answer"] = "Yes "
    assert said(frame, "spelling").startswith("answer holds words that differ only in spaces, as “Yes” does.")


def test_an_eñe_is_a_letter_of_its_own() -> None:
    frame = plain_table()
    frame["city"] = np.where(np.arange(ROWS) % 2, "cana", "caña")
    assert "spelling" not in found(frame)


def test_rows_with_nothing_but_spaces_are_counted() -> None:
    frame = plain_table()
    frame.loc[:6, "city"] = " "
    assert said(frame, "blank").startswith("In 7 rows city holds nothing but spaces")


# Gaps


def test_gaps_are_counted_with_their_share() -> None:
    frame = plain_table()
    frame.loc[:19, "age"] = np.nan
    assert said(frame, "missing") == "In 20 rows (5%) age is empty."


def test_columns_that_are_always_empty_together_are_named() -> None:
    frame = plain_table()
    frame.loc[:19, ["age", "height"]] = np.nan
    assert said(frame, "missing_together") == "These columns are always empty together, in 20 rows: age, height."


def test_what_is_filled_in_for_one_answer_only_may_be_known_only_afterwards() -> None:
    frame = plain_table()
    frame["reason"] = np.where((frame["answer"] == "Yes") & (np.arange(ROWS) % 3 > 0), frame["city"], None)
    finding = found(frame)["filled_afterwards"]
    filled = int(frame["reason"].notna().sum())
    assert finding.leave_out
    assert finding.words().startswith(f"reason is filled in only where answer is “Yes” ({filled} rows)")


def test_a_few_gaps_that_chance_put_with_one_answer_tell_nothing() -> None:
    frame = plain_table()
    frame.loc[frame.index[frame["answer"] == "Yes"][:11], "age"] = np.nan
    by_code = found(frame)
    assert not {"filled_afterwards", "empty_afterwards", "missing_tells"} & by_code.keys()


def test_gaps_that_tell_something_say_both_shares() -> None:
    frame = plain_table(2000)
    gone = (frame["answer"] == "Yes") & (np.arange(2000) % 2 == 0) | (np.arange(2000) % 9 == 0)
    frame.loc[gone, "age"] = np.nan
    words = said(frame, "missing_tells")
    share = (frame["answer"][gone] == "Yes").mean()
    assert f"{share:.1%}" in words


def test_gaps_that_go_with_higher_numbers_say_both_medians() -> None:
    frame = plain_table(2000)
    gone = frame["price"] > 1050
    frame.loc[gone, "age"] = np.nan
    words = said(frame, "missing_tells", "price")
    assert f"{frame['price'][gone].median():.2f}".rstrip("0") in words


# Rows


def test_rows_that_repeat_others_are_counted() -> None:
    frame = pd.concat([plain_table(), plain_table().head(8)], ignore_index=True)
    assert said(frame, "duplicates") == "The inputs of 8 rows (2%) are those of an earlier row."
    assert said(frame, "duplicates", "") == "Rows that are the same as an earlier one: 8 rows (2%)."


def test_rows_that_differ_in_their_identifier_only_repeat_each_other() -> None:
    frame = pd.concat([plain_table(), plain_table().head(8)], ignore_index=True)
    frame["code"] = [f"K{row}x" for row in range(len(frame))]
    assert "8 rows" in said(frame, "duplicates")


def test_test_rows_that_were_learned_from_are_counted() -> None:
    frame = pd.concat([plain_table(), plain_table().head(8)], ignore_index=True)
    words = said(frame, "seen_before", test_rows=[*range(ROWS, ROWS + 8), 50, 51])
    assert words.startswith("Of the 10 rows to test on, 8 rows (80%) have the same inputs as a row to learn from:")
    assert said(frame, "seen_before", test_rows=[ROWS, 50]).startswith(
        "Of the 2 rows to test on, 1 has the same inputs"
    )
    assert "seen_before" not in found(frame, test_rows=[0, ROWS])  # both are tested on


def test_the_same_inputs_with_another_answer_are_counted() -> None:
    again = plain_table().head(8).assign(answer="Perhaps")
    frame = pd.concat([plain_table(), again], ignore_index=True)
    assert said(frame, "other_answers").startswith("In 16 rows (3.9%) the inputs are the same as in another row")


def test_of_few_combinations_it_is_only_said_how_few() -> None:
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"a": rng.integers(0, 3, ROWS).astype(str), "b": rng.integers(0, 4, ROWS).astype(str),
                          "answer": rng.choice(["No", "Yes"], ROWS)})  # fmt: skip
    by_code = found(frame, test_rows=range(80))
    assert "only 12 different combinations in 400 rows" in by_code["few_combinations"].words()
    assert not {"duplicates", "seen_before"} & by_code.keys()


# Answers


def test_an_imbalance_says_what_always_saying_no_is_worth() -> None:
    frame = plain_table(1000).assign(answer=["Yes"] * 20 + ["No"] * 980)
    assert said(frame, "imbalance") == (
        "answer is “Yes” in about 1 in 50 rows (20 rows): accuracy will flatter. "
        "Always answering “No” would be right in 98% of all rows."
    )


def test_an_even_answer_is_no_imbalance() -> None:
    assert not {"imbalance", "majority"} & found(plain_table()).keys()


def test_a_class_of_one_row_cannot_be_learned_and_tested() -> None:
    frame = plain_table()
    frame.loc[3, "answer"] = "Perhaps"
    assert said(frame, "few_of_class").startswith("answer is “Perhaps” in 1 row only")


def test_one_class_only_leaves_nothing_to_learn() -> None:
    finding = next(iter(found(plain_table().assign(answer="No")).values()))
    assert finding.code == "answer_constant"
    assert finding.weight == 100


def test_answers_that_nearly_all_differ_are_too_many() -> None:
    assert said(plain_table().assign(answer=[f"a{row}" for row in range(ROWS)]), "many_classes")


def test_words_cannot_be_asked_for_as_a_number() -> None:
    assert "Ask for a class" in said(plain_table().assign(price=["dear"] * ROWS), "answer_words", "price")


def test_a_few_marks_can_be_asked_for_as_a_class_too() -> None:
    frame = plain_table().assign(price=np.random.default_rng(0).integers(3, 9, ROWS))
    assert said(frame, "few_numbers", "price").startswith("price is only ever one of 6 numbers, from 3 to 8")


def test_few_rows_are_said() -> None:
    assert "12 rows" in said(plain_table(12), "few_rows")


# What gives the answer away


def test_the_answer_in_other_words_gives_it_away() -> None:
    frame = plain_table()
    frame["left"] = frame["answer"].map({"Yes": 1.0, "No": 0.0})
    finding = found(frame)["gives_away"]
    assert finding.leave_out
    assert finding.columns == ("left",)
    assert "left gives the answer away: from it alone, 100% of the rows can be told right" in finding.words()


def test_a_rare_answer_is_no_giveaway_because_it_is_rare() -> None:
    frame = plain_table(2000).assign(answer=["Yes"] * 20 + ["No"] * 1980)
    frame = frame.sample(2000, random_state=0).reset_index(drop=True)
    assert "gives_away" not in found(frame)


def test_a_rare_answer_that_a_column_tells_is_found_all_the_same() -> None:
    frame = plain_table(2000)
    frame["answer"] = np.where(frame["age"] > 60, "Yes", "No")
    assert found(frame)["gives_away"].columns == ("age",)


def test_a_good_column_gives_nothing_away() -> None:
    frame = plain_table(2000)
    frame["answer"] = np.where(frame["age"] + np.random.default_rng(9).normal(0, 2, 2000) > 40, "Yes", "No")
    assert "gives_away" not in found(frame)


def test_identifiers_only_seem_to_tell_the_answer_of_sorted_rows() -> None:
    frame = plain_table().sort_values("answer", ignore_index=True).assign(number=np.arange(ROWS))
    by_code = found(frame)
    assert "gives_away" not in by_code
    assert by_code["identifier"].columns == ("number",)


def test_a_number_in_other_units_gives_a_number_away() -> None:
    frame = plain_table()
    frame["euros"] = (frame["price"] * 0.92).round(1)
    assert found(frame, "price")["gives_away"].columns == ("euros",)


@pytest.mark.parametrize("rows", [20, 60, 120])
def test_a_number_in_other_units_gives_a_number_away_in_few_rows(rows: int) -> None:
    frame = plain_table().head(rows)
    finding = found(frame.assign(net=frame["price"] / 1.21), target="price").get("gives_away")
    assert (finding is None) == (rows < 30)
    if finding:
        assert finding.columns == ("net",)
        assert "it alone explains 100% of how price varies" in finding.words()


def test_the_answer_in_other_words_is_found_in_few_rows() -> None:
    frame = plain_table().head(20)
    same = frame.assign(state=frame["answer"].map({value: f"is {value}" for value in frame["answer"].unique()}))
    assert said(same, "gives_away").startswith(
        "state gives the answer away: in 20 rows each of its values goes with one value of answer only."
    )


def test_the_answer_in_other_words_is_found_of_a_class_of_few_rows() -> None:
    frame = plain_table()
    frame["answer"] = np.where(np.arange(len(frame)) % 40 == 3, "yes", "no")
    same = frame.assign(state=np.where(frame["answer"] == "yes", 7, 2))
    assert found(same)["gives_away"].columns == ("state",)
    assert "gives_away" not in found(frame.assign(state=np.where(np.arange(len(frame)) % 41 == 3, 7, 2)))


def test_two_columns_of_few_rows_may_be_the_same_by_chance() -> None:
    frame = plain_table().head(12).assign(answer=["no"] * 11 + ["yes"], state=["a"] * 11 + ["b"])
    assert "gives_away" not in found(frame)


def test_a_name_that_speaks_of_the_answer_is_asked_about() -> None:
    frame = plain_table().rename(columns={"height": "Answer Score"})
    assert said(frame, "named_after").startswith("The name of Answer Score speaks of the answer.")


# Together


def test_the_strongest_pairs_are_said_with_their_measure() -> None:
    frame = plain_table()
    frame["weight"] = frame["height"] * 2 + np.random.default_rng(1).normal(0, 8, ROWS)
    rank = frame[["height", "weight"]].corr(method="spearman").iloc[0, 1]
    assert said(frame, "together") == f"The higher height, the higher weight tends to be (Spearman {rank:.2f})."


def test_a_copy_of_a_column_is_to_be_left_out() -> None:
    frame = plain_table()
    frame["town"] = frame["city"].map({"Lima": "L", "Quito": "Q", "Bogotá": "B"})
    frame["inches"] = frame["height"] / 2.54
    leave_out = [one.columns for one in findings(frame, "answer", "classification") if one.code == "copy"]
    assert sorted(leave_out) == [("inches",), ("town",)]


# Large tables


def test_of_a_large_table_a_sample_is_said_and_counts_are_of_all_rows() -> None:
    rows = 60_000
    frame = plain_table(rows).assign(number=np.arange(rows))
    frame.loc[:2999, "age"] = np.nan
    frame.loc[rows - 30 :, frame.columns != "number"] = frame.loc[:29, frame.columns != "number"].to_numpy()
    by_code = found(frame)
    assert (
        by_code["sample"]
        .words()
        .startswith("60,000 rows are many: what takes long to find out was looked for in 20,000")
    )
    assert by_code["missing"].words() == "In 3030 rows (5%) age is empty."
    assert by_code["identifier"].columns == ("number",)
    repeated = int(frame[["age", "height", "city"]].duplicated().sum())
    assert repeated >= 30
    assert f"{repeated} rows" in by_code["duplicates"].words()


def test_the_most_important_comes_first() -> None:
    frame = plain_table()
    frame["left"] = frame["answer"].map({"Yes": 1.0, "No": 0.0})
    frame.loc[:19, "age"] = np.nan
    weights = [finding.weight for finding in findings(frame, "answer", "classification")]
    assert weights == sorted(weights, reverse=True)
    assert weights[0] > 90


@pytest.mark.parametrize("wrong", [0.0, 0.005, 0.015, 0.02, 0.03, 0.05, 0.2])
@pytest.mark.parametrize("gaps", [0, 40])
def test_what_is_found_without_growing_trees_is_what_trees_would_find(
    monkeypatch: pytest.MonkeyPatch, wrong: float, gaps: int
) -> None:
    draw = np.random.default_rng(3)
    numbers = draw.normal(size=1500).round(2)
    classes = np.where((np.floor(numbers * 4) % 3 == 0) ^ (draw.random(1500) < wrong), "a", "b")
    numbers[draw.integers(0, 1500, gaps)] = np.nan
    frame = pd.DataFrame({"number": numbers, "class": classes}).astype({"class": "str"})
    soon = findings(frame, "class", "classification")
    monkeypatch.setattr(giveaways, "_changes_too_often", lambda *_tried: False)
    assert findings(frame, "class", "classification") == soon
    assert ("gives_away" in {one.code for one in soon}) == (not wrong and not gaps)
