"""What programs are told when they ask a model: by MLflow's protocol, by records, why, and what if."""

from __future__ import annotations

import json
from collections import namedtuple
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import mlflow
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression

from core.access import machine_user
from core.prediction.schema import input_frame
from core.process import asked, cache, parts, shared
from core.serving.here import tokens
from core.serving.log.reading import inputs_of, read_log
from core.serving.logged import log_folder, prediction_log, shadow
from core.settings import settings
from core.store.connection import Store
from tests.core.api.programs.conftest import Ask, asking
from tests.fixtures.stores import FLOWERS, SUGAR

Said = namedtuple("Said", "values")
MODEL = f"/api/models/{FLOWERS}/Production"
NAMES = ["sepal length (cm)", "sepal width (cm)", "petal length (cm)", "petal width (cm)"]
SAMPLES = [[5.1, 3.5, 1.4, 0.2], [7.0, 3.2, 4.7, 1.4], [6.3, 3.3, 6.0, 2.5]]  # of the workshops
SETOSA = dict(zip(NAMES, SAMPLES[0], strict=True))
SPANISH = {"Accept-Language": "es-CO,es;q=0.9"}


def test_the_three_samples_of_the_workshops_are_answered(program: Ask) -> None:
    assert program("POST", f"{MODEL}/invocations", json={"instances": SAMPLES}).json() == {"predictions": [0, 1, 2]}
    said = program("POST", f"{MODEL}/predict_names", json={"instances": SAMPLES}).json()
    assert said == {
        "predictions": ["setosa", "versicolor", "virginica"], "model": FLOWERS, "version": 2, "stage": "Production",
    }  # fmt: skip


@pytest.mark.long
@pytest.mark.parametrize(
    "document",
    [
        {"instances": SAMPLES}, {"inputs": SAMPLES}, {"dataframe_split": {"data": SAMPLES}},
        {"dataframe_split": {"columns": NAMES[::-1], "data": [row[::-1] for row in SAMPLES]}},
        {"dataframe_records": [dict(zip(NAMES, row, strict=True)) for row in SAMPLES]},
        {"instances": [dict(zip(NAMES, row, strict=True)) for row in SAMPLES]},
        {"inputs": {name: [row[place] for row in SAMPLES] for place, name in enumerate(NAMES)}},
    ],
)  # fmt: skip
def test_rows_may_come_in_any_of_mlflows_forms(program: Ask, document: dict[str, Any]) -> None:
    assert program("POST", f"{MODEL}/invocations", json=document).json() == {"predictions": [0, 1, 2]}
    names = program("POST", f"{MODEL}/predict_names", json=document).json()["predictions"]
    assert names == ["setosa", "versicolor", "virginica"]


@pytest.mark.long
def test_a_record_is_answered_with_all_that_the_page_says(program: Ask) -> None:
    said = program("POST", f"{MODEL}/predict", json=SETOSA).json()
    assert (said["prediction"], said["class_name"]) == (0, "setosa")
    assert (said["model"], said["version"], said["stage"]) == (FLOWERS, 2, "Production")
    assert said["typicality"]["verdict"] == "typical"
    model = next(one for one in cache.models() if one.name == FLOWERS)
    opened = asked.opened(model, model.version(2))
    wanted = opened.predictor.ask(input_frame(opened.fields, SETOSA)).first()
    assert said["probabilities"] == dict(wanted.probabilities or {})


@pytest.mark.part(3)
@pytest.mark.parametrize("route", ["predict", "what-if", "explain"])
def test_a_number_that_json_has_no_whole_number_for_is_answered_all_the_same(program: Ask, route: str) -> None:
    fields = program("GET", f"/api/models/{SUGAR}/Production").json()["signature"]["inputs"]
    record = {one["name"]: -(10**30) for one in fields}
    sent = record if route == "predict" else {"inputs": record}
    assert program("POST", f"/api/models/{SUGAR}/Production/{route}", json=sent).status_code == 200


def test_a_number_comes_with_its_unit_and_no_price_that_it_is_not(program: Ask) -> None:
    fields = program("GET", f"/api/models/{SUGAR}/Production").json()["signature"]["inputs"]
    said = program("POST", f"/api/models/{SUGAR}/Production/predict", json={one["name"]: 0.0 for one in fields}).json()
    assert isinstance(said["prediction"], float)
    assert "class_name" not in said
    assert not any(name.endswith("_formateado") for name in said)


def test_what_is_odd_about_inputs_is_told(program: Ask) -> None:
    said = program("POST", f"{MODEL}/predict", json=SETOSA | {"petal width (cm)": 90}, headers=SPANISH).json()
    assert said["typicality"]["verdict"] == "never seen"
    (odd,) = [one for one in said["typicality"]["odd"] if one["name"] == "petal width (cm)"]
    assert odd["value"] == 90
    assert "90" in odd["words"]


@pytest.mark.long
@pytest.mark.parametrize(
    ("record", "name", "problem"),
    [
        (SETOSA | {"petal width (cm)": "wide"}, "petal width (cm)", "no es un número con punto decimal"),
        (SETOSA | {"sepal length (cm)": "1.234"}, "sepal length (cm)", "puede tener decimales o miles"),
        (SETOSA | {"petal width (cm)": True}, "petal width (cm)", "no es un número"),
        (SETOSA | {"petal width (cm)": None}, "petal width (cm)", "falta"),
        (SETOSA | {"petal width (cm)": [1]}, "petal width (cm)", "es una lista o un objeto"),
        (dict.fromkeys(NAMES[1:], 1.0), "sepal length (cm)", "falta"),
        (SETOSA | {"colour": "red"}, "colour", "no es una entrada de este modelo"),
    ],
)
def test_an_input_that_cannot_be_is_named(program: Ask, record: dict[str, Any], name: str, problem: str) -> None:
    refused = program("POST", f"{MODEL}/predict", json=record, headers=SPANISH)
    assert refused.status_code == 400
    assert refused.json()["error_code"] == "INVALID_PARAMETER_VALUE"
    (field,) = refused.json()["fields"]
    assert (field["name"], field["problem"]) == (name, problem)
    assert field["may_be"]


def test_a_limit_that_the_task_declares_holds(program: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    from trainers import TASKS

    limit = type(TASKS["car_prices"].limits[0])("petal width (cm)", TASKS["car_prices"].limits[0].message, low=2000)
    monkeypatch.setattr("core.api.programs.asking.limits_of", lambda *_: [limit])
    refused = program("POST", f"{MODEL}/predict", json=SETOSA, headers=SPANISH)
    assert refused.status_code == 400
    (field,) = refused.json()["fields"]
    assert field["problem"] == "El año debe ser 2000 o posterior"
    assert field["may_be"]["minimum"] == 2000
    assert program("POST", f"{MODEL}/predict", json=SETOSA | {"petal width (cm)": 2000}).status_code == 200


@pytest.mark.part(6)
@pytest.mark.parametrize(
    ("method", "path", "code", "name"),
    [
        ("POST", "/api/models/nobody/Production/predict", 404, "RESOURCE_DOES_NOT_EXIST"),
        ("POST", f"/api/models/{FLOWERS}/Archived/predict", 404, "RESOURCE_DOES_NOT_EXIST"),
        ("POST", f"/api/models/{FLOWERS}/9/invocations", 404, "RESOURCE_DOES_NOT_EXIST"),
        ("POST", f"/api/models/{SUGAR}/Staging/predict", 404, "RESOURCE_DOES_NOT_EXIST"),
        ("GET", f"{MODEL}/nothing", 404, "ENDPOINT_NOT_FOUND"),
        ("GET", f"{MODEL}/predict", 405, "BAD_REQUEST"),
    ],
)
def test_what_is_not_there_is_said_in_the_one_shape(program: Ask, method: str, path: str, code: int, name: str) -> None:
    refused = program(method, path, json=SETOSA) if method == "POST" else program(method, path)
    assert (refused.status_code, refused.json()["error_code"]) == (code, name)
    assert refused.json()["request_id"] == refused.headers["x-request-id"]
    assert refused.json()["what_to_do"]


@pytest.mark.long
@pytest.mark.parametrize("body", [b"{", b"", b"NaN", b"\xff", b'{"a": 1', b"[" * 100_000])
def test_what_is_no_json_is_refused(program: Ask, body: bytes) -> None:
    for route in ("predict", "invocations", "predict_names", "explain", "what-if", "truth"):
        refused = program("POST", f"{MODEL}/{route}", content=body, headers={"Content-Type": "application/json"})
        assert refused.status_code in {400, 403}, route
        assert "Traceback" not in refused.text


@pytest.mark.part(12)
@pytest.mark.parametrize(
    "document",
    [[], 1, "a", {}, {"instances": []}, {"instances": [[1.0]]}, {"instances": SAMPLES, "inputs": SAMPLES},
     {"dataframe_split": 1}, {"dataframe_split": {"columns": 5, "data": [[1.0]]}},
     {"inputs": {}}, {"inputs": {"a": [1], "b": [1, 2]}}, {"instances": [SAMPLES[0], SETOSA]}],
)  # fmt: skip
def test_rows_in_none_of_the_forms_are_refused(program: Ask, document: Any) -> None:
    for route in ("predict_names", "invocations"):
        refused = program("POST", f"{MODEL}/{route}", json=document)
        assert refused.status_code == 400, route
        assert refused.json()["message"]


def test_half_a_character_is_refused(program: Ask) -> None:
    half = b'{"dataframe_records": [{"petal width (cm)": "\\ud800"}]}'
    for route in ("invocations", "predict_names"):
        refused = program("POST", f"{MODEL}/{route}", content=half, headers={"Content-Type": "application/json"})
        assert refused.status_code == 400, route


def test_parameters_that_a_model_does_not_have_are_not_passed_over(program: Ask) -> None:
    for params in ({"factor": 3}, [None], "factor"):
        refused = program("POST", f"{MODEL}/predict_names", json={"instances": SAMPLES, "params": params})
        assert refused.status_code == 400
        assert refused.json()["fields"][0]["name"] == "params"


def test_whoever_uses_a_wrong_method_is_told_the_right_one(program: Ask) -> None:
    for path in (f"/api/models/{FLOWERS}/truth", f"{MODEL}/truth", f"{MODEL}/predict"):
        refused = program("OPTIONS", path)
        assert (refused.status_code, refused.headers["allow"]) == (405, "POST"), path
    assert program("HEAD", "/api/health").status_code == 200


def test_a_refused_request_to_mlflows_protocol_names_the_inputs(program: Ask) -> None:
    refused = program("POST", f"{MODEL}/invocations", json={"dataframe_records": [SETOSA, SETOSA | {NAMES[1]: "x"}]})
    assert refused.status_code == 400
    assert [one["name"] for one in refused.json()["fields"]] == [NAMES[1]]
    csv = program("POST", f"{MODEL}/invocations", content=b"a,b\n1,2\n", headers={"Content-Type": "text/csv"})
    assert csv.status_code == 400
    assert "missing inputs" in csv.json()["message"]
    other = program("POST", f"{MODEL}/invocations", content=b"<a/>", headers={"Content-Type": "application/xml"})
    assert other.status_code == 415


def test_an_explanation_adds_up(program: Ask) -> None:
    said = program("POST", f"{MODEL}/explain", json={"inputs": SETOSA, "of": "virginica"}).json()
    assert said["of"] == "virginica"
    assert set(said["contributions"]) == set(NAMES)
    assert said["base"] + sum(said["contributions"].values()) == pytest.approx(said["answer"], abs=1e-9)
    refused = program("POST", f"{MODEL}/explain", json={"inputs": SETOSA, "of": "rose"})
    assert refused.status_code == 400
    assert refused.json()["fields"][0]["may_be"] == {"values": ["setosa", "versicolor", "virginica"]}


def test_what_if_moves_one_input_or_all(program: Ask) -> None:
    one = program("POST", f"{MODEL}/what-if", json={"inputs": SETOSA, "along": NAMES[2], "steps": 5}).json()
    assert list(one["curves"]) == [NAMES[2]]
    now = next(point for point in one["curves"][NAMES[2]] if point["value"] == SETOSA[NAMES[2]])
    assert now["answer"] == pytest.approx(one["probabilities"]["setosa"])
    every = program("POST", f"{MODEL}/what-if", json={"inputs": SETOSA}).json()
    assert set(every["curves"]) == set(NAMES)
    assert every["not_moved"] == []


@pytest.mark.long
def test_what_if_names_the_inputs_of_which_nothing_says_what_else_they_could_be(own_in_use: Store) -> None:
    mlflow.set_tracking_uri(own_in_use.uri)
    rows = pd.DataFrame({"height": [0.0, 1.0], "member": [True, False]})
    with mlflow.start_run(experiment_id="0"):
        mlflow.sklearn.log_model(
            LogisticRegression().fit(rows, [0, 1]), name="model", registered_model_name="plain",
            serialization_format="skops", pip_requirements=[], input_example=rows,
        )  # fmt: skip
    said = asking()("POST", "/api/models/plain/1/what-if", json={"inputs": {"height": 0.5, "member": True}}).json()
    assert (set(said["curves"]), said["not_moved"]) == ({"member"}, ["height"])
    along = {"inputs": {"height": 0.5, "member": True}, "along": "member"}
    assert asking()("POST", "/api/models/plain/1/what-if", json=along).json()["not_moved"] == []


@pytest.mark.part(7)
@pytest.mark.parametrize(
    ("document", "name"),
    [
        ({"inputs": SETOSA, "along": "colour"}, "along"), ({"inputs": SETOSA, "steps": 1}, "steps"),
        ({"inputs": SETOSA, "steps": 0}, "steps"),
        ({"inputs": SETOSA, "steps": "5"}, "steps"), ({"inputs": SETOSA, "step": 5}, "step"), (SETOSA, "inputs"),
        ({"inputs": [1]}, "inputs"),
    ],
)  # fmt: skip
def test_a_wrong_option_is_named(program: Ask, document: dict[str, Any], name: str) -> None:
    refused = program("POST", f"{MODEL}/what-if", json=document)
    assert refused.status_code == 400
    assert name in {field["name"] for field in refused.json()["fields"]}


@pytest.mark.long
def test_the_served_model_is_asked_without_its_name(program: Ask) -> None:
    health = program("GET", "/api/health").json()
    assert health == {
        "status": "healthy", "model_loaded": True, "model": SUGAR, "version": 1, "stage": "Production",
        "store_answers": True, "parts": {"store": "up", "artifacts": "up", "cluster": "not started"},
    }  # fmt: skip
    assert program("GET", "/api/model-info").json()["model"] == SUGAR


def test_health_is_503_when_no_model_loads(program: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    from core.settings import settings

    monkeypatch.setenv("PIZARRA_SERVED_MODEL", "nobody")
    monkeypatch.setattr(parts, "PATIENCE", 60.0)  # it is not about a slow machine
    settings.cache_clear()
    said = program("GET", "/api/health")
    assert said.status_code == 503
    assert said.json()["model_loaded"] is False
    assert said.json()["parts"] == {"store": "up", "artifacts": "up", "cluster": "not started"}
    assert program("GET", "/api/v2/health/ready").status_code == 503
    assert program("GET", "/api/v2/health/live").status_code == 200


def test_what_there_is_is_told(program: Ask) -> None:
    listed = program("GET", "/api/models").json()["models"]
    assert {one["name"]: one["stages"] for one in listed} == {
        FLOWERS: {"Production": 2, "Staging": 3}, SUGAR: {"Production": 1},
    }  # fmt: skip
    whole = program("GET", f"/api/models/{FLOWERS}").json()
    assert [one["version"] for one in whole["versions"]] == [3, 2, 1]
    version = program("GET", f"/api/models/{FLOWERS}/@champion").json()
    assert (version["version"], version["algorithm"], version["task"]) == (2, "logistic_regression", "iris")
    assert 0.9 < version["metrics"]["test_accuracy"] <= 1
    assert [one["name"] for one in version["signature"]["inputs"]] == NAMES


# What is kept of it


def logged() -> pd.DataFrame:
    assert shadow().settle()
    assert prediction_log().flush()
    return read_log(log_folder(), FLOWERS, datetime(2020, 1, 1, tzinfo=UTC))


def test_answers_are_logged_with_what_staging_would_have_said(program: Ask) -> None:
    answered = program("POST", f"{MODEL}/predict", json=SETOSA)
    program("POST", f"{MODEL}/invocations", json={"instances": SAMPLES})
    program("POST", f"{MODEL}/predict_names", json={"instances": SAMPLES[:1]})
    program("POST", f"/api/models/{FLOWERS}/Staging/predict", json=SETOSA)
    kept = logged()
    assert list(kept["prediction"]) == ["setosa", "setosa", "versicolor", "virginica", "setosa", "setosa"]
    assert kept["request_id"].iloc[0] == answered.headers["x-request-id"]
    assert list(kept["version"]) == [2, 2, 2, 2, 2, 3]
    assert set(kept["origin"]) == {"api"}
    assert inputs_of(kept)[NAMES].iloc[1:4].to_numpy().tolist() == SAMPLES
    assert list(kept["shadow_version"].fillna(0)) == [3, 3, 3, 3, 3, 0]
    assert kept["shadow_prediction"].iloc[3] == "virginica"


@pytest.mark.long
def test_the_truth_comes_later_by_the_id_of_the_request(program: Ask) -> None:
    first = program("POST", f"{MODEL}/predict", json=SETOSA).headers["x-request-id"]
    second = program("POST", f"{MODEL}/invocations", json={"instances": SAMPLES}).headers["x-request-id"]
    secret, _token = tokens().make(machine_user(), "the clinic")
    known = {"Authorization": f"Bearer {secret}"}
    told = program("POST", f"{MODEL}/truth", json={"request_id": first, "truth": "versicolor"}, headers=known)
    assert told.json() == {"noted": 1, "replaced": 0, "unknown": 0, "rowless": 0, "ambiguous": 0, "examples": []}
    table = f"request_id,row,truth\n{second},2,virginica\nnobody,0,setosa\n".encode()
    told = program("POST", f"/api/models/{FLOWERS}/truth", content=table, headers=known | {"Content-Type": "text/csv"})
    assert (told.json()["noted"], told.json()["unknown"], told.json()["examples"]) == (1, 1, ["nobody"])
    kept = logged().set_index(["request_id", "row"])["truth"]
    assert kept[first, 0] == "versicolor"
    assert kept[second, 2] == "virginica"


@pytest.mark.long
@pytest.mark.parametrize("table", [b"", b"{}", b"request_id,truth\n", b"PAR1", b"\xff\xfe\x00"])
def test_a_table_of_truths_that_cannot_be_read_is_refused(program: Ask, table: bytes) -> None:
    secret, _token = tokens().make(machine_user(), f"the clinic {len(table)} {table!r:.20}")
    known = {"Authorization": f"Bearer {secret}", "Content-Type": "text/csv"}
    refused = program("POST", f"{MODEL}/truth", content=table, headers=known)
    assert refused.status_code == 400
    assert refused.json()["message"]


def test_the_truth_is_not_for_everybody_to_tell(program: Ask) -> None:
    refused = program("POST", f"{MODEL}/truth", json={"request_id": "a", "truth": "setosa"})
    assert (refused.status_code, refused.json()["error_code"]) == (403, "PERMISSION_DENIED")


@pytest.mark.long
def test_a_token_for_one_model_opens_no_other(program: Ask) -> None:
    secret, _token = tokens().make(machine_user(), "flowers only", [FLOWERS])
    known = {"Authorization": f"Bearer {secret}"}
    assert program("POST", f"{MODEL}/predict", json=SETOSA, headers=known).status_code == 200
    assert [one["name"] for one in program("GET", "/api/models", headers=known).json()["models"]] == [FLOWERS]
    for path in (f"/api/models/{SUGAR}/Production", "/api/model-info", f"/api/v2/models/{SUGAR}"):
        assert program("GET", path, headers=known).status_code == 403, path
    for path in ("/api/predict", f"/api/models/{SUGAR}/1/explain"):
        assert program("POST", path, json={}, headers=known).status_code == 403, path
    tokens().require(machine_user(), on=True)
    assert program("POST", f"{MODEL}/predict", json=SETOSA).status_code == 401
    assert program("GET", "/api/health").status_code == 200


def test_where_the_time_went_is_said(program: Ask) -> None:
    timing = program("POST", f"{MODEL}/predict", json=SETOSA).headers["server-timing"]
    parts = {part.split(";")[0]: float(part.split("dur=")[1]) for part in timing.split(", ")}
    assert set(parts) == {"total", "model"}
    assert parts["model"] <= parts["total"]


@pytest.mark.long
def test_staging_is_asked_as_production_was_with_the_cut_off_or_without(
    own_populated: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    from core.serving import noting
    from core.serving.served import serving

    monkeypatch.setenv("MLFLOW_TRACKING_URI", own_populated.uri)
    settings.cache_clear()
    shared.forget()
    served = serving().find(FLOWERS, "Production")
    asked_with: list[float | None] = []
    other = replace(serving().find(FLOWERS, "3"), asked=replace(serving().find(FLOWERS, "3").asked, cutoff=0.9))
    monkeypatch.setattr(
        type(other.asked.predictor), "ask", lambda self, rows: asked_with.append(self.cutoff) or Said([])
    )
    monkeypatch.setattr(serving(), "find", lambda *_: other)
    rows = {name: [value] for name, value in SETOSA.items()}
    for by_cutoff in (True, False):
        noting._ask(served, "3", rows, by_cutoff=by_cutoff)
    assert asked_with == [0.9, None]
    shared.forget()
    settings.cache_clear()


# The Open Inference Protocol


def columns(rows: list[list[float]]) -> list[dict[str, Any]]:
    return [
        {"name": name, "shape": [len(rows), 1], "datatype": "FP64", "data": [row[place] for row in rows]}
        for place, name in enumerate(NAMES)
    ]


@pytest.mark.long
@pytest.mark.parametrize(
    "inputs",
    [
        columns(SAMPLES),
        columns(SAMPLES)[::-1],
        [{"name": "x", "shape": [3, 4], "datatype": "FP64", "data": SAMPLES}],
        [{"name": "x", "shape": [3, 4], "datatype": "FP64", "data": [one for row in SAMPLES for one in row]}],
    ],
)
def test_tensors_are_answered(program: Ask, inputs: list[dict[str, Any]]) -> None:
    wanted = [{"name": "predict"}, {"name": "class_name"}, {"name": "predict_proba"}]
    said = program("POST", f"/v2/models/{FLOWERS}/infer", json={"id": "7", "inputs": inputs, "outputs": wanted}).json()
    assert (said["id"], said["model_name"], said["model_version"]) == ("7", FLOWERS, "2")
    predict, names, chances = said["outputs"]
    assert (predict["data"], predict["datatype"], predict["shape"]) == ([0, 1, 2], "INT64", [3])
    assert names["data"] == ["setosa", "versicolor", "virginica"]
    assert chances["shape"] == [3, 3]
    assert sum(chances["data"]) == pytest.approx(3)


@pytest.mark.long
def test_a_model_tells_its_tensors(program: Ask) -> None:
    said = program("GET", f"/api/v2/models/{FLOWERS}/versions/3").json()
    assert [one["name"] for one in said["inputs"]] == NAMES
    assert {one["datatype"] for one in said["inputs"]} == {"FP64"}
    assert said["versions"] == ["3", "2", "1"]
    assert program("GET", f"/v2/models/{FLOWERS}/ready").json() == {"name": FLOWERS, "ready": True}
    missing = program("GET", "/v2/models/nobody/ready")
    assert missing.status_code == 404
    assert "There is no registered model 'nobody'" in missing.json()["error"]


@pytest.mark.part(10)
@pytest.mark.parametrize(
    "document",
    [
        {}, {"inputs": []}, {"inputs": [1]}, {"inputs": [{"name": "x", "shape": [1, 4], "data": [1, 2]}]},
        {"inputs": [{"name": "x", "shape": [2, 2, 1], "data": [1, 2, 3, 4]}]},
        {"inputs": [{"name": "x", "shape": [0], "data": []}]}, {"inputs": columns(SAMPLES)[:2]},
        {"inputs": columns(SAMPLES), "outputs": [{"name": "price"}]},
        {"inputs": [*columns(SAMPLES)[:3], columns(SAMPLES[:2])[3]]},
        {"inputs": [{"name": NAMES[0], "shape": [1, 1], "data": [[[1]]]}]},
    ],
)  # fmt: skip
def test_tensors_that_do_not_fit_are_refused(program: Ask, document: dict[str, Any]) -> None:
    refused = program("POST", f"/api/v2/models/{FLOWERS}/infer", json=document)
    assert refused.status_code == 400
    assert refused.json()["error"]


@pytest.mark.part(2)
@pytest.mark.parametrize("heading", ["gzip", "deflate", "br"])
def test_what_is_compressed_is_refused_as_such(program: Ask, heading: str) -> None:
    sent = {"Content-Type": "application/json", "Content-Encoding": heading}
    refused = program("POST", f"{MODEL}/predict", content=b"\x1f\x8b", headers=sent)
    assert (refused.status_code, refused.headers["accept-encoding"]) == (415, "identity")
    assert f"compressed: {heading}" in refused.json()["message"]


def test_tensors_that_come_as_bytes_are_refused_as_such(program: Ask) -> None:
    refused = program("POST", f"/v2/models/{FLOWERS}/infer", content=b"{}\xff", headers={
        "Inference-Header-Content-Length": "2", "Content-Type": "application/octet-stream",
    })  # fmt: skip
    assert refused.status_code == 400
    assert "binary_data=False" in refused.json()["error"]


@pytest.mark.long
def test_the_tensors_that_a_model_tells_are_those_that_it_gives(program: Ask) -> None:
    for model, row in ((FLOWERS, SAMPLES[0]), (SUGAR, [0.0] * 10)):
        told = program("GET", f"/v2/models/{model}").json()["outputs"]
        tensor = {"name": "x", "shape": [1, len(row)], "datatype": "FP64", "data": row}
        wanted = {"inputs": [tensor], "outputs": [{"name": one["name"]} for one in told]}
        given = program("POST", f"/v2/models/{model}/infer", json=wanted).json()["outputs"]
        assert [(one["name"], one["datatype"]) for one in given] == [(one["name"], one["datatype"]) for one in told]
        assert [one["shape"][1:] for one in given] == [one["shape"][1:] for one in told]


# The OpenAPI document


@pytest.mark.long
def test_each_live_version_has_a_path_that_says_what_its_inputs_may_be(program: Ask) -> None:
    document = program("GET", "/api/openapi.json").json()
    own = document["paths"][f"/models/{FLOWERS}/Production/predict"]["post"]
    content = own["requestBody"]["content"]["application/json"]
    assert content["schema"]["required"] == NAMES
    assert content["schema"]["properties"][NAMES[0]]["x-trained-on"] == {"from": 4.3, "to": 7.9}
    assert program("POST", f"{MODEL}/predict", json=content["example"]).status_code == 200
    assert document["servers"] == [{"url": "."}]
    assert json.dumps(document).count("http://") == 0
    tokens().require(machine_user(), on=True)
    paths = program("GET", "/api/openapi.json").json()["paths"]
    assert not [path for path in paths if FLOWERS in path or SUGAR in path]
