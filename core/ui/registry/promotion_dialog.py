"""Moving a version to another stage: the dialog with its evidence, what happened, and taking it back."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import streamlit as st

from core import words
from core.access import THE_CLASS
from core.comparison.baseline import baseline_of
from core.comparison.evidence import measured
from core.comparison.gates import Candidate, judge, read_gates
from core.errors import ModelError
from core.i18n import N_, _, ngettext, number
from core.process import cache, shared
from core.store.models import same_signature
from core.store.registry import promotion
from core.store.registry.events import Event, GateOutcome, staged_before
from core.store.registry.foreign_changes import misplaced_aliases
from core.store.registry.promotion import LONGEST_NAME, LONGEST_REASON, ChangedMeanwhileError, Move
from core.store.registry.registered_models import RegisteredModel, Version
from core.store.registry.stages import GATES_TAG, Stage
from core.store.runs.tables import DEMO_TAG
from core.text import plain
from core.ui import afterwards, frame, session
from core.ui.registry import evidence, gates, retrained, slices

MOVES: dict[Stage, str] = {
    "None": N_("Take out of all stages"), "Staging": N_("Move to Staging"), "Production": N_("Move to Production"),
    "Archived": N_("Archive"),
}  # fmt: skip
LAST, ASKED, SAW, REFUSED = "registry_last_change", "registry_asked", "registry_saw", "registry_refused"
MOST_DISAGREEMENTS = 3  # that are shown at once
OTHERS: tuple[Stage, ...] = ("Archived", "Staging", "None")


def label(stage: Stage) -> str:
    """Return what a button that moves a version to ``stage`` says."""
    if not session.actor().may("move"):
        return f"{words.STAGE_SHAPES[stage]} {_('Evidence for {stage}').format(stage=_(words.STAGE_TITLES[stage]))}"
    return f"{words.STAGE_SHAPES[stage]} {_(MOVES[stage])}"


def ask(version: Version, stage: Stage) -> None:
    """Have the page ask about a move; the question stays when the page is shown anew, until it is answered."""
    session.remember(ASKED, (version.model, version.number, stage))
    st.session_state.pop(SAW, None)


def show_question(models: Sequence[RegisteredModel]) -> None:
    """Ask once, with everything that speaks for and against a move on screen."""
    name, number, stage = st.session_state.get(ASKED, ("", 0, "None"))
    model = next((model for model in models if model.name == name), None)
    version = next((v for v in model.versions if v.number == number), None) if model else None
    if model is None or version is None:
        return

    @st.dialog(
        _question(number, stage),
        width="large",
        on_dismiss=_stop_asking,
    )
    def dialog() -> None:
        with frame.reporting():
            _show(model, version, stage)

    dialog()


def _question(number: int, stage: Stage) -> str:
    if not session.actor().may("move"):
        return _("Version {number}: evidence for {stage}").format(number=number, stage=words.stage(stage))
    return _("Move version {number} to {stage}?").format(number=number, stage=words.stage(stage))


def _stop_asking() -> None:
    st.session_state.pop(ASKED, None)


def _show(model: RegisteredModel, version: Version, stage: Stage) -> None:
    current = [other for other in model.in_stage("Production") if other.number != version.number]
    saw = promotion.seen(model, version.number, stage)
    decided_on = st.session_state.get(SAW, saw)  # what was on screen when the button was pressed
    session.remember(SAW, saw)
    afterwards.show(REFUSED)
    st.markdown(f"**{plain(model.name)}** · {_(words.STAGE_MEANINGS[stage])}.")
    outcomes: tuple[GateOutcome, ...] = ()
    judged_on = ""
    if stage in {"Production", "Staging"}:
        outcomes, judged_on = _show_grounds(model, version, current, blocking=stage == "Production")
    elif version.stage == "Production":
        st.warning(_("Nothing will be in Production then: whoever asks for it gets no answer."))
    if not frame.allows("move", _("Only the presenter may move versions.")):
        return
    others_to: Stage = "Archived"
    if stage == "Production" and current:
        others_to = st.radio(
            _("What happens to version {numbers}, which is in Production now").format(
                numbers=", ".join(str(other.number) for other in current)
            ),
            OTHERS,
            format_func=words.stage,
            horizontal=True,
            key="registry_others_to",
        )
    by, why = _who_and_why(version, needed=stage == "Production")
    override = why if stage == "Production" and _passes_all_the_same(outcomes) else ""
    with st.container(key="registry_deciding"):  # stays in sight, however long what is above it
        confirmed = st.button(
            _("Move version {number} to {stage}").format(number=version.number, stage=_(words.STAGE_TITLES[stage])),
            type="primary",
            key="registry_confirm",
        )
    if confirmed:
        session.introduce(by)
        rules = model.tags.get(GATES_TAG, "") if stage == "Production" else None
        asked = Move(
            model.name, version.number, stage, why, decided_on, others_to, outcomes, rules, judged_on, override
        )
        _do(lambda: promotion.move(shared.store(), session.actor(), asked))


def _show_grounds(
    model: RegisteredModel, version: Version, current: Sequence[Version], *, blocking: bool
) -> tuple[tuple[GateOutcome, ...], str]:
    """Show what speaks for and against it: numbers on one side, gates on the other, rows below both.

    Return how it does against each gate, and what that was judged on.
    """
    rows = evidence.rows_of_your_own() if current else None
    left, right = st.columns([3, 2], gap="medium")
    with left:
        retrained.show(version)
        shown, judging = evidence.show(version, current[0] if current else None, rows)
        if current:
            evidence.show_asked(version, current[0])
    rules = read_gates(model.tags)
    asks_for_staging = any(gate.kind == "staged" for gate in rules)
    staged = asks_for_staging and _was_in_staging(version)
    outcomes = judge(rules, _candidate(version, current, judging, staged=staged))
    with right:
        evidence.show_change(shown)
        gates.show_outcomes(outcomes, judging.judged_on, blocking=blocking)
    if current:
        evidence.show_rows(shown, version, current[0])
        slices.show_all(shown.slices, version, current[0])
    return outcomes, judging.judged_on if outcomes else ""


def _was_in_staging(version: Version) -> bool:
    return version.stage == "Staging" or staged_before(cache.timeline(version.model), version.number)


def _candidate(version: Version, current: Sequence[Version], found: evidence.Evidence, *, staged: bool) -> Candidate:
    return Candidate(
        metrics=found.mine,
        production=found.theirs if current else None,
        baseline=_baseline(version, current, found.judged_on),
        directions=found.directions,
        same_signature=_same_signature(version, current[0]) if current else None,
        staged=staged,
        description=version.description,
        answers=found.answers,
    )


def _baseline(version: Version, current: Sequence[Version], judged_on: str) -> dict[str, float]:
    """Return what always giving the same answer gets on the test rows that the metrics are of."""
    asked = next((one for one in (version, *current[:1]) if one.run_id == judged_on), version)
    found = baseline_of(cache.test_rows(asked))
    return measured(found.table) if found else {}


def _same_signature(version: Version, current: Version) -> bool | None:
    try:
        return same_signature(cache.model_files(version), cache.model_files(current))
    except ModelError:
        return None


def _who_and_why(version: Version, *, needed: bool) -> tuple[str, str]:
    demo = DEMO_TAG in version.tags
    left, right = st.columns([1, 2])
    with left:
        by = st.text_input(
            _("Your name (required)"),
            value=words.person(session.who() or (THE_CLASS if demo else ""), ""),
            max_chars=LONGEST_NAME,
            key="registry_by",
        )
    with right:
        why = st.text_input(
            _("Reason (required; the timeline keeps it)") if needed else _("Reason (may be empty)"),
            value=_("Tried out in class.") if demo else "",
            max_chars=LONGEST_REASON,
            key="registry_why",
        )
    return by, why


def _passes_all_the_same(outcomes: Sequence[GateOutcome]) -> bool:
    """Have the presenter say whether a failed gate is to be passed, for the reason that is given anyhow."""
    if all(outcome.passed for outcome in outcomes):
        return False
    if not frame.allows("override_gates", _("Only the presenter may let it pass all the same.")):
        return False
    return st.checkbox(
        _("Let it pass all the same, for this reason (required, as a gate failed)"), key="registry_override"
    )


def _do(act: Callable[[], Event]) -> None:
    """Change the registry, remember what can be taken back, and show the board anew."""
    try:
        with st.spinner(_("Moving…")), shared.writing():
            event = act()
    except ChangedMeanwhileError as error:
        afterwards.say(REFUSED, error)
        st.rerun()  # the question is asked again, with what is so by now
    _stop_asking()
    session.remember(LAST, event)
    st.rerun()


def report_last_change() -> None:
    """Say what was changed last in this session; a move can be taken back."""
    if ASKED not in st.session_state:
        afterwards.show(REFUSED)
    event: Event | None = st.session_state.get(LAST)
    if event is None:
        return
    with st.container(horizontal=True, vertical_alignment="center", key="registry_report"):
        st.success(plain(f"{event.model}: {words.event(event)}", 400), icon=":material/check_circle:")
        if (
            event.changes
            and session.actor().may("undo")
            and st.button(_("Undo"), key="registry_undo", icon=":material/undo:")
        ):
            take_back(event.model, event.number)
        st.button(_("Fine"), type="tertiary", key="registry_fine", on_click=_forget)


def _forget() -> None:
    st.session_state.pop(LAST, None)


def take_back(model: str, number: int) -> None:
    """Take an entry of the timeline back, in the name that this visitor gave last."""
    _do(lambda: promotion.undo(shared.store(), session.actor(), model, number))


def show_disagreements(models: Sequence[RegisteredModel]) -> None:
    """Say where another program left several versions in Production or an alias elsewhere, and offer to settle it."""
    several = [model for model in models if len(model.in_stage("Production")) > 1]
    misplaced = {model.name: found for model in models if model not in several and (found := misplaced_aliases(model))}
    concerned = [*several, *(model for model in models if model.name in misplaced)]
    for place, model in enumerate(concerned[:MOST_DISAGREEMENTS]):
        production = model.in_stage("Production")
        if model in several:
            _offer_to_settle(place, model, production)
        else:
            _offer_to_realign(place, model, production, misplaced[model.name])
    if (rest := len(concerned) - MOST_DISAGREEMENTS) > 0:
        frame.note(
            ngettext(
                "{count} more model was changed by other programs in this way; settle these first.",
                "{count} more models were changed by other programs in this way; settle these first.",
                rest,
            )
        )


def _offer_to_settle(place: int, model: RegisteredModel, production: Sequence[Version]) -> None:
    with st.container(border=True, key=f"registry_settle_{place}"):
        st.warning(
            _("Another program left {count} versions of {model} in Production at once: {versions}.").format(
                count=number(len(production), 0),
                model=plain(model.name),
                versions=", ".join(str(version.number) for version in production),
            ),
            icon=":material/warning:",
        )
        if not frame.allows("settle", _("Only the presenter may settle this.")):
            return
        keep = st.radio(
            _("Which one stays in Production? The others are archived."),
            [version.number for version in production],
            format_func=words.version_title,
            horizontal=True,
            key=f"registry_keep_{place}",
        )
        if st.button(_("Keep version {number}").format(number=keep), key=f"registry_settle_button_{place}"):
            with frame.reporting():
                why, actor = N_("Only one may be there."), session.actor()
                _do(lambda: promotion.settle(shared.store(), actor, model.name, keep, why))


def _offer_to_realign(
    place: int,
    model: RegisteredModel,
    production: Sequence[Version],
    misplaced: dict[str, tuple[int | None, int | None]],
) -> None:
    with st.container(border=True, horizontal=True, vertical_alignment="center", key=f"registry_settle_{place}"):
        for alias, (now, belongs) in misplaced.items():
            st.markdown(
                _(
                    "Another program moved the alias {alias} of {model}: it is at {now} and belongs at {belongs}."
                ).format(
                    alias=f"**@{plain(alias)}**",
                    model=plain(model.name),
                    now=_version(now),
                    belongs=_version(belongs),
                )
            )
        if frame.allows("settle", _("Only the presenter may settle this.")) and st.button(
            _("Put the aliases right"), key=f"registry_settle_button_{place}"
        ):
            with frame.reporting():
                keep = production[0].number if production else None
                why, actor = N_("Aliases follow stages."), session.actor()
                _do(lambda: promotion.settle(shared.store(), actor, model.name, keep, why))


def _version(number: int | None) -> str:
    return _("no version") if number is None else words.version(number)
