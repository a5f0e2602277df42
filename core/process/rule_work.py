"""Carry out a rule: retrain with rows whose truth is known, and put the new version in Staging if it is the best."""

from __future__ import annotations

import secrets
from dataclasses import replace
from typing import Any

from core.access import ForbiddenError
from core.alerts.alerts import Alert
from core.alerts.rules import Rule
from core.alerts.sentences import RULE, entry_words
from core.errors import DataError, PizarraError
from core.i18n import DEFAULT_LANGUAGE, speaking
from core.process import alerts, retraining, shared
from core.process.retraining import StoppedError
from core.retraining.new_rows import NewRows
from core.retraining.sentences import comparison_words
from core.schedules.runner import Doing
from core.schedules.told import Told
from core.store.registry import notes
from core.store.registry.notes import AlreadyDoneError
from core.store.registry.registered_models import Version

FOLDER = "folder"  # under which the file of alerts keeps what tells it from those of other folders


def new_rows(version: Version) -> NewRows:
    """Return the rows that were asked since a version was made and have a true answer, as retraining takes them.

    Raises:
        PizarraError: the version or the log cannot be read.
    """
    return retraining.labelled_rows(f"{version.model}/{version.number}", since=version.created)


def is_final(error: PizarraError) -> bool:
    """Tell whether not to try again: the rows were refused, another dashboard did it, or somebody stopped it."""
    return isinstance(error, AlreadyDoneError | DataError | ForbiddenError | StoppedError)


def carry_out(doing: Doing, rule: Rule, version: Version, alert: Alert, rows: NewRows, attempt: int = 1) -> Told:
    """Retrain, compare on old and on new rows, register, and stage the new version where it is the best.

    The new one is the best where it is not worse for certain on the old rows, and better, or the same, on the new.
    ``attempt`` is how often it is begun for the alert.

    Raises:
        AlreadyDoneError: another dashboard on this store did, of a folder of its own.
        PizarraError: it cannot be retrained, or nobody wants it any more.
    """
    by = f"{RULE}{doing.schedule.name}"
    about = {"alert": alert.number, "version": version.number, "rule": rule.arguments, FOLDER: _folder()}
    fired = {**about, "step": "fired", "attempt": attempt}
    notes.note_fired(shared.store(), doing.actor, version.model, by, _english(fired), fired, alert.opened)
    actor, named = replace(doing.actor, name=by), f"{version.model}/{version.number}"
    done = retraining.carry_out(
        actor, named, rows, only_new=rule.learn == "new", stage="Staging", if_better=True, unwanted=doing.unwanted
    )
    new = retraining.register(actor, done.run_id, stage="None") if done.version is None else done.version
    with speaking(DEFAULT_LANGUAGE):
        said = " ".join(comparison_words(done.comparison))
    step = "kept" if done.version is None else "staged"
    about |= {"step": step, "new": new, "run": done.run_id, "said": said}
    notes.note(shared.store(), doing.actor, version.model, "rule", by, _english(about), about)
    return Told("{text}", {"text": _english(about)})


def _english(about: dict[str, Any]) -> str:
    with speaking(DEFAULT_LANGUAGE):
        return entry_words(about)


def _folder() -> str:
    file = alerts.alerts_file()
    if not file.said(FOLDER):
        file.write_down(FOLDER, secrets.token_hex(8))
    return file.said(FOLDER)
