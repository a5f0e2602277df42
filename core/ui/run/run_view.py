"""The parts of one run's page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd
import streamlit as st

from core import words
from core.comparison.columns import metrics_in_order, telling_metrics
from core.errors import StoreError
from core.figures import curves
from core.i18n import _, duration, moment, ngettext, number
from core.process import cache, shared
from core.store.places import local_folder
from core.store.runs.artifacts import (
    MIB,
    MOST_BYTES,
    MOST_PICTURE_BYTES,
    Artifact,
    Listing,
    can_be_shown,
    is_picture,
    read_artifact,
)
from core.store.runs.tables import (
    ALGORITHM_TAG,
    MODELS_TAG,
    NOTE_TAG,
    ORIGIN_TAG,
    PROGRESS_TAG,
    SOURCE_TAG,
    Run,
    finite,
    run_labels,
    source_words,
)
from core.text import plain, shortened
from core.training.notes import MOST_NOTE
from core.ui import address, charts, datasets, frame, pickers, session, tables

KEY_METRICS = 5
MOST_TAGS = 500
MOST_PICTURES = 24
MOST_NAMED = 5  # of what cannot be read
HIDDEN_TAGS = (MODELS_TAG,)  # long JSON of MLflow's own


def chosen_run_id() -> str:
    """Return the run in the address, else the one picked here among the newest.

    On the projector one of the same experiment can be picked instead, as little else leads there to another run.
    """
    asked = address.value("run")
    if asked and not session.projector():
        return asked
    among = [cache.run(asked).experiment_id] if asked else [one.experiment_id for one in cache.experiments()]
    runs = cache.runs(among)
    ids = runs.ids if asked in {"", *runs.ids} else [asked, *runs.ids]
    if not ids:
        return ""
    labels = shortened({one: one for one in ids} | run_labels(runs), 60)
    if asked:
        pickers.control("run_run", asked)
    chosen = st.selectbox(
        _("Run"),
        ids,
        format_func=pickers.told_apart(ids, labels.__getitem__),
        key="run_run",
        on_change=lambda: address.choose("run", st.session_state["run_run"] or asked),
        index=None,
        placeholder=_("Choose a run"),
    )
    return asked or chosen or ""


def summary(run: Run) -> str:
    """Say in one line which run this is and how it ended."""
    return f"**{_name(run)}** · {_facts(run)}"


def _name(run: Run) -> str:
    algorithm = words.algorithm(run.tags.get(ALGORITHM_TAG, ""))
    return plain(run.title or algorithm or run.called or _("Run without a name"))


def _facts(run: Run) -> str:
    facts = [
        words.status(run.status),
        words.algorithm(run.tags.get(ALGORITHM_TAG, "")),
        moment(run.start),
        duration(run.seconds),
    ]
    return " · ".join(plain(fact) for fact in facts if fact and fact != "–")


def show_heading(run: Run) -> None:
    """Say which run this is, where no line stands for its choice, and how it ended."""
    if not session.projector():
        st.header(_name(run), anchor=False)
        st.markdown(_facts(run))
    if said := run.tags.get(NOTE_TAG, "").strip():
        st.markdown(f":material/sticky_note_2: {plain(said, MOST_NOTE)}")
    if run.deleted:
        st.warning(_("This run was deleted. It can still be restored in MLflow."), icon=":material/delete:")
    if run.status in {"FAILED", "KILLED"}:
        st.error(words.failure(run), title=_("This run ended early"), icon=":material/error:")
    if run.status in {"RUNNING", "SCHEDULED"} and PROGRESS_TAG in run.tags:
        done, doing = words.progress(run, shared.jobs().place(run.run_id))
        st.progress(done, text=doing)


def show_key_metrics(run: Run) -> None:
    """Show the numbers that count most, large."""
    names = telling_metrics(run.metrics, _directions(run))[:KEY_METRICS]
    if not names:
        frame.note(_("This run has no metrics."))
        return
    with st.container(horizontal=True, key="run_metrics"):
        for name in names:
            st.metric(plain(name, 40), number(run.metrics[name]), border=True, width="content")
    if said := " ".join(filter(None, [words.stopped_early(run), words.speed(run)])):
        frame.note(said)


def _ordered(run: Run) -> list[str]:
    return metrics_in_order(run.metrics, _directions(run))


def _directions(run: Run) -> Mapping[str, bool | None]:
    return cache.known_runs([run.run_id]).directions


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
        [(name, number(run.metrics[name])) for name in _ordered(run)],
        columns=[_("Metric"), _("Value")],
    )
    tables.show(table, key="run_all_metrics", alt=_("Metrics, one a row"), download="metrics")
    chosen = st.selectbox(_("Curve of"), _ordered(run), key="run_curve")
    history = cache.metric_history(run.run_id, chosen)
    if not len(history):
        frame.note(_("The store has no history of this metric, so it has no curve."))
        return
    if len(history) < 2:
        frame.note(_("This metric was measured once, so it has no curve."))
        return
    labels = {run.run_id: run.called}
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
        frame.note(_("This run names no dataset."))
        return
    table = pd.DataFrame(
        [(use.name, use.context, use.digest, source_words(use.source)) for use in run.datasets],
        columns=[_("Dataset"), _("Used for"), _("Fingerprint"), _("Source")],
    )
    tables.show(table, key="run_datasets", alt=_("Datasets, one a row"))


def _artifacts(run: Run) -> Listing | None:
    """Return a run's files, saying what of them cannot be read; None where none can, which is said too."""
    try:
        with st.spinner(_("Looking for the files…"), show_time=False):
            listing = cache.artifacts_of(run.run_id)
    except StoreError as error:
        frame.show_error(error)
        return None
    if listing.unread:
        _say_unread(listing.unread)
    return listing


def _say_unread(paths: Sequence[str]) -> None:
    said = ngettext(
        "{count} of its folders or files cannot be read:", "{count} of its folders or files cannot be read:", len(paths)
    )
    names = ", ".join(plain(path, 60) for path in paths[:MOST_NAMED]) + ("…" if paths[MOST_NAMED:] else "")
    st.warning(f"{said} {names}", icon=":material/folder_off:")


def show_models(run: Run) -> None:
    """List the models that a run logged, which since MLflow 3 are no files of it."""
    if not (models := cache.logged_models(run.experiment_id, run.run_id)):
        return
    frame.note(ngettext("{count} model was logged", "{count} models were logged", len(models)))
    table = pd.DataFrame(
        [(model.name, model.kind, model.status, moment(model.created), model.uri) for model in models],
        columns=[_("Model"), _("Kind"), _("Status"), _("Made"), _("Address")],
    )
    tables.show(table, key="run_models", alt=_("Logged models, one a row"))


def _no_files(run: Run) -> str:
    place = local_folder(run.artifact_uri)
    if place is None or place.is_dir():
        return _("There are no files of this run.")
    return _(
        "No files of this run are on this computer: it left none, or they lie on another one, or were moved away from "
        "{place}."
    ).format(place=plain(place, 300))


def show_pictures(run: Run) -> None:
    """Show the run's pictures."""
    listing = _artifacts(run)
    if listing is None:
        return
    shown = 0
    columns = st.columns(2)  # on a phone they stand one below the other
    named = [artifact for artifact in listing.files if artifact.may_be_picture]
    for artifact in named[:MOST_PICTURES]:
        with columns[shown % 2], frame.reporting():  # one that cannot be read leaves the others
            shown += _show_picture(run, artifact)
    if len(named) > MOST_PICTURES:
        frame.note(_("The first {count} files that may be pictures; more of them are under Files.").format(
            count=number(MOST_PICTURES, 0)))  # fmt: skip
    elif not shown:
        some = listing.files or listing.unread or listing.more
        frame.note(_("No picture was found among its files.") if some else _no_files(run))


def _show_picture(run: Run, artifact: Artifact) -> bool:
    """Show a file that may be a picture by its name; say whether it is, or may be, one."""
    content = cache.picture(run.run_id, artifact.path) if artifact.is_within(MOST_PICTURE_BYTES) else b""
    if content and not is_picture(content):
        return False
    if can_be_shown(content):
        st.image(content, alt=artifact.path)
    else:
        frame.note(_("This picture is damaged, or too large to be shown. It stands under Files."))
    frame.note(plain(artifact.path))
    return True


def show_files(run: Run) -> None:
    """List the run's files; one can be brought here at a time."""
    show_models(run)
    listing = _artifacts(run)
    if listing is None:
        return
    if not listing.files:
        if not listing.unread and not listing.more:
            frame.note(_no_files(run))
        return
    if listing.more:
        first = _("The first {count} files; MLflow’s own page has all of them.")
        frame.note(first.format(count=number(len(listing.files), 0)))
    else:
        frame.note(ngettext("{count} file", "{count} files", len(listing.files)))
    by_path = {file.path: file for file in listing.files}
    path = st.selectbox(_("File"), list(by_path), key="run_file")
    if not by_path[path].is_within(MOST_BYTES):
        frame.note(_("This file has more than {most} MB. Fetch it from where it lies, or on MLflow’s own page.").format(
            most=number(MOST_BYTES // MIB, 0)))  # fmt: skip
        return
    store = shared.store()
    st.download_button(
        _("Download"),
        lambda: read_artifact(store, run.run_id, path),
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
