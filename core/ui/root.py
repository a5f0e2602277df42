"""Below which path of its address the dashboard lies, as behind a proxy that has other things too."""

from __future__ import annotations

import streamlit as st


def below() -> str:
    """Return the path that Streamlit was told (``server.baseUrlPath``), such as ``/pizarra``; empty at the root."""
    said = str(st.get_option("server.baseUrlPath") or "").strip("/")
    return f"/{said}" if said else ""
