"""What versions answer to the same inputs: one card each, how far they are apart, and how odd the inputs are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import chain

import streamlit as st

from core import words
from core.errors import ModelError
from core.figures import probabilities
from core.figures.cutoffs import cutoff_words
from core.figures.style import Style
from core.i18n import _, amount, number, percent
from core.prediction.intervals import rounded
from core.prediction.schema import Answer
from core.process.asked import AskedModel, AskedRun, AskedVersion, Given, answer, contradict, points_apart
from core.text import plain
from core.ui import charts, frame, session

LETTERS = {1: 22, 2: 10, 3: 6}  # of an answer in large letters that fit a card, by the number of cards


def show(asked: Sequence[AskedModel], inputs: Mapping[str, Answer]) -> list[Given]:
    """Show a card for each version and return what could be answered; what could not is said in its place."""
    given: list[Given] = []
    in_a_row = min(len(asked), 2 if session.projector() else 3)
    rows = [st.columns(in_a_row) for _row in range(-(-len(asked) // in_a_row))]
    for place, one in zip(chain.from_iterable(rows), asked, strict=False):
        with place, st.container(border=True, height="stretch"):
            _show_title(one)
            try:
                said = answer(one, inputs)
            except ModelError as error:
                frame.show_error(error)
                continue
            given.append(said)
            _show_card(said, LETTERS[in_a_row])
    return given


def show_in_sight(given: Sequence[Given]) -> None:
    """Show the answers in a line each, which stays in sight on a phone while its inputs are moved."""
    with st.container(key="in_sight", gap=None):
        for said in given:
            st.markdown(f":small[{said.asked.title}] {_in_short(said)}")


def _in_short(said: Given) -> str:
    prediction, unit = said.prediction, said.asked.unit
    if prediction.outputs:
        return " · ".join(f"{plain(name, 20)} **{_shown(value, unit)}**" for name, value in prediction.outputs.items())
    if prediction.confidence is None:
        return f"**{_shown(prediction.answer, unit)}**"
    chance = percent(prediction.confidence)
    return f"**{_shown(prediction.answer, unit)}** · {_('{chance} sure').format(chance=chance)}"


def _show_title(asked: AskedModel) -> None:
    if isinstance(asked, AskedRun):
        name = "" if session.projector() else f" :small[{plain(asked.left.run, 30)}]"  # there it stands above
        st.markdown(f"**{asked.title}**{name}")
    elif isinstance(asked, AskedVersion):
        number_of_it = words.version(asked.version.number).replace(" ", "\u00a0")  # a line that ends breaks before it
        st.markdown(f"**{words.stage(asked.version.stage)}** :small[{number_of_it}]")


def _show_card(said: Given, letters: int) -> None:
    prediction, unit = said.prediction, said.asked.unit
    if prediction.outputs:
        for name, value in prediction.outputs.items():
            _show_large(name, value, unit, letters)
            chance = prediction.chances.get(name, {}).get(str(value))
            if chance is not None:
                st.markdown(_("{chance} sure").format(chance=percent(chance)))
        return
    _show_large(said.asked.answer_title, prediction.answer, unit, letters)
    if prediction.confidence is not None:
        st.markdown(_("{chance} sure").format(chance=percent(prediction.confidence)))
    if said.asked.cutoff is not None and prediction.probabilities and len(prediction.probabilities) == 2:
        frame.note(
            _("The chosen cut-off counts: from {cutoff} on it says {positive}.").format(
                cutoff=cutoff_words(said.asked.cutoff), positive=plain(said.asked.positive(prediction))
            )
        )
    _show_intervals(said)


def _show_large(name: str, value: float | str, unit: str, letters: int) -> None:
    """Show an answer as large as it fits: a number that is too long for its card would be cut off."""
    length = len(amount(value, unit)) if isinstance(value, float) else len(value)
    if length <= letters * (0.7 if session.projector() else 1):
        st.metric(plain(name, 60), _shown(value, unit))
    else:
        st.markdown(plain(name, 60))
        st.markdown(f"#### {_shown(value, unit)}")


def _show_intervals(said: Given) -> None:
    unit = said.asked.unit
    if said.interval is not None:
        low, high = (words.amount(rounded(end, said.interval), unit) for end in (said.interval.low, said.interval.high))
        st.markdown(
            _("**{low} – {high}** for {share} of such cases").format(
                low=low, high=high, share=percent(said.interval.coverage, 0)
            )
        )
        frame.note(_("by its errors on {rows} test rows").format(rows=number(said.interval.rows)))
    if said.spread is not None:
        low, high = (words.amount(rounded(end, said.interval), unit) for end in said.spread)
        frame.note(_("spread of its trees (no promise): {low} – {high}").format(low=low, high=high))


def _shown(value: float | str, unit: str) -> str:
    return words.amount(value, unit) if isinstance(value, float) else plain(words.found(value), 60)


def show_agreement(given: Sequence[Given], reasons: str = "") -> None:
    """Say whether the first two versions agree; ``reasons`` is what explains that they do not."""
    if len(given) < 2 or any(said.prediction.outputs for said in given[:2]):
        return
    first, second = given[:2]
    one, other = first.prediction, second.prediction
    if isinstance(one.answer, float) != isinstance(other.answer, float):
        st.warning(
            _("One answers with a class, the other with a number: {first} says {one}, {second} says {other}.").format(
                first=first.asked.title, one=_shown(one.answer, first.asked.unit),
                second=second.asked.title, other=_shown(other.answer, second.asked.unit),
            ),
            title=_("They cannot be compared"),
            icon=":material/info:",
        )  # fmt: skip
    elif contradict(first, second):
        unit = first.asked.unit
        st.warning(
            _("{first} says {one}, {second} says {other}.").format(
                first=first.asked.title, one=_shown(one.answer, unit),
                second=second.asked.title, other=_shown(other.answer, unit),
            ) + (f"\n\n{reasons}" if reasons else ""),
            title=_("They disagree"),
            icon=":material/compare_arrows:",
        )  # fmt: skip
    elif isinstance(one.answer, float) and isinstance(other.answer, float):
        apart = words.amount(abs(one.answer - other.answer), first.asked.unit)
        st.markdown(_("They are **{difference}** apart.").format(difference=apart))
    else:
        apart_by = points_apart(given)
        st.markdown(
            _("They agree.")
            if apart_by is None
            else _("They agree; their chances are {points} points apart.").format(points=number(apart_by, 1))
        )


def show_probabilities(given: Sequence[Given], style: Style) -> None:
    """Show how likely each class is to each version."""
    chances = {said.asked.title: said.prediction.probabilities for said in given if said.prediction.probabilities}
    if chances:
        charts.show(
            probabilities.class_probabilities(chances, style),
            key="predict_probabilities",
            alt=_("How likely each class is"),
            table=lambda: probabilities.class_probabilities_data(chances),
        )
