"""What the Data page says before any training."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

from core.training.findings.sentences import Finding, Name, Word
from core.ui.findings import in_words
from tests.pages.reading import Dashboard, shown

Start = Callable[[str], Dashboard]


def lists(session: AppTest) -> list[str]:
    """Return the sentences in the page's lists, place by place."""
    return [line for text in session.markdown if text.value.startswith("- ") for line in text.value.split("\n")]


def test_the_most_important_is_said_before_the_charts(app: Start, store_uri: str) -> None:
    session = app(store_uri).open("data", task="breast_cancer")
    assert (
        lists(session)[0]
        == "- Always answering “benign” would be right in 62.7% of the rows: a model has to beat that."
    )
    headings = [heading.value for heading in session.subheader]
    assert headings == ["What to know before training", "What is to be predicted", "What goes together",
                        "One column at a time", "All columns", "A sample of the rows"]  # fmt: skip


def test_what_is_found_is_said_in_spanish_too(app: Start, store_uri: str) -> None:
    session = app(store_uri).open("data", task="breast_cancer", lang="es")
    assert "Contestar siempre “benign” acertaría en el 62,7" in shown(session)
    assert "Cuanto mayor es **mean radius**, mayor suele ser **mean area** (Spearman 0,99)." in shown(session)


def test_a_table_in_which_nothing_stands_out_says_what_was_looked_for(app: Start, store_uri: str) -> None:
    assert "Nothing stands out. Looked for were identifiers" in shown(app(store_uri).open("data", task="wine"))


def test_a_column_says_what_was_found_of_it(app: Start, store_uri: str) -> None:
    session = app(store_uri).open("data", task="telco_churn", column="TotalCharges")
    assert any(line.endswith("**TotalCharges** is empty.") for line in lists(session))


def test_the_pairs_of_columns_can_be_had_as_a_table(app: Start, store_uri: str) -> None:
    session = app(store_uri).open("data", task="iris")
    assert session.get_by_key("data_together_numbers").label == "The numbers of this chart"


@pytest.mark.parametrize("name", ["**a**", "<b>x</b>", "[x](http://y)", "{target}", ":red[x]", ""])
def test_names_and_values_of_a_table_are_text(name: str) -> None:
    finding = Finding("heap", (name,), "{column} is {value}.", {"column": Name(name), "value": Word(name)})
    said = in_words(finding)
    assert "<b>" not in said.replace("\\<", "")
    assert "](http" not in said.replace("\\]", "")
    assert said.endswith("”.")
