"""Which versions are asked: chosen, allowed, opened, and what is known of their inputs."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import pandas as pd
import streamlit as st

from core import words
from core.comparison.columns import telling_metrics
from core.errors import ModelError, StoreError
from core.i18n import _, number
from core.prediction.given import read_unknown
from core.prediction.pasted import read_pasted
from core.prediction.schema import UnknownInputsError
from core.process import cache, shared
from core.process.asked import LIVE, AskedModel, AskedRun, by_liveness, consented, live_beside, opened, opened_run
from core.store.consent import agree
from core.store.models import prepare_for_code
from core.store.registry.registered_models import RegisteredModel, Version
from core.store.registry.stages import STAGES
from core.store.runs.run_models import RunModel
from core.text import plain
from core.ui import address, frame, navigation, pickers, session

EXAMPLE_ROW = json.dumps({"age": 41, "city": "Lima"})
KEY_METRICS = 5
LIVE_ONES, NOBODY = "live", "none"


def choose(models: Sequence[RegisteredModel]) -> tuple[RegisteredModel, Version, list[Version]]:
    """Choose a registered model, its version that is asked, and the versions beside it."""
    which_model, which_version, which_other = st.columns(3)
    with which_model:
        model = pickers.model(models, key="predict_model")
    with which_version:
        version = choose_version(model)
    with which_other:
        return model, version, choose_beside(model, version)


def choose_version(model: RegisteredModel) -> Version:
    """Choose a version by its stage or number; begins with Production."""
    by_number = {str(v.number): v for v in by_liveness(model)}
    stage = address.value("stage")
    of_stage = next((n for n, v in by_number.items() if v.stage == stage), "")
    silent = not address.value("version")
    chosen = pickers.choose(
        "version",
        _("Stage or version"),
        list(by_number),
        key=f"predict_version_{model.name}",
        start=of_stage,
        show=lambda n: _title(by_number[n]),
    )
    version = by_number[chosen]
    address.keep("stage", version.stage if version.stage in LIVE else "")
    if stage and not of_stage and silent:
        asked = words.stage(stage) if stage in STAGES else stage
        address.say_missing(
            "stage",
            pickers.not_there(_("Stage or version"), asked, words.staged_version(version.number, version.stage)),
        )
    return version


def choose_beside(model: RegisteredModel, chosen: Version) -> list[Version]:
    """Choose what is asked beside a version: those in Production and Staging, any other one, or none."""
    live = live_beside(model, chosen)
    others = {str(v.number): v for v in by_liveness(model) if v.number != chosen.number}
    titles = {
        LIVE_ONES: " + ".join(words.stage(v.stage) for v in live) or _("nothing: no other version is live"),
        **{n: _title(v) for n, v in others.items()},
        NOBODY: _("nothing"),
    }
    if not others:
        return []
    if address.value("beside") == str(chosen.number):
        address.keep("beside", "")
    picked = pickers.choose(
        "beside", _("Beside it"), list(titles), key=f"predict_beside_{model.name}",
        usual=LIVE_ONES, show=titles.__getitem__,
    )  # fmt: skip
    return live if picked == LIVE_ONES else [others[picked]] if picked in others else []


def summary(asked: Sequence[AskedModel]) -> str:
    """Say in one line what is asked."""
    first, *rest = asked
    if isinstance(first, AskedRun):
        return " · ".join([f"**{plain(first.left.run, 40)}**", *(one.title for one in rest)])
    return " · ".join([f"**{plain(first.subject, 40)}**", *(one.title for one in asked)])


def _title(version: Version) -> str:
    return " · ".join(filter(None, (words.staged_version(version.number, version.stage), words.registration(version))))


def allowed(version: Version | RunModel) -> bool:
    """Ask a person before a model is opened that would run code of its own."""
    try:
        with st.spinner(_("Looking for the files…"), show_time=False):
            files = cache.model_files(version)
        if not files.runs_code or consented(version):
            return True
    except ModelError:  # opening it says why it cannot be opened, and leaves the others
        return True
    prepare_for_code()
    st.warning(
        _("Opening it runs code that came with it on this computer. Open it only if you know who made it."),
        title=_("This model comes from somewhere else"),
        icon=":material/shield:",
    )
    if frame.allows("run_code", _("Only the presenter may say that it may be opened.")) and st.button(
        _("I know who made it: open it"), key="predict_allow", icon=":material/lock_open:"
    ):
        consent(version)
        st.rerun()
    return False


def consent(version: Version | RunModel) -> None:
    """Let code that came with a model be run, where this visitor may say so."""
    agree(session.actor(), shared.store_uri(), version)


def open_versions(
    model: RegisteredModel | None, chosen: Version | RunModel, beside: Sequence[Version]
) -> list[AskedModel]:
    """Open what is chosen, and versions of a registered model beside it.

    One that cannot be opened is said, and the others stay.

    Returns none where nothing is known of the chosen one's inputs, which is said too.
    """
    found: list[AskedModel] = []
    unknown: list[tuple[Version | RunModel, UnknownInputsError]] = []
    for version in (chosen, *beside):
        try:
            if version is not chosen and cache.model_files(version).runs_code and not consented(version):
                _say_that_it_runs_code(version, chosen)
                continue
            found.append(_open(model, version))
        except UnknownInputsError as silence:
            unknown.append((version, silence))
        except (ModelError, StoreError) as error:
            st.error(
                f"{plain(error.message, 400)} {plain(error.hint, 400)}", title=_name(version), icon=":material/error:"
            )
            if version is chosen:
                _show_numbers(version)
    for version, problem in unknown:
        frame.show_error(problem)
        _ask_for_row(version)
    return found


def _say_that_it_runs_code(version: Version | RunModel, chosen: Version | RunModel) -> None:
    """Say why a version beside what is chosen is not asked."""
    said = (
        _("{version} would run code of its own. Choose it above to be asked about that.")
        if isinstance(chosen, Version)
        else _("{version} would run code of its own. Ask the registered model to be asked about that.")
    )
    frame.note(said.format(version=_name(version)))


def _name(version: Version | RunModel) -> str:
    if isinstance(version, Version):
        return words.staged_version(version.number, version.stage)
    return _("This run")


def _show_numbers(version: Version | RunModel) -> None:
    """Show what the store has of a model that cannot be asked: its run's numbers."""
    runs = cache.known_runs([version.run_id])
    if not len(runs):
        return
    metrics = cache.run(version.run_id).metrics
    names = telling_metrics(metrics, runs.directions)[:KEY_METRICS]
    frame.note(" · ".join(f"{plain(name, 40)} {number(metrics[name])}" for name in names))
    navigation.link("run", _("Look at its run"), run=version.run_id)


def _open(model: RegisteredModel | None, version: Version | RunModel) -> AskedModel:
    row = st.session_state.get(_key_of_row(version))
    with st.spinner(_("Opening the model…"), show_time=False):
        return opened(model, version, row=row) if isinstance(version, Version) else opened_run(version, row=row)


def _key_of_row(version: Version | RunModel) -> str:
    return f"predict_row_{shared.store_uri()}_{version.uri}_{version.source}"


def _ask_for_row(version: Version | RunModel) -> None:
    """Let a person say what the inputs are called, by pasting a row that the model would take."""
    text = st.text_area(
        _("If you know what it wants: paste one row, as CSV with its heading or as JSON"), key="predict_unknown",
        placeholder=EXAMPLE_ROW,
    )  # fmt: skip
    if st.button(_("Use this row"), key="predict_use_unknown", disabled=not text):
        session.remember(_key_of_row(version), read_unknown(read_pasted(text, ()).values))
        st.rerun()


def show_next(chosen: Version | RunModel) -> None:
    """End the page with what can be done about what was asked."""
    if isinstance(chosen, Version):
        frame.next_step("registry", _("Promote a version of this model"), model=chosen.model)
        navigation.link("serve", _("Let other programs ask it"), model=chosen.model)
    else:
        frame.next_step("registry", _("Register its model"), run=chosen.run_id)


def choose_output(asked: Sequence[AskedModel], outputs: Sequence[str]) -> list[AskedModel]:
    """Choose which of several answers is followed."""
    if len(outputs) < 2:
        return list(asked)
    chosen = st.selectbox(_("Which of its answers to follow"), outputs, key="predict_output", format_func=plain)
    return [replace(one, output=chosen) for one in asked]


def show_facts(asked: AskedModel) -> None:
    """Show what is known about the model's inputs."""
    with st.expander(_("What this model wants to know"), icon=":material/info:"):
        st.dataframe(
            pd.DataFrame(
                [(f.name, f.dtype, number(f.low), number(f.high), ", ".join(f.choices[:20])) for f in asked.fields],
                columns=[_("Input"), _("Type"), _("Smallest"), _("Largest"), _("Choices")],
            ),
            hide_index=True,
            alt=_("Inputs, one a row"),
        )


def help_of(asked: AskedModel, tasks: Mapping[str, Any]) -> Mapping[str, str]:
    """Return a sentence on each input, where the version's task has them."""
    task = tasks.get(str((asked.files.profile or {}).get("task", "")))
    return {} if task is None else task.feature_help
