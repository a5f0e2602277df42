"""What Predict offers once a file is scored: its answers are kept by an id, and what they replace is said."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from core.process import shared
from core.serving.precomputed.here import precomputed
from core.serving.precomputed.keeping import place_of
from core.settings import settings
from core.store.connection import Store
from core.ui import navigation
from core.ui import session as visitor
from tests.fixtures.scored import flowers, scored
from tests.fixtures.stores import FLOWERS
from tests.pages.reading import problems, shown, stands

Offer = Callable[[Path, str], AppTest]


def page() -> None:
    from pathlib import Path

    import streamlit as st

    from core.i18n import speaking
    from core.ui import frame, session
    from core.ui.predict.scoring import keeping

    session.begin()
    with speaking(st.query_params["lang"]), frame.reporting():
        keeping.offer({"flowers, version 2": Path(st.session_state["result"])})


@pytest.fixture
def offered(populated: Store, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Offer]:
    def forget() -> None:
        settings.cache_clear()
        shared.forget()

    def start(result: Path, lang: str = "en") -> AppTest:
        session = AppTest.from_function(page, default_timeout=60)
        session.query_params["lang"] = lang
        session.session_state["result"] = str(result)
        session.run()
        stands(session)
        return session

    monkeypatch.setenv("MLFLOW_TRACKING_URI", populated.uri)
    monkeypatch.setenv("PIZARRA_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setattr(visitor, "ip_address", lambda: None)
    monkeypatch.setattr("core.process.shared.is_alone", lambda: True)
    monkeypatch.setattr(visitor, "browser", lambda: "")
    monkeypatch.setattr(navigation, "link", lambda *_where, **_address: None)  # one page has nowhere to lead
    forget()
    yield start
    forget()


def choose(session: AppTest, column: str, which: str = "Production") -> AppTest:
    session.get_by_key("predict_keep_which").set_value(which)
    return session.get_by_key("predict_keep_column").set_value(column).run()


def press(session: AppTest) -> AppTest:
    return session.get_by_key("predict_keep_do").click().run()


@pytest.mark.parametrize(
    ("language", "nothing", "said", "replaces"),
    [
        ("en", "No answers are kept there yet.", "looked up by code now: 2 answers. 1 row has none",
         "They take the place of 3 answers of version 2, looked up by code"),
        ("es", "Ahí todavía no se guarda ninguna respuesta.", "se buscan por code: 2 respuestas. 1 fila no tiene",
         "Ocupan el lugar de 3 respuestas de la versión 2, buscadas por code"),
    ],
)  # fmt: skip
def test_answers_are_kept_by_a_column_and_what_they_replace_is_said(
    offered: Offer, populated: Store, tmp_path: Path, language: str, nothing: str, said: str, replaces: str
) -> None:
    table = flowers(["007", "7", "8"])
    table["petal width (cm)"] = ["0.2", "0.3", "wide"]
    session = offered(scored(populated, tmp_path, table), language)
    assert not session.button  # by no column until one is chosen
    assert nothing in shown(choose(session, "code"))
    assert said in shown(press(session))
    assert session.get_by_key("predict_keep_do").disabled  # nothing new would come of it
    again = choose(offered(scored(populated, tmp_path, table), language), "code")
    assert replaces in shown(again)
    found = precomputed().find(place_of(populated.uri, FLOWERS, "Production"), "007")
    assert found is not None
    assert found.row is not None
    assert found.row.answer["prediction"] == "setosa"


@pytest.mark.parametrize(
    ("ids", "why"),
    [(["a", "a"], "Every id must be there once, but these are in column 'code' more often: 'a'"),
     (["a", ""], "Every row must have an id, but row 2 below the heading has none")],
)  # fmt: skip
def test_ids_that_are_twice_or_missing_are_refused_and_nothing_is_kept(
    offered: Offer, populated: Store, tmp_path: Path, ids: list[str], why: str
) -> None:
    session = press(choose(offered(scored(populated, tmp_path, flowers(ids)), "en"), "code", "2"))
    assert why in problems(session)[0]
    assert precomputed().find(place_of(populated.uri, FLOWERS, "2"), "a") is None


def test_who_may_not_keep_answers_is_offered_nothing(
    offered: Offer, populated: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.process.shared.is_alone", lambda: False)
    monkeypatch.setattr(visitor, "ip_address", lambda: "192.168.1.20")
    assert not offered(scored(populated, tmp_path, flowers(["a"])), "en").selectbox
