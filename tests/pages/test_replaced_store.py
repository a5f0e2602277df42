"""The store's file is removed or replaced while the dashboard runs: pages say so, and nothing is made anew."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from core.i18n import speaking, translate
from core.store.connection import Store, open_store
from tests.fixtures.stores import database
from tests.pages.reading import READ_THE_STORE, Dashboard, everything_on, problems, stands

pytestmark = pytest.mark.sqlite_only(reason="only a file is removed or replaced")

Start = Callable[[str], Dashboard]


@pytest.fixture
def another(migrated_database: Path, tmp_path: Path) -> Path:
    """A store beside the one in use, with a run that only it has."""
    path = tmp_path / "another.db"
    shutil.copy(migrated_database, path)
    a_run(open_store(f"sqlite:///{path}"), "pinus")
    return path


def a_run(store: Store, name: str) -> None:
    store.client.set_terminated(store.client.create_run("0", run_name=name).info.run_id)


@pytest.mark.part(10)
@pytest.mark.parametrize("page", READ_THE_STORE)
def test_a_page_says_that_the_stores_file_is_gone_and_makes_none(app: Start, store: Store, page: str) -> None:
    dashboard = app(store.uri)
    dashboard.open("home")
    database(store).unlink()
    session = dashboard.open(page)
    assert any("is gone: it was removed, moved or renamed. None was made in its place" in p for p in problems(session))
    assert not database(store).exists()


def test_who_has_a_page_open_is_told_at_the_next_look(app: Start, store: Store) -> None:
    session = app(store.uri).open("experiments")
    database(store).unlink()
    session.run()
    stands(session)
    assert any("is gone" in problem for problem in problems(session))
    assert not database(store).exists()


def test_a_file_that_was_put_back_is_shown_again(app: Start, store: Store, tmp_path: Path) -> None:
    a_run(store, "quercus")
    session = app(store.uri).open("experiments", experiment="0")
    away = tmp_path / "away.db"
    database(store).rename(away)
    session.run()
    assert problems(session)
    away.rename(database(store))
    session.run()
    stands(session)
    assert not problems(session)
    assert "quercus" in everything_on(session)


@pytest.mark.part(2)
@pytest.mark.parametrize("lang", ["en", "es"])
def test_another_file_in_its_place_is_shown_and_said(app: Start, store: Store, another: Path, lang: str) -> None:
    a_run(store, "quercus")
    session = app(store.uri).open("experiments", experiment="0", lang=lang)
    assert "quercus" in everything_on(session)
    os.replace(another, database(store))
    with speaking(lang):  # the test's own side formats the options of a page once more
        session.run()
        said = translate("Another file lies in the place of the store’s since {time}. What is shown is from that file.")
    stands(session)
    assert any(warning.value.startswith(said.partition("{")[0]) for warning in session.warning)
    assert "pinus" in everything_on(session)
    assert "quercus" not in everything_on(session)


def test_a_file_that_nobody_replaced_is_not_spoken_of(app: Start, store: Store) -> None:
    a_run(store, "quercus")
    assert not [warning for warning in app(store.uri).open("home").warning if "Another file" in warning.value]


@pytest.mark.long
@pytest.mark.parametrize("content", [b"", b"no database, but a letter"], ids=["empty", "a letter"])
def test_a_file_that_is_no_store_is_said_and_stays_as_it_is(
    app: Start, store: Store, tmp_path: Path, content: bytes
) -> None:
    session = app(store.uri).open("home")
    stranger = tmp_path / "stranger"
    stranger.write_bytes(content)
    os.replace(stranger, database(store))
    session.run()
    stands(session)
    assert problems(session)
    assert database(store).read_bytes() == content
