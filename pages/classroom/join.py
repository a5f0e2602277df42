"""Join: how phones come into a class, and who has come."""

import streamlit as st

from core.i18n import _
from core.ui import frame, session
from core.ui.join import invitation, joining

frame.title(_("Join"), _("Come into the class with your phone: a nickname is enough."))

frame.need_class()

with st.container(key="join_page"):
    if session.actor().role == "presenter":
        invitation.show()
    else:
        joining.show()
