"""The field's words as readers see them, in shape, word and colour."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from core import words
from core.i18n import speaking
from core.store.registry.events import Change, Event
from core.store.runs.tables import FAILURE_TAG, PROGRESS_TAG, Run

NOON = datetime(2026, 1, 31, 12, tzinfo=UTC)


def run_with(**tags: str) -> Run:
    return Run("1", "0", "a run", "RUNNING", None, None, None, False, "", {}, {}, tags)


@pytest.mark.parametrize(
    ("mine", "theirs", "better", "said"),
    [
        (0.9, 0.8, True, ":green[▲ 0.1 better]"),
        (0.8, 0.9, True, ":red[▼ 0.1 worse]"),
        (0.8, 0.9, False, ":green[▼ 0.1 better]"),
        (0.9, 0.8, False, ":red[▲ 0.1 worse]"),
        (0.9, 0.8, None, ":gray[▲ 0.1 higher]"),
        (0.1 + 0.2, 0.3, True, ":gray[= the same]"),
    ],
)
def test_a_change_that_is_no_chance_says_which_way_how_far_and_whether_that_is_good(
    mine: float, theirs: float, better: bool | None, said: str
) -> None:
    assert words.change(mine, theirs, better, "better") == said


@pytest.mark.parametrize("better", [True, False, None])
def test_a_change_that_may_be_chance_is_neither_good_nor_bad(better: bool | None) -> None:
    assert words.change(0.8, 0.9, better, "close") == ":gray[≈ ▼ 0.1 lower]"
    assert words.change(0.8, 0.9, better, "identical") == ":gray[= the same]"
    assert words.change(0.8, 0.9, better, "unknown") == ":gray[▼ 0.1 lower]"


def test_a_change_that_nobody_weighed_is_neither_good_nor_bad() -> None:
    assert words.change(0.9, 0.8, True) == ":gray[▲ 0.1 higher]"


def test_what_we_do_not_know_is_shown_as_it_is() -> None:
    assert words.status("PAUSED") == "? PAUSED"
    assert words.algorithm("their_forest") == "their_forest"
    assert words.algorithm("") == ""


def test_stages_and_statuses_have_a_shape_and_a_word_in_both_languages() -> None:
    assert words.stage("Production") == "● Production"
    assert words.status("FAILED") == "✗ Failed"
    with speaking("es"):
        assert words.stage("Production") == "● Producción"


def test_progress_says_how_far_and_what() -> None:
    assert words.progress(run_with(**{PROGRESS_TAG: "fitting"})) == (0.4, "Learning from the training rows")
    assert words.progress(run_with()) == (0.0, "Running")
    queued = run_with(**{PROGRESS_TAG: "queued"})
    assert words.progress(queued, 3) == (0.05, "Waiting for a free worker: number 3 in line")


def test_a_failure_is_markdown_that_reads_as_it_was_written() -> None:
    assert words.failure(run_with(**{FAILURE_TAG: "**bad** <b>"})) == r"\*\*bad\*\* \<b\>"
    assert words.failure(run_with()) == "The run says no reason."


def test_two_dollars_make_no_formula() -> None:
    assert words.amount(5.0, "$") == r"5 \$"


def moved(count: int) -> tuple[Change, ...]:
    return tuple(Change(number, "None", "Staging") for number in range(1, count + 1))


def test_an_entry_names_four_moves_and_counts_the_others() -> None:
    four = words.event(Event("m", "move", "Ana", NOON, changes=moved(4)))
    assert four.count("○ No stage → ◐ Staging") == 4
    six = words.event(Event("m", "move", "Ana", NOON, changes=moved(6)))
    assert six.startswith("version 1: ○ No stage → ◐ Staging; ")
    assert six.endswith("version 4: ○ No stage → ◐ Staging; 2 more")


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        (Event("m", "undo", "Ana", NOON, undoes=3, changes=moved(1)),
         "entry 3 was taken back: version 1: ○ No stage → ◐ Staging"),
        (Event("m", "settle", "Ana", NOON), "what another program left was settled"),
        (Event("m", "gates", "Ana", NOON, why="f1 > 0.85; signature unchanged"),
         "the gates are now: f1 > 0.85; signature unchanged"),
        (Event("m", "gates", "Ana", NOON), "the gates are now: none"),
        (Event("m", "cutoff", "Ana", NOON, why="0.3"), "the cut-off is now 0.3"),
        (Event("m", "cutoff", "Ana", NOON), "the cut-off was taken away"),
        (Event("m", "delete", "Ana", NOON, deleted=(2, 3)), "deleted for good: version 2, 3"),
        (Event("m", "delete", "Ana", NOON), "deleted for good: version –"),
    ],
)  # fmt: skip
def test_an_entry_says_what_was_done(entry: Event, said: str) -> None:
    assert words.event(entry) == said
