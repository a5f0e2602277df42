"""Which models may run code of their own: the presenter says so, once for all visitors, until the program ends."""

from __future__ import annotations

from typing import Protocol

from core.access import Actor

# In no cache of Streamlit's, which any visitor can have emptied
_agreed: set[tuple[str, str, str]] = set()


class Stored(Protocol):
    """A model with its address and where its files are: a version of a registered one, or what a run left behind."""

    @property
    def uri(self) -> str:
        """Its address in MLflow."""

    @property
    def run_id(self) -> str:
        """The run that made it, or the empty text."""

    @property
    def source(self) -> str:
        """Where its files were."""


def agree(actor: Actor, store_uri: str, model: Stored) -> None:
    """Let a model run code that came with it, on this computer and on those of the workers.

    Raises:
        PizarraError: this is not for this visitor to say.
    """
    actor.check("run_code")
    _agreed.add(_key(store_uri, model))


def agreed(store_uri: str, model: Stored) -> bool:
    """Say whether a model may run code that came with it."""
    return _key(store_uri, model) in _agreed


def _key(store_uri: str, model: Stored) -> tuple[str, str, str]:
    """A version may be deleted and its number be given to another one, from elsewhere."""
    return store_uri, model.uri, model.source
