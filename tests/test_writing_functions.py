"""Whoever writes was asked: by the text of every function of ``core``, with the exceptions listed here."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from pathlib import Path
from textwrap import dedent

import pytest

from tests.core.test_access import WRITING
from tests.fixtures.writers import Reader, outside, writes_to_disk

ROOT = Path(__file__).parents[1]

# Functions that write though nobody was asked, and why
FREE = {
    "core.tables.sheets.only_sheet": "makes a file in memory",
    "core.database.DatabaseFile.__init__": "makes the file at the start",
    "core.classroom.members.Members.introduce_presenter": "keeps a name that whoever presents has given",
    "core.classroom.members.Members.join": "whoever comes gives themselves a nickname",
    "core.classroom.presenters.Presenters.__post_init__": "keeps the hash of the setting's PIN at the start",
    "core.classroom.presenters.Presenters.leave": "takes a right of one's own away",
    "core.classroom.presenters.Presenters.show": "who shows the PIN becomes somebody who may",
    "core.classroom.presenters.go_on": "whoever starts the program renews its PIN",
    "core.classroom.questions.Questions.answer": "whoever has joined answers for themselves",
    "core.process.rule_work.carry_out": "carries out a schedule's rule, in the name of who made it, who was asked",
    "core.process.scheduled_watch.work": "carries out a schedule, in the name of who made it, who was asked",
    "core.process.scheduled_scores.work": "carries out a schedule, in the name of who made it, who was asked",
    "core.serving.meter_files.share": "makes an empty folder at the start",
    "core.serving.tokens.Tokens.who": "notes when a token was used, as whoever shows it asks",
    "core.serving.log.prediction_log.PredictionLog.__init__": "opens nothing yet; what is noted, its thread writes",
    "core.serving.log.prediction_log.PredictionLog.note": "keeps what a model was asked, whoever asked it",
    "core.serving.log.prediction_log.PredictionLog.note_shadow": "keeps what another version says of that",
    "core.store.abandoned.settle_abandoned": "at the start: says of runs whose program is gone that they have ended",
    "core.store.foreign.child.main": "answers on the standard output that its parent gave it",
    "core.store.mirror.snapshot.save": "keeps what was read of the store, for this program alone",
    "core.store.registry.stages.has_stages": "asks a server for a change of a model that does not exist",
    "core.store.runs.export.as_parquet": "writes into memory",
    "core.store.sweeps.TrialWriter.give_up": "writes into a trial: whoever began its sweep was asked",
    "core.store.sweeps.TrialWriter.write": "writes into a trial: whoever began its sweep was asked",
    "core.store.sweeps.writing_trial": "writes into a trial, in its worker: whoever began its sweep was asked",
    "core.store.writer.RunWriter.add": "writes into a run: whoever scheduled it was asked",
    "core.store.writer.RunWriter.kept_after": "keeps what a store did not take: whoever scheduled the run was asked",
    "core.store.writer.RunWriter.log_steps": "writes into a run: whoever scheduled it was asked",
    "core.store.writer.RunWriter.progress": "writes into a run: whoever scheduled it was asked",
    "core.store.writer.RunWriter.write": "writes into a run: whoever scheduled it was asked",
    "core.store.writer.writing": "writes into a run, in its worker: whoever scheduled it was asked",
    "core.training.sweeps.conductor.Conductor._work": "carries out a sweep: whoever began it was asked",
    "core.training.datasets.load_dataset": "keeps a public file that was downloaded and checked, for all",
}
# Functions that write for those who have asked: whoever calls one is held to that
LOWER = {
    "core.alerts.alerts.Alerts.note_told": "of what somebody was told, for messages",
    "core.alerts.alerts.Alerts.take": "alerts that follow from a look, for a watch: whoever made that was asked",
    "core.alerts.looks.Looks.add": "what came of a look, for a watch: whoever made that was asked",
    "core.alerts.messages.Messages.tell": "a message on its way, for who tells",
    "core.alerts.rules.Firings.bury": "that a rule's program died, for the watch that looks",
    "core.alerts.rules.Firings.claim": "which run carries a rule out, for a watch: whoever made that was asked",
    "core.alerts.rules.Firings.fail": "that a rule failed, for the watch that carried it out",
    "core.alerts.rules.Firings.end": "what came of a rule, for the watch that carried it out",
    "core.backup.archive.packing": "the file of a backup, for back_up",
    "core.backup.own_files.copied": "a copy in a scratch folder, for back_up",
    "core.store.dumps.dump": "all rows of a store in a scratch file, for back_up",
    "core.store.dumps.load": "all rows of a store, for restore",
    "core.store.dumps.move_in_file": "rows in a scratch file, for restore",
    "core.store.states.files.link": "a second name of a file, for what exchanges or restores a store",
    "core.systems.put_in_place": "a finished file in its place, for all that write whole files",
    "core.database.DatabaseFile.write_down": "a fact in a file of ours, for all that keep something there",
    "core.prediction.tables.results.ResultFiles.__init__": "the files of a result, for score_file",
    "core.prediction.tables.results.ResultFiles.__enter__": "the files of a result, for score_file",
    "core.prediction.tables.results.ResultFiles.__exit__": "the files of a result, for score_file",
    "core.schedules.claims.Claims.bury": "the end of runs that nobody holds, for the runner",
    "core.schedules.claims.Claims.claim": "a run of a schedule, for the runner: whoever made that was asked",
    "core.schedules.claims.Claims.end": "what came of a run, for the runner that claimed it",
    "core.schedules.claims.Claims.hold": "that a run goes on, for the runner that claimed it",
    "core.serving.precomputed.redis_table.RedisTable.drop": "answers made before, for keep",
    "core.serving.precomputed.sqlite_table.SqliteTable.add": "answers made before, for keep",
    "core.serving.precomputed.sqlite_table.SqliteTable.begin": "answers made before, for keep",
    "core.serving.precomputed.sqlite_table.SqliteTable.drop": "answers made before, for keep",
    "core.serving.precomputed.sqlite_table.SqliteTable.put_in_force": "answers made before, for keep",
    "core.serving.log.files.Stream.__init__": "a file of the prediction log, for the log's thread",
    "core.serving.log.files.compact": "a file of the prediction log, for the log's thread",
    "core.serving.log.files.compact_left_behind": "what an ended log left, for the log's thread",
    "core.serving.log.files.keep_within": "the oldest days of the prediction log, for the log's thread",
    "core.serving.log.prediction_log.PredictionLog.note_truth": "true answers, for Truths, which asks who tells them",
    "core.store.ends.settle": "the end of a run, for the programs that train it and for who stops it",
    "core.store.ends.settle_noted": "ends of runs that were noted, for the next who writes there",
    "core.store.ends.settle_or_note": "the end of a run, for the writer",
    "core.store.kept_results.forget_kept": "results that are in their store, for who uploaded them",
    "core.store.kept_results.keep": "results that a store did not take, for the writer",
    "core.store.registry.journals.first": "the timeline's runs, for the timeline",
    "core.store.registry.journals.go_on": "the timeline's runs, for the timeline",
    "core.store.registry.journals.write_once": "the timeline's entries, for the timeline",
    "core.store.registry.stages.write_standing": "stages, tags and aliases together, for promotion",
    "core.store.registry.timeline.record": "an entry around a deed, for promotion",
    "core.store.sending.prepare": "the files of a run before they are sent, for the writer",
    "core.store.sending.send": "all that a run logs, for the writer and for who uploads it later",
    "core.store.sending.send_dataset": "which data a run used, for what logs a run or a trial",
    "core.store.states.backups.keep": "the backup of a store, for what exchanges it",
    "core.store.states.backups.note_gone": "what came of a backup, for what exchanges a store",
    "core.store.states.backups.remove_oldest": "backups there are too many of, for what exchanges a store",
    "core.store.states.backups.unfinished_folder": "where a state is put together, for what exchanges a store",
    "core.store.states.files.bring_files": "files of a state, for what exchanges a store",
    "core.store.states.files.keep_files": "files of a backup, for what exchanges a store",
    "core.store.states.files.remove_files": "files that nobody needs, for what exchanges a store",
    "core.store.states.pack.unpack_files": "files of a pack, for what exchanges a store",
    "core.store.twins.forget_twins": "a run that a server made twice, for the writer",
    "core.training.datasets.write_in_one_step": "a download or a kept table, for what keeps them",
    "core.training.doubts.findable": "the end of a run that may have been created, for launch and its baseline",
    "core.training.endings.Endings.tell": "the end of a run, later where its store is away, for jobs",
    "core.training.launching.launch_baseline": "run 0, which is nobody's, for launch and sweeps",
    "core.store.sweeps.end_sweep": "the end of a sweep, for the thread that carries it out",
    "core.store.sweeps.note_sweep": "what has become of a sweep, for the thread that carries it out",
}
EXPORT = "trainers.export"  # writes the file of code that whoever gives the command has named
UPLOADS = "core.ui.predict.scoring.upload"  # keeps what a visitor uploads until it is scored


def sources(*folders: str) -> dict[str, str]:
    """Return the text of every module below these folders by its name."""
    paths = sorted(path for folder in folders for path in (ROOT / folder).rglob("*.py"))
    return {".".join(path.relative_to(ROOT).with_suffix("").parts): path.read_text(encoding="utf-8") for path in paths}


CORE = {name: text for name, text in sources("core").items() if not name.startswith(("core.ui.", "core.api."))}
SHOWN = sources("core/ui", "core/api", "pages", "trainers")


@pytest.fixture(scope="module")
def reader() -> Reader:
    """All of core but what is shown, read."""
    return Reader(CORE, frozenset(FREE), frozenset(LOWER))


def test_every_function_of_core_that_writes_asks_who_may(reader: Reader) -> None:
    assert reader.failing() == {}


def test_every_exception_is_one(reader: Reader) -> None:
    assert reader.needless() == set()


def test_every_function_that_asks_is_seen_to_refuse(reader: Reader) -> None:
    """``tests/core/test_access.py`` calls each of them as somebody who may not."""
    assert reader.asking() - WRITING.keys() == set()


def test_pages_and_the_command_line_write_only_by_what_asks() -> None:
    assert outside(SHOWN, LOWER) == {}


def test_of_what_is_shown_only_uploads_are_put_on_the_disk_and_they_ask() -> None:
    writing = {name for name, text in SHOWN.items() if any(map(writes_to_disk, ast.walk(ast.parse(text))))}
    assert writing == {UPLOADS, EXPORT}
    assert 'session.actor().check("score")' in SHOWN[UPLOADS]


def test_pages_let_code_be_run_only_where_core_says_that_it_may() -> None:
    said = {
        ast.unparse(node.value)
        for text in {**SHOWN, **sources("core/process")}.values()
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.keyword) and node.arg == "allow_code"
    }
    assert said == {"consented(version)", "consented(one)", "consented(left)", "allow_code"}


# The reader itself

ASKS = """
    from core.access import Actor

    def describe(store: Store, actor: Actor, text: str) -> None:
        '''Write it.'''
        actor.check("edit")
        _write(store, text)

    def _write(store, text):
        store.client.update_registered_model("m", text)
    """


def failing(**modules: str) -> dict[str, list[str]]:
    made_up: Mapping[str, str] = {name.replace("_", "."): dedent(text) for name, text in modules.items()}
    return Reader(made_up).failing()


def test_who_asks_first_may_write() -> None:
    assert failing(core_a=ASKS) == {}


@pytest.mark.parametrize(
    ("what", "instead"),
    [
        ('actor.check("edit")', "pass"),
        ('actor.check("edit")\n        _write(store, text)', '_write(store, text)\n        actor.check("edit")'),
        ('actor.check("edit")', 'if text:\n            actor.check("edit")'),
        ("actor: Actor, text: str", 'text: str, actor: Actor = Actor("", "presenter")'),
        ("actor: Actor", "actor: str"),
        ('actor.check("edit")', 'actor.may("edit")'),
        ('actor.check("edit")', 'somebody.check("edit")'),
    ],
    ids=["never", "too late", "sometimes", "whoever calls may leave it out", "a name", "no refusal", "another one"],
)
def test_who_does_not_ask_first_is_found(what: str, instead: str) -> None:
    assert what in ASKS
    assert list(failing(core_a=ASKS.replace(what, instead))) == ["core.a.describe"]


@pytest.mark.parametrize(
    "statement",
    [
        "store.client.set_tag(run, 'a', 'b')",
        "partial(store.client.delete_run, run)()",
        "store.client._get_registry_client().transition_model_version_stage('m', '1', 'Staging')",
        "mlflow.start_run(run_id=run)",
        "mlflow.sklearn.log_model(run)",
        "get_artifact_repository(run).log_artifact('file')",
        "Path(run).write_text('a')",
        "Path(run).replace(target)",
        "Path(run).open('wb')",
        "open(run, mode='a')",
        "os.replace(run, target)",
        "shutil.copytree(run, target)",
        "table.to_parquet(run)",
        "pq.write_table(table, run)",
        "sqlite3.connect(run)",
    ],
)
def test_each_way_to_write_is_known(statement: str) -> None:
    source = f"def save(run: str) -> None:\n    {statement}\n"
    assert list(failing(core_a=source)) == ["core.a.save"]
    assert failing(core_a=source.replace("def save", "def _save")) == {}  # nobody calls it


@pytest.mark.parametrize(
    "statement",
    [
        "store.client.get_run(run)",
        "store.client.search_runs([run])",
        "open(run)",
        "Path(run).open('rb')",
        "run.replace('a', 'b')",
        "table.replace([1], 2)",
        "table.to_csv(index=False)",
        "axes.set_title(run)",
        "sqlite3.connect(run, uri=True)",
    ],
)
def test_reading_needs_nobody(statement: str) -> None:
    assert failing(core_a=f"def look(run: str) -> object:\n    return {statement}\n") == {}


def test_a_write_is_found_behind_other_functions_classes_and_modules() -> None:
    found = failing(
        core_a=ASKS.replace('actor.check("edit")', "pass"),
        core_b="""
            from core import a
            class Board:
                def show(self) -> None:
                    self._prepare()
                def _prepare(self) -> None:
                    partial(a.describe, None)()
            """,
    )
    assert set(found) == {"core.a.describe", "core.b.Board.show"}
    held = """
        class Files:
            def __enter__(self): open("a", "w")
        """
    assert set(failing(core_b=held, core_c="from core.b import Files\ndef go():\n    with Files(): pass\n")) == {
        "core.b.Files.__enter__",
        "core.c.go",
    }


def test_who_hands_its_actor_on_has_asked_but_not_who_hands_on_another() -> None:
    caller = """
        from core.a import describe
        from core.access import Actor
        PROGRAM = Actor("", "presenter")

        def rename(store: Store, actor: Actor) -> None:
            describe(store, {actor}, "text")
        """
    assert failing(core_a=ASKS, core_b=caller.format(actor="actor")) == {}
    assert failing(core_a=ASKS, core_b=caller.format(actor="PROGRAM")) == {
        "core.b.rename": ["core.a.describe as somebody else"]
    }
    asked = caller.replace("describe(store, ", 'actor.check("load_demo")\n            describe(store, ')
    assert failing(core_a=ASKS, core_b=asked.format(actor="PROGRAM")) == {}  # it may, once it was asked


def test_an_exception_that_is_none_is_found() -> None:
    reader = Reader({"core.a": dedent(ASKS)}, free=frozenset({"core.a.describe"}), lower=frozenset({"core.a.gone"}))
    assert reader.needless() == {"core.a.describe", "core.a.gone"}


def test_pages_that_write_by_themselves_are_found() -> None:
    page = "from core.store.registry import stages\nstages.write_standing(store)\nstore.client.set_tag('a', 'b', 'c')\n"
    assert outside({"pages.a": page}, LOWER) == {"pages.a": ["core.store.registry.stages.write_standing", "set_tag"]}
