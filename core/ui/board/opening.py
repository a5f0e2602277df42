"""Open a board, or wait until whoever presents opens one."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from core.classroom.boards import MOST_TRIES
from core.comparison.measures import CLASSIFICATION, REGRESSION, TESTED
from core.i18n import _, ngettext
from core.process import cache, shared
from core.training.contests import PUBLIC_HALF, TEST_ROWS
from core.training.tasks import Task
from core.ui import afterwards, frame, pickers, session

SAID = "board_said"
SECONDS = 3.0  # between two looks whether a board is open
TRIES = 10  # of each, where nobody says otherwise


def show(tasks: Mapping[str, Task]) -> None:
    """Offer the presenter to open a board; others see it as soon as it is."""
    afterwards.show(SAID)
    if not session.actor().may("lead"):
        frame.empty(
            _("**No board is open.** It appears here as soon as the presenter opens one."), "train", _("Train a model")
        )
        _wait()
        return
    with st.container(border=True, key="board_opening"):
        st.markdown(
            _("**No board is open.** While one is, everybody’s runs of its task are measured on half of the test rows, "
              "the public half. The reveal shows the other half.")
        )  # fmt: skip
        task = tasks[
            pickers.choose_here(_("Task"), list(tasks), key="board_task", show=lambda name: _(tasks[name].title))
        ]
        metric = pickers.choose_here(_("Metric"), metrics(task), key=f"board_metric_{task.kind}")
        with st.container(horizontal=True):
            each = limit_field(_("Tries of each (0: no limit)"), TRIES, key="board_each")
            total = limit_field(_("Tries of all together (0: no limit)"), 0, key="board_total")
        _say_what_was_trained_before(task)
        if any(board.task == task.name and board.revealed for board in shared.boards().records()):
            frame.note(
                _("The hidden half of this task was shown on an earlier board, and it is the same again: whoever "
                  "trains with the same parameters knows what comes out.")
            )  # fmt: skip
        if st.button(_("Open the board"), key="board_open", type="primary", icon=":material/leaderboard:"):
            shared.boards().open(session.actor(), task.name, metric, each=each, total=total)
            st.rerun()


def metrics(task: Task) -> list[str]:
    """Return the metrics by which a board of a task can be ordered."""
    if task.kind == "regression":
        return [f"{TESTED}{name}" for name in REGRESSION]
    return [f"{TESTED}{name}" for name in CLASSIFICATION if name != "roc_auc" or len(task.class_names) == 2]


def limit_field(label: str, value: int, *, key: str) -> int:
    """Ask for a limit of tries."""
    return int(st.number_input(label, min_value=0, max_value=MOST_TRIES, value=value, step=1, key=key))


@frame.live(SECONDS)
def _wait() -> None:
    if shared.boards().current() is not None:
        st.rerun()


def _say_what_was_trained_before(task: Task) -> None:
    """Count the runs that know all test rows: who finds the same parameters there can work out the hidden half."""
    runs = cache.runs([one.experiment_id for one in cache.experiments()])
    if not len(runs):
        return
    of_task = runs.info["task"] == task.name
    if TEST_ROWS in runs.params:
        of_task &= runs.params[TEST_ROWS] != PUBLIC_HALF
    if count := int(of_task.sum()):
        frame.note(
            ngettext(
                "{count} run of this task in the store was measured on all test rows: whoever trains with the same "
                "parameters could work out the hidden half from it.",
                "{count} runs of this task in the store were measured on all test rows: whoever trains with the same "
                "parameters could work out the hidden half from them.",
                count,
            )
        )
