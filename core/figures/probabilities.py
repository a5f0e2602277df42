"""How sure a model is of each class."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
import plotly.graph_objects as go

from core.figures.rows import Bar, labelled_bars
from core.figures.style import Style, empty_figure, label
from core.i18n import _, ngettext, percent


def class_probabilities_data(answers: Mapping[str, Mapping[str, float]]) -> pd.DataFrame:
    """Return class, model and probability, the first model's likeliest class first; outside 0 to 1 is left out."""
    return pd.DataFrame(_by_class(answers), columns=["class", "model", "probability"])


def _by_class(answers: Mapping[str, Mapping[str, float]]) -> list[tuple[str, str, float]]:
    """Return the rows of the table; without pandas, as each move of a slider asks for them."""
    known = [
        (name, model, float(chance))
        for model, chances in answers.items()
        for name, chance in sorted(_known(chances).items(), key=lambda one: -one[1])
    ]
    place = {name: at for at, name in enumerate(dict.fromkeys(name for name, _model, _chance in known))}
    return sorted(known, key=lambda row: place[row[0]])


def _known(chances: Mapping[str, float]) -> dict[str, float]:
    return {name: chance for name, chance in chances.items() if 0 <= chance <= 1}


def class_probabilities(answers: Mapping[str, Mapping[str, float]], style: Style, at_most: int = 10) -> go.Figure:
    """Draw each class's probability, a bar for each model; what each finds likeliest is marked."""
    rows = _by_class(answers)
    title = _("How likely is each class?")
    if not rows:
        return empty_figure(title, _("Fill in the form and ask the model to see its answer."), style)
    given = {model for _name, model, _chance in rows}
    models = [model for model in answers if model in given]
    classes = list(dict.fromkeys(name for name, _model, _chance in rows))
    shown = classes[:at_most]
    top = {one: max(chance for _name, model, chance in rows if model == one) for one in models}
    several = len(models) > 1
    bars = []
    for name, model, chance in rows:
        if name not in shown:
            continue
        at, is_top = models.index(model), chance == top[model]
        bars.append(
            Bar(
                name=name,
                value=chance,
                text=("★ " if is_top else "") + percent(chance),
                color=style.color(at) if several else style.accent if is_top else style.muted,
                pattern=at if several else 0,
                row=classes.index(name),
                hover=f"{label(model, 80)}<br>{label(name, 80)}: {percent(chance)}",
            )
        )
    more = len(classes) - len(shown)
    notes = [_("★ marks the likeliest class.")]
    if more:
        notes.append(ngettext("{count} more class is in the table.", "{count} more classes are in the table.", more))
    legend = [(model, style.color(place), place) for place, model in enumerate(models)] if several else []
    quarters = (0, 0.25, 0.5, 0.75, 1)
    return labelled_bars(title, bars, style, notes=notes, legend=legend, axis_format=".0%", ticks=quarters)
