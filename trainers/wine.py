"""Wine: three growers told apart by a chemical analysis of their wines."""

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

CLASS_NAMES = ("class_0", "class_1", "class_2")


def read() -> pd.DataFrame:
    """Return scikit-learn's 178 wines with the grower in words."""
    from sklearn.datasets import load_wine

    bunch = load_wine(as_frame=True)
    features: pd.DataFrame = bunch.data
    return features.assign(grower=[CLASS_NAMES[number] for number in bunch.target])


TASK = Task(
    name="wine",
    title=N_("Wine growers"),
    question=N_("Which of three growers made this wine?"),
    kind="classification",
    dataset=Dataset(
        name="wine",
        title=N_("178 wines of three growers"),
        credit="Aeberhard, S. and Forina, M. (1992), UCI Machine Learning Repository",
        bundled=read,
    ),
    target="grower",
    class_names=CLASS_NAMES,
    experiment="wine-classification",
    algorithms=(
        logistic_regression(scale=True),
        random_forest("classification"),
        nearest_neighbours("classification"),
        hist_gradient_boosting("classification"),
        xgboost("classification", max_depth=3, learning_rate=0.1),
    ),
    feature_help={
        "alcohol": N_("Alcohol, in percent of the volume."),
        "malic_acid": N_("The sour substance also found in apples."),
        "ash": N_("What remains when the wine is burnt: its minerals."),
        "alcalinity_of_ash": N_("How strongly those minerals take away sourness."),
        "magnesium": N_("Magnesium, a mineral."),
        "total_phenols": N_("All substances from skin and seeds that give colour and bitterness."),
        "flavanoids": N_("The largest group of those substances."),
        "nonflavanoid_phenols": N_("The rest of those substances."),
        "proanthocyanins": N_("Substances that make the mouth feel dry."),
        "color_intensity": N_("How deep the colour is."),
        "hue": N_("The shade of the colour; lower is more brownish."),
        "od280/od315_of_diluted_wines": N_("A measure of protein, by the light that thinned wine lets through."),
        "proline": N_("Proline, a building block of protein that comes from ripe grapes."),
    },
)
