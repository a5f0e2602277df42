"""The pictures a run keeps, as PNG bytes; the only home of matplotlib.

Figures are made without pyplot, whose current figure is shared between threads.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from io import BytesIO
from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib import colormaps, get_data_path
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from PIL import Image
from sklearn.metrics import PredictionErrorDisplay

from core.i18n import N_, translate
from core.training.sheet import INK, Colour, Sheet

DOTS_PER_INCH = 120
TEXT_SIZE = 13
FONT = Path(get_data_path(), "fonts", "ttf", "DejaVuSans.ttf")
EDGE, TICK = 8, 6  # pixels
WHITE, BLUE = (0xFF, 0xFF, 0xFF), (0x00, 0x72, 0xB2)
LIGHT, BAR = 1, 254  # shades: of no count, and of a bar, which else would be the darkest grey
LEAST_CELL = 120  # pixels, however long the names are
FEW_CLASSES = 3  # whose names may stand side by side
TOP_FEATURES = 15
LONGEST_NAME = 40
POINTS = 2000
COLOURS = 64
AT_ONCE = 1000  # colours of a picture; where dots lie upon each other there are thousands


def confusion_matrix_png(answers: np.ndarray, predictions: np.ndarray, class_names: Sequence[str]) -> bytes:
    """Draw how often each class (given as numbers) was taken for each other one."""
    count, letters, heading = len(class_names), _pixels(TEXT_SIZE - 1), _pixels(TEXT_SIZE)
    names, measure = [_short(name) for name in class_names], Sheet(1, 1, FONT)
    longest = max(measure.width_of(name, letters) for name in names)
    side, left, below = DOTS_PER_INCH * max(5.5, 1.1 * count + 2.5), longest + 2.2 * heading, 1.2 * letters
    cell = (side - below - 2.2 * heading) / count
    lying = count <= FEW_CLASSES and longest <= cell - EDGE
    if not lying:
        below = longest
        cell = max((side - below - 2.2 * heading) / count, LEAST_CELL)
    width, height = left + count * cell + EDGE, EDGE + count * cell + below + 2.2 * heading
    sheet = Sheet(max(side + DOTS_PER_INCH, width), max(side, height), FONT)
    taken = np.bincount(answers * count + predictions, minlength=count * count).reshape(count, count)
    _draw_cells(sheet, taken, left, cell)
    bottom, middle = EDGE + count * cell, [place * cell + cell / 2 for place in range(count)]
    for name, at in zip(names, middle, strict=True):
        sheet.line((left - TICK, EDGE + at), (left, EDGE + at))
        sheet.text((left - 2 * TICK, EDGE + at), name, letters, "rm")
        sheet.line((left + at, bottom), (left + at, bottom + TICK))
        if lying:
            sheet.text((left + at, bottom + 2 * TICK), name, letters, "ma")
        else:
            sheet.upright((left + at, bottom + 2 * TICK), name, letters, ends=True)
    sheet.text((left + count * cell / 2, bottom + 3 * TICK + below), translate(N_("Predicted class")), heading, "ma")
    sheet.upright((0.7 * heading, EDGE + count * cell / 2), translate(N_("Actual class")), heading)
    return sheet.png([WHITE, *_blues()])


def _draw_cells(sheet: Sheet, taken: np.ndarray, left: float, cell: float) -> None:
    """Draw counts in boxes that are the darker the larger they are, with a frame around."""
    low, high = int(taken.min()), int(taken.max())
    shades = np.round(LIGHT + (INK - LIGHT) * (taken - low) / max(high - low, 1)).astype(int)
    ends = [left + cell * place for place in range(len(taken) + 1)], [EDGE + cell * p for p in range(len(taken) + 1)]
    for (row, column), number in np.ndenumerate(taken):
        x, y = ends[0][column], ends[1][row]
        sheet.box((x, y), (ends[0][column + 1], ends[1][row + 1]), int(shades[row, column]))
        size = _pixels(TEXT_SIZE + 3)
        size *= min(1, 0.9 * cell / max(sheet.width_of(str(number), size), 1))
        shade = INK if number < (high + low) / 2 or high == low else LIGHT
        sheet.text((x + cell / 2, y + cell / 2), str(number), size, "mm", shade)
    for end in (0, -1):
        sheet.line((ends[0][end], ends[1][0]), (ends[0][end], ends[1][-1]))
        sheet.line((ends[0][0], ends[1][end]), (ends[0][-1], ends[1][end]))


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
    shown = importances.head(TOP_FEATURES)
    names, shares = [_short(str(name)) for name in shown.index], shown.to_numpy(dtype=float)
    width, height = 8 * DOTS_PER_INCH, (1.2 + 0.36 * len(shown)) * DOTS_PER_INCH
    sheet = Sheet(width, height, FONT)
    letters, small, heading = _pixels(TEXT_SIZE - 1), _pixels(TEXT_SIZE - 2), _pixels(TEXT_SIZE)
    left = max(sheet.width_of(name, letters) for name in names) + EDGE + 2 * TICK
    bottom = height - 2.9 * heading
    row, most = (bottom - EDGE) / len(shown), float(np.nanmax(shares, initial=0.0)) or 1.0
    scale = (width - left - 1.5 * sheet.width_of("0.00", small) - 2 * TICK) / most
    for place, (name, share) in enumerate(zip(names, shares, strict=True)):
        at = EDGE + row * (place + 0.5)
        end = left + scale * float(np.nan_to_num(share))
        sheet.text((left - 2 * TICK, at), name, letters, "rm")
        sheet.line((left - TICK, at), (left, at))
        sheet.box((left, at - 0.4 * row), (end, at + 0.4 * row), BAR)
        sheet.text((end + 1.5 * TICK, at), f"{share:.2f}", small, "lm")
    sheet.line((left, EDGE), (left, bottom))
    sheet.line((left, bottom), (width - EDGE, bottom))
    ticks = np.asarray(MaxNLocator(nbins=9, steps=[1, 2, 5, 10]).tick_values(0, (width - EDGE - left) / scale))
    for tick in ticks[left + scale * ticks <= width - EDGE]:
        sheet.line((left + scale * tick, bottom), (left + scale * tick, bottom + TICK))
        sheet.text((left + scale * tick, bottom + 2 * TICK), f"{tick:.6g}", _pixels(TEXT_SIZE - 3), "ma")
    about = translate(N_("Share in the model's answers"))
    sheet.text(((left + width - EDGE) / 2, height - 1.3 * heading), about, heading, "ma")
    greys = [(grey, grey, grey) for grey in range(INK, -1, -1)]
    return sheet.png([*greys[:BAR], BLUE, *greys[BAR + 1 :]])


@cache
def _blues() -> list[Colour]:
    """Return the shades of counts, from light to dark."""
    shades = colormaps["Blues"](np.linspace(0, 1, INK), bytes=True)[:, :3]
    return [(int(red), int(green), int(blue)) for red, green, blue in shades]


def _pixels(points: float) -> float:
    return points * DOTS_PER_INCH / 72


def _short(name: str) -> str:
    """Keep a name on one short line."""
    line = " ".join(name.split())
    return line if len(line) <= LONGEST_NAME else f"{line[: LONGEST_NAME - 1]}…"


def _figure(width: float, height: float) -> Figure:
    return Figure(figsize=(width, height), dpi=DOTS_PER_INCH, layout="constrained")


def _plain(name: str) -> str:
    """Keep a name on one short line, and its dollar signs from being read as mathematics."""
    return _short(name).replace("$", r"\$")


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
