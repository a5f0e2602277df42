"""Choose a task, an experiment, a model; the choice is in the address and carried to the next page."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Literal

import streamlit as st

from core.i18n import _
from core.process import model_tasks
from core.store.registry.registered_models import RegisteredModel
from core.store.runs.tables import Experiment
from core.text import plain, shortened, unique_names
from core.training.tasks import Task
from core.ui import address


def choose(
    name: str,
    label: str,
    options: Sequence[str],
    *,
    key: str,
    show: Callable[[str], str] = str,
    start: str = "",
    usual: str = "",
    forget: Sequence[str] = (),
    missing: Callable[[str], str] | None = None,
    width: int | Literal["stretch"] = "stretch",
) -> str:
    """Choose one of ``options``, which the address holds as ``name``; begins with ``start``, else with the first.

    The ``usual`` one is left out of the address. Choosing another one forgets the choices in ``forget``. What the
    address names and is not among the options is said, in the words of ``missing`` where there are better ones.
    """
    asked = address.value(name)
    begin = next(option for option in (start, usual, options[0]) if option in options)
    chosen = asked if asked in options else begin
    address.keep(name, "" if chosen == usual else chosen)
    if asked and asked != chosen:
        said = missing(asked) if missing else ""
        address.say_missing(name, said or not_there(label, asked, show(chosen)))
    control(key, chosen)
    st.selectbox(
        label, options, key=key, format_func=told_apart(options, show), width=width,
        on_change=_take, args=(name, key, usual, forget),
    )  # fmt: skip
    return chosen


def choose_here(
    label: str, options: Sequence[str], *, key: str, wanted: str = "", start: str = "", show: Callable[[str], str] = str
) -> str:
    """Choose one of ``options`` for this visit only; ``wanted`` is chosen now, ``start`` where nothing was before."""
    candidates = (wanted, st.session_state.get(key), start, options[0])
    chosen = next(option for option in candidates if option in options)
    control(key, chosen)
    st.selectbox(label, options, key=key, format_func=told_apart(options, show))
    return str(chosen)


def _take(name: str, key: str, usual: str, forget: Sequence[str]) -> None:
    address.choose(name, "" if st.session_state[key] == usual else st.session_state[key])
    address.forget(*forget)


def not_there(label: str, asked: str, shown: str) -> str:
    """Say that what the address asks for is not there, and what is shown."""
    return _("{choice}: “{asked}” is not here. What you see is “{shown}”.").format(
        choice=label, asked=plain(asked, 60), shown=plain(shown, 60)
    )


def control(key: str, value: object) -> None:
    """Let a widget that is about to be shown have this value.

    It is said anew in every run: of two runs in quick succession the browser may see only the second, and would send
    back what the widget had before the first.
    """
    st.session_state[key] = value


def typed(key: str, value: object) -> None:
    """Let a box that somebody may be typing in have this value; what is right already is left alone."""
    if key not in st.session_state or st.session_state[key] != value:
        st.session_state[key] = value


def told_apart(options: Sequence[str], show: Callable[[str], str]) -> Callable[[str], str]:
    """Return what to call each option: the browser sends what an option reads as, so no two may read alike."""
    titles = dict(zip(options, unique_names(map(show, options)), strict=True))
    return lambda option: titles.get(option, option)


def task(tasks: Mapping[str, Task], key: str) -> Task:
    """Choose a task."""
    return tasks[choose("task", _("Task"), list(tasks), key=key, show=lambda name: _(tasks[name].title))]


def experiment(
    experiments: Sequence[Experiment],
    counts: Mapping[str, int],
    key: str,
    *,
    start: str = "",
    forget: Sequence[str] = (),
) -> Experiment:
    """Choose an experiment; begins with ``start``, else with the last used one that has runs."""
    by_id = {experiment.experiment_id: experiment for experiment in experiments}
    names = shortened({experiment.experiment_id: experiment.name for experiment in experiments}, 60)
    used = [experiment_id for experiment_id in by_id if counts.get(experiment_id)]
    chosen = choose(
        "experiment",
        _("Experiment"),
        list(by_id),
        key=key,
        show=lambda i: f"{names[i]} ({counts.get(i, 0)})",
        start=start if start in by_id else used[0] if used else "",
        forget=forget,
    )
    return by_id[chosen]


def model(models: Sequence[RegisteredModel], key: str) -> RegisteredModel:
    """Choose a registered model that has versions; begins with one of the task that earlier pages were about."""
    by_name = {model.name: model for model in models if model.versions}
    task = address.carried("task") if address.is_silent() and not address.value("model") else ""
    of_task = model_tasks.models_of(list(by_name.values()), task)
    empty = {model.name for model in models} - set(by_name)
    chosen = choose(
        "model",
        _("Model"),
        list(by_name),
        key=key,
        start=of_task[0].name if of_task else "",
        show=shortened({name: name for name in by_name}, 60).__getitem__,
        missing=lambda name: _("The model {model} has no versions, so there is nothing to ask.").format(
            model=plain(name, 60)
        ) if name in empty else "",
    )  # fmt: skip
    if task and not of_task and model_tasks.tasks_of(by_name[chosen]):
        words = _("No registered model says that it learned {task}. What you see is “{model}”.")
        address.say_missing("model", words.format(task=plain(task.replace("_", " "), 60), model=plain(chosen, 60)))
    return by_name[chosen]
