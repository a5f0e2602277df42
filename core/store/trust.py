"""Types that a skops model may hold and still be loaded without asking.

skops builds anything else only when told to, and a model file can name any type as trusted itself. So the list
that counts is ours: what scikit-learn and XGBoost need for the project's algorithms. None of these types runs code
that comes with the file. They do restore tables of numbers that compiled code walks through, so a file forged for
it could still crash the process.
"""

TRUSTED_TYPES = (
    "numpy.dtype",
    "sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor",
    "sklearn.metrics._dist_metrics.EuclideanDistance64",
    "sklearn.neighbors._kd_tree.KDTree",
    "sklearn.tree._tree.Tree",
    "xgboost.core.Booster",
    "xgboost.sklearn.XGBClassifier",
    "xgboost.sklearn.XGBRegressor",
)
