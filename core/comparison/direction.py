"""Which way is better for a metric: what people said of it, else guessed from the words of its name."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from functools import lru_cache

HIGHER = """
accuracy, acc, f1, fbeta, fscore, precision, average precision, recall, sensitivity, specificity, auc,
auroc, auprc, rocauc, aucroc, prauc, ap, map, ndcg, mrr, r2, d2, score, kappa, mcc, matthews, jaccard,
iou, dice, silhouette, homogeneity, completeness, v measure, likelihood, explained variance, calinski
harabasz, bleu, rouge, reward, return, throughput, hit rate, success rate, tpr, tnr, ppv, npv, gain, true
positive, true positives, true negative, true negatives, true positive rate, true negative rate, d2
absolute error score, d2 pinball score, d2 tweedie score, d2 log loss score, d2 brier score, exactitud,
precisión, exhaustividad, sensibilidad, especificidad, puntuación, acierto, aciertos
"""
LOWER = """
loss, log loss, logloss, mlogloss, error, errors, err, error rate, error score, max error, rmse, rmsle,
mae, mse, msle, mape, smape, mdape, mean squared error, root mean squared error, mean absolute error,
nll, negative log likelihood, perplexity, deviance, brier, brier score, gap, drop, aic, bic, fpr, fnr,
fdr, eer, wer, cer, ece, false positive, false positives, false negative, false negatives, false positive
rate, false negative rate, false discovery rate, davies bouldin, time, score time, duration, latency,
seconds, secs, ms, elapsed, runtime, memory, misclassification, residual, residuals, cost, regret,
divergence, entropy, inertia, pérdida, tiempo, duración, brecha, segundos, coste, costo, latencia
"""
NO_DIRECTION = frozenset({"std", "stdev", "sd", "stddev", "threshold", "count", "support", "epoch"})

_WORD = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+\d*|[A-Z]+\d*|\d+")


@lru_cache(maxsize=4096)
def words(metric: str) -> tuple[str, ...]:
    """Split a metric's name at punctuation and camelCase, in lower case and without accents.

    >>> words("val_F1Score"), words("R²"), words("testLogLoss")
    (('val', 'f1', 'score'), ('r2',), ('test', 'log', 'loss'))
    """
    plain = unicodedata.normalize("NFKD", metric)
    plain = "".join(letter for letter in plain if not unicodedata.combining(letter))
    return tuple(word.lower() for word in _WORD.findall(plain))


def _terms(text: str) -> list[tuple[str, ...]]:
    return [words(term) for term in text.split(",")]


_DIRECTIONS = {**dict.fromkeys(_terms(HIGHER), True), **dict.fromkeys(_terms(LOWER), False)}
_LONGEST = max(map(len, _DIRECTIONS))


def higher_is_better(metric: str, said: Mapping[str, bool | None] | None = None) -> bool | None:
    """Say whether a larger value of ``metric`` is better; None where nothing tells.

    What people ``said`` of a metric (``Runs.directions``) goes before what its name says. Of a name the
    longest known term wins and, among equals, the last: "accuracy_loss" is a loss. A ``neg`` before it flips
    it, as scikit-learn's scorers do.

    >>> higher_is_better("val_loss"), higher_is_better("neg_mean_squared_error"), higher_is_better("alpha")
    (False, True, None)
    """
    return said[metric] if said is not None and metric in said else _by_name(metric)


@lru_cache(maxsize=4096)
def _by_name(metric: str) -> bool | None:
    name = words(metric)
    if NO_DIRECTION.intersection(name):
        return None
    for length in range(min(_LONGEST, len(name)), 0, -1):
        for start in range(len(name) - length, -1, -1):
            better = _DIRECTIONS.get(name[start : start + length])
            if better is not None:
                flipped = not {"neg", "negative"}.isdisjoint(name[:start])
                return better != flipped
    return None
