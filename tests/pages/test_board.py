"""The board as the presenter and phones see it, and that no page says anything of the hidden half before the reveal."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace

import pytest
from streamlit.testing.v1 import AppTest

from core.access import Actor
from core.comparison.columns import column_ids
from core.comparison.measures import recompute
from core.i18n import number
from core.process import board as boards
from core.process import cache, shared
from core.settings import settings
from core.store.connection import Store, open_store
from core.store.runs.filters import matching, parse_filter
from core.store.runs.tables import STUDENT_TAG
from core.store.writer import writing
from core.training.fit import train
from core.training.hidden import hidden_answers
from core.training.jobs import Jobs
from core.training.launching import schedule
from core.ui import session as visitor
from tests.fixtures.actors import ANA
from tests.pages.reading import PAGES, Dashboard, problems, shown
from trainers import TASKS

Start = Callable[[str], Dashboard]
DIABETES = TASKS["diabetes"]


def opened(each: int = 3) -> None:
    shared.boards().open(ANA, DIABETES.name, "test_rmse", each=each, total=0)


def joined(nickname: str) -> Actor:
    member = shared.members().join(f"browser of {nickname}", nickname)
    return Actor(member.shown, "audience", member=f"member {member.number}")


def attempt(actor: Actor, algorithm: str) -> str:
    """Train as a worker would, here."""
    store = shared.store()
    with shared.boards().entering(actor, DIABETES.name, lambda _runs: {}) as note:
        job = schedule(store, actor, DIABETES, algorithm, {}, tags={"pizarra.student": actor.name})
        assert note is not None
        note(job.run_id)
    with writing(store, job.run_id) as run:
        run.write(train(DIABETES, algorithm, job.params, settings=settings(), report=run.progress, public_half=True))
    return job.run_id


@pytest.fixture
def dashboard(app: Start, store_uri: str, cluster: Jobs, monkeypatch: pytest.MonkeyPatch) -> Dashboard:
    found = app(store_uri)
    open_store(store_uri)
    monkeypatch.setattr(cluster, "contest", shared.boards())
    return found


@pytest.fixture
def class_of_two(dashboard: Dashboard) -> tuple[str, str]:
    """An open board with two people on it; the runs are their best."""
    opened()
    return attempt(joined("Luz"), "linear_regression"), attempt(joined("Eva"), "nearest_neighbours")


def as_phone_of(nickname: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIZARRA_PIN", "open sesame")
    settings.cache_clear()
    monkeypatch.setattr(shared, "is_alone", lambda: False)
    monkeypatch.setattr(visitor, "ip_address", lambda: "192.168.1.20")
    monkeypatch.setattr(visitor, "browser", lambda: f"browser of {nickname}")


def stands(session: AppTest) -> str:
    assert not session.exception
    assert not problems(session)
    return shown(session)


def test_the_presenter_opens_a_board(dashboard: Dashboard) -> None:
    session = dashboard.open("board")
    session.get_by_key("board_task").set_value("diabetes").run()
    session.get_by_key("board_metric_regression").set_value("test_mae").run()
    session.get_by_key("board_each").set_value(2).run()
    session.get_by_key("board_open").click().run()
    words = stands(session)
    assert "Nobody has finished a run yet" in words
    board = shared.boards().current()
    assert board is not None
    assert (board.task, board.metric, board.each, board.total) == ("diabetes", "test_mae", 2, 0)


def test_whoever_opens_one_is_told_of_runs_that_know_all_test_rows(app: Start, populated: Store) -> None:
    session = app(populated.uri).open("board")
    assert "runs of this task in the store were measured on all test rows" in stands(session)


@pytest.mark.long
@pytest.mark.parametrize("language", ["en", "es"])
def test_everybody_sees_places_scores_and_the_chart(
    dashboard: Dashboard, class_of_two: tuple[str, str], language: str
) -> None:
    session = dashboard.open("board", lang=language)
    words = stands(session)
    for word in ("Luz", "Eva", {"en": "2 people", "es": "2 personas"}[language], "test\\_rmse"):
        assert word in words or word.replace("\\", "") in words
    assert session.get_by_key("board_parameter").options
    assert session.get("plotly_chart")


@pytest.mark.long
def test_a_phone_sees_its_own_place_first_and_nothing_to_lead(
    dashboard: Dashboard, class_of_two: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    as_phone_of("Eva", monkeypatch)
    words = stands(dashboard.open("board"))
    assert "You: place" in words
    assert "2 tries left" in words
    assert words.index("You: place") < words.index("Luz")
    assert "➤ Eva" in words
    assert "Lead this board" not in words


@pytest.mark.long
def test_names_are_hidden_but_ones_own(
    dashboard: Dashboard, class_of_two: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    session = dashboard.open("board")
    session.get_by_key("board_names").set_value(True).run()
    assert "Luz" not in stands(session)
    as_phone_of("Eva", monkeypatch)
    words = stands(dashboard.open("board"))
    assert "➤ Eva" in words
    assert "Luz" not in words


@pytest.mark.long
def test_while_names_are_hidden_no_page_says_whose_a_run_is(
    dashboard: Dashboard, class_of_two: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    addresses = {"run": {"run": class_of_two[0]}, "compare": {"runs": ",".join(class_of_two)}}

    def pages_that_say(nickname: str) -> set[str]:
        return {page for page in PAGES if nickname in shown(dashboard.open(page, **addresses.get(page, {})))}

    assert {"board", "experiments"} <= pages_that_say("Luz")
    shared.boards().hide_names(ANA, 1, hidden=True)
    assert STUDENT_TAG not in cache.run(class_of_two[0]).tags
    assert "student" not in column_ids(cache.known_runs(class_of_two))
    assert pages_that_say("Luz") == set()
    as_phone_of("Eva", monkeypatch)
    assert pages_that_say("Luz") == set()
    assert "➤ yours" in shown(dashboard.open("compare", **addresses["compare"]))
    assert matching(cache.known_runs(class_of_two), parse_filter("tags.`pizarra.student` = 'Luz'")) == []
    shared.boards().hide_names(ANA, 1, hidden=False)
    assert {"board", "experiments"} <= pages_that_say("Luz")


def test_the_presenter_freezes_sets_limits_and_shows_one_run_large(
    dashboard: Dashboard, class_of_two: tuple[str, str]
) -> None:
    session = dashboard.open("board")
    session.get_by_key("board_frozen").set_value(True).run()
    assert "Frozen" in stands(session)
    session.get_by_key("board_spotlight_run").set_value(class_of_two[1]).run()
    session.get_by_key("board_new_each").set_value(7)
    session.get_by_key("board_set_limits").click().run()
    stands(session)
    board = shared.boards().current()
    assert board is not None
    assert (board.each, board.spotlight, bool(board.frozen)) == (7, class_of_two[1], True)
    words = stands(dashboard.open("board"))
    assert "n_neighbors" in words


def _answer_here(cluster: Jobs, answers: object, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have the worker answer so: the tests' one stays in the folder of the first test, and models lie in each's."""
    monkeypatch.setattr(cluster.workers, "begin", lambda *_about: SimpleNamespace(result=lambda: answers))


def test_nothing_of_the_hidden_half_is_on_any_page_before_the_reveal_and_then_it_is(
    dashboard: Dashboard, class_of_two: tuple[str, str], cluster: Jobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = hidden_answers(shared.store_uri(), DIABETES, class_of_two, report=lambda _done, _of: None)
    tables = [table for table in answers.values() if table is not None]
    assert len(tables) == 2
    secrets = {number(recompute(table, f"test_{name}")) for table in tables for name in ("rmse", "mae", "r2")}
    secrets |= {f"{recompute(table, 'test_rmse'):.6g}" for table in tables}
    as_phone_of("Eva", monkeypatch)
    addresses = {"run": {"run": class_of_two[0]}, "compare": {"runs": ",".join(class_of_two)}}
    for page in PAGES:
        words = shown(dashboard.open(page, **addresses.get(page, {})))
        assert not [secret for secret in secrets if secret in words], page
    _answer_here(cluster, answers, monkeypatch)
    boards.reveal(ANA, 1, DIABETES)
    words = stands(dashboard.open("board"))
    assert {number(recompute(table, "test_rmse")) for table in tables} <= set(words.replace("*", " ").split())


@pytest.mark.long
def test_the_reveal_and_the_end_are_asked_for_twice_and_a_record_is_kept(
    dashboard: Dashboard, class_of_two: tuple[str, str], cluster: Jobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = hidden_answers(shared.store_uri(), DIABETES, class_of_two, report=lambda _done, _of: None)
    _answer_here(cluster, answers, monkeypatch)
    session = dashboard.open("board")
    session.get_by_key("board_reveal_sure_1").set_value(True).run()
    session.get_by_key("board_reveal").click().run()
    assert "Hidden half" in stands(session)
    assert "board_frozen" not in [one.key for one in session.toggle]
    session.get_by_key("board_names").set_value(True).run()  # names may be hidden and shown also now
    assert "Luz" not in stands(session)
    session.get_by_key("board_names").set_value(False).run()
    assert "Luz" in stands(session)
    session.get_by_key("board_end_sure_1").set_value(True).run()
    session.get_by_key("board_end").click().run()
    assert "The session has ended" in stands(session)
    (kept,) = shared.boards().records()
    assert kept.record is not None
    assert {row["name"] for row in kept.record["rows"]} == {"Luz", "Eva"}
    session = dashboard.open("board")
    assert "Places as CSV" in stands(session)
    session.get_by_key("board_forget_sure").set_value(True).run()
    session.get_by_key("board_forget").click().run()
    assert "The record is forgotten" in stands(session)
    assert shared.boards().records() == []


def test_who_has_no_tries_left_is_told_so_on_the_train_page(
    dashboard: Dashboard, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened(each=1)
    attempt(joined("Luz"), "linear_regression")
    as_phone_of("Luz", monkeypatch)
    session = dashboard.open("train", task="diabetes")
    assert "0 tries left" in shown(session)
    session.get_by_key("train_launch").click().run()
    assert "The limit of tries of each on this board is 1, and you have reached it" in shown(session)
