"""The Experiments page: filters, order, columns, groups, ticks, deletion and what its address says."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from core.store.connection import Store
from core.store.runs.filters import Condition, filter_text
from core.store.runs.lifecycle import delete_runs, deleted_runs
from core.store.runs.tracking import find_runs
from core.ui import address
from core.ui.experiments import run_table
from tests.fixtures.actors import ANA
from tests.pages.reading import Dashboard, live_markdown, problems, shown, stands, unescaped
from tests.pages.test_strange_stores import DANGER, HOSTILE

Start = Callable[[str], Dashboard]


def flowers(store: Store) -> str:
    return str(store.client.get_experiment_by_name("iris-classification").experiment_id)


def run_called(store: Store, name: str) -> str:
    return find_runs(store, f"attributes.run_name = '{name}'").ids[0]


def names(session: AppTest) -> list[str]:
    """Return the runs in the table; the other tables come after it or have no names."""
    return next((list(frame.value["Name"]) for frame in session.dataframe if "Name" in frame.value), [])


def choose(session: AppTest, key: str, value: Any) -> AppTest:
    session.get_by_key(key).set_value(value).run()
    stands(session)
    return session


def click(session: AppTest, key: str) -> AppTest:
    session.get_by_key(key).click().run()
    stands(session)
    return session


@pytest.fixture
def page(app: Start, populated: Store) -> Callable[..., AppTest]:
    """Open the page on the flowers' experiment."""
    dashboard = app(populated.uri)
    return lambda **address: dashboard.open("experiments", experiment=flowers(populated), **address)


def test_a_click_on_a_status_filters_and_is_a_filter_of_mlflow(page: Callable[..., AppTest]) -> None:
    session = choose(page(), "experiments_status", ["FAILED"])
    assert names(session) == ["broken"]
    assert session.get_by_key("experiments_filter").value == "attributes.status = 'FAILED'"
    assert session.query_params["filter"] == "attributes.status = 'FAILED'"
    choose(session, "experiments_status", ["FAILED", "FINISHED"])
    assert len(names(session)) == 4
    assert "MLflow itself knows IN for run ids only" in shown(session)
    choose(session, "experiments_status", [])
    assert "filter" not in session.query_params


def test_a_field_with_one_value_is_not_asked_for(page: Callable[..., AppTest]) -> None:
    with pytest.raises(KeyError):
        page().get_by_key("experiments_task")


def test_a_written_filter_is_clicked_too(page: Callable[..., AppTest]) -> None:
    written = "metrics.test_accuracy > 0 AND tags.`pizarra.algorithm` = 'random_forest'"
    session = choose(page(), "experiments_filter", written)
    assert names(session) == ["forest"]
    assert session.get_by_key("experiments_algorithm").value == ["random_forest"]
    assert unescaped(session.get_by_key("experiments_chip_0").label) == "test_accuracy > 0"
    click(session, "experiments_chip_0")
    assert session.query_params["filter"] == "tags.`pizarra.algorithm` = 'random_forest'"
    click(session, "experiments_clear")
    assert len(names(session)) == 4


def test_a_filter_that_cannot_be_read_is_said_and_the_table_stays(page: Callable[..., AppTest]) -> None:
    session = choose(page(), "experiments_status", ["FAILED"])
    choose(session, "experiments_filter", "params.n_estimators = 5")
    assert problems(session)[0] == "n_estimators is compared with text, but this is not in quotes: 5"
    assert session.get_by_key("experiments_filter").value == "params.n_estimators = 5"
    assert names(session) == ["broken"]
    choose(session, "experiments_filter", "params.n_estimators = '5'")
    assert not session.error
    assert names(session) == ["forest"]


def test_a_filter_of_the_address_that_cannot_be_read_is_said(page: Callable[..., AppTest]) -> None:
    session = page(filter="datasets.name = 'iris'")
    assert "Runs cannot be filtered by their datasets here" in problems(session)[0]
    assert len(names(session)) == 4


def test_a_range_of_a_metric_and_values_of_a_parameter_are_added(page: Callable[..., AppTest]) -> None:
    session = choose(page(), "experiments_metric", "test_accuracy")
    choose(session, "experiments_least", 0.1)
    choose(session, "experiments_most", 1.0)
    click(session, "experiments_add_metric")
    assert session.query_params["filter"] == "metrics.test_accuracy >= 0.1 AND metrics.test_accuracy <= 1.0"
    assert len(names(session)) == 3
    choose(session, "experiments_param", "n_estimators")
    choose(session, "experiments_values", ["5"])
    click(session, "experiments_add_param")
    assert names(session) == ["forest"]
    assert session.get_by_key("experiments_metric").value is None


def test_days_are_chosen_and_taken_back(page: Callable[..., AppTest]) -> None:
    today = date.today()
    session = choose(page(), "experiments_from", today - timedelta(days=1))
    assert len(names(session)) == 4
    assert "attributes.start_time >= " in session.query_params["filter"]
    choose(session, "experiments_until", today - timedelta(days=1))
    assert "None of the 4 runs fits" in shown(session)
    assert "started before" in shown(session)
    choose(session, "experiments_until", None)
    assert len(names(session)) == 4


def test_nothing_found_says_what_to_take_away(page: Callable[..., AppTest]) -> None:
    session = page(search="no such thing", filter="metrics.test_accuracy > 2")
    page_text = shown(session)
    assert "None of the 4 runs fits. Take a filter away to see more." in page_text
    assert "“no such thing” · test_accuracy > 2" in page_text


def test_the_whole_view_is_in_the_address(page: Callable[..., AppTest]) -> None:
    session = page(
        filter="status = 'FINISHED'", search="iris", order="name asc", columns="name,params.n_estimators,status",
        group="algorithm",
    )  # fmt: skip
    choose(session, "experiments_search", "")
    assert names(session) == ["forest", "line", "neighbours"]
    table = next(frame.value for frame in session.dataframe if "Name" in frame.value)
    assert list(table.columns) == ["Name", "n_estimators", "Status"]
    assert any("Runs" in frame.value and len(frame.value) == 3 for frame in session.dataframe)
    assert session.query_params["order"] == "name asc"
    assert "search" not in session.query_params


def test_what_is_usual_is_not_in_the_address(page: Callable[..., AppTest]) -> None:
    session = page(order="started desc")
    choose(session, "experiments_order", "name desc")
    choose(session, "experiments_order", "started desc")
    assert not {"filter", "search", "order", "columns", "group"} & set(session.query_params)


def test_columns_come_in_the_order_they_are_chosen_in(page: Callable[..., AppTest]) -> None:
    session = choose(page(), "experiments_columns", ["status", "metrics.test_accuracy", "name"])
    table = next(frame.value for frame in session.dataframe if "Name" in frame.value)
    assert list(table.columns) == ["Status", "test_accuracy", "Name"]
    assert session.query_params["columns"] == "status,metrics.test_accuracy,name"
    click(session, "experiments_usual")
    assert "columns" not in session.query_params


@pytest.mark.part(2)
@pytest.mark.parametrize("nonsense", [{"order": "nothing desc"}, {"columns": "nothing"}, {"group": "params.nothing"}])
def test_what_the_experiment_does_not_have_gives_the_usual(page: Callable[..., AppTest], nonsense: Any) -> None:
    assert len(names(page(**nonsense))) == 4


def test_ticked_runs_stay_ticked_when_a_filter_hides_them(page: Callable[..., AppTest], populated: Store) -> None:
    ticked = [run_called(populated, "line"), run_called(populated, "forest")]
    session = page(runs=",".join(ticked))
    assert "4 runs. 2 are ticked." in shown(session)
    choose(session, "experiments_status", ["FAILED"])
    assert "1 run. 2 are ticked. 2 of them are not shown." in shown(session)
    assert session.get_by_key("experiments_compare").label == "Compare 2 runs"
    click(session, "experiments_untick")
    assert "ticked." not in shown(session)
    assert session.get_by_key("experiments_compare").label == "Compare the 1 run"


def test_ticks_elsewhere_stay_beside_those_of_a_page() -> None:
    assert run_table.merged(["b", "x"], ["a", "b", "c"], [2, 0]) == ["x", "a", "c"]
    assert run_table.merged(["a"], ["a"], [7]) == []


def test_many_runs_are_shown_in_pages(
    page: Callable[..., AppTest], populated: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run_table, "ROWS", 3)
    ticked = run_called(populated, "broken")
    session = page(order="name desc", runs=ticked)
    assert names(session) == ["neighbours", "line", "forest"]
    choose(session, "experiments_page", 2)
    assert names(session) == ["broken"]
    assert "Runs 4 to 4 of 4" in shown(session)
    assert "1 is ticked." in shown(session)
    choose(session, "experiments_status", ["FINISHED"])
    assert len(names(session)) == 3


def test_ticked_runs_are_deleted_after_a_question_and_undone(app: Start, own_populated: Store) -> None:
    doomed = run_called(own_populated, "line")
    experiment = flowers(own_populated)
    session = app(own_populated.uri).open("experiments", experiment=experiment, runs=doomed)
    click(session, "experiments_delete")
    assert "They can be restored" in shown(session)
    assert len(names(session)) == 4
    click(session, "experiments_delete_confirm")
    assert "1 run was deleted." in shown(session)
    assert "line" not in names(session)
    assert list(deleted_runs(own_populated, [experiment]).index) == [doomed]
    click(session, "experiments_undo")
    assert "1 run is back." in shown(session)
    assert "line" in names(session)
    assert deleted_runs(own_populated, [experiment]).empty


def test_a_run_that_has_not_ended_is_not_deleted(app: Start, own_populated: Store) -> None:
    experiment = flowers(own_populated)
    running = own_populated.client.create_run(experiment, run_name="running").info.run_id
    session = app(own_populated.uri).open("experiments", experiment=experiment, runs=running)
    click(session, "experiments_delete")
    assert "1 ticked run has not ended, so it stays." in shown(session)
    assert session.get_by_key("experiments_delete_confirm").disabled


def test_deleted_runs_can_still_be_found_when_none_is_left(app: Start, own_populated: Store) -> None:
    delete_runs(own_populated, ANA, find_runs(own_populated, "").ids)
    session = app(own_populated.uri).open("experiments")
    assert "No runs yet" in shown(session)
    assert session.get_by_key("experiments_deleted").label == "Deleted runs"


def test_all_that_fit_are_compared_where_none_is_ticked(page: Callable[..., AppTest], populated: Store) -> None:
    session = page(filter="status = 'FINISHED'")
    assert session.get_by_key("experiments_compare").label == "Compare all 3 runs"
    session.get_by_key("experiments_compare").click().run()
    assert session.title[0].value == "Compare"
    assert session.query_params["experiment"] == flowers(populated)


def test_names_with_any_sign_are_kept_in_the_address() -> None:
    for wild in (["a", "b,c", 'd"e'], [""], ["it's\nme"], []):
        assert address.separated(address.joined(wild)) == wild


@pytest.mark.long
def test_what_a_hostile_address_asks_for_is_shown_as_text(page: Callable[..., AppTest]) -> None:
    for name in HOSTILE:
        asked = filter_text([Condition("parameter", name, "=", name), Condition("tag", name, "IS NULL")])
        session = page(filter=asked, search=name, order=f"params.{name} asc", columns=name, group=f"tags.{name}")
        assert len(session.get_by_key("experiments_chips").button) == 2
        assert not [text for _place, text in live_markdown(session) if DANGER.search(text)]
