"""Diabetes: how far the illness goes within a year, from ten measurements."""

from __future__ import annotations

import pandas as pd

from core.i18n import N_
from core.training.tasks import Dataset, Task
from trainers.algorithms import (
    hist_gradient_boosting,
    linear_regression,
    nearest_neighbours,
    random_forest,
    xgboost,
)


def read() -> pd.DataFrame:
    """Return scikit-learn's 442 patients in the units they were measured in, which people can type in."""
    from sklearn.datasets import load_diabetes

    bunch = load_diabetes(as_frame=True, scaled=False)
    features: pd.DataFrame = bunch.data
    return features.assign(progression=bunch.target)


TASK = Task(
    name="diabetes",
    title=N_("Diabetes"),
    question=N_("How far will the illness have gone in a year?"),
    kind="regression",
    dataset=Dataset(
        name="diabetes",
        title=N_("442 patients with diabetes"),
        credit="Efron, B. et al. (2004), Least Angle Regression, Annals of Statistics",
        bundled=read,
    ),
    target="progression",
    experiment="diabetes-progression",
    algorithms=(
        linear_regression(scale=True),
        random_forest("regression", min_samples_leaf=5),
        nearest_neighbours("regression", n_neighbors=15),
        hist_gradient_boosting("regression", learning_rate=0.05, max_leaf_nodes=7),
        xgboost("regression", max_depth=2, learning_rate=0.05),
    ),
    feature_help={
        "age": N_("Age in years."),
        "sex": N_("Sex, written as 1 or 2 in the source."),
        "bmi": N_("Body mass index: weight in kilograms divided by the square of the height in metres."),
        "bp": N_("Average blood pressure."),
        "s1": N_("All cholesterol in the blood."),
        "s2": N_("The cholesterol that can block blood vessels (LDL)."),
        "s3": N_("The cholesterol that protects blood vessels (HDL)."),
        "s4": N_("All cholesterol divided by the protecting one."),
        "s5": N_("Fat in the blood, as a logarithm."),
        "s6": N_("Sugar in the blood."),
    },
)
