"""Stages of model versions: columns, cards, promotion with its evidence, and undo."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from core.comparison.direction import higher_is_better
from core.i18n import N_, _, moment, number
from core.store import registry
from core.store.registry import RegisteredModel, Stage, Version
from core.store.runs import Run, Runs
from core.text import plain
from core.ui import cache, frame, navigation, session, words

CARD_METRICS = 3
MOVES: dict[Stage, str] = {
    "Staging": N_("Move to Staging"), "Production": N_("Move to Production"), "Archived": N_("Archive"),
}  # fmt: skip
MOVED, REGISTERED = "registry_last_move", "registry_last_registered"


def show_production(versions: Sequence[Version]) -> None:
    """Show what is in Production, each with a way to ask it."""
    with st.container(horizontal=True, key="home_production"):
        for version in versions:
            with st.container(border=True, width=320):
                st.markdown(f"**{plain(version.model, 60)}**")
                st.markdown(_badge(version.stage) + " " + _("version {number}").format(number=version.number))
                navigation.link("predict", _("Ask it"), model=version.model, stage="Production", version="")


def _badge(stage: Stage) -> str:
    return f":{words.STAGE_COLORS[stage]}-badge[{words.stage(stage)}]"


def show_column(model: RegisteredModel, stage: Stage, runs: Runs) -> None:
    """Show a stage and the versions in it."""
    versions = model.in_stage(stage)
    st.subheader(f":{words.STAGE_COLORS[stage]}[{words.stage(stage)}]", anchor=False)
    frame.note(_(words.STAGE_MEANINGS[stage]))
    if stage == "Production" and len(versions) > 1:
        st.warning(
            _("{count} versions are in Production at once. Archive those that are not used.").format(
                count=number(len(versions))
            )
        )
    for version in versions:
        with st.container(border=True, key=f"registry_card_{version.number}"):
            _show_card(model, version, runs)
    if not versions:
        st.markdown(f"*{_('empty')}*")


def _show_card(model: RegisteredModel, version: Version, runs: Runs) -> None:
    st.markdown(f"**{_('Version {number}').format(number=version.number)}**")
    if version.run_id in runs.info.index:
        values = runs.metrics.loc[version.run_id].dropna()
        names = [m for m in sorted(values.index) if str(m).startswith("test_")] or sorted(values.index)
        lines = [f"{plain(name)} **{number(float(values[name]))}**" for name in _leading(names)]
        st.markdown("  \n".join(lines))
        navigation.link("run", plain(runs.info.at[version.run_id, "name"] or _("Its run"), 40), run=version.run_id)
    else:
        frame.note(
            _("The run it came from is gone.") if version.run_id else _("It does not say which run it came from.")
        )
    if version.description:
        frame.note(plain(_(version.description), 300))
    for stage, label in MOVES.items():
        if stage != version.stage and st.button(
            _(label),
            key=f"registry_{stage}_{version.number}",
            width="stretch",
        ):
            _confirm_move(model, version, stage)


def _leading(metrics: Sequence[str]) -> list[str]:
    """Return the few metrics that people look at first."""
    usual = ("accuracy", "roc_auc", "f1", "r2", "rmse", "mae")
    ranked = sorted(metrics, key=lambda m: next((i for i, word in enumerate(usual) if word in m), len(usual)))
    return ranked[:CARD_METRICS]


def _confirm_move(model: RegisteredModel, version: Version, stage: Stage) -> None:
    """Ask once, with the evidence on screen."""

    @st.dialog(_("Move version {number} to {stage}?").format(number=version.number, stage=words.stage(stage)))
    def ask() -> None:
        others = [other for other in model.in_stage(stage) if other.number != version.number]
        st.markdown(f"**{plain(model.name)}** · {_(words.STAGE_MEANINGS[stage])}.")
        if others:
            _show_evidence(version, others[0])
        elif stage == "Production":
            st.markdown(_("Nothing is in Production yet, so there is nothing to compare it with."))
        archive = bool(others) and stage == "Production" and st.checkbox(
            _("Archive what is in Production now: version {numbers}").format(
                numbers=", ".join(str(other.number) for other in others)
            ),
            value=True,
            key="registry_archive_others",
        )  # fmt: skip
        if st.button(
            _("Move version {number} to {stage}").format(number=version.number, stage=_(words.STAGE_TITLES[stage])),
            type="primary",
            key="registry_confirm",
        ):
            before = registry.move(cache.store(), version, stage, archive_others=archive)
            cache.note_write()
            session.remember(MOVED, (model.name, version.number, stage, before))
            st.rerun()

    ask()


def _show_evidence(version: Version, current: Version) -> None:
    """Compare the candidate's metrics with those of the version that is there now."""
    runs, _missing = cache.some_runs([run_id for run_id in (version.run_id, current.run_id) if run_id])
    if not {version.run_id, current.run_id} <= set(runs.ids):
        st.warning(_("The run of one of the two versions is gone, so their metrics cannot be compared."))
        return
    mine, theirs = runs.metrics.loc[version.run_id], runs.metrics.loc[current.run_id]
    shared = [m for m in runs.metrics if mine.notna()[m] and theirs.notna()[m]]
    shown = _leading([m for m in shared if str(m).startswith("test_")] or shared)
    if not shown:
        st.warning(_("The two versions have no metric in common, so they cannot be compared."))
        return
    st.markdown(
        _("Version {number} against version {current}, which is there now:").format(
            number=version.number, current=current.number
        )
    )
    for metric in shown:
        _show_delta(
            str(metric), higher_is_better(str(metric), runs.directions), float(mine[metric]), float(theirs[metric])
        )


def _show_delta(metric: str, better: bool | None, mine: float, theirs: float) -> None:
    delta = mine - theirs
    if better is None:
        word, color = _("different") if delta else _("the same"), "gray"
    elif abs(delta) < 1e-12:
        word, color = _("the same"), "gray"
    else:
        word, color = (_("better"), "green") if (delta > 0) == better else (_("worse"), "red")
    arrow = "▲" if delta > 0 else "▼" if delta < 0 else "="
    st.markdown(
        f"{plain(metric)}: **{number(mine)}** ← {number(theirs)} · :{color}[{arrow} {number(abs(delta))} {word}]"
    )


def report_last_change() -> None:
    """Say what was registered or moved last; a move can be undone."""
    if REGISTERED in st.session_state:
        model, number = st.session_state.pop(REGISTERED)
        words_of_it = _("Registered as {model}, version {version}.").format(model=plain(model), version=number)
        st.success(words_of_it, icon=":material/check_circle:")
    moved = st.session_state.get(MOVED)
    if not moved:
        return
    model, version, stage, before = moved
    with st.container(horizontal=True, vertical_alignment="center", key="registry_report"):
        st.success(
            _("Version {number} of {model} is now in {stage}.").format(
                number=version, model=plain(model), stage=words.stage(stage)
            ),
            icon=":material/check_circle:",
        )
        if st.button(_("Undo"), key="registry_undo", icon=":material/undo:"):
            registry.restore(cache.store(), model, before)
            cache.note_write()
            del st.session_state[MOVED]
            st.rerun()


def offer_registration(run_id: str) -> None:
    """Offer to register a run's model when the address brings one."""
    if not run_id:
        return
    run = cache.run(run_id)
    models = cache.models()
    existing = registry.versions_of_run(models, run_id)
    with st.container(border=True, key="registry_register"):
        st.markdown(f"**{_('Register the model of {run}').format(run=plain(run.name or run_id))}**")
        if existing:
            st.markdown(_("It is registered already: {versions}.").format(versions=_named(existing)))
            return
        names = [model.name for model in models]
        name = st.selectbox(
            _("Name of the model: choose one to add a version, or write a new one"),
            names,
            index=None,
            accept_new_options=True,
            key="registry_name",
            placeholder=_("for example iris-classifier"),
        )
        if st.button(
            _("Register"),
            type="primary",
            disabled=not name,
            key="registry_register_button",
            icon=":material/add:",
        ):
            _register(run_id, (name or "").strip())


def _register(run_id: str, name: str) -> None:
    number = registry.register(cache.store(), run_id, name)
    cache.note_write()
    session.carry(model=name)
    session.keep_in_address(run="", model=name)
    session.remember(REGISTERED, (name, number))
    st.rerun()


def _named(versions: Sequence[Version]) -> str:
    return ", ".join(
        f"{plain(v.model)} {_('version {number}').format(number=v.number)} ({words.stage(v.stage)})" for v in versions
    )


def show_run_versions(run: Run, versions: Sequence[Version]) -> None:
    """Say which versions were made of a run, or offer to make one."""
    for version in versions:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(
                f"{_badge(version.stage)} **{plain(version.model)}** "
                f"{_('version {number}').format(number=version.number)}, {moment(version.created)}",
                width="content",
            )
            navigation.link("predict", _("Ask it"), model=version.model, version=str(version.number), stage="")
    if not versions and run.status == "FINISHED":
        st.markdown(_("It is not registered, so it cannot be promoted or asked yet."))
        navigation.link("registry", _("Register its model"), run=run.run_id)
    elif not versions:
        frame.note(_("Only a run that finished can have its model registered."))
