"""One contract over every figure: whatever a store holds, the figure has a title, is JSON and shows names as text."""

from __future__ import annotations

import json
import re

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import pytest

from core.comparison.differences import rank
from core.comparison.grounds import Pair
from core.comparison.noise import Difference
from core.comparison.slice_scores import SliceScore
from core.comparison.slices import ALL_ROWS, Part, Slice
from core.figures import (
    answers,
    bars,
    behind,
    confusion,
    curves,
    cutoffs,
    distributions,
    heatmap,
    importance,
    parallel,
    pareto,
    probabilities,
    residuals,
    responses,
    scatter,
    slices,
    surface,
    together,
    votes,
    waterfall,
)
from core.figures.style import Style, label
from core.figures.tables import with_headings
from core.i18n import LANGUAGES, number, speaking
from core.store.runs.tables import INFO_COLUMNS, Runs

HOSTILE = [
    '<a href="javascript:alert(1)">x</a>', "%{x}", "x" * 350, "日本語 ñ 🌳", "<b>bold</b><br>&lt;i&gt;", None,
    "same", "same", "{run}", "<extra>", "a\u202eb\nc",
]  # fmt: skip
PARAM, CATEGORY, METRIC = '<a href="javascript:alert(1)">p</a>', "%{c}<b>", "test_accuracy<i>&amp;</i>"
OURS = re.compile(r'<br>|<extra></extra>|</?span( style="[a-z-]+:[#\w]+")?>|%\{(customdata(\[0\])?|x|y|text)\}')


def made_runs(values, categories=None, seed=0):
    """Runs with these metric values and hostile names everywhere."""
    count = len(values)
    ids = [f"r{place}" for place in range(count)]
    rng = np.random.default_rng(seed)
    info = pd.DataFrame("", index=ids, columns=INFO_COLUMNS, dtype=object)
    info["algorithm"] = [str(HOSTILE[place % len(HOSTILE)] or "") for place in range(count)]
    category = categories or [HOSTILE[place % len(HOSTILE)] for place in range(count)]
    params = pd.DataFrame({PARAM: rng.integers(1, 9, count).astype(str), CATEGORY: category, "run": "1"}, index=ids)
    metrics = pd.DataFrame({METRIC: values, "rmse": values, METRIC + "2": values}, index=ids, dtype=float)
    runs = Runs(info, params.astype(object).where(params.notna(), None), metrics)
    return runs, {run_id: HOSTILE[place % len(HOSTILE)] for place, run_id in enumerate(ids)}


VALUES = {
    "nothing": [],
    "one": [0.5],
    "missing": [np.nan] * 5,
    "infinite": [np.inf, -np.inf, 0.5, 0.25, np.nan],
    "only infinite": [np.inf, -np.inf],
    "equal": [0.0] * 4,
    "negative": [-3.0, -1e-7, 2.0, 0.0],
    "enormous": [1e300, -1e300, 1e-300],
    "hostile": list(np.linspace(0.1, 1, len(HOSTILE))),
    "thousand": list(np.random.default_rng(0).random(1001)),
}


def _history(runs):
    rows = [(run_id, step, value) for run_id in runs.ids[:200] for step, value in enumerate(runs.metrics[METRIC][:5])]
    return pd.DataFrame(rows, columns=["run_id", "step", "value"])


def _single(runs):
    return pd.DataFrame({"run_id": runs.ids, "step": 0, "value": runs.metrics[METRIC].to_numpy()})


def _answers(runs, labels):
    values = runs.metrics[METRIC]
    names = [str(HOSTILE[place % len(HOSTILE)]) + str(place) for place in range(len(values))]
    return {"<b>one</b>": dict(zip(names, values, strict=True)), "%{two}": dict(zip(names[::-1], values, strict=True))}


def _frame(runs):
    return pd.DataFrame({PARAM: runs.metrics[METRIC].to_numpy(), CATEGORY: runs.params[CATEGORY].to_numpy()})


def _marked(runs):
    return {run_id: place for place, run_id in enumerate(runs.ids[1:7])}


def _intervals(runs):
    return {run_id: (value - 0.1, value + 0.3) for run_id, value in runs.metrics[METRIC].items()}


def _pairs(runs):
    leader, *others = list(rank(runs, "rmse").dropna().index) or [""]
    known = [Difference("better", gap=0.3, low=0.1, high=0.5), Difference("close", gap=0.1, low=-0.1, high=0.3),
             Difference("identical", gap=0.0, low=0.0, high=0.0), Difference("unknown", "no_table")]  # fmt: skip
    return [Pair(leader, other, known[place % 4]) for place, other in enumerate(others)]


def _evaluation(runs):
    classes = runs.params[CATEGORY].to_numpy()
    return pd.DataFrame({"answer": classes, "prediction": classes[::-1]})


def _evaluations(runs):
    values = runs.metrics[METRIC].to_numpy()
    table = pd.DataFrame({"answer": values, "prediction": values[::-1]})
    return dict.fromkeys(runs.ids[:8], table)


def _importances(runs):
    values = runs.metrics[METRIC].to_numpy()
    return pd.DataFrame({"param": runs.params[CATEGORY].to_numpy(), "importance": values,
                         "effect": runs.params[CATEGORY].to_numpy()})  # fmt: skip


def _counts(runs):
    return dict(zip(cutoffs.OUTCOMES, [len(runs), len(runs) // 2, 0, min(len(runs), 50)], strict=True))


def _votes(runs):
    answers = runs.params[CATEGORY].to_numpy()
    return [votes.Vote(str(name), place % 7, place == 1, place < 3) for place, name in enumerate(answers[:12])]


def _guesses(runs):
    return votes.in_ranges(runs.metrics[METRIC].to_list(), number, 0.5, 1e6)


def _responses(runs, values):
    models = [str(HOSTILE[place % 3]) for place in range(len(runs.ids))]
    return pd.DataFrame({"value": values, "place": range(len(models)), "model": models,
                         "answer": runs.metrics[METRIC].to_numpy()})  # fmt: skip


def _surface(runs):
    return pd.DataFrame({"x": runs.metrics["rmse"].to_numpy()[::-1], "y": runs.params[CATEGORY].to_numpy(),
                         "answer": runs.metrics[METRIC].to_numpy()})  # fmt: skip


def _pairs_of_columns(runs):
    strengths = np.tanh(runs.metrics[METRIC].to_numpy() / 2)
    names = [f"{HOSTILE[place % len(HOSTILE)]}{place % 20}" for place in range(len(strengths))]
    measures = [["spearman", "cramer", "ratio"][place % 3] for place in range(len(strengths))]
    return pd.DataFrame({"first": names, "second": [f"{name}%{{x}}" for name in names[::-1]], "strength": strengths,
                         "measure": measures, "pearson": strengths, "rows": 7})  # fmt: skip


RESPONSE = {"name": PARAM, "answer_title": METRIC}
SURFACE = {"x_name": PARAM, "y_name": CATEGORY, "answer_title": METRIC, "current": (0.5, "%{x}"), "answer": 0.5}


def _contributions(runs):
    return pd.Series(runs.metrics[METRIC].to_numpy(), index=runs.params[CATEGORY].to_numpy())


def _waterfall(runs, style):
    moved = _contributions(runs)
    values = {str(name): str(name) for name in moved.index}
    return waterfall.waterfall(moved, 0.5, 0.7, style, show=number, title=label(METRIC), values=values)


def _cost_curves(runs):
    values = runs.metrics[METRIC].to_numpy()
    curve = pd.DataFrame({"cutoff": np.linspace(0, 1, len(values)), "cost": values})
    return {str(HOSTILE[place]): curve for place in range(min(8, len(values)))}


def _scores(runs):
    values = runs.metrics[METRIC].to_numpy()
    kinds = [Part(PARAM, "value", str(HOSTILE[place % len(HOSTILE)])) for place in range(len(values))]
    groups = [ALL_ROWS, *(Slice((kind,)) for kind in dict.fromkeys(kinds))]
    standings = ["close", "worse", "better", "few"]
    return {
        run_id: [
            SliceScore(group, 7, 5, value, value - 0.1, value + 0.1, standing=standings[place % 4])
            for place, (group, value) in enumerate(zip(groups, values, strict=False))
        ]
        for run_id in runs.ids[:4]
    }


CONSTRAINTS = {PARAM: (2.0, 5.0), CATEGORY: ["same", "%{x}"], METRIC: (0.1, float("inf")), "<b>": (0.0, 1.0)}

FIGURES = {
    "metric bars": lambda r, n, s: (bars.metric_bars_data(r, METRIC, n), bars.metric_bars(r, METRIC, n, s)),
    "behind": lambda r, n, s: (
        behind.behind_data(r, "rmse", _pairs(r), n), behind.behind(r, "rmse", _pairs(r), n, s, highlight=_marked(r))),
    "number scatter": lambda r, n, s: (
        scatter.scatter_data(r, PARAM, METRIC, n), scatter.scatter(r, PARAM, METRIC, n, s)),
    "category scatter": lambda r, n, s: (
        scatter.scatter_data(r, CATEGORY, METRIC, n), scatter.scatter(r, CATEGORY, METRIC, n, s)),
    "metric scatter": lambda r, n, s: (
        scatter.scatter_data(r, "rmse", METRIC, n, "metric", n), scatter.scatter(r, "rmse", METRIC, n, s, "metric", n)),
    "parallel coordinates": lambda r, n, s: (
        parallel.parallel_coordinates_data(r, [PARAM, CATEGORY, "run"], METRIC, n),
        parallel.parallel_coordinates(r, [PARAM, CATEGORY, "run"], METRIC, n, s)),
    "curves": lambda r, n, s: (
        curves.metric_curves_data(_history(r), n), curves.metric_curves(_history(r), METRIC, n, s)),
    "curves of one value": lambda r, n, s: (
        curves.metric_curves_data(_single(r), n), curves.metric_curves(_single(r), METRIC, n, s)),
    "histogram": lambda r, n, s: (
        distributions.histogram_data(_frame(r)[PARAM]), distributions.histogram(_frame(r)[PARAM], s)),
    "histogram by class": lambda r, n, s: (
        distributions.histogram_data(_frame(r)[PARAM], _frame(r)[CATEGORY]),
        distributions.histogram(_frame(r)[PARAM], s, _frame(r)[CATEGORY])),
    "category counts": lambda r, n, s: (
        distributions.category_counts_data(_frame(r)[CATEGORY]), distributions.category_counts(_frame(r)[CATEGORY], s)),
    "shares by words": lambda r, n, s: (
        answers.shares_data(_frame(r)[CATEGORY], _frame(r)[CATEGORY]),
        answers.shares(_frame(r)[CATEGORY], _frame(r)[CATEGORY], s)),
    "shares by numbers": lambda r, n, s: (
        answers.shares_data(_frame(r)[PARAM], _frame(r)[CATEGORY]),
        answers.shares(_frame(r)[PARAM], _frame(r)[CATEGORY], s)),
    "middles by words": lambda r, n, s: (
        answers.middles_data(_frame(r)[CATEGORY], _frame(r)[PARAM]),
        answers.middles(_frame(r)[CATEGORY], _frame(r)[PARAM], s)),
    "middles by numbers": lambda r, n, s: (
        answers.middles_data(_frame(r)[PARAM], _frame(r)[PARAM]),
        answers.middles(_frame(r)[PARAM], _frame(r)[PARAM], s)),
    "class balance": lambda r, n, s: (
        distributions.class_balance_data(_frame(r)[CATEGORY]), distributions.class_balance(_frame(r)[CATEGORY], s)),
    "class probabilities": lambda r, n, s: (
        probabilities.class_probabilities_data(_answers(r, n)), probabilities.class_probabilities(_answers(r, n), s)),
    "highlighted bars with intervals": lambda r, n, s: (
        bars.metric_bars_data(r, METRIC, n, _intervals(r)),
        bars.metric_bars(r, METRIC, n, s, intervals=_intervals(r), highlight=_marked(r))),
    "highlighted number scatter": lambda r, n, s: (
        scatter.scatter_data(r, PARAM, "rmse", n), scatter.scatter(r, PARAM, "rmse", n, s, highlight=_marked(r))),
    "highlighted category scatter": lambda r, n, s: (
        scatter.scatter_data(r, CATEGORY, METRIC, n), scatter.scatter(r, CATEGORY, METRIC, n, s, highlight=_marked(r))),
    "constrained parallel coordinates": lambda r, n, s: (
        parallel.parallel_coordinates_data(r, [PARAM, CATEGORY], METRIC, n),
        parallel.parallel_coordinates(
            r, [PARAM, CATEGORY], METRIC, n, s, 50, constraints=CONSTRAINTS, highlight=_marked(r))),
    "smoothed curves": lambda r, n, s: (
        curves.metric_curves_data(_history(r), n, 0.8),
        curves.metric_curves(
            _history(r), METRIC, n, s, smoothing=0.8, log_x=True, log_y=True, highlight=_marked(r), directions={})),
    "pareto": lambda r, n, s: (
        pareto.pareto_data(r, "rmse", METRIC, n), pareto.pareto(r, "rmse", METRIC, n, s)),
    "highlighted pareto": lambda r, n, s: (
        pareto.pareto_data(r, "rmse", METRIC, n), pareto.pareto(r, "rmse", METRIC, n, s, highlight=_marked(r))),
    "heatmap": lambda r, n, s: (
        heatmap.heatmap_data(r, PARAM, CATEGORY, METRIC), heatmap.heatmap(r, PARAM, CATEGORY, METRIC, s)),
    "confusion": lambda r, n, s: (
        confusion.confusion_data(_evaluation(r)), confusion.confusion(_evaluation(r), HOSTILE[0], s)),
    "residuals": lambda r, n, s: (
        residuals.residuals_data(_evaluations(r), n), residuals.residuals(_evaluations(r), n, s)),
    "residual quantiles": lambda r, n, s: (
        residuals.residual_quantiles(_evaluations(r), n), residuals.residuals(_evaluations(r), n, s, highlight={})),
    "response to a number": lambda r, n, s: (
        responses.response_curve_data(_responses(r, r.metrics[METRIC].to_numpy())),
        responses.response_curve(_responses(r, r.metrics[METRIC].to_numpy()), 0.5, s, **RESPONSE)),
    "response to a category": lambda r, n, s: (
        responses.response_curve_data(_responses(r, r.params[CATEGORY].to_numpy())),
        responses.response_curve(_responses(r, r.params[CATEGORY].to_numpy()), "%{x}", s, **RESPONSE)),
    "response surface": lambda r, n, s: (
        surface.response_surface_data(_surface(r)), surface.response_surface(_surface(r), s, **SURFACE)),
    "waterfall": lambda r, n, s: (waterfall.waterfall_data(_contributions(r), 0.5), _waterfall(r, s)),
    "votes": lambda r, n, s: (votes.votes_data(_votes(r)), votes.votes(_votes(r), s)),
    "guesses": lambda r, n, s: (votes.votes_data(_guesses(r)), votes.votes(_guesses(r), s)),
    "people": lambda r, n, s: (
        cutoffs.people_data(_counts(r), HOSTILE[0], HOSTILE[4], _counts(r)),
        cutoffs.people_figure(_counts(r), HOSTILE[0], HOSTILE[4], s, too_rare=["false_positive"])),
    "costs": lambda r, n, s: (
        cutoffs.cost_data(_cost_curves(r)), cutoffs.cost_figure(_cost_curves(r), 0.3, dict.fromkeys(HOSTILE, 0.5), s)),
    "columns that go together": lambda r, n, s: (
        together.together_data(_pairs_of_columns(r)),
        together.together(_pairs_of_columns(r), s, first=f"{HOSTILE[1]}1", sampled=20_000)),
    "groups of rows": lambda r, n, s: (
        slices.slices_data(_scores(r), n), slices.slices(_scores(r), METRIC, [PARAM, CATEGORY], n, s)),
    "importance": lambda r, n, s: (
        importance.importance_data(_importances(r)), importance.importance(_importances(r), METRIC, s)),
}  # fmt: skip


def texts(node):
    """Yield every string in a figure."""
    if isinstance(node, str):
        yield node
    elif isinstance(node, dict):
        for key, value in node.items():
            if key != "bdata":
                yield from texts(value)
    elif isinstance(node, (list, tuple, np.ndarray)):
        for value in node:
            yield from texts(value)


def assert_keeps_the_contract(table, figure):
    assert isinstance(table, pd.DataFrame)
    assert with_headings(table).columns.is_unique
    assert isinstance(figure, go.Figure)
    content = figure.to_dict()
    assert content["layout"]["title"]["text"].strip("–<br> ")
    json.loads(figure.to_json())
    for text in texts(content):
        foreign = OURS.sub("", text)
        assert not re.search(r"<[a-zA-Z/!]|&(#?\w+);|%\{", foreign), text
    if not content["data"]:
        assert len(content["layout"]["annotations"][0]["text"]) > 20


@pytest.mark.part(138)
@pytest.mark.parametrize("case", VALUES)
@pytest.mark.parametrize("name", FIGURES)
def test_every_figure_survives_ugly_stores(name, case):
    assert_keeps_the_contract(*FIGURES[name](*made_runs(VALUES[case]), Style()))


@pytest.mark.part(45)
@pytest.mark.parametrize("case", ["nothing", "infinite", "hostile"])
@pytest.mark.parametrize("name", FIGURES)
def test_every_figure_speaks_every_language_on_slate_and_projector(name, case):
    for language in LANGUAGES:
        with speaking(language):
            style = Style(dark=True, projector=True)
            assert_keeps_the_contract(*FIGURES[name](*made_runs(VALUES[case]), style))


@pytest.mark.part(3)
@pytest.mark.parametrize("name", FIGURES)
def test_no_data_gives_a_titled_figure_that_says_what_to_do(name):
    _, figure = FIGURES[name](*made_runs([]), Style())
    assert not figure.data
    assert figure.layout.annotations[0].text


def test_the_best_bar_is_marked_by_word_star_and_colour():
    runs, _ = made_runs([0.5, 0.9])
    figure = bars.metric_bars(runs, METRIC, {"r0": "a", "r1": "b"}, Style())
    assert figure.data[0].text == ("0.9 best", "0.5")
    assert figure.layout.yaxis.ticktext == ("★ b", "a")
    assert figure.data[0].marker.color[0] == Style().accent


def test_bars_left_out_are_counted():
    runs, labels = made_runs(VALUES["thousand"])
    figure = bars.metric_bars(runs, METRIC, labels, Style(), at_most=30)
    assert len(figure.data[0].y) == 30
    assert "971 more runs" in figure.layout.title.subtitle.text.replace("<br>", " ")


def test_runs_without_a_finite_value_are_counted():
    runs, labels = made_runs(VALUES["infinite"], ["a"] * 5)
    for figure in (
        scatter.scatter(runs, PARAM, METRIC, labels, Style()),
        parallel.parallel_coordinates(runs, [PARAM], METRIC, labels, Style()),
    ):
        assert "3 runs without a value" in figure.layout.title.subtitle.text.replace("<br>", " ")


def test_a_thousand_points_are_drawn_by_webgl():
    few, _ = made_runs([0.5] * 1000, ["a"] * 1000)
    many, _ = made_runs(VALUES["thousand"], ["a"] * 1001)
    assert scatter.scatter(few, PARAM, METRIC, {}, Style()).data[0].type == "scatter"
    assert scatter.scatter(many, PARAM, METRIC, {}, Style()).data[0].type == "scattergl"


def test_values_across_magnitudes_get_a_log_axis():
    runs, _ = made_runs([0.1, 0.2, 0.3])
    runs.params[PARAM] = ["0.001", "0.1", "1"]
    assert scatter.scatter(runs, PARAM, METRIC, {}, Style()).layout.xaxis.type == "log"
    runs.params[PARAM] = ["0", "0.1", "1"]
    assert scatter.scatter(runs, PARAM, METRIC, {}, Style()).layout.xaxis.type == "linear"


def test_a_category_is_drawn_as_a_box_with_its_points():
    runs, _ = made_runs([0.1, 0.2, 0.3], ["gini", "gini", "entropy"])
    figure = scatter.scatter(runs, CATEGORY, METRIC, {}, Style())
    assert figure.data[0].type == "box"
    assert figure.layout.xaxis.ticktext == ("entropy", "gini")


def test_lower_is_better_turns_its_axis_over():
    runs, _ = made_runs([1.0, 2.0])
    low, high = parallel.parallel_coordinates(runs, [PARAM], "rmse", {}, Style()).data[0].dimensions[-1].range
    assert low > high
    low, high = parallel.parallel_coordinates(runs, [PARAM], METRIC, {}, Style()).data[0].dimensions[-1].range
    assert low < high


def test_a_single_point_is_a_marker_and_a_history_a_line():
    history = pd.DataFrame({"run_id": ["a", "b", "b"], "step": [0, 1, 0], "value": [1.0, 2.0, 3.0]})
    figure = curves.metric_curves(history, "loss", {}, Style())
    assert [trace.mode for trace in figure.data] == ["markers", "lines+markers"]
    assert list(figure.data[1].x) == [0, 1]


def test_class_balance_shows_counts_and_percentages():
    figure = distributions.class_balance(pd.Series(["no"] * 3 + ["yes"], name="churn"), Style())
    assert figure.data[0].text == ("3 · 75%", "1 · 25%")
    assert "3 times" in figure.layout.title.subtitle.text


def test_a_histogram_counts_every_row_once():
    values = pd.Series([1.0, 2.0, 2.0, np.nan, np.inf], name="x")
    table = distributions.histogram_data(values, pd.Series(["a", "b", None, "a", "a"]))
    assert table["count"].sum() == 3


def test_two_models_are_told_apart_by_pattern_and_legend():
    figure = probabilities.class_probabilities({"v1": {"a": 0.4, "b": 0.6}, "v2": {"a": 0.9, "b": 0.1}}, Style())
    assert list(figure.data[0].text) == ["★ 60%", "10%", "40%", "★ 90%"]
    assert [trace.name for trace in figure.data[1:]] == ["v1", "v2"]
    assert set(figure.data[0].marker.pattern.shape) == {"", "/"}


def test_spanish_bars_write_numbers_with_a_comma():
    runs, _ = made_runs([0.5])
    with speaking("es"):
        assert bars.metric_bars(runs, METRIC, {}, Style()).data[0].text[0].startswith("0,5")


def test_a_hostile_title_reads_as_text():
    runs, labels = made_runs([0.5])
    assert label(METRIC) in bars.metric_bars(runs, METRIC, labels, Style()).layout.title.text
