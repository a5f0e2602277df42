"""What the figures of comparing runs say and how they are drawn."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

from core.figures import bars, confusion, curves, heatmap, importance, parallel, pareto, residuals, scatter
from core.figures.cells import cell_grid
from core.figures.style import Style
from core.store.runs.tables import INFO_COLUMNS, Runs


def made_runs(params, metrics, directions=None):
    count = len(next(iter(metrics.values())))
    ids = [f"r{place}" for place in range(count)]
    table = pd.DataFrame({name: [str(value) for value in values] for name, values in params.items()}, index=ids)
    info = pd.DataFrame("", index=ids, columns=INFO_COLUMNS, dtype=object)
    values = pd.DataFrame({name: list(values) for name, values in metrics.items()}, index=ids, dtype=float)
    return Runs(info, table.astype(object), values, directions=directions or {})


def subtitle(figure):
    return figure.layout.title.subtitle.text.replace("<br>", " ")


def test_intervals_are_lines_around_the_bars_and_columns_in_the_table():
    runs = made_runs({}, {"accuracy": [0.9, 0.5]})
    intervals = {"r0": (0.85, 0.92)}
    figure = bars.metric_bars(runs, "accuracy", {}, Style(), intervals=intervals)
    assert figure.data[0].error_x.array == pytest.approx([0.02, 0])
    assert figure.data[0].error_x.arrayminus == pytest.approx([0.05, 0])
    assert "(95 %)" in subtitle(figure)
    table = bars.metric_bars_data(runs, "accuracy", {}, intervals)
    assert list(table.loc["r0", ["low", "high"]]) == [0.85, 0.92]
    assert "low" not in bars.metric_bars_data(runs, "accuracy", {})


def test_a_gap_is_drawn_with_zero_as_its_best():
    runs = made_runs({"depth": [1, 2, 3]}, {"train_test_gap": [-0.3, 0.02, 0.1], "accuracy": [0.9, 0.8, 0.7]})
    drawn = scatter.scatter(runs, "depth", "train_test_gap", {}, Style())
    assert drawn.layout.yaxis.autorange is None
    assert "Nearest to zero is best." in subtitle(drawn)
    table = bars.metric_bars_data(runs, "train_test_gap", {})
    assert list(table.index[table["best"]]) == ["r1"]
    assert "Nearest to zero is best." in subtitle(
        parallel.parallel_coordinates(runs, ["depth"], "train_test_gap", {}, Style())
    )
    assert list(pareto.pareto_data(runs, "accuracy", "train_test_gap", {})["y"]) == [0.3, 0.02, 0.1]


def test_the_scatter_turns_over_what_should_be_low():
    runs = made_runs({"depth": [1, 2]}, {"rmse": [1, 2], "accuracy": [1, 2]})
    low = scatter.scatter(runs, "depth", "rmse", {}, Style())
    assert low.layout.yaxis.autorange == "reversed"
    assert "turned over, so that up is better" in subtitle(low)
    assert scatter.scatter(runs, "depth", "accuracy", {}, Style()).layout.yaxis.autorange is None
    start, stop = scatter.scatter(runs, "depth", "rmse", {}, Style(), highlight={"r0": 0}).layout.yaxis.range
    assert start > stop


def test_five_points_have_a_trend_and_four_have_none():
    def trends(count):
        runs = made_runs({"depth": range(count)}, {"accuracy": np.arange(count)})
        return [note.text for note in scatter.scatter(runs, "depth", "accuracy", {}, Style()).layout.annotations]

    assert trends(5) == ["trend"]
    assert trends(4) == []


def test_a_trend_is_straight_on_logarithmic_axes():
    x = 10.0 ** np.arange(6)
    ends = scatter.trend(x, 3 * x**2, log_x=True, log_y=True)
    assert ends[0] == pytest.approx([1, 1e5])
    assert ends[1] == pytest.approx([3, 3e10])
    assert scatter.trend(np.ones(9), np.arange(9.0)) is None


def test_ten_thousand_points_stay_light():
    count = 10_000
    ids = [f"{place:032x}" for place in range(count)]
    values = np.random.default_rng(0).random(count)
    runs = Runs(
        pd.DataFrame("", index=ids, columns=INFO_COLUMNS, dtype=object),
        pd.DataFrame({"depth": [str(place) for place in range(count)]}, index=ids, dtype=object),
        pd.DataFrame({"accuracy": values}, index=ids),
    )
    labels = {run_id: "a name of the usual length " + run_id for run_id in ids}
    figure = scatter.scatter(runs, "depth", "accuracy", labels, Style(), highlight={ids[0]: 0})
    assert len(figure.to_json()) < 200_000


def stretches(figure, axis):
    return [list(stretch) for stretch in figure.data[0].dimensions[axis].constraintrange]


def test_a_constraint_is_drawn_on_the_scale_of_its_axis():
    runs = made_runs({"rate": [0.001, 0.01, 0.1, 1]}, {"accuracy": [0.1, 0.2, 0.3, 0.4]})
    drawn = parallel.parallel_coordinates(
        runs, ["rate"], "accuracy", {}, Style(), constraints={"rate": (0.005, 0.5), "accuracy": (0.2, 1)}
    )
    assert stretches(drawn, 0) == [pytest.approx([-2, -1])]
    assert stretches(drawn, 1) == [pytest.approx([0.2, 0.4])]


def test_ticks_keep_their_places_under_a_constraint():
    runs = made_runs({"depth": range(1, 40)}, {"accuracy": np.arange(39)})
    drawn = parallel.parallel_coordinates(runs, ["depth"], "accuracy", {}, Style(), constraints={"depth": (3, 9)})
    ticks = drawn.data[0].dimensions[0]
    assert len(set(ticks.ticktext)) == len(ticks.tickvals)  # Plotly finds a tick by its text
    shown = {text: value for text, value in zip(ticks.ticktext, ticks.tickvals, strict=True) if text.isprintable()}
    assert shown == {"1": 1, "10.5": 10.5, "20": 20, "29.5": 29.5, "39": 39}


def test_ticks_that_read_alike_are_written_once():
    runs = made_runs({"depth": [1, 2, 3]}, {"accuracy": [0.50001, 0.50002, 0.50003]})
    texts = parallel.parallel_coordinates(runs, ["depth"], "accuracy", {}, Style()).data[0].dimensions[1].ticktext
    assert [text for text in texts if text.isprintable()] == ["0.5"]
    assert len(set(texts)) == 3


def test_chosen_categories_are_stretches_of_their_axis():
    runs = made_runs({"kind": ["a", "b", "c", "d"]}, {"accuracy": [0.1, 0.2, 0.3, 0.4]})
    drawn = parallel.parallel_coordinates(
        runs, ["kind"], "accuracy", {}, Style(), constraints={"kind": ["a", "c", "d"]}
    )
    assert stretches(drawn, 0) == [[0, 0], [2, 3]]


def test_a_constraint_that_no_run_satisfies_lies_where_no_line_passes():
    runs = made_runs({"depth": [1, 2]}, {"accuracy": [0.1, 0.2]})
    drawn = parallel.parallel_coordinates(runs, ["depth"], "accuracy", {}, Style(), constraints={"depth": (7, 9)})
    assert stretches(drawn, 0)[0][0] > 2
    assert drawn.data[0].dimensions[0].range[1] > 2


def test_a_condition_without_an_axis_is_counted():
    runs = made_runs({"depth": [1, 2]}, {"accuracy": [0.1, 0.2]})
    drawn = parallel.parallel_coordinates(runs, ["depth"], "accuracy", {}, Style(), constraints={"other": (7, 9)})
    assert "1 condition is on something without an axis" in subtitle(drawn)


def test_many_lines_are_an_even_sample_with_the_best():
    runs = made_runs({"depth": range(500)}, {"accuracy": range(500)})
    drawn = parallel.parallel_coordinates(runs, ["depth"], "accuracy", {}, Style(), at_most=11)
    values = sorted(drawn.data[0].dimensions[-1].values)
    assert len(values) == 11
    assert values[-1] == 499
    assert max(np.diff(values)) <= 50
    assert "11 of 500 runs are drawn" in subtitle(drawn)


def _history(count, steps=3):
    rows = [(f"r{run}", step, run + step) for run in range(count) for step in range(steps)]
    return pd.DataFrame(rows, columns=["run_id", "step", "value"])


def test_six_curves_are_coloured_and_named_and_the_others_grey():
    figure = curves.metric_curves(_history(40), "loss", {}, Style())
    colors = [trace.line.color for trace in figure.data]
    assert colors.count(Style().muted) == 24
    assert len(colors) == 30
    assert len(figure.layout.annotations) == 6
    assert "10 more runs" in subtitle(figure)


def test_smoothing_leaves_what_was_recorded_faint():
    history = pd.DataFrame({"run_id": "a", "step": range(4), "value": [0.0, 1.0, 0.0, 1.0]})
    figure = curves.metric_curves(history, "loss", {}, Style(), smoothing=0.9)
    raw, smooth = figure.data
    assert list(raw.y) == [0, 1, 0, 1]
    assert raw.opacity < 0.5
    assert max(smooth.y[1:]) - min(smooth.y[1:]) < 0.3
    assert "smoothed" in curves.metric_curves_data(history, {}, 0.9)


def test_a_logarithmic_axis_counts_what_it_has_no_place_for():
    figure = curves.metric_curves(_history(1), "loss", {}, Style(), log_x=True, log_y=True)
    assert (figure.layout.xaxis.type, figure.layout.yaxis.type) == ("log", "log")
    assert "1 value has no place" in subtitle(figure)


def test_what_people_said_of_a_metric_is_said_below_its_curves():
    figure = curves.metric_curves(_history(1), "zeal", {}, Style(), directions={"zeal": True})
    assert "Higher is better." in subtitle(figure)


def test_the_front_is_a_staircase_with_its_better_ends_up_and_right():
    runs = made_runs({}, {"rmse": [1, 2, 3], "accuracy": [0.5, 0.9, 0.6]})
    figure = pareto.pareto(runs, "rmse", "accuracy", {}, Style())
    line = figure.data[0]
    assert line.line.shape == "vh"
    assert list(line.x) == [2, 1]
    start, stop = figure.layout.xaxis.range
    assert start > stop
    assert list(pareto.pareto_data(runs, "rmse", "accuracy", {})["front"]) == [True, True, False]
    assert [note.text for note in figure.layout.annotations] == ["r1", "r0"]


def test_a_front_needs_to_know_which_way_is_better():
    runs = made_runs({}, {"zeal": [1, 2], "accuracy": [0.5, 0.9]})
    assert "zeal" in pareto.pareto(runs, "zeal", "accuracy", {}, Style()).layout.annotations[0].text
    assert "two different" in pareto.pareto(runs, "accuracy", "accuracy", {}, Style()).layout.annotations[0].text


def test_few_numbers_are_cells_and_many_are_bins():
    runs = made_runs({"few": [1, 2, 1, 2] * 5, "many": range(20)}, {"accuracy": np.arange(20) / 20})
    table = heatmap.heatmap_data(runs, "few", "many", "accuracy")
    assert list(table["x"].cat.categories) == ["1", "2"]
    assert len(table["y"].cat.categories) == 8
    assert table["count"].sum() == 20


def test_bins_are_even_on_a_log_scale_where_numbers_span_magnitudes():
    runs = made_runs({"rate": 10.0 ** np.linspace(-8, 0, 17), "kind": ["a"] * 17}, {"accuracy": np.arange(17)})
    names = list(heatmap.heatmap_data(runs, "rate", "kind", "accuracy")["x"].cat.categories)
    assert names[-1] == "0.1 – 1"
    assert names[-2] == "0.01 – 0.1"


def test_a_cell_shows_its_mean_and_how_many_runs_it_has():
    runs = made_runs({"a": [1, 1, 2], "b": ["x", "x", "y"]}, {"accuracy": [0.2, 0.4, 0.9]})
    figure = heatmap.heatmap(runs, "a", "b", "accuracy", Style())
    assert sorted(figure.data[1].text) == ["0.3<br>n=2", "0.9<br>n=1"]
    assert int(np.isnan(figure.data[0].z).sum()) == 2


def test_the_best_cells_have_the_same_colour_whichever_way_is_better():
    runs = made_runs({"a": [1, 2], "b": [1, 2]}, {"accuracy": [0.2, 0.4], "rmse": [0.2, 0.4]})
    high, low = (heatmap.heatmap(runs, "a", "b", metric, Style()).data[0].colorscale for metric in ("accuracy", "rmse"))
    assert high[-1][1] == low[0][1]


def test_rare_categories_are_counted():
    kinds = [str(place) + "k" for place in range(20)]
    runs = made_runs({"kind": kinds, "b": ["x"] * 20}, {"accuracy": np.arange(20)})
    assert "5 runs with rare values" in subtitle(heatmap.heatmap(runs, "kind", "b", "accuracy", Style()))


@pytest.mark.parametrize("dark", [True, False])
def test_texts_on_cells_are_black_or_white_as_can_be_read(dark):
    style = Style(dark=dark)
    texts = [["0", "1"]]
    traces = cell_grid(np.array([[0.0, 1.0]]), texts, texts, [style.paper, style.accent], (0.0, 1.0), style)
    assert list(traces[1].textfont.color) == (["#FFFFFF", "#000000"] if dark else ["#000000", "#FFFFFF"])


def test_a_confusion_matrix_counts_rows_and_their_shares():
    table = pd.DataFrame({"answer": ["a", "a", "b", None], "prediction": ["a", "b", "b", "a"]})
    cells = confusion.confusion_data(table).set_index(["answer", "prediction"])
    assert cells.loc[("a", "b")].tolist() == [1, 0.5]
    assert cells.loc[("b", "b")].tolist() == [1, 1.0]
    figure = confusion.confusion(table, "<b>", Style())
    assert "2 of 3 rows" in subtitle(figure)
    assert "1 row of a rarer class or without an answer" in subtitle(figure)


def test_matrices_side_by_side_share_their_classes():
    one = pd.DataFrame({"answer": [1, 2], "prediction": [1.0, 2.0]})
    other = pd.DataFrame({"answer": [10, 2], "prediction": [10, 3]})
    classes = confusion.confusion_classes([one, other])
    assert classes == ["1", "2", "3", "10"]
    assert len(confusion.confusion_data(one, classes)) == 16
    assert confusion.confusion_data(one, classes)["count"].sum() == 2


def test_each_run_has_a_strip_of_residuals_on_the_same_axes():
    tables = {run_id: pd.DataFrame({"answer": [1.0, 2.0], "prediction": [2.0, 2.0 + place]})
              for place, run_id in enumerate("ab")}  # fmt: skip
    figure = residuals.residuals(tables, {"a": "one"}, Style(), highlight={"b": 3})
    assert [trace.meta for trace in figure.data] == ["a", "b"]
    assert figure.data[0].marker.color == Style().muted
    assert figure.data[1].marker.color == Style().color(3)
    assert figure.layout.yaxis.range == figure.layout.yaxis2.range
    quantiles = residuals.residual_quantiles(tables, {"a": "one"})
    assert list(quantiles.loc["a", ["run", "rows", "lowest", "highest"]]) == ["one", 2, 0.0, 1.0]


def test_the_effect_of_a_parameter_stands_below_its_bar():
    table = pd.DataFrame({"param": ["a", "b"], "importance": [0.2, 0.8], "effect": ["more is better", None]})
    figure = importance.importance(table, "accuracy", Style())
    assert figure.layout.yaxis.ticktext == ("b", "a", "more is better")
    assert figure.data[0].text == ("80%", "20%")


def test_figures_of_many_runs_are_json():
    runs = made_runs({"depth": range(2000)}, {"accuracy": np.arange(2000), "rmse": np.arange(2000)})
    assert json.loads(pareto.pareto(runs, "accuracy", "rmse", {}, Style()).to_json())["data"][0]["type"]
