"""Behind a real nginx with TLS, below a path and at the root: what visitors see, and who they are taken for."""

from __future__ import annotations

import re
import ssl
from collections.abc import Callable, Iterator
from http.client import HTTPSConnection
from urllib.parse import urlsplit

import pandas as pd
import pytest
from playwright.sync_api import Browser, Page, Response, expect

from core.store.connection import Store
from tests.fixtures.dashboards import PHONE, Dashboard, Visitor
from tests.fixtures.proxies import Proxy
from tests.fixtures.stores import FLOWERS, copy_of
from tests.fixtures.websites import small_dashboard

Visit = Callable[..., Visitor]
PIN = "open sesame"
ROW = [[5.1, 3.5, 1.4, 0.2]]


@pytest.fixture(scope="module")
def proxy(populated: Store, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Proxy]:
    """A proxy before a class that lies below a path."""
    folder = tmp_path_factory.mktemp("proxied")
    copy_of(populated, folder / "own")
    made = Proxy(folder / "nginx", "/pizarra")
    settings = {"PIZARRA_PUBLIC_URL": made.address, "PIZARRA_PROXIES": "127.0.0.1", "PIZARRA_PIN": PIN}
    with made.running():
        dashboard = Dashboard(folder / "own", made.dashboard, settings=settings, path=made.path)
        yield made
        dashboard.stop()


class Watch:
    """What a page asked for: what was not answered well, and what is not below the path of the proxy."""

    def __init__(self, page: Page, proxy: Proxy) -> None:
        self._below, self.wrong = proxy.address, list[str]()
        page.on("response", self._note)
        page.on("pageerror", lambda error: self.wrong.append(str(error)))

    def _note(self, response: Response) -> None:
        address = response.url
        looks_for_its_server = "/_stcore/" in address and response.status == 404  # upwards from a page
        if address.startswith(("data:", "blob:")) or looks_for_its_server:
            return
        if response.status >= 400 or not (address == self._below or address.startswith(f"{self._below}/")):
            self.wrong.append(f"{response.status} {address}")


def present(visitor: Visitor) -> None:
    visitor.part("home_pin").locator("input").fill(PIN)
    visitor.push("home_present_button")
    visitor.settled()


@pytest.mark.long
def test_pages_pictures_files_and_invitations_hold_below_the_path(proxy: Proxy, visit: Visit) -> None:
    teacher = visit()
    watch = Watch(teacher.page, proxy)
    teacher.go(proxy)  # type: ignore[arg-type]  # what has an address
    teacher.see("You are in the audience.")
    present(teacher)
    teacher.see("You are the presenter now")
    teacher.is_well()
    cookie = next(one for one in teacher.page.context.cookies() if one["name"] == "pizarra_browser")
    assert (cookie["path"], cookie["secure"], cookie["httpOnly"]) == ("/pizarra", True, True)

    teacher.press("Join")
    teacher.settled()
    expect(teacher.page.locator("h2").first).to_contain_text(f"{proxy.port}/pizarra/c")
    expect(teacher.page.get_by_alt_text("QR code of the address")).to_be_visible()
    assert teacher.page.evaluate("[...document.images].every((one) => one.complete && one.naturalWidth > 0)")

    teacher.press("Experiments")
    teacher.settled()
    assert urlsplit(teacher.page.url).path == "/pizarra/experiments"
    teacher.push("experiments_download")
    assert len(pd.read_csv(teacher.save("experiments_csv"))) >= 1
    teacher.page.reload()
    teacher.settled()
    teacher.is_well()
    assert watch.wrong == []


@pytest.mark.long
def test_a_phone_joins_and_asks_on_light_pages_below_the_path(proxy: Proxy, visit: Visit) -> None:
    page = visit(PHONE).page
    watch = Watch(page, proxy)
    page.goto(f"{proxy.address}/c")  # as the QR code has it
    page.get_by_label("Your nickname").fill("Luz")
    page.get_by_role("button", name="Join").click()
    expect(page.get_by_text("Luz").first).to_be_visible()
    assert urlsplit(page.url).path == "/pizarra/c/"
    page.get_by_role("link", name="What if", exact=True).click()
    expect(page.locator("#answers")).not_to_be_empty()
    page.get_by_role("link", name="ES", exact=True).click()
    expect(page.locator("html")).to_have_attribute("lang", "es")
    chosen = next(one for one in page.context.cookies() if one["name"] == "pizarra_language")
    assert (chosen["path"], chosen["secure"]) == ("/pizarra/c", True)
    page.get_by_role("link", name="Abrir el panel completo").click()
    expect(page.locator("h1").first).to_be_visible()
    assert urlsplit(page.url).path == "/pizarra/"
    assert watch.wrong == []


@pytest.mark.long
def test_programs_ask_below_the_path(proxy: Proxy, visit: Visit) -> None:
    page = visit().page
    watch = Watch(page, proxy)
    page.goto(f"{proxy.address}/api/docs")
    expect(page.get_by_text("What programs may ask", exact=False).or_(page.locator(".opblock")).first).to_be_visible()
    assert watch.wrong == []
    ask = page.request
    assert ask.get(f"{proxy.address}/api").json()["docs"] == "/pizarra/api/docs"
    assert ask.get(f"{proxy.address}/api").url == f"{proxy.address}/api/"
    described = ask.get(f"{proxy.address}/api/openapi.json").json()
    assert described["servers"] == [{"url": "."}]
    route = f"{proxy.address}/api/models/{FLOWERS}/Production/invocations"
    assert len(ask.post(route, data={"instances": ROW}).json()["predictions"]) == 1
    assert ask.get(f"{proxy.address}/v2/models/{FLOWERS}/ready").status == 200


@pytest.mark.long
def test_by_another_name_nobody_comes_in_and_who_comes_unencrypted_is_led(proxy: Proxy, visit: Visit) -> None:
    ask = visit().page.request
    led = ask.get(f"http://localhost:{proxy.http_port}/anything", max_redirects=0)
    assert (led.status, led.headers["location"]) == (301, f"{proxy.address}/")
    trusting = ssl.create_default_context(cafile=proxy.folder / "certificate.pem")
    with pytest.raises(ssl.SSLError):
        HTTPSConnection("127.0.0.1", proxy.port, context=trusting, timeout=20).request("GET", "/pizarra/")
    connection = HTTPSConnection("localhost", proxy.port, context=trusting, timeout=20)
    connection.request("GET", "/pizarra/api/ping", headers={"Host": "evil.example"})
    with pytest.raises(ConnectionError):
        connection.getresponse()


@pytest.fixture(scope="module")
def forgetful(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Proxy, Proxy]]:
    """A proxy at the root and one that says nothing of itself, before a dashboard of this computer without a PIN."""
    folder = tmp_path_factory.mktemp("forgetful")
    told = Proxy(folder / "told")
    with small_dashboard(folder, everywhere=False, PIZARRA_PUBLIC_URL=told.address) as port:
        one = Proxy(folder / "told", dashboard=port, port=told.port)
        other = Proxy(folder / "silent", dashboard=port, forgets=("X-Forwarded-For", "X-Forwarded-Proto"))
        with one.running(), other.running():
            yield one, other


@pytest.mark.long
@pytest.mark.parametrize("which", [0, 1], ids=["told", "silent"])
def test_who_comes_through_a_proxy_never_sits_at_this_computer(
    forgetful: tuple[Proxy, Proxy], browser: Browser, which: int
) -> None:
    """The way in that the settings name says it, also where the proxy does not."""
    page = browser.new_page(ignore_https_errors=True)
    for address in (forgetful[which].address, f"http://localhost:{forgetful[which].dashboard}"):
        page.goto(address)
        expect(page.get_by_text(re.compile("role audience may - "))).to_be_visible()
    page.close()
