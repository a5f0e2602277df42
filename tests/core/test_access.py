"""Who may do what, and that every function of ``core`` that writes asks before it writes anything."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from core import access
from core.access import ACTIONS, AUDIENCES, Action, Actor, machine_user, stored_name
from core.alerts.alerts import Alerts
from core.alerts.alerts_file import AlertsFile
from core.alerts.looks import Look, Looks
from core.backup.making import back_up
from core.backup.restoring import restore
from core.classroom import guidance
from core.classroom.asked import Asked
from core.classroom.boards import Boards
from core.classroom.class_file import ClassFile
from core.classroom.members import Members
from core.classroom.presenters import Presenters
from core.classroom.questions import Questions
from core.classroom.switches import turn
from core.errors import PizarraError
from core.lesson.progress import Progress, keep_presenters_progress
from core.monitoring.scored_tables import count_rows, score_table
from core.prediction.open_version import ToOpen
from core.prediction.tables.batch import Scoring, parquet_files, score_file, score_part
from core.prediction.tables.joined import join_results
from core.prediction.tables.matching import Matching
from core.prediction.tables.renewing import score_part_if_new
from core.process import alerts as process_alerts
from core.process import retrained_tables, retraining
from core.retraining import launching as anew
from core.retraining.new_rows import NewRows
from core.retraining.parents import Parent, parent_of
from core.schedules.schedules import Schedules
from core.schedules.schedules_file import SchedulesFile
from core.schedules.when import When
from core.serving.log.prediction_log import PredictionLog
from core.serving.log.truths import Truths
from core.serving.precomputed.keeping import keep
from core.serving.serving_file import ServingFile
from core.serving.tokens import Tokens
from core.settings import settings
from core.store.connection import Store, copy_store, open_store, sqlite_path
from core.store.consent import agree, agreed
from core.store.conversion import convert
from core.store.registry import notes
from core.store.registry.cutoffs import save_cutoff
from core.store.registry.editing import Written, edit
from core.store.registry.promotion import (
    Move,
    change_cutoff,
    change_gates,
    delete_model,
    delete_version,
    move,
    settle,
    undo,
)
from core.store.registry.registered_models import find_model, register, set_gates
from core.store.registry.timeline import read_all
from core.store.runs.directions import say_direction
from core.store.runs.documents import add_document
from core.store.runs.lifecycle import delete_runs, restore_runs
from core.store.runs.students import rename_student
from core.store.runs.tracking import find_runs
from core.store.states import exchange
from core.store.states.pack import write_pack
from core.store.sweeps import begin_sweep, reopen_sweep
from core.store.uploading import upload_results
from core.store.writer import schedule_run, take_run
from core.tables.dialects import Dialect
from core.tables.own import OwnTable
from core.training.demo import load_demo, pack_demo, register_demo, schedule_demo, unpack_demo
from core.training.endings import stop_left_behind
from core.training.execution import Job
from core.training.jobs import Jobs
from core.training.launching import launch, schedule
from core.training.sweeps.plan import SweepPlan
from core.training.sweeps.space import Values
from core.training.sweeps.sweeps import Sweeps
from core.training.tables.kept import delete_table, keep_table, keep_with_new_rows, rename_table
from core.training.tables.targets import target
from tests.fixtures.actors import ANA, LUZ
from tests.fixtures.stores import FLOWERS, copy_of
from trainers import TASKS
from trainers.demo import DEMO


@pytest.mark.parametrize("action", sorted(ACTIONS))
def test_the_presenter_may_do_everything(action: Action) -> None:
    ANA.check(action)


@pytest.mark.part(2)
@pytest.mark.parametrize("action", sorted(ACTIONS))
def test_the_audience_may_train_and_stop_what_is_its_own_and_nothing_else(action: Action) -> None:
    assert LUZ.may(action) == (action in {"train", "stop"})
    if not LUZ.may(action):
        with pytest.raises(PizarraError, match=r"Only the presenter may do this now.*Ask the presenter"):
            LUZ.check(action)


def test_what_is_closed_is_closed_to_the_audience_alone() -> None:
    closed = frozenset[Action]({"train"})
    assert not replace(LUZ, closed=closed).may("train")
    assert replace(LUZ, closed=closed).may("stop")
    assert replace(ANA, closed=closed).may("train")


def test_whoever_uses_the_command_line_may_do_everything() -> None:
    assert all(map(machine_user().may, ACTIONS))


def test_a_machine_whose_user_has_no_name_stores_none(monkeypatch: pytest.MonkeyPatch) -> None:
    def nobody() -> str:
        raise OSError

    monkeypatch.setattr(access, "getuser", nobody)
    assert machine_user() == Actor("", "presenter")


@pytest.mark.parametrize("name", ["The class", "La clase", " La clase "])
def test_a_name_that_we_proposed_is_stored_alike_in_every_language(name: str) -> None:
    assert stored_name(name) == "The class"


# Every function that writes


@dataclass(frozen=True)
class Place:
    """Where something is about to be written: a store, and a folder beside it with a table to be scored."""

    store: Store
    folder: Path
    file: ClassFile
    serving: ServingFile
    schedules_file: SchedulesFile
    alerts_file: AlertsFile

    @property
    def alerts(self) -> Alerts:
        """Alerts, one of which is open."""
        return Alerts(self.alerts_file, self.store.uri)

    @property
    def tokens(self) -> Tokens:
        """The tokens of programs."""
        return Tokens(self.serving, required=False)

    @property
    def schedules(self) -> Schedules:
        """What is done by itself."""
        return Schedules(self.schedules_file, self.store.uri)

    @property
    def run_id(self) -> str:
        """A run that has ended."""
        return find_runs(self.store, "attributes.run_name = 'line'").ids[0]

    @property
    def job(self) -> Job:
        """A run that could be trained."""
        return Job(self.store.uri, self.run_id, TASKS["iris"], "logistic_regression", {})

    @property
    def scoring(self) -> Scoring:
        """How it would be scored."""
        return Scoring(self.store.uri, ToOpen(f"models:/{FLOWERS}/2", ""), FLOWERS, 2, "Production")

    @property
    def table(self) -> Path:
        """What would be scored."""
        return self.folder / "rows.parquet"


def _edit(place: Place, who: Actor) -> None:
    model = find_model(place.store, FLOWERS)
    edit(place.store, who, model, model.version(1), Written("Good.", "Flowers.", ["best"], [("size", "L")]))


def _agree(place: Place, who: Actor) -> None:
    version = find_model(place.store, FLOWERS).version(1)
    try:
        agree(who, place.store.uri, version)
    finally:
        assert agreed(place.store.uri, version) == who.may("run_code")


def _score(place: Place, who: Actor) -> None:
    nothing: tuple[Dialect, Matching] = (None, None)  # type: ignore[assignment]  # it is refused before it looks
    score_file(who, place.scoring, place.table, *nothing, place.folder)


def _keep(place: Place, who: Actor) -> None:
    nowhere: Any = None  # it is refused before it looks
    keep(who, nowhere, nowhere, nowhere, [place.table], "id")


def _enter(place: Place, who: Actor) -> None:
    with Boards(place.file).entering(who, "iris", lambda _runs: {}) as note:
        assert note
        note("a run")


def _train_anew(place: Place, who: Actor) -> None:
    anew.prepare(who, anew_parent(place), NEW_ROWS, settings(), lambda: TASKS, only_new=False)


def anew_parent(place: Place) -> Parent:
    """Return a version that could be trained anew."""
    return parent_of(place.store, FLOWERS, TASKS)


def _wait_for_it(place: Place, who: Actor) -> None:
    told = anew.Retraining(FLOWERS, 2, "", "iris", False, "", "", 0, 0, 0, 0)
    anew.scheduled(place.store, who, anew.Prepared(anew_parent(place), TASKS["iris"], told))


Deed = Callable[[Place, Actor], object]
NEW_ROWS = NewRows(pd.DataFrame(), pd.Series([], dtype="str"), "new.csv")
JOBS = Jobs(settings())
SWEEPS = Sweeps(JOBS)
PLAN = SweepPlan("iris", "random_forest", (Values("max_depth", (1, 2)),), "accuracy")
NOW = datetime(2026, 3, 1, tzinfo=UTC)
ROWS = OwnTable(pd.DataFrame({"a": [1.0, 2.0] * 10, "b": ["x", "y"] * 10}), ())
WRITING: Mapping[str, tuple[Action, Deed]] = {
    "core.alerts.alerts.Alerts.see": ("schedule", lambda p, who: p.alerts.see(who, 1, "Known.")),
    "core.process.alerts.see": ("schedule", lambda _p, who: process_alerts.see(who, 1, "Known.")),
    "core.store.registry.notes.note": (
        "schedule", lambda p, who: notes.note(p.store, who, FLOWERS, "alert", "watch: a", "", {"step": "seen"}),
    ),
    "core.store.registry.notes.note_fired": (
        "schedule", lambda p, who: notes.note_fired(p.store, who, FLOWERS, "rule: a", "", {"version": 1}, NOW),
    ),
    "core.classroom.guidance.Guidance.stand": (
        "lead", lambda p, who: guidance.Guidance(p.file).stand(who, "me", guidance.Place("data"))
    ),
    "core.classroom.guidance.Guidance.turn": (
        "lead", lambda p, who: guidance.Guidance(p.file).turn(who, "me", "pause", on=True)
    ),
    "core.classroom.boards.Boards.end": ("lead", lambda p, who: Boards(p.file).end(who, 1, {})),
    "core.classroom.boards.Boards.entering": ("train", _enter),
    "core.classroom.boards.Boards.forget": ("lead", lambda p, who: Boards(p.file).forget(who, 1)),
    "core.classroom.boards.Boards.freeze": ("lead", lambda p, who: Boards(p.file).freeze(who, 1, on=True)),
    "core.classroom.boards.Boards.hide_names": ("lead", lambda p, who: Boards(p.file).hide_names(who, 1, hidden=True)),
    "core.classroom.boards.Boards.open": (
        "lead", lambda p, who: Boards(p.file).open(who, "iris", "test_f1", each=1, total=0),
    ),
    "core.classroom.boards.Boards.put_in_the_spotlight": (
        "lead", lambda p, who: Boards(p.file).put_in_the_spotlight(who, 1, "a"),
    ),
    "core.classroom.boards.Boards.reveal": ("lead", lambda p, who: Boards(p.file).reveal(who, 1, {})),
    "core.classroom.boards.Boards.set_limits": (
        "lead", lambda p, who: Boards(p.file).set_limits(who, 1, each=1, total=1),
    ),
    "core.classroom.members.Members.begin_anew": ("lead", lambda p, who: Members(p.file).begin_anew(who)),
    "core.classroom.members.Members.hide": ("lead", lambda p, who: Members(p.file).hide(who, 1, hidden=True)),
    "core.classroom.members.Members.remove": ("lead", lambda p, who: Members(p.file).remove(who, 1)),
    "core.classroom.questions.Questions.ask": ("lead", lambda p, who: Questions(p.file).ask(who, Asked("number"))),
    "core.classroom.questions.Questions.close": ("lead", lambda p, who: Questions(p.file).close(who, 1)),
    "core.classroom.questions.Questions.put_away": ("lead", lambda p, who: Questions(p.file).put_away(who, 1)),
    "core.classroom.questions.Questions.reveal": ("lead", lambda p, who: Questions(p.file).reveal(who, 1)),
    "core.schedules.schedules.Schedules.make": (
        "schedule", lambda p, who: p.schedules.make(who, "nightly", "score", {}, When("0 2 * * *", "UTC")),
    ),
    "core.schedules.schedules.Schedules.change": (
        "schedule", lambda p, who: p.schedules.change(who, 1, When("0 2 * * *", "UTC")),
    ),
    "core.schedules.schedules.Schedules.turn": ("schedule", lambda p, who: p.schedules.turn(who, 1, on=False)),
    "core.schedules.schedules.Schedules.ask": ("schedule", lambda p, who: p.schedules.ask(who, 1)),
    "core.schedules.schedules.Schedules.remove": ("schedule", lambda p, who: p.schedules.remove(who, 1)),
    "core.schedules.schedules.Schedules.stop_run": ("schedule", lambda p, who: p.schedules.stop_run(who, 1)),
    "core.serving.precomputed.keeping.keep": ("precompute", _keep),
    "core.serving.tokens.Tokens.make": ("edit_tokens", lambda p, who: p.tokens.make(who, "shop")),
    "core.serving.tokens.Tokens.end": ("edit_tokens", lambda p, who: p.tokens.end(who, 1)),
    "core.serving.tokens.Tokens.require": ("edit_tokens", lambda p, who: p.tokens.require(who, on=True)),
    "core.store.runs.students.rename_student": ("lead", lambda p, who: rename_student(p.store, who, ["a"], "b", NOW)),
    "core.classroom.presenters.Presenters.leave_all": ("lead", lambda p, who: Presenters(p.file, "").leave_all(who)),
    "core.lesson.progress.keep_presenters_progress": (
        "lead",
        lambda p, who: keep_presenters_progress(p.file, who, "mine", Progress("data")),
    ),
    "core.classroom.switches.turn": ("lead", lambda p, who: turn(p.file, who, "training", on=False)),
    "core.prediction.tables.batch.parquet_files": ("score_folder", lambda p, who: parquet_files(who, p.folder)),
    "core.prediction.tables.batch.score_file": ("score", _score),
    "core.prediction.tables.batch.score_part": ("score_folder", lambda p, who: score_part(who, p.scoring, p.table)),
    "core.prediction.tables.renewing.score_part_if_new": (
        "score_folder", lambda p, who: score_part_if_new(who, p.scoring, p.table),
    ),
    "core.serving.log.truths.Truths.note": (
        "tell_truth", lambda p, who: Truths(PredictionLog(p.folder / "log"), FLOWERS).note(who, "a", 0, "setosa"),
    ),
    "core.serving.log.truths.Truths.note_table": (
        "tell_truth", lambda p, who: Truths(PredictionLog(p.folder / "log"), FLOWERS).note_table(who, p.table),
    ),
    "core.store.consent.agree": ("run_code", _agree),
    "core.store.connection.copy_store": ("change_store", lambda p, who: copy_store(p.store.uri, who)),
    "core.store.conversion.convert": (
        "change_store", lambda p, who: convert(p.folder / "mlruns", p.folder / "new.db", who)
    ),
    "core.store.registry.cutoffs.save_cutoff": ("save_cutoff", lambda p, who: save_cutoff(p.store, who, FLOWERS, 0.3)),
    "core.store.registry.editing.edit": ("edit", _edit),
    "core.store.registry.promotion.change_cutoff": (
        "save_cutoff", lambda p, who: change_cutoff(p.store, who, FLOWERS, 0.3),
    ),
    "core.store.registry.promotion.change_gates": (
        "edit_gates", lambda p, who: change_gates(p.store, who, FLOWERS, ["f1 > 0.5"]),
    ),
    "core.store.registry.promotion.delete_model": (
        "delete_versions", lambda p, who: delete_model(p.store, who, FLOWERS, ""),
    ),
    "core.store.registry.promotion.delete_version": (
        "delete_versions", lambda p, who: delete_version(p.store, who, FLOWERS, 1, ""),
    ),
    "core.store.registry.promotion.move": ("move", lambda p, who: move(p.store, who, Move(FLOWERS, 1, "Staging"))),
    "core.store.registry.promotion.settle": ("settle", lambda p, who: settle(p.store, who, FLOWERS, 2)),
    "core.store.registry.promotion.undo": ("undo", lambda p, who: undo(p.store, who, FLOWERS, 1)),
    "core.store.registry.registered_models.register": (
        "register", lambda p, who: register(p.store, who, p.run_id, "another"),
    ),
    "core.store.registry.registered_models.set_gates": (
        "edit_gates", lambda p, who: set_gates(p.store, who, FLOWERS, ["f1 > 0.5"]),
    ),
    "core.store.runs.directions.say_direction": (
        "direct", lambda p, who: say_direction(p.store, who, "1", "gap", "lower"),
    ),
    "core.store.runs.documents.add_document": (
        "add_document", lambda p, who: add_document(p.store, who, p.run_id, "scenarios", "a", {}, NOW),
    ),
    "core.store.runs.lifecycle.delete_runs": ("delete_runs", lambda p, who: delete_runs(p.store, who, [p.run_id])),
    "core.store.runs.lifecycle.restore_runs": ("restore_runs", lambda p, who: restore_runs(p.store, who, [p.run_id])),
    "core.backup.making.back_up": (
        "change_store", lambda p, who: back_up(p.store.uri, who, p.folder / "backup.tar.gz", p.folder / "cache"),
    ),
    "core.backup.restoring.restore": (
        "change_store", lambda p, who: restore(p.folder / "backup.tar.gz", p.store.uri, who, p.folder / "cache"),
    ),
    "core.store.states.exchange.bring_back": (
        "reset_demo", lambda p, who: exchange.bring_back(p.store, who, DEMO.pack, "a backup"),
    ),
    "core.store.states.exchange.load": ("load_demo", lambda p, who: exchange.load(p.store, who, DEMO.pack)),
    "core.store.states.exchange.reset": ("reset_demo", lambda p, who: exchange.reset(p.store, who, DEMO.pack)),
    "core.store.states.pack.write_pack": (
        "change_store", lambda p, who: write_pack(p.store, who, p.folder / "pack.tar.xz"),
    ),
    "core.store.uploading.upload_results": (
        "upload_results", lambda p, who: upload_results(p.store, who, p.folder, p.run_id),
    ),
    "core.store.writer.take_run": (
        "train", lambda p, who: take_run(p.store, who, p.run_id, name="n", tags={}),
    ),
    "core.store.writer.schedule_run": (
        "train", lambda p, who: schedule_run(p.store, who, experiment="e", name="n", tags={}),
    ),
    "core.training.demo.load_demo": ("load_demo", lambda p, who: load_demo(p.store, who, DEMO, JOBS)),
    "core.training.demo.pack_demo": ("change_store", lambda _place, who: pack_demo(who, DEMO, settings())),
    "core.training.demo.register_demo": ("load_demo", lambda p, who: register_demo(p.store, who, DEMO)),
    "core.training.demo.schedule_demo": ("load_demo", lambda p, who: schedule_demo(p.store, who, DEMO)),
    "core.training.demo.unpack_demo": ("load_demo", lambda p, who: unpack_demo(p.store, who, DEMO)),
    "core.process.retrained_tables.clean": ("keep_table", lambda _p, who: retrained_tables.clean(who)),
    "core.training.tables.kept.delete_table": ("keep_table", lambda p, who: delete_table(who, p.folder, "a_table")),
    "core.training.tables.kept.keep_table": (
        "keep_table",
        lambda p, who: keep_table(who, p.folder, ROWS, target(ROWS.frame, "b"), title="a", file="a.csv"),
    ),
    "core.training.tables.kept.rename_table": (
        "keep_table", lambda p, who: rename_table(who, p.folder, "a_table", "b"),
    ),
    "core.training.tables.kept.keep_with_new_rows": (
        "keep_table",
        lambda p, who: keep_with_new_rows(
            who, p.folder, TASKS["iris"], ROWS.frame, sides="b", title="a", file="a.csv", made_up=False
        ),
    ),
    "core.retraining.launching.prepare": ("keep_table", _train_anew),
    "core.retraining.launching.scheduled": ("train", _wait_for_it),
    "core.retraining.launching.register_retrained": (
        "register", lambda p, who: anew.register_retrained(p.store, who, p.run_id),
    ),
    "core.process.retraining.retrain": ("keep_table", lambda _place, who: retraining.retrain(who, FLOWERS, NEW_ROWS)),
    "core.process.retraining.register": ("register", lambda p, who: retraining.register(who, p.run_id)),
    "core.process.retraining.carry_out": (
        "register", lambda _place, who: retraining.carry_out(who, FLOWERS, NEW_ROWS),
    ),
    "core.monitoring.scored_tables.count_rows": (
        "score_folder", lambda p, who: count_rows(who, p.store.uri, FLOWERS, p.table),
    ),
    "core.prediction.tables.joined.join_results": (
        "score_folder", lambda p, who: join_results(who, [p.table], p.folder / "joined.parquet"),
    ),
    "core.monitoring.scored_tables.score_table": (
        "score_folder", lambda p, who: score_table(who, p.store.uri, FLOWERS, p.table, p.folder / "scored.csv"),
    ),
    "core.training.launching.launch": ("train", lambda p, who: launch(JOBS, p.store, who, TASKS["iris"], "x", {})),
    "core.training.launching.schedule": (
        "train", lambda p, who: schedule(p.store, who, TASKS["iris"], "random_forest", {}),
    ),
    "core.training.endings.stop_left_behind": ("stop_others", lambda p, who: stop_left_behind(p.store, who, p.run_id)),
    "core.training.jobs.Jobs.use_own_cluster": ("train_here", lambda _place, who: JOBS.use_own_cluster(who)),
    "core.training.jobs.Jobs.stop": ("stop_others", lambda p, who: JOBS.stop(who, p.store, p.run_id)),
    "core.training.jobs.Jobs.submit": ("train", lambda p, who: JOBS.submit(who, p.job)),
    "core.training.jobs.Jobs.submit_all": ("train", lambda p, who: JOBS.submit_all(who, [p.job], lambda: None)),
    "core.store.sweeps.begin_sweep": (
        "train", lambda p, who: begin_sweep(p.store, who, experiment="x", name="x", tags={}),
    ),
    "core.store.sweeps.reopen_sweep": ("train", lambda p, who: reopen_sweep(p.store, who, p.run_id, {})),
    "core.training.sweeps.sweeps.Sweeps.begin": (
        "train", lambda p, who: SWEEPS.begin(p.store, who, TASKS["iris"], PLAN),
    ),
    "core.training.sweeps.sweeps.Sweeps.resume": (
        "train", lambda p, who: SWEEPS.resume(p.store, who, TASKS["iris"], p.run_id),
    ),
    "core.training.sweeps.sweeps.Sweeps.retry": (
        "train", lambda p, who: SWEEPS.retry(p.store, who, TASKS["iris"], p.run_id),
    ),
    "core.training.sweeps.sweeps.Sweeps.widen": (
        "train", lambda p, who: SWEEPS.widen(p.store, who, TASKS["iris"], p.run_id, PLAN),
    ),
    "core.training.sweeps.sweeps.Sweeps.pause": ("stop_others", lambda p, who: SWEEPS.pause(who, p.run_id)),
    "core.training.sweeps.sweeps.Sweeps.stop": ("stop_others", lambda p, who: SWEEPS.stop(who, p.run_id)),
    "core.training.sweeps.sweeps.Sweeps.cancel": ("stop_others", lambda p, who: SWEEPS.cancel(who, p.run_id)),
    "core.training.sweeps.sweeps.Sweeps.refit": (
        "train", lambda p, who: SWEEPS.refit(p.store, who, TASKS["iris"], p.run_id, {}),
    ),
}  # fmt: skip


@pytest.fixture(scope="module")
def place(populated: Store, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """A store that nobody manages to change, though many try."""
    store = open_store(copy_of(populated, tmp_path_factory.mktemp("place") / "store"))
    path = sqlite_path(store.uri)
    assert path is not None
    pd.DataFrame({"a": [1.0]}).to_parquet(path.parent / "rows.parquet")
    file = ClassFile(tmp_path_factory.mktemp("class"))
    Boards(file).open(ANA, "iris", "test_accuracy", each=0, total=0)
    serving = ServingFile(tmp_path_factory.mktemp("serving"))
    Tokens(serving, required=False).make(ANA, "site")
    scheduled = SchedulesFile(tmp_path_factory.mktemp("schedules"))
    Schedules(scheduled, store.uri).make(ANA, "weekly", "score", {}, When("0 2 * * MON", "UTC"))
    watched = AlertsFile(tmp_path_factory.mktemp("alerts"))
    Looks(watched, store.uri).add(Look(FLOWERS, 2, NOW, 60, 4, is_known=True, drifted=("a",)))
    Alerts(watched, store.uri).take(FLOWERS)
    yield Place(store, path.parent, file, serving, scheduled, watched)
    scheduled.close()
    watched.close()
    file.close()
    serving.close()


def everything(place: Place) -> tuple[list[object], list[str]]:
    """Return all that is in the store's database and in the class's, and all files beside the first."""
    with closing(sqlite3.connect(place.folder / "mlflow.db")) as database:
        kept = list(database.iterdump()) + place.file.rows("select * from said")
    for table in ("members", "boards", "tries", "questions", "answers", "guidance"):
        kept += place.file.rows(f"select * from {table}")
    kept += place.schedules_file.rows("select * from schedules") + place.alerts_file.rows("select * from alerts")
    kept += place.serving.rows("select * from tokens") + place.serving.rows("select * from said")
    return kept, sorted(f"{path} {path.stat().st_size}" for path in place.folder.rglob("*"))


@pytest.mark.part(24)
@pytest.mark.parametrize("function", WRITING)
def test_who_may_do_all_but_this_is_refused_by_core_itself_with_nothing_written(
    place: Place, function: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    action, deed = WRITING[function]
    monkeypatch.setitem(access.MAY, "audience", ACTIONS - {action})  # type: ignore[arg-type]
    before = everything(place)
    with pytest.raises(PizarraError, match="Only the presenter may do this"):
        deed(place, LUZ)
    assert everything(place) == before
    assert not JOBS.active()


@pytest.mark.part(16)
@pytest.mark.parametrize("function", [name for name, (action, _) in WRITING.items() if action not in AUDIENCES])
def test_the_audience_is_refused_what_is_the_presenters_alone(place: Place, function: str) -> None:
    before = everything(place)
    with pytest.raises(PizarraError, match="Only the presenter may do this"):
        WRITING[function][1](place, LUZ)
    assert everything(place) == before


def test_the_audience_cannot_let_a_version_pass_that_fails_a_gate(place: Place) -> None:
    before = everything(place)
    with pytest.raises(PizarraError, match="Only the presenter may do this"):
        move(place.store, LUZ, Move(FLOWERS, 1, "Production", "It sees more.", override="I say so."))
    assert everything(place) == before


def test_every_action_is_asked_for_by_some_function() -> None:
    elsewhere = {"override_gates", "stop", "upload"}  # a gate's own test, a run's own test, the door's own test
    assert {action for action, _ in WRITING.values()} | elsewhere == ACTIONS


def test_the_demo_acts_as_the_program_whoever_pressed_the_button(own_populated: Store) -> None:
    register_demo(own_populated, ANA, DEMO)
    last = read_all(own_populated, FLOWERS)[0]
    assert (last.kind, last.by) == ("gates", "Pizarra")


def test_what_the_presenter_says_of_a_versions_code_is_said_of_that_version_and_for_all(place: Place) -> None:
    first, second = (find_model(place.store, FLOWERS).version(number) for number in (1, 2))
    assert not agreed(place.store.uri, first)
    agree(ANA, place.store.uri, first)
    assert agreed(place.store.uri, first)
    assert not agreed(place.store.uri, second)
    assert not agreed("sqlite:///another.db", first)
    assert not agreed(place.store.uri, replace(first, source="file:///another/place"))
