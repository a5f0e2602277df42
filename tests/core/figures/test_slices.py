from __future__ import annotations

from core.comparison.slice_scores import scores
from core.comparison.slices import ALL_ROWS, divide
from core.figures import slices
from core.figures.style import Style
from core.i18n import speaking
from tests.fixtures.grouped import class_answers

LABELS = {"one": "forest", "other": "logistic"}


def found(columns=("word 0",), metric="test_accuracy", worse=0.3):
    tables = dict(zip(LABELS, class_answers(0, 600, 0.1, worse=worse), strict=True))
    groups = divide(tables["one"], list(columns))
    return {
        run_id: [*scores(table, [ALL_ROWS], metric, True), *scores(table, groups, metric, True)]
        for run_id, table in tables.items()
    }


def test_all_rows_come_first_then_the_group_that_is_worst_for_the_first_run() -> None:
    table = slices.slices_data(found(), LABELS)
    assert list(table["group"][:4]) == ["all rows", "all rows", "word 0: a", "word 0: a"]
    assert list(table["run"][:2]) == ["forest", "logistic"]
    assert list(table["beside"][:3]) == ["", "", "worse for certain"]
    values = table[(table["run"] == "forest") & (table["group"] != "all rows")]["value"]
    assert values.is_monotonic_increasing


def test_a_group_that_is_worse_for_certain_has_a_mark_that_is_explained() -> None:
    figure = slices.slices(found(), "test_accuracy", ["word 0"], LABELS, Style())
    assert sum(slices.WORSE in text for text in figure.data[0].text) == 1
    assert slices.WORSE in figure.layout.title.subtitle.text
    assert (
        slices.WORSE
        not in slices.slices(found(worse=0), "test_accuracy", ["word 0"], LABELS, Style()).layout.title.subtitle.text
    )


def test_each_run_has_a_colour_a_pattern_and_an_entry_in_the_legend() -> None:
    figure = slices.slices(found(), "test_accuracy", ["word 0"], LABELS, Style(), places={"one": 3, "other": 1})
    assert [trace.name for trace in figure.data if trace.name] == ["forest", "logistic"]
    colors = set(figure.data[0].marker.color)
    assert colors == {Style().color(3), Style().color(1)}


def test_many_groups_leave_the_best_to_the_table() -> None:
    two = found(("word 3", "number 0"))
    figure = slices.slices(two, "test_accuracy", ["word 3", "number 0"], LABELS, Style())
    assert len(figure.layout.yaxis.ticktext) <= slices.GROUPS_AT_MOST + 1
    with speaking("es"):
        in_spanish = slices.slices(two, "test_accuracy", ["word 3", "number 0"], LABELS, Style())
        assert "grupos más están en la tabla" in in_spanish.layout.title.subtitle.text.replace("<br>", " ")
