"""Choose a task, an experiment, a model; the choice is in the address and carried to the next page."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Literal

import streamlit as st

from core.i18n import _
from core.store.registry.registered_models import RegisteredModel
from core.store.runs.tables import Experiment
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
    asked, start = st.query_params.get(name), session.carried(name) or first
    chosen = choose(label, options, key=key, asked=asked, start=start, show=show)
    if st.query_params.get(name) not in {None, chosen}:
        session.keep_in_address(**dict.fromkeys(depending, ""))
        session.carry(**dict.fromkeys(depending, ""))
    session.keep_in_address(**{name: chosen})
    session.carry(**{name: chosen})
    return chosen


def choose(
    label: str,
    options: Sequence[str],
    *,
    key: str,
    asked: str | None,
    start: str,
    show: Callable[[str], str] = str,
    width: int | Literal["stretch"] = "stretch",
) -> str:
    """Choose one of ``options``; ``asked`` is what the address names, ``start`` what to begin with where it is silent.

    A newly opened address chooses, otherwise what was clicked stays.
    """
    index = _place(options, key, asked, start)
    chosen = st.selectbox(label, options, index=index, key=key, format_func=told_apart(options, show), width=width)
    st.session_state[f"{key}_seen"] = chosen  # the address we write ourselves must not undo the next click
    return chosen


def told_apart(options: Sequence[str], show: Callable[[str], str]) -> Callable[[str], str]:
    """Return what to call each option: the browser sends what an option reads as, so no two may read alike."""
    titles = dict(zip(options, unique_names(map(show, options)), strict=True))
    return lambda option: titles.get(option, option)


def _place(options: Sequence[str], key: str, asked: str | None, start: str) -> int:
    """Return the place in ``options`` that the select box shows.

    A new one must begin with it as its default, not as a value that is set: of two runs of the page in quick
    succession the browser may see only the second, which sets nothing any more, and its next click would then choose
    the first option.
    """
    known = st.session_state.get(key)
    wanted = next(option for option in (asked, start, options[0]) if option in options)
    if known is None:
        return options.index(wanted)
    newly = asked in options and asked not in {known, st.session_state.get(f"{key}_seen")}
    if newly or known not in options:
        st.session_state[key] = wanted
        return 0  # Streamlit does not take both a default and a value that is set
    return options.index(known)


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
        depending=("stage", "version", "beside", "inputs"),
    )
    return by_name[chosen]
