"""How sure a model is of each class."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
import plotly.graph_objects as go

from core.figures.rows import Bar, labelled_bars
from core.figures.style import Style, empty_figure, label
from core.i18n import _, ngettext, percent
from core.store.runs.tables import finite


def class_probabilities_data(answers: Mapping[str, Mapping[str, float]]) -> pd.DataFrame:
    """Return class, model and probability, the first model's likeliest class first; outside 0 to 1 is left out."""
    rows = [(name, model, chance) for model, chances in answers.items() for name, chance in chances.items()]
    table = pd.DataFrame(rows, columns=["class", "model", "probability"])
    chances = finite(table["probability"])
    table["probability"] = chances.where(chances.between(0, 1))
    table = table.dropna(subset="probability").reset_index(drop=True)
    if table.empty:
        return table
    # Classes that only a later model knows come after those of the first.
    model = pd.Categorical(table["model"], categories=list(answers), ordered=True)
    first = table.assign(model=model).sort_values(["model", "probability"], ascending=[True, False], kind="stable")
    order = {name: place for place, name in enumerate(dict.fromkeys(first["class"]))}
    by_class = table.assign(order=table["class"].map(order)).sort_values("order", kind="stable")
    return by_class.drop(columns="order").reset_index(drop=True)


def class_probabilities(answers: Mapping[str, Mapping[str, float]], style: Style, at_most: int = 10) -> go.Figure:
    """Draw each class's probability, a bar for each model; what each finds likeliest is marked."""
    table = class_probabilities_data(answers)
    title = _("How likely is each class?")
    if table.empty:
        return empty_figure(title, _("Fill in the form and ask the model to see its answer."), style)
    models = list(dict.fromkeys(table["model"]))
    classes = list(dict.fromkeys(table["class"]))
    top = table.groupby("model", sort=False)["probability"].transform("max")
    drawn = table.assign(top=table["probability"] == top)[table["class"].isin(classes[:at_most])]
    several = len(models) > 1
    bars = [
        Bar(
            name=name,
            value=chance,
            text=("★ " if is_top else "") + percent(chance),
            color=style.color(models.index(model)) if several else style.accent if is_top else style.muted,
            pattern=models.index(model) if several else 0,
            row=classes.index(name),
            hover=f"{label(model, 80)}<br>{label(name, 80)}: {percent(chance)}",
        )
        for name, model, chance, is_top in drawn.itertuples(index=False)
    ]
    more = len(classes) - drawn["class"].nunique()
    notes = [_("★ marks the likeliest class.")]
    if more:
        notes.append(ngettext("{count} more class is in the table.", "{count} more classes are in the table.", more))
    legend = [(model, style.color(place), place) for place, model in enumerate(models)] if several else []
    figure = labelled_bars(title, bars, style, notes=notes, legend=legend)
    figure.update_xaxes(tickformat=".0%", tickvals=[0, 0.25, 0.5, 0.75, 1])
    return figure
