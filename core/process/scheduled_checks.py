"""What a schedule of the kind ``check`` does: a worker holds the rows of a file against those learned from."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from core.i18n import DEFAULT_LANGUAGE, N_, _, speaking
from core.monitoring import sentences
from core.monitoring.table_checks import check_table
from core.process import scheduled_scores, shared
from core.schedules.runner import Doing
from core.schedules.told import Told
from core.settings import settings

MODEL, PATH = scheduled_scores.MODEL, scheduled_scores.PATH
MOST_NAMED = 3


def checked(arguments: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return what it is given, checked: a version that there is, and a file that is there.

    Raises:
        PizarraError: there is no such model or version, or the path is none that workers can find.
    """
    return scheduled_scores.checked(arguments)


def words(arguments: Mapping[str, Any]) -> str:
    """Say what it does, in the reader's language."""
    return _("check {path} for {model}").format(path=arguments.get(PATH, "–"), model=arguments.get(MODEL, "–"))


def work(doing: Doing) -> Told:
    """Check, by a worker, and say what changed; the file is read anew each time.

    Raises:
        PizarraError: the version or the file is not there, or cannot be read.
    """
    arguments = doing.schedule.arguments
    done = shared.jobs().workers.answer(
        check_table, doing.actor, shared.store_uri(), str(arguments[MODEL]), Path(arguments[PATH]), None,
        settings().allow_code,
    )  # fmt: skip
    with speaking(DEFAULT_LANGUAGE):  # as reasons of failed runs are kept
        changed = [sentences.change_words(one) for one in done.found.drift.drifted[:MOST_NAMED]]
        said = " ".join([sentences.verdict_words(done.found), *changed])
    return Told(
        N_("{model}, version {version}: {said}"),
        {"model": done.version.model, "version": done.version.number, "said": said},
    )
