"""A room of mischief: an audience that sends all there is, and changes nothing that it may not."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest

from core.classroom.asked import Asked
from core.classroom.class_file import ClassFile
from core.classroom.members import Members
from core.classroom.presenters import Presenters
from core.classroom.questions import Questions
from core.store.connection import Store
from core.store.runs.tables import ALGORITHM_TAG, BASELINE, STUDENT_TAG
from tests.fixtures.actors import ANA
from tests.fixtures.dashboards import Dashboard, free_port
from tests.fixtures.draws import is_long
from tests.fixtures.mischief import Visitor
from tests.fixtures.stores import copy_of
from tests.fixtures.websites import visit

PIN, PRESENTER = "open sesame", "p" * 32
QUIET = [(f"q{number:031}", f"Pupil {number}") for number in range(20)]
ANSWERS = {nickname for _word, nickname in QUIET[:5]}  # who has answered


@pytest.fixture
def room(populated: Store, tmp_path: Path) -> Iterator[Dashboard]:
    """A class with a presenter and twenty who do nothing."""
    folder = tmp_path / "room"
    copy_of(populated, folder)
    file = ClassFile(folder / "cache")
    Presenters(file, PIN).show(PIN, PRESENTER, "")
    for word, nickname in QUIET:
        Members(file).join(word, nickname)
    asked = Questions(file).ask(ANA, Asked("words", {"en": "Which one?"}, (("one", {}), ("two", {})), truth="two"))
    for member in Members(file).all():
        if member.nickname in ANSWERS:
            Questions(file).answer(member.number, asked.number, "two")
    file.close()
    running = Dashboard(folder, free_port(), pin=PIN, settings={"PIZARRA_RUNS_EACH": "1"})
    yield running
    running.stop()


def kept(folder: Path, known: set[str]) -> dict[str, list[tuple[object, ...]]]:
    """Return all rows of the store but those of runs that are not known."""
    with closing(sqlite3.connect(folder / "mlflow.db")) as database:
        tables = [name for (name,) in database.execute("select name from sqlite_master where type = 'table'")]
        rows = {}
        for table in tables:
            columns = [row[1] for row in database.execute(f"pragma table_info({table})")]
            found = database.execute(f"select * from {table}").fetchall()
            if "run_uuid" in columns:
                place = columns.index("run_uuid")
                found = [row for row in found if row[place] in known]
            rows[table] = sorted(found, key=repr)
        return rows


def run_ids(folder: Path) -> set[str]:
    with closing(sqlite3.connect(folder / "mlflow.db")) as database:
        return {run for (run,) in database.execute("select run_uuid from runs")}


# Of what belongs to new runs, or to all that was ever trained: what a run logs adds rows there
GROWING = {"datasets", "inputs", "input_tags", "logged_models", "logged_model_metrics", "logged_model_params",
           "logged_model_tags", "experiments", "trace_info"}  # fmt: skip


@pytest.mark.timeout(1200)
def test_an_audience_that_sends_everything_changes_nothing_that_it_may_not(room: Dashboard) -> None:
    known = run_ids(room.folder)
    before = kept(room.folder, known)
    many, seconds = (30, 600.0) if is_long() else (6, 12.0)
    vandals = [Visitor(room.port, seed, forges=not seed % 5) for seed in range(many)]
    host, origin = f"localhost:{room.port}", f"http://localhost:{room.port}"
    word = f"pizarra_browser={PRESENTER}"
    with ThreadPoolExecutor(many) as pool, visit(room.port, host, origin, Cookie=word) as page:
        assert page
        going = [pool.submit(vandal.go_on, seconds) for vandal in vandals]
        while not all(one.done() for one in going):
            page.visit()  # the presenter's page goes on
            assert not page.problem
    for one in going:
        one.result()
    after = kept(room.folder, known)
    assert {table for table in before if before[table] != after[table]} <= GROWING
    for table in GROWING & before.keys():
        assert set(before[table]) <= set(after[table])
    new = run_ids(room.folder) - known
    with closing(sqlite3.connect(room.folder / "mlflow.db")) as database:
        said = database.execute("select run_uuid, key, value from tags where key like 'pizarra.%'").fetchall()
    owners = {run: value for run, key, value in said if key == STUDENT_TAG}
    baselines = {run for run, key, value in said if (key, value) == (ALGORITHM_TAG, BASELINE)}
    assert all(owners.get(run) for run in new - baselines)  # nobody trained without a nickname
    file = ClassFile(room.folder / "cache")
    members = Members(file)
    assert [members.member(word).nickname for word, _nickname in QUIET] == [nickname for _word, nickname in QUIET]  # type: ignore[union-attr]
    assert Presenters(file, PIN).has_shown(PRESENTER)
    question = Questions(file).now()
    assert question
    assert question.is_open
    answered = [one.number for one in members.all() if one.nickname in ANSWERS]
    assert [Questions(file).own(number, question.number) for number in answered] == ["two"] * len(ANSWERS)
    assert not any(Presenters(file, PIN).has_shown(vandal.word) for vandal in vandals)
    file.close()
    assert not [failure for vandal in vandals for failure in vandal.failures]
    assert all(vandal.done["press"] and vandal.done["light"] for vandal in vandals)
    log = (room.folder / "dashboard.log").read_text(encoding="utf-8")
    # Whoever forges the kind of a value ends a page of their own, and no other
    assert ("A page failed" in log) <= any(vandal.done["own page ended"] for vandal in vandals)
    assert "A light page failed" not in log
