"""The file of a class, new for each test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from core.classroom.class_file import ClassFile


@pytest.fixture
def file(tmp_path: Path) -> Iterator[ClassFile]:
    opened = ClassFile(tmp_path)
    yield opened
    opened.close()
