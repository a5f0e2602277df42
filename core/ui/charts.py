"""Show a figure with its table."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

import pandas as pd
import streamlit as st

from core.figures.marks import enclosed_ids, selected_ids
from core.figures.style import Figure, Picture, chart_config
from core.figures.tables import with_headings
from core.i18n import _
from core.ui import tables

PICTURE = "charts_picture"


def choose_picture() -> None:
    """Choose the format in which the camera button of every chart saves it."""
    st.segmented_control(
        _("The camera saves charts as"), ["png", "svg"], default="png", required=True, format_func=str.upper,
        key=PICTURE,
    )  # fmt: skip


def show(
    figure: Figure,
    *,
    key: str,
    alt: str,
    table: Callable[[], pd.DataFrame] | None = None,
    select: Callable[[Sequence[str]], None] | None = None,
    points: Callable[[], pd.DataFrame] | None = None,
) -> None:
    """Show a figure; its ``table``, which is only made when it is looked at, folds away below it and can be downloaded.

    ``select`` hears the ids of the runs that are marked on the figure with a box, a lasso or a tap. ``points`` has
    x and y of all runs by id, for a figure that does not draw all of them.
    """
    picture: Picture = "svg" if st.session_state.get(PICTURE) == "svg" else "png"
    if select is None:
        st.plotly_chart(figure, key=key, config=chart_config(picture), alt=alt)
    else:
        st.plotly_chart(
            figure,
            key=key,
            config=chart_config(picture, selectable=True),
            alt=alt,
            on_select=partial(_take, figure, key, select, points),
            selection_mode=("points", "box", "lasso"),
        )
    if table is not None and figure.data:
        show_numbers(table, key=key, alt=alt)


def show_numbers(table: Callable[[], pd.DataFrame], *, key: str, alt: str) -> None:
    """Show the table of one figure or more, folded away until somebody wants it."""
    numbers = st.expander(
        _("The numbers of this chart"), icon=":material/table_chart:", key=f"{key}_numbers", on_change="rerun"
    )
    if numbers.open:  # thousands of rows cost more than the figure
        with numbers:
            tables.show(with_headings(table()), key=f"{key}_table", alt=alt, download=key)


def _take(
    figure: Figure, key: str, select: Callable[[Sequence[str]], None], points: Callable[[], pd.DataFrame] | None
) -> None:
    """Pass on what was marked; clearing a mark clears nothing, as a redrawn chart loses its marks by itself."""
    selection = st.session_state[key]["selection"]
    shapes = [*selection["box"], *selection["lasso"]]
    if points is not None and shapes:
        found = enclosed_ids(figure, points(), shapes)
    else:
        found = selected_ids(figure, selection["points"])
    if found:
        select(found)
