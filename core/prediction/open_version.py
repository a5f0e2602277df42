"""An open version: a model's files, the loaded model, its inputs and its cut-off, together as it can be asked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from core.i18n import N_
from core.prediction.fast.way import FastWay
from core.prediction.predict import Prediction, Predictor, RefusedError, predictor
from core.prediction.schema import InputField, UnknownInputsError, input_fields, input_frame, starting_values
from core.store.connection import Store
from core.store.models import ModelFiles, describe_model, load_model


@dataclass(frozen=True)
class ToOpen:
    """Which version is to be opened; ``allow_code`` says that a person agreed to run code that came with it.

    ``cutoff`` is the probability from which on the answer is the second of two classes, where people chose one.
    """

    uri: str
    run_id: str = ""
    allow_code: bool = False
    cutoff: float | None = None


@dataclass(frozen=True)
class OpenVersion:
    """A version that is open and can be asked.

    ``cutoff`` is as in ``ToOpen``; ``unit`` is that of a number it answers; ``output`` names which of several answers
    is followed; ``fast`` is a faster way to its answers, where there is one.
    """

    files: ModelFiles
    model: Any
    fields: Sequence[InputField]
    cutoff: float | None = None
    unit: str = ""
    output: str = ""
    fast: FastWay | None = None

    @cached_property
    def predictor(self) -> Predictor:
        """How to ask it."""
        plain = predictor(self.files, self.model, self.fields, self.cutoff)
        return replace(plain, output=self.output, fast=self.fast)

    @property
    def target(self) -> str:
        """What it answers, by the name that its run gave, or the empty text."""
        return str(_target(self.files).get("name") or "")

    def positive(self, prediction: Prediction) -> str:
        """Return the second of two classes, the one that a cut-off is about."""
        classes = self.predictor.classes
        return classes[1] if len(classes) == 2 else str(prediction.answer)


def open_version(
    files: ModelFiles,
    model: Any,
    *,
    row: Mapping[str, Any] | None = None,
    cutoff: float | None = None,
    unit: str = "",
) -> OpenVersion:
    """Put together what a loaded model needs to be asked.

    ``row`` is one that it would take, for a model that does not say what it wants; ``unit`` counts where its run
    names none.

    Raises:
        UnknownInputsError: nothing says what its inputs are called.
    """
    fields = input_fields(files, model, row)
    opened = OpenVersion(files, model, fields, cutoff, str(_target(files).get("unit") or unit))
    if row is None and not files.columns and files.example is None:
        _try_what_it_seems_to_want(opened)
    return opened


def _try_what_it_seems_to_want(opened: OpenVersion) -> None:
    """A model alone may know the names of its inputs and not their types: then it refuses numbers."""
    try:
        opened.predictor.ask(input_frame(opened.fields, starting_values(opened.fields)))
    except RefusedError as error:
        raise UnknownInputsError(
            N_("This model does not say of which types its inputs are, and it refuses numbers."),
            N_("Log it again with a signature or an input example, or choose another version."),
        ) from error


def open_from(store: Store, to_open: ToOpen) -> OpenVersion:
    """Bring a version's files here, load its model and put both together.

    Raises:
        ModelError: its files are gone, it would run code that nobody allowed, or nothing says what it wants.
    """
    files = describe_model(store, to_open.uri, to_open.run_id)
    return open_version(files, load_model(files, allow_code=to_open.allow_code), cutoff=to_open.cutoff)


def _target(files: ModelFiles) -> Mapping[str, Any]:
    target: Mapping[str, Any] = (files.profile or {}).get("target", {})
    return target
