"""The Serve page in a real browser: a request, a call that is pasted, and a token from its making to its end."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.fixtures.dashboards import PHONE, PROJECTOR, Dashboard, Visitor
from tests.fixtures.stores import FLOWERS, SUGAR

Visit = Callable[..., Visitor]


def pasted(call: str) -> dict[str, object]:
    """Return what a program prints that somebody pastes into a terminal."""
    done = subprocess.run(["bash"], input=call, capture_output=True, text=True, check=True)
    return json.loads(done.stdout)  # type: ignore[no-any-return]


def shown_call(visitor: Visitor) -> str:
    block = visitor.page.locator("code").filter(has_text="curl -sS")
    expect(block).to_be_visible()
    return block.inner_text()


@pytest.mark.long
@pytest.mark.parametrize(
    ("locale", "size", "tabs", "says"),
    [
        pytest.param("es-ES", PROJECTOR, ("Llamadas para copiar", "Tokens"), "se muestra solo ahora", id="es"),
        pytest.param("en-US", PHONE, ("Calls to copy", "Tokens"), "shown only now", id="en", marks=pytest.mark.long),
    ],
)
def test_a_request_a_call_and_a_token_from_its_making_to_its_end(
    filled_dashboard: Dashboard, visit: Visit, locale: str, size: dict[str, int], tabs: tuple[str, str], says: str
) -> None:
    visitor = visit(size, locale)
    visitor.go(filled_dashboard, "serve", model=SUGAR)
    page = visitor.page
    area = page.locator("textarea")
    expect(area).to_have_value(re.compile("bmi"))  # it is there before what stands in it
    inputs = json.loads(area.input_value()) | {"bmi": 31.5}
    area.fill(json.dumps(inputs))
    visitor.push("serve_send")
    expect(page.get_by_text("200 OK").first).to_be_visible()
    expect(
        page.locator("code").filter(has_text=f"POST /api/models/{SUGAR.replace(' ', '%20')}/Production/predict")
    ).to_be_visible()
    visitor.is_well()
    page.get_by_role("tab", name=tabs[0]).click()
    visitor.settled()
    call = shown_call(visitor)
    assert '"bmi": 31.5' in call
    answered = pasted(call)
    assert (answered["model"], answered["version"]) == (SUGAR, 1)
    visitor.is_well()

    page.get_by_role("tab", name=tabs[1]).click()
    visitor.settled()
    page.locator(".st-key-serve_token_make summary").click()
    page.locator(".st-key-serve_token_name input").fill("a shop")
    visitor.push("serve_token_make_button")
    expect(visitor.part("serve_token_new")).to_contain_text(says)
    secret = visitor.part("serve_token_new").locator("code").first.inner_text()
    visitor.settled()
    page.locator(".st-key-serve_require label").first.click()
    expect(visitor.part("serve_token_new")).to_have_count(0)
    visitor.settled()
    assert pasted(call)["error_code"] == "UNAUTHENTICATED"
    with_token = call.replace("--data-raw", f"-H 'Authorization: Bearer {secret}' --data-raw")
    assert pasted(with_token)["prediction"] == answered["prediction"]
    visitor.is_well()
    page.locator(".st-key-serve_token_end summary").click()
    visitor.push("serve_token_end_button")
    expect(page.locator(".st-key-serve_token_end")).to_have_count(0)
    visitor.settled()
    assert pasted(with_token)["error_code"] == "UNAUTHENTICATED"
    page.locator(".st-key-serve_require label").first.click()
    visitor.settled()
    assert pasted(call)["prediction"] == answered["prediction"]
    visitor.is_well()


@pytest.mark.long
@pytest.mark.parametrize("look", ["", "calls", "errors", "tokens"])
def test_every_look_is_well_at_both_sizes(filled_dashboard: Dashboard, visit: Visit, look: str) -> None:
    visitor = visit(PHONE, "es-ES", "dark")
    visitor.go(filled_dashboard, "serve", model=FLOWERS, look=look)
    visitor.is_well()
    visitor.page.set_viewport_size(PROJECTOR)  # type: ignore[arg-type]
    visitor.settled()
    visitor.is_well()
