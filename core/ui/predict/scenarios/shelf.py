"""The shelf of scenarios: inputs that a visitor pinned, and what the live versions answer to them now."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from urllib.parse import urlparse

import pandas as pd
import streamlit as st

from core import words
from core.i18n import _, moment, number
from core.prediction.departures import departures, mark_of
from core.prediction.scenarios.export import flipped_words, rule_words
from core.prediction.scenarios.pinned import (
    Evaluated,
    Place,
    Scenario,
    as_answer,
    compare_table,
    evaluate,
    now_utc,
    scenario_address,
    special_name,
    stage_of_place,
)
from core.prediction.schema import Answer
from core.prediction.value_words import exact_words
from core.process.asked import AskedVersion
from core.qr import qr_code, qr_picture
from core.text import plain, shorten, unique_names
from core.ui import afterwards, frame, navigation, pickers, session
from core.ui.predict import input_form
from core.ui.predict.scenarios import files, pinning

NAME, PROPOSED, CHOSEN = "predict_shelf_name", "predict_shelf_proposed", "predict_shelf_chosen"
WANTED = "predict_shelf_wanted"
MODULE = 4  # px of a QR code; less is hard to read from a screen
CODE, CODE_ON_PROJECTOR = 280, 560  # px that a code fills at least, as far as whole pixels go: seen from the last row
LARGE_CODE = 105  # modules a side; phones need to come near to read more
THIS_COMPUTER = {"localhost", "127.0.0.1", "::1", "0.0.0.0"}  # noqa: S104 - names that are compared, not listened on


def show_shelf(asked: Sequence[AskedVersion], now: Mapping[str, Answer]) -> None:
    """Show what can be pinned, what is pinned, and where the answers are others by now."""
    model = asked[0].version.model
    _show_pinning(asked, now)
    _show_removed(model)
    afterwards.show(files.LOADED)
    pins = pinning.pinned(model)
    evaluated: list[Evaluated] = []
    if pins:
        evaluated = evaluate(_places(asked), list(pins.values()))
        titles = place_titles(asked, evaluated)
        _show_flips(evaluated)
        _show_table(model, pins, evaluated, titles)
        _show_one(asked[0], pins, evaluated, titles)
        _show_inputs(evaluated)
        files.show_handout(model, evaluated, titles, [address(asked[0], one.scenario) for one in evaluated])
    else:
        frame.empty(
            _(
                "**Nothing is pinned yet.** Move the inputs to a case that matters to you and pin it: it stays here "
                "with its answers. Later, after another version went to Production, you see at once which of your "
                "cases are answered differently."
            )
        )
    files.show_saving(asked[0], list(pins.values()))
    files.show_saved(asked, partial(pinning.add, model))


def address(asked: AskedVersion, scenario: Scenario) -> str:
    """Return the address that opens a scenario; without a host where the browser does not say how it came here.

    It holds what departs from the typical values of the version, and says of which version and values that is.
    """
    page = navigation.whole_address("predict") or navigation.PAGES["predict"].address
    moved = departures(asked.fields, scenario.inputs)
    return scenario_address(
        page, asked.version.model, moved, version=str(asked.version.number), typical=mark_of(asked.fields)
    )


def place_titles(asked: Sequence[AskedVersion], evaluated: Sequence[Evaluated]) -> dict[str, str]:
    """Return the headings of answers, by place: versions that are asked, and stages that have none any more.

    What a version answered before it went to a stage is left out where it is asked there: it would answer the same.
    """
    titles: dict[str, str] = {}
    numbers = {str(one.version.number) for one in asked}
    for place, one in zip(_places(asked), asked, strict=True):
        titles.setdefault(place.key, one.title)
    for key in dict.fromkeys(key for one in evaluated for key in one.scenario.answers):
        stage = stage_of_place(key)
        if stage is not None:
            titles.setdefault(key, f"{words.stage(stage)} · {_('no version now')}")
        elif key not in numbers or key in titles:
            titles.setdefault(key, words.version_title(key) + f" · {_('not asked now')}")
    return titles


def _places(asked: Sequence[AskedVersion]) -> list[Place]:
    return [Place(one.version.stage, one.version.number, one.predictor) for one in asked]


def _show_pinning(asked: Sequence[AskedVersion], now: Mapping[str, Answer]) -> None:
    model = asked[0].version.model
    pins = pinning.pinned(model)
    special = special_name(asked[0].fields, now) or _("Scenario {number}").format(number=len(pins) + 1)
    proposed = shorten(special, pinning.LONGEST_NAME)
    if st.session_state.get(NAME, "") in {"", st.session_state.get(PROPOSED)}:  # what somebody typed stays
        st.session_state[NAME] = proposed
    session.remember(PROPOSED, proposed)
    with st.container(horizontal=True, vertical_alignment="bottom", key="predict_shelf_pinning"):
        st.text_input(_("Name of this scenario"), max_chars=pinning.LONGEST_NAME, key=NAME)
        st.button(
            _("Pin these inputs"),
            type="primary",
            icon=":material/push_pin:",
            disabled=len(pins) >= pinning.MOST,
            key="predict_shelf_pin",
            on_click=_pin,
            args=(model, asked, dict(now)),
        )
    if len(pins) >= pinning.MOST:
        frame.note(
            _("There is room for {most} scenarios. Remove some to pin others.").format(most=number(pinning.MOST, 0))
        )
    pinning.say_how_long(model, pins)


def _pin(model: str, asked: Sequence[AskedVersion], now: Mapping[str, Answer]) -> None:
    pins = pinning.pinned(model)
    kept = {name: as_answer(value) for name, value in now.items()}
    bare = Scenario(pinning.free_name(st.session_state.get(NAME, ""), pins), kept, {}, now_utc())
    (answered,) = evaluate(_places(asked), [bare])
    pin = secrets.token_hex(4)
    pinning.keep(model, {**pins, pin: replace(bare, answers=answered.now)})
    st.session_state[WANTED], st.session_state[NAME] = pin, ""


def _show_flips(evaluated: Sequence[Evaluated]) -> None:
    if any(one.flips for one in evaluated):
        st.warning(flipped_words(evaluated))
    else:
        st.markdown(flipped_words(evaluated))
    frame.note(rule_words())


def _show_table(
    model: str, pins: Mapping[str, Scenario], evaluated: Sequence[Evaluated], titles: Mapping[str, str]
) -> None:
    table, differing = compare_table([one.scenario for one in evaluated])
    names = [str(name) for name in table.columns[:differing]]
    headings = unique_names([_("Name"), *titles.values(), *(shorten(name, 60) for name in names)])
    columns = [
        [one.scenario.name for one in evaluated],
        *([one.words(place) for one in evaluated] for place in titles),
        *([shorten(exact_words(value), 200) for value in table[name]] for name in names),
    ]
    edited = st.data_editor(
        pd.DataFrame(dict(zip(headings, columns, strict=True))),
        hide_index=True,
        disabled=headings[1:],
        column_config={headings[0]: st.column_config.TextColumn(required=True, max_chars=pinning.LONGEST_NAME)},
        key=f"predict_shelf_table_{st.session_state.get(pinning.VERSION, 0)}",
        alt=_("Scenarios, one a row, with their answers"),
    )
    if list(edited[headings[0]]) != columns[0]:
        pinning.rename(model, dict(zip(pins, edited[headings[0]], strict=True)))
        st.rerun()
    frame.note(_("Tap a name twice to change it. Inputs that are the same in all are left out here."))


def _show_one(
    asked: AskedVersion, pins: Mapping[str, Scenario], evaluated: Sequence[Evaluated], titles: Mapping[str, str]
) -> None:
    model, order = asked.version.model, list(pins)
    with st.container(border=True, key="predict_shelf_one"):
        chosen = pickers.choose_here(
            _("Scenario"),
            order,
            key=CHOSEN,
            wanted=st.session_state.pop(WANTED, ""),
            start=order[-1],
            show=lambda pin: pins[pin].name if pin in pins else pin,
        )
        place = order.index(chosen)
        one = evaluated[place]
        with st.container(horizontal=True, key="predict_shelf_actions"):
            st.button(
                _("Show it"),
                icon=":material/tune:",
                key="predict_shelf_show",
                on_click=partial(input_form.ask_for, dict(one.scenario.inputs)),
            )
            for label, key, way in ((_("↑ Up"), "up", -1), (_("↓ Down"), "down", 1)):
                st.button(
                    label,
                    disabled=not 0 <= place + way < len(order),
                    key=f"predict_shelf_{key}",
                    on_click=pinning.move,
                    args=(model, chosen, way),
                )
            st.button(
                _("Remove"),
                icon=":material/close:",
                key="predict_shelf_remove",
                on_click=_remove,
                args=(model, chosen),
            )
        _show_answers(one, titles)
        _show_sharing(address(asked, one.scenario))


def _show_answers(one: Evaluated, titles: Mapping[str, str]) -> None:
    for place, title in titles.items():
        then = one.scenario.answers.get(place)
        if place in one.problems:
            st.markdown(f"**{title}**: {plain(one.problems[place].message, 400)}")
        elif place in one.now or then is not None:
            since = "" if then is None else f" · {_('pinned with version {number}').format(number=then.version)}"
            st.markdown(f"**{title}**: {plain(one.words(place), 300)}{since}")
    if one.scenario.pinned is not None:
        frame.note(_("Pinned on {when}").format(when=moment(one.scenario.pinned)))


def _show_sharing(link: str) -> None:
    shown = st.expander(_("Share it"), icon=":material/qr_code_2:", key="predict_shelf_share", on_change="rerun")
    if not shown.open:
        return
    with shown:
        st.code(link, language=None, wrap_lines=True)
        host = urlparse(link).hostname or ""
        code = qr_code(link) if host else None
        if not host:
            frame.note(_("Add this to the address of the dashboard."))
        elif code is None:
            frame.note(_("This link is too long for a QR code. Copy it instead."))
        else:
            side = int(code.symbol_size()[0])
            st.image(
                qr_picture(link) or "",
                width=code_width(side, on_projector=session.projector()),
                alt=_("QR code of the link"),
            )
            if side > LARGE_CODE:
                frame.note(_("There is much in this code: come near with the phone, or copy the link instead."))
        if host in THIS_COMPUTER or host.endswith(".localhost"):
            st.warning(
                _(
                    "This link says “{host}”, which on a phone is the phone itself. Open the dashboard by this "
                    "computer's own address in the network (such as `http://192.168.1.20:8501`), then share from there."
                ).format(host=plain(host)),
                icon=":material/phonelink_off:",
            )


def code_width(side: int, *, on_projector: bool) -> int:
    """Return how wide a code of ``side`` modules is shown, in whole pixels for each module.

    >>> code_width(49, on_projector=False), code_width(49, on_projector=True), code_width(97, on_projector=False)
    (245, 539, 388)
    """
    return side * max(MODULE, (CODE_ON_PROJECTOR if on_projector else CODE) // side)


def _show_inputs(evaluated: Sequence[Evaluated]) -> None:
    shown = st.expander(
        _("All inputs side by side"), icon=":material/table:", key="predict_shelf_inputs", on_change="rerun"
    )
    if shown.open:
        with shown:
            table, _differing = compare_table([one.scenario for one in evaluated])
            headings = unique_names([_("Input"), *(one.scenario.name for one in evaluated)])
            rows = [[name, *(shorten(exact_words(v), 200) for v in table[name])] for name in table]
            st.dataframe(
                pd.DataFrame(rows, columns=headings),
                hide_index=True,
                key="predict_shelf_all",
                alt=_("Inputs, one a row, those that differ first"),
            )


def _remove(model: str, pin: str) -> None:
    pins = pinning.pinned(model)
    if pin in pins:
        pinning.keep(model, {each: scenario for each, scenario in pins.items() if each != pin})
        session.remember(pinning.REMOVED, (model, list(pins).index(pin), pin, pins[pin]))


def _show_removed(model: str) -> None:
    of, place, pin, scenario = st.session_state.get(pinning.REMOVED, ("", 0, "", None))
    if scenario is None or of != model:
        return
    with st.container(horizontal=True, vertical_alignment="center", key="predict_shelf_removed_line"):
        st.markdown(_("{name} was removed.").format(name=f"**{plain(scenario.name)}**"), width="content")
        st.button(
            _("Bring it back"),
            icon=":material/undo:",
            key="predict_shelf_back",
            on_click=_bring_back,
            args=(model, place, pin, scenario),
        )


def _bring_back(model: str, place: int, pin: str, scenario: Scenario) -> None:
    rest = list(pinning.pinned(model).items())
    pinning.keep(model, dict([*rest[:place], (pin, scenario), *rest[place:]]))
    st.session_state[WANTED] = pin
