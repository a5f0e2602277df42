"""What a visitor pinned: kept with the session and, for a time, with the browser, so that a reload finds it again."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import replace

import streamlit as st

from core.i18n import _, number
from core.prediction.scenarios.kept import HOURS, KeptShelves
from core.prediction.scenarios.pinned import Scenario
from core.process import shared
from core.process.held import held
from core.text import unique_names
from core.ui import frame, session

LONGEST_NAME = 80  # characters
MOST = 100  # scenarios on a shelf
VERSION, REMOVED = "predict_shelf_version", "predict_shelf_removed"  # in the session


def pinned(model: str) -> dict[str, Scenario]:
    """Return what this visitor pinned for a registered model, by an id, in the visitor's order."""
    shelves, browser, key = _kept_shelves(), session.browser(), _key(model)
    kept, own = shelves.get(browser, key), st.session_state.get(key, {})
    if kept is None and own:  # it was kept for too long, or there was no room
        shelves.keep(browser, key, own)
    return dict(own if kept is None else kept)


def add(model: str, scenarios: Sequence[Scenario]) -> tuple[int, int]:
    """Put scenarios on the shelf, but none twice; return how many were added and for how many there is no room."""
    pins = pinned(model)
    new = [scenario for scenario in scenarios if not any(_same(scenario, other) for other in pins.values())]
    fitting = new[: max(MOST - len(pins), 0)]
    for scenario in fitting:
        pins[secrets.token_hex(4)] = replace(scenario, name=free_name(scenario.name, pins))
    keep(model, pins)
    return len(fitting), len(new) - len(fitting)


def keep(model: str, pins: Mapping[str, Scenario]) -> None:
    """Keep a visitor's pins of a model, in this order."""
    session.remember(_key(model), dict(pins))
    _kept_shelves().keep(session.browser(), _key(model), pins)
    session.remember(VERSION, st.session_state.get(VERSION, 0) + 1)  # an edited table is made anew
    st.session_state.pop(REMOVED, None)


def rename(model: str, names: Mapping[str, object]) -> None:
    """Take names from the edited table, by id; what is empty stays what it was, what has gone meanwhile stays away."""
    pins = pinned(model)
    for pin, name in names.items():
        if pin in pins and isinstance(name, str) and name.strip() and name != pins[pin].name:
            others = {other: each for other, each in pins.items() if other != pin}
            pins[pin] = replace(pins[pin], name=free_name(name, others))
    keep(model, pins)


def move(model: str, pin: str, way: int) -> None:
    """Move a pin among the others: -1 is up, 1 is down."""
    pins = pinned(model)
    order = list(pins)
    if pin not in pins or not 0 <= order.index(pin) + way < len(order):
        return
    place = order.index(pin)
    order[place], order[place + way] = order[place + way], order[place]
    keep(model, {each: pins[each] for each in order})


def free_name(name: str, pins: Mapping[str, Scenario]) -> str:
    """Return a name for a pin that no other has."""
    kept = " ".join(name.split())[:LONGEST_NAME] or _("Scenario {number}").format(number=len(pins) + 1)
    return unique_names([*(one.name for one in pins.values()), kept])[-1]


def say_how_long(model: str, pins: Mapping[str, Scenario]) -> None:
    """Say how long pins stay, and where a reload takes them, also before anything is pinned."""
    browser = session.browser()
    if not browser:
        frame.note(
            _("This browser keeps no cookie of ours, so **reloading the page empties the shelf**. Save it to the run, "
              "or download it.")
        )  # fmt: skip
    elif pins and _kept_shelves().get(browser, _key(model)) is None:
        frame.note(
            _("There is too much on this shelf to keep it, so **reloading the page empties it**. Save it to the run, "
              "or download it.")
        )  # fmt: skip
    else:
        frame.note(
            _("Only this browser sees your pins, and a reload keeps them. They go when the browser or the dashboard is "
              "closed, or after {hours} hours without a look. To keep them, save them to the run.").format(
                hours=number(HOURS, 0)
            )
        )  # fmt: skip


def _key(model: str) -> str:
    return f"predict_shelf_pins_{shared.store_uri()}_{model}"


@held()
def _kept_shelves() -> KeptShelves:
    return KeptShelves()


def _same(one: Scenario, other: Scenario) -> bool:
    """What was pinned in the same moment is the same, even if somebody renamed it since."""
    renamed = one.pinned is not None or one.name == other.name
    return renamed and (one.inputs, one.answers, one.pinned) == (other.inputs, other.answers, other.pinned)
