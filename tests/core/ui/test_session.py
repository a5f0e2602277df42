"""Who visits."""

from __future__ import annotations

from core.ui import session


def test_of_who_has_no_connection_nothing_is_certain() -> None:
    assert session.ip_address() == ""
    assert session.actor().role == "audience"
