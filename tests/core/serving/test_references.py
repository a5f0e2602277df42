from __future__ import annotations

from datetime import UTC, datetime

import pytest

from core.serving.problems import NotReadyError, NotThereError
from core.serving.references import answering_version, known_as, version_of
from core.store.registry.registered_models import RegisteredModel, Version
from core.store.registry.stages import Stage

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def a_version(number: int, stage: Stage, status: str = "READY") -> Version:
    return Version("flowers", number, stage, "", "", NOW, NOW, "", {}, status=status)


MODEL = RegisteredModel(
    "flowers",
    "",
    {},
    [a_version(5, "None"), a_version(4, "Production"), a_version(3, "Staging"), a_version(2, "Production"),
     a_version(1, "Archived")],
    {"champion": 4, "gone": 9},
)  # fmt: skip


@pytest.mark.parametrize(
    ("which", "number"),
    [("4", 4), ("1", 1), ("@champion", 4), ("Production", 4), ("production", 4), ("STAGING", 3), ("None", 5),
     ("Archived", 1)],
)  # fmt: skip
def test_a_version_is_named_by_number_alias_or_stage(which: str, number: int) -> None:
    assert version_of(MODEL, which).number == number


@pytest.mark.parametrize("which", ["7", "@nobody", "@gone", "Prod", "", "-1", "4.0", "٤", "99999999999999999999"])
def test_what_names_nothing_says_what_there_is(which: str) -> None:
    with pytest.raises(NotThereError, match=r"Ask for one of these: Production, Staging, @champion, @gone, 5, 4"):
        version_of(MODEL, which)


@pytest.mark.parametrize("which", ["Archived", "archived", "None"])
def test_only_live_stages_answer(which: str) -> None:
    with pytest.raises(NotThereError, match="Only Production and Staging answer by their stage"):
        answering_version(MODEL, which)


def test_an_archived_version_answers_by_its_number() -> None:
    assert answering_version(MODEL, "1").number == 1


def test_an_empty_stage_is_not_there() -> None:
    with pytest.raises(NotThereError, match="nothing that is called 'Staging'"):
        answering_version(RegisteredModel("flowers", "", {}, [a_version(1, "Production")]), "Staging")


def test_a_version_whose_registration_failed_does_not_answer() -> None:
    model = RegisteredModel("flowers", "", {}, [a_version(1, "Production", "FAILED_REGISTRATION")])
    with pytest.raises(NotReadyError, match="is not registered to its end: FAILED_REGISTRATION"):
        answering_version(model, "Production")


def test_many_versions_are_named_by_the_first_few() -> None:
    model = RegisteredModel("flowers", "", {}, [a_version(number, "None") for number in range(99, 0, -1)])
    assert known_as(model)[-2:] == ["88", "…"]
