"""Every route against its OpenAPI document: what it answers is what the document says, whatever is sent."""

from __future__ import annotations

from uuid import uuid4

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import GenerationMode
from schemathesis.config import SchemathesisConfig
from schemathesis.generation.case import Case
from schemathesis.schemas import APIOperation
from schemathesis.specs.openapi.checks import negative_data_rejection, positive_data_acceptance

from core.access import machine_user
from core.api.programs.app import programs_app
from core.serving.here import tokens
from core.store.connection import Store
from tests.fixtures.draws import draws
from trainers import TASKS

# A request is read as leniently as the cells of a file, and may be refused for what only its model knows
UNTOLD = [negative_data_rejection, positive_data_acceptance]
OWN = "/models/iris-classifier/Production/predict"  # whose schema is its model's


@schemathesis.serializer("application/vnd.apache.parquet")
def _as_it_is(_context: object, value: object) -> bytes:
    """Return what is drawn for a file: bytes that are none."""
    return value if isinstance(value, bytes) else repr(value).encode()


@pytest.fixture
def operations(in_use: Store) -> list[APIOperation]:
    """What the document of an app in front of a small store lists."""
    config = SchemathesisConfig.from_dict({"generation": {"deterministic": True}})
    schema = schemathesis.openapi.from_asgi("/openapi.json", programs_app(lambda: TASKS), config=config)
    return [found.ok() for found in schema.get_all_operations()]


def test_every_route_answers_as_its_document_says(operations: list[APIOperation]) -> None:
    assert len(operations) > 30
    wrong, known = [], _known()
    for operation in operations:
        for case in _edges(operation, draws(400, 100)):
            try:
                case.call_and_validate(excluded_checks=UNTOLD, headers=known)
            except AssertionError as error:
                wrong.append(f"{operation.label}: {error}")
    assert not wrong, "\n\n".join(wrong)


@pytest.mark.long
@pytest.mark.parametrize("mode", GenerationMode)
def test_every_route_takes_whatever_is_drawn(operations: list[APIOperation], mode: GenerationMode) -> None:
    for operation in operations:
        if operation.body or (operation.path_parameters and mode is GenerationMode.POSITIVE):
            _draw(operation, mode, draws(60, 20))


@pytest.mark.long
@pytest.mark.filterwarnings("ignore:overflow encountered:RuntimeWarning")  # of the largest numbers that there are
def test_what_the_schema_of_a_model_allows_its_model_answers(operations: list[APIOperation]) -> None:
    (operation,) = [one for one in operations if one.path == OWN]

    @settings(max_examples=50, derandomize=True, database=None, deadline=None, suppress_health_check=list(HealthCheck))
    @given(operation.as_strategy(GenerationMode.POSITIVE))
    def ask(case: Case) -> None:
        assert case.call().status_code == 200

    ask()


def _known() -> dict[str, str]:
    """Return the heading of a program that may tell true answers too."""
    secret, _token = tokens().make(machine_user(), uuid4().hex)
    return {"Authorization": f"Bearer {secret}"}


def _edges(operation: APIOperation, most: int) -> list[Case]:
    """Return cases at the edges of what is allowed, and over them, spread over all that there are."""
    found = list(
        operation.schema.iter_coverage_cases(
            operation, generation_modes=list(GenerationMode), generation_config=operation.schema.config.generation
        )
    )
    return found[:: max(1, len(found) // most)]


def _draw(operation: APIOperation, mode: GenerationMode, most: int) -> None:
    known = _known()

    @settings(
        max_examples=most, derandomize=True, database=None, deadline=None, phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(operation.as_strategy(mode))
    def ask(case: Case) -> None:
        case.call_and_validate(excluded_checks=UNTOLD, headers=known)

    ask()
