"""The look that every figure shares: colours, shapes, sizes, and text that cannot turn into markup."""

from __future__ import annotations

import re
import textwrap
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import plotly.graph_objects as go
from plotly.graph_objects import Figure as Figure  # for those who pass figures on without drawing any

from core.i18n import current_language
from core.text import shorten

# Okabe and Ito's colours, those that stand out most from each background first; shape tells them apart too.
# Their orange is darkened on paper, where it could not carry a thin line.
ON_PAPER = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#1C1B18", "#A87300", "#56B4E9")
ON_SLATE = ("#56B4E9", "#E69F00", "#CC79A7", "#009E73", "#F0E442", "#D55E00", "#F6F4EC")
SYMBOLS = ("circle", "square", "diamond", "triangle-up", "cross", "triangle-down", "hexagon")  # a star means best
MARKS = ("●", "■", "◆", "▲", "✚", "▼", "⬢")  # as SYMBOLS, in text
DASHES = ("solid", "dash", "dot", "dashdot", "longdash", "longdashdot")
PATTERNS = ("", "/", ".", "x", "-", "|", "+")
MANY_POINTS = 1_000

NOTHING = "–"
_BREAK = "\u200b"  # shows nothing, and Plotly no longer sees a tag, an entity or a placeholder
_MARKUP = re.compile(r"[<&]|%(?=\{)")
_LINE = 28  # beside three buttons, on a phone

Picture = Literal["png", "svg"]


def chart_config(picture: Picture = "png", selectable: bool = False) -> dict[str, Any]:
    """Return how a figure behaves: its buttons are always there, as nobody finds what only hovering shows."""
    chosen_by = [["select2d", "lasso2d"]] if selectable else []
    return {
        "displayModeBar": True,
        "displaylogo": False,
        "modeBarButtons": [["toImage"], *chosen_by],
        "toImageButtonOptions": {"format": picture, "scale": 1 if picture == "svg" else 2},
        "scrollZoom": False,
        "doubleClick": False,
    }


@dataclass(frozen=True)
class Style:
    """How figures are shown: on slate or paper, up close or on a projector, ``narrow`` where others stand beside it.

    Texts on a projector are ``larger`` by so much than what the last row can read.
    """

    dark: bool = False
    projector: bool = False
    narrow: bool = False
    larger: float = 1.0

    @property
    def wide(self) -> bool:
        """Tell whether texts have the whole width of a projector."""
        return self.projector and not self.narrow

    @property
    def colors(self) -> tuple[str, ...]:
        """Colours for things that are told apart."""
        return ON_SLATE if self.dark else ON_PAPER

    @property
    def accent(self) -> str:
        """The one colour that says "look here"."""
        return "#FFD866" if self.dark else "#0B5D5A"

    @property
    def muted(self) -> str:
        """For what isn't the point, still 3:1 on its background."""
        return "#7E9289" if self.dark else "#8A8370"

    @property
    def ink(self) -> str:
        """The colour of text, for outlines that give a pale colour its contrast."""
        return "#F6F4EC" if self.dark else "#1C1B18"

    @property
    def grid(self) -> str:
        """Lines behind the data."""
        return "rgba(246,244,236,0.16)" if self.dark else "rgba(28,27,24,0.14)"

    @property
    def font_size(self) -> int:
        """Text size in px."""
        return round(24 * self.larger) if self.projector else 14

    def font(self, larger: int = 0) -> dict[str, Any]:
        """Return the font of texts inside a figure.

        Streamlit's own grey is too pale on paper. On slate its colour is right and stays unset, so that a page
        that doesn't know the theme yet can ask for ``dark`` and be legible on both.
        """
        size = {"size": self.font_size + (max(larger, 0) if self.projector else larger)}  # the last row reads no less
        return size if self.dark else size | {"color": self.ink}

    @property
    def title_size(self) -> int:
        """Title size in px."""
        return round(27 * self.larger) if self.projector else 18

    @property
    def row_height(self) -> int:
        """Height in px of a line of text with its bar or mark."""
        return round(self.font_size * 1.6) if self.projector else 23

    @property
    def line_width(self) -> float:
        """Width of lines in px."""
        return 4.0 if self.projector else 2.5

    @property
    def marker_size(self) -> int:
        """Size of points in px."""
        return 14 if self.projector else 10

    def color(self, place: int) -> str:
        """Return the colour of the thing at ``place``; shape or label tells those apart that share one."""
        return self.colors[place % len(self.colors)]

    def symbol(self, place: int) -> str:
        """Return the shape of the thing at ``place``."""
        return SYMBOLS[place % len(SYMBOLS)]

    def mark(self, place: int) -> str:
        """Return the shape of the thing at ``place`` in its colour, to stand before its name."""
        return f'<span style="color:{self.color(place)}">{MARKS[place % len(MARKS)]}</span> '

    @property
    def paper(self) -> str:
        """What figures stand on, where a colour must begin from it."""
        return "#20322C" if self.dark else "#F0E9D8"

    @property
    def faint(self) -> str:
        """For the many lines behind a few that are the point."""
        return "#3D4F48" if self.dark else "#D3CBB8"

    @property
    def veil(self) -> str:
        """What dims the marks behind a name."""
        return "rgba(22,35,31,0.72)" if self.dark else "rgba(251,247,238,0.72)"

    def pattern(self, place: int | Sequence[int]) -> dict[str, Any]:
        """Return hatching for bars, so that they differ without colour too."""
        shapes = (
            PATTERNS[place % len(PATTERNS)]
            if isinstance(place, int)
            else [PATTERNS[one % len(PATTERNS)] for one in place]
        )
        return {"shape": shapes, "fillmode": "overlay", "fgcolor": self.ink, "fgopacity": 0.55, "solidity": 0.18}

    @property
    def outline(self) -> dict[str, Any]:
        """The line around bars and points."""
        return {"color": self.ink, "width": 1.5 if self.projector else 1}


def _visible(text: str) -> str:
    """Drop what could reorder or break a line: controls, direction marks, halves of a character."""
    if text.isascii() and text.isprintable():
        return text.strip()
    kinds = {"Cc": " ", "Zl": " ", "Zp": " ", "Cs": "�"}
    marks = set("\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
    kept = (kinds.get(unicodedata.category(letter), letter) for letter in text if letter not in marks)
    return "".join(kept).strip()


def label(text: object, at_most: int = 32) -> str:
    """Return a foreign name as text that Plotly shows letter by letter, shortened in the middle.

    Plotly reads ``<b>``, ``<a href>``, ``&lt;`` and ``%{x}`` in nearly every text, but not in the ticks of
    parallel coordinates, where an escaped ``&lt;`` would show as such. A zero-width space after the first
    character disarms all of them and reads right in both. Use it for every name that another program wrote.

    >>> label("<b>").replace("\u200b", "|"), label(None), label("abcdefghij", 7)
    ('<|b>', '–', 'abc…hij')
    """
    if text is None or text != text:  # NaN
        return NOTHING
    shown = shorten(_visible(str(text)), at_most)
    return _MARKUP.sub(lambda found: found[0] + _BREAK, shown) or NOTHING


def distinct_labels(names: Iterable[object], at_most: int = 32) -> list[str]:
    """Label names so that no two that were cut read alike."""
    counts: dict[str, int] = {}
    result = []
    for name in names:
        text = label(name, at_most)
        counts[text] = counts.get(text, 0) + 1
        result.append(text if counts[text] == 1 else f"{text} ({counts[text]})")
    return result


def wrapped(text: str, width: int) -> str:
    """Break a sentence into lines that fit a phone; Plotly itself never wraps."""
    return "<br>".join(textwrap.wrap(text, width, break_long_words=True)) or NOTHING


def axis(style: Style, title: str = "", **options: Any) -> dict[str, Any]:
    """Return a plain axis that leaves room for its labels and lets a phone scroll past."""
    return {
        "title": {"text": title, "font": style.font(), "standoff": 14},
        "tickfont": style.font(-1),
        "gridcolor": style.grid,
        "zeroline": False,
        "automargin": True,
        "fixedrange": True,
        "separatethousands": True,
        "exponentformat": "power",
        **options,
    }


def base_layout(
    title: str, style: Style, notes: Sequence[str] = (), height: int | None = None, legend: int = 0
) -> dict[str, Any]:
    """Return what every figure's layout shares.

    ``notes`` are sentences under the title: what was left out and why. ``legend`` is the number of entries
    below the figure. No background is set: Streamlit's theme fills it in.
    """
    size, small = style.title_size, style.font_size
    of_title, of_notes = (56, 64) if style.wide else (22, 44) if style.projector else (_LINE, 52)
    of_title, of_notes = (round(letters / style.larger) for letters in (of_title, of_notes))
    heading = wrapped(title, of_title)
    under = wrapped(" ".join(notes), of_notes) if notes else ""
    more_lines = heading.count("<br>")
    lower = 10 + round(size * 0.75) * more_lines  # Plotly moves a title of several lines up, out of sight
    top = 18 + lower + round(size * 1.3) * (more_lines + 1)
    top += round(small * 1.3) * (under.count("<br>") + 1) + 4 if under else 0
    # A legend takes its room from the plot: an entry a line on a phone, so the figure grows by that.
    taller = legend * round(small * 1.4) + 30 if legend else 0
    return {
        "title": {
            "text": heading,
            "font": {"size": size},
            "subtitle": {"text": under, "font": style.font()},
            "x": 0,
            "xanchor": "left",
            "xref": "container",
            "y": 1,
            "yanchor": "top",
            "yref": "container",
            "pad": {"t": lower, "l": 4},
        },
        "font": {"size": small},
        "margin": {"l": 8, "r": 16, "t": top, "b": 12},
        "height": (height or (480 if style.projector else 340)) + top + taller,
        "separators": ",." if current_language() == "es" else ".,",
        "dragmode": False,
        "hoverlabel": {"font": style.font(), "namelength": -1, "align": "left"},
        "showlegend": legend > 0,
        "legend": {
            "orientation": "h",
            "traceorder": "normal",
            "x": 0,
            "xanchor": "left",
            "y": 0,
            "yref": "container",
            "yanchor": "bottom",
            "font": style.font(),
            "title": {"text": ""},
            "itemclick": False,
            "itemdoubleclick": False,
        },
    }


def empty_figure(title: str, what_to_do: str, style: Style) -> go.Figure:
    """Return a titled figure without data that says what to do."""
    layout = base_layout(title, style, height=200)
    hidden = {"visible": False, "fixedrange": True}
    message = {
        "text": wrapped(what_to_do, 36),
        "x": 0.5,
        "y": 0.5,
        "xref": "paper",
        "yref": "paper",
        "showarrow": False,
        "font": style.font(2),
    }
    return go.Figure(layout=layout | {"xaxis": hidden, "yaxis": hidden, "annotations": [message]})
