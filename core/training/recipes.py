"""The same run again without the page: as a command line, and as Python with scikit-learn and MLflow alone."""

from __future__ import annotations

import inspect
import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any

from core.errors import ParameterError
from core.i18n import LANGUAGES, _, speaking, translate
from core.store.runs.tables import NOTE_TAG
from core.training.efforts import EFFORT_PARAM, EFFORTS, QUICK, Effort
from core.training.notes import said_of
from core.training.specs import Value, complete, departures, run_name
from core.training.tasks import Algorithm, Task

_CODE = """\
# {where}
# {store}
{imports}

# {rows}
table = table_of(task({task}), settings())
features = table.features
answers = {answers}
{split}

# {model}
numbers = [name for name in features if pd.api.types.is_numeric_dtype(features[name])]
words = [name for name in features if name not in numbers]
columns = ColumnTransformer([
    ("numbers", {numbers}, numbers),
    ("words", make_pipeline(
        SimpleImputer(strategy="most_frequent", keep_empty_features=True),
        OneHotEncoder(handle_unknown="ignore", sparse_output=False),
    ), words),
])
estimator = {estimator}
model = Pipeline([("columns", columns), ("estimator", estimator)])
{fit}

# {scores_of}
scores = {{}}
for part, x, y in [("train", train_x, train_y), ("test", test_x, test_y)]:
{scores}
print(scores)

# {record}
mlflow.set_tracking_uri(settings().tracking_uri)
mlflow.set_experiment({experiment})
with mlflow.start_run({named}):
    mlflow.set_tags({tags})
    mlflow.log_params({params})
    mlflow.sklearn.log_model(
        model, name="model", input_example=train_x.head(),
        pip_requirements=list(requirements(model)), skops_trusted_types=list(TRUSTED_TYPES),
    )
    mlflow.log_metrics(scores)
"""

_STOPPING = """\
# {how}
places = learn(model, task({task}), train_x, np.asarray(train_y), table.keys_at(train_x.index)).places
train_x, train_y = train_x.iloc[places], np.asarray(train_y)[places]"""

_BY_CHANCE = """\
train_x, test_x, train_y, test_y = train_test_split(
    features, answers, test_size={test_size}, random_state={random_state}{stratify}
)"""

_BY_COLUMN = """\
# {how}
train_x, test_x, train_y, test_y = split(task({task}), features, answers, table.keys)"""

_CLASSES = """\
    said = model.predict(x)
    precision, recall, f1, _ = precision_recall_fscore_support(
        y, said, average={average}, zero_division=0
    )
    scores[f"{{part}}_accuracy"] = accuracy_score(y, said)
    scores[f"{{part}}_precision"] = precision
    scores[f"{{part}}_recall"] = recall
    scores[f"{{part}}_f1"] = f1"""

_CHANCES = """
    scores[f"{part}_roc_auc"] = roc_auc_score(y, model.predict_proba(x)[:, 1])"""

_NUMBERS = """\
    said = model.predict(x)
    scores[f"{part}_rmse"] = root_mean_squared_error(y, said)
    scores[f"{part}_mae"] = mean_absolute_error(y, said)
    scores[f"{part}_r2"] = r2_score(y, said)"""

_FILL = 'SimpleImputer(strategy="median", keep_empty_features=True)'

_OWN_SPLIT = "core.training.fit import numbered, requirements, split"
_SAME = ["core.store.trust import TRUSTED_TYPES", "core.training.datasets import table_of",
         "core.training.fit import requirements", "trainers import task"]  # fmt: skip


@dataclass(frozen=True)
class Recipe:
    """What a run was launched with.

    ``params`` are all of them; without ``name`` it is called as runs usually are.
    """

    task: Task
    algorithm: Algorithm
    params: Mapping[str, Value]
    experiment: str
    name: str = ""
    effort: Effort = QUICK
    note: str = ""
    tags: Mapping[str, str] = field(default_factory=dict)


def recipe(
    task: Task, algorithm: str, logged: Mapping[str, str], *, experiment: str, name: str,
    tags: Mapping[str, str] | None = None,
) -> Recipe | None:  # fmt: skip
    """Return what a run was launched with, from what it logged; None where this version cannot launch the same.

    Raises:
        ParameterError: the task has no such algorithm.
    """
    learning = task.algorithm(algorithm)
    try:
        said = [p for p in learning.parameters if p.name in logged or not p.later]
        params = complete(learning.parameters, {p.name: p.validate(p.parse(logged[p.name])) for p in said})
    except (KeyError, ParameterError):
        return None
    usual = {_usual_name(language, learning, params) for language in LANGUAGES}
    own_name = name if name not in usual and name.isprintable() else ""
    effort = next((one for one in EFFORTS if one == logged.get(EFFORT_PARAM)), QUICK)
    return Recipe(task, learning, params, experiment, own_name, effort, *said_of(tags or {}))


def form(recipe: Recipe) -> dict[str, str]:
    """Return what the address of the Train page holds, so that its form begins with the same settings."""
    params = ",".join(departures(recipe.algorithm.parameters, recipe.params))
    return {"task": recipe.task.name, "algorithm": recipe.algorithm.name, "params": params, "effort": recipe.effort}


def _usual_name(language: str, learning: Algorithm, params: Mapping[str, Value]) -> str:
    with speaking(language):
        return run_name(translate(learning.title), learning.parameters, params)


def command(recipe: Recipe) -> str:
    """Return the command line, quoted for POSIX shells; parameters at their defaults are left out."""
    settings = departures(recipe.algorithm.parameters, recipe.params)
    words = ["python", "-m", "trainers", "run", recipe.task.name, "--algorithm", recipe.algorithm.name]
    words += ["--set", *settings] if settings else []
    words += ["--effort", recipe.effort] if recipe.effort != QUICK else []
    words.append(f"--experiment={recipe.experiment}")  # as one word, which may begin with a dash
    words += [f"--name={recipe.name}"] if recipe.name else []
    words += [f"--note={recipe.note}"] if recipe.note else []
    words += [f"--tag={name}={value}" for name, value in recipe.tags.items()]
    return shlex.join(words)


def code(recipe: Recipe) -> str:
    """Return Python that learns, measures and logs the same with scikit-learn and MLflow.

    Only the rows are read by our own functions. Whatever is in names stays text.
    """
    from core.training.pipeline import SCALE  # scikit-learn, as the estimator that is built below
    from core.training.steps import is_stopping

    task, learning = recipe.task, recipe.algorithm
    values = complete(learning.parameters, recipe.params)
    scale = bool(values.get(SCALE))
    source, estimator, made = _estimator(recipe, {name: value for name, value in values.items() if name != SCALE})
    classes = task.kind == "classification"
    two = len(task.class_names) == 2
    named = {"run_name": recipe.name or run_name(translate(learning.title), learning.parameters, values)}
    return _CODE.format(
        where=_("Save this file in Pizarra's folder and run it there,"),
        store=_("with the dashboard's MLFLOW_TRACKING_URI"),
        imports=_imports(task, scale=scale, estimator=source, is_stopping=is_stopping(made)),
        rows=_("The rows as Pizarra reads them, and the same split every time"),
        task=_quoted(task.name),
        answers=_answers(task),
        split=_split(task),
        model=_("Gaps are filled, words become columns, then it learns"),
        numbers=f"make_pipeline({_FILL}, StandardScaler())" if scale else _FILL,
        estimator=estimator,
        fit=_fit(task, is_stopping(made)),
        scores_of=_("How good it is: on the rows it knows, and on those it has never seen"),
        scores=_scores(classes=classes, two=two),
        record=_("The record in MLflow"),
        experiment=_quoted(recipe.experiment),
        named=", ".join(f"{name}={_quoted(value)}" for name, value in named.items()),
        tags=_listed({**_said(recipe), "pizarra.task": task.name, "pizarra.algorithm": learning.name}, 8),
        params=_listed({
            "algorithm": learning.name, **values,
            "split_test_size": task.test_size, "split_random_state": task.random_state, **task.division.logged(),
        }, 8),
    )  # fmt: skip


def _said(recipe: Recipe) -> dict[str, Value]:
    return {**({NOTE_TAG: recipe.note} if recipe.note else {}), **recipe.tags}


def _answers(task: Task) -> str:
    if not task.division.is_by_chance:
        return f"numbered(task({_quoted(task.name)}), table.target)"
    if task.kind == "regression":
        return "table.target"
    return f"table.target.map({_listed({n: i for i, n in enumerate(task.class_names)})})"


def _split(task: Task) -> str:
    if task.division.is_by_chance:
        stratify = ", stratify=answers" if task.kind == "classification" else ""
        return _BY_CHANCE.format(test_size=task.test_size, random_state=task.random_state, stratify=stratify)
    how = _("By a column, with our own function: rows of one group are never on both sides")
    if task.division.ordered_by:
        how = _("By a column, with our own function: the later rows are tested on")
    if task.division.sides:
        how = _("As it was written down when new rows came, with our own function")
    return _BY_COLUMN.format(how=how, task=_quoted(task.name))


def _fit(task: Task, stops: bool) -> str:
    if not stops:
        return "model.fit(train_x, train_y)"
    how = _("With our own function: a fifth of these rows is set aside and says when to stop")
    return _STOPPING.format(how=how, task=_quoted(task.name))


def _imports(task: Task, *, scale: bool, estimator: str, is_stopping: bool) -> str:
    scores = (
        "mean_absolute_error, r2_score, root_mean_squared_error"
        if task.kind == "regression"
        else "accuracy_score, precision_recall_fscore_support"
        + (", roc_auc_score" if len(task.class_names) == 2 else "")
    )
    libraries = [
        "sklearn.compose import ColumnTransformer",
        "sklearn.impute import SimpleImputer",
        f"sklearn.metrics import {scores}",
        *([] if not task.division.is_by_chance else ["sklearn.model_selection import train_test_split"]),
        "sklearn.pipeline import Pipeline, make_pipeline",
        f"sklearn.preprocessing import OneHotEncoder{', StandardScaler' if scale else ''}",
        *([estimator] if estimator else []),
    ]
    first = _("first: it turns MLflow's usage reports off")
    lines = [f"from core.settings import settings  # {first}"]
    ours = [_OWN_SPLIT if not task.division.is_by_chance and ".fit import" in line else line for line in _SAME]
    lines += [f"from {line}" for line in ours]
    lines += ["from core.training.steps import learn"] if is_stopping else []
    numpy = ["import numpy as np"] if is_stopping else []
    return "\n".join(
        [*lines, "", "import mlflow", *numpy, "import pandas as pd", *(f"from {line}" for line in sorted(libraries))]
    )


def _estimator(recipe: Recipe, values: Mapping[str, Value]) -> tuple[str, str, Any]:
    """Return where an estimator comes from, how it is made, and itself; without the first our own function makes it."""
    made = recipe.algorithm.build(values)
    kind = type(made)
    home = _home(kind)
    given = _given(made) if home else None
    if given is None:
        ours = f"task({_quoted(recipe.task.name)}).algorithm({_quoted(recipe.algorithm.name)})"
        return "", f"{ours}.build({_listed(values)})", made
    arguments = "".join(f"\n    {name}={_quoted(value)}," for name, value in given.items())
    code_of = f"{kind.__name__}({arguments}\n)" if given else f"{kind.__name__}()"
    return f"{home} import {kind.__name__}", code_of, made


def _home(kind: type) -> str:
    """Return the shortest module that has a class under its name; empty where none has, or it is no library's."""
    path = kind.__module__.split(".")
    for length in range(1, len(path) + 1):
        module = ".".join(path[:length])
        if path[0] in {"sklearn", "xgboost"} and getattr(import_module(module), kind.__name__, None) is kind:
            return module
    return ""


def _given(estimator: Any) -> dict[str, Value] | None:
    """Return what an estimator was given other than its defaults; None where that cannot be written plainly."""
    usual = type(estimator)().get_params(deep=False)
    given = {n: v for n, v in estimator.get_params(deep=False).items() if not _alike(v, usual.get(n, inspect._empty))}
    return given if all(isinstance(value, Value) for value in given.values()) else None


def _alike(one: object, other: object) -> bool:
    return type(one) is type(other) and repr(one) == repr(other)


def _scores(*, classes: bool, two: bool) -> str:
    if not classes:
        return _NUMBERS
    return _CLASSES.format(average='"binary"' if two else '"weighted"') + (_CHANCES if two else "")


def _listed(pairs: Mapping[str, Value], indent: int = 4) -> str:
    """Return a dictionary's code, a pair a line."""
    lines = "".join(f"{' ' * indent}{_quoted(name)}: {_quoted(value)},\n" for name, value in pairs.items())
    return f"{{\n{lines}{' ' * (indent - 4)}}}"


def _quoted(value: Value) -> str:
    """Return a value's code; ``repr`` also writes line ends and signs that turn text around as escapes."""
    plainly = isinstance(value, str) and value.isprintable() and not set(value) & set('"\\')
    return f'"{value}"' if plainly else repr(value)
