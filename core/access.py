"""Who may do what: the one place that every page asks before something only the presenter may do.

For now whoever opens the dashboard on the computer it runs on is the presenter. Roles come with the classroom.
"""

from __future__ import annotations

from ipaddress import IPv6Address, ip_address
from typing import Literal

from core.errors import PizarraError
from core.i18n import N_

Action = Literal["edit_gates", "override_gates", "save_cutoff", "delete", "score_folder"]


def may(action: Action, address: str | None) -> bool:
    """Say whether a visitor may do something; ``address`` is the visitor's IP address, None on this computer.

    >>> may("delete", None), may("delete", "::ffff:127.0.0.1"), may("delete", "192.168.1.20")
    (True, True, False)
    """
    if address is None:
        return True
    try:
        here = ip_address(address)
    except ValueError:
        return False
    return here.is_loopback or bool(isinstance(here, IPv6Address) and here.ipv4_mapped and here.ipv4_mapped.is_loopback)


def check(action: Action, address: str | None) -> None:
    """Refuse what a visitor may not do.

    Raises:
        PizarraError: only the presenter may.
    """
    if not may(action, address):
        raise PizarraError(
            N_("Only the presenter may do this, but this visitor comes from another computer."),
            N_("Ask the presenter, or open the dashboard as “localhost” on the computer it runs on."),
        )
