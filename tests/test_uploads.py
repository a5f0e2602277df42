"""What somebody on the classroom's network uploads to a real server, again and again."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from core.settings import ROOT
from tests.fixtures.websites import Connection, small_dashboard, upload, visit

pytestmark = pytest.mark.timeout(180)
MB = 1024 * 1024


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    folder, limits = tmp_path_factory.mktemp("uploads"), {"PIZARRA_UPLOADS_EACH": "4", "PIZARRA_UPLOADS": "10"}
    with small_dashboard(folder, everywhere=False, **limits) as port:
        yield port


@pytest.fixture
def page(port: int) -> Iterator[Connection]:
    with visit(port, f"localhost:{port}", f"http://localhost:{port}") as page:
        assert page
        page.visit()
        yield page


@pytest.mark.long
def test_one_visit_keeps_no_more_than_its_limit(port: int, page: Connection) -> None:
    came = [upload(port, page.session, f"file-{number}", 19 * MB // 10) for number in range(5)]
    assert [status for status, _said in came] == [204, 204, 413, 413, 413]
    assert came[-1][1] == (
        "What you upload may have 4 MB in all, but with this file it would have 6 MB. Remove the file that you "
        "uploaded before, or choose a smaller one, then upload it again."
    )


@pytest.mark.long
def test_who_is_refused_reads_why_on_the_page_without_asking(port: int, page: Connection) -> None:
    before = page.visit("asked=this")
    assert before["asked"] == "this"
    assert upload(port, page.session, "large", 5 * MB)[0] == 413
    assert page.hear() == before
    assert page.problem == "What you upload may have 4 MB in all, but with this file it would have 5 MB."
    assert upload(port, page.session, "small", MB)[0] == 204
    page.visit()
    assert not page.problem


def test_who_does_not_say_how_much_will_come_is_stopped_where_the_room_ends(port: int, page: Connection) -> None:
    status, said = upload(port, page.session, "file", 8 * MB, chunked=True, language="es")
    assert status == 413
    assert said.startswith("Lo que subes puede ocupar 4 MB en total")
    assert upload(port, page.session, "small", 3 * MB)[0] == 204  # what was stopped takes no room any more


@pytest.mark.long
def test_many_empty_files_end_somewhere(port: int, page: Connection) -> None:
    statuses = [upload(port, page.session, f"file-{number}", 0)[0] for number in range(425)]
    assert statuses[:400] == [204] * 400
    assert statuses[-1] == 413


def test_a_file_that_takes_the_place_of_another_frees_its_room(port: int, page: Connection) -> None:
    for number in range(5):
        assert upload(port, page.session, f"file-{number}", 19 * MB // 10)[0] == 204
        page.has_uploaded(f"file-{number}", 19 * MB // 10)
        assert not page.problem


def test_who_reloads_the_page_again_and_again_takes_no_room_from_others(port: int) -> None:
    for _reload in range(6):
        with visit(port, f"localhost:{port}", f"http://localhost:{port}") as page:
            assert page
            page.visit()
            assert upload(port, page.session, "file", 3 * MB)[0] == 204


def test_all_visits_together_keep_no_more_than_their_limit(port: int) -> None:
    host, origin = f"localhost:{port}", f"http://localhost:{port}"
    with visit(port, host, origin) as one, visit(port, host, origin) as two, visit(port, host, origin) as three:
        came = []
        for page in (one, two, three):
            assert page
            page.visit()
            came += [upload(port, page.session, "file", 39 * MB // 10)]
        assert [status for status, _said in came] == [204, 204, 413]
        assert came[-1][1].startswith("What all visitors upload may have 10 MB in all")
        assert three
        three.hear()
        assert three.problem.startswith("What all visitors upload may have 10 MB in all")


def test_every_page_offers_uploads_in_the_one_way_that_lets_the_file_before_go() -> None:
    sources = [file for folder in ("core", "pages") for file in (ROOT / folder).rglob("*.py")]
    asking = [file.name for file in sources if "st.file_uploader(" in file.read_text(encoding="utf-8")]
    assert asking == ["uploader.py"]
