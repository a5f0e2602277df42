"""The cut-off of a model of two classes, in people and in money: try one, see what it costs, save it for everybody."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd
import streamlit as st

from core.errors import PizarraError
from core.figures import cutoffs as figures
from core.i18n import _, number, percent
from core.prediction.cutoffs import (
    Costs,
    Outcomes,
    cheapest,
    cost_curve,
    curve_at,
    outcomes,
    people,
    two_classes,
)
from core.store.registry.promotion import change_cutoff
from core.store.registry.registered_models import Version
from core.text import plain
from core.ui import afterwards, cache, charts, frame, session, shared
from core.ui.predict.version_choice import AskedVersion

CUTOFF, COST_OF_WRONG, COST_OF_MISSED = "predict_cutoff", "predict_cost_fp", "predict_cost_fn"
ABOUT, OUTCOME = "predict_cutoff_about", "predict_cutoff_outcome"
LOWEST, HIGHEST, STEP = 0.01, 0.99, 0.01
USUAL = 0.5  # what models of two classes do when nobody says otherwise
DIGITS = 4  # of a cut-off that was moved; the browser reckons steps with noise behind them
NAME_LENGTH = 40


@dataclass(frozen=True)
class _Tested:
    """A version with its stored test answers, of the two ``classes``; the second is what a cut-off is about."""

    asked: AskedVersion
    rows: pd.DataFrame
    classes: tuple[str, str]

    @property
    def version(self) -> Version:
        """The version itself."""
        return self.asked.version


def show_cutoffs(asked: Sequence[AskedVersion]) -> None:
    """Show what a cut-off means for versions of one model on their stored test rows; one can be saved for all."""
    tested = _tested(asked)
    if not tested:
        return
    model = tested[0].version.model
    saved = cache.cutoff(model)
    afterwards.show(OUTCOME, afterwards.toast)
    negative, positive = (plain(name, NAME_LENGTH) for name in tested[0].classes)
    st.markdown(
        _(
            "The model says how likely each case is “{positive}”. The **cut-off** is the probability from which on it "
            "answers “{positive}” and not “{negative}”: a low one misses few and gives many false alarms, a high one "
            "the other way round."
        ).format(positive=positive, negative=negative)
    )
    cutoff = _choose_cutoff(model, saved, positive)
    costs = _choose_costs(positive)
    style = session.style()
    found = [outcomes(one.rows, one.classes[1], cutoff) for one in tested]
    for place, one, counted in zip(st.columns(len(tested), gap="medium"), tested, found, strict=True):
        with place:
            _show_people(one, counted, costs)
    curves = [cost_curve(one.rows, one.classes[1], costs) for one in tested]
    least = [cheapest(curve_at(curve)) for curve in curves]
    titles = [one.asked.title for one in tested]
    by_title = dict(zip(titles, curves, strict=True))
    charts.show(
        figures.cost_figure(by_title, cutoff, dict(zip(titles, least, strict=True)), style),
        key="predict_costs",
        alt=_("What the errors cost at each cut-off"),
        table=lambda: figures.cost_data(by_title),
    )
    for one, best, curve in zip(tested, least, curves, strict=True):
        _offer_cheapest(one, best, cutoff, float(curve_at(curve, [best])["cost"].iloc[0]), several=len(tested) > 1)
    _offer_to_save(model, positive, cutoff, saved)


def _tested(asked: Sequence[AskedVersion]) -> list[_Tested]:
    """Return the versions a cut-off can be looked at for, and say why the others are left out."""
    tested: list[_Tested] = []
    for one in asked:
        rows = cache.test_rows(one.version)
        classes = None if rows is None else two_classes(rows)
        if rows is None or rows.empty:
            frame.note(
                _("{version}: its run stored no answers to test rows, so nobody knows what a cut-off would do.").format(
                    version=one.title
                )
            )
        elif classes is None:
            frame.note(
                _("{version} does not say how likely each of two classes is, so it has no cut-off.").format(
                    version=one.title
                )
            )
        elif tested and classes != tested[0].classes:
            frame.note(_("{version} answers with other classes, so it is left out.").format(version=one.title))
        else:
            tested.append(_Tested(one, rows, classes))
    return tested


def _choose_cutoff(model: str, saved: float | None, positive: str) -> float:
    """Move the cut-off; it begins where the model's is, and is remembered while its slider is not on the page."""
    about = f"{shared.store_uri()} {model}"
    if st.session_state.get(ABOUT) != about:
        session.remember(ABOUT, about)
        _move(USUAL if saved is None else saved)
    _begin(CUTOFF, USUAL)
    chosen = st.slider(
        _("Say “{name}” from this probability on").format(name=positive),
        LOWEST,
        HIGHEST,
        step=STEP,
        format="percent",
        key=CUTOFF,
    )
    session.remember(_kept(CUTOFF), chosen)
    return round(float(chosen), DIGITS)


def _choose_costs(positive: str) -> Costs:
    """Enter what an error of each sort costs."""
    labels = {
        COST_OF_WRONG: (_("Cost of wrongly saying “{name}”"), 1.0),
        COST_OF_MISSED: (_("Cost of missing a “{name}”"), 5.0),
    }
    costs = []
    for place, (key, (label, start)) in zip(st.columns(2), labels.items(), strict=True):
        _begin(key, start)
        with place:
            cost = st.number_input(
                label.format(name=positive),
                min_value=0.0,
                step=1.0,
                format="%.4g",
                key=key,
                help=_("In any money. Where the cheapest cut-off is depends only on how they compare."),
            )
        session.remember(_kept(key), cost)
        costs.append(float(cost))
    return Costs(*costs)


def _begin(key: str, start: float) -> None:
    """Let a control that is about to be shown begin where it was last; its page may have been left since."""
    if key not in st.session_state:
        st.session_state[key] = st.session_state.get(_kept(key), start)


def _kept(key: str) -> str:
    return f"{key}_kept"


def _move(cutoff: float) -> None:
    st.session_state[CUTOFF] = min(max(cutoff, LOWEST), HIGHEST)


def _show_people(one: _Tested, found: Outcomes, costs: Costs) -> None:
    negative, positive = one.classes
    shown = people(found)
    key = f"predict_people_{one.version.number}"
    st.markdown(f"**{one.asked.title}**")
    charts.show(
        figures.people_figure(shown.counts, positive, negative, session.style(), too_rare=shown.too_rare),
        key=key,
        alt=_("A hundred figures: what becomes of the rows"),
        table=lambda: figures.people_data(shown.counts, positive, negative, found.counts),
    )
    with st.container(horizontal=True, key=f"{key}_numbers_of_it"):
        st.metric(_("Recall"), _share(found.recall), width="content")
        st.metric(_("Precision"), _share(found.precision), width="content")
        st.metric(_("Cost per 100 rows"), number(found.cost(costs), 2), width="content")
    frame.note(
        _(
            "Of {rows} test rows, {there} are “{name}”: it finds {right} of them (recall). It says “{name}” of {said}, "
            "and is right about {right} (precision)."
        ).format(
            rows=number(found.rows, 0),
            there=number(found.true_positive + found.false_negative, 0),
            said=number(found.true_positive + found.false_positive, 0),
            right=number(found.true_positive, 0),
            name=plain(positive, NAME_LENGTH),
        )
    )


def _share(value: float | None) -> str:
    return "–" if value is None else percent(value)


def _offer_cheapest(one: _Tested, best: float, cutoff: float, cost: float, *, several: bool) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button(
            _("Use the cheapest cut-off"),
            key=f"predict_cheapest_{one.version.number}",
            icon=":material/star:",
            on_click=_move,
            args=(best,),
            disabled=best == cutoff,
        )
        words = _("{cutoff}, where errors cost {cost} per 100 rows").format(
            cutoff=f"**{percent(best)}**", cost=number(cost, 2)
        )
        st.markdown(f"{one.asked.title}: {words}" if several else words, width="content")


def _offer_to_save(model: str, positive: str, cutoff: float, saved: float | None) -> None:
    if saved is None:
        st.markdown(_("No cut-off is saved for this model: it answers as it was trained to, most often from 50 % on."))
    else:
        st.markdown(
            _("Saved for this model: it says “{name}” from {cutoff} on, everywhere.").format(
                name=positive, cutoff=f"**{percent(saved)}**"
            )
        )
    if not session.actor().may("save_cutoff"):
        frame.note(_("Only the presenter may save a cut-off."))
        return
    with st.container(horizontal=True, key="predict_cutoff_saving"):
        st.button(
            _("Save this cut-off for the model"),
            key="predict_cutoff_save",
            type="primary",
            icon=":material/save:",
            on_click=_save,
            args=(model, positive),
            disabled=saved == cutoff,
        )
        if saved is not None:
            st.button(
                _("Take the saved cut-off away"),
                key="predict_cutoff_drop",
                icon=":material/undo:",
                on_click=_take_away,
                args=(model,),
            )


def _save(model: str, positive: str) -> None:
    cutoff = round(float(st.session_state[CUTOFF]), DIGITS)  # what the slider shows by now
    _keep(
        model,
        cutoff,
        _("Saved. From now on the model says “{name}” from {cutoff} on, everywhere.").format(
            name=positive, cutoff=percent(cutoff)
        ),
    )


def _take_away(model: str) -> None:
    _keep(model, None, _("Taken away. From now on the model answers as it was trained to, everywhere."))


def _keep(model: str, cutoff: float | None, done: str) -> None:
    """Save or take away; what came of it is said where the part is shown again, as nothing can be shown here."""
    try:
        with shared.writing():
            change_cutoff(shared.store(), session.actor(), model, cutoff)
    except PizarraError as error:
        afterwards.say(OUTCOME, error)
        return
    afterwards.say(OUTCOME, done)
