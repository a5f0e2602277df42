"""What if one input, or two, were different: curves for each, those first that move the answer most."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace

import pandas as pd
import streamlit as st

from core.figures.responses import answer_span, response_curve, response_curve_data
from core.figures.style import Style
from core.figures.surface import response_surface, response_surface_data
from core.i18n import _, ngettext
from core.prediction import responses
from core.prediction.schema import Answer, input_frame
from core.prediction.value_words import rounded_words
from core.process.asked import AskedModel, Given
from core.process.memory import kept
from core.text import plain
from core.ui import charts, frame
from core.ui.predict.followed_number import Followed

SHOWN, COLUMNS, COLUMNS_OF_PROJECTOR = 6, 3, 2


def show(given: Sequence[Given], now: Mapping[str, Answer], followed: Followed, style: Style) -> None:
    """Show how the answers move while one input moves and the others stay, then two at once."""
    asked = [said.asked for said in given]
    curves = _curves(asked, now, followed.of)
    order = list(responses.movement(curves).index)
    if not order:
        frame.note(_("No input can be moved: nothing says which values training saw."))
        return
    st.markdown(
        _("How **{answer}** moves while one input moves and all others stay. The mark is where you are.").format(
            answer=followed.within
        )
    )
    rest = len(order) - SHOWN
    everything = rest > 0 and st.toggle(
        ngettext("Show {count} more that moves it less", "Show {count} more that move it less", rest),
        key="predict_all_curves",
    )
    span, models = answer_span(curves["answer"]), [one.title for one in asked]
    columns = st.columns(COLUMNS_OF_PROJECTOR if style.projector else COLUMNS, gap="small")
    beside = replace(style, narrow=True)
    for place, name in enumerate(order if everything else order[:SHOWN]):
        one = curves[curves["input"] == name]
        with columns[place % len(columns)]:
            charts.show(
                response_curve(
                    one, now.get(name), beside, name=name, answer_title=followed.title, show=followed.show, span=span,
                    models=models, legend=place < len(columns),
                ),
                key=f"predict_curve_{place}",
                alt=_("How the answer moves with {name}").format(name=name),
            )  # fmt: skip
    charts.show_numbers(lambda: _numbers(curves), key="predict_curves", alt=_("How the answer moves with each input"))
    _show_surface(asked, order, now, followed, style)


def _show_surface(
    asked: Sequence[AskedModel], order: Sequence[str], now: Mapping[str, Answer], followed: Followed, style: Style
) -> None:
    if len(order) < 2:
        return
    st.subheader(_("Two at once"), anchor=False)
    which, across, up = st.columns(3)
    titles = [one.title for one in asked]
    with which:
        title = st.selectbox(_("Version"), titles, key="predict_surface_version")
    with across:
        x = st.selectbox(_("Across"), order, key="predict_surface_x", format_func=plain)
    with up:
        y = st.selectbox(_("Upwards"), [n for n in order if n != x], key="predict_surface_y", format_func=plain)
    one = asked[titles.index(title)]
    table = _surface(one, now, x, y, followed.of)
    charts.show(
        response_surface(
            table, style, x_name=x, y_name=y, answer_title=followed.title, current=(now.get(x), now.get(y)),
            answer=_answer(one, now, followed.of), show=followed.show,
        ),
        key="predict_surface",
        alt=_("How the answer moves with two inputs"),
        table=lambda: response_surface_data(table).rename(columns={"x": x, "y": y}),
    )  # fmt: skip


def _numbers(curves: pd.DataFrame) -> pd.DataFrame:
    return (
        response_curve_data(curves).drop(columns="place").assign(value=lambda table: table["value"].map(rounded_words))
    )


def _answer(asked: AskedModel, now: Mapping[str, Answer], of: str) -> float:
    return float(asked.predictor.score(input_frame(asked.fields, now), of)[0])


def _key(asked: Sequence[AskedModel], now: Mapping[str, Answer]) -> str:
    return json.dumps([[one.key + one.output for one in asked], [one.title for one in asked], dict(now)], default=str)


@kept(lambda asked, now, of: (_key(asked, now), of), max_entries=64)
def _curves(asked: Sequence[AskedModel], now: Mapping[str, Answer], of: str) -> pd.DataFrame:
    return responses.response_curves({one.title: one.predictor for one in asked}, now, of)


@kept(lambda asked, now, *about: (_key([asked], now), about), max_entries=64)
def _surface(asked: AskedModel, now: Mapping[str, Answer], x: str, y: str, of: str) -> pd.DataFrame:
    return responses.response_surface(asked.predictor, now, x, y, of)
