"""MLproject, made from the tasks' declarations: every task can be run by ``mlflow run . -e TASK -P param=value``."""

from __future__ import annotations

import sys
from collections.abc import Iterable

from core.i18n import speaking, translate
from core.settings import ROOT
from core.training.tasks import Task

MLPROJECT, PYTHON_ENV = ROOT / "MLproject", "python_env.yaml"
_HEAD = f"""\
# Made by `make project` from what the tasks declare; change it there.
# For example: mlflow run . -e iris -P algorithm=random_forest -P max_depth=3 --experiment-name iris-classification
# Beside its algorithm a task takes that algorithm's own parameters, with -P as well; they stand below it, with what is
# allowed and what holds without. MLflow keeps what was typed: write True, False and None.
name: pizarra
python_env: {PYTHON_ENV}
entry_points:
"""


def mlproject(tasks: Iterable[Task]) -> str:
    """Return the file's text, in English.

    An entry point's own parameters are logged even where nobody said them, and MLflow allows no change of them: only
    the algorithm, which every run has, is one. Others reach the command line as ``--param value``.
    """
    with speaking("en"):
        return _HEAD + "\n".join(map(_entry_point, tasks))


def _entry_point(task: Task) -> str:
    lines = [f"  {task.name}:  # {translate(task.question)}"]
    for algorithm in task.algorithms:
        lines.append(f"    # -P algorithm={algorithm.name}")
        lines += [f"    #   -P {one.name}={one.default}  ({one.allowed})" for one in algorithm.parameters]
    return "\n".join([
        *lines,
        "    parameters:",
        f"      algorithm: {{type: string, default: {task.algorithms[0].name}}}",
        f'    command: "python -m trainers run {task.name} --algorithm {{algorithm}}"',
        "",
    ])  # fmt: skip


def main() -> None:
    """Print the file."""
    from trainers import TASKS

    sys.stdout.write(mlproject(TASKS.values()))


if __name__ == "__main__":
    main()
