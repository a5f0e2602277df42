"""When a trial is given up."""

import pytest

from core.training.sweeps.trying import TrialJob, is_worse
from tests.fixtures.sweep_task import TASK


@pytest.mark.parametrize(("is_lower_better", "given_up"), [(False, 0.4), (True, 0.6)])
def test_a_trial_is_given_up_on_the_side_that_is_worse(is_lower_better: bool, given_up: float) -> None:
    job = TrialJob(
        "", "", "", TASK, "neighbours", {}, "accuracy", "fair", asks_test_rows=False, bars=(0.5,),
        is_lower_better=is_lower_better,
    )  # fmt: skip
    assert is_worse([given_up], job)
    assert not is_worse([1 - given_up], job)
    assert not is_worse([given_up, given_up], job)  # the last fold saves nothing
