from __future__ import annotations

import pytest

from core.access import Action, check, may
from core.errors import PizarraError

ACTIONS: tuple[Action, ...] = ("edit_gates", "override_gates", "save_cutoff", "delete", "score_folder")


@pytest.mark.parametrize("action", ACTIONS)
def test_on_this_computer_everybody_is_the_presenter(action: Action) -> None:
    assert may(action, None)
    check(action, None)


@pytest.mark.parametrize("action", ACTIONS)
def test_who_comes_from_another_computer_is_not(action: Action) -> None:
    assert not may(action, "192.168.1.20")
    with pytest.raises(PizarraError, match=r"Only the presenter may do this.*Ask the presenter"):
        check(action, "192.168.1.20")
