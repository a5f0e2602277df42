"""The probability from which on a model of two classes says the second: chosen by people, a tag of the model."""

from __future__ import annotations

from collections.abc import Mapping

from core.access import Actor
from core.errors import StoreError
from core.i18n import N_
from core.store.connection import Store, accepting

CUTOFF_TAG = "pizarra.cutoff"  # of the model: a number from 0 to 1, such as "0.35"


def read_cutoff(tags: Mapping[str, str]) -> float | None:
    """Return the cut-off that a model's tags say; None where there is none, or another program wrote no such number.

    >>> read_cutoff({"pizarra.cutoff": "0.35"}), read_cutoff({"pizarra.cutoff": "35 %"}), read_cutoff({})
    (0.35, None, None)
    """
    try:
        cutoff = float(tags[CUTOFF_TAG])
    except (KeyError, ValueError):
        return None
    return cutoff if 0 <= cutoff <= 1 else None


def check_cutoff(cutoff: float | None) -> None:
    """Refuse what cannot be a cut-off.

    Raises:
        StoreError: it is not from 0 to 1.
    """
    if cutoff is not None and not 0 <= cutoff <= 1:
        raise StoreError(
            N_("A cut-off must be from 0 to 1, but it is {cutoff}."), N_("Choose another one."), cutoff=cutoff
        )


def save_cutoff(store: Store, actor: Actor, model: str, cutoff: float | None) -> None:
    """Keep a model's cut-off; None takes it away.

    Raises:
        StoreError: it is not from 0 to 1, or the store refuses.
        PizarraError: ``actor`` may not.
    """
    actor.check("save_cutoff")
    check_cutoff(cutoff)
    with accepting():
        if cutoff is not None:
            store.client.set_registered_model_tag(model, CUTOFF_TAG, repr(float(cutoff)))
        elif CUTOFF_TAG in store.client.get_registered_model(model).tags:
            store.client.delete_registered_model_tag(model, CUTOFF_TAG)
