"""Train the version anew with the rows that are looked at: what it would learn from, how far it is, what came of it."""

from __future__ import annotations

import streamlit as st

from core import words
from core.errors import PizarraError, TrainingError
from core.i18n import N_, _
from core.monitoring.logged import LoggedRows
from core.process import cache, shared
from core.process import retraining as anew
from core.process.memory import kept
from core.retraining.comparison import FairComparison
from core.retraining.launching import Retraining, retraining_of
from core.retraining.new_rows import NewRows, rows_of_log
from core.retraining.sentences import comparison_words, rows_words
from core.settings import settings
from core.store.registry.registered_models import Version, versions_of_run
from core.store.runs.tables import ENDED, RETRAINED_TAG
from core.text import plain
from core.ui import address, frame, navigation, own_runs, session
from core.ui.monitor.choice import Monitored
from core.ui.monitor.own_tables import MOST_ROWS
from core.ui.registry import promotion_dialog

OLD_AND_NEW, ONLY_NEW = "both", "new"
WAYS = {OLD_AND_NEW: N_("Old and new rows"), ONLY_NEW: N_("The new rows alone")}
PART = "anew"


def lead(monitored: Monitored) -> None:
    """Lead from what was found to training anew, where some true answers are known."""
    if address.value("look") != PART and monitored.truths is not None and monitored.truths.notna().any():
        navigation.link("monitor", _("Retrain with the new rows"), look=PART)


def show(monitored: Monitored) -> None:
    """Show what would be learned from and let it be trained; below, what came of the last time."""
    version = monitored.asked.version
    last = _last(version)
    if last and cache.run(last).status not in ENDED:
        _follow(last)
        return
    if last:
        _show_outcome(version, last)
    _offer(monitored)


def _offer(monitored: Monitored) -> None:
    st.markdown(
        _("The same algorithm with the same settings learns again. What it was tested on before stays for testing, and "
          "some of the new rows are held out: both versions are then asked about both.")
    )  # fmt: skip
    way = st.radio(
        _("What it learns from"), list(WAYS), format_func=lambda one: _(WAYS[one]), horizontal=True,
        key="monitor_anew_way",
    )  # fmt: skip
    try:
        told = _looked(monitored, way == ONLY_NEW)
    except PizarraError as problem:  # nobody has pressed anything yet
        st.info(plain(problem.hint, 400), title=plain(problem.message, 400), icon=":material/info:")
        return
    for said in rows_words(told):
        st.markdown(f"- {said}")
    may = frame.allows("keep_table", _("Only the presenter may train a version anew."))
    if st.button(
        _("Retrain with the new rows"), type="primary", icon=":material/model_training:", key="monitor_anew",
        disabled=not may,
    ):  # fmt: skip
        with st.spinner(_("Waking up the workers…")):
            run_id = anew.retrain(session.actor(), _named(monitored), _rows(monitored), only_new=way == ONLY_NEW)
        own_runs.note(run_id)
        st.rerun()


@kept(lambda monitored, only_new: (monitored.key, _known(monitored), only_new), max_entries=32)
def _looked(monitored: Monitored, only_new: bool) -> Retraining:
    return anew.look(_named(monitored), _rows(monitored), only_new=only_new)


def _rows(monitored: Monitored) -> NewRows:
    """Return the rows that are looked at whose true answer is known."""
    if monitored.file is not None:
        name, content = monitored.file
        return anew.table_rows(_named(monitored), content, name, most=MOST_ROWS)
    if monitored.said is None or monitored.at is None or monitored.truths is None:
        raise TrainingError(
            N_("No row has a true answer, so there is nothing to learn from."),
            N_("Tell true answers by the ids of the requests, or bring a table with them."),
        )
    log = LoggedRows(monitored.rows, monitored.said, monitored.at, monitored.truths, monitored.unfit)
    return rows_of_log(log, monitored.asked.fields, settings().log_mask)


def _known(monitored: Monitored) -> int:
    return 0 if monitored.truths is None else int(monitored.truths.notna().sum())


def _named(monitored: Monitored) -> str:
    version = monitored.asked.version
    return f"{version.model}/{version.number}"


def _last(version: Version) -> str:
    """Return the newest run that was trained anew from a version, whoever launched it; empty where there is none."""
    if not version.run_id:
        return ""
    runs = cache.runs([cache.run(version.run_id).experiment_id])
    if RETRAINED_TAG not in runs.tags:
        return ""
    for run_id, text in runs.tags[RETRAINED_TAG].dropna().items():
        told = retraining_of({RETRAINED_TAG: str(text)})
        if told is not None and (told.model, told.version) == (version.model, version.number):
            return str(run_id)
    return ""


@frame.live(1.0)
def _follow(run_id: str) -> None:
    run = cache.run(run_id)
    if run.status in ENDED:
        st.rerun()
    done, doing = words.progress(run, shared.jobs().place(run_id))
    st.markdown(_("**{name}** is trained anew.").format(name=plain(run.title)))
    st.progress(done, text=doing)


def _show_outcome(version: Version, run_id: str) -> None:
    """Show how the new version does against this one, and offer to put it in Staging."""
    with st.container(border=True, key="monitor_anew_outcome"):
        try:
            found = anew.outcome(run_id)
        except PizarraError as problem:
            frame.show_error(problem)
            return
        if found is not None:
            _show_comparison(found)
        if told := retraining_of(cache.run(run_id).tags):
            frame.note(" ".join(rows_words(told)))
        _offer_staging(version, run_id)


def _show_comparison(found: FairComparison) -> None:
    first, *others = comparison_words(found)
    icon = ":material/check_circle:" if found.is_better and not found.is_worse_before else ":material/info:"
    st.markdown(f"#### {icon} {plain(first, 600)}")
    for said in others:
        st.markdown(f"- {plain(said, 600)}")


def _offer_staging(version: Version, run_id: str) -> None:
    made = versions_of_run(cache.models(), run_id)
    with st.container(horizontal=True, vertical_alignment="center"):
        navigation.link("run", _("Open the run"), run=run_id)
        if made:
            label = words.staged_version(made[0].number, made[0].stage)
            navigation.link("registry", label, model=made[0].model, version=str(made[0].number))
            return
        may = frame.allows("move", _("Only the presenter may move versions."))
        if st.button(_("Put it in Staging"), key="monitor_anew_staging", icon=":material/verified:", disabled=not may):
            number = anew.register(session.actor(), run_id)
            new = next(one for model in cache.models() if model.name == version.model for one in model.versions
                       if one.number == number)  # fmt: skip
            promotion_dialog.ask(new, "Staging")
            navigation.go("registry", model=version.model, version=str(number))
