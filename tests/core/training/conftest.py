"""What tests of training share: the sweeps of a test's own cluster."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from core.training.jobs import Jobs
from core.training.sweeps.sweeps import Sweeps


@pytest.fixture
def sweeps(jobs: Jobs) -> Iterator[Sweeps]:
    """The sweeps of a process, none of which goes on after the test."""
    sweeps = Sweeps(jobs)
    yield sweeps
    sweeps.close()
