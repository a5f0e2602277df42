"""Choose a task, an experiment, a model; the choice is in the address and carried to the next page."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import streamlit as st

from core.i18n import _
from core.store.registry import RegisteredModel
from core.store.runs import Experiment
from core.text import shorten, unique_names
from core.training.tasks import Task
from core.ui import session


def pick(
    name: str,
    label: str,
    options: Sequence[str],
    *,
    key: str,
    show: Callable[[str], str] = str,
    first: str = "",
    depending: Sequence[str] = (),
) -> str:
    """Choose one of ``options``; ``name`` is the address parameter. Starts with what was carried, else ``first``.

    What was chosen of ``depending``, other address parameters, is forgotten when another option is clicked.
    """
    _follow_address(name, key, options, session.carried(name) or first)
    chosen = st.selectbox(label, options, key=key, format_func=told_apart(options, show))
    if st.query_params.get(name) not in {None, chosen}:
        session.keep_in_address(**dict.fromkeys(depending, ""))
        session.carry(**dict.fromkeys(depending, ""))
    session.keep_in_address(**{name: chosen})
    st.session_state[f"{key}_seen"] = chosen  # the address we wrote ourselves must not undo the next click
    session.carry(**{name: chosen})
    return chosen


def told_apart(options: Sequence[str], show: Callable[[str], str]) -> Callable[[str], str]:
    """Return what to call each option: the browser sends what an option reads as, so no two may read alike."""
    titles = dict(zip(options, unique_names(map(show, options)), strict=True))
    return lambda option: titles.get(option, option)


def _follow_address(name: str, key: str, options: Sequence[str], start: str) -> None:
    """Let a newly opened address choose; otherwise what was clicked stays."""
    asked = st.query_params.get(name)
    seen = f"{key}_seen"
    if asked is not None and asked != st.session_state.get(seen) and asked in options:
        st.session_state[key] = asked
    elif key not in st.session_state and start in options:
        st.session_state[key] = start
    elif key in st.session_state and st.session_state[key] not in options:
        del st.session_state[key]
    st.session_state[seen] = asked


def task(tasks: Mapping[str, Task], key: str) -> Task:
    """Choose a task."""
    chosen = pick("task", _("Task"), list(tasks), key=key, show=lambda name: _(tasks[name].title))
    return tasks[chosen]


def experiment(experiments: Sequence[Experiment], counts: Mapping[str, int], key: str) -> Experiment:
    """Choose an experiment; the last used one that has runs comes first."""
    by_id = {experiment.experiment_id: experiment for experiment in experiments}
    used = [experiment_id for experiment_id in by_id if counts.get(experiment_id)]
    chosen = pick(
        "experiment",
        _("Experiment"),
        list(by_id),
        key=key,
        show=lambda i: f"{shorten(by_id[i].name, 60)} ({counts.get(i, 0)})",
        first=used[0] if used else "",
    )
    return by_id[chosen]


def model(models: Sequence[RegisteredModel], key: str) -> RegisteredModel:
    """Choose a registered model; one with versions comes first."""
    by_name = {model.name: model for model in models}
    with_versions = [model.name for model in models if model.versions]
    first = with_versions[0] if with_versions else ""
    chosen = pick(
        "model",
        _("Model"),
        list(by_name),
        key=key,
        show=lambda n: shorten(n, 60),
        first=first,
        depending=("stage", "version"),
    )
    return by_name[chosen]
