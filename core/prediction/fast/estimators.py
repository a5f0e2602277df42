"""What estimators say of few rows that are prepared: answers, and chances where they have any."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from core.prediction.fast.preparing import CannotSayError, UnsupportedError, kind
from core.prediction.fast.trees import BY_ONE, boosted, forest

Said = tuple[np.ndarray, np.ndarray | None]
Estimator = Callable[[np.ndarray], Said]

_HISTOGRAM = "sklearn.ensemble._hist_gradient_boosting.gradient_boosting"


def quick(estimator: Any) -> Estimator | None:
    """Return a function that says of a matrix what a fitted estimator does, in less time; None where none is known.

    Raises:
        UnsupportedError: it is set to do what is not known here.
    """
    made = _MADE.get(kind(estimator))
    return None if made is None else made(estimator)


def is_by_value(estimator: Any) -> bool:
    """Tell whether an estimator compares values one by one: how they lie in memory then changes no last bit."""
    return any(part in kind(estimator) for part in ("sklearn.ensemble.", "sklearn.tree.", "xgboost."))


def own(estimator: Any) -> Estimator:
    """Return the estimator's own answers: where much of the time goes into preparing, that is saved."""
    has_chances = hasattr(estimator, "predict_proba")

    def ask(matrix: np.ndarray) -> Said:
        _without_gaps(matrix)
        return estimator.predict(matrix), estimator.predict_proba(matrix) if has_chances else None

    return ask


def _without_gaps(matrix: np.ndarray) -> None:
    if not np.isfinite(matrix).all():
        raise CannotSayError("a value is missing")


def _forest_classifier(estimator: Any) -> Estimator:
    trees, classes = forest(estimator), estimator.classes_

    def ask(matrix: np.ndarray) -> Said:
        chances = trees(matrix)
        return classes.take(chances.argmax(axis=1), axis=0), chances

    return ask


def _forest_regressor(estimator: Any) -> Estimator:
    trees = forest(estimator)
    return lambda matrix: (trees(matrix)[:, 0], None)


def _boosted_classifier(estimator: Any) -> Estimator:
    sums, classes = _sums(estimator), estimator.classes_

    def ask(matrix: np.ndarray) -> Said:
        said = sums(matrix)
        places = (said.ravel() > 0).astype(int) if said.shape[1] == 1 else said.argmax(axis=1)
        return classes[places], estimator._loss.predict_proba(said)

    return ask


def _boosted_regressor(estimator: Any) -> Estimator:
    sums = _sums(estimator)
    return lambda matrix: (estimator._loss.link.inverse(sums(matrix).ravel()), None)


def _sums(estimator: Any) -> Callable[[np.ndarray], np.ndarray]:
    trees = boosted(estimator)
    if hasattr(estimator, "feature_names_in_"):  # of a matrix it would warn that it has no names
        return trees
    return lambda matrix: trees(matrix) if len(matrix) <= BY_ONE else estimator._raw_predict(matrix)


def _logistic(estimator: Any) -> Estimator:
    from scipy.special import expit  # what the library takes; it is there once the model is

    weights, base, classes = estimator.coef_.T, estimator.intercept_, estimator.classes_

    def ask(matrix: np.ndarray) -> Said:
        _without_gaps(matrix)
        said = matrix @ weights + base
        if len(classes) > 2:
            return classes.take(said.argmax(axis=1), axis=0), _softmax(said)
        said = said.ravel()
        second = expit(said)
        return classes.take((said > 0).astype(int), axis=0), np.stack([1 - second, second], axis=1)

    return ask


def _softmax(said: np.ndarray) -> np.ndarray:
    """Return chances, in the library's order of operations; what they are made of is overwritten."""
    said -= said.max(axis=1).reshape(-1, 1)
    np.exp(said, out=said)
    said /= said.sum(axis=1).reshape(-1, 1)
    return said


def _linear(estimator: Any) -> Estimator:
    weights, base = estimator.coef_, estimator.intercept_
    if weights.ndim != 1:
        raise UnsupportedError

    def ask(matrix: np.ndarray) -> Said:
        _without_gaps(matrix)
        return matrix @ weights + base, None

    return ask


def _nearest_classifier(estimator: Any) -> Estimator:
    if estimator.weights != "uniform" or estimator.outputs_2d_:
        return own(estimator)

    def ask(matrix: np.ndarray) -> Said:  # by its definition the class is the first of the likeliest
        _without_gaps(matrix)
        chances = estimator.predict_proba(matrix)
        return estimator.classes_.take(chances.argmax(axis=1)), chances

    return ask


def _xgboost_classifier(estimator: Any) -> Estimator:
    ask_trees, classes = _xgboost(estimator), estimator.n_classes_
    if estimator.objective not in {"binary:logistic", "multi:softprob"}:
        raise UnsupportedError

    def ask(matrix: np.ndarray) -> Said:
        said = ask_trees(matrix)
        if classes > 2:
            return said.argmax(axis=1), said
        return (said > 0.5).astype(int), np.vstack((1.0 - said, said)).transpose()

    return ask


def _xgboost_regressor(estimator: Any) -> Estimator:
    ask_trees = _xgboost(estimator)
    return lambda matrix: (ask_trees(matrix), None)


def _xgboost(estimator: Any) -> Callable[[np.ndarray], np.ndarray]:
    """Return the booster's own answers, without the estimator around it."""
    booster, missing = estimator.get_booster(), estimator.missing
    rounds = estimator._get_iteration_range(None)
    if estimator.booster not in {None, "gbtree"} or "c" in (booster.feature_types or ()):
        raise UnsupportedError
    return lambda matrix: booster.inplace_predict(
        matrix, iteration_range=rounds, missing=missing, validate_features=False
    )


_MADE: Mapping[str, Callable[[Any], Estimator]] = {
    "sklearn.ensemble._forest.RandomForestClassifier": _forest_classifier,
    "sklearn.ensemble._forest.ExtraTreesClassifier": _forest_classifier,
    "sklearn.tree._classes.DecisionTreeClassifier": _forest_classifier,
    "sklearn.ensemble._forest.RandomForestRegressor": _forest_regressor,
    "sklearn.ensemble._forest.ExtraTreesRegressor": _forest_regressor,
    "sklearn.tree._classes.DecisionTreeRegressor": _forest_regressor,
    f"{_HISTOGRAM}.HistGradientBoostingClassifier": _boosted_classifier,
    f"{_HISTOGRAM}.HistGradientBoostingRegressor": _boosted_regressor,
    "sklearn.linear_model._logistic.LogisticRegression": _logistic,
    "sklearn.linear_model._base.LinearRegression": _linear,
    "sklearn.linear_model._ridge.Ridge": _linear,
    "sklearn.linear_model._coordinate_descent.Lasso": _linear,
    "sklearn.linear_model._coordinate_descent.ElasticNet": _linear,
    "sklearn.neighbors._classification.KNeighborsClassifier": _nearest_classifier,
    "xgboost.sklearn.XGBClassifier": _xgboost_classifier,
    "xgboost.sklearn.XGBRegressor": _xgboost_regressor,
}
