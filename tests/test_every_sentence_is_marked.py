"""Whatever a page shows in words goes through the translation; this reads the source and finds what does not."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
FILES = sorted([*ROOT.glob("core/ui/**/*.py"), *ROOT.glob("pages/**/*.py")])

MARKS = {"_", "N_", "ngettext", "translate", "translate_plural"}
PASSING_TEXT_ON = {"plain", "shorten", "str"}  # functions of ours whose result is their argument, more or less
# Elements of Streamlit that show their first argument
ELEMENTS = {
    "button", "caption", "checkbox", "dialog", "download_button", "error", "expander", "form_submit_button", "header",
    "info", "markdown", "metric", "multiselect", "number_input", "pills", "popover", "radio", "segmented_control",
    "selectbox", "select_slider", "slider", "spinner", "status", "subheader", "success", "tabs", "text", "text_area",
    "text_input", "title", "toast", "toggle", "warning", "write",
}  # fmt: skip
# Our own functions that show some of their arguments, by position
SHOWING = {
    "frame.title": (0, 1),
    "frame.note": (0,),
    "frame.empty": (0, 2),
    "frame.next_step": (1,),
    "navigation.link": (1,),
    "pickers.pick": (1,),
}
KEYWORDS = {"title", "label", "placeholder", "help", "alt", "caption"}

DIRECTIVES = re.compile(r":material/[\w{}]+:|:(?:[a-z]+|\{\})(?:-badge|-background)?\[")
WORD = re.compile(r"[^\W\d_]{3,}")
LETTER = re.compile(r"[^\W\d_]")


def unmarked(source: str) -> list[tuple[int, str]]:
    """Return line and text of what ``source`` shows without a mark for translation."""
    calls = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call)]
    return sorted({found for call in calls for shown in _shown(call) for found in _untranslated(shown)})


def _shown(call: ast.Call) -> Iterator[ast.expr]:
    name = ast.unparse(call.func)
    places = SHOWING.get(name, (0,) if name.removeprefix("st.") in ELEMENTS and name.startswith("st.") else ())
    yield from (call.args[place] for place in places if place < len(call.args))
    yield from (keyword.value for keyword in call.keywords if keyword.arg in KEYWORDS)
    if name == "st.progress":
        yield from (keyword.value for keyword in call.keywords if keyword.arg == "text")


def _untranslated(node: ast.expr) -> Iterator[tuple[int, str]]:
    match node:
        case ast.Constant(value=str(text)):
            if LETTER.search(DIRECTIVES.sub("", text)):
                yield node.lineno, text
        case ast.JoinedStr(values=parts):
            text = "".join(part.value if isinstance(part, ast.Constant) else "{}" for part in parts)
            if WORD.search(DIRECTIVES.sub("", text)):
                yield node.lineno, text
            for part in parts:
                if isinstance(part, ast.FormattedValue):
                    yield from _untranslated(part.value)
        case ast.Call(func=ast.Name(id=name)) if name in MARKS:
            return
        case ast.Call(func=ast.Name(id=name), args=[text, *_]) if name in PASSING_TEXT_ON:
            yield from _untranslated(text)
        case ast.Call(func=ast.Attribute(value=text, attr="format" | "join"), args=args, keywords=keywords):
            for part in (text, *args, *(keyword.value for keyword in keywords)):
                yield from _untranslated(part)
        case ast.IfExp(body=first, orelse=second) | ast.BinOp(left=first, right=second):
            yield from _untranslated(first)
            yield from _untranslated(second)
        case ast.BoolOp(values=parts) | ast.List(elts=parts) | ast.Tuple(elts=parts):
            for part in parts:
                yield from _untranslated(part)
        case ast.ListComp(elt=part) | ast.GeneratorExp(elt=part):
            yield from _untranslated(part)


def test_there_is_something_to_read() -> None:
    assert len(FILES) > 10


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(ROOT)))
def test_every_sentence_is_marked(file: Path) -> None:
    assert not unmarked(file.read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ('st.title("Train")', "Train"),
        ('st.markdown(f"**{name}** is ready")', "**{}** is ready"),
        ('st.markdown(f":red[{amount} worse]")', ":red[{} worse]"),
        ('st.tabs([_("Data"), "Files"])', "Files"),
        ('st.button(_("Stop") if running else "Start")', "Start"),
        ('st.info("No " + what)', "No "),
        ('st.markdown(_("Trained in {time}.").format(time=duration or "no time"))', "no time"),
        ('st.metric(plain(name or "Answer"), 1)', "Answer"),
        ('st.text_input(_("Name"), placeholder="for example iris")', "for example iris"),
        ('st.success(words, title=f"{name} is ready")', "{} is ready"),
        ("st.markdown(f\"**{'Next'}**\")", "Next"),
        ('st.markdown(" · ".join(["one", two]))', "one"),
        ('st.progress(0.5, text="Loading")', "Loading"),
        ('frame.empty(_("Nothing."), "train", "Train a model")', "Train a model"),
        ('charts.show(figure, key="x", alt="Each point is a run")', "Each point is a run"),
        ('@st.dialog("Sure?")\ndef ask(): ...', "Sure?"),
    ],
)
def test_a_sentence_without_a_mark_is_found(source: str, text: str) -> None:
    assert [found for _line, found in unmarked(source)] == [text]


@pytest.mark.parametrize(
    "source",
    [
        'st.title(_("Train"))',
        "st.markdown(f\"**{_('Next')}** · :material/check: :small[{words}] :{color}-badge[{stage}] {size} px\")",
        'st.markdown(ngettext("{count} run", "{count} runs", n) + ". " + _("Tick them."))',
        'st.button(_("Stop"), key="train_stop", icon=":material/stop:", type="primary")',
        'st.metric(plain(tags.get("name", "")), number(value), border=True)',
        'frame.empty(_("Nothing."), "train", _("Train a model"))',
        'st.caption("★ · –")',
        "st.markdown(explanation)",
        'other.title("not on the screen")',
    ],
)
def test_what_is_marked_or_not_a_sentence_passes(source: str) -> None:
    assert not unmarked(source)


def test_a_find_says_its_line() -> None:
    assert unmarked('import streamlit as st\n\nst.title("Train")') == [(3, "Train")]
