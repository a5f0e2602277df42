"""The tables beside the figures, with headings for people."""

from __future__ import annotations

import pandas as pd

from core.i18n import N_, translate
from core.text import unique_names

HEADINGS = {
    "run": N_("Run"),
    "value": N_("Value"),
    "behind": N_("Behind the best"),
    "standing": N_("Beside the best"),
    "best": N_("Best"),
    "metric": N_("Metric"),
    "group": N_("Group"),
    "step": N_("Step"),
    "from": N_("From"),
    "to": N_("To"),
    "class": N_("Class"),
    "count": N_("Count"),
    "share": N_("Share"),
    "model": N_("Model"),
    "probability": N_("Probability"),
    "low": N_("Low (95 %)"),
    "high": N_("High (95 %)"),
    "smoothed": N_("Smoothed"),
    "front": N_("On the front"),
    "mean": N_("Mean"),
    "answer": N_("Answer"),
    "prediction": N_("Prediction"),
    "residual": N_("Predicted minus answer"),
    "rows": N_("Rows"),
    "lowest": N_("Lowest"),
    "5%": N_("5 % are below"),
    "25%": N_("25 % are below"),
    "median": N_("Median"),
    "75%": N_("75 % are below"),
    "95%": N_("95 % are below"),
    "highest": N_("Highest"),
    "param": N_("Parameter"),
    "importance": N_("Importance"),
    "effect": N_("Effect"),
    "outcome": N_("What happens"),
    "figures": N_("Figures"),
    "cutoff": N_("Cut-off"),
    "cost": N_("Cost per 100 rows"),
    "input": N_("Input"),
    "contribution": N_("Contribution"),
    "before": N_("Before"),
    "after": N_("After"),
    "first": N_("Column"),
    "second": N_("Other column"),
    "strength": N_("How closely"),
    "measure": N_("Measure"),
    "counted": N_("Rows that count"),
    "beside": N_("Beside all other rows"),
    "pearson": N_("Correlation (Pearson)"),
}


def with_headings(table: pd.DataFrame) -> pd.DataFrame:
    """Return a figure's table with its own columns named in the reader's language; other columns stay."""
    columns = [translate(HEADINGS[name]) if name in HEADINGS else str(name) for name in table.columns]
    return table.set_axis(unique_names(columns), axis="columns")
