"""Tables for people: headings, cells, what the list of experiments says."""

from __future__ import annotations

from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path

import numpy as np
import pandas as pd
from pandas.io.formats.style import Styler

from core.i18n import speaking
from core.store.runs.tables import INFO_COLUMNS, Experiment, Runs
from core.ui import tables
from core.ui.frame import OUR_CSS


def some_runs(**metrics: list[float]) -> Runs:
    ids = ["r0", "r1", "r2"]
    info = pd.DataFrame("", index=ids, columns=INFO_COLUMNS)
    info["name"] = ["pine", "oak", "ash"]
    info["status"], info["experiment_id"] = ["FINISHED", "FAILED", "PAUSED"], ["1", "1", "2"]
    info["algorithm"] = ["random_forest", "random_forest", ""]
    info["start"] = pd.to_datetime([3, 2, 1], unit="s", utc=True)
    info["seconds"] = [61.0, np.nan, 0.5]
    params = pd.DataFrame({"depth": ["1", "2", None], "algorithm": ["a", "b", "c"], "seed": ["7"] * 3}, index=ids)
    return Runs(info, params, pd.DataFrame(metrics, index=ids, dtype=float))


def test_headings_that_read_alike_say_what_they_are() -> None:
    columns = ["name", "metrics.depth", "params.depth", "tags.depth", "params.Name"]
    assert list(tables.headings(columns).values()) == [
        "Name", "depth", "depth (parameter)", "depth (tag)", "Name (parameter)",
    ]  # fmt: skip


def test_a_heading_that_still_reads_alike_is_another_one() -> None:
    titles = tables.headings(["metrics.a (tag)", "params.a", "tags.a"])
    assert len(set(titles.values())) == 3


def test_cells_are_words_and_what_is_missing_stays_so() -> None:
    shown = tables.runs_table(
        some_runs(f1=[0.5, 0.75, np.nan]), ["name", "status", "algorithm", "duration", "params.x"]
    )
    assert shown["Name"].tolist() == ["pine", "oak", "ash"]
    assert shown["Status"].tolist() == ["✓ Finished", "✗ Failed", "? PAUSED"]
    assert shown["Algorithm"].tolist() == ["Random forest", "Random forest", ""]
    assert shown["x"].isna().all()


def test_numbers_are_in_the_readers_format_and_still_numbers() -> None:
    table = pd.DataFrame({"f1": [0.5, np.nan], "name": ["a", "b"]})
    with speaking("es"):
        styled = tables.localized(table)
        assert isinstance(styled, Styler)
        assert "0,5" in styled.to_html()
    assert styled.data["f1"].tolist()[0] == 0.5


def test_a_large_table_is_left_to_the_browser() -> None:
    large = pd.DataFrame({"f1": np.zeros(tables.MOST_STYLED + 1)})
    assert tables.localized(large) is large


def test_the_first_columns_say_most() -> None:
    runs = some_runs(test_f1=[0.5, 0.6, 0.7], train_f1=[1, 1, 1])
    assert tables.first_columns(runs) == [
        "name", "status", "metrics.test_f1", "metrics.train_f1", "algorithm", "params.depth", "duration", "started",
    ]  # fmt: skip


def test_an_experiment_says_its_best_run() -> None:
    experiments = [Experiment(number, f"experiment {number}", datetime.now(UTC)) for number in "123"]
    table = tables.experiments_table(experiments, some_runs(test_rmse=[3.0, 2.0, np.inf]))
    assert table["Runs"].tolist() == [2, 1, 0]
    assert table["Best run"].tolist() == ["oak", "–", "–"]
    assert table["Value"].tolist()[0] == 2.0
    assert table["Metric"].tolist() == ["test_rmse", "–", "–"]


def test_the_csv_that_streamlits_tables_offer_is_still_called_as_we_hide_it() -> None:
    scripts = "".join(
        path.read_text(encoding="utf-8") for path in Path(str(files("streamlit")), "static/static/js").glob("*.js")
        if path.name.startswith(("DataFrame.", "Toolbar."))
    )  # fmt: skip
    assert "label:`Download as CSV`" in scripts
    assert '"data-testid":`stElementToolbarButton`' in scripts
    assert 'stElementToolbarButton"]:has(button[aria-label^="Download as CSV"])' in OUR_CSS
