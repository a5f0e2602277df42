"""A comparison to take along: as a Markdown table, or as code that reads the runs again."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import datetime

import pandas as pd
from pandas.api import types as kinds

from core.comparison.differences import MISSING
from core.i18n import _, moment, number

# A name that other programs wrote must not become markup where the table is pasted
_MARKUP = re.compile(r"([\\`*\[\]<>{}$&|~]|(?<!\w)_|_(?!\w))")
_PASSWORD = re.compile(r"://[^/:@]*:.*@|[?&]password=", re.IGNORECASE)

_CODE = """\
# {comment}
import sys

import pandas as pd
from mlflow import MlflowClient

client = {client}
run_ids = {run_ids}
metrics = {metrics}
params = {params}

rows = []
for run_id in run_ids:
    run = client.get_run(run_id)
    numbers = [run.data.metrics.get(name, float("nan")) for name in metrics]
    rows.append([run.info.run_name, *numbers, *[run.data.params.get(name, "–") for name in params]])
table = pd.DataFrame(rows, index=run_ids, columns=["run", *metrics, *params])

# {infinity}
table = table.replace({{sys.float_info.max: float("inf"), -sys.float_info.max: float("-inf")}})
print(table.to_string(na_rep="–"))
"""


def as_markdown(table: pd.DataFrame) -> str:
    r"""Return a table's columns as Markdown, in the reader's numbers; the index is left out.

    >>> print(as_markdown(pd.DataFrame({"run": ["a|b"], "loss": [0.25]})))
    | run | loss |
    | --- | ---: |
    | a\|b | 0.25 |
    """
    numeric = [kinds.is_numeric_dtype(kind) and not kinds.is_bool_dtype(kind) for kind in table.dtypes]
    lines = [
        [_cell(name) for name in table.columns],
        ["---:" if is_number else "---" for is_number in numeric],
        *([_cell(value) for value in row] for row in table.to_numpy(dtype=object)),
    ]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def as_python(uri_hint: str, run_ids: Sequence[str], metrics: Sequence[str], params: Sequence[str]) -> str:
    """Return code that reads these runs with MLflow alone and prints their names, last metrics and parameters.

    Whatever is in names stays text. An address with a password isn't given away: MLFLOW_TRACKING_URI is to hold it.
    """
    hidden = _PASSWORD.search(uri_hint) is not None
    comment = _("Needs MLflow: pip install mlflow")
    if hidden:
        comment += "\n# " + _("Set MLFLOW_TRACKING_URI first: the address of this store holds a password")
    return _CODE.format(
        comment=comment,
        infinity=_("MLflow's databases keep infinity as the largest number"),
        client="MlflowClient()" if hidden else f"MlflowClient(tracking_uri={_quoted(uri_hint)})",
        run_ids=_listed(run_ids),
        metrics=_listed(metrics),
        params=_listed(params),
    )


def _cell(value: object) -> str:
    if isinstance(value, float):
        return number(value) if value == value else MISSING
    if isinstance(value, int) and not isinstance(value, bool):
        return number(value, 0)
    if isinstance(value, datetime):
        return moment(pd.Timestamp(value).to_pydatetime(warn=False)) if value == value else MISSING
    text = MISSING if value is None or value is pd.NA or value is pd.NaT else str(value)
    return _MARKUP.sub(r"\\\1", " ".join(text.split()))


def _listed(names: Iterable[str]) -> str:
    """Return a list's code, a name a line."""
    lines = "".join(f"    {_quoted(name)},\n" for name in names)
    return f"[\n{lines}]" if lines else "[]"


def _quoted(text: str) -> str:
    """Return a text's code; ``repr`` also writes line ends and signs that turn text around as escapes."""
    return repr(str(text))
