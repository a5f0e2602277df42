"""What is pressed on a sweep's page: the page says what became of it, and so does the store."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from streamlit.testing.v1 import AppTest

from core.errors import StoreError
from core.process import shared, visitors
from core.store.abandoned import ABANDONED
from core.store.connection import Store
from core.store.full_disk import FULL, MAKE_ROOM
from core.store.runs.tables import FAILURE_TAG
from core.store.runs.tracking import get_run
from core.training.endings import STOPPED
from core.training.sweeps.conductor import Conductor
from core.training.sweeps.plan import SweepPlan
from core.training.sweeps.space import Values
from core.training.sweeps.trials import Trial, newest, read_trials
from core.ui import session as visitor
from core.ui.sweep import verbs
from tests.fixtures.actors import ANA
from tests.fixtures.processes import until
from tests.fixtures.sweep_task import TASK
from tests.fixtures.sweeps import swept
from tests.pages.reading import Dashboard, everything_on, problems, shown, stands, unescaped

pytestmark = pytest.mark.timeout(120)
Start = Callable[[str], Dashboard]
PATIENCE = 40
QUICK = SweepPlan(TASK.name, "neighbours", (Values("neighbours", tuple(range(1, 6))),), "accuracy", sampler="grid",
                  fixed={"seconds": 0.05})  # fmt: skip
SLOW = replace(QUICK, varied=(Values("seconds", (30.0, 31.0)),), fixed={})
PRESSES = {"sweep_pause", "sweep_resume", "sweep_stop", "sweep_cancel", "sweep_retry", "sweep_widen_press"}


@pytest.fixture(autouse=True)
def _known_task(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have the page know a task whose trials take as long as they are told."""
    monkeypatch.setattr("trainers.tasks", lambda: {TASK.name: TASK})


@pytest.fixture
def begin(store: Store) -> Iterator[Callable[[SweepPlan], str]]:
    """Begin sweeps as the dashboard does that is open; none goes on after the test."""
    begun: list[str] = []

    def conduct(plan: SweepPlan) -> str:
        begun.append(shared.sweeps().begin(store, ANA, TASK, plan))
        return begun[-1]

    yield conduct
    for run_id in begun:
        if shared.sweeps().get(run_id) is not None:
            shared.sweeps().cancel(ANA, run_id)
            ended(run_id)


def ended(run_id: str) -> bool:
    return until(lambda: shared.sweeps().get(run_id) is None, PATIENCE)


def trials(store: Store, run_id: str) -> list[Trial]:
    return read_trials(store, run_id, "accuracy")


def outcomes(store: Store, run_id: str) -> list[str]:
    return [trial.outcome for trial in trials(store, run_id)]


def press(session: AppTest, key: str) -> str:
    """Press a button and return what the page then says."""
    session.button(key=key).click().run()
    stands(session)
    assert not problems(session)
    return shown(session)


def presses(session: AppTest) -> set[str]:
    """Return the keys of what can be pressed that changes the sweep."""
    keys = {str(button.key) for button in session.button if not button.proto.disabled}
    return {key for key in keys if key in PRESSES or key.startswith("sweep_stop_")}


@pytest.mark.long
def test_pause_stop_and_resume_are_pressed_and_each_setting_is_tried_once(
    app: Start, store: Store, begin: Callable[[SweepPlan], str]
) -> None:
    dashboard = app(store.uri)
    run_id = begin(QUICK)
    session = dashboard.open("sweep", run=run_id)
    assert {"sweep_pause", "sweep_stop", "sweep_cancel"} <= presses(session)
    assert "‖ Paused" in press(session, "sweep_pause")
    assert until(lambda: "running" not in (found := outcomes(store, run_id)) and "waiting" not in found, PATIENCE)
    assert get_run(store, run_id).status == "RUNNING"
    assert "▶ Running" in press(session, "sweep_resume")
    assert "▶ Stopping: what runs, ends" in press(session, "sweep_stop")
    assert ended(run_id)
    tried = len(trials(store, run_id))
    assert (get_run(store, run_id).status, set(outcomes(store, run_id))) == ("FINISHED", {"finished"})
    assert tried < 5
    session.run()
    stands(session)
    text = shown(session)
    assert "✓ Finished" in text
    assert f"Resume: {5 - tried} trial" in text
    press(session, "sweep_resume")
    assert ended(run_id)
    found = trials(store, run_id)
    assert len(found) == len({trial.key for trial in found}) == 5
    assert {trial.outcome for trial in found} == {"finished"}


@pytest.mark.long
def test_one_trial_is_stopped_the_others_go_on_and_cancel_ends_them_all(
    app: Start, store: Store, begin: Callable[[SweepPlan], str]
) -> None:
    dashboard = app(store.uri)
    run_id = begin(SLOW)
    assert until(lambda: outcomes(store, run_id) == ["running", "waiting"], PATIENCE)
    first, second = trials(store, run_id)
    session = dashboard.open("sweep", run=run_id)
    assert {f"sweep_stop_{first.run_id}", f"sweep_stop_{second.run_id}"} <= presses(session)
    press(session, f"sweep_stop_{first.run_id}")
    assert [unescaped(toast.value) for toast in session.toast] == ["#1 is stopped."]
    assert get_run(store, first.run_id).status == "KILLED"
    assert get_run(store, first.run_id).tags[FAILURE_TAG] == STOPPED
    assert until(lambda: outcomes(store, run_id) == ["stopped", "running"], PATIENCE)
    press(session, "sweep_cancel")
    assert until(lambda: get_run(store, run_id).status == "KILLED", 3)
    assert ended(run_id)
    assert outcomes(store, run_id) == ["stopped", "stopped"]
    session.run()
    stands(session)
    assert "■ Cancelled" in shown(session)
    assert "Retry the 2 trials that failed or were stopped" in shown(session)
    assert presses(session) == {"sweep_retry"}


@pytest.mark.long
def test_what_failed_is_retried_alone_and_the_page_then_offers_it_no_more(app: Start, store: Store) -> None:
    run_id = swept(store, QUICK, ["finished", "failed", "stopped", "finished", "failed"])
    session = app(store.uri).open("sweep", run=run_id)
    assert "Retry the 3 trials that failed or were stopped" in shown(session)
    press(session, "sweep_retry")
    assert ended(run_id)
    found = trials(store, run_id)
    assert [trial.cell["neighbours"] for trial in found[5:]] == [2, 3, 5]
    assert {trial.outcome for trial in newest(found)} == {"finished"}
    assert get_run(store, run_id).status == "FINISHED"
    assert FAILURE_TAG not in get_run(store, run_id).tags
    session.run()
    stands(session)
    assert "5 of 5 trials are done" in shown(session)
    assert not presses(session)


@pytest.fixture
def joined(app: Start, store: Store, class_settings: None, monkeypatch: pytest.MonkeyPatch) -> Dashboard:
    """The dashboard as a phone sees it whose owner has joined the class."""
    dashboard = app(store.uri)
    monkeypatch.setattr(shared, "is_alone", lambda: False)
    monkeypatch.setattr(visitor, "ip_address", lambda: "192.168.1.20")
    monkeypatch.setattr(visitor, "browser", lambda: "a browser")
    session = dashboard.open("join")
    session.get_by_key("join_nickname").set_value("Luz")
    session.get_by_key("join_button").click().run()
    stands(session)
    return dashboard


@pytest.mark.long
def test_who_may_not_is_offered_nothing_and_refused_in_words(
    joined: Dashboard, store: Store, begin: Callable[[SweepPlan], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    run_id = begin(SLOW)
    assert until(lambda: "running" in outcomes(store, run_id), PATIENCE)
    session = joined.open("sweep", run=run_id)
    assert "0 of 2 trials are done" in shown(session)
    assert not presses(session)
    with monkeypatch.context() as stale:  # as where the class was closed while the page stood
        stale.setattr(verbs, "may", lambda _run_id: True)
        for key in ("sweep_pause", "sweep_stop", "sweep_cancel"):
            session.run()
            session.button(key=key).click().run()
            assert problems(session)[0] == "Only the presenter may do this now."
    assert get_run(store, run_id).status == "RUNNING"
    assert set(outcomes(store, run_id)) <= {"running", "waiting"}
    own = shared.sweeps().begin(store, visitors.actor("", "192.168.1.20", "a browser"), TASK, SLOW)
    mine = joined.open("sweep", run=own)
    assert {"sweep_pause", "sweep_stop", "sweep_cancel"} <= presses(mine)
    press(mine, "sweep_cancel")
    assert until(lambda: get_run(store, own).status == "KILLED", 3)


def test_who_may_not_have_a_sweep_go_on_is_told_who_may(joined: Dashboard, store: Store) -> None:
    for run_id in (
        swept(store, QUICK, ["finished", "failed"]),
        swept(store, QUICK, ["finished"], status="FAILED", reason=ABANDONED),
    ):
        session = joined.open("sweep", run=run_id)
        assert not presses(session)
        assert "Only the presenter, or whoever launched it, may have it go on." in shown(session)
        assert len(trials(store, run_id)) <= 2


@pytest.mark.long
@pytest.mark.parametrize(("language", "words"), [("en", "The disk is full"), ("es", "El disco está lleno")])
def test_a_sweep_that_waits_for_a_store_whose_disk_is_full_says_so_and_so_do_its_trials(
    app: Start,
    store: Store,
    begin: Callable[[SweepPlan], str],
    monkeypatch: pytest.MonkeyPatch,
    language: str,
    words: str,
) -> None:
    dashboard = app(store.uri)
    run_id = begin(SLOW)
    monkeypatch.setattr(Conductor, "trouble", StoreError(FULL, MAKE_ROOM))
    session = dashboard.open("sweep", run=run_id, lang=language)
    assert any(words in warning.value for warning in session.warning)
    failed = swept(store, QUICK, ["finished"])
    trial = trials(store, failed)[0].run_id
    store.client.set_tag(trial, FAILURE_TAG, f"{FULL}\n[Errno 28] No space left on device")
    store.client.update_run(trial, status="FAILED")
    assert words in everything_on(dashboard.open("sweep", run=failed, lang=language))
