"""What a schedule of the kind ``score`` does: the workers score a file, or all files of a folder, with a version."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from core.access import Actor
from core.errors import ModelError, PizarraError, TrainingError
from core.i18n import N_, _
from core.prediction.open_version import ToOpen
from core.prediction.tables.batch import Scored, Scoring, parquet_files
from core.prediction.tables.identified import check_has_ids
from core.prediction.tables.renewing import LeftAsItWas, score_part_if_new
from core.process import shared
from core.process.asked import consented
from core.schedules.runner import Doing
from core.schedules.told import Told, told_of
from core.serving.precomputed.here import precomputed
from core.serving.precomputed.keeping import keep, place_of
from core.settings import settings
from core.store.registry.references import version_named, which_named
from core.store.registry.registered_models import Version
from core.training.long_tasks import LongTask
from core.training.workers import Workers

LOOK_SECONDS = 0.5
MODEL, PATH = "model", "path"  # what it is given: NAME, NAME/Staging, NAME/3 or NAME@alias; and a file or a folder
ID = "id"  # and, where answers are to be looked up, the column by whose values they are
FORMATS = ("csv", "parquet")  # of the result of one file
Task = LongTask[Scored | LeftAsItWas]


def checked(arguments: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return what it is given, checked: a version that there is, and a file or folder that is there.

    Raises:
        PizarraError: there is no such model or version, or the path is none that workers can find.
    """
    named, path = str(arguments.get(MODEL, "")).strip(), str(arguments.get(PATH, "")).strip()
    version_named(shared.store(), named)
    # Workers of a given cluster may have what is not here
    if not Path(path).is_absolute() or not (settings().dask_scheduler or Path(path).exists()):
        raise ModelError(
            N_("Scoring needs the full path of a file or folder that is there, but this was given: {path}."),
            N_("Give the full path of a CSV or Parquet file, or of a folder of Parquet files."),
            path=repr(path),
        )
    column = str(arguments.get(ID, ""))
    if column.strip() and Path(path).exists():
        check_has_ids(Path(path), column)
    return {MODEL: named, PATH: path} | ({ID: column} if column.strip() else {})


def words(arguments: Mapping[str, Any]) -> str:
    """Say what it does, in the reader's language."""
    path, model = arguments.get(PATH, "–"), arguments.get(MODEL, "–")
    if ID in arguments:
        said = _("score {path} with {model}, to be looked up by {column}")
        return said.format(path=path, model=model, column=arguments[ID])
    return _("score {path} with {model}").format(path=path, model=model)


def work(doing: Doing) -> Told:
    """Score what is new, by the workers, and say how many rows were answered.

    What fails in one file keeps none of the others. Results lie in a folder beside the files, one a version: scored
    again, they take the place of those before; a file whose result of before still stands is left as it was. Answers
    that are looked up are replaced only where all files could be scored, and are those of all files.

    Raises:
        PizarraError: the version or the files are not there, no file could be scored, answers cannot be looked up, or
            nobody wants it any more.
    """
    arguments, workers = doing.schedule.arguments, shared.jobs().workers
    version, scoring = _scoring(str(arguments[MODEL]))
    tasks = _begun(doing.actor, workers, scoring, Path(arguments[PATH]))
    while not all(task.is_done for task in tasks):
        if doing.unwanted.wait(LOOK_SECONDS):
            for task in tasks:
                task.cancel()
            raise TrainingError(N_("This was stopped before it was done, or its worker is gone."))
    if ID in arguments:
        return _kept(doing.actor, version, arguments, tasks)
    return _told(scoring, tasks)


def _scoring(named: str) -> tuple[Version, Scoring]:
    version, cutoff = version_named(shared.store(), named)
    to_open = ToOpen(version.uri, version.run_id, allow_code=consented(version), cutoff=cutoff)
    return version, Scoring(shared.store_uri(), to_open, version.model, version.number, version.stage)


def _begun(actor: Actor, workers: Workers, scoring: Scoring, path: Path) -> Sequence[Task]:
    if path.suffix and not path.is_dir():
        return [workers.begin(score_part_if_new, actor, scoring, path, formats=FORMATS)]
    files = workers.answer(parquet_files, actor, path)
    return [workers.begin(score_part_if_new, actor, scoring, file) for file in files]


def _kept(actor: Actor, version: Version, arguments: Mapping[str, Any], tasks: Sequence[Task]) -> Told:
    done = [task.result() for task in tasks]  # the first that failed says why, and nothing is kept
    results, left = [one.results["parquet"] for one in done], [one for one in done if isinstance(one, LeftAsItWas)]
    place = place_of(shared.store_uri(), version.model, which_named(str(arguments[MODEL])))
    kept = keep(actor, precomputed(), place, version, results, str(arguments[ID]))
    values: dict[str, str | float] = {
        "model": version.model, "version": kept.version, "answered": kept.answered, "rows": kept.rows,
        "column": kept.column, "files": len(done) - len(left), "left": len(left),
    }  # fmt: skip
    if not left:
        return Told(
            N_("{model}, version {version}, answered {answered} of {rows} rows, which are looked up by {column} now."),
            values,
        )
    return Told(
        N_("{model}, version {version}, answered {answered} of {rows} rows, which are looked up by {column} now. Files "
           "that were new or changed: {files}; left as they were: {left}."),
        values,
    )  # fmt: skip


def _told(scoring: Scoring, tasks: Sequence[Task]) -> Told:
    scored: list[Scored] = []
    left: list[LeftAsItWas] = []
    problems: list[PizarraError] = []
    for task in tasks:
        try:
            done = task.result()
        except PizarraError as problem:
            problems.append(problem)
            continue
        if isinstance(done, LeftAsItWas):
            left.append(done)
        else:
            scored.append(done)
    if not scored and not left:
        raise problems[0]
    rows, places = sum(one.rows for one in scored), [one.errors for one in scored] + [one.errors for one in left]
    values: dict[str, str | float] = {
        "model": scoring.model, "version": scoring.version, "answered": sum(one.answered for one in scored),
        "rows": rows, "files": len(tasks), "left": len(left), "folder": str(places[0].parent),
    }  # fmt: skip
    if not scored and not problems:
        return Told(
            N_("{model}, version {version}: nothing is new. Files left as they were: {left}. Results are in {folder}."),
            values,
        )
    if left and not problems:
        return Told(
            N_("{model}, version {version}, answered {answered} of {rows} rows; files: {files}. Left as they were: "
               "{left}. Results are in {folder}."),
            values | {"files": len(scored)},
        )  # fmt: skip
    if left:
        return Told(
            N_("{model}, version {version}, answered {answered} of {rows} rows. Results are in {folder}. Of {files} "
               "files {left} were left as they were, and {failed} could not be scored: {problem}"),
            values | {"failed": len(problems), "problem": told_of(problems[0]).values["text"]},
        )  # fmt: skip
    if not problems:
        return Told(
            N_("{model}, version {version}, answered {answered} of {rows} rows; files: {files}. Results are in "
               "{folder}."),
            values,
        )  # fmt: skip
    return Told(
        N_("{model}, version {version}, answered {answered} of {rows} rows. Results are in {folder}. Of {files} files "
           "{failed} could not be scored: {problem}"),
        values | {"failed": len(problems), "problem": told_of(problems[0]).values["text"]},
    )  # fmt: skip
