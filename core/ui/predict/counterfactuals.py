"""What would flip the answer, or bring it to a number: the smallest changes, each a press away."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import partial

import streamlit as st

from core import words
from core.i18n import _, ngettext, number, percent
from core.prediction.counterfactuals import Change, Goal, Suggestions, suggest
from core.prediction.predict import Prediction
from core.prediction.relations import Relation
from core.prediction.schema import Answer
from core.prediction.value_words import rounded_words
from core.prediction.variations import can_vary
from core.process import computed
from core.process.asked import AskedModel, Given
from core.process.memory import kept
from core.text import plain
from core.ui import frame
from core.ui.predict import input_form

STEP = 0.1  # of a number: how far away the target that is offered first lies


def show(given: Sequence[Given], now: Mapping[str, Answer]) -> None:
    """Ask what the model should say and show up to three smallest changes that make it say so."""
    st.markdown(_("The smallest changes that make the model say something else. Press one to try it."))
    which, what = st.columns(2)
    titles = [said.asked.title for said in given]
    with which:
        title = st.selectbox(_("Version"), titles, key="predict_flip_version")
    said = given[titles.index(title)]
    with what:
        goal = _choose_goal(said)
    locked = _choose_locks(said.asked)
    if goal is None:
        return
    with st.spinner(_("Looking for small changes…")):
        found = _suggestions(said.asked, now, goal, tuple(locked))
    _show_changes(said.asked, found)


def _choose_goal(said: Given) -> Goal | None:
    answer, unit = said.prediction.answer, said.asked.unit
    if isinstance(answer, str):
        classes = [name for name in sorted(said.prediction.probabilities or {}) if name != answer]
        if len(classes) < 2:
            st.markdown(_("It should not say **{answer}**.").format(answer=plain(answer)))
            return Goal(becomes=classes[0] if classes else "")
        titles = {
            "": _("anything but {answer}").format(answer=plain(answer)),
            **{name: plain(name) for name in classes},
        }
        wanted = st.selectbox(
            _("It should say"), list(titles), key="predict_flip_class", format_func=titles.__getitem__
        )
        return Goal(becomes=wanted)
    more = round(answer + abs(answer) * STEP, 2) if answer else 1.0
    target = st.number_input(
        _("It should say at least or at most"), value=more, key=f"predict_flip_target_{said.asked.subject}",
        format="%g",
    )  # fmt: skip
    frame.note(_("Now it says {answer}.").format(answer=words.amount(answer, unit)))
    if target == answer:
        return None
    return Goal(at_least=target) if target > answer else Goal(at_most=target)


def _choose_locks(asked: AskedModel) -> list[str]:
    """Offer a padlock for each input that can be moved."""
    names = [field.name for field in asked.fields if can_vary(field)]
    order = [name for name in computed.influence(asked).index if name in names] or names
    key = f"predict_locks_{asked.subject}"
    locked = set(st.session_state.get(key) or ())
    return st.pills(
        _("Locked: what must stay as it is"), order, selection_mode="multi", key=key,
        format_func=lambda name: f":material/{'lock' if name in locked else 'lock_open'}: {plain(name, 30)}",
    )  # fmt: skip


def _show_changes(asked: AskedModel, found: Suggestions) -> None:
    with st.container(key="predict_changes"):
        for place, change in enumerate(found.changes):
            st.button(
                _describe(asked, change), key=f"predict_change_{place}", icon=":material/arrow_forward:",
                on_click=partial(input_form.ask_for, dict(change.inputs)), width="stretch",
            )  # fmt: skip
    rows = number(found.searched, 0)
    if not found.changes and found.complete and found.left_out:
        st.markdown(_("**No small change flips it** that keeps together what all training rows keep together."))
    elif not found.changes and found.complete:
        st.markdown(_("**No small change flips it**: no change of one or two inputs within what training saw does."))
    elif not found.changes:
        st.markdown(_("None of the changes that were tried flips it. There are more than can be tried at once."))
    if found.left_out:
        frame.note(_left_out_words(found.left_out))
    frame.note(_("{count} rows were tried. It says what the model would answer, not what would happen.").format(
        count=rows))  # fmt: skip


def _left_out_words(left_out: Mapping[Relation, int]) -> str:
    count = sum(left_out.values())
    said = ngettext(
        "{count} change would do it but is not offered: it breaks what all training rows keep.",
        "{count} changes would do it but are not offered: they break what all training rows keep.",
        count,
    )
    relation = plain(max(left_out, key=left_out.__getitem__).words, 200)
    return f"{said} {_('Most often it is this: {relation}.').format(relation=relation)}"


def _describe(asked: AskedModel, change: Change) -> str:
    moves = " · ".join(
        f"{plain(name)}: {plain(rounded_words(change.before[name]))} → **{plain(rounded_words(value))}**"
        for name, value in change.inputs.items()
    )
    return f"{moves} ⇒ {_answer_words(asked, change.answer)}"


def _answer_words(asked: AskedModel, said: Prediction) -> str:
    if isinstance(said.answer, float):
        return words.amount(said.answer, asked.unit)
    chance = "" if said.confidence is None else f" ({percent(said.confidence, 0)})"
    return f"{plain(said.answer)}{chance}"


@kept(lambda asked, now, *about: (asked.key, asked.output, json.dumps(dict(now), default=str), about), max_entries=64)
def _suggestions(asked: AskedModel, now: Mapping[str, Answer], goal: Goal, locked: tuple[str, ...]) -> Suggestions:
    return suggest(asked.predictor, now, goal, locked=locked, reference=computed.training_rows(asked),
                   kept=computed.kept_together(asked))  # fmt: skip
