from __future__ import annotations

import struct
import sys
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure
from PIL import Image

from core.i18n import speaking
from core.training import plots
from core.training.plots import confusion_matrix_png, importances_png, predicted_actual_png

PNG = b"\x89PNG\r\n\x1a\n"


def size(picture: bytes) -> tuple[int, int]:
    assert picture.startswith(PNG)
    width, height = struct.unpack(">II", picture[16:24])
    return width, height


@pytest.mark.part(3)
@pytest.mark.parametrize("classes", [2, 3, 12])
def test_a_confusion_matrix_has_room_for_every_class(classes: int) -> None:
    answers = np.arange(60) % classes
    width, height = size(confusion_matrix_png(answers, answers[::-1], [f"class {i}" for i in range(classes)]))
    assert min(width, height) >= 120 * classes


def test_a_class_that_never_occurs_is_still_drawn() -> None:
    size(confusion_matrix_png(np.array([0, 0]), np.array([0, 0]), ["no", "yes"]))


@pytest.mark.part(2)
@pytest.mark.parametrize("rows", [1, 30, 5000])
def test_predictions_are_drawn_against_answers(rows: int) -> None:
    size(predicted_actual_png(np.arange(rows, dtype=float), np.ones(rows), "precio"))


@pytest.mark.part(4)
@pytest.mark.parametrize(
    "importances",
    [
        pd.Series({"only": 1.0}),
        pd.Series({"a": 0.0, "b": 0.0}),
        pd.Series({f"column {i}": 1 / 40 for i in range(40)}),
        pd.Series({"$x$ and $": 0.6, "a very long name " * 20: 0.4}),
    ],
    ids=["one", "zeros", "many", "ugly names"],
)
def test_importances_are_drawn_whatever_they_are(importances: pd.Series) -> None:
    width, height = size(importances_png(importances))
    assert width < 1500
    assert height < 1500


def pixels(picture: bytes) -> np.ndarray:
    return np.asarray(Image.open(BytesIO(picture)).convert("RGB"), dtype=int)


def test_bars_are_as_long_as_the_shares_that_they_show() -> None:
    bars = (pixels(importances_png(pd.Series({"a": 0.6, "b": 0.3, "c": 0.0}))) == plots.BLUE).all(axis=2).sum(axis=1)
    lengths = [int(length) for length in np.unique(bars) if length > 40]  # fewer are on edges of letters
    assert len(lengths) == 2
    assert lengths[1] == pytest.approx(2 * lengths[0], abs=2)


def test_a_box_is_the_darker_the_more_rows_it_counts() -> None:
    answers, predictions = np.repeat([0, 0, 1, 1], [40, 10, 20, 30]), np.repeat([0, 1, 0, 1], [40, 10, 20, 30])
    drawn = pixels(confusion_matrix_png(answers, predictions, ["no", "sí"])).sum(axis=2)
    shades, counts = np.unique(drawn, return_counts=True)
    boxes = shades[counts > 15_000]  # of 40, 30, 20 and 10 rows, and of the paper
    assert len(boxes) == 5
    middles = [tuple(np.median(np.nonzero(drawn == shade), axis=1)) for shade in boxes[:4]]
    (top, left), (bottom, right) = middles[:2]
    assert (top < bottom, left < right) == (True, True)
    assert middles[2] == pytest.approx((bottom, left), abs=5)
    assert middles[3] == pytest.approx((top, right), abs=5)


def test_a_count_fits_into_its_box_whatever_it_is() -> None:
    many = np.zeros(1, dtype=int).repeat(10_000_000)
    size(confusion_matrix_png(many, many, ["a", "b"]))


def test_a_picture_speaks_the_language_of_its_run() -> None:
    def drawn() -> tuple[bytes, bytes]:
        return confusion_matrix_png(np.arange(2), np.arange(2), ["a", "b"]), importances_png(pd.Series({"a": 1.0}))

    english = drawn()
    with speaking("es"):
        assert not {*english} & {*drawn()}


@pytest.mark.long
def test_threads_draw_at_once_and_get_the_same_pictures() -> None:
    importances = pd.Series({"a": 0.7, "b": 0.3})
    with ThreadPoolExecutor(4) as threads:
        pictures = set(threads.map(importances_png, [importances] * 8))
    assert len(pictures) == 1


def test_no_figure_is_kept_open() -> None:
    importances_png(pd.Series({"a": 1.0}))
    pyplot = sys.modules.get("matplotlib.pyplot")
    assert pyplot is None or pyplot.get_fignums() == []


@pytest.mark.long
@pytest.mark.parametrize("dots", [5, 5000], ids=["few colours", "thousands of colours"])
def test_a_picture_shows_what_matplotlib_would_save(dots: int, monkeypatch: pytest.MonkeyPatch) -> None:
    figures: list[Figure] = []
    of_figure = plots._png

    def kept(figure: Figure) -> bytes:
        figures.append(figure)
        return of_figure(figure)

    monkeypatch.setattr(plots, "_png", kept)
    draw = np.random.default_rng(0)
    shown = predicted_actual_png(draw.normal(size=dots), draw.normal(size=dots), "precio")
    saved = BytesIO()
    figures[0].savefig(saved, format="png")
    ours, theirs = (np.asarray(Image.open(BytesIO(one)).convert("RGB"), dtype=int) for one in (shown, saved.getvalue()))
    difference = np.abs(ours - theirs).max(axis=2)
    assert (difference == 0).mean() > 0.9
    assert difference.mean() < 1
    assert len(shown) < len(saved.getvalue())
