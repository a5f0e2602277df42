"""Asking a model what if, in a real browser: answers that follow the inputs, and what lies behind them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pandas as pd
import pytest
from playwright.sync_api import expect

from core.store.connection import Store, open_store
from core.store.record import EVALUATION_TABLE
from core.store.registry.cutoffs import read_cutoff
from core.store.registry.registered_models import find_model
from core.store.runs.artifacts import read_table
from tests.fixtures.dashboards import MOSTLY_PHONE, MOSTLY_PROJECTOR, PHONE, PROJECTOR, Dashboard, Visitor, free_port
from tests.fixtures.stores import FLOWERS, copy_of, register_in, train_run

TUMOURS = "tumours"


@pytest.fixture(scope="module")
def dashboard(populated: Store, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dashboard]:
    """A dashboard of this module's own, with a model of two classes and 30 inputs."""
    folder = tmp_path_factory.mktemp("predicting") / "own"
    store = open_store(copy_of(populated, folder))
    for algorithm, stage in (("logistic_regression", "Production"), ("hist_gradient_boosting", "Staging")):
        register_in(store, train_run(store, "breast_cancer", algorithm, algorithm), TUMOURS, stage)  # type: ignore[arg-type]
    running = Dashboard(folder, free_port())
    yield running
    running.stop()


def answers(visitor: Visitor) -> list[str]:
    cards = visitor.page.locator(".st-key-predict_answers [data-testid=stMetricValue]")
    expect(cards).to_have_count(2)
    return cards.all_inner_texts()


def held(visitor: Visitor) -> dict[str, float]:
    """Return the inputs that the address holds."""
    query = parse_qs(urlsplit(visitor.address()).query)
    return json.loads(query.get("inputs", ["{}"])[0])  # type: ignore[no-any-return]


@pytest.mark.long
@MOSTLY_PROJECTOR
def test_a_slider_moves_both_answers_and_the_link_shows_another_person_the_same(
    dashboard: Dashboard, visit: Callable[..., Visitor], size: dict[str, int]
) -> None:
    visitor = visit(size, "es-ES")
    visitor.go(dashboard, "predict", model=FLOWERS)
    assert answers(visitor) == ["versicolor", "versicolor"]
    for name in ("petal length (cm)", "petal width (cm)"):
        slider = visitor.page.get_by_role("slider", name=name)
        slider.focus()
        slider.press("Home")
        visitor.settled()
    expect(visitor.page.locator(".st-key-predict_answers [data-testid=stMetricValue]").first).to_have_text("setosa")
    assert answers(visitor) == ["setosa", "setosa"]
    assert set(held(visitor)) == {"petal length (cm)", "petal width (cm)"}
    visitor.is_well()
    friend = visit(size, "en-US")
    friend.page.goto(visitor.address())
    friend.settled()
    assert answers(friend) == ["setosa", "setosa"]
    assert held(friend) == held(visitor)
    visitor.push("predict_typical")
    expect(visitor.page.locator(".st-key-predict_answers [data-testid=stMetricValue]").first).to_have_text("versicolor")
    assert held(visitor) == {}


@pytest.mark.long
def test_on_a_phone_the_answers_stay_in_sight_while_a_slider_moves(
    dashboard: Dashboard, visit: Callable[..., Visitor]
) -> None:
    visitor = visit(PHONE, "es-ES")
    visitor.go(dashboard, "predict", model=FLOWERS)
    in_sight = visitor.part("in_sight")
    expect(in_sight).to_contain_text("versicolor")
    for name in ("petal length (cm)", "petal width (cm)"):
        slider = visitor.page.get_by_role("slider", name=name)
        slider.scroll_into_view_if_needed()
        slider.focus()
        slider.press("Home")
        visitor.settled()
        expect(visitor.part("predict_inputs").get_by_text(name, exact=True)).to_be_in_viewport()
        expect(in_sight).to_be_in_viewport(ratio=1)
    slider.evaluate("e => e.scrollIntoView({block: 'start'})")
    expect(visitor.page.locator(".st-key-predict_answers [data-testid=stMetricValue]").first).not_to_be_in_viewport()
    expect(in_sight).to_be_in_viewport(ratio=1)
    expect(in_sight).to_contain_text("setosa")
    visitor.is_well()
    visitor.page.set_viewport_size(PROJECTOR)  # type: ignore[arg-type]
    expect(in_sight).to_be_hidden()


@pytest.mark.long
@MOSTLY_PHONE
def test_a_reload_leaves_pinned_cases_on_the_shelf_of_this_browser_alone(
    dashboard: Dashboard, visit: Callable[..., Visitor], size: dict[str, int]
) -> None:
    visitor = visit(size)
    visitor.go(dashboard, "predict", model=FLOWERS, look="shelf")
    visitor.push("predict_shelf_pin")
    one = visitor.page.locator(".st-key-predict_shelf_one")
    expect(one).to_be_visible()
    visitor.page.reload()
    visitor.settled()
    expect(one).to_be_visible()
    assert visitor.page.evaluate("document.cookie").find("pizarra_browser") < 0  # no page can read it
    visitor.is_well()
    friend = visit(size)
    friend.page.goto(visitor.address())
    friend.settled()
    expect(friend.page.get_by_text("Nothing is pinned yet.")).to_be_visible()
    expect(friend.page.locator(".st-key-predict_shelf_one")).to_have_count(0)


@pytest.mark.long
@MOSTLY_PHONE
def test_a_suggested_change_moves_the_sliders_and_flips_the_answer(
    dashboard: Dashboard, visit: Callable[..., Visitor], size: dict[str, int]
) -> None:
    visitor = visit(size)
    visitor.go(dashboard, "predict", model=FLOWERS, look="flip")
    change = visitor.page.locator(".st-key-predict_change_0 button")
    expect(change).to_contain_text("⇒")
    change.click()
    first = visitor.page.locator(".st-key-predict_answers [data-testid=stMetricValue]").first
    expect(first).not_to_have_text("versicolor")
    assert 1 <= len(held(visitor)) <= 2
    visitor.is_well()


@pytest.mark.long
@pytest.mark.parametrize(
    "look",
    ["likely", "why"] + [pytest.param(look, marks=pytest.mark.long) for look in ("vary", "flip", "cutoff", "shelf")],
)
def test_every_look_is_well_at_both_sizes(dashboard: Dashboard, visit: Callable[..., Visitor], look: str) -> None:
    visitor = visit(PHONE, "es-ES", "dark")
    visitor.go(dashboard, "predict", model=TUMOURS, look="" if look == "likely" else look)
    visitor.is_well()
    visitor.page.set_viewport_size(PROJECTOR)  # type: ignore[arg-type]
    visitor.settled()
    visitor.is_well()
    assert (f"look={look}" in visitor.address()) == (look != "likely")


@pytest.mark.long
def test_a_saved_cutoff_changes_what_the_model_says(dashboard: Dashboard, visit: Callable[..., Visitor]) -> None:
    visitor = visit()
    visitor.go(dashboard, "predict", model=TUMOURS, look="cutoff")
    before = answers(visitor)
    slider = visitor.page.get_by_role("slider", name="from this probability on")
    slider.focus()
    slider.press("Home" if before[0] == "benign" else "End")
    visitor.settled()
    visitor.push("predict_cutoff_save")
    visitor.see("The chosen cut-off counts")
    visitor.settled()
    saved = read_cutoff(find_model(open_store(dashboard.store_uri), TUMOURS).tags)
    assert saved in {0.0, 1.0}
    visitor.push("predict_cutoff_drop")
    expect(visitor.page.get_by_text("The chosen cut-off counts")).to_have_count(0)
    assert answers(visitor) == before
    visitor.is_well()


@pytest.mark.long
@MOSTLY_PHONE
def test_a_pinned_scenario_is_shared_and_shown_again(
    dashboard: Dashboard, visit: Callable[..., Visitor], size: dict[str, int], tmp_path: Path
) -> None:
    visitor = visit(size)
    visitor.go(dashboard, "predict", model=FLOWERS, look="shelf", inputs='{"petal length (cm)":1.5}')
    visitor.push("predict_shelf_pin")
    visitor.settled()
    visitor.push("predict_typical")
    visitor.settled()
    assert held(visitor) == {}
    visitor.push("predict_shelf_show")
    visitor.settled()
    assert held(visitor) == {"petal length (cm)": 1.5}
    visitor.page.locator(".st-key-predict_shelf_share summary").click()
    expect(visitor.page.get_by_alt_text("QR code of the link")).to_be_visible()
    visitor.is_well()


@pytest.mark.long
def test_forty_inputs_can_be_searched(dashboard: Dashboard, visit: Callable[..., Visitor]) -> None:
    visitor = visit(PHONE)
    visitor.go(dashboard, "predict", model=TUMOURS)
    visitor.page.locator(".st-key-predict_search input").fill("worst texture")
    visitor.page.locator(".st-key-predict_search input").press("Enter")
    visitor.settled()
    expect(visitor.page.get_by_role("slider", name="worst texture")).to_be_visible()
    expect(visitor.page.locator(".st-key-predict_inputs").get_by_role("slider")).to_have_count(1)
    visitor.is_well()


@pytest.mark.long
@MOSTLY_PROJECTOR
def test_a_whole_file_is_scored_and_taken_along(
    dashboard: Dashboard, visit: Callable[..., Visitor], size: dict[str, int], tmp_path: Path
) -> None:
    store = open_store(dashboard.store_uri)
    version = find_model(store, FLOWERS).version(2)
    table = read_table(store, version.run_id, EVALUATION_TABLE)
    rows = table.drop(columns=[name for name in table if name in {"row", "prediction"} or "probability_" in name])
    rows = rows.rename(columns={"answer": "species"})
    file = tmp_path / "flores.csv"
    file.write_bytes(rows.to_csv(index=False, sep=";", decimal=",").encode("latin-1"))
    visitor = visit(size)
    visitor.go(dashboard, "predict", model=FLOWERS)
    visitor.page.locator(".st-key-predict_many_file input[type=file]").set_input_files(file)
    visitor.see("with semicolons between values and numbers like 1234,5")
    visitor.push("predict_many_score")
    expect(visitor.page.locator(".st-key-predict_many_result")).to_be_visible()
    visitor.settled()
    visitor.is_well()
    scored = pd.read_csv(visitor.save("predict_many_csv"), sep=";", decimal=",")
    assert list(scored["prediction"]) == list(table["prediction"])
    assert set(scored["model_version"]) == {2}
