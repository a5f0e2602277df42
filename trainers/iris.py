"""Iris: three kinds of flowers told apart by their petals and sepals."""

from __future__ import annotations

import pandas as pd

from core.i18n import N_
from core.training.tasks import Dataset, Task
from trainers.algorithms import (
    hist_gradient_boosting,
    logistic_regression,
    nearest_neighbours,
    random_forest,
    xgboost,
)

CLASS_NAMES = ("setosa", "versicolor", "virginica")


def read() -> pd.DataFrame:
    """Return scikit-learn's 150 flowers with the species in words."""
    from sklearn.datasets import load_iris

    bunch = load_iris(as_frame=True)
    features: pd.DataFrame = bunch.data
    return features.assign(species=[CLASS_NAMES[number] for number in bunch.target])


TASK = Task(
    name="iris",
    title=N_("Iris flowers"),
    question=N_("Which kind of iris is this flower?"),
    kind="classification",
    dataset=Dataset(
        name="iris",
        title=N_("150 iris flowers"),
        credit="Fisher, R. A. (1936), UCI Machine Learning Repository",
        bundled=read,
    ),
    target="species",
    class_names=CLASS_NAMES,
    experiment="iris-classification",
    algorithms=(
        logistic_regression(),
        random_forest("classification"),
        nearest_neighbours("classification", scale=False),
        hist_gradient_boosting("classification"),
        xgboost("classification", max_depth=3, learning_rate=0.1),
    ),
    feature_help={
        "sepal length (cm)": N_("Length of the outer green leaf, in centimetres."),
        "sepal width (cm)": N_("Width of the outer green leaf, in centimetres."),
        "petal length (cm)": N_("Length of the coloured leaf, in centimetres."),
        "petal width (cm)": N_("Width of the coloured leaf, in centimetres."),
    },
)
