"""Why: what moved each version's answer, in words and as a waterfall."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

import pandas as pd
import streamlit as st

from core.errors import ModelError
from core.figures.style import Style
from core.figures.waterfall import waterfall, waterfall_data
from core.i18n import _
from core.prediction.explain import Explainer, Explanation, explain_difference, explainer, in_words
from core.prediction.schema import Answer, input_frame, starting_values
from core.prediction.value_words import rounded_words
from core.process import computed
from core.process.asked import AskedModel, Given
from core.process.memory import kept
from core.text import plain
from core.ui import charts, frame
from core.ui.predict.followed_number import Followed


@kept(lambda asked, now, of: (_key(asked, of), json.dumps(dict(now), default=str)), max_entries=256)
def explanation(asked: AskedModel, now: Mapping[str, Answer], of: str) -> Explanation:
    """Return why a version answers what it does.

    Raises:
        ModelError: an input does not fit, or the model refuses.
    """
    return _explainer(asked, of).explain(input_frame(asked.fields, now))


def _key(asked: AskedModel, of: str) -> tuple[str, ...]:
    return asked.key, asked.output, of


@kept(_key, max_entries=64)
def _explainer(asked: AskedModel, of: str) -> Explainer:
    return explainer(asked.predictor, _reference(asked), of)


def _reference(asked: AskedModel) -> pd.DataFrame:
    """Return what an answer is compared with: training rows, without them the values that the form begins with."""
    rows = computed.training_rows(asked)
    return input_frame(asked.fields, starting_values(asked.fields)) if rows is None else rows


def of_disagreement(given: Sequence[Given], now: Mapping[str, Answer], followed: Followed) -> str:
    """Say which inputs explain that the first two versions disagree; empty where that cannot be told."""
    try:
        first, second = (explanation(said.asked, now, followed.of) for said in given[:2])
    except ModelError:
        return ""
    difference = explain_difference(first, second)
    words = in_words(difference, lambda size: followed.show_change(size)[1:])
    return _("What sets {first} apart: {reasons}").format(first=given[0].asked.title, reasons=plain(words, 600))


def show(given: Sequence[Given], now: Mapping[str, Answer], followed: Followed, style: Style) -> None:
    """Show for the first two versions what moved their answer away from the typical one."""
    st.markdown(_("Where **{answer}** comes from: each input moved it up or down from the typical answer.").format(
        answer=followed.within))  # fmt: skip
    for place, said in zip(st.columns(min(len(given), 2), gap="medium"), given[:2], strict=True):
        with place:
            st.markdown(f"**{said.asked.title}**")
            try:
                found = explanation(said.asked, now, followed.of)
            except ModelError as error:
                frame.show_error(error)
                continue
            st.markdown(plain(in_words(found, lambda size: followed.show_change(size)[1:]), 600))
            _show_waterfall(said.asked, found, now, followed, style)
    _show_method(given)


def _show_waterfall(
    asked: AskedModel, found: Explanation, now: Mapping[str, Answer], followed: Followed, style: Style
) -> None:
    values = {field.name: rounded_words(now.get(field.name)) for field in asked.fields}
    charts.show(
        waterfall(found.contributions, found.base, found.answer, style, show=followed.show, values=values),
        key=f"predict_why_{asked.place}",
        alt=_("What moved the answer"),
        table=lambda: waterfall_data(found.contributions, found.base, values, at_most=len(found.contributions)),
    )


def _show_method(given: Sequence[Given]) -> None:
    if any(computed.training_rows(said.asked) is None for said in given[:2]):
        frame.note(_("Compared with the values that the form begins with, as no training rows came with the model."))
    else:
        frame.note(_("SHAP values, compared with training rows. They say what moved this model, not what causes what."))
