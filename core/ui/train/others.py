"""Several algorithms with one press: those beside the chosen one are trained with their usual settings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import streamlit as st

from core import words
from core.i18n import _, ngettext
from core.text import plain
from core.training.efforts import Effort
from core.training.tasks import Algorithm, Task
from core.ui import pickers
from core.ui.train import launching, results


def choose(task: Task, algorithm: Algorithm) -> list[str]:
    """Offer the task's other algorithms to be trained along; none is to begin with."""
    names = [one.name for one in task.algorithms if one.name != algorithm.name]
    if not names:
        return []
    chosen = st.pills(
        _("Train these too, with their usual settings"), names, selection_mode="multi",
        format_func=pickers.told_apart(names, words.algorithm), key=f"train_also_{task.name}_{algorithm.name}",
    )  # fmt: skip
    return [name for name in names if name in chosen]


def button_words(algorithm: Algorithm, also: Sequence[str]) -> str:
    """Return what the button says that launches them."""
    if not also:
        return _("Train: {algorithm}").format(algorithm=plain(words.algorithm(algorithm.name)))
    return ngettext("Train {count} algorithm", "Train {count} algorithms", 1 + len(also))


def launch(task: Task, also: Sequence[str], effort: Effort, said: tuple[str, Mapping[str, str]]) -> None:
    """Launch the others with the same note and tags; their cards stand below the chosen one's, in their order."""
    for place, name in enumerate(also, 1):
        results.add(launching.launch(task, name, {}, "", effort, said), place)
