"""Who does something and what they may do: every function of ``core`` that writes asks its ``Actor`` first.

Who the presenter is, ``core.classroom`` says; everybody else is audience. Pages hide what would be refused by asking
the same Actor.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from getpass import getuser
from typing import Literal, get_args

from core.errors import PizarraError
from core.i18n import LANGUAGES, N_, speaking, translate

Action = Literal[
    "train",  # schedule a run, or have a worker train it
    "train_here",  # in place of a Dask scheduler that was given, for everybody
    "stop",  # end a run of one's own that waits or is being trained
    "stop_others",
    "load_demo",
    "reset_demo",  # and bring back what was there before
    "delete_runs",
    "restore_runs",
    "direct",  # say which way a metric is better
    "add_document",  # to the files of a run, as scenarios are
    "register",
    "edit",  # descriptions, aliases and tags
    "move",
    "undo",
    "settle",  # what another program left
    "edit_gates",
    "override_gates",
    "save_cutoff",
    "delete_versions",  # one, or a model with all of them
    "upload",
    "upload_results",  # that were kept on this computer, as their store had not taken them
    "keep_table",  # as a task for everybody; also rename and delete it
    "score",  # a file of one's own
    "score_folder",  # on the computers where the workers are
    "precompute",  # keep answers that programs look up
    "run_code",  # that came with a model, for everybody
    "change_store",  # that all visitors see: work on a copy
    "tell_truth",  # what turned out to be true of what a model was asked
    "lead",  # the class: who may come in and do what
    "schedule",  # what is done by itself, and when; also stop it
    "edit_tokens",  # by which programs show who asks, and whether they have to
]
THE_CLASS = N_("The class")  # stored as it stands here; pages translate it

Role = Literal["presenter", "audience"]


class ForbiddenError(PizarraError):
    """Whoever asks may not do this."""


ACTIONS: frozenset[Action] = frozenset(get_args(Action))
AUDIENCES: frozenset[Action] = frozenset({"train", "stop"})  # what the audience may, where the presenter lets it
MAY: Mapping[Role, frozenset[Action]] = {"presenter": ACTIONS, "audience": AUDIENCES}


@dataclass(frozen=True)
class Actor:
    """Somebody, or a program, that does something. Travels to workers.

    ``name`` is stored with what they do, so it is never a word that the reader's language decides; it is empty where
    nobody gave one. ``place`` is the computer they come from, empty where that is this one or not known. ``closed`` is
    what the audience may not do at this moment, ``member`` what tells somebody in a class from all others.
    """

    name: str
    role: Role
    place: str = field(default="", compare=False)
    closed: frozenset[Action] = field(default=frozenset(), compare=False)
    member: str = field(default="", compare=False)

    @property
    def visitor(self) -> str:
        """What tells one visitor from another: who they are in the class, else where they come from."""
        return self.member or self.place or self.role

    @property
    def is_stranger(self) -> bool:
        """Tell whether they would only have to join the class to do what the audience may."""
        return self.role == "audience" and not self.member and "train" not in self.closed

    def may(self, action: Action) -> bool:
        """Say whether they may do something.

        >>> ana = Actor("Ana", "audience", member="1")
        >>> ana.may("train"), ana.may("delete_versions"), Actor("", "audience").may("train")
        (True, False, False)
        """
        if action == "train" and self.is_stranger:
            return False
        return action in MAY[self.role] and not (self.role == "audience" and action in self.closed)

    def check(self, action: Action) -> None:
        """Refuse what they may not do.

        Raises:
            ForbiddenError: only the presenter may, or lets nobody at this moment.
        """
        if action == "train" and self.is_stranger:
            raise ForbiddenError(
                N_("Whoever trains in a class needs a nickname."), N_("Open “Join” and write one, then come back.")
            )
        if not self.may(action):
            raise ForbiddenError(
                N_("Only the presenter may do this now."),
                N_("Ask the presenter; the first page says how one becomes the presenter."),
            )


def machine_user() -> Actor:
    """Return who uses the command line: whoever may do that may do everything."""
    try:
        name = getuser()
    except (ImportError, KeyError, OSError):  # in a container nobody may have this number
        name = ""
    return Actor(name, "presenter")


def stored_name(name: str) -> str:
    """Return a name as it is stored: what we proposed ourselves is the same in every language.

    >>> stored_name(" La clase "), stored_name("Ana")
    ('The class', 'Ana')
    """
    name = name.strip()
    for language in LANGUAGES:
        with speaking(language):
            if name == translate(THE_CLASS):
                return THE_CLASS
    return name
