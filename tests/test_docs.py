"""The documents keep up with the code: what they name exists, and what exists is named where it should be."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

from core.settings import SETTINGS, settings
from core.ui.navigation import PAGES
from trainers import TASKS
from trainers.__main__ import main

ROOT = Path(__file__).parents[1]
READMES = {"en": ROOT / "README.md", "es": ROOT / "README.es.md"}
ARCHITECTURE = ROOT / "docs" / "architecture.md"
DECISIONS = sorted((ROOT / "docs" / "decisions").glob("*.md"))
DOCUMENTS = [*READMES.values(), ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
SOURCES = ("core", "pages", "trainers")

LARGEST_IMAGE = 120_000  # bytes: a clone should stay small
MADE_AT_RUN_TIME = {".venv/", ".venv/bin", "data/", ".pizarra/", "mlartifacts/"}
OF_A_RUN = ("profile/", "plots/", "evaluation/")  # folders among a run's artifacts
SUFFIXES = (".py", ".md", ".toml", ".lock", ".txt", ".cfg", ".po")
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


def phony_targets() -> set[str]:
    """Return the targets that people call: phony ones that are no part of another."""
    text = read(ROOT / "Makefile")
    phony = set(" ".join(re.findall(r"^\.PHONY: (.*)$", text, flags=re.MULTILINE)).split())
    parts = " ".join(re.findall(r"^[\w$()/.-]+: (.*)$", text.replace(".PHONY", "#"), flags=re.MULTILINE)).split()
    return phony - set(parts)


def tree() -> set[str]:
    """Return the modules in the architecture's tree, with their folders."""
    folders: list[str] = []
    found = set()
    for line in code_block(read(ARCHITECTURE), "streamlit_app.py"):
        name = line.split()[0]
        folders = folders[: (len(line) - len(line.lstrip())) // 2]
        if name.endswith("/"):
            folders.append(name)
        else:
            found.add("".join(folders) + name)
    return found


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
    assert set(re.findall(r"^\| `make ([\w-]+)` \|", read(READMES[language]), flags=re.MULTILINE)) == phony_targets()


@each_document
def test_no_document_names_a_make_target_that_is_not_there(document: Path) -> None:
    named = set(re.findall(r"(?:`|^)make ([a-z][\w-]*)", read(document), flags=re.MULTILINE))
    assert named <= phony_targets()


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


def test_the_architecture_names_every_module_and_no_other() -> None:
    modules = {
        path.relative_to(ROOT).as_posix()
        for source in SOURCES
        for path in (ROOT / source).rglob("*.py")
        if path.name != "__init__.py"
    }
    assert tree() == modules | {"streamlit_app.py"}


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
