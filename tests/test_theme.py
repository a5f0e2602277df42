"""The theme's colours: what is written can be read, up close and by the last row, on paper and on slate."""

from __future__ import annotations

import re
import tomllib

import pytest

from core.figures.style import Style
from core.settings import ROOT
from core.ui.frame import PROJECTOR_CSS

THEMES = tomllib.loads((ROOT / ".streamlit/config.toml").read_text(encoding="utf-8"))["theme"]
NAMED = ("red", "orange", "yellow", "blue", "green", "violet", "gray")
CLOSE, LAST_ROW = 4.5, 7.0  # WCAG's levels AA and AAA, for text of any size
RAISED = float(re.findall(r"filter: contrast\(([\d.]+)\)", PROJECTOR_CSS)[0])
BOTH = pytest.mark.parametrize("scheme", ["light", "dark"])


def channels(color: str) -> list[float]:
    return [int(color[place : place + 2], 16) / 255 for place in (1, 3, 5)]


def on_projector(color: str) -> list[float]:
    """Return what a colour becomes where the contrast of the whole page is raised."""
    return [min(1.0, max(0.0, (one - 0.5) * RAISED + 0.5)) for one in channels(color)]


def luminance(color: list[float]) -> float:
    linear = [one / 12.92 if one <= 0.04045 else ((one + 0.055) / 1.055) ** 2.4 for one in color]
    return sum(share * one for share, one in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def contrast(one: list[float], other: list[float]) -> float:
    """Return the contrast of two colours as WCAG 2 reckons it.

    >>> contrast([0, 0, 0], [1, 1, 1])
    21.0
    """
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def written(scheme: str) -> dict[str, tuple[str, str]]:
    """Return each colour that something is written in, with what it is written on."""
    theme = THEMES[scheme]
    paper, other = theme["backgroundColor"], theme["secondaryBackgroundColor"]
    style = Style(dark=scheme == "dark", projector=True)
    texts = {"text": theme["textColor"], "link": theme["linkColor"], "ink of figures": style.ink,
             "accent of figures": style.accent}  # fmt: skip
    texts |= {name: theme[f"{name}TextColor"] for name in NAMED}
    pairs = {f"{name} on {where}": (color, back) for name, color in texts.items()
             for where, back in (("paper", paper), ("boxes", other))}  # fmt: skip
    pairs |= {f"{name} on its own": (theme[f"{name}TextColor"], theme[f"{name}BackgroundColor"]) for name in NAMED}
    on_accent = paper if scheme == "dark" else "#FFFFFF"  # ``OUR_CSS`` on slate, Streamlit's own on paper
    return pairs | {"on the accent": (on_accent, theme["primaryColor"])}


@BOTH
def test_the_last_row_can_read_every_colour(scheme: str) -> None:
    found = {what: contrast(*map(on_projector, pair)) for what, pair in written(scheme).items()}
    assert min(found.values()) >= LAST_ROW, {what: ratio for what, ratio in found.items() if ratio < LAST_ROW}


@BOTH
def test_whoever_sits_before_a_screen_can_read_every_colour(scheme: str) -> None:
    found = {what: contrast(*map(channels, pair)) for what, pair in written(scheme).items()}
    assert min(found.values()) >= CLOSE, {what: ratio for what, ratio in found.items() if ratio < CLOSE}


def test_no_text_of_a_figure_is_smaller_than_the_last_row_needs() -> None:
    assert Style(projector=True).font(-2)["size"] == Style(projector=True).font_size == 24
    assert Style(projector=True, larger=1.15).font(-1)["size"] == 28
    assert Style().font(-2)["size"] < Style().font_size
