"""Where a version comes from and where it serves, as one picture whose boxes are links."""

from __future__ import annotations

from urllib.parse import urlencode

import streamlit as st

from core import words
from core.errors import StoreError
from core.figures.lineage import Box, lineage
from core.i18n import _, moment, ngettext
from core.process import cache
from core.retraining.launching import Retraining, retraining_of
from core.store.registry.registered_models import Version
from core.store.runs.tables import ALGORITHM_TAG, GIT_COMMIT_TAG, ORIGIN_TAG, SOURCE_NAME_TAG, TASK_TAG, Run
from core.ui import address, frame, session

MOST_PARAMS = 6


def show(version: Version) -> None:
    """Show what a version was made of and what uses it."""
    run = _run(version.run_id)
    boxes = [_version_box(version)]
    arrows = []
    if run is None:
        boxes.append(Box("run", (_("Run"), _("It is gone.") if version.run_id else _("The version names none."))))
    else:
        boxes += [_run_box(run), *_dataset_boxes(run), _code_box(run)]
        arrows += [(f"data{place}", "run", _("learned from")) for place in range(max(1, len(run.datasets)))]
        arrows.append(("code", "run", _("made by")))
        if run.parent_id:
            parent = _run(run.parent_id)
            name = (parent.called if parent else "") or run.parent_id[:8]
            boxes.append(Box("sweep", (_("Sweep"), name), _link("run", run=run.parent_id) if parent else ""))
            arrows.append(("sweep", "run", _("a trial of")))
        if told := retraining_of(run.tags):
            boxes += _anew_boxes(told)
            arrows += [("before", "run", _("trained anew")), ("rows", "run", _("learned from"))]
    arrows.append(("run", "version", _("registered as")))
    for place, (lines, link) in enumerate(_uses(version)):
        boxes.append(Box(f"use{place}", lines, link, below=f"use{place - 1}" if place else ""))
        arrows.append(("version", f"use{place}", _("serves") if not place else ""))
    st.graphviz_chart(lineage(boxes, arrows, session.style()), width="content", alt=_("Origin and uses of the version"))
    frame.note(_("Press a box to open what it stands for."))
    if run is not None and len(run.params) > MOST_PARAMS:
        frame.note(_("The run's page has all {count} parameters.").format(count=len(run.params)))


def _run(run_id: str) -> Run | None:
    try:
        return cache.run(run_id) if run_id else None
    except StoreError:
        return None


def _version_box(version: Version) -> Box:
    title = f"{version.model} · {words.version(version.number)}"
    lines = (title, words.stage(version.stage), moment(version.created))
    return Box("version", lines, _link("registry", model=version.model, version=str(version.number)), main=True)


def _run_box(run: Run) -> Box:
    params = [f"{name} = {value}" for name, value in sorted(run.params.items())[:MOST_PARAMS]]
    about = " · ".join(filter(None, (words.algorithm(run.tags.get(ALGORITHM_TAG, "")), moment(run.start))))
    return Box("run", (_("Run"), run.called or run.run_id[:8], about, *params), _link("run", run=run.run_id))


def _dataset_boxes(run: Run) -> list[Box]:
    task = run.tags.get(TASK_TAG, "")
    link = _link("data", task=task) if task else ""
    if not run.datasets:
        return [Box("data0", (_("Dataset"), _("The run names none.")), link)]
    return [
        Box(
            f"data{place}",
            (
                _("Dataset"),
                use.name,
                _origin(run),
                f"{_('digest')} {use.digest[:12]}",
            ),
            link,
        )
        for place, use in enumerate(run.datasets)
    ]


def _anew_boxes(told: Retraining) -> list[Box]:
    """Return the version that was trained anew, and the new rows."""
    link = _link("registry", model=told.model, version=str(told.version))
    rows = ngettext("{count} new row", "{count} new rows", told.new)
    when = " – ".join(filter(None, (told.since[:10], told.until[:10])))
    lines = [_("Rows"), rows, told.source, when, f"{_('digest')} {told.rows[:12]}"]
    return [
        Box("before", (f"{told.model} · {words.version(told.version)}",), link),
        Box("rows", tuple(filter(None, lines))),
    ]


def _origin(run: Run) -> str:
    """Say that the data were made up, where they were."""
    return _("made up, a stand-in") if run.tags.get(ORIGIN_TAG) == "stand-in" else ""


def _code_box(run: Run) -> Box:
    commit, source = run.tags.get(GIT_COMMIT_TAG, ""), run.tags.get(SOURCE_NAME_TAG, "")
    lines = [line for line in (source.replace("\\", "/").rpartition("/")[2], commit[:12]) if line]
    return Box("code", (_("Code"), *(lines or [_("The run does not say.")])), _link("run", run=run.run_id))


def _uses(version: Version) -> list[tuple[tuple[str, ...], str]]:
    """Return what is answered by this version: its number, its stage, its aliases, each where it can be asked."""
    model, number = version.model, str(version.number)
    asked = _link("predict", model=model, version=number)
    found: list[tuple[tuple[str, ...], str]] = [((_("Predict page"), f"models:/{model}/{number}"), asked)]
    if version.stage in {"Production", "Staging"}:
        found.append(
            ((words.stage(version.stage), f"models:/{model}/{version.stage}"),
             _link("predict", model=model, stage=version.stage))
        )  # fmt: skip
    for alias in version.aliases:
        found.append(((f"@{alias}", f"models:/{model}@{alias}"), asked))
    return found


def _link(page: str, **params: str) -> str:
    return f"{page}?{urlencode({**params, **address.shared()})}"
