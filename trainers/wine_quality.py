"""Wine quality: the mark that tasters give a red wine, from its chemical analysis."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from core.i18n import N_
from core.training.tasks import Dataset, Task
from trainers import stand_ins
from trainers.algorithms import (
    hist_gradient_boosting,
    linear_regression,
    nearest_neighbours,
    random_forest,
    xgboost,
)


def read(path: Path) -> pd.DataFrame:
    """Read the wines; the original file separates columns by semicolons, copies of it often by commas."""
    with path.open(encoding="utf-8") as file:
        separator = ";" if ";" in file.readline() else ","
    return pd.read_csv(path, sep=separator)


TASK = Task(
    name="wine_quality",
    title=N_("Wine quality"),
    question=N_("What mark will tasters give this red wine?"),
    kind="regression",
    dataset=Dataset(
        name="wine_quality",
        title=N_("1599 red wines and their marks"),
        credit="Cortez, P. et al. (2009), UCI Machine Learning Repository, CC BY 4.0",
        filenames=("winequality-red.csv", "winequality-red_UCI_semicolon.csv"),
        url="https://archive.ics.uci.edu/ml/machine-learning-databases/wine-quality/winequality-red.csv",
        sha256="4a402cf041b025d4566d954c3b9ba8635a3a8a01e039005d97d6a710278cf05e",
        read=read,
        stand_in=stand_ins.wine_quality,
    ),
    target="quality",
    experiment="wine-quality",
    algorithms=(
        linear_regression(scale=True),
        random_forest("regression", max_features="sqrt"),
        nearest_neighbours("regression", n_neighbors=15, weights="distance"),
        hist_gradient_boosting("regression"),
        xgboost("regression", max_depth=5, learning_rate=0.1),
    ),
    feature_help={
        "fixed acidity": N_("Sourness that stays in the wine, mostly from the grape (grams per litre)."),
        "volatile acidity": N_("Sourness that evaporates; much of it tastes of vinegar (grams per litre)."),
        "citric acid": N_("The sour substance of lemons; a little tastes fresh (grams per litre)."),
        "residual sugar": N_("Sugar that is left when the wine is made (grams per litre)."),
        "chlorides": N_("Salt (grams per litre)."),
        "free sulfur dioxide": N_("Preservative that is still active (milligrams per litre)."),
        "total sulfur dioxide": N_("All preservative, active or used up (milligrams per litre)."),
        "density": N_("Weight of one cubic centimetre, in grams; water weighs 1."),
        "pH": N_("How sour the wine is: the lower, the sourer."),
        "sulphates": N_("A substance that protects the wine against spoiling (grams per litre)."),
        "alcohol": N_("Alcohol, in percent of the volume."),
    },
)
