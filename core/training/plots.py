"""The pictures a run keeps, as PNG bytes; the only home of matplotlib.

Figures are made without pyplot, whose current figure is shared between threads.
"""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO

import numpy as np
import pandas as pd
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from PIL import Image
from sklearn.metrics import ConfusionMatrixDisplay, PredictionErrorDisplay

from core.i18n import N_, translate

DOTS_PER_INCH = 120
TEXT_SIZE = 13
TOP_FEATURES = 15
LONGEST_NAME = 40
POINTS = 2000
COLOURS = 64
AT_ONCE = 1000  # colours of a picture; where dots lie upon each other there are thousands


def confusion_matrix_png(answers: np.ndarray, predictions: np.ndarray, class_names: Sequence[str]) -> bytes:
    """Draw how often each class (given as numbers) was taken for each other one."""
    side = max(5.5, 1.1 * len(class_names) + 2.5)
    figure = _figure(side + 1, side)
    axes = figure.subplots()
    ConfusionMatrixDisplay.from_predictions(
        answers,
        predictions,
        labels=range(len(class_names)),
        display_labels=[_plain(name) for name in class_names],
        cmap="Blues",
        colorbar=False,
        xticks_rotation="horizontal" if len(class_names) <= 3 else "vertical",
        text_kw={"fontsize": TEXT_SIZE + 3},
        ax=axes,
    )
    axes.set_xlabel(translate(N_("Predicted class")), fontsize=TEXT_SIZE)
    axes.set_ylabel(translate(N_("Actual class")), fontsize=TEXT_SIZE)
    axes.tick_params(labelsize=TEXT_SIZE - 1)
    return _png(figure)


def predicted_actual_png(answers: np.ndarray, predictions: np.ndarray, target: str) -> bytes:
    """Draw actual against predicted values; a perfect model's points lie on the diagonal."""
    figure = _figure(7, 6.5)
    axes = figure.subplots()
    PredictionErrorDisplay.from_predictions(
        answers,
        predictions,
        kind="actual_vs_predicted",
        subsample=POINTS if len(answers) > POINTS else None,
        random_state=0,
        scatter_kwargs={"alpha": 0.4, "s": 18, "color": "#0072B2", "edgecolors": "none"},
        line_kwargs={"color": "black", "linestyle": "--"},
        ax=axes,
    )
    axes.set_xlabel(f"{_plain(target)}: {translate(N_('predicted'))}", fontsize=TEXT_SIZE)
    axes.set_ylabel(f"{_plain(target)}: {translate(N_('actual'))}", fontsize=TEXT_SIZE)
    axes.tick_params(labelsize=TEXT_SIZE - 1)
    axes.grid(alpha=0.3)
    return _png(figure)


def importances_png(importances: pd.Series) -> bytes:
    """Draw the columns that matter most; ``importances`` are shares, largest first."""
    shown = importances.head(TOP_FEATURES)[::-1]
    figure = _figure(8, 1.2 + 0.36 * len(shown))
    axes = figure.subplots()
    places = np.arange(len(shown))
    bars = axes.barh(places, shown.to_numpy(dtype=float), color="#0072B2")
    axes.bar_label(bars, fmt="%.2f", padding=4, fontsize=TEXT_SIZE - 2)
    axes.set_yticks(places, [_plain(str(name)) for name in shown.index], fontsize=TEXT_SIZE - 1)
    axes.set_xlabel(translate(N_("Share in the model's answers")), fontsize=TEXT_SIZE)
    axes.margins(x=0.12)
    axes.spines[["top", "right"]].set_visible(False)
    return _png(figure)


def _figure(width: float, height: float) -> Figure:
    return Figure(figsize=(width, height), dpi=DOTS_PER_INCH, layout="constrained")


def _plain(name: str) -> str:
    """Keep a name on one short line, and its dollar signs from being read as mathematics."""
    short = name if len(name) <= LONGEST_NAME else f"{name[: LONGEST_NAME - 1]}…"
    return short.replace("$", r"\$")


def _png(figure: Figure) -> bytes:
    """Return a picture of few colours, less than half of the bytes: each run keeps two of them.

    It is drawn once, where ``savefig`` draws twice; the last tenth of the bytes would take as long as all the rest.
    """
    canvas, picture = FigureCanvasAgg(figure), BytesIO()
    canvas.draw()  # type: ignore[no-untyped-call]
    drawn = np.asarray(canvas.buffer_rgba())  # type: ignore[no-untyped-call]
    _of_few_colours(drawn).save(picture, format="png", compress_level=6)
    return picture.getvalue()


def _of_few_colours(drawn: np.ndarray) -> Image.Image:
    """Return a picture with its most frequent colours only, in a third of the time that Pillow's ``quantize`` takes.

    Every other colour, on the edges of letters for the most part, becomes the nearest of these.
    """
    pixels = drawn.view("<u4")[..., 0] & 0xFFFFFF
    found, counts = np.unique(pixels, return_counts=True)
    colours = found[:, None] >> np.array([0, 8, 16]) & 0xFF
    kept = colours[np.argsort(-counts, kind="stable")[:COLOURS]]
    nearest = np.zeros(1 << 24, dtype=np.uint8)
    for begin in range(0, len(found), AT_ONCE):
        some = slice(begin, begin + AT_ONCE)
        nearest[found[some]] = ((colours[some, None] - kept) ** 2).sum(axis=2).argmin(axis=1)
    picture = Image.fromarray(nearest[pixels])
    picture.putpalette(kept.astype(np.uint8).tobytes())
    return picture
