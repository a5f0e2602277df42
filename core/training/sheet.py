"""A sheet that boxes and texts are drawn on, in pixels: matplotlib takes ten times as long for these."""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO
from pathlib import Path
from typing import Literal

from PIL import Image, ImageDraw, ImageFont

Colour = tuple[int, int, int]  # red, green, blue
Side = Literal["lm", "mm", "rm", "ma"]  # of a text that is at a place: left, middle, right; or the middle of its top

PAPER, INK = 0, 255


class Sheet:
    """A sheet of 256 shades, from the paper's to the ink's; places are counted from the top left corner."""

    def __init__(self, width: float, height: float, font: Path) -> None:
        """Take a sheet of so many pixels, whose texts are in a font's file."""
        self._image = Image.new("L", (round(width), round(height)), PAPER)
        self._draw = ImageDraw.Draw(self._image)
        self._font, self._fonts = font, dict[int, ImageFont.FreeTypeFont]()  # of its own: threads draw at once

    def width_of(self, text: str, size: float) -> float:
        """Return how wide a text is, in letters of ``size`` pixels."""
        return self._letters(size).getlength(text)

    def text(self, place: tuple[float, float], text: str, size: float, side: Side, shade: int = INK) -> None:
        """Write one line."""
        self._draw.text(place, text, shade, self._letters(size), side)

    def upright(self, place: tuple[float, float], text: str, size: float, *, ends: bool = False) -> None:
        """Write one line from bottom to top, whose middle, or whose end at the top, is at a place."""
        letters = self._letters(size)
        left, top, right, bottom = letters.getbbox(text, anchor="lm")
        if right <= left or bottom <= top:
            return
        lying = Image.new("L", (round(right - left) + 2, round(bottom - top) + 2))
        ImageDraw.Draw(lying).text((1 - left, 1 - top), text, 255, letters, "lm")
        standing = lying.transpose(Image.Transpose.ROTATE_90)
        x, y = place[0] + top, place[1] if ends else place[1] - standing.height / 2
        self._image.paste(INK, (round(x), round(y)), standing)

    def box(self, corner: tuple[float, float], other: tuple[float, float], shade: int) -> None:
        """Fill a box from its upper left corner to, but without, the other one."""
        (left, top), (right, bottom) = corner, other
        if round(right) > round(left) and round(bottom) > round(top):
            self._draw.rectangle((round(left), round(top), round(right) - 1, round(bottom) - 1), shade)

    def line(self, begin: tuple[float, float], end: tuple[float, float]) -> None:
        """Draw a thin line."""
        self._draw.line([(round(x), round(y)) for x, y in (begin, end)], INK, 1)

    def png(self, colours: Sequence[Colour]) -> bytes:
        """Return the picture, with a colour for each shade."""
        written = BytesIO()
        self._image.putpalette([part for colour in colours for part in colour])
        self._image.save(written, format="png", compress_level=4)
        return written.getvalue()

    def _letters(self, size: float) -> ImageFont.FreeTypeFont:
        pixels = round(size)
        if pixels not in self._fonts:
            self._fonts[pixels] = ImageFont.truetype(self._font, pixels, layout_engine=ImageFont.Layout.BASIC)
        return self._fonts[pixels]
