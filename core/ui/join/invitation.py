"""What whoever presents shows of a class: the address with its QR code, who has come, and who may be hidden."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import UTC, datetime

import streamlit as st

from core.classroom.listening import for_phones, invitations
from core.classroom.members import Member
from core.i18n import _, ngettext
from core.process import shared
from core.qr import qr_picture
from core.settings import settings
from core.store.runs.students import rename_student
from core.text import plain
from core.ui import afterwards, frame, navigation, pickers, session
from core.ui.join.joining import named

SAID = "join_lead_said"
SECONDS = 2.0  # between two looks at who has come


def show() -> None:
    """Show how to join and who has; the presenter can also hide or remove somebody, and begin the class anew."""
    found = invitations(navigation.root_address() or "", settings().public_url)
    code, people = st.columns([2, 3], vertical_alignment="center")
    with code:
        address = _choose_address(found)
        if address:
            st.image(qr_picture(address) or "", width="stretch", alt=_("QR code of the address"))
    with people:
        if address:
            st.markdown(_("Open this address on your phone, or point its camera at the code:"))
            st.header(plain(address.removeprefix("http://")), anchor=False)
        else:
            st.warning(_("This computer is on no network, so phones cannot reach it."), icon=":material/wifi_off:")
        _show_members()
    _show_lead()


def _choose_address(found: Sequence[str]) -> str:
    joining = [for_phones(address) for address in found]
    if len(joining) < 2:
        return joining[0] if joining else ""
    return pickers.choose_here(_("Address that phones in the room can reach"), joining, key="join_address")


@frame.live(SECONDS)
def _show_members() -> None:
    members = shared.members().all()
    st.metric(_("In the class"), ngettext("{count} person", "{count} people", len(members)))
    if members:
        st.markdown(" · ".join(plain(member.shown) for member in members))


def _show_lead() -> None:
    afterwards.show(SAID)
    members = {str(member.number): member for member in shared.members().all()}
    with st.expander(_("Hide or remove a nickname, begin anew"), icon=":material/manage_accounts:", key="join_lead"):
        if members:
            number = pickers.choose_here(
                _("Nickname"),
                list(members),
                key="join_member",
                show=lambda one: named(members[one]) if one in members else one,
            )
            with st.container(horizontal=True):
                member = members[number]
                words = _("Show the name again") if member.hidden else _("Hide the name")
                st.button(words, key="join_hide", icon=":material/visibility_off:", on_click=_hide, args=(member,))
                st.button(
                    _("Remove the nickname"), key="join_remove", icon=":material/person_remove:", on_click=_remove,
                    args=(member,),
                )  # fmt: skip
            frame.note(_("Either way others see a number, also with the runs that were trained under it."))
        if st.checkbox(_("Everybody has to join again, under any nickname"), key="join_anew_sure"):
            st.button(_("Begin the class anew"), key="join_anew", icon=":material/restart_alt:", on_click=_begin_anew)


def _hide(member: Member) -> None:
    with frame.reporting():
        changed = shared.members().hide(session.actor(), member.number, hidden=not member.hidden)
        _rename_runs(shared.members().names(member.number), changed)
        words = _("{name} is shown as {shown} now.")
        afterwards.say(SAID, words.format(name=plain(member.nickname), shown=plain(changed.shown)))


def _remove(member: Member) -> None:
    with frame.reporting():
        names = shared.members().names(member.number)
        _rename_runs(names, shared.members().remove(session.actor(), member.number))
        afterwards.say(SAID, _("The nickname {name} is removed.").format(name=plain(member.nickname)))


def _rename_runs(before: Collection[str], member: Member) -> None:
    since = datetime.fromtimestamp(member.joined, UTC)
    with shared.writing():
        renamed = rename_student(shared.store(), session.actor(), before, member.shown, since)
    shared.mirror().reread(renamed)


def _begin_anew() -> None:
    with frame.reporting():
        shared.members().begin_anew(session.actor())
        st.session_state["join_anew_sure"] = False
        afterwards.say(SAID, _("The class begins anew: nobody has joined yet."))
