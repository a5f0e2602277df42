"""Look up what a step's address names: runs, experiments and versions of the store that is open."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from core.i18n import N_, _
from core.store.registry.registered_models import RegisteredModel
from core.store.runs.tables import DEMO_TAG, Experiment, Runs

NEWEST = "newest"


@dataclass(frozen=True)
class Found:
    """An address with what its words stand for, and the words for which the store has nothing."""

    params: Mapping[str, str]
    missing: Sequence[str]


@dataclass(frozen=True)
class Held:
    """What the open store holds; ``own`` are the visitor's own runs, newest first."""

    experiments: Sequence[Experiment]
    runs: Runs
    models: Sequence[RegisteredModel]
    own: Sequence[str] = ()


def has_references(address: Mapping[str, str]) -> bool:
    """Tell whether an address names anything that has to be looked up in the store."""
    return any(word.partition(":")[0] in KINDS for text in address.values() for word in _words(text))


def look_up(address: Mapping[str, str], held: Held | None) -> Found:
    """Return an address with each ``kind:name`` of it replaced; several runs have commas between them.

    ``run:KEY`` is the demo's run of that key, else the newest finished run of that name; ``run:newest`` the visitor's
    own newest, else the newest of all. ``experiment:NAME``, ``model:NAME`` and ``version:KEY`` (a version of the demo,
    ``MODEL:KEY OF ITS RUN``) are what they say, and ``experiment-of:KEY`` is where the demo's run of that key lies. All
    else stands as it is.
    """
    params, missing = {}, []
    for name, text in address.items():
        words = _words(text)
        if not all(word.partition(":")[0] in KINDS for word in words):
            params[name] = text
            continue
        values = []
        for word in words:
            kind, _colon, asked = word.partition(":")
            value = KINDS[kind](held, asked) if held else ""
            values += [value] if value else []
            missing += [] if value else [word]
        params[name] = ",".join(values)
    return Found(params, missing)


def in_words(reference: str) -> str:
    """Return what a reference names, in the reader's language; names as they are.

    >>> in_words("run:churn-xgboost"), in_words("run:newest")
    ('the run “churn-xgboost”', 'a run that has finished')
    """
    kind, _colon, name = reference.partition(":")
    if kind == "run" and name == NEWEST:
        return _("a run that has finished")
    return _(NAMED[kind]).format(name=name)


def _words(text: str) -> list[str]:
    return [word.strip() for word in text.split(",")]


def _run(held: Held, name: str) -> str:
    finished = held.runs.info[held.runs.info["status"] == "FINISHED"]
    if name == NEWEST:
        return next((run for run in held.own if run in finished.index), next(iter(finished.index), ""))
    return _of_demo(held, name) or next(iter(finished.index[finished["name"] == name]), "")


def _of_demo(held: Held, key: str) -> str:
    """Return the demo's finished run of a key, empty where the store has none."""
    if DEMO_TAG not in held.runs.tags:
        return ""
    found = held.runs.info.index[(held.runs.info["status"] == "FINISHED") & (held.runs.tags[DEMO_TAG] == key)]
    return next(iter(found), "")


def _experiment_of(held: Held, key: str) -> str:
    run_id = _of_demo(held, key)
    return str(held.runs.info.at[run_id, "experiment_id"]) if run_id else ""


def _experiment(held: Held, name: str) -> str:
    return next((one.experiment_id for one in held.experiments if one.name == name), "")


def _model(held: Held, name: str) -> str:
    return name if any(one.name == name for one in held.models) else ""


def _version(held: Held, key: str) -> str:
    found = (one for model in held.models for one in model.versions if one.tags.get(DEMO_TAG) == key)
    return next((str(one.number) for one in found), "")


NAMED = {
    "run": N_("the run “{name}”"),
    "experiment": N_("the experiment “{name}”"),
    "experiment-of": N_("the demo’s run “{name}”"),
    "model": N_("the model “{name}”"),
    "version": N_("the demo’s model version “{name}”"),
}
KINDS: Mapping[str, Callable[[Held, str], str]] = {
    "run": _run,
    "experiment": _experiment,
    "experiment-of": _experiment_of,
    "model": _model,
    "version": _version,
}
