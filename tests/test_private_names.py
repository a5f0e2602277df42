"""What we lean on that MLflow, Dask and Streamlit never promised: each is listed with its reason, and still there.

Whoever uses one more lists it here; whoever upgrades a library reads here what to look at. Not private are names
without an underscore in the modules that the libraries' own references describe.
"""

from __future__ import annotations

import ast
import functools
import importlib
import pkgutil
import re
import sqlite3
import sys
from collections.abc import Iterator, Mapping, Sequence
from importlib.resources import files
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from core.settings import ROOT

LIBRARIES = {"mlflow", "dask", "distributed", "streamlit"}
# Modules that the libraries' references describe
DESCRIBED = {
    "dask", "dask.config", "distributed", "mlflow", "mlflow.artifacts", "mlflow.data", "mlflow.entities",
    "mlflow.entities.model_registry", "mlflow.exceptions", "mlflow.models", "mlflow.pyfunc", "mlflow.sklearn",
    "mlflow.types", "mlflow.types.schema", "streamlit", "streamlit.column_config", "streamlit.testing.v1",
}  # fmt: skip
ERROR_CODE = "errors are told apart by their code, and only this module has the codes"
PARSER = "our filters read exactly what MLflow reads, with our words for what is wrong: we change its parser"
HISTOGRAM = "sklearn.ensemble._hist_gradient_boosting.gradient_boosting.BaseHistGradientBoosting"
FAST_WAY = "what a fast way does with few rows, as the library does; without it the library is asked"
VALID = "an edit is checked whole before any of it is written, by the rules that MLflow checks each part with"
FIRST_TABLES = "makes the database of an old MLflow, for tests of migration; tells an older database from a newer one"

# What the source names by itself: found by reading it
PRIVATE = {
    "distributed.batched.time": "holds messages back until a time of day, and must not by a clock that is set",
    "distributed.utils.get_mp_context": "sets what the server that forks workers imports; what we set goes after it",
    "mlflow.MlflowClient._get_registry_client": "moves a version without the warning that stages are deprecated",
    "mlflow.MlflowClient._tracking_client": "the way to the store that gives many histories at once",
    "mlflow.data.code_dataset_source.CodeDatasetSource": "says that a dataset came from code; mlflow.data makes none",
    "mlflow.data.dataset.Dataset._to_mlflow_entity": "logs a dataset by the client, without an active run",
    "mlflow.environment_variables.MLFLOW_S3_ENDPOINT_URL": "names the server of a bucket as MLflow finds it",
    "mlflow.protos.databricks_pb2.BAD_REQUEST": ERROR_CODE,
    "mlflow.protos.databricks_pb2.CUSTOMER_UNAUTHORIZED": ERROR_CODE,
    "mlflow.protos.databricks_pb2.DEADLINE_EXCEEDED": ERROR_CODE,
    "mlflow.protos.databricks_pb2.ErrorCode": ERROR_CODE,
    "mlflow.protos.databricks_pb2.INTERNAL_ERROR": ERROR_CODE,
    "mlflow.protos.databricks_pb2.INVALID_PARAMETER_VALUE": ERROR_CODE,
    "mlflow.protos.databricks_pb2.PERMISSION_DENIED": ERROR_CODE,
    "mlflow.protos.databricks_pb2.REQUEST_LIMIT_EXCEEDED": ERROR_CODE,
    "mlflow.protos.databricks_pb2.RESOURCE_ALREADY_EXISTS": ERROR_CODE,
    "mlflow.protos.databricks_pb2.RESOURCE_DOES_NOT_EXIST": ERROR_CODE,
    "mlflow.protos.databricks_pb2.TEMPORARILY_UNAVAILABLE": ERROR_CODE,
    "mlflow.protos.databricks_pb2.UNAUTHENTICATED": ERROR_CODE,
    "mlflow.pyfunc.scoring_server.init": "the server of mlflow models serve, whose answers ours must equal",
    "mlflow.pyfunc.scoring_server.invocations": "answers a request as mlflow models serve does: reads, checks and asks",
    "mlflow.store.artifact.s3_artifact_repo._cached_get_s3_client": "keeps a key that tests exchange for another one",
    "mlflow.sklearn._SklearnModelWrapper": "gives MLflow's server a model that is open already, not loaded again",
    "mlflow.store.artifact.artifact_repository_registry.get_artifact_repository": "adds a file to a run that has ended",
    "mlflow.store.db.utils._get_alembic_config": FIRST_TABLES,
    "mlflow.store.db.utils._initialize_tables": "makes the tables that all test databases on a server are copies of",
    "mlflow.store.db.utils._get_latest_schema_revision": "tells an old database before MLflow migrates it unasked",
    "mlflow.store.db.utils.create_sqlalchemy_engine": "reads a database with the pool and certificates MLflow is told",
    "mlflow.store.db.utils._upgrade_db": "migrates a copy of an old database",
    "mlflow.store.fs2db.migrate": "what mlflow migrate-filestore does, on a copy that was mended before",
    "mlflow.store.tracking.dbmodels.initial_models.Base": FIRST_TABLES,
    "mlflow.store.tracking.rest_store.RestStore": "tells a server's store, which is asked for histories over HTTP",
    "mlflow.utils.git_utils.get_git_commit": "notes the commit as mlflow.start_run does",
    "mlflow.utils.mlflow_tags.MLFLOW_RUN_NAME": "the tag that holds a run's name",
    "mlflow.utils.rest_utils.http_request": "asks a server as MLflow does: with its address, login and retries",
    "mlflow.utils.search_utils.SearchUtils": PARSER,
    "mlflow.utils.validation._validate_model_version_tag": VALID,
    "mlflow.utils.search_utils.SearchUtils.LIST_SUPPORTED_KEYS": PARSER,
    "mlflow.utils.search_utils.SearchUtils.NUMERIC_ATTRIBUTES": PARSER,
    "mlflow.utils.search_utils.SearchUtils._get_identifier": PARSER,
    "mlflow.utils.search_utils.SearchUtils._get_value": PARSER,
    "mlflow.utils.search_utils.SearchUtils._parse_list_from_sql_token": PARSER,
    "mlflow.utils.search_utils.SearchUtils._valid_entity_type": PARSER,
    "mlflow.utils.search_utils.SearchUtils.parse_search_filter": PARSER,
    "mlflow.utils.time.get_current_time_millis": "times of a run as MLflow takes them",
    f"{HISTOGRAM}._baseline_prediction": FAST_WAY,
    f"{HISTOGRAM}._loss": FAST_WAY,
    f"{HISTOGRAM}._predictors": FAST_WAY,
    f"{HISTOGRAM}._preprocessor": FAST_WAY,
    f"{HISTOGRAM}._raw_predict": FAST_WAY,
    "sklearn.compose.ColumnTransformer._transformer_to_input_indices": FAST_WAY,
    "sklearn.impute.SimpleImputer._fit_dtype": FAST_WAY,
    "xgboost.XGBModel._get_iteration_range": FAST_WAY,
    "streamlit.components.v2.manifest_scanner.scan_component_manifests": "page tests search all packages only once",
    "streamlit.net_util._external_ip": "answered beforehand, so that no outside server is asked for our address",
    "streamlit.proto.BackMsg_pb2.BackMsg": "what a browser says: nothing comes through that reaches other sessions",
    "streamlit.proto.Element_pb2.Element": "tests press and fill whatever a page has",
    "streamlit.proto.ForwardMsg_pb2.ForwardMsg": "tests read what a page says to its browser",
    "streamlit.runtime.app_session.AppSession._client_state": "the page and the address that it runs once more with",
    "streamlit.runtime.app_session.AppSession._user_info": "who signed in, for uploads, which come outside of pages",
    "streamlit.runtime.exists": "tells whether visitors come over a network at all",
    "streamlit.runtime.get_instance": "the connection of a visitor: its address and headers, taken together",
    "streamlit.runtime.memory_uploaded_file_manager.MemoryUploadedFileManager": "where uploads are kept, to bound them",
    "streamlit.runtime.scriptrunner.script_cache.ScriptCache": "keeps compiled pages, for all tests that open them",
    "streamlit.runtime.scriptrunner.get_script_run_ctx": "tells whether a visitor's session is there",
    "streamlit.runtime.session_manager.ClientContext": "the type of the connection of a visitor",
    "streamlit.runtime.uploaded_file_manager.UploadedFile": "the type of an upload",
    "streamlit.testing.v1.AppTest._tree": "tests read everything on a page, whatever its kind",
    "streamlit.testing.v1.element_tree.Block": "tells what on a page holds other things",
}  # fmt: skip
# What is reached through an object, whose type cannot be seen by reading
REACHED = {
    "distributed.nanny.Nanny.process": "ends a worker at once, whatever it is doing",
    "distributed.nanny.WorkerProcess.process": "the same: its process",
    "distributed.process.AsyncProcess.kill": "the same: ends it",
    "distributed.worker.Worker.get_current_task": "a task asks whether it is still wanted",
    "distributed.worker.Worker.log_event": "a task reports how far it is",
    "distributed.worker_state_machine.TaskState.state": "tells a task that was cancelled while it runs",
    "distributed.worker_state_machine.WorkerState.tasks": "the tasks of a worker",
    "mlflow.store.tracking.rest_store.RestStore.get_host_creds": "the login for a server",
    "mlflow.store.tracking.sqlalchemy_store.SqlAlchemyStore.get_metric_history_bulk": "many histories at once",
    "mlflow.tracking._model_registry.client.ModelRegistryClient.transition_model_version_stage": "moves a version",
    "mlflow.tracking._tracking_service.client.TrackingServiceClient.store": "the store behind the client",
    "streamlit.runtime.Runtime.get_client": "the connection of a visitor",
    "streamlit.runtime.Runtime.get_app_session": "the session whose page is to say that an upload was refused",
    "streamlit.runtime.Runtime.is_active_session": "tells whether there is a session to upload to",
    "streamlit.runtime.Runtime.uploaded_file_mgr": "where uploads are kept, to bound them",
    "streamlit.runtime.app_session.AppSession.request_rerun": "a page runs once more, unasked, to say something",
    "streamlit.runtime.memory_uploaded_file_manager.MemoryUploadedFileManager.file_storage": "how large uploads are",
    "streamlit.runtime.memory_uploaded_file_manager.MemoryUploadedFileManager.remove_file": "lets one go",
    "streamlit.runtime.memory_uploaded_file_manager.MemoryUploadedFileManager.remove_session_files": "lets them go",
    "streamlit.runtime.scriptrunner.ScriptRunContext.uploaded_file_mgr": "where uploads are kept, to bound them",
    "streamlit.runtime.session_manager.SessionClient.client_context": "the connection of a visitor",
    "streamlit.runtime.session_manager.ClientContext.cookies": "the connection of a visitor",
    "streamlit.runtime.session_manager.ClientContext.headers": "the connection of a visitor",
    "streamlit.runtime.session_manager.ClientContext.remote_ip": "the connection of a visitor",
    "streamlit.runtime.scriptrunner.ScriptRunContext.is_history_navigation": "tells that the browser went back",
    "streamlit.testing.v1.element_tree.Block.children": "tests read everything on a page",
    "streamlit.testing.v1.element_tree.Element.proto": "tests read everything on a page",
}
# The tables of MLflow's database that are asked beside MLflow, read-only
TABLES = {
    "alembic_version": "which MLflow wrote the database",
    "experiment_tags": "tells a store that a pack made",
    "experiments": "fingerprints: runs of deleted experiments are left out",
    "latest_metrics": "fingerprints and columns",
    "logged_models": "whose files lie in which folder, where a whole store is exchanged",
    "metrics": "fingerprints: whether it has grown",
    "model_versions": "what goes with a reset",
    "params": "fingerprints and columns",
    "runs": "fingerprints and columns",
    "tags": "fingerprints and columns",
}
# The marks in Streamlit's pages by which browser tests, benchmarks and our own style find things
TEST_IDS = {
    "stAlertContentError", "stApp", "stDataFrame", "stException", "stFileUploader", "stFileUploaderDropzone",
    "stFileUploaderDropzoneInstructions", "stGraphVizChart", "stMain",
    "stMainBlockContainer", "stMetricValue", "stMultiSelect", "stPlotlyChart", "stSidebar", "stSliderTickBar",
}  # fmt: skip
SOURCES = [
    path for folder in ("core", "pages", "trainers", "tests", "benchmarks") for path in (ROOT / folder).rglob("*.py")
]
Nodes = Sequence[ast.AST]


def nodes(source: str) -> Nodes:
    """Return all that a text of Python is made of: it is read once, and looked at in many ways."""
    return list(ast.walk(ast.parse(source)))


@pytest.fixture(scope="module")
def read() -> Iterator[Mapping[Path, Nodes]]:
    """All files of the project, read; nobody else is to carry millions of nodes along."""
    found = {path: nodes(path.read_text(encoding="utf-8")) for path in [*SOURCES, ROOT / "streamlit_app.py"]}
    yield found
    found.clear()


def is_private(name: str) -> bool:
    """Tell whether a dotted name is nothing that its library's reference describes."""
    module, _dot, last = name.rpartition(".")
    return name.split(".")[0] in LIBRARIES and (last.startswith("_") or module not in DESCRIBED)


def imported(nodes: Nodes) -> dict[str, str]:
    """Return what each name of a file stands for, of what it imports."""
    names = {}
    for node in nodes:
        if isinstance(node, ast.ImportFrom) and node.module:
            names |= {alias.asname or alias.name: f"{node.module}.{alias.name}" for alias in node.names}
        elif isinstance(node, ast.Import):
            for alias in node.names:
                name = alias.asname or alias.name.split(".")[0]
                names[name] = alias.name if alias.asname else name
                if alias.name.count("."):
                    names[alias.name] = alias.name  # so that an import that nobody calls by name counts too
    return names


def dotted(node: ast.expr) -> str | None:
    """Return ``a.b.c`` for an expression that reads so."""
    if isinstance(node, ast.Name):
        return node.id
    before = dotted(node.value) if isinstance(node, ast.Attribute) else None
    return before and f"{before}.{node.attr}"  # type: ignore[attr-defined]


@functools.cache
def is_module(name: str) -> bool:
    try:
        return isinstance(pkgutil.resolve_name(name), ModuleType)
    except (ImportError, AttributeError):
        return False


def described_as(name: str) -> Iterator[str]:
    """Yield the private part of a dotted name: its module and the first name in it, and any that begins with ``_``."""
    parts = name.split(".")
    if parts[0] not in LIBRARIES:
        return
    depth = next((n for n in range(len(parts), 0, -1) if is_module(".".join(parts[:n]))), 0)
    for end in range(depth + 1, len(parts) + 1):
        if parts[end - 1].startswith("_") or end == depth + 1:
            yield ".".join(parts[:end])


def own_names(read: Mapping[Path, Nodes]) -> set[str]:
    """Return every name with one underscore that our own source defines."""
    names = set()
    for nodes in read.values():
        for node in nodes:
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                names.add(node.name)
            elif isinstance(node, ast.Name | ast.Attribute) and isinstance(node.ctx, ast.Store):
                if isinstance(node, ast.Name):
                    names.add(node.id)
                elif dotted(node.value) == "self":
                    names.add(node.attr)
    return names


def of_subclasses(nodes: Nodes, names: dict[str, str]) -> Iterator[str]:
    """Yield what a class that extends a private one takes from it or puts in its place."""
    for made in (node for node in nodes if isinstance(node, ast.ClassDef)):
        for base in (names.get(dotted(base) or "", "") for base in made.bases):
            if not (base and is_private(base)):
                continue
            used = {one.name for one in made.body if isinstance(one, ast.FunctionDef)}
            used |= {
                t.id for one in made.body if isinstance(one, ast.Assign) for t in one.targets if isinstance(t, ast.Name)
            }
            for node in nodes:
                if isinstance(node, ast.Attribute) and ast.unparse(node.value) in {"super()", "cls", "self", made.name}:
                    used.add(node.attr)
            yield from (f"{base}.{name}" for name in used if hasattr(pkgutil.resolve_name(base), name))


def private_names(nodes: Nodes, ours: set[str]) -> set[str]:
    """Return the private names of the libraries that a file uses; ``?._name`` where their owner cannot be seen."""
    names = imported(nodes)
    found = set(of_subclasses(nodes, names))
    uses = [node for node in nodes if isinstance(node, ast.Attribute)]
    for node in uses:
        spelled = dotted(node) or ""
        first, _dot, rest = spelled.partition(".")
        if first in names:
            found |= {name for name in described_as(f"{names[first]}.{rest}") if is_private(name)}
        elif re.match(r"_[^_]", node.attr) and node.attr not in ours and first not in sys.stdlib_module_names:
            found.add(f"?.{node.attr}")
    found |= {name for name in names.values() if is_private(name) and not is_module(name)}
    patched = [node.args[0] for node in nodes if isinstance(node, ast.Call) and node.args]
    for said in (one.value for one in patched if isinstance(one, ast.Constant) and isinstance(one.value, str)):
        if said.split(".")[0] in LIBRARIES and re.fullmatch(r"[\w.]+", said) and _resolves(said):
            found |= {name for name in described_as(said) if is_private(name)}
    return found


def _resolves(name: str) -> bool:
    try:
        pkgutil.resolve_name(name)
    except (ImportError, AttributeError):
        return False
    return True


def constants(read: Mapping[Path, Nodes]) -> Iterator[tuple[Path, str]]:
    return (
        (path, node.value)
        for path, nodes in read.items()
        if path != Path(__file__)
        for node in nodes
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    )


def owner_and_last(name: str) -> tuple[Any, str]:
    owner, _dot, last = name.rpartition(".")
    return pkgutil.resolve_name(owner), last


def is_there(name: str) -> bool:
    """Tell whether the installed library still has it: as an attribute, or set when one is made."""
    owner, last = owner_and_last(name)
    if hasattr(owner, last) or last in getattr(owner, "__annotations__", {}):
        return True
    if isinstance(owner, ModuleType):
        return False
    source = Path(importlib.import_module(owner.__module__).__file__ or "").read_text(encoding="utf-8")
    return any(
        isinstance(node, ast.Attribute)
        and isinstance(node.ctx, ast.Store)
        and (dotted(node.value), node.attr) == ("self", last)
        for found in ast.walk(ast.parse(source))
        if isinstance(found, ast.ClassDef) and found.name == owner.__name__
        for node in ast.walk(found)
    )


def test_every_private_name_that_we_use_is_listed_and_no_other(read: Mapping[Path, Nodes]) -> None:
    ours = own_names(read)
    found = {name for path, nodes in read.items() if path != Path(__file__) for name in private_names(nodes, ours)}
    by_last = {name.rpartition(".")[2]: name for name in PRIVATE}
    assert {by_last.get(name[2:], name) if name.startswith("?.") else name for name in found} == PRIVATE.keys()


def test_what_is_reached_through_objects_is_still_reached(read: Mapping[Path, Nodes]) -> None:
    used = {node.attr for nodes in read.values() for node in nodes if isinstance(node, ast.Attribute)}
    assert {name.rpartition(".")[2] for name in REACHED} <= used


@pytest.mark.parametrize("name", [*PRIVATE, *REACHED])
def test_the_installed_library_still_has_it(name: str) -> None:
    assert is_there(name), (PRIVATE | REACHED)[name]


def test_every_table_that_is_asked_beside_mlflow_is_listed_and_there(
    read: Mapping[Path, Nodes], migrated_database: Path
) -> None:
    asked = {
        table
        for path, text in constants(read)
        if path.is_relative_to(ROOT / "core/store") and "select " in text
        for table in re.findall(r"\b(?:from|join)\s+([a-z_]+)\b", text)
    }
    assert asked == TABLES.keys()
    with sqlite3.connect(migrated_database) as database:
        there = {name for (name,) in database.execute("select name from sqlite_master where type = 'table'")}
    database.close()
    assert there >= asked


def test_every_mark_that_browser_tests_look_for_is_listed_and_there(read: Mapping[Path, Nodes]) -> None:
    looked_for = {mark for _path, text in constants(read) for mark in re.findall(r"data-testid=(\w+)", text)}
    assert looked_for == TEST_IDS
    put_together = {"stAlertContentError": "stAlertContent"}  # with the kind of the message, in the browser
    scripts = Path(str(files("streamlit")), "static").rglob("*.js")
    there = "\n".join(script.read_text(encoding="utf-8") for script in scripts)
    assert [mark for mark in TEST_IDS if put_together.get(mark, mark) not in there] == []


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("from streamlit import net_util\nnet_util._external_ip = ''", {"streamlit.net_util._external_ip"}),
        ("import mlflow.utils.time\n", set()),
        ("import mlflow.utils.time as t\nt.get_current_time_millis()", {"mlflow.utils.time.get_current_time_millis"}),
        ("import mlflow\nmlflow.utils.time.conv()", {"mlflow.utils.time.conv"}),
        ("import streamlit as st\nst.text('a')", set()),
        ("client._hidden()", {"?._hidden"}),
        ("client._ours()", set()),
        ("import os\nos._exit(0)", set()),
        ("patch('streamlit.net_util.get_internal_ip')", {"streamlit.net_util.get_internal_ip"}),
    ],
)
def test_a_private_name_is_recognised(source: str, found: set[str]) -> None:
    assert private_names(nodes(source), {"_ours"}) == found


def test_a_name_that_is_gone_is_missed() -> None:
    assert not is_there("streamlit.net_util._gone")
    assert not is_there("distributed.nanny.Nanny.gone")
