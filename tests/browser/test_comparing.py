"""Compare on a thousand runs: picked in tables and charts, and fitting every screen."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Locator, expect

from benchmarks.stores import generate
from core.store.connection import open_store
from tests.fixtures.dashboards import PHONE, PROJECTOR, Dashboard, Visitor, free_port

RUNS = 1000
Visit = Callable[..., Visitor]


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dashboard]:
    folder = tmp_path_factory.mktemp("many")
    generate(folder / "mlflow.db", RUNS)
    running = Dashboard(folder, free_port())
    yield running
    running.stop()


def tick(visitor: Visitor, *rows: int) -> None:
    """Tick rows of the last table on the page, counted from 0; its cells are drawn, not written."""
    table = visitor.page.locator("[data-testid=stDataFrame]").first
    table.scroll_into_view_if_needed()
    for row in rows:
        table.click(position={"x": 18, "y": 35 * (row + 1) + 18})
        visitor.settled()


@pytest.mark.long
def test_runs_picked_in_the_table_are_picked_everywhere(many: Dashboard, visit: Visit) -> None:
    visitor = visit(PROJECTOR)
    visitor.go(many, "compare", experiment="1", filter="all")
    visitor.see("1000 runs")
    tick(visitor, 1, 3)
    visitor.see("2 runs are picked:")
    visitor.press("Compare only these")
    visitor.settled()
    expect(
        visitor.page.locator(".st-key-compare_runs [data-tag], .st-key-compare_runs [data-baseweb=tag]")
    ).to_have_count(2)
    assert "filter" not in visitor.address()
    visitor.is_well()


@pytest.mark.long
@pytest.mark.parametrize("shape", ["Lasso Select", pytest.param("Box Select", marks=pytest.mark.long)])
def test_a_shape_drawn_on_a_chart_picks_the_runs_in_it(many: Dashboard, visit: Visit, shape: str) -> None:
    visitor = visit(PROJECTOR)
    visitor.go(many, "compare", experiment="1", filter="all")
    chart = visitor.page.locator(".st-key-compare_scatter .js-plotly-plot")
    chart.scroll_into_view_if_needed()
    visitor.settled()  # a chart that is drawn anew has forgotten its tool
    tool = chart.locator(f"[data-title='{shape}']")
    tool.click()
    expect(tool).to_contain_class("active")
    visitor.settled()
    area = chart.locator(".nsewdrag").bounding_box()
    assert area is not None
    left, right, top, bottom = (
        area["x"] + 3, area["x"] + area["width"] - 3, area["y"] + 3, area["y"] + area["height"] - 3
    )  # fmt: skip
    mouse = visitor.page.mouse
    mouse.move(left, top)
    mouse.down()
    for x, y in [(right, bottom)] if shape == "Box Select" else [(right, top), (right, bottom), (left, bottom)]:
        mouse.move(x, y, steps=8)
    mouse.up()
    visitor.see("1000 runs are picked")  # fewer are drawn
    visitor.settled()
    visitor.press("Clear")
    expect(visitor.page.locator(".st-key-compare_picked")).to_have_count(0)
    visitor.is_well()


@pytest.mark.long
def test_the_direction_of_a_metric_is_kept_for_everybody(many: Dashboard, visit: Visit) -> None:
    visitor = visit(PROJECTOR)
    visitor.go(many, "compare", experiment="1", metric="metric_0")
    visitor.press("Which way is better?")
    visitor.page.get_by_role("radiogroup").get_by_text("Lower is better").click()
    visitor.settled()
    another = visit(PHONE, locale="es-ES")
    another.go(many, "compare", experiment="1", metric="metric_0")
    another.push("compare_choices_fold")
    expect(another.page.get_by_text("↓ más bajo es mejor").first).to_be_visible()
    another.is_well()


def chips(visitor: Visitor, key: str) -> Locator:
    """Return what is chosen in a list of several, as chips."""
    return visitor.page.locator(f".st-key-{key} .react-aria-ComboBox [data-tag]")


def add_and_take_away(visitor: Visitor, key: str) -> None:
    """Add an option by the mouse, then press the × of the last chip, the list still open."""
    visitor.settled()  # what is shown anew while the list is open closes it
    before = chips(visitor, key).count()
    visitor.page.locator(f".st-key-{key} .react-aria-ComboBox input").click()
    visitor.page.get_by_role("option").first.click()
    expect(chips(visitor, key)).to_have_count(before + 1)
    visitor.settled()
    chips(visitor, key).last.locator("button").click()  # hidden from roles while the list is open
    expect(chips(visitor, key)).to_have_count(before)


@pytest.mark.long
@pytest.mark.parametrize(
    ("size", "count"),  # on a phone in one row, or in more rows than there is room for
    [
        pytest.param(PHONE, 3, id="phone-3", marks=pytest.mark.long),
        pytest.param(PHONE, 20, id="phone-20", marks=pytest.mark.long),
        pytest.param(PROJECTOR, 3, id="projector-3", marks=pytest.mark.long),
        pytest.param(PROJECTOR, 20, id="projector-20"),
    ],
)
def test_the_cross_of_a_chip_takes_a_run_away_after_another_was_added(
    many: Dashboard, visit: Visit, size: dict[str, int], count: int
) -> None:
    runs = open_store(many.store_uri).client.search_runs(["1"], max_results=count)
    visitor = visit(size)
    visitor.go(many, "compare", experiment="1", runs=",".join(run.info.run_id for run in runs))
    expect(chips(visitor, "compare_runs")).to_have_count(count)
    if size == PHONE:
        visitor.push("compare_choices_fold")
    add_and_take_away(visitor, "compare_runs")
    visitor.is_well()


@pytest.mark.long
def test_the_cross_of_a_chip_takes_a_column_away_after_another_was_added(many: Dashboard, visit: Visit) -> None:
    visitor = visit(PHONE)
    visitor.go(many, "experiments", experiment="1")
    visitor.push("experiments_columns_menu")
    expect(chips(visitor, "experiments_columns").first).to_be_visible()
    add_and_take_away(visitor, "experiments_columns")
    visitor.is_well()


@pytest.mark.long
@pytest.mark.parametrize(
    ("size", "scheme", "locale"),
    [
        pytest.param(PHONE, "light", "es-ES", id="phone"),
        pytest.param(PROJECTOR, "dark", "en-US", id="projector", marks=pytest.mark.long),
    ],
)
def test_a_thousand_runs_fit_the_screen(
    many: Dashboard, visit: Visit, size: dict[str, int], scheme: str, locale: str
) -> None:
    visitor = visit(size, locale=locale, scheme=scheme)
    visitor.go(many, "compare", experiment="1", filter="all")
    visitor.is_well()
    for tab in range(1, 7):
        visitor.page.locator(".st-key-compare_chart [role=tab]").nth(tab).click()
        visitor.settled()
        visitor.is_well()
    visitor.go(many, "experiments", experiment="1")
    visitor.is_well()


def in_sight(visitor: Visitor, part: Locator, least: int = 0) -> bool:
    """Tell whether a part, or at least so much of its top, lies in the first screenful."""
    box, size = part.bounding_box(), visitor.page.viewport_size
    assert box is not None
    assert size is not None
    return box["y"] >= 0 and box["y"] + (least or box["height"]) <= size["height"]


@pytest.mark.long
@pytest.mark.parametrize(
    ("locale", "scheme"), [("es-ES", "dark"), pytest.param("en-US", "light", marks=pytest.mark.long)]
)
def test_the_answer_is_in_the_first_screenful_of_the_projector(
    filled_dashboard: Dashboard, visit: Visit, locale: str, scheme: str
) -> None:
    visitor = visit(PROJECTOR, locale=locale, scheme=scheme)
    visitor.go(filled_dashboard, "compare", experiment="1", metric="test_accuracy", projector="1")
    chart = visitor.part("compare_bars").locator(".js-plotly-plot")
    expect(chart).to_be_visible()
    visitor.settled()
    assert in_sight(visitor, visitor.part("compare_verdict"))
    assert in_sight(visitor, chart, least=150)
    expect(visitor.part("compare_metric")).to_be_hidden()
    visitor.is_well()
    visitor.push("compare_choices_fold")
    expect(visitor.part("compare_metric")).to_be_visible()
    visitor.is_well()
