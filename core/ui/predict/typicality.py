"""How typical the inputs are: a badge, the values that are odd, and the nearest real case."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import cast

import streamlit as st

from core import words
from core.i18n import _, ngettext
from core.prediction.oddities import ORDER, Oddity, Verdict, in_words, oddities
from core.prediction.schema import Answer
from core.prediction.typicality import Typicality, typicality
from core.process import computed
from core.process.asked import AskedModel
from core.text import plain
from core.ui import frame
from core.ui.predict import input_form

COLORS: dict[Verdict, str] = {"typical": "green", "unusual": "orange", "never seen": "red"}
MOST_ODDITIES = 3


def show(asked: AskedModel, now: Mapping[str, Answer]) -> None:
    """Say how typical the inputs are of the rows that a version learned from."""
    reference = computed.typical(asked)
    with st.container(gap="small", key="predict_typicality"):
        if reference is None:
            _show_ranges(oddities(asked.fields, now))
            return
        found = typicality(reference, now)
        _show_verdict(found.verdict, _against_rows(found))
        _show_oddities(found.oddities)
        _show_nearest(asked, found, now)


def _show_ranges(found: list[Oddity]) -> None:
    """Without training rows only ranges and categories can be checked, where a profile or signature has them."""
    if found:
        _show_verdict(max((oddity.alone for oddity in found), key=ORDER.index), "")
        _show_oddities(found)
    else:
        frame.note(_("How typical these inputs are cannot be told: no training rows came with this model."))


def _show_verdict(verdict: Verdict, against: str) -> None:
    st.markdown(f":{COLORS[verdict]}-badge[**{_(words.TYPICALITY[verdict])}**] {against}")


def _against_rows(found: Typicality) -> str:
    if found.percentile is None:
        return ""
    return _("Of 100 training rows, {count} are more like the others than this one is.").format(
        count=round(found.percentile)
    )


def _show_oddities(listed: Sequence[Oddity]) -> None:
    for oddity in listed[:MOST_ODDITIES]:
        frame.note(plain(in_words(oddity), 300))
    if len(listed) > MOST_ODDITIES:
        more = len(listed) - MOST_ODDITIES
        frame.note(ngettext("{count} more value is odd.", "{count} more values are odd.", more))


def _show_nearest(asked: AskedModel, found: Typicality, now: Mapping[str, Answer]) -> None:
    answer = found.nearest_answer
    said = words.amount(float(answer), asked.unit) if isinstance(answer, int | float) else plain(answer)
    different = sum(now.get(name) != value for name, value in found.nearest.items())
    with st.container(horizontal=True, vertical_alignment="center", key="predict_nearest"):
        st.markdown(
            _("The nearest real case, true answer **{answer}**, differs in {count} inputs.").format(
                answer=said if answer is not None else _("unknown"), count=different
            ),
            width="content",
        )
        st.button(
            _("Show it"), key="predict_show_nearest", type="tertiary", icon=":material/near_me:",
            on_click=partial(input_form.ask_for, cast("Mapping[str, Answer]", found.nearest)), disabled=not different,
        )  # fmt: skip
