"""One library, one home, and who may import whom."""

from __future__ import annotations

import ast
import functools
import graphlib
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SOURCES = sorted(path for folder in ("core", "pages", "trainers") for path in (ROOT / folder).rglob("*.py"))
SOURCES += [ROOT / "streamlit_app.py", ROOT / "api_app.py"]
SCRIPT = ROOT / "core/ui/app/script.py"
PAGES = sorted((ROOT / "pages").rglob("*.py"))

# Where each library lives: folders end in a slash
HOMES = {
    "cachetools": ("core/process/",),
    "streamlit": ("streamlit_app.py", "pages/", "core/ui/"),
    "starlette": ("core/api/",),
    "plotly": ("core/figures/",),
    "mlflow": ("core/store/",),
    "alembic": ("core/store/",),
    "sqlalchemy": ("core/store/",),
    "skops": ("core/store/",),
    "pyarrow": (
        "core/store/",
        "core/tables/",
        "core/prediction/tables/",
        "core/prediction/given.py",
        "core/serving/log/",
    ),
    "python_calamine": ("core/tables/sheets.py",),
    "cronsim": ("core/schedules/",),
    "requests": ("core/alerts/webhook.py",),
    "sqlparse": ("core/store/",),
    "dask": ("core/training/",),
    "distributed": ("core/training/",),
    "matplotlib": ("core/training/plots.py",),
    "sklearn": ("core/training/", "trainers/"),
    "threadpoolctl": ("core/training/fit.py",),
    "psutil": (
        "core/store/owner.py",
        "core/store/foreign/process.py",
        "core/classroom/listening.py",
        "core/serving/meter_files.py",
    ),
    "anyio": ("core/api/programs/",),
    "prometheus_client": ("core/serving/meters.py",),
    "redis": ("core/serving/precomputed/redis_table.py",),
    "scipy": ("core/comparison/", "core/monitoring/", "core/prediction/fast/estimators.py"),
    "optuna": ("core/comparison/importance.py", "core/training/sweeps/asking.py"),
    "shap": ("core/prediction/explain.py",),
    "segno": ("core/qr.py",),
    "jinja2": ("core/prediction/scenarios/export.py", "core/lesson/sheets.py", "core/api/light/"),
    "markupsafe": ("core/prediction/scenarios/export.py", "core/lesson/sheets.py"),
    "babel": ("core/i18n.py", "core/comparison/differences.py"),
    "fastapi": ("core/api/",),
    "uvicorn": ("core/api/",),
    "orjson": ("core/api/",),
    "fastapi_offline": ("core/api/programs/pages.py",),
}
# What the packages of core may import of each other, beside themselves
MAY_IMPORT = {
    "core.store": {
        "core.access",
        "core.collector",
        "core.errors",
        "core.foreign_json",
        "core.i18n",
        "core.logs",
        "core.passwords",
        "core.settings",
        "core.spreadsheets",
        "core.systems",
    },
    "core.classroom": {
        "core.access",
        "core.database",
        "core.doors",
        "core.errors",
        "core.i18n",
        "core.qr",
        "core.settings",
        "core.systems",
    },
    "core.serving": {
        "core.access",
        "core.database",
        "core.errors",
        "core.foreign_json",
        "core.i18n",
        "core.passwords",
        "core.prediction",
        "core.process",
        "core.settings",
        "core.store",
        "core.tables",
        "core.training",
        "core.systems",
    },
    "core.monitoring": {
        "core.access",
        "core.comparison",
        "core.errors",
        "core.foreign_json",
        "core.i18n",
        "core.prediction",
        "core.serving",
        "core.store",
        "core.tables",
        "core.text",
    },
    "core.retraining": {
        "core.access",
        "core.comparison",
        "core.errors",
        "core.foreign_json",
        "core.i18n",
        "core.monitoring",
        "core.prediction",
        "core.settings",
        "core.store",
        "core.tables",
        "core.training",
    },
    "core.alerts": {
        "core.access",
        "core.database",
        "core.errors",
        "core.foreign_json",
        "core.i18n",
        "core.passwords",
        "core.schedules.told",
    },
    "core.schedules": {
        "core.access",
        "core.database",
        "core.errors",
        "core.foreign_json",
        "core.i18n",
        "core.passwords",
        "core.settings",
        "core.systems",
    },
    "core.lesson": {"core.access", "core.classroom", "core.errors", "core.i18n", "core.store"},
    "core.comparison": {"core.store", "core.errors", "core.i18n", "core.text"},
    "core.prediction": {
        "core.store",
        "core.access",
        "core.errors",
        "core.foreign_json",
        "core.i18n",
        "core.spreadsheets",
        "core.tables",
        "core.text",
        "core.systems",
    },
    "core.tables": {"core.errors", "core.i18n"},
    "core.backup": {
        "core.access",
        "core.errors",
        "core.foreign_json",
        "core.i18n",
        "core.passwords",
        "core.serving.log.files",
        "core.settings",
        "core.store",
    },
    "core.training": {
        "core.store",
        "core.access",
        "core.settings",
        "core.tables",
        "core.errors",
        "core.foreign_json",
        "core.i18n",
        "core.logs",
        "core.systems",
    },
    "core.process": {
        "core.access",
        "core.alerts",
        "core.classroom",
        "core.comparison",
        "core.errors",
        "core.i18n",
        "core.monitoring",
        "core.prediction",
        "core.retraining",
        "core.schedules",
        "core.serving",
        "core.settings",
        "core.store",
        "core.tables",
        "core.training",
        "core.words",
    },
    "core.figures": {"core.comparison", "core.store.runs.tables", "core.i18n", "core.text"},
}
TRAINERS_MAY = {
    "core.backup", "core.comparison", "core.monitoring", "core.prediction", "core.retraining", "core.serving",
    "core.training", "core.tables", "core.store", "core.access", "core.i18n", "core.errors", "core.settings",
    "core.systems", "trainers", "sklearn", "xgboost", "pandas", "numpy",
}  # fmt: skip
# The rooms of core.ui: a page's own modules. What three pages use lies in core.ui itself.
ROOMS = {
    "ask": "pages/classroom/ask.py",
    "board": "pages/classroom/board.py",
    "compare": "pages/explore/compare.py",
    "data": "pages/explore/data.py",
    "experiments": "pages/explore/experiments.py",
    "home": "pages/start/home.py",
    "join": "pages/classroom/join.py",
    "lesson": "pages/classroom/lesson.py",
    "monitor": "pages/deploy/monitor.py",
    "predict": "pages/deploy/predict.py",
    "registry": "pages/deploy/registry.py",
    "run": "pages/explore/run.py",
    "schedules": "pages/deploy/schedules.py",
    "serve": "pages/deploy/serve.py",
    "sweep": "pages/build/sweep.py",
    "train": "pages/build/train.py",
}
SCRIPT_ROOM = "app"  # no page's, but where Streamlit's script lies alone
# Who looks into another page's room, at what, and why
VISITS = {
    ("core/ui/app/script.py", "core.ui.ask.along"): "tells phones on every page what the class is told",
    ("core/ui/app/script.py", "core.ui.ask.offer"): "lets whoever presents ask from every page",
    ("core/ui/monitor/retraining.py", "core.ui.registry.promotion_dialog"): "has the Registry ask about what is new",
    ("core/ui/registry/evidence.py", "core.ui.predict.version_choice"): "who agreed to a model's code agreed for both",
    ("core/ui/train/results.py", "core.ui.run.kept_results"): "offers to upload what came of a run just launched",
    ("core/ui/sweep/dimensions.py", "core.ui.train.forms"): "calls parameters as the form of one run does",
    ("core/ui/sweep/winner.py", "core.ui.train.launching"): "trains the best, which is one run",
    ("pages/build/sweep.py", "core.ui.train.launching"): "chooses an algorithm, and says who may train, as for one run",
    ("pages/build/sweep.py", "core.ui.train.scheduler"): "says where is trained",
    ("pages/classroom/lesson.py", "core.ui.train.demo"): "loads the demo, which launches runs",
    ("pages/explore/run.py", "core.ui.registry.stages"): "says where a run's versions stand",
    ("pages/explore/run.py", "core.ui.train.recipe"): "says how a run is launched without the page",
    ("pages/start/home.py", "core.ui.registry.stages"): "says what stands where",
    ("pages/start/home.py", "core.ui.train.demo"): "loads the demo, which launches runs",
}
STANDARD = {
    "__future__",
    "argparse",
    "collections",
    "dataclasses",
    "functools",
    "importlib",
    "json",
    "pathlib",
    "re",
    "string",
    "tempfile",
    "sys",
    "traceback",
    "typing",
}
PAGE_LINES = 90


def place(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@functools.cache
def read(path: Path) -> ast.Module:
    """Return what a file says; it is read once for all that is looked for."""
    return ast.parse(path.read_text(encoding="utf-8"))


@functools.cache
def imports(path: Path) -> frozenset[str]:
    """Return every module that a file imports, wherever in the file it does so."""
    found: set[str] = set()
    for node in ast.walk(read(path)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            assert node.level == 0, f"{place(path)} imports by dots"
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return frozenset(found)


def belongs(module: str, packages: set[str]) -> bool:
    return any(module == package or module.startswith(f"{package}.") for package in packages)


def importers(package: str) -> Iterator[str]:
    return (place(path) for path in SOURCES if any(belongs(module, {package}) for module in imports(path)))


@pytest.mark.parametrize("library", HOMES)
def test_one_library_one_home(library: str) -> None:
    guests = [file for file in importers(library) if not file.startswith(HOMES[library])]
    assert not guests


@pytest.mark.parametrize("library", HOMES)
def test_every_home_is_lived_in(library: str) -> None:
    assert list(importers(library))


def test_the_environment_is_read_in_one_place() -> None:
    readers = set()
    for path in SOURCES:
        attributes = {
            f"os.{node.attr}" for node in ast.walk(read(path))
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "os"
        }  # fmt: skip
        if attributes & {"os.environ", "os.getenv"} or imports(path) & {"os.environ", "os.getenv"}:
            readers.add(place(path))
    assert readers == {"core/settings.py"}


@pytest.mark.parametrize("package", ["pages", "trainers", "streamlit_app", "api_app"])
def test_core_imports_neither_pages_nor_trainers(package: str) -> None:
    assert not [file for file in importers(package) if file.startswith("core/")]


@pytest.mark.parametrize("package", MAY_IMPORT)
def test_a_package_imports_only_what_it_may(package: str) -> None:
    for path in SOURCES:
        if place(path).startswith(f"{package.replace('.', '/')}/"):
            ours = {module for module in imports(path) if module.startswith("core.")}
            assert not {module for module in ours if not belongs(module, MAY_IMPORT[package] | {package})}, place(path)


def test_only_pages_import_pages_ui() -> None:
    guests = [file for file in importers("core.ui") if not file.startswith(("core/ui/", "pages/", "streamlit_app.py"))]
    assert not guests


def home_room(file: str) -> str | None:
    """Return the room that a file lies in or, for a page, the room that is its own."""
    inside = file.removeprefix("core/ui/")
    if inside != file:
        return inside.split("/")[0] if "/" in inside else None
    return next((room for room, page in ROOMS.items() if page == file), None)


def visits() -> set[tuple[str, str]]:
    """Return each module of a room that a file outside that room imports, with the file."""
    modules = {place(path).removesuffix(".py").replace("/", ".") for path in SOURCES}
    return {
        (place(path), module)
        for path in SOURCES
        for module in imports(path) & modules
        if module.startswith("core.ui.")
        and home_room(f"{module.replace('.', '/')}.py") not in {None, home_room(place(path))}
    }


def test_every_room_is_some_pages_own() -> None:
    rooms = {path.name for path in (ROOT / "core/ui").iterdir() if path.is_dir() and list(path.glob("*.py"))}
    assert rooms == {*ROOMS, SCRIPT_ROOM}
    assert all((ROOT / page).exists() for page in ROOMS.values())


def test_a_room_is_entered_from_its_own_page_only_but_for_few_visits() -> None:
    assert visits() == set(VISITS)


def test_what_pages_share_knows_no_room() -> None:
    assert not [file for file, _module in VISITS if file.startswith("core/ui/") and home_room(file) is None]


@pytest.mark.parametrize("module", sorted({module for _file, module in VISITS}))
def test_what_three_pages_use_lies_in_no_room(module: str) -> None:
    users = {home_room(file) or file for file in importers(module)}
    assert len(users) < 3


def test_no_import_of_core_comes_round_to_where_it_began() -> None:
    modules = {place(path).removesuffix(".py").removesuffix("/__init__").replace("/", "."): path for path in SOURCES}
    arrows = {
        name: imports(path) & modules.keys() - {name} for name, path in modules.items() if name.startswith("core.")
    }
    list(graphlib.TopologicalSorter(arrows).static_order())  # raises CycleError, which names the circle


def test_only_the_entries_import_the_api() -> None:
    beyond = [file for file in importers("core.api") if not file.startswith("core/api/")]
    assert beyond == ["streamlit_app.py", "api_app.py"]


@pytest.mark.parametrize(
    "package",
    [
        "core/api/",
        "core/store/",
        "core/prediction/",
        "core/comparison/",
        "core/training/",
        "core/figures/",
        "core/classroom/",
        "core/process/",
        "core/serving/",
        "core/monitoring/",
        "core/retraining/",
        "core/alerts/",
    ],
)
def test_what_the_rest_api_uses_knows_no_streamlit(package: str) -> None:
    assert not [file for file in importers("streamlit") if file.startswith(package)]


def test_trainers_import_only_what_a_task_needs() -> None:
    for path in SOURCES:
        if place(path).startswith("trainers/"):
            foreign = {module for module in imports(path) if not belongs(module, TRAINERS_MAY | STANDARD | {"core"})}
            assert not foreign, place(path)
            inner = {
                module for module in imports(path) if module.startswith("core.") and not belongs(module, TRAINERS_MAY)
            }
            assert not inner, place(path)


@pytest.mark.parametrize("path", PAGES, ids=place)
def test_a_page_reads_like_the_page(path: Path) -> None:
    source = path.read_text(encoding="utf-8")
    forbidden = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda, ast.Try)
    found = [type(node).__name__ for node in ast.walk(read(path)) if isinstance(node, forbidden)]
    assert not found
    assert len(source.splitlines()) <= PAGE_LINES
    assert ast.get_docstring(read(path))


def test_pages_lie_in_sections() -> None:
    assert PAGES
    assert all(path.parent.parent == ROOT / "pages" for path in PAGES)


def test_no_pages_lie_beside_the_script_so_that_streamlit_does_not_find_them_by_itself() -> None:
    assert not (SCRIPT.parent / "pages").exists()


def test_nothing_but_the_script_lies_where_streamlit_looks_for_modules_first() -> None:
    assert {path.name for path in SCRIPT.parent.glob("*.py")} == {SCRIPT.name, "__init__.py"}


def test_the_entry_point_is_short() -> None:
    assert len((ROOT / "streamlit_app.py").read_text(encoding="utf-8").splitlines()) <= 40


def test_the_usage_reports_are_turned_off_before_anything_else_is_imported() -> None:
    first = next(
        node for node in ast.parse((ROOT / "streamlit_app.py").read_text(encoding="utf-8")).body
        if isinstance(node, ast.Import | ast.ImportFrom)
    )  # fmt: skip
    assert ast.unparse(first) == "from core import settings"
