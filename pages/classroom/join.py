"""Join: how phones come into a class, and who has come."""

import streamlit as st

from core.i18n import _
from core.process import visitors
from core.ui import frame, session
from core.ui.join import invitation, joining

frame.title(_("Join"), _("Come into the class with your phone: a nickname is enough."))

if not visitors.ways().is_asked_for:
    frame.empty(
        _("**No class is open here.** The first page says how to open this dashboard to the phones in the room."),
        "home",
        _("See how to open it"),
    )
    frame.stop()

with st.container(key="join_page"):
    if session.actor().role == "presenter":
        invitation.show()
    else:
        joining.show()
