"""The lesson is walked on a real dashboard with the demo, from its first step to its last, in both languages."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

from core.store.connection import open_store
from core.training.demo import unpack_demo
from core.ui import lessons
from tests.fixtures.actors import FIXTURE
from tests.fixtures.dashboards import PHONE, PROJECTOR, Dashboard, Visitor, free_port
from trainers.demo import DEMO

LESSON = lessons.lesson()


@pytest.fixture(scope="module")
def demo(migrated_database: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dashboard]:
    """A dashboard with the demo."""
    folder = tmp_path_factory.mktemp("lesson")
    shutil.copy(migrated_database, folder / "mlflow.db")
    assert unpack_demo(open_store(f"sqlite:///{folder / 'mlflow.db'}"), FIXTURE, DEMO)
    running = Dashboard(folder, free_port())
    yield running
    running.stop()


@pytest.mark.long
@pytest.mark.parametrize(
    ("language", "done", "size", "projector"),
    [
        pytest.param("es", "11 de 11 pasos están hechos.", PROJECTOR, "1", id="es"),
        pytest.param("en", "11 of 11 steps are done.", PHONE, "", id="en", marks=pytest.mark.long),
    ],
)
def test_a_class_goes_from_the_first_step_to_the_last(
    demo: Dashboard, visit: Callable[..., Visitor], language: str, done: str, size: dict[str, int], projector: str
) -> None:
    visitor = visit(size)
    page = visitor.page
    visitor.go(demo, "lesson", lang=language, projector=projector, step=LESSON.steps[0].name)
    expect(visitor.part("lesson_question")).to_contain_text(LESSON.steps[0].question.text[language][:40])
    visitor.push("lesson_open")
    for step in LESSON.steps:
        page.wait_for_url(f"**/{step.page}?**lesson={step.name}**")
        visitor.settled()
        said = step.do[language].replace("**", "")
        expect(visitor.part("lesson_bar")).to_contain_text(said)
        for key in step.press:
            there = page.locator(f".st-key-{key}:visible")
            expect(page.locator(f".st-key-{key}")).to_have_count(1)
            marked = there if there.count() else visitor.part(f"{step.page}_choices_fold")  # folded away
            expect(marked).to_be_visible()
            before = marked.evaluate("part => getComputedStyle(part, '::before').content")
            assert before == ('"▼ Aquí"' if language == "es" else '"▼ Here"')
            assert "dashed" in marked.evaluate("part => getComputedStyle(part).outlineStyle")
        visitor.is_well()
        visitor.push("lesson_bar_next")
    page.wait_for_url("**/lesson**")
    visitor.see(done)
    expect(visitor.part("lesson_bar")).to_have_count(0)
    page.reload()
    visitor.settled()
    visitor.see(done)
    visitor.push("lesson_anew")
    visitor.see(done.replace("11", "0", 1))
