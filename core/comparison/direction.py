"""Which way is better for a metric: what people said of it, else guessed from the words of its name."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from functools import lru_cache

HIGHER = """
accuracy, acc, f1, f2, f beta, fbeta, fscore, f measure, precision, average precision, recall, sensitivity,
specificity, auc, auroc, auprc, rocauc, aucroc, prauc, area under, gini, ks, youden, informedness, markedness, ap,
map, ndcg, dcg, mrr, reciprocal rank, hit, r2, d2, r squared, rsquared, score, kappa, mcc, matthews, jaccard, iou,
dice, correlation, corr, spearman, pearson, kendall, concordance, c index, cindex, nse, kge, silhouette, homogeneity,
completeness, v measure, rand, ari, ami, nmi, mutual information, fowlkes mallows, calinski harabasz, likelihood,
elbo, explained variance, bleu, rouge, meteor, chrf, cider, bertscore, exact match, similarity, faithfulness,
groundedness, relevance, relevancy, correctness, coherence, helpfulness, fluency, ssim, psnr, reward, return, profit,
revenue, roi, sharpe, throughput, speedup, fps, qps, per second, per sec, hit rate, success, pass rate, win rate,
detection rate, conversion, retention, efficiency, tp, tn, tpr, tnr, ppv, npv, positive predictive value, negative
predictive value, true positive, true negative, true positive rate, true negative rate, d2 absolute error score, d2
pinball score, d2 tweedie score, d2 log loss score, d2 brier score, exactitud, precisión, exhaustividad, sensibilidad,
especificidad, puntuación, acierto, ganancia, beneficio, ingreso, rendimiento, correlación, verosimilitud, similitud,
área bajo, f0 5, gmean, g mean, geometric mean, mutual info, sacrebleu, bleurt, spice, em, miou, sortino, calmar,
pass, passed, uptime, availability, yield, correct, willmott, coeficiente determinación
"""
LOWER = """
loss, log loss, logloss, mlogloss, error, err, error rate, max error, rmse, rmsle, rmspe, rmsse, mae, mse, msle, mape,
smape, wape, wmape, mase, mdape, mdae, medae, rae, rse, crps, mean squared error, root mean squared error, mean
absolute error, huber, hinge, pinball, hamming, l1, l2, nll, negative log likelihood, neg log likelihood, negative
elbo, neg elbo, perplexity, ppl, bits per byte, bits per character, bpb, bpc, deviance, brier, gap, aic, bic, fn, fp,
fpr, fnr, fdr, eer, wer, cer, ter, ece, mce, false positive, false negative, false positive rate, false negative rate,
false discovery rate, false alarm, miss rate, davies bouldin, time, score time, duration, latency, delay, second, sec,
ms, elapsed, runtime, memory, vram, ram, model size, size mb, size bytes, energy, emission, misclassification,
misclassified, residual, cost, regret, drawdown, divergence, kl, kld, wasserstein, distance, mmd, fid, kid, lpips,
entropy, cross entropy, inertia, impurity, toxicity, hallucination, drift, psi, overfit, overfitting, unexplained
variance, violation, failure, pérdida, tiempo, duración, brecha, segundo, coste, costo, latencia, memoria, demora,
retraso, fallo, entropía, distancia, desviación, alucinación, toxicidad, mer, dcf, min dcf, bits per char, distortion,
hausdorff, hd, assd, crossentropy, carbon, co2, wrong, incorrect, missed
"""
# Measures of something else, whose own direction the measure that is named beside them does not say
NEITHER = """
threshold, support, stdev, stddev, std, sd, loss scale, loss weight, anomaly score, outlier score, novelty score, risk
score, propensity score, p value, pvalue, umbral, soporte, bias score, bias, mbe
"""
# What is said of a change: these are good whatever they are of, those turn round what they are of
IMPROVEMENTS = frozenset(
    {"improvement", "improved", "gain", "lift", "uplift", "saved", "saving", "skill", "mejora", "ahorro", "ahorrado"}
)
REDUCTIONS = frozenset({"reduction", "reduced", "decrease", "drop", "decline", "reduccion", "descenso"})
SPREADS = frozenset({"stdev", "stddev", "std", "sd"})  # of an error, as much of it as of the error is bad
# What follows says where something was measured, not what
PLACES = frozenset({"at", "on", "over", "after", "before", "by", "for", "vs", "against", "in", "en", "sobre", "tras"})
NEAREST_ZERO = frozenset({"gap", "brecha", "bias", "mbe"})  # as wrong below zero as above
RANKED = frozenset({"mean", "avg", "average", "median", "test", "val", "score", "media", "promedio"})  # first is best
GENERIC = "score"  # whatever else is known of the name goes before

_WORD = re.compile(r"@|[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+\d*|[A-Z]+\d*|\d+")
_RATE = re.compile(r"(?<=[a-z]s)/s(ec(ond)?)?\b|(?<=\bit)/s\b")  # images/sec, but not time/sec: that is a folder


@lru_cache(maxsize=4096)
def words(metric: str) -> tuple[str, ...]:
    """Split a metric's name at punctuation and camelCase, in lower case and without accents; "@" is "at".

    >>> words("val_F1Score"), words("R²"), words("testLogLoss"), words("recall@5")
    (('val', 'f1', 'score'), ('r2',), ('test', 'log', 'loss'), ('recall', 'at', '5'))
    """
    plain = unicodedata.normalize("NFKD", metric)
    plain = "".join(letter for letter in plain if not unicodedata.combining(letter)).replace("IoU", "iou")
    return tuple("at" if word == "@" else word.lower() for word in _WORD.findall(plain))


def _terms(text: str) -> list[tuple[str, ...]]:
    return [words(term) for term in text.split(",")]


_DIRECTIONS: dict[tuple[str, ...], bool | None] = {
    **dict.fromkeys(_terms(HIGHER), True),
    **dict.fromkeys(_terms(LOWER), False),
    **dict.fromkeys(_terms(NEITHER), None),
}
_LONGEST = max(map(len, _DIRECTIONS))


def higher_is_better(metric: str, said: Mapping[str, bool | None] | None = None) -> bool | None:
    """Say whether a larger value of ``metric`` is better; None where nothing tells.

    What people ``said`` of a metric (``Runs.directions``) goes before what its name says. Of a name the
    longest known term wins and, among equals, the last: "accuracy_loss" is a loss. A ``neg`` before a loss turns
    it round, as scikit-learn's scorers do; before a score it names a class.

    >>> higher_is_better("val_loss"), higher_is_better("neg_mean_squared_error"), higher_is_better("alpha")
    (False, True, None)
    >>> higher_is_better("rmse_improvement"), higher_is_better("neg_recall"), higher_is_better("f1_at_best_threshold")
    (True, True, True)
    """
    return said[metric] if said is not None and metric in said else _by_name(metric)


def nearest_zero_is_best(metric: str, said: Mapping[str, bool | None] | None = None) -> bool:
    """Say whether a metric is as bad below zero as above: of such a one the distance from zero counts.

    >>> nearest_zero_is_best("train_test_gap"), nearest_zero_is_best("rmse")
    (True, False)
    """
    return (said is None or metric not in said) and not NEAREST_ZERO.isdisjoint(words(metric))


def better_end(metric: str, said: Mapping[str, bool | None] | None = None) -> bool | None:
    """Say whether the upper end of a metric's axis is the better one; None where neither is, or nothing tells."""
    return None if nearest_zero_is_best(metric, said) else higher_is_better(metric, said)


@lru_cache(maxsize=4096)
def _by_name(metric: str) -> bool | None:
    if metric.startswith("system/"):  # of the machine, as MLflow logs it
        return None
    name = words(_RATE.sub(" per second", metric))
    place = next((at for at, word in enumerate(name) if at and word in PLACES), len(name))
    known, better = _read(name[:place])
    return better if known else _read(name)[1]


def _read(name: tuple[str, ...]) -> tuple[bool, bool | None]:
    """Return whether anything in a name is known, and what it says."""
    reduced = _reduced(name)
    if reduced is not None:
        return True, not reduced
    if any(form in IMPROVEMENTS for word in name for form in _forms(word)):
        return True, True
    start, term = _longest_term(name)
    if "rank" in name and "rank" not in term and not RANKED.isdisjoint(name):
        return True, False
    if term == (GENERIC,):
        more_start, more = _longest_term(tuple(word for word in name if word != GENERIC))
        start, term = (more_start, more) if more else (start, term)
    if not term:
        return False, None
    better = _DIRECTIONS[term]
    if better is None and term[0] in SPREADS:
        _start, rest = _longest_term(tuple(word for word in name if word not in term))
        better = False if rest and _DIRECTIONS[rest] is False else None
    turned = better is False and not {"neg", "negative"}.isdisjoint(name[:start])
    return True, True if turned else better


def _reduced(name: tuple[str, ...]) -> bool | None:
    """Return which way is better of what a name calls a reduction of something, None where it calls it none."""
    at = next((at for at in reversed(range(len(name))) if name[at] in REDUCTIONS), None)
    if at is None:
        return None
    (_known, before), (_known, after) = _read(name[:at]), _read(name[at + 1 :])
    return after if before is None else before if after is None else None


def _longest_term(name: tuple[str, ...]) -> tuple[int, tuple[str, ...]]:
    """Return where the longest known term of a name begins, of equals the last, and the term; () where none is."""
    for length in range(min(_LONGEST, len(name)), 0, -1):
        for start in range(len(name) - length, -1, -1):
            *first, last = name[start : start + length]
            for form in _forms(last):
                if (*first, form) in _DIRECTIONS:
                    return start, (*first, form)
    return 0, ()


def _forms(word: str) -> Iterator[str]:
    """Yield a word as it is, then in the singular and without a number at its end."""
    yield word
    for plural in ("s", "es"):
        if word.endswith(plural):
            yield word.removesuffix(plural)
    yield word.rstrip("0123456789")
