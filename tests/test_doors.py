"""What somebody on the classroom's network, or a page of another place, tries on a real server."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from streamlit.proto.BackMsg_pb2 import BackMsg

from tests.fixtures.websites import ask, own_address, small_dashboard, upload, visit

pytestmark = pytest.mark.timeout(180)


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """A dashboard that listens to this computer alone, and so has no PIN."""
    with small_dashboard(tmp_path_factory.mktemp("door"), everywhere=False) as port:
        yield port


@pytest.fixture(scope="module")
def named_port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """A dashboard that listens to this computer alone, and by whose settings others come through a proxy."""
    with small_dashboard(tmp_path_factory.mktemp("named"), everywhere=False, PIZARRA_HOSTS="pizarra.example") as port:
        yield port


@pytest.fixture(scope="module")
def class_port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """A dashboard that listens to the room, and has a PIN."""
    with small_dashboard(tmp_path_factory.mktemp("class"), PIZARRA_PIN="open sesame") as port:
        yield port


@pytest.fixture(scope="module")
def read_only_port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """A dashboard that listens to the room, and has neither PIN nor list of presenters."""
    with small_dashboard(tmp_path_factory.mktemp("read-only")) as port:
        yield port


def role(port: int, host: str, origin: str = "", **more: str) -> str:
    """Return who somebody is taken for, or that they are refused."""
    with visit(port, host, origin, **more) as page:
        return page.visit()["role"] if page else "refused"


@pytest.mark.part(6)
@pytest.mark.parametrize("name", ["localhost", "LocalHost", "127.0.0.1", "127.1.2.3", "[::1]"])
def test_who_opens_it_by_a_loopback_name_on_this_computer_is_the_presenter(port: int, name: str) -> None:
    assert role(port, f"{name}:{port}", f"http://{name}:{port}") == "presenter"


@pytest.mark.parametrize(
    ("host", "origin"),
    [
        ("evil.example:{port}", "http://evil.example:{port}"),  # a name that was let point here
        ("localhost.evil.example:{port}", "http://localhost.evil.example:{port}"),
        ("127.0.0.1.evil.example:{port}", "http://127.0.0.1.evil.example:{port}"),
        ("localhost:{port}", "http://localhost:9"),  # another program's page on this computer
        ("localhost:{port}", "http://127.0.0.1:{port}"),
        ("localhost:{port}", "http://{lan}:9"),
        ("{lan}:{port}", "http://{lan}:9"),
        ("localhost:{port}", "http://evil.example"),
        ("localhost:{port}", "null"),  # a page in a frame that is shut off
        ("localhost:{port}", "ftp://localhost:{port}"),
    ],
)
def test_a_page_of_another_place_does_not_come_in(port: int, host: str, origin: str) -> None:
    lan = own_address() or "192.168.1.20"
    host, origin = (text.format(port=port, lan=lan) for text in (host, origin))
    assert role(port, host, origin) == "refused"
    for method, path in (("GET", "/api/ping"), ("GET", "/"), ("PUT", "/_stcore/upload_file/a/b"), ("GET", "/media/a")):
        assert ask(port, method, path, Host=host, Origin=origin)[0] == 403


@pytest.mark.parametrize("host", ["", "evil.example@localhost", "localhost/", "localhost:http", "[::1", "a b"])
def test_a_name_that_is_none_does_not_come_in(port: int, host: str) -> None:
    assert ask(port, "GET", "/api/ping", Host=host)[0] in {400, 403}


@pytest.mark.part(4)
@pytest.mark.parametrize("path", ["/", "/api/ping", "/_stcore/health", "/_stcore/host-config"])
def test_a_name_that_was_let_point_here_gets_a_sentence_without_its_origin_too(port: int, path: str) -> None:
    status, said, _headers = ask(port, "GET", path, Host=f"evil.example:{port}", Accept_Language="es-MX,en;q=0.5")
    assert status == 403
    assert said.startswith(f"Este panel no responde al nombre 'evil.example:{port}'.")


@pytest.mark.skipif(not own_address(), reason="this computer is on no network")
def test_a_phone_comes_in_by_the_computers_address_as_audience(class_port: int) -> None:
    here, port = own_address(), class_port
    assert role(port, f"{here}:{port}", f"http://{here}:{port}", to=here) == "audience"
    assert ask(port, "GET", "/api/ping", to=here, Host=f"{here}:{port}")[0] == 200
    assert role(port, f"localhost:{port}", f"http://localhost:{port}", to=here) == "audience"  # it writes what it likes


@pytest.mark.skipif(not own_address(), reason="this computer is on no network")
def test_a_dashboard_of_this_computer_alone_is_not_there_for_a_phone(port: int) -> None:
    with pytest.raises(ConnectionRefusedError):
        ask(port, "GET", "/", to=own_address(), Host=f"{own_address()}:{port}")


# Who presents where others can come in

FORGED = ("X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "Forwarded", "Via", "X-Real-IP")


def test_whoever_comes_from_this_computer_shows_the_pin_like_all_others(class_port: int) -> None:
    host, origin = f"localhost:{class_port}", f"http://localhost:{class_port}"
    with visit(class_port, host, origin) as page:
        assert page
        assert page.visit()["role"] == "audience"
        assert page.visit("pin=open+says+me")["role"] == "audience"
        assert page.problem == "This is not the PIN."
        assert page.visit("pin=open+sesame")["role"] == "presenter"
    with visit(class_port, host, origin) as other:
        assert other
        assert other.visit()["role"] == "audience"


def test_a_browser_that_showed_the_pin_presents_after_a_reload_and_no_other_does(class_port: int) -> None:
    host, origin = f"localhost:{class_port}", f"http://localhost:{class_port}"
    own, others = (f"pizarra_browser={letter * 32}" for letter in "ab")
    with visit(class_port, host, origin, Cookie=own) as page:
        assert page
        assert page.visit("pin=open+sesame")["role"] == "presenter"
    assert role(class_port, host, origin, Cookie=own) == "presenter"
    assert role(class_port, host, origin, Cookie=others) == "audience"


@pytest.mark.parametrize("header", FORGED)
def test_no_header_makes_anybody_the_presenter_of_a_class(class_port: int, header: str) -> None:
    host, origin = f"localhost:{class_port}", f"http://localhost:{class_port}"
    assert role(class_port, host, origin, **{header: "127.0.0.1"}) == "audience"


def test_a_pin_is_not_found_by_trying(class_port: int) -> None:
    with visit(class_port, f"192.168.1.20:{class_port}", f"http://192.168.1.20:{class_port}") as page:
        assert page
        said = []
        for number in range(12):
            assert page.visit(f"pin={number:04}")["role"] == "audience"
            said.append(page.problem)
    assert said[:4] == ["This is not the PIN."] * 4
    assert any(sentence.startswith("After wrong PINs one has to wait") for sentence in said[4:])


def test_without_pin_and_list_everybody_looks_and_nobody_changes_anything(read_only_port: int) -> None:
    host, origin = f"localhost:{read_only_port}", f"http://localhost:{read_only_port}"
    with visit(read_only_port, host, origin) as page:
        assert page
        assert page.visit()["role"] == "audience"
        assert page.visit()["may"] == "-"
        assert page.visit("pin=")["role"] == "audience"
        assert page.visit("pin=0000")["role"] == "audience"


def test_the_audience_may_stop_its_own_and_with_a_nickname_train(class_port: int) -> None:
    host, origin, word = f"localhost:{class_port}", f"http://localhost:{class_port}", "c" * 32
    with visit(class_port, host, origin, Cookie=f"pizarra_browser={word}") as page:
        assert page
        assert page.visit()["may"] == "stop"
        assert page.visit("nickname=Luz")["may"] == "stop,train"


def test_the_audience_uploads_nothing_by_streamlits_own_route_either(class_port: int) -> None:
    with visit(class_port, f"localhost:{class_port}", f"http://localhost:{class_port}") as page:
        assert page
        page.visit()
        status, said = upload(class_port, page.session, "file", 1000)
        assert status == 413
        assert said.startswith("Only the presenter may do this now.")
        page.hear()
        page.visit("pin=open+sesame")
        assert upload(class_port, page.session, "file", 1000)[0] == 204


def test_the_computers_address_makes_nobody_the_presenter_though_it_is_asked_from_here(port: int) -> None:
    assert role(port, f"192.168.1.20:{port}", f"http://192.168.1.20:{port}") == "audience"


@pytest.mark.long
def test_a_name_that_the_settings_know_comes_in_as_audience(named_port: int) -> None:
    assert role(named_port, "pizarra.example", "https://pizarra.example") == "audience"


@pytest.mark.long
def test_where_others_have_a_way_in_nobody_presents_by_sitting_here(named_port: int) -> None:
    """A proxy that says nothing of itself may pass on any name, and have everybody come from this computer."""
    assert role(named_port, f"localhost:{named_port}", f"http://localhost:{named_port}") == "audience"


def test_who_says_of_no_page_that_it_asks_is_not_the_presenter(port: int) -> None:
    assert role(port, f"localhost:{port}") == "audience"


@pytest.mark.parametrize(
    "header", ["X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "Forwarded", "Via", "X-Real-IP"]
)
def test_who_comes_through_somebody_else_is_not_on_this_computer(port: int, header: str) -> None:
    assert role(port, f"localhost:{port}", f"http://localhost:{port}", **{header: "127.0.0.1"}) == "audience"


@pytest.mark.parametrize("kind", ["clear_cache", "load_git_info", "set_run_on_save", "debug_shutdown_runtime"])
def test_no_message_takes_away_what_others_use(port: int, kind: str) -> None:
    host, origin = f"localhost:{port}", f"http://localhost:{port}"
    with visit(port, host, origin) as others, visit(port, host, origin) as page:
        assert others
        assert page
        before = others.visit()
        message = BackMsg()
        setattr(message, kind, True)
        page.say(message)
        assert page.visit() == before
        assert others.visit() == before


@pytest.mark.parametrize("what", ["install_skills", "dismiss_skills_nudge"])
def test_no_message_has_files_written(port: int, what: str) -> None:
    with visit(port, f"localhost:{port}", f"http://localhost:{port}") as page:
        assert page
        message = BackMsg()
        getattr(message.backend_operation_request, what).SetInParent()
        page.say(message)
        assert page.visit()["role"] == "presenter"  # and the answer of the operation did not come before


def test_a_message_that_cannot_be_read_ends_its_own_connection_only(port: int) -> None:
    host, origin = f"localhost:{port}", f"http://localhost:{port}"
    with visit(port, host, origin) as others:
        assert others
        with visit(port, host, origin) as page:
            assert page
            page.say_bytes(b"\xff\xff\xff")
        assert others.visit()["role"] == "presenter"


def test_what_sessions_hold_is_told_to_nobody(port: int) -> None:
    for path in ("/_stcore/metrics", "/_stcore/metrics/", "/_stcore/metrics?families=cache_memory_bytes"):
        assert ask(port, "GET", path, Host=f"localhost:{port}")[0] == 404


@pytest.mark.parametrize("path", ["/", "/api/ping"])
def test_no_other_place_may_show_it_in_a_frame(port: int, path: str) -> None:
    headers = ask(port, "GET", path, Host=f"localhost:{port}")[2]
    assert headers["Content-Security-Policy"] == "frame-ancestors 'self'"
    assert headers["X-Frame-Options"] == "SAMEORIGIN"


def test_no_other_place_may_send_it_messages_from_around_a_frame(port: int) -> None:
    assert '"allowedOrigins":[]' in ask(port, "GET", "/_stcore/host-config", Host=f"localhost:{port}")[1]


def test_nobody_uploads_without_a_session(port: int) -> None:
    status, _said, _headers = ask(port, "PUT", "/_stcore/upload_file/nobody/file", Host=f"localhost:{port}")
    assert status in {400, 403}


@pytest.mark.parametrize("path", ["/_stcore/agent/interact", "/_stcore/agent/mcp"])
def test_streamlits_door_for_programs_is_shut(port: int, path: str) -> None:
    assert ask(port, "POST", path, Host=f"localhost:{port}", Content_Length="0")[0] >= 400


@pytest.mark.parametrize(
    "path", ["/media/../streamlit_app.py", "/component/../../README.md", "/media/%2e%2e/README.md"]
)
def test_no_path_leads_to_files(port: int, path: str) -> None:
    status, said, _headers = ask(port, "GET", path, Host=f"localhost:{port}")
    assert status in {400, 404} or '<div id="root">' in said


def test_a_browser_gets_a_word_of_its_own_with_its_first_page_that_no_page_can_read(port: int) -> None:
    host, accept = f"localhost:{port}", "text/html,application/xhtml+xml"
    first, other = (ask(port, "GET", "/", Host=host, Accept=accept)[2]["Set-Cookie"] for _each in range(2))
    word, *limits = first.split("; ")
    assert set(limits) == {"Path=/", "Max-Age=604800", "HttpOnly", "SameSite=Lax"}
    assert word != other.split("; ")[0]
    assert ask(port, "GET", "/", Host=host, Accept=accept, Cookie=word)[2]["Set-Cookie"] is None


@pytest.mark.parametrize("word", ["pizarra_browser=", "pizarra_browser=me", f"pizarra_browser={'=' * 32}", "other=1"])
def test_a_word_that_is_none_of_ours_is_replaced(port: int, word: str) -> None:
    headers = ask(port, "GET", "/", Host=f"localhost:{port}", Accept="text/html", Cookie=word)[2]
    assert headers["Set-Cookie"].startswith("pizarra_browser=")


@pytest.mark.long
def test_what_is_no_page_gives_no_word(port: int) -> None:
    assert ask(port, "GET", "/api/ping", Host=f"localhost:{port}")[2]["Set-Cookie"] is None
