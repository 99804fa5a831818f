"""Makes ranking.json: scikit-learn's curves, areas and rates of scores with ties.

    /usr/bin/python3 test/oracles/make-ranking.py > test/oracles/ranking.json
"""

import json

import numpy as np
import sklearn
from sklearn import metrics

rng = np.random.default_rng(7)


def multiclass(rows, classes, step):
    """Probabilities in sixteenths, so that ties are exact; weights in halves."""
    scores = np.round(rng.normal(size=(rows, classes)) / step) * step
    target = np.concatenate([np.arange(classes), rng.integers(0, classes, rows - classes)])
    scores[np.arange(rows), target] += np.round(rng.random(rows) * 2 / step) * step
    weight = rng.integers(1, 5, rows) / 2
    p = np.maximum(scores - scores.min(), step)
    p = np.round(p / p.sum(1, keepdims=True) * 16) / 16
    p[:, 0] += 1 - p.sum(1)
    p = np.clip(p, 0, 1)
    kept = np.abs(p.sum(1) - 1) < 1e-12
    p, target, weight = p[kept], target[kept], weight[kept]
    indicators = np.eye(classes)[target]
    expected = {}
    for suffix, w in [("", None), ("_weighted_rows", weight)]:
        for average in ["macro", "weighted", "micro"]:
            expected[f"ovr_{average}{suffix}"] = metrics.roc_auc_score(
                target, p, multi_class="ovr", average=average, sample_weight=w
            )
            expected[f"ap_{average}{suffix}"] = metrics.average_precision_score(
                indicators, p, average=average, sample_weight=w
            )
        for name, score in [("ovr", metrics.roc_auc_score), ("ap", metrics.average_precision_score)]:
            expected[f"{name}_none{suffix}"] = list(score(indicators, p, average=None, sample_weight=w))
    # One-vs-one takes no weights there: they are made by repeating rows.
    copies = (weight * 2).astype(int)
    for suffix, y, q in [
        ("", target, p),
        ("_weighted_rows", np.repeat(target, copies), np.repeat(p, copies, axis=0)),
    ]:
        for average in ["macro", "weighted"]:
            expected[f"ovo_{average}{suffix}"] = metrics.roc_auc_score(
                y, q, multi_class="ovo", average=average
            )
    return {
        "name": f"{len(target)}x{classes} with ties",
        "probabilities": p.tolist(),
        "target": target.tolist(),
        "sample_weight": weight.tolist(),
        "expected": expected,
    }


def curves(rows, levels):
    """Scores that are exact in f32, with and without weights in quarters."""
    y = rng.integers(0, 2, rows)
    s = rng.normal(size=rows) + y
    s = np.float32(s if levels is None else np.round(s * levels / 4))
    weight = np.round(rng.random(rows) * 8) / 4
    for w in [None, weight]:
        by = {"sample_weight": w}
        roc = metrics.roc_curve(y, s, drop_intermediate=True, **by)
        full = metrics.roc_curve(y, s, drop_intermediate=False, **by)
        pr = metrics.precision_recall_curve(y, s, **by)

        def lists(names, arrays):
            return {name: array.astype(float).tolist() for name, array in zip(names, arrays)}

        def rates(threshold):
            called = s >= threshold
            return {
                "threshold": float(threshold),
                "f1": metrics.f1_score(y, called, **by),
                "mcc": metrics.matthews_corrcoef(y, called, **by),
                "accuracy": metrics.accuracy_score(y, called, **by),
                "precision": metrics.precision_score(y, called, zero_division=0, **by),
                "recall": metrics.recall_score(y, called, **by),
            }

        distinct = np.unique(s)
        yield {
            "name": f"n={rows} levels={levels} weighted={w is not None}",
            "score": s.astype(float).tolist(),
            "target": y.tolist(),
            "sample_weight": None if w is None else w.tolist(),
            # The first threshold differs between versions of scikit-learn.
            "roc": lists(["fpr", "tpr", "thresholds"], [roc[0], roc[1], roc[2][1:]]),
            "roc_full": lists(["fpr", "tpr", "thresholds"], [full[0], full[1], full[2][1:]]),
            "pr": lists(["precision", "recall", "thresholds"], pr),
            "expected": {
                "roc_auc": metrics.roc_auc_score(y, s, **by),
                "average_precision": metrics.average_precision_score(y, s, **by),
                "pr_auc_trapezoid": metrics.auc(pr[1], pr[0]),
                **{
                    f"partial_auc_max_fpr_{most}": metrics.roc_auc_score(y, s, max_fpr=most, **by)
                    for most in [0.05, 0.3, 0.8]
                },
            },
            "thresholds": [rates(t) for t in distinct[:: max(1, len(distinct) // 6)]],
        }


print(
    json.dumps(
        {
            "made_with": {"sklearn": sklearn.__version__, "numpy": np.__version__},
            "multiclass": [multiclass(40, 3, 0.25), multiclass(80, 4, 0.1), multiclass(60, 5, 0.2)],
            "curves": [
                case
                for rows, levels in [(12, 5), (60, 10), (50, None), (200, 30)]
                for case in curves(rows, levels)
            ],
        },
        separators=(",", ":"),
    )
)
