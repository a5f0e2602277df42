"""What a page's address holds: read in one go when the page begins, written in one go when it ends.

A page's choices are texts: what its address says, what was clicked, or what an earlier page chose. Whose word wins:

1. the address, where it is news: the page was opened with it, a link led to it, or the browser went back to it. It then
   speaks for all choices of the page, so that a link shows the same to everybody: what it leaves out is as usual;
2. what was chosen here since;
3. where an address says nothing at all, what earlier pages chose of what is ``carried``: so a page is entered from the
   menu, and so it is shown again when the browser goes back to that moment.

What an address asks for and is not there is said (``say_missing``), never replaced in silence. No value may be longer
than its choice allows: a longer one is left out, and that is said.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from io import StringIO
from urllib.parse import urlencode

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from core.i18n import _, number
from core.store.runs import filters

SHARED = ("lang", "projector", "text", "lesson")  # the reader's own, on every page; the last is the step followed
OWN = {"lesson"}  # of these, what others do not get with a link
MINE = {"launched"}  # choices of a page that whoever follows the presenter keeps as they are
MOST_RUNS = 50  # ids in an address; a longer one breaks in other programs
LONGEST = 500  # signs of a value, where its choice says nothing else: the longest name in a store has 250
MOST_LAUNCHED = 5  # runs whose results stay on the page that launched them
STATE = "address"  # in the session


@dataclass(frozen=True)
class Choice:
    """Something to choose on a page, by its name in the address.

    What is ``carried`` other pages begin with, but for what belongs to a choice of the page that is not. A choice is
    forgotten when one that it ``belongs_to`` changes. ``most`` is how many names, separated by commas, the address may
    hold of it; of more it holds none. Neither is a value in it that has more than ``longest`` signs.
    """

    name: str
    carried: bool = False
    belongs_to: tuple[str, ...] = ()
    most: int = 0
    longest: int = LONGEST

    def fits(self, text: str) -> bool:
        """Tell whether an address may hold this value of it.

        >>> FILTER.fits("status = 'FINISHED'"), FILTER.fits("%a" * 100_000)
        (True, False)
        """
        return len(text) <= self.longest and not (self.most and text.count(",") >= self.most)


EXPERIMENT, TASK, MODEL = (Choice(name, carried=True) for name in ("experiment", "task", "model"))
VERSION, STAGE = (Choice(name, carried=True, belongs_to=("model",)) for name in ("version", "stage"))
OF_A_MODEL = ("model", "run", "logged")  # what is asked: a registered one, or one that a run logged
INPUTS = Choice("inputs", carried=True, belongs_to=OF_A_MODEL, longest=10_000)
TYPICAL = Choice("typical", carried=True, belongs_to=OF_A_MODEL)  # a mark of the values that the inputs leave out
FILTER = Choice("filter", longest=filters.LONGEST)
RUNS_LENGTH, ALL_RUNS_LENGTH = MOST_RUNS * 40, 1000 * 40  # an id has 32
CHOICES: Mapping[str, tuple[Choice, ...]] = {
    "home": (),
    "join": (),
    "ask": (),
    "board": (),
    "lesson": (Choice("step"),),
    "glossary": (Choice("term"),),
    "data": (TASK, Choice("column", belongs_to=("task",))),
    "experiments": (
        EXPERIMENT,
        replace(FILTER, carried=True),
        *(Choice(name, carried=True) for name in ("search", "order", "group", "trials")),
        Choice("columns", carried=True, longest=4000),
        Choice("runs", carried=True, most=MOST_RUNS, longest=RUNS_LENGTH),
    ),
    "run": (Choice("run"),),
    "compare": (
        EXPERIMENT, Choice("runs", carried=True, longest=ALL_RUNS_LENGTH), FILTER, Choice("metric"), Choice("value"),
        Choice("chart"), Choice("picked", carried=True, most=MOST_RUNS, longest=RUNS_LENGTH),
    ),
    "train": (
        TASK, Choice("algorithm", carried=True, belongs_to=("task",)),
        Choice("params", carried=True, belongs_to=("task", "algorithm"), longest=2000),
        Choice("effort", carried=True),
        Choice("launched", carried=True, most=MOST_LAUNCHED, longest=200),
    ),
    "sweep": (
        TASK, Choice("algorithm", carried=True, belongs_to=("task",)),
        Choice("params", carried=True, belongs_to=("task", "algorithm"), longest=2000),
        Choice("vary", carried=True, belongs_to=("task", "algorithm"), longest=4000),
        Choice("how", carried=True, belongs_to=("task",)),
        Choice("run"), Choice("chart"),
    ),
    "registry": (MODEL, VERSION, Choice("search"), Choice("look"), Choice("run")),
    "predict": (
        MODEL, STAGE, VERSION, Choice("run"), Choice("logged", belongs_to=("run",)), INPUTS, TYPICAL,
        Choice("beside", belongs_to=("model", "run")), Choice("look"),
    ),
    "monitor": (
        MODEL, STAGE, VERSION, *(Choice(name) for name in ("rows", "against", "who", "shift", "look")),
        Choice("input", belongs_to=("model",)),
    ),
    "schedules": (),
    "serve": (MODEL, STAGE, VERSION, Choice("route"), Choice("look")),
}  # fmt: skip


@dataclass
class _State:
    """A session's choices: of the page that is open, of what is carried on, and what its address said last."""

    page: str = ""
    held: dict[str, str] = field(default_factory=dict)
    carried: dict[str, str] = field(default_factory=dict)
    written: dict[str, str] = field(default_factory=dict)
    sent: dict[str, str] = field(default_factory=dict)  # what the browser said at the last run
    sent_of_all: dict[str, str] = field(default_factory=dict)  # the same of ``SHARED``
    missing: dict[str, str] = field(default_factory=dict)
    moved: bool = False  # somebody chose something since the address was last read
    open: bool = False  # a page has begun and not ended
    opened: int = 0  # how often an address was news in this session
    heard: dict[str, int] = field(default_factory=dict)  # how often it had been when each listener last heard
    links: int = 0  # how often an address was news since the page was entered


def _state() -> _State:
    state: _State = st.session_state.setdefault(STATE, _State())
    return state


def _too_long(choice: Choice, text: str) -> str:
    return _("The address may hold {most} signs of “{name}”, but this one has {count}. They were left out.").format(
        most=number(choice.longest, 0), name=choice.name, count=number(len(text), 0)
    )


def _went_back() -> bool:
    """Tell whether the browser went back or forward to this address; it then replaces what is written to it."""
    context = get_script_run_ctx(suppress_warning=True)
    return context is not None and context.is_history_navigation


def begin(page: str) -> None:
    """Read the address of a page that begins."""
    state, own = _state(), CHOICES.get(page, ())
    given = [(one, st.query_params[one.name]) for one in own if st.query_params.get(one.name)]
    said = {one.name: text for one, text in given if len(text) <= one.longest}
    back, entered = _went_back(), page != state.page
    written = {one.name: state.written[one.name] for one in own if state.written.get(one.name)}
    sent, state.sent = state.sent, said  # a press may come with the address from before the last one was written
    if back or entered or (said not in (written, sent) and not state.moved):
        state.opened += 1
        if not given and (entered or back):  # back to where a page was entered: it shows what it began with
            said = {one.name: state.carried[one.name] for one in own if one.carried and state.carried.get(one.name)}
        state.links = 0 if entered else state.links + 1
        state.page, state.held, state.missing = page, said, {}
        for one, asked in given:
            if one.name not in said:
                say_missing(one.name, _too_long(one, asked))
        carry(**{one.name: said[one.name] for one in own if one.name in said and _is_carried(one)})
    state.written, state.moved, state.open = st.query_params.to_dict(), False, True
    state.sent_of_all = {name: text for name in SHARED if (text := st.query_params.get(name))}


def is_complete() -> bool:
    """Tell whether the page that is open has ended, so that all its choices are known."""
    return not _state().open


def own_params() -> dict[str, str]:
    """Return what the address of the page that is open is to hold of the page alone, and others may be led to."""
    return {name: text for name, text in params().items() if name not in SHARED and name not in MINE}


def of_visitor(page: str) -> dict[str, str]:
    """Return what an address of a page is to hold of the visitor's own, wherever somebody leads them."""
    return {one.name: text for one in CHOICES[page] if one.name in MINE and (text := carried(one.name))}


def end(*, write: bool = True) -> None:
    """Write the address of a page that ends; not where it was interrupted, as its choices are not complete then."""
    state = _state()
    state.moved = state.open = False
    if not write:
        return
    wanted = params()
    if st.query_params.to_dict() != wanted:
        st.query_params.from_dict(wanted)
    state.written = wanted


def end_part() -> None:
    """Write the address after a part of a page was shown anew by itself."""
    if not _state().open:
        end()


def params() -> dict[str, str]:
    """Return what the address of the page that is open is to hold, as far as has been chosen."""
    state = _state()
    held = {
        one.name: text for one in CHOICES.get(state.page, ()) if (text := state.held.get(one.name)) and one.fits(text)
    }
    return held | shared()


def shared() -> dict[str, str]:
    """Return what every address of this session carries."""
    return {name: text for name in SHARED if (text := str(st.session_state.get(f"{STATE}_{name}", "")))}


def share(name: str, text: str) -> None:
    """Have every address of this session carry one of ``SHARED``."""
    st.session_state[f"{STATE}_{name}"] = text


def asked_of_all(name: str) -> str | None:
    """Return what an address that is news says of one of ``SHARED``; None where it says nothing new."""
    state, text = _state(), st.query_params.get(name)
    if _went_back():
        return text or ""
    return text if text not in {state.written.get(name), state.sent_of_all.get(name)} and not state.moved else None


def is_news(to: str) -> bool:
    """Tell once whether an address was opened since ``to`` asked last, however many runs ago that was."""
    state = _state()
    heard, state.heard[to] = state.heard.get(to), state.opened
    return heard != state.opened


def unsaid(key: str) -> str:
    """Return the key of a widget that the address says nothing of: with each link it is a new one, so begins anew."""
    links = _state().links
    return f"{key}_link_{links}" if links else key


def says(name: str) -> bool:
    """Tell whether anything was said of a choice, be it that nothing is chosen."""
    return name in _state().held


def value(name: str) -> str:
    """Return a choice of the page that is open, empty where nothing was chosen."""
    return _state().held.get(name, "")


def keep(name: str, text: str) -> None:
    """Remember a choice; an empty one leaves the address. What belongs to it is forgotten where it changes."""
    state = _state()
    own = {one.name: one for one in CHOICES.get(state.page, ())}
    if state.held.get(name) not in {None, text}:
        for one in own.values():
            if name in one.belongs_to:
                state.held.pop(one.name, None)
    state.held[name] = text
    if name in own and _is_carried(own[name]):
        carry(**{name: text})


def _is_carried(one: Choice) -> bool:
    """Tell whether other pages begin with a choice of the page that is open."""
    state = _state()
    alone = {other.name for other in CHOICES.get(state.page, ()) if not other.carried}
    return one.carried and not any(state.held.get(name) for name in alone.intersection(one.belongs_to))


def choose(name: str, text: str) -> None:
    """Remember a choice that somebody makes now: it wins over what the browser still has in its address."""
    keep(name, text)
    _state().missing.pop(name, None)
    _state().moved = True


def forget(*names: str) -> None:
    """Take back what was chosen, as if nothing had been said of it."""
    for name in names:
        _state().held.pop(name, None)


def carry(**chosen: str) -> None:
    """Have the next pages begin with these choices; what belonged to another one is forgotten."""
    state = _state()
    for name, text in chosen.items():
        if state.carried.get(name, text) != text:
            for one in _belonging_to(name):
                state.carried.pop(one, None)
    state.carried.update(chosen)


def carried(name: str) -> str:
    """Return what the next pages begin with, empty where nothing was chosen."""
    return _state().carried.get(name, "")


def is_silent() -> bool:
    """Tell whether the address of the page that is open said nothing of its choices when it began."""
    state = _state()
    return not any(state.written.get(one.name) for one in CHOICES.get(state.page, ()))


def _belonging_to(name: str) -> set[str]:
    return {one.name for own in CHOICES.values() for one in own if name in one.belongs_to}


def link_params(page: str, given: Mapping[str, str]) -> dict[str, str]:
    """Return the address parameters of a link to a page: what is carried, unless ``given`` says otherwise."""
    state = _state()
    others = set().union(*(_belonging_to(name) for name, text in given.items() if state.carried.get(name) != text))
    taken = {
        one.name: state.carried.get(one.name, "") for one in CHOICES[page] if one.carried and one.name not in others
    }
    return {name: text for name, text in (taken | dict(given)).items() if text} | shared()


def whole() -> str:
    """Return the whole address of the page that is open, as others may open it."""
    shown = {name: text for name, text in params().items() if name not in OWN}
    return f"{st.context.url or ''}?{urlencode(shown)}"


def say_missing(name: str, sentence: str) -> None:
    """Say that what a choice asks for is not there, until something else is chosen."""
    _state().missing[name] = sentence


def lacks(name: str) -> bool:
    """Tell whether it is said that what a choice asks for is not there."""
    return name in _state().missing


def missing() -> Iterable[str]:
    """Return what is to be said about the address."""
    return list(_state().missing.values())


def listed(name: str) -> list[str]:
    """Return a choice of several ids, which hold no comma."""
    return [one for one in value(name).split(",") if one]


def joined(names: Sequence[str]) -> str:
    """Write several names as one text, whatever signs are in them.

    >>> joined(["a", "b,c"]), separated(joined(["a", "b,c"])), separated("")
    ('a,"b,c"', ['a', 'b,c'], [])
    """
    line = StringIO(newline="")
    csv.writer(line, lineterminator="\r\n").writerow(names)  # so that names with line breaks are quoted
    return line.getvalue()[:-2]


def separated(text: str) -> list[str]:
    """Return the names that ``joined`` wrote as one text."""
    return next(csv.reader(StringIO(text, newline="")), []) if text else []
