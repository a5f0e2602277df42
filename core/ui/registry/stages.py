"""What stands where, on the first page and on a run's."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from core import words
from core.i18n import _, moment
from core.store.registry.registered_models import RegisteredModel, Version
from core.store.registry.stages import Stage
from core.store.runs.tables import Run
from core.text import plain
from core.ui import frame, navigation

MOST_ALIASED = 12  # versions on the first page


def show_production(versions: Sequence[Version]) -> None:
    """Show what is in Production, each with a way to ask it."""
    with st.container(horizontal=True, key="home_production"):
        for version in versions:
            with st.container(border=True, width=320):
                st.markdown(f"**{plain(version.model, 60)}**")
                st.markdown(_badge(version.stage) + " " + words.version(version.number))
                navigation.link("predict", _("Ask it"), model=version.model, stage="Production", version="")


def only_aliased(models: Sequence[RegisteredModel]) -> list[Version]:
    """Return versions that go by an alias, of models none of whose versions has a stage."""
    return [
        version
        for model in models
        if all(version.stage == "None" for version in model.versions)
        for version in model.versions
        if version.aliases
    ][:MOST_ALIASED]


def show_aliased(versions: Sequence[Version]) -> None:
    """Show versions that go by an alias and have no stage, each with a way to ask it."""
    with st.container(horizontal=True, key="home_aliased"):
        for version in versions:
            with st.container(border=True, width=320):
                st.markdown(f"**{plain(version.model, 60)}**")
                aliases = " ".join(f":gray-badge[@{plain(alias, 30)}]" for alias in version.aliases)
                st.markdown(f"{aliases} {words.version(version.number)}")
                navigation.link("predict", _("Ask it"), model=version.model, version=str(version.number), stage="")


def _badge(stage: Stage) -> str:
    return f":{words.STAGE_COLORS[stage]}-badge[{words.stage(stage)}]"


def show_run_versions(run: Run, versions: Sequence[Version], *, has_model: bool) -> None:
    """Say which versions were made of a run, or offer to make one of its model where it says that it has one."""
    for version in versions:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(
                f"{_badge(version.stage)} **{plain(version.model)}** "
                f"{words.version(version.number)}, {moment(version.created)}",
                width="content",
            )
            navigation.link("predict", _("Ask it"), model=version.model, version=str(version.number), stage="")
    if not versions and run.status == "FINISHED" and not has_model:
        frame.note(_("No version is registered from it, and it does not say that it logged a model."))
        navigation.link("registry", _("Look for a model among its files"), run=run.run_id)
    elif not versions and run.status == "FINISHED":
        st.markdown(_("It is not registered, so it cannot be promoted yet."))
        with st.container(horizontal=True):
            if not run.deleted:
                navigation.link("predict", _("Ask it"), run=run.run_id, model="")
            navigation.link("registry", _("Register its model"), run=run.run_id)
    elif not versions:
        frame.note(_("Only a run that finished can have its model registered."))
