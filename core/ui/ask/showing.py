"""Show a question with what it is about and, once it is revealed, the answers beside truth and model."""

from __future__ import annotations

from collections.abc import Mapping
from statistics import median

import streamlit as st

from core import words
from core.classroom.questions import Question
from core.classroom.sentences import choice_words, sentence
from core.figures.votes import Vote, in_ranges, votes, votes_data
from core.i18n import _, amount, current_language, ngettext, number, percent
from core.prediction.value_words import rounded_words
from core.process import shared
from core.text import plain
from core.ui import charts, frame, navigation, session

SHOWN = 8  # inputs of a case before the rest fold away


def show_sentence(question: Question, questions: Mapping[str, str]) -> None:
    """Show what is asked; ``questions`` are those of tasks, by their names."""
    st.header(plain(sentence(question.asked, questions), 400), anchor=False)


def show_case(question: Question) -> None:
    """Show the case that a question is about, where it is about one."""
    row: Mapping[str, float | str | None] = question.asked.subject.get("row", {})
    if not row:
        return
    if question.is_revealed:  # what was answered is to be in sight
        with st.expander(_("The case"), key="ask_case"):
            _show_inputs(row, "ask_inputs")
        return
    with st.container(border=True, key="ask_case"):
        _show_inputs(dict(list(row.items())[:SHOWN]), "ask_inputs")
        if rest := dict(list(row.items())[SHOWN:]):
            with st.expander(_("All that is known of this case"), key="ask_rest"):
                _show_inputs(rest, "ask_more_inputs")


def _show_inputs(row: Mapping[str, float | str | None], key: str) -> None:
    with st.container(horizontal=True, key=key):
        for name, value in row.items():
            st.markdown(f":small[{plain(name, 40)}]  \n**{plain(rounded_words(value), 60)}**", width="content")


def show_choices(question: Question) -> None:
    """Show what can be answered, where it is looked at from afar."""
    with st.container(horizontal=True, key="ask_answers"):
        for value in question.asked.values:
            st.markdown(f":material/radio_button_unchecked: {plain(choice_words(question.asked, value), 80)}",
                        width="content")  # fmt: skip


def show_revealed(question: Question) -> None:
    """Show what is right, what the model says and how sure it is, beside what the class answered."""
    asked, tally = question.asked, shared.questions().tally(question.number)
    conclusion = asked.behind.get("conclusion", {}).get(current_language()) if asked.kind == "which_run" else ""
    if conclusion:
        st.info(f"**{plain(conclusion, 600)}**", icon=":material/lightbulb:")
    if explained := asked.behind.get("answer", {}).get(current_language()):
        st.info(plain(explained, 2000), icon=":material/lightbulb:")
    said, drawn = st.columns([2, 3])
    with said, st.container(key="ask_truth"):
        if not conclusion:
            _show_large(_("What is right"), _answer(question, asked.truth) if asked.truth else _("not known"))
        if "model_says" in asked.behind and asked.kind != "flip":
            _show_large(_("The model says"), _answer(question, asked.behind["model_says"]), *_sureness(question))
        if tally:
            _show_large(_("The class says"), *_of_class(question, tally))
        if asked.kind == "flip" and asked.truth:
            _say_what_flips(question)
        _show_closest(question)
    bars = _votes(question, tally)
    if not tally:
        drawn.markdown(_("Nobody has answered."))
        return
    with drawn:
        charts.show(
            votes(bars, session.style()), key="ask_votes", alt=_("How many gave each answer"),
            table=lambda: votes_data(bars),
        )  # fmt: skip


def show_way_on(question: Question) -> None:
    """Lead to where one can look for oneself."""
    address = question.asked.behind.get("address")
    if address:
        navigation.link("predict", _("Ask the model about this case"), **address)
    elif question.asked.kind == "which_run":
        runs, metric = question.asked.subject.get("runs", {}), str(question.asked.subject.get("metric", ""))
        navigation.link("compare", _("Compare these runs"), runs=",".join(runs), metric=metric)


def _show_large(title: str, answer: str, *under: str) -> None:
    with st.container(gap=None):
        frame.note(title)
        st.subheader(plain(answer, 60), anchor=False)
        for line in under:
            frame.note(line)


def _answer(question: Question, value: object) -> str:
    """Return a stored answer, or what a model says, as it reads."""
    if question.asked.is_number:
        return amount(float(str(value)), str(question.asked.subject.get("unit", "")))
    return choice_words(question.asked, str(value))


def own_words(question: Question, stored: str) -> str:
    """Return what somebody answered, as markdown."""
    return plain(_answer(question, stored), 80)


def _sureness(question: Question) -> list[str]:
    behind = question.asked.behind
    if "interval" in behind:
        low, high, coverage, rows = behind["interval"]
        unit = str(question.asked.subject.get("unit", ""))
        return [
            _("**{low} – {high}** for {share} of such cases").format(
                low=words.amount(low, unit), high=words.amount(high, unit), share=percent(coverage, 0)
            ),
            _("by its errors on {rows} test rows").format(rows=number(rows)),
        ]
    chance = behind.get("chances", {}).get(str(behind.get("model_says")))
    return [] if chance is None else [_("{chance} sure").format(chance=percent(chance))]


def _of_class(question: Question, tally: Mapping[str, int]) -> tuple[str, str]:
    """Return what most say, or the middle one of numbers, and how many have answered at all."""
    total = sum(tally.values())
    if question.asked.is_number:
        middle = median([float(text) for text, count in tally.items() for _one in range(count)])
        return _answer(question, middle), ngettext("the only answer", "the middle of {count} answers", total)
    most = max(tally.values())
    first = [value for value, count in tally.items() if count == most]
    said = " / ".join(_answer(question, value) for value in first)
    share = _("{count} of {total}") if len(first) == 1 else _("{count} of {total} each")
    return said, share.format(count=number(most, 0), total=number(total, 0))


def _say_what_flips(question: Question) -> None:
    behind, right = question.asked.behind, question.asked.truth
    text = _("{input}: {before} → **{after}**, and the model says **{answer}**.").format(
        input=plain(right), before=plain(rounded_words(behind["before"])), after=plain(rounded_words(behind["after"])),
        answer=plain(behind["model_says"]),
    )  # fmt: skip
    st.markdown(" ".join([text, *_sureness(question)]))
    frame.note(_("It says what the model would answer, not what would happen."))


def _show_closest(question: Question) -> None:
    closest = shared.questions().closest(question.number)
    if closest:
        st.markdown(f"**{_('The closest guesses')}**")
        for guess in closest:
            place = 1 + sum(other.away < guess.away for other in closest)  # equally near is the same place
            line = _("{place}. {name}: {guess}, {away} off").format(
                place=place, name=plain(guess.name), guess=own_words(question, repr(guess.value)),
                away=own_words(question, repr(guess.away)),
            )  # fmt: skip
            st.markdown(line.replace(". ", "\\. ", 1))


def _votes(question: Question, tally: Mapping[str, int]) -> list[Vote]:
    asked = question.asked
    says = asked.behind.get("model_says") if asked.kind != "flip" else None
    if asked.is_number:
        numbers = [float(text) for text, count in tally.items() for _one in range(count)]
        truth = float(asked.truth) if asked.truth else None
        return in_ranges(numbers, lambda value: _answer(question, value), truth, says if says is None else float(says))
    values = dict.fromkeys([*asked.values, *tally])
    return [
        Vote(choice_words(asked, value), tally.get(value, 0), value == asked.truth, value == str(says))
        for value in values
    ]
