"""The parts of one run's page."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd
import streamlit as st

from core.errors import StoreError
from core.figures import curves
from core.i18n import _, duration, moment, ngettext, number
from core.store.runs.artifacts import Artifact, is_picture
from core.store.runs.tables import (
    ALGORITHM_TAG,
    ORIGIN_TAG,
    PROGRESS_TAG,
    SOURCE_TAG,
    Run,
    finite,
    run_labels,
    source_words,
)
from core.text import plain, shorten
from core.ui import address, cache, charts, datasets, frame, pickers, session, shared, tables, words

KEY_METRICS = 5
MOST_TAGS = 500
HIDDEN_TAGS = ("mlflow.log-model.history",)  # long JSON of MLflow's own


def chosen_run_id() -> str:
    """Return the run in the address, else the one picked here among the newest."""
    if asked := address.value("run"):
        return asked
    experiments = cache.experiments()
    runs = cache.runs([experiment.experiment_id for experiment in experiments])
    if not len(runs):
        return ""
    labels = run_labels(runs)
    chosen = st.selectbox(
        _("Run"),
        runs.ids,
        format_func=pickers.told_apart(runs.ids, lambda i: shorten(labels[i], 60)),
        key="run_run",
        on_change=lambda: address.choose("run", st.session_state["run_run"] or ""),
        index=None,
        placeholder=_("Choose a run"),
    )
    return chosen or ""


def show_heading(run: Run) -> None:
    """Say which run this is and how it ended."""
    st.header(
        plain(run.name or words.algorithm(run.tags.get(ALGORITHM_TAG, "")) or _("Run without a name")),
        anchor=False,
    )
    facts = [
        words.status(run.status),
        words.algorithm(run.tags.get(ALGORITHM_TAG, "")),
        moment(run.start),
        duration(run.seconds),
    ]
    st.markdown(" · ".join(plain(fact) for fact in facts if fact and fact != "–"))
    if run.deleted:
        st.warning(_("This run was deleted. It can still be restored in MLflow."), icon=":material/delete:")
    if run.status in {"FAILED", "KILLED"}:
        st.error(words.failure(run), title=_("This run ended early"), icon=":material/error:")
    if run.status in {"RUNNING", "SCHEDULED"} and PROGRESS_TAG in run.tags:
        done, doing = words.progress(run, shared.jobs().place(run.run_id))
        st.progress(done, text=doing)


def show_key_metrics(run: Run) -> None:
    """Show the numbers that count most, large."""
    names = [metric for metric in _ordered(run.metrics) if not metric.startswith("train_")][:KEY_METRICS]
    if not names:
        frame.note(_("This run has no metrics."))
        return
    with st.container(horizontal=True, key="run_metrics"):
        for name in names:
            st.metric(plain(name, 40), number(run.metrics[name]), border=True, width="content")


def _ordered(names: Iterable[str]) -> list[str]:
    return sorted(names, key=lambda name: (not name.startswith(("test_", "val_", "eval_")), name))


def show_parameters(run: Run) -> None:
    """Show what was chosen before training."""
    if not run.params:
        frame.note(_("This run has no parameters."))
        return
    table = pd.DataFrame(sorted(run.params.items()), columns=[_("Parameter"), _("Value")])
    tables.show(table, key="run_parameters", alt=_("Parameters, one a row"), download="parameters")


def show_metrics(run: Run) -> None:
    """Show what was measured, with the curve of any metric that was measured more than once."""
    if not run.metrics:
        frame.note(_("This run has no metrics."))
        return
    table = pd.DataFrame(
        [(name, number(run.metrics[name])) for name in _ordered(run.metrics)],
        columns=[_("Metric"), _("Value")],
    )
    tables.show(table, key="run_all_metrics", alt=_("Metrics, one a row"), download="metrics")
    chosen = st.selectbox(_("Curve of"), _ordered(run.metrics), key="run_curve")
    history = cache.metric_history(run.run_id, chosen)
    if len(history) < 2:
        frame.note(_("This metric was measured once, so it has no curve."))
        return
    labels = {run.run_id: run.name}
    history = history.assign(run_id=run.run_id, value=finite(history["value"]))
    charts.show(
        curves.metric_curves(history, chosen, labels, session.style()),
        key="run_metric_curve",
        alt=_("How the metric moved"),
        table=lambda: curves.metric_curves_data(history, labels),
    )


def show_datasets(run: Run) -> None:
    """Say which data the run learned from."""
    if run.tags.get(ORIGIN_TAG):
        icon, sentence = datasets.origin(run.tags[ORIGIN_TAG], run.tags.get(SOURCE_TAG, ""))
        st.markdown(f"{icon} {sentence}")
    if not run.datasets:
        frame.note(_("This run does not say which data it used."))
        return
    table = pd.DataFrame(
        [(use.name, use.context, use.digest, source_words(use.source)) for use in run.datasets],
        columns=[_("Dataset"), _("Used for"), _("Fingerprint"), _("Source")],
    )
    tables.show(table, key="run_datasets", alt=_("Datasets, one a row"))


def _artifacts(run: Run) -> list[Artifact]:
    try:
        return cache.artifacts_of(run.run_id)
    except StoreError as error:
        frame.show_error(error)
        return []


def show_pictures(run: Run) -> None:
    """Show the run's pictures."""
    shown = 0
    columns = st.columns(2)  # on a phone they stand one below the other
    for artifact in _artifacts(run):
        if artifact.may_be_picture and is_picture(content := cache.artifact(run.run_id, artifact.path)):
            with columns[shown % 2]:
                st.image(content, alt=artifact.path)
                frame.note(plain(artifact.path))
            shown += 1
    if not shown:
        frame.note(_("This run left no pictures."))


def show_files(run: Run) -> None:
    """List the run's files; one can be brought here at a time."""
    files = _artifacts(run)
    if not files:
        frame.note(_("This run left no files."))
        return
    frame.note(ngettext("{count} file", "{count} files", len(files)))
    by_path = {file.path: file for file in files}
    path = st.selectbox(_("File"), list(by_path), key="run_file")
    st.download_button(
        _("Download"),
        lambda: cache.artifact(run.run_id, path),
        file_name=by_path[path].name,
        mime="application/octet-stream",
        key="run_download",
        icon=":material/download:",
    )


def show_tags(run: Run) -> None:
    """Show the run's tags, MLflow's and our own included."""
    tags = [(name, value) for name, value in sorted(run.tags.items()) if name not in HIDDEN_TAGS]
    if not tags:
        frame.note(_("This run has no tags."))
        return
    if len(tags) > MOST_TAGS:
        frame.note(_("The first {shown} of {count} tags.").format(shown=number(MOST_TAGS), count=number(len(tags))))
    table = pd.DataFrame(tags[:MOST_TAGS], columns=[_("Tag"), _("Value")])
    tables.show(table, key="run_tags", alt=_("Tags, one a row"))
