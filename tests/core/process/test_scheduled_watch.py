"""A watch looks at the log of a model, opens and closes alerts and carries its rule out: real store, log and files."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pandas as pd
import pytest

from core import words
from core.alerts.alerts import Alert
from core.alerts.looks import Look
from core.errors import DataError, PizarraError, TrainingError
from core.i18n import speaking
from core.monitoring.opened import open_for_check
from core.prediction.predict import Predictor
from core.process import alerts, known_tasks, rule_work, scheduled, shared
from core.process.retraining import StoppedError
from core.schedules.schedules import Run, Schedule
from core.schedules.when import when
from core.serving import logged
from core.serving.log.entries import Entry
from core.serving.log.truths import Truths
from core.settings import settings
from core.store.connection import Store
from core.store.registry.events import Event
from core.store.registry.promotion import Move, move
from core.store.registry.registered_models import find_model
from core.store.registry.timeline import read_all
from core.training.datasets import table_of
from core.training.jobs import Jobs
from tests.core.process.test_scheduled import Here
from tests.fixtures.actors import ANA
from tests.fixtures.processes import until
from tests.fixtures.stores import FLOWERS, SUGAR
from trainers import TASKS

HOURLY = when("0 * * * *", "UTC")


@pytest.fixture(autouse=True)
def in_use(own_populated: Store, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """The store that the dashboard has open, with a log and alerts of its own; workers are this process."""

    def forget() -> None:
        scheduled.end()
        settings.cache_clear()
        shared.forget()

    monkeypatch.setenv("MLFLOW_TRACKING_URI", own_populated.uri)
    monkeypatch.setenv("PIZARRA_CACHE_DIR", str(tmp_path / "cache"))
    forget()
    monkeypatch.setattr(shared, "jobs", Here)
    yield
    forget()


def flowers(rows: int = 60, grown: float = 0.0, seed: int = 0) -> pd.DataFrame:
    table = table_of(TASKS["iris"], settings()).features.sample(rows, random_state=seed)
    return table.assign(**{"petal length (cm)": table["petal length (cm)"] + grown})


@dataclass
class Watched:
    """The flowers' model in Production, its watch, and who asks it and looks at it."""

    store: Store
    version: int
    predictor: Predictor
    asked: int = 0
    ids: list[str] = field(default_factory=list)

    def ask(self, rows: pd.DataFrame) -> str:
        """Have rows in the log, answered by what the version really says."""
        said = self.predictor.ask(rows)
        self.asked += 1
        name = f"r{self.asked}"
        assert said.probabilities is not None
        log = logged.prediction_log()
        log.note(Entry(name, datetime.now(UTC), FLOWERS, self.version, rows.to_numpy().tolist(), list(said.values),
                       list(rows), origin="api",
                       chances={str(one): said.probabilities[one].tolist() for one in said.probabilities}))  # fmt: skip
        assert log.flush()
        self.ids.append(name)
        return name

    def tell(self, request: str, values: list[str]) -> None:
        """Tell what was true of the rows of a request."""
        told = pd.DataFrame({"request_id": request, "row": range(len(values)), "truth": values})
        Truths(logged.prediction_log(), FLOWERS).note_table(ANA, told)
        assert logged.prediction_log().flush()

    def watch(self, **arguments: Any) -> Schedule:
        given = scheduled.checked("watch", {"model": FLOWERS, **arguments})
        return scheduled.schedules().make(ANA, "nightly", "watch", given, HOURLY)

    def look(self, one: Schedule, seconds: float = 60) -> Run:
        """Have the watch look now, by the runner of this dashboard."""
        schedules = scheduled.schedules()
        known = len(schedules.runs(one.number))
        schedules.ask(ANA, one.number)
        scheduled.runner().look()
        runs = lambda: [run for run in schedules.runs(one.number) if run.ended]  # noqa: E731
        assert until(lambda: len(runs()) == known + 1, seconds)
        return schedules.runs(one.number)[0]

    @property
    def open(self) -> list[Alert]:
        return alerts.alerts().open()

    @property
    def last(self) -> Look:
        return alerts.looks().of(FLOWERS, 1)[0]

    @property
    def timeline(self) -> list[Event]:
        return [event for event in read_all(self.store, FLOWERS) if event.kind in {"alert", "rule"}]


@pytest.fixture
def watched(own_populated: Store) -> Watched:
    [version] = find_model(own_populated, FLOWERS).in_stage("Production")
    opened = open_for_check(own_populated, FLOWERS)
    return Watched(own_populated, version.number, opened.asked.predictor)


def test_a_window_that_drifts_opens_an_alert_that_the_timeline_has_and_two_quiet_ones_close_it(
    watched: Watched,
) -> None:
    one = watched.watch()
    watched.ask(flowers(60, 3.0))
    run = watched.look(one)
    assert run.outcome == "done"
    assert run.words.startswith(f"{FLOWERS}, version 2, rows: 60. What it is asked has changed (petal length (cm))")
    [alert] = watched.open
    assert "input:petal length (cm)" in alert.topics
    assert (watched.last.rows, watched.last.columns, watched.last.is_known) == (60, 4, True)
    [entry] = watched.timeline
    assert (entry.kind, entry.by, entry.about["step"]) == ("alert", "watch: nightly", "opened")
    with speaking("es"):
        assert words.who(entry) == "la vigilancia «nightly»"
        assert words.event(entry).startswith(
            "alerta para la versión 2: lo que se le pregunta ha cambiado (petal length (cm))"
        )
    for seed in (1, 2):
        watched.ask(flowers(60, seed=seed))
        watched.look(one)
    assert watched.open == []
    assert [entry.about["step"] for entry in watched.timeline] == ["closed", "opened"]
    assert words.event(watched.timeline[0]) == ("the alert for version 2 is over: two windows in a row said nothing")


def test_too_few_rows_count_neither_way_and_the_next_window_has_them_too(watched: Watched) -> None:
    one = watched.watch()
    watched.ask(flowers(30, 3.0))
    run = watched.look(one)
    assert "Too few rows to tell: 30 since the last window, and it takes 50. The next look has them too." in run.words
    assert not watched.last.is_known
    assert watched.open == []
    watched.ask(flowers(30, 3.0))
    assert "rows: 60. What it is asked has changed" in watched.look(one).words
    assert "Too few rows to tell: 0 since the last window" in watched.look(one).words


def test_a_window_of_so_many_rows_waits_for_them_and_takes_the_newest(watched: Watched) -> None:
    one = watched.watch(rows="100")
    watched.ask(flowers(90, 3.0))
    assert "Too few rows to tell: 90 since the last window, and it takes 100" in watched.look(one).words
    watched.ask(flowers(100))
    assert "rows: 100. No change beyond chance." in watched.look(one).words


def test_true_answers_that_come_later_are_judged_once_and_show_that_it_is_worse(watched: Watched) -> None:
    one = watched.watch()
    request = watched.ask(flowers(60))
    watched.look(one)
    assert (watched.last.scored, watched.last.labelled) == (0, 0)
    watched.tell(request, ["virginica"] * 60)
    run = watched.look(one)
    assert "Its answers are worse than to the test rows for certain." in run.words
    assert (watched.last.scored, watched.last.worse, watched.last.labelled) == (60, True, 60)
    assert watched.open[0].topics == ("worse",)
    watched.look(one)
    assert (watched.last.scored, watched.last.labelled) == (0, 60)


def test_a_model_that_left_production_ends_its_alert(watched: Watched) -> None:
    one = watched.watch()
    watched.ask(flowers(60, 3.0))
    watched.look(one)
    move(watched.store, ANA, Move(FLOWERS, watched.version, "Archived"))
    run = watched.look(one)
    assert (
        run.words == f"{FLOWERS}, version –, rows: 0. {FLOWERS} has no version in Production, so nothing was looked at."
    )
    assert watched.open == []
    assert watched.timeline[0].about["why"] == "no_version"


def test_a_run_that_stored_no_rows_is_said_and_counts_neither_way(
    watched: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.monitoring.opened.training_reference", lambda *_rows, **_more: None)
    one = watched.watch()
    watched.ask(flowers(60, 3.0))
    assert "stored none of the rows that it learned from" in watched.look(one).words
    assert not watched.last.is_known
    assert watched.open == []


def test_a_log_that_was_turned_off_is_said(watched: Watched, monkeypatch: pytest.MonkeyPatch) -> None:
    one = watched.watch()
    monkeypatch.setenv("PIZARRA_LOG", "0")
    settings.cache_clear()
    assert "The prediction log is turned off (PIZARRA_LOG is 0), so there is nothing to look at." in (
        watched.look(one).words
    )
    with pytest.raises(PizarraError, match="The prediction log is turned off"):
        scheduled.checked("watch", {"model": SUGAR})


def test_what_a_watch_is_given_is_looked_at_as_it_is_made(watched: Watched) -> None:
    assert scheduled.checked("watch", {"model": f" {FLOWERS}/Production", "rows": "200", "windows": "3"}) == {
        "model": FLOWERS, "rows": 200, "windows": 3, "change": "drift", "labelled": 500, "learn": "both",
    }  # fmt: skip
    for given, why in (
        ({"model": "unheard-of"}, "There is no registered model"),
        ({"model": FLOWERS, "rows": "49"}, "A window has 50 to 20,000 rows, but this was given: '49'"),
        ({"model": FLOWERS, "windows": "many"}, "“windows” must be a whole number"),
    ):
        with pytest.raises(PizarraError, match=why):
            scheduled.checked("watch", given)
    watched.watch()
    with pytest.raises(PizarraError, match=f"A model has one watch, but 'nightly' watches {FLOWERS} already"):
        scheduled.checked("watch", {"model": FLOWERS})


def test_what_a_watch_does_is_said_with_its_rule_in_both_languages() -> None:
    given = {"model": "wine", "rows": 200, "windows": 3}
    assert scheduled.words("watch", given) == (
        "watch wine, 200 rows at a time. When 3 windows in a row drift and 500 rows with a true answer are there, "
        "retrain on old and new rows and put the best in Staging."
    )
    with speaking("es"):
        assert scheduled.words("watch", given).startswith("vigilar wine, cada vez 200 filas. Cuando 3 ventanas")
    assert scheduled.words("watch", {"model": "wine", "windows": "odd"}) == "watch wine"


# The rule


class Retraining:
    """Stands in for retraining, which takes minutes: what it was asked, and what came of it."""

    def __init__(self, store: Store) -> None:
        self.store, self.known = store, 60
        self.asked: list[Any] = []
        self.registered: list[Any] = []
        self.better, self.worse_before, self.fails = True, False, ""
        self.kind: type[PizarraError] = TrainingError

    def labelled_rows(self, named: str, *, since: datetime) -> Any:
        return SimpleNamespace(known=self.known, named=named)

    def carry_out(self, actor: Any, named: str, _rows: Any, **wanted: Any) -> Any:
        self.asked.append((actor.name, named, wanted["only_new"], wanted["stage"], wanted["if_better"]))
        if self.fails:
            raise self.kind(self.fails)
        if self.better and not self.worse_before:
            move(self.store, actor, Move(FLOWERS, 1, "Staging"))
            return SimpleNamespace(run_id="abc", comparison=None, version=1)
        return SimpleNamespace(run_id="abc", comparison=None, version=None)

    def register(self, _actor: Any, run_id: str, stage: str) -> int:
        self.registered.append((run_id, stage))
        return 4


@pytest.fixture
def retraining(watched: Watched, monkeypatch: pytest.MonkeyPatch) -> Retraining:
    made = Retraining(watched.store)
    monkeypatch.setattr(rule_work, "retraining", made)
    monkeypatch.setattr(rule_work, "comparison_words", lambda _comparison: ("It is compared.",))
    return made


def drifting(watched: Watched, one: Schedule, windows: int = 1, labelled: int = 60) -> Run:
    """Have a watch see windows that drift; of the rows of the first one the truth is known."""
    for at in range(windows):
        request = watched.ask(flowers(60, 3.0, seed=at))
        if at == 0:
            watched.tell(request, watched_answers(labelled))
        run = watched.look(one)
    return run


def watched_answers(count: int) -> list[str]:
    return (["setosa", "versicolor", "virginica"] * count)[:count]


RULE = {"windows": "2", "labelled": "50"}


def test_a_rule_fires_once_after_its_windows_and_stages_the_best(watched: Watched, retraining: Retraining) -> None:
    one = watched.watch(**RULE)
    drifting(watched, one)
    assert retraining.asked == []
    run = drifting(watched, one, 1, 0)
    assert retraining.asked == [("rule: nightly", f"{FLOWERS}/2", False, "Staging", True)]
    assert "retrained: version 1 is the best and is in Staging. It is compared." in run.words
    drifting(watched, one, 2, 0)
    assert len(retraining.asked) == 1
    firing = alerts.firings().of(watched.open[0])
    assert firing is not None
    assert firing.outcome == "done"
    rules = [event for event in watched.timeline if event.kind == "rule"]
    assert [event.about["step"] for event in rules] == ["staged", "fired"]
    with speaking("es"):
        assert words.who(rules[1]) == "la regla de «nightly»"
        assert words.event(rules[1]).startswith("la regla se cumple para la versión 2: Cuando 2 ventanas seguidas")
        moved = next(event for event in read_all(watched.store, FLOWERS) if event.kind == "move")
        assert words.who(moved) == "la regla de «nightly»"


@pytest.mark.long
def test_a_rule_waits_for_true_answers(watched: Watched, retraining: Retraining) -> None:
    one = watched.watch(**RULE)
    drifting(watched, one, 2, 40)
    assert retraining.asked == []
    retraining.known = 49  # the others do not fit
    watched.tell(watched.ids[1], watched_answers(60))
    drifting(watched, one, 1, 0)
    assert retraining.asked == []
    retraining.known = 50
    drifting(watched, one, 1, 0)
    assert len(retraining.asked) == 1


@pytest.mark.parametrize(("better", "worse_before"), [(False, False), (True, True)])
def test_what_is_not_the_best_is_kept_and_said(
    watched: Watched, retraining: Retraining, better: bool, worse_before: bool
) -> None:
    retraining.better, retraining.worse_before = better, worse_before
    run = drifting(watched, watched.watch(windows="1", labelled="50"))
    assert "version 4 is not the best, so it is registered and stays without a stage" in run.words
    assert retraining.registered == [("abc", "None")]
    assert watched.timeline[0].about["step"] == "kept"


def test_retraining_that_fails_is_said_and_tried_again_later_for_the_same_alert(
    watched: Watched, retraining: Retraining
) -> None:
    retraining.fails = "There is no worker."
    one = watched.watch(windows="1", labelled="50")
    run = drifting(watched, one)
    assert "There is no worker. It is tried again at the first look of its watch after" in run.words
    said = words.event(watched.timeline[0])
    assert said.startswith("retraining came to nothing: There is no worker. It is tried again at the first look")
    drifting(watched, one, 1, 0)
    assert len(retraining.asked) == 1
    alerts.alerts_file().write_rows("update retries set due = 0")
    watched.ask(flowers(60))  # one quiet window does not end an alert, nor what is to be done about it
    retraining.fails = ""
    assert "version 1 is the best and is in Staging" in watched.look(one).words
    rules = [event for event in watched.timeline if event.kind == "rule"]
    assert [event.about["step"] for event in rules] == ["staged", "fired", "failed", "fired"]
    with speaking("es"):
        assert words.event(rules[1]).startswith("la regla se intenta otra vez para la versión 2, intento 2: Cuando")
        assert "Se intenta otra vez en la primera mirada de su vigilancia después del" in words.event(rules[2])


@pytest.mark.parametrize("kind", [DataError, StoppedError])
def test_what_was_refused_or_somebody_stopped_is_not_tried_again(
    watched: Watched, retraining: Retraining, kind: type[PizarraError]
) -> None:
    retraining.fails, retraining.kind = "40 new rows are the fewest.", kind
    run = drifting(watched, watched.watch(windows="1", labelled="50"))
    assert run.words.endswith("40 new rows are the fewest.")
    assert words.event(watched.timeline[0]) == "retraining came to nothing: 40 new rows are the fewest."
    assert not alerts.alerts_file().rows("select * from retries")


def test_a_rule_that_another_dashboard_carried_out_for_this_version_is_not_carried_out_again(
    watched: Watched, retraining: Retraining, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two dashboards on one store, each with a folder of its own: the timeline is what they share."""
    one = watched.watch(windows="2", labelled="50")
    drifting(watched, one)
    with monkeypatch.context() as elsewhere:
        elsewhere.setattr(rule_work, "_folder", lambda: "elsewhere")
        drifting(watched, one, 1, 0)
    assert len(retraining.asked) == 1
    alerts.alerts_file().write_rows("delete from firings")  # as the other one's file has it
    run = drifting(watched, one, 1, 0)
    assert len(retraining.asked) == 1
    assert f"A rule retrained for version 2 of {FLOWERS} already, from another dashboard." in run.words


def test_two_runners_on_one_folder_look_once(watched: Watched, retraining: Retraining) -> None:
    one = watched.watch(windows="1", labelled="50")
    watched.tell(watched.ask(flowers(60, 3.0)), watched_answers(60))
    schedules = scheduled.schedules()
    schedules.ask(ANA, one.number)
    first, second = scheduled.runner(), scheduled.runner.__wrapped__()  # type: ignore[attr-defined]
    assert sorted((first.look(), second.look())) == [0, 1]
    assert until(lambda: [run.outcome for run in schedules.runs(one.number)] == ["done"], 60)
    assert len(retraining.asked) == 1
    assert len(alerts.looks().of(FLOWERS)) == 1


@pytest.mark.long
def test_a_rule_really_retrains_compares_and_stages_or_keeps(watched: Watched, monkeypatch: pytest.MonkeyPatch) -> None:
    """With real workers, and the rows that were asked and told."""
    made = Jobs(replace(settings(), workers=1, dask_scheduler=""))
    monkeypatch.setattr(shared, "jobs", lambda: made)
    known_tasks.told_by("trainers")
    one = watched.watch(windows="1", labelled="50")
    table = table_of(TASKS["iris"], settings())
    rows = table.features.sample(80, random_state=3)
    request = watched.ask(rows.assign(**{"petal length (cm)": rows["petal length (cm)"] + 3.0}))
    watched.tell(request, list(table.target.loc[rows.index].astype(str)))
    try:
        run = watched.look(one, 180)
    finally:
        made.close()
    assert run.outcome == "done"
    [newest] = [one.number for one in find_model(watched.store, FLOWERS).versions if one.number > 3]
    rules = [event for event in watched.timeline if event.kind == "rule"]
    assert [event.about["step"] for event in rules] in (["staged", "fired"], ["kept", "fired"])
    assert rules[0].about["new"] == newest
    stage = "Staging" if rules[0].about["step"] == "staged" else "None"
    assert find_model(watched.store, FLOWERS).version(newest).stage == stage
