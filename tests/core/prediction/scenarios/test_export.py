from __future__ import annotations

import io
import math
import re
from datetime import UTC, datetime
from html.parser import HTMLParser

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

from core.errors import ModelError
from core.i18n import speaking
from core.prediction.scenarios.export import Handout, flipped_words, handout_page, handout_table
from core.prediction.scenarios.pinned import Evaluated, KeptAnswer, Scenario, scenario_address
from core.qr import qr_picture

WHEN = datetime(2026, 3, 1, 12, 30, tzinfo=UTC)
HOSTILE = [
    "<script>alert(1)</script>", "\"><img src=x onerror=alert(1)>", "' onmouseover='alert(1)", "&lt;b&gt;", "</style>",
    "<!--", "]]>", "javascript:alert(1)", "http://evil.example/x.png", "\u202egnp.exe", "a\x00b", "", "日本 ñ 🙂",
]  # fmt: skip
VOID = {"meta", "path", "br"}
TITLES = {"Production": "● Production · version 4", "Staging": "◐ Staging · version 5"}


class Reading(HTMLParser):
    """Reads a page and minds that every tag is closed in its turn."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.tags: set[str] = set()
        self.attributes: list[tuple[str, str, str | None]] = []
        self.texts: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes += [(tag, name, value) for name, value in attrs]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


def read(page: str) -> Reading:
    reading = Reading()
    reading.feed(page)
    reading.close()
    assert not reading.open
    return reading


def handout(*evaluated: Evaluated, model: str = "telco", by: str = "") -> Handout:
    addresses = [scenario_address("http://192.168.1.20:8501/predict", model, one.scenario.inputs) for one in evaluated]
    return Handout(model, evaluated, TITLES, addresses, [qr_picture(a) for a in addresses], WHEN, by)


def flipped(name: str = "rain", value: object = 3, answer: str = "No") -> Evaluated:
    then, now = KeptAnswer("Production", 3, answer, 0.75), KeptAnswer("Production", 4, "Yes", 0.5)
    return Evaluated(
        Scenario(name, {"tenure": value, name or "x": answer}, {"Production": then}, WHEN), {"Production": now}
    )  # type: ignore[dict-item]


def steady(**inputs: float) -> Evaluated:
    kept = KeptAnswer("Production", 4, 3.5)
    return Evaluated(Scenario("sun", inputs or {"tenure": 4}, {"Production": kept}, WHEN), {"Production": kept})


@pytest.mark.parametrize("language", ["en", "es"])
def test_a_page_is_whole_and_in_the_readers_language(language: str) -> None:
    with speaking(language):
        page = handout_page(handout(flipped(), steady()))
    reading = read(page)
    assert ("html", "lang", language) in reading.attributes
    assert {"svg", "table", "article", "h1"} <= reading.tags
    assert page.count("<svg") == 2


@pytest.mark.long
@examples(deadline=None, max_examples=40)
@given(st.lists(st.sampled_from(HOSTILE) | st.text(), min_size=4, max_size=4))
def test_whatever_people_wrote_is_text(texts: list[str]) -> None:
    model, name, value, answer = texts
    page = handout_page(handout(flipped(name, value, answer), model=model or "m", by=name))
    reading = read(page)
    assert reading.tags <= {
        "html", "head", "meta", "title", "style", "body", "header", "h1", "bdi", "p", "main", "div", "article", "h2",
        "dl", "dt", "dd", "small", "svg", "g", "path", "a", "table", "caption", "thead", "tbody", "tr", "th", "td",
    }  # fmt: skip
    assert not [name for _tag, name, _value in reading.attributes if name.startswith("on")]
    assert "<script" not in page.lower()
    assert page.encode("utf-8")


@pytest.mark.part(2)
@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_is_still_readable(text: str) -> None:
    reading = read(handout_page(handout(flipped(text, text, text))))
    wanted = re.sub("[\x00\u202e]", "\ufffd", text)
    assert "".join(reading.texts).count(wanted) >= 3


def test_a_problem_of_a_model_is_text_too() -> None:
    problem = ModelError("It said: {reason}", reason="<script>alert(1)</script>")
    page = handout_page(handout(Evaluated(Scenario("a", {"b": 1}), {}, {"Production": problem})))
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "script" not in read(page).tags


def test_a_page_needs_nothing_from_anywhere() -> None:
    made = handout(flipped(), steady())
    page = handout_page(made)
    reading = read(page)
    assert [
        value for _tag, name, value in reading.attributes if name in {"src", "href", "xlink:href", "srcset"}
    ] == list(made.addresses)
    assert not {"script", "link", "img", "iframe", "object", "use"} & reading.tags
    assert not re.search(r"url\(|@import|xmlns", page)
    assert len(re.findall("https?://", page)) == len(made.addresses)
    assert "default-src 'none'" in page


def test_the_page_is_for_light_rooms_dark_rooms_and_paper() -> None:
    page = handout_page(handout(steady()))
    assert "prefers-color-scheme: dark" in page
    assert "@media print" in page


def test_the_code_of_each_scenario_is_in_the_page() -> None:
    made = handout(flipped(), steady())
    page = handout_page(made)
    assert all(picture is not None and picture in page for picture in made.pictures)


def test_an_address_that_is_none_is_no_link() -> None:
    made = handout(steady())
    page = handout_page(Handout("m", made.evaluated, TITLES, ["javascript:alert(1)"], [None], WHEN))
    assert not {"a", "svg"} & read(page).tags


def test_flips_are_told_by_sign_and_word() -> None:
    page = handout_page(handout(flipped(), steady()))
    assert page.count('<article class="flipped">') == 1
    assert "⇄ flipped" in page
    assert "when pinned: No (75%), version 3" in page
    assert "⇄ 1 of 2 scenarios flipped since they were pinned." in page


def test_how_many_flipped_is_said_for_none_one_and_some() -> None:
    assert flipped_words([steady()]) == "The scenario has not flipped."
    assert flipped_words([flipped()]) == "⇄ The scenario flipped since it was pinned."
    assert flipped_words([steady(), steady()]) == "None of 2 scenarios flipped since they were pinned."


def test_the_table_has_the_values_as_they_are() -> None:
    other = steady(tenure=12345.678, Link=math.nan)
    table = handout_table(handout(flipped(), other))
    again = pd.read_csv(io.StringIO(table.to_csv(index=False)))
    assert again["Scenario"].tolist() == ["rain", "sun"]
    assert again["Flipped"].fillna("").tolist() == ["⇄", ""]
    assert again["tenure"].tolist() == [3, 12345.678]
    assert again["● Production · version 4: answer when pinned"].tolist() == ["No", "3.5"]
    assert again["● Production · version 4: answer now"].tolist() == ["Yes", "3.5"]
    assert again["● Production · version 4: version when pinned"].tolist() == [3, 4]
    assert again["Pinned at"].tolist() == ["2026-03-01T12:30:00+00:00"] * 2
    assert list(table.columns).count("Link") == 2  # an input of that name stays beside ours
    assert again["Link.1"].str.startswith("http://192.168.1.20:8501/predict?model=telco&inputs=").all()


def test_the_table_has_as_many_digits_as_mean_something() -> None:
    kept = KeptAnswer("Production", 4, 36.94500732421875, 0.5384615384615384)
    inputs = {"spent": 0.1 + 0.2, "at": 1764149400.123, "id": 20261126093000.0, "gone": math.nan, "far": math.inf}
    table = handout_table(
        handout(Evaluated(Scenario("a", inputs, {"Production": kept}, WHEN), {"Production": kept}))  # type: ignore[arg-type]
    )
    assert table["● Production · version 4: answer now"].tolist() == [36.945]
    assert table["● Production · version 4: probability when pinned"].tolist() == [0.538462]
    assert table[["spent", "at", "id"]].to_numpy().tolist() == [[0.3, 1764149400.123, 20261126093000.0]]
    assert table["far"].tolist() == [math.inf]
    assert math.isnan(table["gone"].iloc[0])
    assert "0.30000000000000004" in table["Link"].iloc[0]  # what a program opens gives the same answer


def test_answers_that_are_the_same_missing_or_flipped_are_told_apart() -> None:
    gone = Evaluated(Scenario("snow", {"b": 1}, {"Production": KeptAnswer("Production", 2, 3.5)}, WHEN), {})
    page = handout_page(handout(flipped(), steady(), gone))
    assert page.count('<small class="flip">⇄ flipped · <bdi>when pinned:') == 1
    assert page.count("<small>= <bdi>when pinned: 3.5, version 4</bdi></small>") == 1
    assert "<dd>–<small><bdi>when pinned: 3.5, version 2</bdi></small></dd>" in page


def test_inputs_that_differ_come_first_and_the_others_are_quiet() -> None:
    page = handout_page(handout(steady(a=1, b=2), steady(a=1, b=3)))
    rows = re.findall(r'<tr(.*?)><th scope="row"><bdi>(\w)</bdi></th>(.*?)</tr>', page)
    assert rows == [
        ("", "b", "<td><bdi>2</bdi></td><td><bdi>3</bdi></td>"),
        (' class="same"', "a", "<td><bdi>1</bdi></td><td><bdi>1</bdi></td>"),
    ]
