import pytest

from core.figures.style import (
    SYMBOLS,
    Style,
    base_layout,
    chart_config,
    distinct_labels,
    empty_figure,
    label,
    shorten,
    wrapped,
)
from core.i18n import speaking

BREAK = "\u200b"


@pytest.mark.parametrize(
    "text", ["<b>x</b>", '<a href="javascript:alert(1)">x</a>', "a&lt;b", "%{x}", "a < b & c", "100%"]
)
def test_a_label_reads_as_it_was_written(text):
    assert label(text, 99).replace(BREAK, "") == text


@pytest.mark.parametrize("pattern", ["<b", "</b", "<a", "&l", "%{"])
def test_a_label_holds_nothing_that_plotly_reads_as_markup(pattern):
    assert pattern not in label("<b>x</b> <a href=x> &lt; %{x} <<b>> %%{y}", 99)


def test_shortening_cannot_put_markup_together():
    assert "<b" not in label("<" + "x" * 50 + "b>", 3)
    assert label("%" + "x" * 50 + "{", 3) == "%…{"


def test_a_label_without_a_text_is_a_dash():
    assert [label(None), label(float("nan")), label(""), label(" \n ")] == ["–"] * 4


def test_controls_and_direction_marks_are_dropped():
    assert label("a\nb\u202ec\x00d") == "a bc d"


def test_half_a_character_is_replaced():
    assert label("a\ud800b").encode()


def test_a_long_name_keeps_both_ends():
    assert shorten("a" * 20 + "b" * 20, 9) == "aaaa…bbbb"
    assert len(label("x" * 350)) == 32


def test_names_cut_alike_are_told_apart():
    names = ["x" * 20 + "1" + "y" * 20, "x" * 20 + "2" + "y" * 20]
    assert len(set(distinct_labels(names, 12))) == 2


def test_a_long_sentence_is_broken_into_lines():
    assert wrapped("one two three", 8) == "one two<br>three"


def test_spanish_figures_use_a_decimal_comma():
    with speaking("es"):
        assert base_layout("t", Style())["separators"] == ",."
    with speaking("en"):
        assert base_layout("t", Style())["separators"] == ".,"


def test_a_projector_gets_larger_text_and_thicker_lines():
    near, far = Style(), Style(projector=True)
    assert far.font_size > near.font_size
    assert far.line_width > near.line_width


def test_every_colour_has_a_shape_of_its_own():
    for style in (Style(dark=True), Style(dark=False)):
        assert len(set(style.colors)) == len(style.colors) <= len(set(SYMBOLS))


def _contrast(one, other):
    def luminance(color):
        parts = [int(color[place : place + 2], 16) / 255 for place in (1, 3, 5)]
        linear = [part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        return sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True))

    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize(("style", "background"), [(Style(dark=True), "#16231F"), (Style(dark=False), "#FBF7EE")])
def test_text_accent_and_bars_stand_out_from_the_background(style, background):
    assert _contrast(style.ink, background) >= 7
    assert _contrast(style.accent, background) >= 4.5
    assert _contrast(style.muted, background) >= 3
    assert all(_contrast(color, background) >= 2.8 for color in style.colors[:6])


def test_an_empty_figure_says_what_to_do():
    figure = empty_figure("Runs", "Train a model.", Style())
    assert figure.layout.annotations[0].text == "Train a model."
    assert figure.layout.title.text == "Runs"


def test_the_buttons_of_a_figure_are_always_there():
    assert chart_config()["displayModeBar"] is True
    assert chart_config()["modeBarButtons"] == [["toImage"]]
    assert chart_config("svg")["toImageButtonOptions"]["format"] == "svg"
    assert chart_config(selectable=True)["modeBarButtons"][1] == ["select2d", "lasso2d"]


def test_a_mark_is_a_shape_in_the_colour_of_its_place():
    assert Style().mark(1) == '<span style="color:#D55E00">■</span> '
    assert Style().symbol(1) == "square"
