"""Which number is followed behind an answer: a class's probability, or the answer itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import streamlit as st

from core.i18n import _, amount, number, percent
from core.process.asked import Given
from core.text import plain

KEY = "predict_followed"


@dataclass(frozen=True)
class Followed:
    """The number that explanations and curves are about; ``of`` is a class, empty where the answer is a number."""

    of: str
    title: str
    unit: str = ""

    @property
    def is_chance(self) -> bool:
        """Tell whether it is a probability."""
        return bool(self.of)

    @property
    def within(self) -> str:
        """Return what it is called within a sentence, as markdown."""
        return _("the probability of {name}").format(name=plain(self.of)) if self.is_chance else plain(self.title)

    def show(self, value: float) -> str:
        """Return a value in words."""
        return percent(value) if self.is_chance else amount(value, self.unit)

    def show_change(self, value: float) -> str:
        """Return a difference in words: of probabilities in points."""
        size = amount(abs(value), self.unit)
        if self.is_chance:
            size = _("{count} points of probability").format(count=number(abs(100 * value), 1))
        return f"{'+' if value >= 0 else '−'}{size}"


def usual(first: Given) -> Followed:
    """Return what is followed unless somebody chooses: the second of two classes, the likeliest of more, the number."""
    answer = first.prediction.answer
    if isinstance(answer, float):
        return Followed("", first.asked.output or first.asked.answer_title, first.asked.unit)
    classes = list(first.prediction.probabilities or {answer: 1.0})
    return _of_class(first.asked.positive(first.prediction) if len(classes) == 2 else classes[0])


def choose(given: Sequence[Given]) -> Followed:
    """Let a person choose what is followed where there are more than two classes."""
    followed = usual(given[0])
    classes = sorted(given[0].prediction.probabilities or {})
    if len(classes) < 3:
        return followed
    if st.session_state.get(KEY) not in {None, *classes}:
        del st.session_state[KEY]  # another model
    return _of_class(
        st.selectbox(_("Which class to follow"), classes, index=classes.index(followed.of), key=KEY, format_func=plain)
    )


def _of_class(name: str) -> Followed:
    return Followed(name, _("probability of {name}").format(name=name))
