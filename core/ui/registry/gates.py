"""Gates on the page: how a version does against them, and the form in which the presenter puts them together."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from core.comparison.columns import ordered_metrics
from core.comparison.direction import higher_is_better
from core.comparison.gates import COMPARISONS, FIXED, Gate, gate, measured_words, read_gates
from core.comparison.measures import from_predictions
from core.comparison.slices import FEWEST_ROWS, feature_names
from core.i18n import _, number
from core.process import cache, shared
from core.store.registry import promotion
from core.store.registry.events import LOGGED, GateOutcome
from core.store.registry.registered_models import RegisteredModel
from core.store.registry.stages import GATES_TAG
from core.store.runs.tables import Runs, finite
from core.text import plain
from core.ui import frame, session

LIMIT, NOT_WORSE, ABOVE, NO_GROUP = "limit", "not_worse", "above_baseline", "no_group"
MOST_LOOKED_INTO = 5  # versions whose test rows say which columns there are


def show_outcomes(outcomes: Sequence[GateOutcome], judged_on: str, *, blocking: bool) -> None:
    """Show each gate as passed or failed with its number, and what that was judged on (``Event.judged_on``)."""
    if not outcomes:
        return
    failed = sum(not outcome.passed for outcome in outcomes)
    title = _("{failed} of {count} gates failed").format(failed=number(failed, 0), count=number(len(outcomes), 0))
    st.markdown(f"**{title if failed else _('All gates passed')}**")
    lines = []
    for outcome in outcomes:
        mark = f":green[✓ {_('passed')}]" if outcome.passed else f":red[✗ {_('failed')}]"
        measured = measured_words(outcome)
        lines.append(f"{mark} · {plain(gate_words(outcome.rule))}" + (f" · **{plain(measured)}**" if measured else ""))
    st.markdown("  \n".join(lines))
    frame.note(judged_on_words(judged_on))
    if failed and not blocking:
        frame.note(_("It may be tried in Staging all the same; Production needs them."))


def judged_on_words(judged_on: str) -> str:
    """Return what gates were judged on in a sentence; "" where nobody wrote it down."""
    if judged_on in {"", LOGGED}:
        return _("Judged on the numbers that the runs logged.") if judged_on else ""
    runs, _missing = cache.some_runs([judged_on])
    name = str(runs.info.at[judged_on, "name"]) if judged_on in runs.info.index else judged_on[:8]
    return _("Judged on the stored test rows of run “{run}”.").format(run=plain(name, 60))


def gate_words(rule: str) -> str:
    """Return a rule in the reader's language, as it is where it cannot be read."""
    return read_gates({GATES_TAG: rule})[0].words if rule.strip() else rule


def edit(model: RegisteredModel, runs: Runs) -> None:
    """Show a model's gates; the presenter can add one and take one away."""
    st.markdown(_("What must hold before a version may go to Production:"))
    gates = read_gates(model.tags)
    allowed = session.actor().may("edit_gates")
    for place, each in enumerate(gates):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(f"- {plain(each.words, 200)}", width="content")
            if allowed:
                st.button(
                    _("Take away"),
                    key=f"registry_gate_drop_{place}",
                    type="tertiary",
                    on_click=_keep,
                    args=(model.name, [g.text for g in gates if g is not each]),
                )
    if not gates:
        frame.note(_("There are no gates: any version may go to Production."))
    if frame.allows("edit_gates", _("Only the presenter may change the gates.")):
        _add(model, gates, runs)


def _add(model: RegisteredModel, gates: Sequence[Gate], runs: Runs) -> None:
    fixed: dict[str, str] = dict(FIXED)  # type: ignore[arg-type]  # a kind is a string
    kinds: dict[str, str] = {
        LIMIT: _("a metric must reach a number"),
        NOT_WORSE: _("a metric must not be worse than in Production"),
        ABOVE: _("a metric must be better than always giving the same answer"),
        NO_GROUP: _("a metric must hold for each group of rows"),
        **{kind: gate(text).words for kind, text in fixed.items()},
    }
    with st.container(border=True, key="registry_gate_form"):
        st.markdown(f"**{_('Add a gate')}**")
        kind = st.selectbox(
            _("Rule"),
            list(kinds),
            format_func=lambda k: kinds[k],
            key="registry_gate_kind",
            label_visibility="collapsed",
        )
        if kind == NO_GROUP:
            text = _rule_of_groups(model, runs)
        else:
            text = fixed[kind] if kind in fixed else _measured_rule(kind, runs)
        if st.button(_("Add"), key="registry_gate_add", icon=":material/add:", disabled=not text):
            _keep(model.name, [*(g.text for g in gates), gate(text).text])
            st.rerun()


def _measured_rule(kind: str, runs: Runs) -> str:
    metrics = ordered_metrics(runs)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        metric = st.selectbox(
            _("Metric"), metrics, index=0 if metrics else None, accept_new_options=True, key="registry_gate_metric"
        )
        if kind == ABOVE:
            return f"{metric} better than baseline" if metric else ""
        if kind == LIMIT:
            comparison = st.selectbox(_("must be"), list(COMPARISONS), key="registry_gate_comparison", width=110)
        value = st.number_input(
            _("Number") if kind == LIMIT else _("may be worse by up to"),
            value=0.85 if kind == LIMIT else 0.01,
            min_value=None if kind == LIMIT else 0.0,
            format="%.4g",
            step=0.01,
            key=f"registry_gate_number_{kind}",
        )
    if not metric:
        return ""
    if kind == LIMIT:
        return f"{metric} {comparison} {value:.12g}"
    return f"{metric} not worse than Production by more than {value:.12g}"


def _rule_of_groups(model: RegisteredModel, runs: Runs) -> str:
    """Ask of which metric no group of a column may be below or above a number."""
    metrics = [name for name in ordered_metrics(runs) if from_predictions(name)]
    tested = (cache.test_rows(version) for version in model.versions[:MOST_LOOKED_INTO])
    columns = next((feature_names(rows) for rows in tested if rows is not None), [])
    with st.container(horizontal=True, vertical_alignment="bottom"):
        metric = st.selectbox(
            _("Metric"), metrics, index=0 if metrics else None, accept_new_options=True,
            key="registry_gate_metric_of_groups",
        )  # fmt: skip
        column = st.selectbox(
            _("Column"), columns, index=0 if columns else None, accept_new_options=True, key="registry_gate_column"
        )
        is_error = higher_is_better(metric or "", runs.directions) is False
        value = st.number_input(
            _("of no group above") if is_error else _("of no group below"),
            value=_usual(runs, metric or "") if is_error else 0.5,
            format="%.4g",
            step=0.01,
            key=f"registry_gate_number_{NO_GROUP}_{'above' if is_error else 'below'}",
        )
    frame.note(
        _("Each category is a group, numbers are divided into bands; groups of fewer than {count} rows that tell the "
          "metric are not judged.").format(count=number(FEWEST_ROWS, 0))
    )  # fmt: skip
    if not metric or not column:
        return ""
    return f"{metric} of no group of {column} {'above' if is_error else 'below'} {value:.12g}"


def _usual(runs: Runs, metric: str) -> float:
    """Return what half of the runs are above in a metric, roughly: an error has no number that fits everywhere."""
    known = finite(runs.metrics[metric]).dropna() if metric in runs.metrics else pd.Series(dtype=float)
    return float(f"{known.median():.2g}") if len(known) else 0.0


def _keep(model: str, rules: Sequence[str]) -> None:
    with frame.reporting(), shared.writing():
        promotion.change_gates(shared.store(), session.actor(), model, list(dict.fromkeys(rules)))
