"""The what-if: answers that follow every change of the inputs, and what lies behind them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial

import streamlit as st

from core.i18n import _
from core.prediction.schema import Answer
from core.process import cache, computed
from core.process.asked import AskedModel, AskedVersion, Given, answer, contradict, saved_cutoff
from core.serving import people
from core.ui import frame, session
from core.ui.predict import (
    answer_cards,
    counterfactuals,
    cutoffs,
    explanation,
    followed_number,
    input_form,
    response_curves,
    typicality,
)
from core.ui.predict.scenarios import shelf
from core.ui.predict.version_choice import choose_output


@frame.live(None)
def show(asked: Sequence[AskedModel], help_of: Mapping[str, str]) -> None:
    """Show answers and form side by side, then one look behind the answer; a change shows this part anew.

    The answers are made before the form, of what the form says, so that they are on screen first.
    """
    asked = [replace(one, cutoff=saved_cutoff(one)) for one in asked]
    first, subject = asked[0], asked[0].subject
    answered, asking = st.columns(2, gap="medium")  # on a phone the answers come first
    now = input_form.values(subject, first.fields)
    with answered, st.container(key="predict_answers"):
        given = answer_cards.show(asked, now)
        _show_agreement(given, now)
        typicality.show(first, now)
    with asking:
        order = list(computed.influence(first).index)
        input_form.show(subject, first.fields, now, order=order, tested=cache.test_rows(first.stored), help_of=help_of,
                    unit=first.unit)  # fmt: skip
    people.note(session.word(), "predict page", given, now)
    if given:
        _show_looks(given, now)
        answer_cards.show_in_sight(given)


def _show_agreement(given: Sequence[Given], now: Mapping[str, Answer]) -> None:
    apart = len(given) > 1 and contradict(*given[:2])
    reasons_why = explanation.of_disagreement(given, now, followed_number.usual(given[0])) if apart else ""
    answer_cards.show_agreement(given, reasons_why)


def _show_looks(given: Sequence[Given], now: Mapping[str, Answer]) -> None:
    outputs = list(given[0].prediction.outputs)
    if len(outputs) > 1:
        followed_versions = choose_output([said.asked for said in given], outputs)
        given = [answer(one, now) for one in followed_versions]
    followed = followed_number.choose(given)
    style = session.style()
    # Each of several labels has two, and there is one cut-off
    two_classes = len(given[0].prediction.probabilities or {}) == 2 and not outputs
    case = {said.asked.place: said.prediction for said in given}
    cut = {"cutoff": (_("Cut-off"), partial(cutoffs.show_cutoffs, [said.asked for said in given], case))}
    likely = {"likely": (_("How likely?"), partial(answer_cards.show_probabilities, given, style))}
    versions = [said.asked for said in given if isinstance(said.asked, AskedVersion)]
    on_shelf = {"shelf": (_("Shelf"), partial(shelf.show_shelf, versions, now))}
    frame.one_of(
        (likely if any(said.prediction.probabilities for said in given) else {})
        | {
            "why": (_("Why?"), partial(explanation.show, given, now, followed, style)),
            "vary": (_("What if I vary one?"), partial(response_curves.show, given, now, followed, style)),
            "flip": (_("What would flip it?"), partial(counterfactuals.show, given, now)),
        }
        | (cut if two_classes else {})
        | (on_shelf if len(versions) == len(given) else {}),
        key="predict_look",
        name="look",
    )
