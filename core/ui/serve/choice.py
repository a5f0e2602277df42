"""What is asked: a model, its stage or version, and in which way; and whether it answers now."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import streamlit as st

from core import words
from core.errors import PizarraError
from core.i18n import _
from core.prediction.schema import InputField
from core.process.asked import LIVE, by_liveness
from core.serving.addresses import path_to
from core.serving.examples import QUESTIONS, Question
from core.serving.served import Served, serving
from core.store.registry.registered_models import RegisteredModel, Version
from core.store.registry.stages import STAGES
from core.text import plain
from core.ui import address, pickers

USUAL = next(iter(QUESTIONS))


@dataclass(frozen=True)
class Asked:
    """What a program is to ask: ``which`` is a stage or a number; ``problem`` is why it does not answer now."""

    model: RegisteredModel
    which: str
    question: Question
    served: Served | None = None
    problem: PizarraError | None = None

    @property
    def version(self) -> Version:
        """The version that is called so."""
        return _named(self.model)[self.which]

    @property
    def by_stage(self) -> bool:
        """Tell whether it is asked by its stage, so that another version may answer tomorrow."""
        return self.which in LIVE

    @property
    def path(self) -> str:
        """The path that is asked."""
        return path_to(self.model.name, self.which, self.question.route)

    @property
    def fields(self) -> Sequence[InputField]:
        """The inputs; none are known of a model that does not answer."""
        return self.served.asked.fields if self.served else ()

    @property
    def key(self) -> str:
        """What tells it from whatever else may be asked, for what is entered and was answered."""
        return address.unsaid(f"{self.model.name} {self.which} {self.question.route}")


def choose(models: Sequence[RegisteredModel]) -> Asked:
    """Choose a model, its stage or version, and the way it is asked; the address holds all three."""
    which_model, which_version, which_way = st.columns(3)
    with which_model:
        model = pickers.model(models, key="serve_model")
    with which_version:
        which = _choose_which(model)
    with which_way:
        route = pickers.choose(
            "route", _("What is asked"), list(QUESTIONS), key="serve_route", usual=USUAL,
            show=lambda name: _(QUESTIONS[name].title),
        )  # fmt: skip
    return _opened(Asked(model, which, QUESTIONS[route]))


def summary(asked: Asked) -> str:
    """Say in one line what is asked."""
    return f"**{plain(asked.model.name, 40)}** · {_title(asked.which, asked.version)} · {_(asked.question.title)}"


def _opened(asked: Asked) -> Asked:
    """Look whether it answers, as a request would."""
    try:
        with st.spinner(_("Opening the model…"), show_time=False):
            served = serving().find(asked.model.name, asked.which)
    except PizarraError as problem:
        return Asked(asked.model, asked.which, asked.question, problem=problem)
    return Asked(asked.model, asked.which, asked.question, served)


def _named(model: RegisteredModel) -> dict[str, Version]:
    """Return the versions by what programs call them: stages that answer, then numbers."""
    stages: dict[str, Version] = {stage: model.in_stage(stage)[0] for stage in LIVE if model.in_stage(stage)}
    return {**stages, **{str(version.number): version for version in by_liveness(model)}}


def _choose_which(model: RegisteredModel) -> str:
    """Choose a stage that answers, or a version by its number; begins with Production."""
    named = _named(model)
    stage, number = address.value("stage"), address.value("version")
    asked = stage or number
    chosen = asked if asked in named else next(iter(named))
    key = f"serve_which_{model.name}"
    titles = {name: _title(name, version) for name, version in named.items()}
    _keep(chosen)
    if asked and asked != chosen:
        said = words.stage(asked) if asked in STAGES else asked
        address.say_missing("stage", pickers.not_there(_("Stage or version"), said, titles[chosen]))
    pickers.control(key, chosen)
    st.selectbox(
        _("Stage or version"), list(named), key=key, format_func=pickers.told_apart(list(named), titles.__getitem__),
        on_change=_take, args=(key,),
    )  # fmt: skip
    return chosen


def _title(which: str, version: Version) -> str:
    if which in LIVE:
        return f"{words.stage(version.stage)} ({words.version(version.number)})"
    return words.staged_version(version.number, version.stage) + (f" · {_('fixed')}" if version.stage in LIVE else "")


def _keep(chosen: str) -> None:
    address.keep("stage", chosen if chosen in LIVE else "")
    address.keep("version", "" if chosen in LIVE else chosen)


def _take(key: str) -> None:
    chosen = st.session_state[key]
    address.choose("stage", chosen if chosen in LIVE else "")
    address.choose("version", "" if chosen in LIVE else chosen)
