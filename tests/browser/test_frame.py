"""What every page has: language, projector, one path, no stranger's markup, and no wrong turn on the first visit."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from core.store.connection import open_store
from tests.fixtures.dashboards import Dashboard, Visitor

HOSTILE = (
    "<img src='http://evil.example/x.png' onerror='document.title=1'>",
    "[press](http://evil.example)",
    "![picture](http://evil.example/y.png)",
    "http://evil.example/z",
    "www.evil.example",
    ":material/delete: **bold** $x^2$ <b>b</b>",
)


@pytest.mark.long
def test_a_first_visit_straight_to_a_page_opens_that_page(
    own_dashboard: Dashboard, visit: Callable[..., Visitor]
) -> None:
    visitor = visit()
    visitor.go(own_dashboard, "compare")
    expect(visitor.page.get_by_role("heading", name="Compare")).to_be_visible()
    visitor.is_well()


@pytest.mark.long
def test_the_first_visit_follows_the_browser_and_the_switch_is_kept_in_the_address(
    dashboard: Dashboard, visit: Callable[..., Visitor]
) -> None:
    visitor = visit(locale="es-MX")
    visitor.go(dashboard, "train")
    expect(visitor.page.get_by_role("heading", name="Entrenar")).to_be_visible()
    visitor.page.locator(".st-key-frame_language").get_by_text("EN").click()
    expect(visitor.page.get_by_role("heading", name="Train")).to_be_visible()
    assert "lang=en" in visitor.address()
    visitor.page.locator(".st-key-path").get_by_role("link").first.click()
    expect(visitor.page.get_by_role("heading", name="Data", exact=True)).to_be_visible()
    assert "lang=en" in visitor.address()


@pytest.mark.long
def test_the_projector_shows_bigger_text_and_nothing_around_it(
    dashboard: Dashboard, visit: Callable[..., Visitor]
) -> None:
    size = "parseFloat(getComputedStyle(document.querySelector('h1')).fontSize)"
    visitor = visit()
    visitor.go(dashboard, "data", task="iris")
    normal = visitor.page.evaluate(size)
    visitor.page.locator(".st-key-frame_projector label").click()
    visitor.settled()
    expect(visitor.page.locator("header").first).to_be_hidden()
    assert visitor.page.evaluate(size) > 1.3 * normal
    assert "projector=1" in visitor.address()
    assert visitor.page.locator("[data-testid=stSidebar]").count() == 0
    visitor.is_well()


@pytest.mark.long
def test_what_other_programs_wrote_is_shown_as_text(own_dashboard: Dashboard, visit: Callable[..., Visitor]) -> None:
    store = open_store(own_dashboard.store_uri)
    client = store.client
    experiment = client.create_experiment(HOSTILE[0].replace("/", "∕"))
    runs = []
    for name in HOSTILE:
        run_id = client.create_run(
            experiment, run_name=name, tags={"note": name, "mlflow.note.content": name}
        ).info.run_id
        client.log_param(run_id, "kind", name)
        client.log_metric(run_id, "accuracy", len(runs) / 10)
        client.set_terminated(run_id)
        runs.append(run_id)
    model = client.create_registered_model("<b>bold <img src=x> www.evil.example").name
    client.create_model_version(model, "file:///nowhere", runs[0], description=HOSTILE[1])

    visitor = visit()
    paths = [("", {}), ("experiments", {}), ("compare", {"runs": ",".join(runs)}), ("registry", {}), ("predict", {})]
    for path, params in [*paths, *(("run", {"run": run_id}) for run_id in runs)]:
        visitor.go(own_dashboard, path, **params)
        main = visitor.page.locator("[data-testid=stMain]")
        ours = "[data-testid=stGraphVizChart] svg"  # whose boxes are links, to pages of ours
        assert main.locator(f"img[src*=evil], svg a:not({ours} a), p b").count() == 0, path
        elsewhere = """links => links.map(link => link.href.baseVal ?? link.href).filter(
            address => new URL(address, location.href).hostname !== location.hostname).length"""
        assert main.locator("a").evaluate_all(elsewhere) == 0, path
        assert visitor.page.locator("[data-testid=stException]").count() == 0
        assert visitor.strangers == [], path


CONTRAST = """([selector]) => {
    const parts = colour => colour.match(/[0-9.]+/g).slice(0, 3).map(Number);
    const light = colour => parts(colour)
        .map(c => c / 255).map(c => c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)
        .reduce((sum, c, place) => sum + c * [0.2126, 0.7152, 0.0722][place], 0);
    const element = document.querySelector(selector);
    const style = getComputedStyle(element);
    const [dark, bright] = [light(style.color), light(style.backgroundColor)].sort((a, b) => a - b);
    return (bright + 0.05) / (dark + 0.05);
}"""


@pytest.mark.long
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_what_is_written_on_the_accent_can_be_read(
    dashboard: Dashboard, visit: Callable[..., Visitor], scheme: str
) -> None:
    visitor = visit(scheme=scheme)
    visitor.go(dashboard, "train", task="iris")
    # A button's colours pass over into each other when it comes to life
    visitor.page.wait_for_function(f"selector => ({CONTRAST})([selector]) > 4.5", arg=".st-key-train_launch button")
