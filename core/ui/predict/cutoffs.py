"""The cut-off of a model of two classes, in people and in money: try one, see what it costs, save it for everybody."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isclose
from types import MappingProxyType

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
    cost_on_other_rows,
    outcomes,
    people,
    two_classes,
)
from core.prediction.predict import Prediction
from core.process import cache, shared
from core.process.asked import AskedModel, AskedVersion, saved_cutoff
from core.process.memory import kept
from core.store.registry.promotion import change_cutoff
from core.text import plain
from core.ui import afterwards, charts, frame, session
from core.ui.predict import tried_cutoff

CUTOFF, COST_OF_WRONG, COST_OF_MISSED = "predict_cutoff", "predict_cost_fp", "predict_cost_fn"
ABOUT, OUTCOME = "predict_cutoff_about", "predict_cutoff_outcome"
LOWEST, HIGHEST, STEP = 0.0, 1.0, 0.01
USUAL, NAME_LENGTH = tried_cutoff.USUAL, tried_cutoff.NAME_LENGTH
EMPTY: Mapping[str, Prediction] = MappingProxyType({})


@dataclass(frozen=True)
class _Tested:
    """A version with its stored test answers, of the two ``classes``; the second is what a cut-off is about."""

    asked: AskedModel
    rows: pd.DataFrame
    classes: tuple[str, str]

    @property
    def place(self) -> str:
        """What tells it from the others."""
        return self.asked.place


def show_cutoffs(asked: Sequence[AskedModel], said: Mapping[str, Prediction] = EMPTY) -> None:
    """Show what a cut-off means for models of one question on their stored test rows; a version's is saved for all.

    ``said`` is what they answer to the case that is looked at, by place.
    """
    tested = _tested(asked)
    if not tested:
        return
    first = tested[0].asked
    saved = saved_cutoff(first)
    is_registered = isinstance(first, AskedVersion)  # what belongs to a run alone is saved nowhere
    afterwards.show(OUTCOME, afterwards.toast)
    negative, positive = (plain(name, NAME_LENGTH) for name in tested[0].classes)
    st.markdown(
        _(
            "The model says how likely each case is “{positive}”. The **cut-off** is the probability from which on it "
            "answers “{positive}” and not “{negative}”: a low one misses few and gives many false alarms, a high one "
            "the other way round."
        ).format(positive=positive, negative=negative)
    )
    cutoff = _choose_cutoff(first.subject, saved, positive)
    if is_registered:
        tried_cutoff.say_whether_saved(positive, cutoff, saved)
    else:
        tried_cutoff.say_of_a_run(cutoff)
    for one in tested:
        if one.place in said:
            title = one.asked.title if len(tested) > 1 else ""
            tried_cutoff.say_of_this_case(said[one.place], one.classes, cutoff, title)
    costs = _choose_costs(positive)
    style = session.style()
    found = [outcomes(one.rows, one.classes[1], cutoff) for one in tested]
    for place, one, counted in zip(st.columns(len(tested), gap="medium"), tested, found, strict=True):
        with place:
            _show_people(one, counted, costs)
    curves = [cost_curve(one.rows, one.classes[1], costs) for one in tested]
    least = [cheapest(curve) for curve in curves]
    titles = [one.asked.title for one in tested]
    by_title = dict(zip(titles, curves, strict=True))
    charts.show(
        figures.cost_figure(by_title, cutoff, dict(zip(titles, least, strict=True)), style),
        key="predict_costs",
        alt=_("What the errors cost at each cut-off"),
        table=lambda: figures.cost_data(by_title),
    )
    for one, best, curve in zip(tested, least, curves, strict=True):
        _offer_cheapest(one, best, cutoff, costs, several=len(tested) > 1)
        _say_where_never_is_cheaper(one, curve, outcomes(one.rows, one.classes[1], best).cost(costs))
    if is_registered:
        _offer_to_save(first.subject, positive, cutoff, saved)


def _tested(asked: Sequence[AskedModel]) -> list[_Tested]:
    """Return the versions a cut-off can be looked at for, and say why the others are left out."""
    tested: list[_Tested] = []
    for one in asked:
        rows = cache.test_rows(one.stored)
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
        _("Try: say “{name}” from this probability on").format(name=positive),
        LOWEST,
        HIGHEST,
        step=STEP,
        format="percent",
        key=CUTOFF,
    )
    session.remember(_kept(CUTOFF), chosen)
    return _without_noise(chosen)


def _without_noise(cutoff: float) -> float:
    """Return the step of the slider that is meant, as browsers reckon it with noise behind; others are kept exactly."""
    step = round(float(cutoff), 2)
    return step if isclose(step, cutoff, rel_tol=1e-15, abs_tol=0) else float(cutoff)


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
    key = f"predict_people_{one.place}"
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
    _say_who_has_no_figure(one, found, shown.too_rare)


def _say_who_has_no_figure(one: _Tested, found: Outcomes, too_rare: Sequence[str]) -> None:
    """Say of how many rows each outcome is that is too rare to be one of the hundred figures."""
    if not too_rare:
        return
    negative, positive = one.classes
    words = figures.outcome_words(positive, negative, plain, NAME_LENGTH)
    rare = [f"{words[kind]} ({number(found.counts[kind], 0)})" for kind in too_rare]
    frame.note(_("Too few rows for a figure: {outcomes}.").format(outcomes=", ".join(rare)))


def _share(value: float | None) -> str:
    return "–" if value is None else percent(value)


def _offer_cheapest(one: _Tested, best: float, cutoff: float, costs: Costs, *, several: bool) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button(
            _("Use the cheapest cut-off"),
            key=f"predict_cheapest_{one.place}",
            icon=":material/star:",
            on_click=_move,
            args=(best,),
            disabled=best == cutoff,
        )
        words = _price_of_cheapest(one, best, costs)
        st.markdown(f"{one.asked.title}: {words}" if several else words, width="content")


def _price_of_cheapest(one: _Tested, best: float, costs: Costs) -> str:
    """Say what the cheapest cut-off costs on the rows that chose it, and on others."""
    cutoff, positive = f"**{figures.cutoff_words(best)}**", one.classes[1]
    cost = number(outcomes(one.rows, positive, best).cost(costs), 2)
    on_others = _cost_on_other_rows(one, costs)
    if on_others is None:
        return _("{cutoff}, where errors cost {cost} per 100 of the test rows that it was chosen on.").format(
            cutoff=cutoff, cost=cost
        )
    return _(
        "{cutoff}, where errors cost {cost} per 100 of the test rows that it was chosen on. Expect about {others} on "
        "others: that is what a part of the rows costs at the cut-off that the rest chooses, each part in turn."
    ).format(cutoff=cutoff, cost=cost, others=number(on_others, 2))


@kept(
    lambda one, costs: (
        shared.store_name(),
        one.asked.stored.run_id,
        one.classes,
        costs.false_positive,
        costs.false_negative,
    ),
    max_entries=64,
)
def _cost_on_other_rows(one: _Tested, costs: Costs) -> float | None:
    return cost_on_other_rows(one.rows, one.classes[1], costs)


def _say_where_never_is_cheaper(one: _Tested, curve: pd.DataFrame, least: float) -> None:
    """Say so where the model is so sure of some rows that no cut-off can keep it from a costly yes."""
    never = float(curve["cost"].iloc[-1])
    if never < least and not isclose(never, least, rel_tol=1e-9):
        frame.note(
            _(
                "{version}: never saying “{name}” would cost {never} per 100 of these rows, less than any cut-off, but "
                "the model is certain of some of them."
            ).format(version=one.asked.title, name=plain(one.classes[1], NAME_LENGTH), never=number(never, 2))
        )


def _offer_to_save(model: str, positive: str, cutoff: float, saved: float | None) -> None:
    if not frame.allows("save_cutoff", _("Only the presenter may save a cut-off.")):
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
    cutoff = _without_noise(st.session_state[CUTOFF])  # what the slider shows by now
    _keep(
        model,
        cutoff,
        _("Saved. From now on the model says “{name}” from {cutoff} on, everywhere.").format(
            name=positive, cutoff=figures.cutoff_words(cutoff)
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
