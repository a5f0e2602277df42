"""The documents keep up with the code: what they name exists, and what exists is named where it should be."""

from __future__ import annotations

import os
import re
import subprocess
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

from benchmarks.clock import RATIO
from core.settings import SETTINGS, settings
from core.ui.navigation import PAGES
from docs.tree import first_line, modules, with_trees
from tests.test_architecture import VISITS
from trainers import TASKS
from trainers.__main__ import main

ROOT = Path(__file__).parents[1]
READMES = {"en": ROOT / "README.md", "es": ROOT / "README.es.md"}
ARCHITECTURE = ROOT / "docs" / "architecture.md"
DECISIONS = sorted((ROOT / "docs" / "decisions").glob("*.md"))
HABITS = [ROOT / name for name in ("CONTRIBUTING.md", "CHANGELOG.md", "SECURITY.md")]
DOCUMENTS = [*READMES.values(), *HABITS, *sorted((ROOT / "docs").rglob("*.md"))]
SOURCES = ("core", "pages", "trainers", "benchmarks")

LARGEST_IMAGE = 120_000  # bytes: a clone should stay small
MADE_AT_RUN_TIME = {".venv/", ".venv/bin", "data/", ".pizarra/", "mlartifacts/", "deploy/secrets/"}
OF_A_RUN = ("profile/", "plots/", "evaluation/")  # folders among a run's artifacts
SUFFIXES = (".py", ".md", ".toml", ".lock", ".txt", ".cfg", ".po", ".yaml")
TEXT_SUFFIXES = {*SUFFIXES, ".csv", ".json", ".yml", ".yaml", ".sh", ".css", ".html", ""}
# The folders of people's machines; "/home/me/" is nobody's and may stand in an example
MACHINE_PATH = re.compile(r"(?<![\w.~/}-])/+(?:home|root|tmp|work)/(?!me/)\w")

each_document = pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
each_readme = pytest.mark.parametrize("language", READMES)


def read(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def prose(text: str) -> str:
    """Leave out blocks of code."""
    return re.sub(r"^```.*?^```$", "", text, flags=re.MULTILINE | re.DOTALL)


def code_block(text: str, begin: str) -> list[str]:
    blocks = re.findall(r"^```\w*\n(.*?)^```$", text, flags=re.MULTILINE | re.DOTALL)
    return next(block for block in blocks if block.startswith(begin)).splitlines()


def headings(text: str) -> list[int]:
    return [len(marks) for marks in re.findall(r"^(#+) ", prose(text), flags=re.MULTILINE)]


def images(text: str) -> list[str]:
    return re.findall(r"!\[[^\]]+\]\(([^)]+)\)", text)


def links(text: str) -> list[str]:
    return [
        link for link in re.findall(r"\]\(([^)\s]+)\)", prose(text)) if not link.startswith(("https://", "http://"))
    ]


def named_paths(text: str) -> Iterator[str]:
    """Yield what stands in code marks and reads like a path of the repository."""
    tops = {path.name for path in ROOT.iterdir() if path.is_dir()}
    for name in re.findall(r"`([^`\s]+)`", prose(text)):
        path = name.split("::")[0]
        if "<" in path or path in MADE_AT_RUN_TIME or path.startswith(OF_A_RUN) or "://" in path:
            continue
        if (path.split("/")[0] in tops and "/" in path) or path.endswith(SUFFIXES):
            yield name


def slug(heading: str) -> str:
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def public_targets() -> set[str]:
    """Return the targets that people call: those of which ``make help`` has something to say."""
    return set(re.findall(r"^([a-z][\w-]*):.*  ## \S", read(ROOT / "Makefile"), flags=re.MULTILINE))


def tracked_text_files() -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if listed.returncode:
        pytest.skip("not a git clone")
    files = [ROOT / name for name in listed.stdout.split("\0") if name]
    return [file for file in files if file.is_file() and file.suffix in TEXT_SUFFIXES]


def test_the_english_readme_has_the_table_of_settings() -> None:
    for setting in SETTINGS.values():
        default = f"`{setting.default}`" if setting.default else "–"
        assert f"| `{setting.variable}` | {default} | {setting.help} |\n" in read(READMES["en"])


@each_readme
def test_every_setting_stands_in_the_readme_with_its_default_and_no_other_does(language: str) -> None:
    rows = re.findall(r"^\| `([A-Z_]+)` \| (\S+) \| \S.* \|$", read(READMES[language]), flags=re.MULTILINE)
    assert rows == [(s.variable, f"`{s.default}`" if s.default else "–") for s in SETTINGS.values()]


@each_readme
def test_every_public_make_target_stands_in_the_readme(language: str) -> None:
    assert set(re.findall(r"^\| `make ([\w-]+)` \|", read(READMES[language]), flags=re.MULTILINE)) == public_targets()


def test_every_target_that_makes_no_file_is_public_or_a_part_of_one_that_is() -> None:
    text = read(ROOT / "Makefile")
    phony = set(" ".join(re.findall(r"^\.PHONY: (.*)$", text, flags=re.MULTILINE)).split())
    parts = " ".join(re.findall(r"^(?:[a-z][\w-]*:|\t@?\$\(MAKE\)) ([^#\n]*)", text, flags=re.MULTILINE)).split()
    assert phony - set(parts) <= public_targets() <= phony


def test_make_help_says_a_line_of_every_public_target_with_nothing_installed(tmp_path: Path) -> None:
    command = ["make", "-f", str(ROOT / "Makefile"), "help", "PYTHON=/nowhere/python", "VENV=nowhere"]
    own = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}  # not those of `make test`
    printed = subprocess.run(command, cwd=tmp_path, env=own, capture_output=True, text=True, check=True).stdout
    said = dict(re.findall(r"^make ([\w-]+) +(\S.*)$", printed, flags=re.MULTILINE))
    assert said.keys() == public_targets()
    assert len(printed.splitlines()) == len(said)
    assert list(tmp_path.iterdir()) == []


@each_document
def test_no_document_names_a_make_target_that_is_not_there(document: Path) -> None:
    named = set(re.findall(r"(?:`|^)make ([a-z][\w-]*)", read(document), flags=re.MULTILINE))
    assert named <= public_targets()


@each_readme
def test_every_page_stands_in_the_readme_with_its_address_and_picture(language: str) -> None:
    for name, page in PAGES.items():
        row = rf"^\| [^|`]+ `/{page.address}` \| [^|]+ \| !\[[^\]]+\]\(docs/images/{language}/{name}\.png\) \|$"
        assert re.search(row, read(READMES[language]), flags=re.MULTILINE), name


@each_readme
def test_every_task_stands_in_the_readme_with_its_files_and_credit(language: str) -> None:
    for task in TASKS.values():
        row = next(line for line in read(READMES[language]).splitlines() if line.startswith(f"| `{task.name}` |"))
        assert task.dataset.credit in row
        assert [f"`{name}`" in row for name in task.dataset.filenames] == [True] * len(task.dataset.filenames)


@each_readme
def test_the_example_of_the_command_line_prints_what_the_readme_says(
    language: str, store_uri: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", store_uri)
    monkeypatch.setenv("LC_ALL", f"{language}_ES.UTF-8")
    settings.cache_clear()
    command, *expected = code_block(read(READMES[language]), "$ python -m trainers ")
    assert main(command.removeprefix("$ python -m trainers ").split()) == 0
    printed = capsys.readouterr().out.splitlines()
    run_id = re.compile(r"\b[0-9a-f]{32}\b")
    assert [run_id.sub("…", line) for line in printed] == [run_id.sub("…", line) for line in expected]


def test_both_readmes_are_built_alike() -> None:
    english, spanish = (read(path) for path in READMES.values())
    assert headings(english) == headings(spanish)
    assert [image.replace("/en/", "/es/") for image in images(english)] == images(spanish)
    assert english.count("\n|") == spanish.count("\n|")
    assert english.count("\n```") == spanish.count("\n```")
    assert re.findall(r"^(?:-|\d\.) ", english, re.MULTILINE) == re.findall(r"^(?:-|\d\.) ", spanish, re.MULTILINE)


@each_document
def test_links_and_images_lead_somewhere(document: Path) -> None:
    for link in links(read(document)):
        path, _, anchor = link.partition("#")
        target = document.parent / path if path else document
        assert target.exists(), link
        if anchor:
            titles = re.findall(r"^#+ (.*)$", prose(read(target)), flags=re.MULTILINE)
            assert anchor in map(slug, titles), link


@each_document
def test_named_files_folders_and_tests_exist(document: Path) -> None:
    for name in named_paths(read(document)):
        path, _, function = name.partition("::")
        beside = [ROOT / path, document.parent / path, *ROOT.glob(f"locale/*/LC_MESSAGES/{path}")]
        found = [place for place in beside if place.exists()]
        assert found, name
        assert not function or f"def {function}(" in read(found[0]), name


def test_images_are_small_and_all_of_them_are_shown() -> None:
    shown = {(document.parent / image).resolve() for document in DOCUMENTS for image in images(read(document))}
    there = {path.resolve() for path in (ROOT / "docs" / "images").rglob("*") if path.is_file()}
    assert there == shown
    assert [path.name for path in there if path.stat().st_size > LARGEST_IMAGE] == []


def test_pictures_have_the_size_of_a_projector_or_a_phone() -> None:
    for path in (ROOT / "docs" / "images").rglob("*.png"):
        with Image.open(path) as picture:
            assert picture.size == ((390, 844) if path.stem == "phone" else (1280, 720)), path


@each_document
def test_trees_are_made_from_the_modules_first_lines(document: Path) -> None:
    assert with_trees(read(document)) == read(document), "make tree"


def test_every_module_stands_in_one_tree() -> None:
    there = [path for source in SOURCES for path in (ROOT / source).rglob("*.py") if path.name != "__init__.py"]
    listed = [module for document in DOCUMENTS for module in modules(read(document))]
    assert sorted(listed) == sorted([*there, ROOT / "streamlit_app.py", ROOT / "api_app.py"])


def test_every_module_says_in_its_first_line_what_it_is() -> None:
    assert [path for document in DOCUMENTS for path in modules(read(document)) if not first_line(path)] == []


def test_a_tree_is_written_anew_between_its_marks() -> None:
    stale = "before\n<!-- tree: core/api -->\nold\n<!-- end of tree -->\nafter"
    fresh = with_trees(stale)
    assert fresh.startswith("before\n<!-- tree: core/api -->\n```\ncore/api/ ")
    assert "  routes.py " in fresh
    assert "\nold\n" not in fresh
    assert fresh.endswith("```\n<!-- end of tree -->\nafter")


def test_the_visits_between_rooms_stand_in_their_page() -> None:
    rows = re.findall(
        r"^\| `([\w/]+\.py)` \| `([\w/]+\.py)` \|", read(ROOT / "docs/architecture/ui.md"), flags=re.MULTILINE
    )
    assert set(rows) == {(file, f"{module.replace('.', '/')}.py") for file, module in VISITS}


def test_a_ratio_means_the_same_in_every_table() -> None:
    text = read(ROOT / "docs" / "benchmarks.md")
    assert "×" in text
    for table in re.findall(r"(?:^\|.*\n)+", text, flags=re.MULTILINE):
        heading, _rule, *rows = ([cell.strip() for cell in line.split("|")] for line in table.splitlines())
        ratios = {place for row in rows for place, cell in enumerate(row) if cell.endswith("×")}
        assert {heading[place] for place in ratios} <= {RATIO}


def test_the_newest_version_in_the_changelog_is_this_one() -> None:
    text = read(ROOT / "CHANGELOG.md")
    project = tomllib.loads(read(ROOT / "pyproject.toml"))["project"]
    versions = re.findall(r"^## \[(\d+\.\d+\.\d+)\] - \d{4}-\d\d-\d\d\n\nTag: `v\1`$", text, flags=re.MULTILINE)
    assert versions[0] == project["version"]
    assert len(versions) == len(re.findall(r"^## (?!\[Unreleased\])", text, flags=re.MULTILINE))


def test_a_fix_says_symptom_cause_and_cure() -> None:
    fixed = re.findall(r"^### Fixed\n\n(.*?)(?=^##|\Z)", read(ROOT / "CHANGELOG.md"), flags=re.MULTILINE | re.DOTALL)
    fixes = [fix for part in fixed for fix in re.split(r"^- ", part, flags=re.MULTILINE)[1:]]
    assert fixes
    for fix in fixes:
        assert re.findall(r"\*\*(\w+):\*\*", fix) == ["Symptom", "Cause", "Cure"], fix


def test_the_hooks_before_a_commit_run_what_make_lint_runs() -> None:
    hooks = re.findall(r"entry: \.venv/bin/(.*)$", read(ROOT / ".pre-commit-config.yaml"), flags=re.MULTILINE)
    lint = re.search(r"^lint:.*\n((?:\t.*\n)+)", read(ROOT / "Makefile"), flags=re.MULTILINE)
    assert lint
    assert hooks == re.findall(r"\t\$\(BIN\)/(.*)\n", lint[1])


def test_every_decision_is_numbered_and_listed() -> None:
    assert [int(path.name[:3]) for path in DECISIONS] == list(range(1, len(DECISIONS) + 1))
    for path in DECISIONS:
        title = read(path).splitlines()[0].removeprefix("# ")
        assert title.startswith(path.name[:3])
        assert f"- [{title}](decisions/{path.name})\n" in read(ARCHITECTURE)


@pytest.mark.parametrize("decision", DECISIONS, ids=lambda path: path.stem)
def test_a_decision_says_why_what_and_what_guards_it(decision: Path) -> None:
    parts = re.findall(r"^\*\*([\w ]+)[.*]", read(decision), flags=re.MULTILINE)
    assert parts == ["Context", "Decision", "Consequence", "Guarded by"]
    assert len(read(decision).split()) <= 330  # half a page


def test_no_file_names_a_folder_of_somebodys_machine() -> None:
    found = [
        f"{file.relative_to(ROOT)}:{number}"
        for file in tracked_text_files()
        for number, line in enumerate(read(file).splitlines(), start=1)
        if MACHINE_PATH.search(line)
    ]
    assert found == []


@pytest.mark.parametrize(
    ("text", "is_found"),
    [("see /{}/store.db", True), ("sqlite:////{}/store.db", True), ("a/{}/page", False), ("./{}/x", False)],
)
def test_a_folder_of_somebodys_machine_is_recognised(text: str, is_found: bool) -> None:
    assert bool(MACHINE_PATH.search(text.format("tmp"))) == is_found
