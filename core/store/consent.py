"""Which versions may run code of their own: the presenter says so, once for all visitors, until the program ends."""

from __future__ import annotations

from core.access import Actor
from core.store.registry.registered_models import Version

# In no cache of Streamlit's, which any visitor can have emptied
_agreed: set[tuple[str, str, str]] = set()


def agree(actor: Actor, store_uri: str, version: Version) -> None:
    """Let a version run code that came with it, on this computer and on those of the workers.

    Raises:
        PizarraError: this is not for this visitor to say.
    """
    actor.check("run_code")
    _agreed.add(_key(store_uri, version))


def agreed(store_uri: str, version: Version) -> bool:
    """Say whether a version may run code that came with it."""
    return _key(store_uri, version) in _agreed


def _key(store_uri: str, version: Version) -> tuple[str, str, str]:
    """A version may be deleted and its number be given to another one, from elsewhere."""
    return store_uri, version.uri, version.source
