"""What a loaded model says of itself: whether it tells classes, numbers, clusters or outliers."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal

Task = Literal["classification", "regression", "clusters", "outliers", ""]

# The words of scikit-learn's tags, which XGBoost, LightGBM, CatBoost and others use as well
OF_TAGS: Mapping[str, Task] = {
    "classifier": "classification", "regressor": "regression", "clusterer": "clusters",
    "density_estimator": "clusters", "outlier_detector": "outliers",
}  # fmt: skip
# What boosters without an estimator around them, and networks, call answers that are chances of classes
CHANCES = ("multi:softprob", "binary:logistic", "multiclass", "multiclassova", "binary", "softmax")
LABELS = ("multi:softmax", "binary:hinge")  # and answers that are the numbers of classes
# What the names of tasks and of metrics tell, by their beginnings
OF_WORDS: Mapping[str, Task] = {
    "classif": "classification", "regress": "regression", "forecast": "regression", "cluster": "clusters",
    "outlier": "outliers", "anomal": "outliers",
}  # fmt: skip
OF_METRICS: Mapping[str, Task] = {
    "accuracy": "classification", "precision": "classification", "recall": "classification", "f1": "classification",
    "auc": "classification", "logloss": "classification", "rmse": "regression", "mse": "regression",
    "mae": "regression", "mape": "regression", "r2": "regression",
}  # fmt: skip


def task_of_words(texts: Iterable[object]) -> Task:
    """Return the task that descriptions name; empty where none does, or two name different ones.

    >>> task_of_words(["text-classification", None]), task_of_words(["feature-extraction"])
    ('classification', '')
    """
    return _only(task for text in texts for word, task in OF_WORDS.items() if word in str(text).lower())


def task_of_metrics(names: Iterable[str]) -> Task:
    """Return the task that a run's metrics are of; empty where they are of none, or of several.

    >>> task_of_metrics(["test_accuracy", "val_f1_score", "loss"]), task_of_metrics(["R2", "eval/accuracy"])
    ('classification', '')
    """
    words = {word for name in names for word in re.split(r"[^a-z0-9]+", name.lower().replace("log_loss", "logloss"))}
    return _only(OF_METRICS[word] for word in words if word in OF_METRICS)


def _only(tasks: Iterable[Task]) -> Task:
    found = set(tasks)
    return found.pop() if len(found) == 1 else ""


def task_of(model: Any) -> Task:
    """Return what a model does, by its own word; empty where it has none."""
    kind = _tag(model) or getattr(model, "_estimator_type", None)
    if isinstance(kind, str) and kind in OF_TAGS:
        return OF_TAGS[kind]
    is_classifier = (
        hasattr(model, "predict_proba") or hasattr(model, "classes_") or _says_one_of(model, *CHANCES, *LABELS)
    )
    return "classification" if is_classifier else ""


def says_chances(model: Any) -> bool:
    """Tell whether what a model answers with is how likely each class is, or the second of two."""
    return _says_one_of(model, *CHANCES)


def _says_one_of(model: Any, *objectives: str) -> bool:
    return _objective(_raw(model)).split(" ")[0] in objectives


def kept_categories(model: Any) -> dict[int, tuple[Any, ...]]:
    """Return the categories that trees learned from pandas' columns of categories, by the place of the column.

    Places are those of the trees' own order (see ``own_order``).
    """
    booster = _booster(model)
    try:
        if hasattr(booster, "get_categories"):
            if "c" not in (booster.feature_types or ()):
                return {}
            found = booster.get_categories(export_to_arrow=True).to_arrow()
            return {place: tuple(words.to_pylist()) for place, (_name, words) in enumerate(found) if words is not None}
        kept = booster.pandas_categorical or []
        places = booster.params.get("categorical_column", booster.params.get("categorical_feature", ()))
        return {place: tuple(words) for place, words in zip(sorted(places), kept, strict=True)}
    except Exception:  # noqa: BLE001 - a model of another kind, or another release of these libraries
        return {}


def own_order(model: Any, names: Sequence[str]) -> list[str]:
    """Return names of columns in the order in which trees learned from them, as they are where nothing tells it.

    Raw boosters look at the place of a column alone, or refuse another order.
    """
    booster = _booster(model)
    try:
        learned = booster.feature_names if hasattr(booster, "get_categories") else booster.feature_name()
        by_form = {_form(name): name for name in names}
        return [by_form.pop(_form(name)) for name in learned] if len(learned) == len(names) else list(names)
    except Exception:  # noqa: BLE001 - as above, or a name that is none of them
        return list(names)


def _booster(model: Any) -> Any:
    """Return the trees of XGBoost or LightGBM inside an estimator or wrapper; any other model as it is."""
    raw = _raw(model)
    try:
        return raw.get_booster() if hasattr(raw, "get_booster") else getattr(raw, "booster_", raw)
    except Exception:  # noqa: BLE001 - one that was never fitted
        return raw


def _form(name: str) -> str:
    return re.sub(r"\s", "_", name)  # LightGBM keeps names so


def _tag(model: Any) -> str | None:
    try:
        return str(model.__sklearn_tags__().estimator_type)
    except Exception:  # noqa: BLE001 - a model of another release may fail in any way
        return None


def _raw(model: Any) -> Any:
    """Return the model inside MLflow's wrapper, where the wrapper gives it."""
    try:
        return model.get_raw_model()
    except Exception:  # noqa: BLE001 - a stranger's wrapper may fail in any way
        return model


def _objective(model: Any) -> str:
    """Return what a booster was trained for, or the last activation of a network; empty where neither is known."""
    try:
        if hasattr(model, "save_config"):
            return str(json.loads(model.save_config())["learner"]["objective"]["name"])
        if hasattr(model, "dump_model") and hasattr(model, "num_trees"):
            return str(model.dump_model(num_iteration=1)["objective"])
        return str(model.layers[-1].activation.__name__)
    except Exception:  # noqa: BLE001 - as above
        return ""
