"""Who may do what: the one place that every page asks before something only the presenter may do.

For now whoever opens the dashboard on the computer it runs on is the presenter. Roles come with the classroom.
"""

from __future__ import annotations

from typing import Literal

from core.errors import PizarraError
from core.i18n import N_

Action = Literal["edit_gates", "override_gates", "delete"]


def may(action: Action, address: str | None) -> bool:
    """Say whether a visitor may do something; ``address`` is the visitor's IP address, None on this computer."""
    return address is None


def check(action: Action, address: str | None) -> None:
    """Refuse what a visitor may not do.

    Raises:
        PizarraError: only the presenter may.
    """
    if not may(action, address):
        raise PizarraError(
            N_("Only the presenter may do this, but this visitor comes from another computer."),
            N_("Ask the presenter, or open the dashboard on the computer it runs on."),
        )
