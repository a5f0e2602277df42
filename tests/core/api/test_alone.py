"""The workshops' own requests, word for word, to a real process that answers programs alone."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.store.connection import open_store
from core.training.demo import unpack_demo
from tests.conftest import DEMO
from tests.fixtures.actors import FIXTURE
from tests.fixtures.alone import Alone, alone

# As workshop 004 writes it, to the byte
TOYOTA = """{
           "marca": "Toyota",
           "tipo_carroceria": "SUV",
           "año": 2020,
           "kilometraje": 50000,
           "tipo_combustible": "Gasolina",
           "transmision": "Automática",
           "cilindrada": 2000,
           "potencia": 150,
           "peso": 1500,
           "consumo": 8.5,
           "color": "Blanco",
           "edad_propietarios": 1,
           "calificacion_estado": 8.5,
           "region_venta": "Centro"
         }"""
OF_AN_OLD_ONE = TOYOTA.replace("2020", "1999")
SAMPLES = b'{"instances": [[5.1, 3.5, 1.4, 0.2], [7.0, 3.2, 4.7, 1.4], [6.3, 3.3, 6.0, 2.5]]}'
CARS, FLOWERS = "car-prices", "iris-classifier"
SPANISH = {"Accept-Language": "es-CO,es;q=0.9"}


@pytest.fixture(scope="module")
def demo_uri(migrated_database: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A store with the packed demo; only read it."""
    path = tmp_path_factory.mktemp("demo") / "mlflow.db"
    shutil.copy(migrated_database, path)
    assert unpack_demo(open_store(f"sqlite:///{path}"), FIXTURE, DEMO)
    return f"sqlite:///{path}"


@pytest.fixture(scope="module")
def cars(demo_uri: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Alone]:
    """A process whose served model says what cars cost."""
    with alone(tmp_path_factory.mktemp("cars"), demo_uri, settings={"PIZARRA_SERVED_MODEL": CARS}) as served:
        yield served


@pytest.fixture(scope="module")
def flowers(demo_uri: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Alone]:
    """A process whose served model knows flowers."""
    with alone(tmp_path_factory.mktemp("flowers"), demo_uri, settings={"PIZARRA_SERVED_MODEL": FLOWERS}) as served:
        yield served


@pytest.mark.long
def test_the_toyota_of_the_workshop_gets_its_price(cars: Alone) -> None:
    answered = cars.ask("POST", "/predict", TOYOTA.encode())
    assert answered.code == 200
    said = answered.json
    assert said["status"] == "success"
    assert said["precio_predicho"] == said["prediction"]
    assert said["precio_formateado"] == f"${said['precio_predicho']:,.2f} USD"
    assert 5_000 < said["precio_predicho"] < 30_000
    assert (said["model"], said["stage"]) == (CARS, "Production")
    named = cars.ask("POST", f"/api/models/{CARS}/Production/predict", TOYOTA.encode()).json
    assert named == said


@pytest.mark.long
@pytest.mark.parametrize("path", ["/predict", "/api/predict", f"/models/{CARS}/Production/predict"])
def test_a_car_of_the_last_century_is_refused_in_the_words_of_the_workshop(cars: Alone, path: str) -> None:
    refused = cars.ask("POST", path, OF_AN_OLD_ONE.encode(), SPANISH)
    assert refused.code == 400
    (field,) = refused.json["fields"]
    assert (field["name"], field["given"], field["problem"]) == ("año", 1999, "El año debe ser 2000 o posterior")
    assert field["may_be"]["minimum"] == 2000


@pytest.mark.long
def test_the_model_says_of_itself_what_it_takes(cars: Alone) -> None:
    assert cars.ask("GET", "/health").json == {
        "status": "healthy", "model_loaded": True, "model": CARS, "version": 2, "stage": "Production",
        "store_answers": True, "parts": {"store": "up", "artifacts": "up", "cluster": "not started"},
    }  # fmt: skip
    told = cars.ask("GET", "/model-info").json
    assert (told["model"], told["algorithm"]) == (CARS, "random_forest")
    assert set(told["input_schema"]["properties"]) == set(json.loads(TOYOTA))
    assert told["input_schema"]["properties"]["año"]["minimum"] == 2000
    document = cars.ask("GET", "/openapi.json").json
    own = document["paths"][f"/models/{CARS}/Production/predict"]["post"]["requestBody"]["content"]["application/json"]
    assert own["schema"] == told["input_schema"]


@pytest.mark.long
def test_three_flowers_are_answered_as_the_workshop_shows(flowers: Alone) -> None:
    one = b'{"instances": [[5.1, 3.5, 1.4, 0.2]]}'
    assert flowers.ask("POST", "/invocations", one).body == b'{"predictions": [0]}'
    assert flowers.ask("POST", "/invocations", SAMPLES).json == {"predictions": [0, 1, 2]}
    named = flowers.ask("POST", "/predict_names", SAMPLES).json["predictions"]
    assert named == ["setosa", "versicolor", "virginica"]
    assert flowers.ask("GET", "/health").json["model_loaded"] is True
    assert flowers.ask("GET", "/").json["service"] == "Pizarra"


@pytest.mark.long
def test_what_answers_at_the_root_answers_below_api_too(flowers: Alone) -> None:
    led = flowers.ask("GET", "/api")
    assert (led.code, led.headers["location"]) == (307, "api/")
    assert flowers.ask("GET", "/api/").json["docs"] == "/api/docs"
    assert flowers.ask("GET", "/docs").code == 200


@pytest.mark.long
def test_who_only_wants_to_know_that_it_is_there_asks_without_a_body(flowers: Alone) -> None:
    asked = flowers.ask("GET", "/health")
    heard = flowers.ask("HEAD", "/health")
    assert (heard.code, heard.body) == (200, b"")
    assert heard.headers["content-length"] == asked.headers["content-length"]
    assert flowers.ask("HEAD", "/predict").code == 405
