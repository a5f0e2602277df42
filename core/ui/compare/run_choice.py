"""Choose the runs to compare: by name, from several experiments, or all that a filter fits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import streamlit as st

from core.comparison.differences import suggested_runs
from core.i18n import _, ngettext, number
from core.store.runs.filters import matching, parse_filter
from core.store.runs.tables import Experiment, Runs, run_labels
from core.text import plain, shorten
from core.ui import cache, navigation, pickers, session

OFFERED = 300  # newest runs that can be chosen by name; the table of the Experiments page has them all
BY_NAME = 40  # chosen runs that are listed by name
KEY, EXPERIMENT_SEEN = "compare_runs", "compare_experiment_used"


def choose_runs(experiments: Sequence[Experiment]) -> Runs:
    """Choose runs; the address holds the choice. Begins with the best and the newest of the last used experiment."""
    filtered = st.query_params.get("filter", "")
    known = cache.known_runs([]) if filtered else _known(session.carried("runs"))
    if not session.carried("experiment") and len(known):
        session.carry(experiment=str(known.info["experiment_id"].iloc[0]))
    experiment = pickers.experiment(experiments, cache.counts_by_experiment(), key="compare_experiment")
    mine = cache.runs([experiment.experiment_id])
    if filtered:
        return _all_that_fit(mine, filtered)
    moved = st.session_state.get(EXPERIMENT_SEEN, experiment.experiment_id) != experiment.experiment_id
    st.session_state[EXPERIMENT_SEEN] = experiment.experiment_id
    if moved or KEY not in st.session_state or st.query_params.get("runs", "") != st.session_state.get(f"{KEY}_seen"):
        st.session_state[KEY] = suggested_runs(mine) if moved or not len(known) else known.ids
    chosen = _by_name(experiments, mine) if len(st.session_state[KEY]) <= BY_NAME else _by_number()
    session.keep_in_address(runs=",".join(chosen))
    st.session_state[f"{KEY}_seen"] = ",".join(chosen)
    session.carry(runs=",".join(chosen))
    return cache.known_runs(chosen)


def _known(asked: str) -> Runs:
    run_ids = [run_id for run_id in asked.split(",") if run_id]
    known = cache.known_runs(run_ids)
    if missing := len(run_ids) - len(known):
        st.warning(
            ngettext(
                "{count} of the chosen runs is not in this store, or was deleted.",
                "{count} of the chosen runs are not in this store, or were deleted.",
                missing,
            )
        )
    return known


def keep_only(run_ids: Sequence[str]) -> None:
    """Compare these runs and no others from now on."""
    session.keep_in_address(filter="", runs=",".join(run_ids))
    session.carry(runs=",".join(run_ids))


def _all_that_fit(runs: Runs, text: str) -> Runs:
    found = runs if text == "all" else runs.select(matching(runs, parse_filter(text)))
    with st.container(horizontal=True, vertical_alignment="center", key="compare_filtered"):
        words = ngettext("**{count} run** of this experiment", "**{count} runs** of this experiment", len(found))
        fits = "" if text == "all" else " " + _("that fit {filter}").format(filter=plain(text, 200))
        st.markdown(words.format(count=number(len(found), 0)) + fits)
        st.button(
            _("Choose single runs"), key="compare_unfilter", type="tertiary", icon=":material/checklist:",
            on_click=keep_only, args=(suggested_runs(found),),
        )  # fmt: skip
    return found


def _by_number() -> list[str]:
    chosen: list[str] = st.session_state[KEY]
    with st.container(horizontal=True, vertical_alignment="center", key="compare_many"):
        st.markdown(_("**{count} runs** are chosen.").format(count=number(len(chosen), 0)))
        navigation.link("experiments", _("Choose others"), runs=",".join(chosen[:BY_NAME]))
    return chosen


def _by_name(experiments: Sequence[Experiment], mine: Runs) -> list[str]:
    names = {experiment.experiment_id: experiment.name for experiment in experiments}
    begun = st.session_state[KEY]
    offered = list(dict.fromkeys([*begun, *suggested_runs(mine), *mine.ids[:OFFERED]]))
    described = _described(offered, names)
    with st.container(horizontal=True, vertical_alignment="bottom", key="compare_choice"):
        chosen = st.multiselect(
            _("Runs"), offered, key=KEY, placeholder=_("Choose runs"),
            format_func=pickers.told_apart(offered, lambda i: described.get(i, i)),
        )  # fmt: skip
        with st.popover(_("More"), icon=":material/add:", key="compare_more", width="content"):
            _add_from_elsewhere(experiments, chosen)
            everything = ngettext("Compare the only run of this experiment", "Compare all {count} runs", len(mine))
            st.button(
                everything, key="compare_all", icon=":material/select_all:",
                on_click=session.keep_in_address, kwargs={"filter": "all", "runs": ""},
            )  # fmt: skip
    return chosen


def _add_from_elsewhere(experiments: Sequence[Experiment], chosen: Sequence[str]) -> None:
    by_id = {experiment.experiment_id: experiment for experiment in experiments}
    elsewhere = st.selectbox(
        _("Experiment to add from"), list(by_id), key="compare_elsewhere",
        format_func=pickers.told_apart(list(by_id), lambda i: shorten(by_id[i].name, 60)),
    )  # fmt: skip
    runs = cache.runs([elsewhere]) if elsewhere else None
    if runs is None or not len(runs):
        st.markdown(_("This experiment has no runs."))
        return
    labels = run_labels(runs.select(runs.ids[:OFFERED]))
    added = st.multiselect(
        _("Runs to add"), list(labels), key=f"compare_added_{elsewhere}", placeholder=_("Choose runs"),
        format_func=pickers.told_apart(list(labels), lambda i: shorten(labels[i], 60)),
    )  # fmt: skip
    st.button(
        _("Add them"), key="compare_add", disabled=not added, on_click=keep_only,
        args=(list(dict.fromkeys([*chosen, *added])),),
    )  # fmt: skip


def _described(run_ids: Sequence[str], experiments: Mapping[str, str]) -> dict[str, str]:
    runs = cache.known_runs(run_ids)
    labels = run_labels(runs)
    several = runs.info["experiment_id"].nunique() > 1
    return {
        run_id: f"{shorten(labels[run_id], 50)} — {shorten(experiments.get(experiment, '?'), 30)}" if several
        else shorten(labels[run_id], 60)
        for run_id, experiment in runs.info["experiment_id"].items()
    }  # fmt: skip
