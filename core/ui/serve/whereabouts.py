"""Where programs find the dashboard: the address for others, and the one by which it reaches itself."""

from __future__ import annotations

from urllib.parse import urlsplit

from core.classroom.listening import invitations, own_addresses
from core.errors import PizarraError
from core.i18n import N_
from core.process import shared
from core.serving.addresses import PROGRAMS
from core.serving.exchanges import Sent, send
from core.settings import settings
from core.ui import navigation, root

PATIENCE = 2.0  # seconds: whatever else this process listens for may say nothing
USUAL = "http://localhost:8501"  # where the browser does not say under which address it came


def addresses() -> list[str]:
    """Return the addresses under which programs reach the dashboard, the likeliest first."""
    opened = navigation.root_address() or USUAL
    if shared.is_alone():
        return [opened]
    return invitations(opened, settings().public_url) or [opened]


def own_address() -> str:
    """Return the address by which this process reaches itself, over no network.

    Raises:
        PizarraError: it does not.
    """
    for found in own_addresses(navigation.root_address() or ""):
        found = f"{found}{root.below()}"
        try:
            came = send(Sent("GET", f"{found}{PROGRAMS}/ping", (("Host", urlsplit(found).netloc),)), PATIENCE)
        except PizarraError:
            continue
        if came.status == 200 and b'"ok"' in came.body:
            return found
    raise PizarraError(
        N_("This dashboard cannot send itself a request: nothing that it listens on answers."),
        N_("Copy a call from “Calls to copy” and send it from a terminal."),
    )
