"""Traffic: how much the version was asked and how fast it was, how often Staging disagrees, and what went wrong."""

from __future__ import annotations

from datetime import UTC, datetime

import pandas as pd
import streamlit as st

from core.figures import traffic as figure
from core.i18n import _, in_time, moment, ngettext, number, percent
from core.monitoring.traffic import Stretch, Traffic, traffic
from core.process.memory import kept
from core.serving import meters
from core.serving.logged import log_folder
from core.ui import charts, frame, session
from core.ui.monitor.choice import ORIGINS, SECONDS, Monitored

NOTHING = "–"
WIDTH, ON_PROJECTOR = 165, 270  # px: two beside each other on a phone
HOURS = {"hour": 1, "day": 24}


def show(monitored: Monitored) -> None:
    """Show requests, rows, times and disagreement of the window, and errors since the program began."""
    version = monitored.asked.version
    if monitored.at is None or not monitored.who:
        frame.note(_("These rows were not asked by anybody, so there is no traffic."))
        return
    since = monitored.at.iloc[0].to_pydatetime()
    found = _traffic(version.model, version.number, since, monitored.who)
    width, all_of_it = ON_PROJECTOR if session.projector() else WIDTH, found.together
    with st.container(horizontal=True, key="monitor_traffic"):
        st.metric(_("Requests"), number(all_of_it.requests, 0), width=width)
        st.metric(_("Half answered within"), _took(all_of_it.p50), width=width)
        st.metric(_("95 of 100 within"), _took(all_of_it.p95), width=width)
        st.metric(_("Staging disagrees"), _differs(all_of_it), width=width)
    title = _("Rows asked since {moment}").format(moment=moment(since))
    charts.show(
        figure.traffic(
            [one.begin for one in found.stretches], [one.rows for one in found.stretches], HOURS[found.span], title,
            session.style(),
        ),
        key="monitor_traffic_figure",
        alt=title,
        table=lambda: pd.DataFrame([_line(one) for one in found.stretches]),
    )  # fmt: skip
    st.markdown(_errors(version.model, str(version.number)))


@kept(lambda model, version, since, who: (log_folder(), model, version, since, who), max_entries=16, seconds=SECONDS)
def _traffic(model: str, version: int, since: datetime, who: str) -> Traffic:
    return traffic(log_folder(), model, version, since, datetime.now(UTC), origins=ORIGINS.get(who, ()))


def _line(one: Stretch) -> dict[str, object]:
    return {
        _("From"): moment(one.begin),
        _("Requests"): one.requests,
        _("Rows"): one.rows,
        _("Half answered within"): _took(one.p50),
        _("95 of 100 within"): _took(one.p95),
        _("Staging disagrees"): _differs(one),
    }


def _took(milliseconds: float) -> str:
    return NOTHING if milliseconds != milliseconds else in_time(milliseconds / 1000)


def _differs(one: Stretch) -> str:
    return percent(one.differ / one.shadowed) if one.shadowed else NOTHING


def _errors(model: str, version: str) -> str:
    """Say what went wrong for programs, as the log has only what was answered."""
    failed = meters.failed(model, version)
    if failed is None:
        return ""
    if not failed:
        return _(
            "None of the requests of programs that reached this version by this dashboard has failed since it began."
        )
    words = ngettext(
        "{count} request of a program that reached this version by this dashboard has failed since it began:",
        "{count} requests of programs that reached this version by this dashboard have failed since it began:",
        sum(failed.values()),
    )
    return f"{words} {', '.join(f'{number(count, 0)} × {code}' for code, count in failed.items())}."
