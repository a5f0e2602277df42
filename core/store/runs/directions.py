"""What people say of a metric's direction, kept as tags of its experiment."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

from mlflow.exceptions import MlflowException
from mlflow.protos.databricks_pb2 import RESOURCE_DOES_NOT_EXIST, ErrorCode

from core.access import Actor
from core.errors import StoreError
from core.i18n import N_
from core.store.connection import Store
from core.store.refusals import advice_of, words_of
from core.store.runs.tables import Experiment

DIRECTION_TAG = "pizarra.direction."  # before the metric's name
LONGEST_METRIC = 250 - len(DIRECTION_TAG)  # MLflow keeps tag names of 250 characters
MEANINGS: Mapping[str, bool | None] = {"higher": True, "lower": False, "none": None}

Direction = Literal["higher", "lower", "none", "guess"]


def directions_of(experiment_tags: Mapping[str, str]) -> dict[str, bool | None]:
    """Return what people said of each metric: True where higher is better, None where neither way is.

    >>> directions_of({"pizarra.direction.gap": "lower", "pizarra.direction.seed": "none", "mlflow.note": "ours"})
    {'gap': False, 'seed': None}
    """
    return {
        tag.removeprefix(DIRECTION_TAG): MEANINGS[value]
        for tag, value in experiment_tags.items()
        if tag.startswith(DIRECTION_TAG) and value in MEANINGS
    }


def shared_directions(experiments: Sequence[Experiment]) -> dict[str, bool | None]:
    """Return what people said of metrics in these experiments together; None where two experiments disagree.

    An experiment of which nobody said anything agrees with all.
    """
    shared: dict[str, bool | None] = {}
    for experiment in experiments:
        for metric, better in directions_of(experiment.tags).items():
            shared[metric] = better if shared.get(metric, better) == better else None
    return shared


def say_direction(store: Store, actor: Actor, experiment_id: str, metric: str, direction: Direction) -> None:
    """Keep which way ``metric`` is better in an experiment; "guess" forgets it, so that its name tells again.

    Raises:
        StoreError: the metric's name is too long or has signs that MLflow doesn't take, or the store refuses.
        PizarraError: ``actor`` may not.
    """
    actor.check("direct")
    if len(metric) > LONGEST_METRIC:
        raise StoreError(
            N_("The direction of a metric can be kept for names of at most {longest} characters, but this one has "
               "{length}."),
            N_("Log the metric under a shorter name."),
            longest=LONGEST_METRIC,
            length=len(metric),
        )  # fmt: skip
    try:
        if direction == "guess":
            _forget(store, experiment_id, DIRECTION_TAG + metric)
        else:
            store.client.set_experiment_tag(experiment_id, DIRECTION_TAG + metric, direction)
    except MlflowException as error:
        raise StoreError(
            N_("The direction of {metric} could not be kept: {reason}"),
            advice_of(error, N_("Check that the experiment still exists and that you may change it, then try again.")),
            metric=repr(metric),
            reason=words_of(error),
        ) from error


def _forget(store: Store, experiment_id: str, tag: str) -> None:
    if tag not in store.client.get_experiment(experiment_id).tags:
        return
    try:
        store.client.delete_experiment_tag(experiment_id, tag)
    except MlflowException as error:
        if error.error_code != ErrorCode.Name(RESOURCE_DOES_NOT_EXIST):  # somebody was quicker
            raise
