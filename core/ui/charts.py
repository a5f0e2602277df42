"""Show a figure with its table."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from core.figures.style import CHART_CONFIG, Figure
from core.figures.tables import with_headings
from core.i18n import _
from core.ui import tables


def show(figure: Figure, *, key: str, alt: str, table: pd.DataFrame | None = None) -> None:
    """Show a figure; its table folds away below it and can be downloaded."""
    st.plotly_chart(figure, key=key, config=CHART_CONFIG, alt=alt)
    if table is not None and not table.empty:
        with st.expander(_("The numbers of this chart"), icon=":material/table_chart:"):
            tables.show(with_headings(table), key=f"{key}_table", alt=alt, download=key)
