"""What the runs came to that were launched here last: a card each, with its distance to the best of its task."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NoReturn

import pandas as pd
import streamlit as st

from core import words
from core.comparison import verdict as verdicts
from core.comparison.baseline import no_better_words
from core.comparison.differences import finite_metric, objective, suggested_runs
from core.comparison.direction import higher_is_better
from core.comparison.gaps import Tables
from core.comparison.places import distance_words, of_the_same_rows, with_the_best
from core.comparison.verdict import Verdict
from core.i18n import _, current_language, ngettext, number
from core.process import analysis, cache, run_models, shared
from core.process.memory import kept
from core.store.runs.tables import ALGORITHM_TAG, BASELINE, ENDED, TASK_TAG, Run, Runs, run_labels, single_runs
from core.store.runs.tracking import NoSuchRunError
from core.text import plain
from core.training.contests import TEST_ROWS
from core.training.tasks import Task
from core.ui import address, frame, navigation
from core.ui.run import kept_results
from core.ui.train import curve, recipe
from core.ui.train.launching import show_progress

SHOWN_METRICS = 5
# To where the newest card is, as whoever pressed below it would not see it
_SCROLL = """<script>/* {run_id} */ setTimeout(() => document.querySelector(".st-key-train_result")
    ?.scrollIntoView({{block: "start", behavior: "smooth"}}), 200)</script>"""


def add(run_id: str, place: int = 0) -> None:
    """Show a run's card from now on, below so many others, and let go of the oldest."""
    shown = address.listed("launched")
    shown.insert(place, run_id)
    address.choose("launched", ",".join(shown[: address.MOST_LAUNCHED]))


def show(run_ids: Sequence[str], tasks: Mapping[str, Task], *, just_launched: bool) -> None:
    """Show how these runs are or ended, the newest first and in full."""
    if not run_ids:
        return
    _cards(run_ids, tasks)
    if just_launched:
        st.html(_SCROLL.format(run_id=run_ids[0]), unsafe_allow_javascript=True)


@frame.live(1.0)
def _cards(run_ids: Sequence[str], tasks: Mapping[str, Task]) -> None:
    shown: list[Run] = []
    gone: dict[str, str] = {}
    for place, run_id in enumerate(dict.fromkeys(run_ids)):
        with frame.reporting():
            try:
                shown.append(cache.run(run_id))
            except NoSuchRunError as error:
                gone[run_id] = str(error)
                continue
            with st.container(border=True, key=f"train_result_{run_id}" if place else "train_result"):
                if place:
                    _older(shown[-1])
                else:
                    _newest(shown[-1], tasks)
    if gone:
        _let_go(gone)
    _offer_to_compare([run for run in shown if run.status == "FINISHED"])


def _let_go(gone: Mapping[str, str]) -> NoReturn:
    """Show runs no more that the store has not, and say so once, not each second."""
    address.choose("launched", ",".join(one for one in dict.fromkeys(address.listed("launched")) if one not in gone))
    address.say_missing("launched", plain(" ".join(gone.values()), 500))
    st.rerun()


def _offer_to_compare(runs: Sequence[Run]) -> None:
    alike = [run.run_id for run in runs if (run.experiment_id, _task(run)) == (runs[0].experiment_id, _task(runs[0]))]
    if len(alike) > 1:
        navigation.link(
            "compare", _("Compare these"), experiment=runs[0].experiment_id, runs=",".join(alike), metric="", picked=""
        )


def _newest(run: Run, tasks: Mapping[str, Task]) -> None:
    if run.status not in ENDED:
        show_progress(run)
        curve.show(run)
        return
    if run.status != "FINISHED":
        st.error(
            words.failure(run),
            title=_("The run {name} ended early").format(name=plain(run.title)),
            icon=":material/error:",
        )
        kept_results.offer(run)
        return
    st.success(
        words.trained(run),
        title=_("{name} is ready").format(name=plain(run.title)),
        icon=":material/check_circle:",
    )
    if distance := _distance(run):
        st.markdown(f"**{plain(distance, 600)}**")
    if said := _no_better(run):
        st.markdown(plain(said, 600))
    if said := " ".join(filter(None, [words.stopped_early(run), words.speed(run)])):
        st.markdown(said)
    with st.container(horizontal=True):
        for metric in [m for m in sorted(run.metrics) if m.startswith("test_")][:SHOWN_METRICS]:
            st.metric(plain(metric), number(run.metrics[metric]), width="content")
    with st.container(horizontal=True):
        navigation.link("run", _("See everything about this run"), run=run.run_id)
        navigation.link("compare", _("Compare it with the others"), **_beside_the_best(run))
        if run_models.can_be_asked(run):
            navigation.link("predict", _("Ask it"), run=run.run_id, model="")
        navigation.link("registry", _("Register its model"), run=run.run_id)
    curve.show_folded(run)
    recipe.show(run, tasks, title=_("What did this button do?"))


def _older(run: Run) -> None:
    """Show an earlier run in two lines."""
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f"{words.status(run.status)} · **{plain(run.title)}**", width="content")
        navigation.link("run", _("Open"), run=run.run_id)
    if said := _distance(run):
        frame.note(plain(said, 600))


def _task(run: Run) -> str:
    return run.tags.get(TASK_TAG, "")


def _distance(run: Run) -> str:
    """Say how far a run is from the best of its task in its experiment; empty where nobody can tell."""
    of_task = _of_task(run.experiment_id, _task(run))
    rivals = of_the_same_rows(of_task, TEST_ROWS, run.params.get(TEST_ROWS))
    metric = objective(rivals)
    if metric is None or run.run_id not in rivals.ids:
        return ""
    labels, compared = run_labels(rivals), rivals.select(with_the_best(rivals, run.run_id, metric))
    found = _verdict(compared, labels, metric, analysis.test_answers(compared, compared.ids))
    said = distance_words(rivals, run.run_id, labels, metric, found)
    if others := len(of_task) - len(rivals):
        said += " " + ngettext(
            "{count} more run of this task was tested on other rows.",
            "{count} more runs of this task were tested on other rows.",
            others,
        )
    return said


def _no_better(run: Run) -> str:
    """Say that a run is no better than always giving the same answer, where it is not."""
    of_task = _of_task(run.experiment_id, _task(run))
    metric = objective(of_task)
    if metric is None or run.run_id not in of_task.ids or run.tags.get(ALGORITHM_TAG) == BASELINE:
        return ""
    alone = of_task.select([run.run_id])
    answers = analysis.test_answers(alone, alone.ids)
    return _no_better_words(alone, metric, answers, analysis.baseline_answers(alone, metric, answers))


@kept(
    lambda experiment_id, task: (shared.store_name(), shared.mirror().state().version, experiment_id, task),
    max_entries=32,
)
def _of_task(experiment_id: str, task: str) -> Runs:
    """Return the runs of a task in an experiment that ended well."""
    runs = single_runs(cache.runs([experiment_id]))
    if not task or TASK_TAG not in runs.tags:
        return runs.select([])
    info = runs.info[(runs.info["status"] == "FINISHED") & (runs.tags[TASK_TAG] == task)]
    return runs.select(info.index)


def _no_better_known(runs: Runs, metric: str, answers: Tables, _trained: object) -> tuple[object, ...]:
    return shared.store_name(), runs.ids[0], metric, answers[runs.ids[0]] is None, current_language()


@kept(_no_better_known, max_entries=32)
def _no_better_words(runs: Runs, metric: str, answers: Tables, trained: pd.DataFrame | None) -> str:
    run_id = runs.ids[0]
    better, value = bool(higher_is_better(metric, runs.directions)), float(runs.metrics.at[run_id, metric])
    return no_better_words(answers[run_id], metric, better, value, run_labels(runs)[run_id], trained)


def _known(runs: Runs, _labels: Mapping[str, str], metric: str, answers: Tables) -> tuple[object, ...]:
    """Return what a verdict about runs that ended depends on: not on what others are doing at this moment.

    Answers that cannot be read now may come back, so it is another verdict without them.
    """
    values = tuple(finite_metric(runs, metric).items())
    there = frozenset(run_id for run_id, table in answers.items() if table is not None)
    return shared.store_name(), values, there, metric, frozenset(runs.directions.items()), current_language()


@kept(_known, max_entries=32)
def _verdict(runs: Runs, labels: Mapping[str, str], metric: str, answers: Tables) -> Verdict:
    """Return the verdict that the Compare page comes to about all of these runs."""
    return verdicts.verdict(runs, labels, metric, answers, folds=analysis.fold_scores(runs, list(answers)))


def _beside_the_best(run: Run) -> dict[str, str]:
    """Return a link to the run beside the best and the newest of its task, the run first wherever it ranks."""
    runs = dict.fromkeys([run.run_id, *_suggested(run.experiment_id, _task(run))])
    return {"experiment": run.experiment_id, "runs": ",".join(runs), "metric": "", "picked": ""}


@kept(
    lambda experiment_id, task: (shared.store_name(), shared.mirror().state().version, experiment_id, task),
    max_entries=32,
)
def _suggested(experiment_id: str, task: str) -> list[str]:
    return suggested_runs(_of_task(experiment_id, task) if task else single_runs(cache.runs([experiment_id])))
