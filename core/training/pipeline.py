"""The one pipeline every model is: fill gaps, scale numbers where asked, encode words, then the estimator."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from core.training.specs import Value
from core.training.tasks import Algorithm

SCALE = "scale"


def build_pipeline(algorithm: Algorithm, params: Mapping[str, Value], features: pd.DataFrame) -> Pipeline:
    """Return an unfitted pipeline for the columns of ``features``.

    Numbers come before words and no category is dropped: published scores depend on the order of the columns.
    Gaps become the median of a number and the most frequent word; a word that training never saw counts as
    none.
    """
    numbers = [name for name, column in features.items() if pd.api.types.is_numeric_dtype(column)]
    categories = [name for name in features.columns if name not in numbers]
    steps = [
        ("numbers", _numbers(bool(params.get(SCALE))), numbers),
        ("categories", _categories(), categories),
    ]
    return Pipeline(
        [
            ("columns", ColumnTransformer([step for step in steps if step[2]])),
            ("estimator", algorithm.build({name: value for name, value in params.items() if name != SCALE})),
        ]
    )


def original_columns(pipeline: Pipeline) -> list[str]:
    """Return, for each input of a fitted pipeline's estimator, the column of the table that it comes from."""
    origins: list[str] = []
    for name, transformer, columns in pipeline.named_steps["columns"].transformers_:
        if name == "numbers":
            origins.extend(columns)
        elif name == "categories":
            for column, categories in zip(columns, transformer.named_steps["encode"].categories_, strict=True):
                origins.extend([column] * len(categories))
    return origins


def _numbers(scale: bool) -> Pipeline:
    fill = ("fill", SimpleImputer(strategy="median", keep_empty_features=True))
    return Pipeline([fill, ("scale", StandardScaler())] if scale else [fill])


def _categories() -> Pipeline:
    return Pipeline(
        [
            (
                "fill",
                SimpleImputer(missing_values=np.nan, strategy="most_frequent", keep_empty_features=True),
            ),
            ("encode", OneHotEncoder(handle_unknown="ignore", sparse_output=False)),
        ]
    )
