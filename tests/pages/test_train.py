"""The Train page: what is said of a run before it is launched, and how one in rounds came on."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from core.settings import settings
from core.store.connection import open_store
from core.store.runs.tables import ALGORITHM_TAG, BASELINE, NOTE_TAG, Runs
from core.store.runs.tracking import find_runs
from tests.fixtures.processes import until
from tests.pages.reading import Dashboard, shown, stands

Start = Callable[[str], Dashboard]
KEY = "train_iris_xgboost"


def trained(store_uri: str) -> Runs:
    runs = find_runs(open_store(store_uri), "attributes.status = 'FINISHED'")
    return runs.select([run_id for run_id in runs.ids if runs.tags.at[run_id, ALGORITHM_TAG] != BASELINE])


@pytest.mark.long
def test_a_run_that_stops_early_says_so_and_keeps_what_was_said_of_it(app: Start, store_uri: str) -> None:
    dashboard = app(store_uri)
    asked = {"task": "iris", "algorithm": "xgboost", "effort": "quick", "params": "early_stopping_rounds=5"}
    page = dashboard.open("train", **asked)
    assert "Tested on 20% of the rows, drawn by chance" in shown(page)
    page.get_by_key(f"{KEY}_tags").set_value("pizarra.student=Ana")
    page.get_by_key("train_launch").click().run()
    stands(page)
    assert "A tag's name must begin with a letter or a digit" in shown(page)
    assert not len(find_runs(open_store(store_uri), ""))
    page = dashboard.open("train", **asked)
    page.get_by_key(f"{KEY}_note").set_value("the **first** one")
    page.get_by_key(f"{KEY}_tags").set_value("team=red\n\nroom = 2")
    page.get_by_key("train_launch").click().run()
    stands(page)
    assert until(lambda: len(trained(store_uri)) == 1, 120)
    (run_id,) = trained(store_uri).ids
    tags = trained(store_uri).tags.loc[run_id]
    assert (tags[NOTE_TAG], tags["team"], tags["room"]) == ("the **first** one", "red", "2")
    page = dashboard.open("train", **asked, launched=run_id)
    assert "Of the training rows 24 were set aside to say when, and it did not learn from them." in shown(page)
    assert "asked about 30 at once" in shown(page)
    run = dashboard.open("run", run=run_id)
    assert [text for text in run.markdown if "first" in text.value and "**first**" not in text.value], shown(run)[:3000]
    assert "Of the training rows 24 were set aside" in shown(run)


@pytest.mark.part(2)
@pytest.mark.parametrize(("role", "effort"), [("presenter", "fair"), ("audience", "quick")])
def test_phones_of_a_class_begin_with_the_quick_look(
    app: Start, store_uri: str, role: str, effort: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if role == "audience":
        monkeypatch.setenv("PIZARRA_PIN", "246810")
        settings.cache_clear()
    page = app(store_uri).open("train", task="iris")
    assert page.get_by_key("train_effort_iris_logistic_regression").value == effort
