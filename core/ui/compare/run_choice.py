"""Choose the runs to compare: by name, from several experiments, or all that a filter fits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import streamlit as st

from core import words
from core.comparison.differences import suggested_runs
from core.i18n import _, ngettext, number
from core.process import cache
from core.store.runs.filters import matching, parse_filter
from core.store.runs.tables import Experiment, Runs, run_labels, single_runs, without_sweeps
from core.text import plain, shorten, shortened
from core.ui import address, navigation, pickers

OFFERED = 300  # newest runs that can be chosen by name; the table of the Experiments page has them all
BY_NAME = 40  # chosen runs that are listed by name
KEY = "compare_runs"


def choose_runs(experiments: Sequence[Experiment]) -> Runs:
    """Choose runs; the address holds the choice. Begins with the best and the newest of the last used experiment."""
    filtered, asked = address.value("filter"), address.listed("runs")
    known = cache.known_runs([] if filtered else asked)
    experiment = pickers.experiment(
        experiments,
        cache.counts_by_experiment(),
        key="compare_experiment",
        start=str(known.info["experiment_id"].iloc[0]) if len(known) else "",
        forget=("runs",),
    )
    mine = cache.runs([experiment.experiment_id])
    if filtered:
        return _all_that_fit(mine, filtered)
    none_on_purpose = address.says("runs") and not asked
    begun = known.ids if len(known) or none_on_purpose else suggested_runs(_offered_first(mine))
    address.keep("runs", ",".join(begun))
    if missing := len(asked) - len(known):
        address.say_missing("runs", words.gone_runs(missing))
    if len(begun) <= BY_NAME:
        _by_name(experiments, mine, begun)
    else:
        _by_number(begun)
    return cache.known_runs(begun)


def _offered_first(runs: Runs) -> Runs:
    """Return the runs that are offered by themselves: trials would bury all others, and a sweep has no metrics."""
    alone = single_runs(runs)
    return alone if len(alone) else without_sweeps(runs)


def summary(runs: Runs, experiments: Sequence[Experiment], metric: str) -> str:
    """Say in one line which runs are compared, and by what."""
    names = {experiment.experiment_id: experiment.name for experiment in experiments}
    used = [names.get(i, "?") for i in runs.info["experiment_id"].unique()]
    whose = f"*{plain(used[0], 40)}*" if len(used) == 1 else _("several experiments")
    return _("**{runs}** of {experiment} · metric **{metric}**").format(
        runs=ngettext("{count} run", "{count} runs", len(runs)), experiment=whose, metric=plain(metric, 40)
    )


def keep_only(run_ids: Sequence[str]) -> None:
    """Compare these runs and no others from now on."""
    address.choose("filter", "")
    address.choose("runs", ",".join(run_ids))


def _all_that_fit(runs: Runs, text: str) -> Runs:
    runs = without_sweeps(runs)
    found = runs if text == "all" else runs.select(matching(runs, parse_filter(text)))
    with st.container(horizontal=True, vertical_alignment="center", key="compare_filtered"):
        words = ngettext("**{count} run** of this experiment", "**{count} runs** of this experiment", len(found))
        fits = "" if text == "all" else " " + _("that fit {filter}").format(filter=plain(text, 200))
        st.markdown(words.format(count=number(len(found), 0)) + fits)
        st.button(
            _("Choose single runs"), key="compare_unfilter", type="tertiary", icon=":material/checklist:",
            on_click=keep_only, args=(suggested_runs(_offered_first(found)),),
        )  # fmt: skip
    return found


def _by_number(chosen: Sequence[str]) -> None:
    with st.container(horizontal=True, vertical_alignment="center", key="compare_many"):
        st.markdown(_("**{count} runs** are chosen.").format(count=number(len(chosen), 0)))
        navigation.link("experiments", _("Choose others"), runs=",".join(chosen[:BY_NAME]))


def _by_name(experiments: Sequence[Experiment], mine: Runs, chosen: Sequence[str]) -> None:
    names = {experiment.experiment_id: experiment.name for experiment in experiments}
    first = _offered_first(mine)
    offered = list(dict.fromkeys([*chosen, *suggested_runs(first), *first.ids[:OFFERED]]))
    described = _described(offered, names)
    with st.container(horizontal=True, vertical_alignment="bottom", key="compare_choice"):
        pickers.control(KEY, list(chosen))
        st.multiselect(
            _("Runs"), offered, select_all=False, key=KEY, placeholder=_("Choose runs"), wrap=True,
            format_func=pickers.told_apart(offered, lambda i: described.get(i, i)),
            on_change=lambda: address.choose("runs", ",".join(st.session_state[KEY])),
        )  # fmt: skip
        with st.popover(_("Add others"), icon=":material/add:", key="compare_more", width="content"):
            _add_from_elsewhere(experiments, chosen)
        comparable = without_sweeps(mine).ids
        if set(comparable) - set(chosen):
            everything = ngettext(
                "Compare the only run of this experiment", "Compare all {count} runs", len(comparable)
            )
            st.button(everything, key="compare_all", icon=":material/select_all:", on_click=_compare_all)


def _compare_all() -> None:
    address.choose("filter", "all")
    address.forget("runs")


def _add_from_elsewhere(experiments: Sequence[Experiment], chosen: Sequence[str]) -> None:
    by_id = {experiment.experiment_id: experiment for experiment in experiments}
    elsewhere = st.selectbox(
        _("Experiment to add from"), list(by_id), key="compare_elsewhere",
        format_func=pickers.told_apart(list(by_id), shortened({i: e.name for i, e in by_id.items()}, 60).__getitem__),
    )  # fmt: skip
    runs = _offered_first(cache.runs([elsewhere])) if elsewhere else None
    if runs is None or not len(runs):
        st.markdown(_("This experiment has no runs."))
        return
    labels = shortened(run_labels(runs.select(runs.ids[:OFFERED])), 60)
    added = st.multiselect(
        _("Runs to add"), list(labels), select_all=False, key=f"compare_added_{elsewhere}",
        placeholder=_("Choose runs"),
        format_func=pickers.told_apart(list(labels), labels.__getitem__),
    )  # fmt: skip
    st.button(
        _("Add them"), key="compare_add", disabled=not added, on_click=keep_only,
        args=(list(dict.fromkeys([*chosen, *added])),),
    )  # fmt: skip


def _described(run_ids: Sequence[str], experiments: Mapping[str, str]) -> dict[str, str]:
    runs = cache.known_runs(run_ids)
    labels = shortened(run_labels(runs), 60)
    several = runs.info["experiment_id"].nunique() > 1
    return {
        run_id: f"{labels[run_id]} — {shorten(experiments.get(experiment, '?'), 30)}" if several
        else labels[run_id]
        for run_id, experiment in runs.info["experiment_id"].items()
    }  # fmt: skip
