from core.figures.lineage import Box, lineage
from core.figures.style import Style


def test_each_box_is_a_link_and_each_arrow_says_what_it_means() -> None:
    dot = lineage(
        [Box("a", ("Run", "forest"), "run?run=1"), Box("b", ("v3",), main=True)], [("a", "b", "made")], Style()
    )
    assert 'a [label="Run\\nforest" tooltip="Run\\nforest" URL="run?run=1" target="_self"]' in dot
    assert 'a -> b [label="made"]' in dot
    assert f'b [label="v3" tooltip="v3" penwidth="3" color="{Style().accent}"]' in dot


def test_foreign_names_stay_within_their_quotation_marks() -> None:
    dot = lineage([Box("a", ('x"] evil [URL="y', "back\\slash", "<b>&amp;", "two\nlines"))], [], Style())
    assert 'x\\"] evil [URL=\\"y' in dot
    assert "back\\\\slash" in dot
    assert "<b>&amp;amp;" in dot
    assert "two lines" in dot


def test_long_names_are_shortened() -> None:
    dot = lineage([Box("a", ("x" * 200,))], [], Style())
    assert "x" * 40 not in dot


def test_boxes_that_stand_below_each_other_have_no_arrow_between_them() -> None:
    dot = lineage([Box("a", ("a",)), Box("b", ("b",), below="a")], [], Style(dark=True))
    assert 'a -> b [style="invis"]' in dot
