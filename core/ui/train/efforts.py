"""How thoroughly a model is judged: chosen by name, with what it means and how long it may take here."""

from __future__ import annotations

import streamlit as st

from core.i18n import N_, _, duration
from core.process import baselines, cache, durations
from core.training.efforts import EFFORTS, QUICK, Effort, usual
from core.training.tasks import Algorithm, Task
from core.ui import address, frame, pickers, session

TITLES: dict[Effort, str] = {"quick": N_("Quick look"), "fair": N_("Fair"), "thorough": N_("Thorough")}
MEANINGS: dict[Effort, str] = {
    "quick": N_("One split: the model is tested once, on rows that it has not seen."),
    "fair": N_(
        "Besides the test: five times it learns from four fifths of the training rows and is tried on the rest; fewer "
        "times where a class has fewer rows."
    ),
    "thorough": N_("As fair, three times over, each time divided in another way."),
}


def choose(task: Task, algorithm: Algorithm) -> Effort:
    """Choose an effort; begins with the fair one where that takes no minute, but for tries and phones: others wait."""
    key, asked = f"train_effort_{task.name}_{algorithm.name}", address.value("effort")
    fair = durations.seconds(task.name, algorithm.name, "fair")
    rows = len(cache.dataset(task.dataset, task.dataset.name).frame)
    is_shared = baselines.is_contested(task) or session.actor().role == "audience"
    begin: Effort = QUICK if is_shared else usual(fair, rows)
    chosen: Effort = next((effort for effort in EFFORTS if effort == asked), begin)
    address.keep("effort", chosen if asked == chosen else "")
    if asked and asked != chosen:
        address.say_missing("effort", pickers.not_there(_("Effort"), asked, _(TITLES[chosen])))
    pickers.control(key, chosen)
    st.segmented_control(
        _("Effort"), EFFORTS, format_func=lambda effort: _(TITLES[effort]), required=True, key=key,
        on_change=lambda: address.choose("effort", st.session_state[key]),
    )  # fmt: skip
    frame.note(f"{_meaning(chosen, task)} {_time(durations.seconds(task.name, algorithm.name, chosen))}")
    return chosen


def _meaning(chosen: Effort, task: Task) -> str:
    if chosen != QUICK and task.division.ordered_by:
        words = _(
            "Besides the test: up to five times it learns from the earlier training rows and is tried on those that "
            "follow."
        )
        more = _("In time rows can be divided in one way only, so thorough is the same as fair.")
        return f"{words} {more}" if chosen == "thorough" else words
    return _(MEANINGS[chosen])


def _time(seconds: float | None) -> str:
    if seconds is None:
        return _("How long that takes is not known: none was trained on this machine yet.")
    return _("By those trained here before, that takes about {duration}.").format(duration=duration(seconds))
