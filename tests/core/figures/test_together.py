"""Which columns go together: a triangle that can be read without its colours."""

from __future__ import annotations

import pandas as pd

from core.figures.style import Style
from core.figures.together import COLUMNS_AT_MOST, drawn_columns, together, together_data
from core.i18n import speaking


def pairs(*rows: tuple[str, str, float, str]) -> pd.DataFrame:
    table = pd.DataFrame(rows, columns=["first", "second", "strength", "measure"])
    return table.assign(pearson=0.5, rows=100)[["first", "second", "strength", "measure", "pearson", "rows"]]


THREE = pairs(("a", "b", -0.876, "spearman"), ("a", "y", 0.5, "ratio"), ("b", "y", 0.004, "cramer"))


def test_every_cell_has_its_number_in_writing() -> None:
    figure = together(THREE, Style(), first="y")
    assert sorted(figure.data[1].text) == [".50", "0", "−.88"]
    with speaking("es"):
        assert "−,88" in together(THREE, Style()).data[1].text


def test_what_is_not_one_never_reads_as_one() -> None:
    figure = together(pairs(("a", "b", 0.9996, "spearman"), ("a", "c", 1.0, "spearman")), Style())
    assert sorted(figure.data[1].text) == [".99", "1"]


def test_what_is_asked_for_stands_first() -> None:
    figure = together(THREE, Style(), first="y")
    assert figure.layout.xaxis.ticktext == ("y", "a")
    assert figure.layout.yaxis.ticktext == ("a", "b")


def test_of_many_columns_those_of_the_strongest_pairs_are_drawn_and_the_others_counted() -> None:
    many = pairs(*((f"x{place}", f"z{place}", 0.9 - place / 100, "spearman") for place in range(20)))
    table = together_data(many)
    assert drawn_columns(table, "z19") == ["z19", *drawn_columns(table)[: COLUMNS_AT_MOST - 1]]
    assert "28 more columns are in the table." in together(many, Style()).layout.title.subtitle.text.replace(
        "<br>", " "
    )


def test_the_measures_that_occur_are_explained() -> None:
    said = together(pairs(("a", "b", 0.5, "cramer")), Style()).layout.title.subtitle.text
    assert "Cramér’s V" in said
    assert "Spearman" not in said
