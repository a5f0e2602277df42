"""Is the model still right: by true answers, where some are known, else by what its test rows lead to expect."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd
import streamlit as st

from core.comparison.measures import TESTED, recompute
from core.comparison.noise import Interval
from core.errors import ModelError
from core.figures import scores as figure
from core.i18n import _, moment, number, percent
from core.monitoring.calibration import calibrate
from core.monitoring.checks import cut_alike
from core.monitoring.estimated import Estimated, estimate_classes, estimate_numbers
from core.monitoring.labelled import labelled
from core.monitoring.residuals import residuals_of
from core.monitoring.scores import OF_CLASSES, OF_NUMBERS, OUTCOMES, Scores, score_windows
from core.monitoring.windows import as_given, by_count
from core.process import cache
from core.process.memory import kept
from core.ui import charts, frame, pickers, session, tables
from core.ui.monitor import finding
from core.ui.monitor.choice import Monitored

SIZES = (50, 100, 200, 500)
MOST_SHOWN = 12  # windows
NOTHING = "–"


@dataclass(frozen=True)
class _Standing:
    """What is known: scores by metric where there are true answers, else an estimate, or why there is neither."""

    scores: Scores | None = None
    estimated: Estimated | None = None
    problem: ModelError | None = None


def show(monitored: Monitored) -> None:
    """Show how good the answers are, or are expected to be."""
    said = finding.answers_to(monitored)
    if said is None:
        return
    metrics = OF_CLASSES if said.is_class else OF_NUMBERS
    truths = monitored.truths
    if truths is None or not truths.notna().any():
        st.markdown(_("No row has a true answer, so this is estimated."))
        _show_estimated(monitored, _estimated(monitored))
        return
    metric = pickers.choose_here(_("Metric"), list(metrics), key="monitor_metric")
    standing = _scored(monitored, metric)
    if standing.problem is not None:
        frame.show_error(standing.problem)
    elif standing.scores is not None:
        _show_scores(standing.scores, metric)
    with st.expander(_("What would be expected without true answers"), icon=":material/query_stats:"):
        _show_estimated(monitored, _estimated(monitored))


def expected(monitored: Monitored) -> float | None:
    """Return what share of the answers would be right, or how far off they would be, without true answers."""
    found = _estimated(monitored)
    one = None if found is None else found.metrics.get("accuracy", found.metrics.get("mae"))
    return None if one is None or one.value != one.value else one.value


def _show_scores(found: Scores, metric: str) -> None:
    for words in found.words:
        st.markdown(words)
    if found.together.found is None:
        return
    title = _("{metric} by window").format(metric=metric)
    labels = [_label(found, place) for place in range(len(found.windows))]
    charts.show(
        figure.scores(found, labels, title, session.style()),
        key="monitor_scores_figure",
        alt=title,
        table=lambda: _table(found, labels),
    )


def _label(found: Scores, place: int) -> str:
    begin = found.windows[place].window.begin
    # Windows may begin in the same minute
    return (
        f"{number(place + 1, 0)} · {moment(begin)}"
        if begin
        else _("window {number}").format(number=number(place + 1, 0))
    )


def _table(found: Scores, labels: list[str]) -> pd.DataFrame:
    return pd.DataFrame([
        {
            _("Window"): label,
            _("Rows"): one.rows,
            _("True answers"): one.known,
            found.metric: None if one.found is None else one.found.value,
            _("at least"): None if one.found is None else one.found.low,
            _("at most"): None if one.found is None else one.found.high,
            _("What that says"): _(OUTCOMES[one.outcome]),
        }
        for label, one in zip(labels, found.windows, strict=True)
    ])  # fmt: skip


@kept(lambda monitored, metric: (monitored.key, metric, _known(monitored)), max_entries=32)
def _scored(monitored: Monitored, metric: str) -> _Standing:
    said, truths = finding.answers_to(monitored), monitored.truths
    if said is None or truths is None:
        return _Standing()
    tested = cut_alike(monitored.asked.predictor, cache.test_rows(monitored.asked.version))
    try:
        known = labelled(pd.Series(said.values), truths, said.probabilities, tested)
    except ModelError as problem:
        return _Standing(problem=problem)
    size = next(size for size in SIZES if len(truths) <= size * MOST_SHOWN or size == SIZES[-1])
    windows = as_given(len(truths), size) if monitored.at is None else by_count(monitored.at, size)
    return _Standing(scores=score_windows(known, windows, metric, tested))


def _known(monitored: Monitored) -> int:
    return 0 if monitored.truths is None else int(monitored.truths.notna().sum())


@kept(lambda monitored: monitored.key, max_entries=32)
def _estimated(monitored: Monitored) -> Estimated | None:
    said = finding.answers_to(monitored)
    if said is None:
        return None
    tested = cut_alike(monitored.asked.predictor, cache.test_rows(monitored.asked.version))
    if said.is_class:
        return estimate_classes(calibrate(tested), pd.Series(said.values, dtype=object), said.probabilities)
    return estimate_numbers(residuals_of(tested), pd.Series(said.values))


def _show_estimated(monitored: Monitored, found: Estimated | None) -> None:
    if found is None:
        return
    if found.metrics:
        tested = cut_alike(monitored.asked.predictor, cache.test_rows(monitored.asked.version))
        tables.show(
            pd.DataFrame([_line(name, one, tested) for name, one in found.metrics.items()]),
            key="monitor_estimated",
            alt=_("Estimated metrics, one a line"),
        )
    for words in found.words:
        st.markdown(words)


def _line(name: str, found: Interval, tested: pd.DataFrame | None) -> dict[str, object]:
    test = float("nan") if tested is None else recompute(tested, f"{TESTED}{name}")
    return {
        _("Metric"): name,
        _("Estimated"): _shown(name, found.value),
        _("between"): f"{_shown(name, found.low)} – {_shown(name, found.high)}",
        _("On the test rows"): _shown(name, test),
    }


def _shown(name: str, value: float) -> str:
    if value != value:
        return NOTHING
    return number(value) if name in OF_NUMBERS else percent(value)
