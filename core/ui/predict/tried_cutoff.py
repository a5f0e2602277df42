"""A cut-off that somebody tries: whether it is in force, and what becomes of the case that is looked at."""

from __future__ import annotations

import streamlit as st

from core.figures.cutoffs import cutoff_words
from core.i18n import _, percent
from core.prediction.predict import Prediction
from core.text import plain

USUAL = 0.5  # what models of two classes do when nobody says otherwise
NAME_LENGTH = 40


def say_whether_saved(positive: str, cutoff: float, saved: float | None) -> None:
    """Say whether the cut-off is in force, so that nobody takes a try for the model's answer."""
    tried, in_force = (f"**{cutoff_words(one)}**" for one in (cutoff, USUAL if saved is None else saved))
    if cutoff == saved:
        words = _("{cutoff} is saved for this model: it says “{name}” from there on, everywhere.")
    elif saved is None:
        words = _(
            "{cutoff} is only a try, which changes nothing until it is saved. No cut-off is saved for this model: it "
            "answers as it was trained to, most often from 50 % on."
        )
    else:
        words = _(
            "{cutoff} is only a try, which changes nothing until it is saved. Saved for this model: it says “{name}” "
            "from {saved} on, everywhere."
        )
    st.markdown(words.format(cutoff=tried, saved=in_force, name=positive))


def say_of_a_run(cutoff: float) -> None:
    """Say that no cut-off is saved for a run's own model."""
    st.markdown(
        _(
            "{cutoff} is only a try, which changes nothing. A cut-off is saved for a registered model; this run's own "
            "answers as it was trained to, most often from 50 % on."
        ).format(cutoff=f"**{cutoff_words(cutoff)}**")
    )


def say_of_this_case(prediction: Prediction, classes: tuple[str, str], cutoff: float, title: str = "") -> None:
    """Say what becomes of the case that is looked at; of the ``classes`` the second is what a cut-off is about."""
    negative, positive = classes
    chance = (prediction.probabilities or {}).get(positive)
    if chance is None:
        return
    would_be, is_now = positive if chance >= cutoff else negative, str(prediction.answer)
    words = (
        _("At {cutoff} this case, {chance} likely “{positive}”, is **{answer}**, as it is now.")
        if would_be == is_now
        else _("At {cutoff} this case, {chance} likely “{positive}”, would be **{answer}**. Now it is {now}.")
    ).format(
        cutoff=cutoff_words(cutoff), chance=_apart_from(chance, cutoff), positive=plain(positive, NAME_LENGTH),
        answer=plain(would_be, NAME_LENGTH), now=plain(is_now, NAME_LENGTH),
    )  # fmt: skip
    st.markdown(f"{title}: {words}" if title else words)


def _apart_from(chance: float, cutoff: float) -> str:
    """Return a probability in percent, with as many digits as tell it from a cut-off.

    >>> _apart_from(0.4137, 0.16), _apart_from(0.49996, 0.5), _apart_from(0.5, 0.5)
    ('41.4%', '49.996%', '50%')
    """
    digits = next((count for count in range(1, 14) if round(100 * chance, count) != round(100 * cutoff, count)), 1)
    return percent(chance, digits)
