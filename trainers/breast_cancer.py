"""Breast cancer: harmful tumours told from harmless ones by the look of their cells."""

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

CLASS_NAMES = ("benign", "malignant")


def read() -> pd.DataFrame:
    """Return scikit-learn's 569 tumours with the diagnosis in words (it numbers malignant 0, benign 1)."""
    from sklearn.datasets import load_breast_cancer

    bunch = load_breast_cancer(as_frame=True)
    words = [str(bunch.target_names[number]) for number in bunch.target]
    features: pd.DataFrame = bunch.data
    return features.assign(diagnosis=words)


TASK = Task(
    name="breast_cancer",
    title=N_("Breast cancer"),
    question=N_("Is this tumour malignant?"),
    kind="classification",
    dataset=Dataset(
        name="breast_cancer",
        title=N_("569 tumours measured under the microscope"),
        credit="Wolberg, W. et al. (1993), UCI Machine Learning Repository",
        bundled=read,
    ),
    target="diagnosis",
    class_names=CLASS_NAMES,
    experiment="breast-cancer",
    algorithms=(
        logistic_regression(scale=True),
        random_forest("classification"),
        nearest_neighbours("classification"),
        hist_gradient_boosting("classification"),
        xgboost("classification", max_depth=3, learning_rate=0.1),
    ),
    feature_help={
        "mean radius": N_("How large the cell nuclei are on average."),
        "mean texture": N_("How much the grey in the picture varies on average."),
        "mean perimeter": N_("How long the outline of the cell nuclei is on average."),
        "mean area": N_("How large a surface the cell nuclei cover on average."),
        "mean smoothness": N_("How evenly round the outline is on average; higher is less even."),
        "mean compactness": N_("How far the shape is from a full circle on average."),
        "mean concavity": N_("How deep the dents in the outline are on average."),
        "mean concave points": N_("How much of the outline is dented on average."),
        "worst radius": N_("How large the largest cell nuclei are."),
        "worst perimeter": N_("How long the outline of the largest cell nuclei is."),
        "worst area": N_("How large a surface the largest cell nuclei cover."),
        "worst concave points": N_("How much of the outline is dented in the most dented cell nuclei."),
    },
)
