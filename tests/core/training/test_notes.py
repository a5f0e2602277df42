"""A note and tags of one's own go with a run and take nobody else's place."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import settings as drawing
from hypothesis import strategies as st

from core.errors import ParameterError
from core.store.connection import Store
from core.store.runs.tables import ALGORITHM_TAG, STUDENT_TAG
from core.store.runs.tracking import get_run
from core.training.launching import schedule
from core.training.notes import MOST_NOTE, MOST_TAGS, own_tags, parse_tags, said_of
from core.training.recipes import code, command, recipe
from core.training.specs import written
from tests.fixtures.actors import ANA
from trainers import TASKS

HOSTILE = "<b>**x**</b> ![](http://x) $y$ `id` \n\n# ñ \u202e"


def test_a_note_and_tags_are_kept_as_they_are(store: Store) -> None:
    tags = own_tags(f" {HOSTILE} ", {"team": "rojo", "año 1.b-c_d": HOSTILE})
    job = schedule(store, ANA, TASKS["iris"], "logistic_regression", {}, tags=tags)
    run = get_run(store, job.run_id)
    assert run.tags["mlflow.note.content"] == HOSTILE.strip()
    assert said_of(run.tags)[1] == {"team": "rojo", "año 1.b-c_d": HOSTILE.strip()}
    assert run.tags[ALGORITHM_TAG] == "logistic_regression"


@pytest.mark.parametrize(
    "name",
    ["", " ", "mlflow.user", "MLflow.note.content", STUDENT_TAG, "Pizarra", "pizarra.task", "mlflow .x", "a/b", "a:b",
     "-a", "_a", ".a", "a" * 51, "a\nb", "**a**", "a=b"],
)  # fmt: skip
def test_a_name_that_is_taken_or_could_mean_something_else_is_refused(name: str) -> None:
    with pytest.raises(ParameterError, match="A tag's name must begin with a letter or a digit"):
        own_tags("", {name: "x"})


@pytest.mark.parametrize(
    ("note", "tags", "said"),
    [
        ("x" * (MOST_NOTE + 1), {}, "A note may have 4000 characters, but this has 4001"),
        ("", {"a": "x" * 251}, "A tag's value may have 250 characters, but this has 251"),
        ("", {f"a{place}": "x" for place in range(MOST_TAGS + 1)}, "may have 20 tags of one's own, but these are 21"),
        ("\ud800", {}, "signs that are none"),
        ("", {"a": "x\0"}, "signs that are none"),
    ],
)
def test_what_is_too_much_or_no_text_is_refused(note: str, tags: dict[str, str], said: str) -> None:
    with pytest.raises(ParameterError, match=said):
        own_tags(note, tags)


def test_tags_are_read_from_lines() -> None:
    assert parse_tags([" team = red ", "", "url=a=b", "empty="]) == {"team": "red", "url": "a=b", "empty": ""}
    for lines in (["team"], ["a=1", "a=2"]):
        with pytest.raises(ParameterError, match="Tags must read name=value, each name once"):
            parse_tags(lines)


@pytest.mark.long
@given(st.text(max_size=60), st.text(max_size=300))
@drawing(max_examples=200)
def test_whatever_is_written_is_refused_or_ours_stays(name: str, value: str) -> None:
    try:
        found = own_tags(value, {name: value})
    except ParameterError:
        return
    assert not {one.casefold().split(".")[0].strip() for one in found} & {"pizarra"}
    assert [one for one in found if one.casefold().startswith("mlflow")] in ([], ["mlflow.note.content"])


def test_the_texts_of_a_run_say_them_too() -> None:
    iris = TASKS["iris"]
    learning = iris.algorithm("logistic_regression")
    logged = {one.name: written(one.default) for one in learning.parameters}
    tags = own_tags(HOSTILE, {"team": "it's"}) | {STUDENT_TAG: "Ana"}
    found = recipe(iris, learning.name, logged, experiment="e", name="n", tags=tags)
    assert found is not None
    assert "'--tag=team=it'" in command(found)
    assert STUDENT_TAG not in command(found)
    assert '"team": "it\'s"' in code(found)
    compile(code(found), "recipe", "exec")
