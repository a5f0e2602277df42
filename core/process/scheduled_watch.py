"""What a schedule of the kind ``watch`` does: looks at what a model was asked since, opens alerts, carries rules out.

Windows share no rows: each begins where the last one ended that was judged. What comes of them is kept in
``core.alerts``; whatever is cut off in the middle is gone on with by the next look.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pandas as pd

from core.alerts.alerts import Alert, Came
from core.alerts.looks import Look
from core.alerts.rules import DIED, Rule, is_due, rule_of
from core.alerts.sentences import RULE, WATCH, again_words, entry_words, look_words
from core.errors import PizarraError, StoreError
from core.i18n import DEFAULT_LANGUAGE, N_, _, number, speaking
from core.monitoring.log_checks import LogCheck, check_log
from core.process import alerts, scheduled_scores, shared
from core.process.asked import consented
from core.schedules.runner import Doing
from core.schedules.told import Told, as_text, told_of
from core.serving.log.reading import ROW, read_log, read_parts
from core.serving.logged import log_folder, prediction_log
from core.settings import settings
from core.store.registry import notes
from core.store.registry.notes import AlreadyDoneError
from core.store.registry.registered_models import Version, find_model
from core.store.registry.stages import UnknownModelError

logger = logging.getLogger(__name__)

MODEL, ROWS = scheduled_scores.MODEL, "rows"
FEWEST, MOST = 50, 20_000  # rows of a window: with fewer nothing is judged, of more the newest are
LOOKED_BACK = timedelta(days=30)  # of the first window, and how late a true answer may come
FEWEST_TOLD = 10  # true answers that are judged at once: core.comparison.noise.FEWEST_ROWS
TICK = timedelta(microseconds=1)  # after the last row that was judged comes the next one
OFF = N_("The prediction log is turned off (PIZARRA_LOG is 0), so there is nothing to look at.")
NO_VERSION = N_("{model} has no version in Production, so nothing was looked at.")
FEW = N_("Too few rows to tell: {rows} since the last window, and it takes {fewest}. The next look has them too.")


def checked(arguments: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return what it is given, checked: a model, how many rows a window has and, where it has one, the rule.

    Raises:
        PizarraError: there is no such model, it has a watch already, the log is turned off, or the rule is none.
    """
    model = str(arguments.get(MODEL, "")).strip().removesuffix("/Production")
    found = find_model(shared.store(), model)
    if settings().log == 0:
        raise PizarraError(OFF, N_("Set PIZARRA_LOG to 1 and start again."))
    for one in _watches():
        if str(one.arguments.get(MODEL)) == found.name:
            raise PizarraError(
                N_("A model has one watch, but {name} watches {model} already."),
                N_("End it first; what it found stays."),
                name=repr(one.name),
                model=found.name,
            )
    rule = rule_of(arguments)
    return {MODEL: found.name} | _rows_of(arguments) | (rule.arguments if rule else {})


def words(arguments: Mapping[str, Any]) -> str:
    """Say what it does, in the reader's language."""
    watched = _("watch {model}").format(model=arguments.get(MODEL, "–"))
    if size := _size(arguments):
        watched = _("watch {model}, {rows} rows at a time").format(
            model=arguments.get(MODEL, "–"), rows=number(size, 0)
        )
    try:
        rule = rule_of(arguments)
    except PizarraError:  # of another version of us
        rule = None
    return f"{watched}. {rule.words}" if rule else watched


def work(doing: Doing) -> Told:
    """Look, have alerts follow, carry the rule out where it holds, and say what the window said.

    Raises:
        PizarraError: the store does not answer, the version cannot be opened, or the file of alerts is full.
    """
    model = str(doing.schedule.arguments[MODEL])
    version = _in_production(model)
    look = alerts.looks().add(_look(doing, model, version))
    came = alerts.alerts().take(model)
    for one in came:
        _note(doing, one)
    alerts.wake()
    said = [look_words_in_english(look)]
    if version is not None and (rule := rule_of(doing.schedule.arguments)) is not None:
        said += _carried_out(doing, rule, version, look)
    return Told(
        N_("{model}, version {version}, rows: {rows}. {said}"),
        {"model": model, "version": str(look.version or "–"), "rows": float(look.rows), "said": " ".join(said)},
    )


def look_words_in_english(look: Look) -> str:
    """Say what a window said as it is kept in the history of a schedule."""
    with speaking(DEFAULT_LANGUAGE):
        return look_words(look)


def _watches() -> list[Any]:
    from core.process import scheduled  # which names this module, as one of its kinds

    return [one for one in scheduled.schedules().all() if one.kind == "watch"]


def _rows_of(arguments: Mapping[str, Any]) -> dict[str, Any]:
    text = str(arguments.get(ROWS, "")).strip()
    if not text:
        return {}
    if not (text.isascii() and text.isdecimal() and len(text) < 9 and FEWEST <= int(text) <= MOST):
        raise PizarraError(
            N_("A window has {fewest} to {most} rows, but this was given: {rows}."),
            N_("Give another number, or none: then a window is all that was asked since the last one."),
            fewest=FEWEST,
            most=number(MOST, 0),
            rows=repr(text),
        )
    return {ROWS: int(text)}


def _size(arguments: Mapping[str, Any]) -> int:
    try:
        return int(arguments.get(ROWS) or 0)
    except (TypeError, ValueError):
        return 0


def _in_production(model: str) -> Version | None:
    try:
        found = find_model(shared.store(), model).in_stage("Production")
    except UnknownModelError:  # somebody deleted it
        return None
    return found[0] if found else None


def _look(doing: Doing, model: str, version: Version | None) -> Look:
    now = datetime.now(UTC)
    if version is None:
        return Look(model, 0, now, problem=as_text(Told(NO_VERSION, {"model": model})))
    if settings().log == 0:
        return Look(model, version.number, now, problem=as_text(Told(OFF)))
    rows, told, labelled = _logged(doing, model, version.number, now)
    begun = Look(model, version.number, now, len(rows), labelled=labelled)
    size = _size(doing.schedule.arguments) or FEWEST
    is_enough, is_told = len(rows) >= size, len(told) >= FEWEST_TOLD
    if not is_enough and not is_told:
        return replace(begun, problem=as_text(Told(FEW, {"rows": float(len(rows)), "fewest": float(size)})))
    window = rows.tail(_size(doing.schedule.arguments) or MOST).reset_index(drop=True) if is_enough else rows.head(0)
    allow_code = frozenset({model}) if consented(version) else frozenset()
    done: LogCheck = shared.jobs().workers.answer(
        check_log, shared.store_uri(), f"{model}/{version.number}", window, told if is_told else told.head(0),
        settings().log_mask, allow_code,
    )  # fmt: skip
    return _judged(replace(begun, rows=len(window) if is_enough else len(rows)), done, rows, told, size)


def _judged(begun: Look, done: LogCheck, rows: pd.DataFrame, told: pd.DataFrame, size: int) -> Look:
    found = done.found
    is_known = found is not None and found.drift.is_known
    problem = Told(FEW, {"rows": float(len(rows)), "fewest": float(size)})
    if done.problems:
        problem = told_of(done.problems[0])
    return replace(
        begun,
        columns=len(found.drift.columns) if found is not None else 0,
        is_known=is_known,
        drifted=tuple(one.name for one in found.drift.drifted) if found is not None and is_known else (),
        answers_changed=found is not None and is_known and found.answers_changed,
        until=rows["at"].iloc[-1].to_pydatetime() if is_known else None,
        scored=done.scored,
        worse=done.worse,
        told_until=told["told_at"].max().to_pydatetime() if done.scored else None,
        problem="" if is_known or done.scored else as_text(problem),
    )


def _logged(doing: Doing, model: str, version: int, now: datetime) -> tuple[pd.DataFrame, pd.DataFrame, int]:
    """Return the rows since the last window, those whose truth was told since it was judged, and how many have one."""
    before = alerts.looks().of(model, version=version)
    since = next((look.until + TICK for look in before if look.until), now - LOOKED_BACK)
    told_since = next((look.told_until + TICK for look in before if look.told_until), now - LOOKED_BACK)
    prediction_log().flush()
    folder = log_folder()
    rows = read_log(folder, model, since, version=version)
    truths = read_parts(folder, model, "truth", columns=[*ROW, "at"]).to_pandas()
    if not len(truths):
        return rows, rows.head(0).assign(told_at=pd.Series(dtype="datetime64[us, UTC]")), 0
    truths = truths.rename(columns={"at": "told_at"}).sort_values("told_at").drop_duplicates(ROW, keep="last")
    asked = read_parts(folder, model, "asked", version=version, columns=ROW).to_pandas()
    labelled = len(asked.merge(truths, on=ROW))
    new = truths[truths["told_at"] >= told_since]
    if not len(new):
        return rows, rows.head(0).assign(told_at=new["told_at"]), labelled
    told = read_log(folder, model, min(since, now - LOOKED_BACK), version=version).merge(new, on=ROW)
    return rows, told.reset_index(drop=True), labelled


def _note(doing: Doing, came: Came) -> None:
    """Write what became of an alert into its model's timeline; where that is away, the alert stands all the same."""
    alert = came.alert
    about = {
        "step": came.step, "alert": alert.number, "version": alert.version, "topics": list(came.topics),
        "why": alert.why_closed,
    }  # fmt: skip
    _write(doing, alert.model, "alert", f"{WATCH}{doing.schedule.name}", about)


def _write(doing: Doing, model: str, kind: Any, by: str, about: Mapping[str, Any]) -> None:
    """Write an entry into a timeline, or into the log that it could not be written."""
    with speaking(DEFAULT_LANGUAGE):
        why = entry_words(about)
    try:
        notes.note(shared.store(), doing.actor, model, kind, by, why, about)
    except StoreError as error:
        logger.warning("The timeline of %s lacks an entry: %s", model, error)


def _carried_out(doing: Doing, rule: Rule, version: Version, look: Look) -> list[str]:
    """Carry a rule out where it holds, or failed and is due again, and say what came of it; else nothing."""
    opened = alerts.alerts().open(look.model)
    if opened and alerts.firings().bury(opened[0], doing.schedule.name, doing.run.number):
        return _failed(doing, opened[0], PizarraError(DIED))
    if not opened or not (
        alerts.firings().is_due_again(opened[0]) or is_due(rule, alerts.looks().of(look.model, version=version.number))
    ):
        return []
    from core.process import rule_work  # only where a rule holds: it needs all that training does

    try:
        rows = rule_work.new_rows(version)
    except PizarraError as problem:  # what it learned cannot be launched again, perhaps: it is said at each look
        return [str(told_of(problem))]
    if rows.known < rule.labelled:  # some do not fit what the model learns from
        return []
    alert, run, by = opened[0], doing.run.number, doing.schedule.name
    if not alerts.firings().claim(alert, by, run):
        return []
    firing = alerts.firings().of(alert)
    try:
        told = rule_work.carry_out(doing, rule, version, alert, rows, firing.attempt if firing else 1)
    except PizarraError as error:
        if doing.unwanted.is_set():  # the next run of this schedule begins it again
            raise
        return _failed(doing, alert, error)
    alerts.firings().end(alert, run, "done", told)
    return [str(told)]


def _failed(doing: Doing, alert: Alert, error: PizarraError) -> list[str]:
    """Write down that a rule came to nothing, when it is tried again where that may help, and say so."""
    from core.process import rule_work

    told, run = told_of(error), doing.run.number
    again, failures = None, 0
    if rule_work.is_final(error):
        alerts.firings().end(alert, run, "failed", told)
    elif firing := alerts.firings().fail(alert, run, told):
        again, failures = firing.again, firing.failures
    if not isinstance(error, AlreadyDoneError):
        about = {
            "step": "failed", "version": alert.version, "alert": alert.number, "said": str(told), "failures": failures,
            "again": again.isoformat(timespec="seconds") if again else None,
        }  # fmt: skip
        _write(doing, alert.model, "rule", f"{RULE}{doing.schedule.name}", about)
    with speaking(DEFAULT_LANGUAGE):
        return [words for words in (str(told), again_words(again, failures)) if words]
