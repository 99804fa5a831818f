"""Rows of every task, read three times, and their numbers by NumPy, SciPy, scikit-learn and PyTorch
alone, for test/matrix/matrix.test.ts: python3 test/matrix/fixtures-matrix.py"""
import json, pathlib, sys, warnings
import numpy as np, torch
import torch.nn.functional as F
from scipy import stats
from scipy.special import expit, logsumexp, softmax
from sklearn import metrics as m

sys.path.append(str(pathlib.Path(__file__).parents[1] / "diagnosis/fixtures"))
import joint

warnings.simplefilter("ignore")
rng = np.random.default_rng(20261201)
N, C, L = 320, 4, 3
ALL = np.ones(N, bool)
ONES = np.ones(N)
w = np.round(rng.random(N) * 3, 3)
w[[3, 17]] = 0
by = rng.integers(0, 4, N)
cluster = rng.integers(0, 40, N)
shift = rng.normal(size=40)[cluster]  # rows of one cluster are alike
BAD = [5, 77, 200]  # a score that is NaN, no target, a score that is infinite
IGNORED = list(range(9, N, 16))
Z95 = 1.959963984540054


def near(y):
    """Logits of the true class, or value, at three epochs: better, then over-confident."""
    return [0.4 * y + 0.9 * rng.normal(size=y.shape), 1.1 * y + 0.8 * rng.normal(size=y.shape), 4 * y + 3 * rng.normal(size=y.shape)]


def r4(x):
    return np.round(x, 4)


y = {}
reads = {}
y["classes"] = rng.integers(0, C, N)
reads["classes"] = [r4(z + 0.4 * shift[:, None] * rng.normal(size=C)) for z in near(1.5 * np.eye(C)[y["classes"]])]
y["single"] = rng.integers(0, 2, N)
reads["single"] = [r4(z + 0.5 * shift) for z in near(2.0 * y["single"] - 1)]
y["several"] = (rng.random((N, L)) < [0.3, 0.5, 0.7]).astype(int)
reads["several"] = [r4(z + 0.3 * shift[:, None]) for z in near(2.0 * y["several"] - 1)]
y["values"] = r4(20 + 4 * rng.normal(size=N))
reads["values"] = [
    r4(0.6 * y["values"] + 7 + 2 * rng.normal(size=N) + shift),
    r4(1.2 * y["values"] - 3 + rng.normal(size=N) + 1.5 * shift),
    r4(0.9 * y["values"] + 5 + 2 * rng.normal(size=N)),
]
y["alone"] = rng.integers(0, C, N)
reads["alone"] = [np.where(rng.random(N) < q + 0.1 * np.tanh(shift), y["alone"], rng.integers(0, C, N)) for q in (0.4, 0.7, 0.6)]

fold = joint.folds_of(N)


def mean(x, v):
    return float((v * x).sum() / v.sum())


def loss_of(task, x):
    """Loss of each row."""
    t = y[task]
    if task == "classes":
        return logsumexp(x, axis=1) - x[np.arange(N), t]
    if task == "single":
        return np.logaddexp(0, np.where(t == 1, -x, x))
    if task == "several":
        return np.logaddexp(0, np.where(t == 1, -x, x)).mean(1)
    return (t - x) ** 2 if task == "values" else None


def predicted(task, x):
    if task == "classes":
        return x.argmax(1)
    return x if task in ("values", "alone") else (x >= 0).astype(int)


def second_of(task, x):
    """Whether each row is right; of values how far off."""
    if task == "values":
        return abs(y[task] - x)
    right = predicted(task, x) == y[task]
    return (right.all(1) if task == "several" else right).astype(float)


def tempered(z, t, v):
    """Refined loss of each row at the temperature and offsets, in sample and across folds, and the temperature."""
    b, offsets = joint.fit(z, t, v)
    crossed = np.empty(len(z))
    of, _ = joint.groups_of(t, z.shape[1])
    for k in range(5):
        out = fold == k
        bk, ok = joint.fit(z[~out], t[~out], v[~out], of=of)
        crossed[out] = joint.losses(z[out], t[out], bk, ok)
    return joint.losses(z, t, b, offsets), crossed, 1 / b


def two(z):
    return np.stack([np.zeros(N), z], 1)


def line(x, t, v):
    root = np.sqrt(v)[:, None]
    return np.linalg.lstsq(np.vstack([np.ones(len(x)), x]).T * root, t * root[:, 0], rcond=None)[0]


def refined(task, x, v):
    """Refined loss of each row, in sample and across folds, and what was fitted."""
    t = y[task]
    if task == "classes":
        a, b, T = tempered(x, t, v)
        return a, b, {"temperature": T}
    if task == "single":
        a, b, T = tempered(two(x), t, v)
        return a, b, {"temperature": T}
    if task == "several":
        each = [tempered(two(x[:, k]), t[:, k], v) for k in range(L)]
        return np.mean([e[0] for e in each], 0), np.mean([e[1] for e in each], 0), {"temperatures": [e[2] for e in each]}
    a, b = line(x, t, v)
    crossed = np.empty(N)
    for k in range(5):
        c, d = line(x[fold != k], t[fold != k], v[fold != k])
        crossed[fold == k] = (t - c - d * x)[fold == k] ** 2
    return (t - a - b * x) ** 2, crossed, {"intercept": float(a), "slope": float(b)}


def diagnosed(task, x, v):
    loss, (inside, crossed, found) = loss_of(task, x), refined(task, x, v)
    of = lambda part: {"inSample": mean(part[0], v), "crossFitted": mean(part[1], v)}
    return {"loss": mean(loss, v), "refinement": of((inside, crossed)), "calibration": of((loss - inside, loss - crossed)), **found}


def metrics_of(task, x, rows=ALL, v=None):
    t, x = y[task][rows], x[rows]
    s = None if v is None else v[rows]
    label = predicted(task, x)
    if task == "values":
        q = lambda f, **more: float(f(t, x, sample_weight=s, **more))
        found = {"mse": q(m.mean_squared_error), "mae": q(m.mean_absolute_error), "r2": q(m.r2_score), "explained_variance": q(m.explained_variance_score), "mape": q(m.mean_absolute_percentage_error)}
        return found if v is not None else {**found, "median_absolute_error": q(m.median_absolute_error)}
    q = lambda f, *of, **more: float(f(t, *of, sample_weight=s, **more))
    if task == "several":
        p = expit(x)
        losses = [m.log_loss(t[:, k], np.stack([1 - p[:, k], p[:, k]], 1), sample_weight=s) for k in range(L)]
        return {
            "log_loss": float(np.mean(losses)), "exact_match": q(m.accuracy_score, label), "hamming": q(m.hamming_loss, label),
            "f1_micro": q(m.f1_score, label, average="micro"), "f1_macro": q(m.f1_score, label, average="macro"),
            "f0.5_macro": q(m.fbeta_score, label, average="macro", beta=0.5),
            "roc_auc_macro": q(m.roc_auc_score, x, average="macro"), "average_precision_macro": q(m.average_precision_score, x, average="macro"),
        }
    found = {"accuracy": q(m.accuracy_score, label), "mcc": q(m.matthews_corrcoef, label), "kappa": float(m.cohen_kappa_score(t, label, sample_weight=s))}
    if task == "single":
        p = expit(x)
        return {
            **found, "log_loss": q(m.log_loss, np.stack([1 - p, p], 1)), "brier": q(m.brier_score_loss, p),
            "f1": q(m.f1_score, label), "f0.5": q(m.fbeta_score, label, beta=0.5),
            "roc_auc": q(m.roc_auc_score, x), "average_precision": q(m.average_precision_score, x),
        }
    found |= {"f1_macro": q(m.f1_score, label, average="macro"), "f0.5_macro": q(m.fbeta_score, label, average="macro", beta=0.5), "balanced_accuracy": q(m.balanced_accuracy_score, label)}
    if task == "alone":
        return found
    p = softmax(x, axis=1)
    return {
        **found, "log_loss": q(m.log_loss, p), "brier_multiclass": mean(((p - np.eye(C)[t]) ** 2).sum(1), np.ones(len(t)) if s is None else s),
        "top_3_accuracy": q(m.top_k_accuracy_score, p, k=3),
        # scikit-learn's areas against the rest, one class at a time: its averages refuse weights of some shapes.
        "roc_auc_ovr_macro": float(np.mean([m.roc_auc_score(t == c, p[:, c], sample_weight=s) for c in range(C)])),
    }


def asked(task, x):
    """Metrics that a report holds where they are named alone."""
    t, label = y[task], predicted(task, x)
    if task == "values":
        return {"pinball_0.25": float(m.mean_pinball_loss(t, x, alpha=0.25))}
    of = {"single": ("f1.5", "binary")}.get(task, ("f1.5_macro", "macro"))
    return {of[0]: float(m.fbeta_score(t, label, average=of[1], beta=1.5))}


def standard_error(x, v, groups=None):
    off = v * (x - mean(x, v))
    if groups is None:
        return float(np.sqrt((off**2).sum()) / v.sum())
    used = [g for g in np.unique(groups) if v[groups == g].sum() > 0]
    squares = sum(off[groups == g].sum() ** 2 for g in used)
    return float(np.sqrt(len(used) / (len(used) - 1) * squares) / v.sum())


def test(x, v, groups=None):
    """The paired test of a mean by the normal distribution: ttest_rel's statistic but for n / (n − 1)."""
    delta, error = mean(x, v), standard_error(x, v, groups)
    if groups is None and (v == 1).all():
        t = stats.ttest_rel(x, np.zeros(len(x))).statistic
        assert abs(delta / error - t * np.sqrt(len(x) / (len(x) - 1))) < 1e-9 * abs(t)
    return {"delta": delta, "low": delta - Z95 * error, "high": delta + Z95 * error, "pValue": float(2 * stats.norm.sf(abs(delta) / error))}


def second_test(task, was, now, v, groups=None, rows=ALL):
    found = test((now - was)[rows], v[rows], None if groups is None else groups[rows])
    if task == "values" or groups is not None or (v != 1).any():
        return found
    up, down = int(((was == 0) & (now == 1))[rows].sum()), int(((was == 1) & (now == 0))[rows].sum())
    assert up + down > 0
    return {**found, "pValue": float(stats.binomtest(up, up + down, 0.5).pvalue)}


def changed(task, a, b, v=ONES, groups=None):
    found = {"second": second_test(task, second_of(task, a), second_of(task, b), v, groups)}
    if task == "alone":
        return found
    loss = loss_of(task, b) - loss_of(task, a)
    # Between what flatters and what does the opposite: of five folds, four fit the fifth.
    mixed = lambda x: sum(share * part for share, part in zip((5 / 9, 4 / 9), refined(task, x, v)))
    refinement = mixed(b) - mixed(a)
    return {**found, "loss": test(loss, v, groups), "refinement": test(refinement, v, groups), "calibration": test(loss - refinement, v, groups)}


def changed_slices(task, a, b):
    was, now = second_of(task, a), second_of(task, b)
    found = {}
    for value in range(4):
        rows = by == value
        assert rows.sum() >= 30
        found[value] = {"rows": int(rows.sum()), "second": second_test(task, was, now, ONES, None, rows)}
        if task != "alone":
            loss = loss_of(task, b) - loss_of(task, a)
            found[value] |= {"loss": test(loss[rows], ONES[rows]), "lossContribution": float(loss[rows].sum() / N)}
    return found


def sliced(task, x, v):
    loss, second = loss_of(task, x), second_of(task, x)
    found = {}
    for value in range(4):
        rows = by == value
        found[value] = {"rows": int(rows.sum()), "weight": float(v[rows].sum()), "second": mean(second[rows], v[rows])}
        if loss is not None:
            reach = Z95 * standard_error(loss[rows], v[rows])
            middle = mean(loss[rows], v[rows])
            found[value] |= {"loss": [middle, middle - reach, middle + reach], "share": float((v * loss)[rows].sum() / (v * loss).sum())}
    return found


def clustered(task, x, v):
    parts = {"second": second_of(task, x)} | ({} if task == "alone" else {"loss": loss_of(task, x)})
    return {name: {"standardError": standard_error(part, v, cluster), "ratio": standard_error(part, v, cluster) / standard_error(part, v)} for name, part in parts.items()}


def epoch(task, x):
    return {"second": mean(second_of(task, x), ONES), **({} if task == "alone" else diagnosed(task, x, ONES))}


def of_task(task):
    a, b, c = reads[task]
    good, counted = ALL.copy(), ALL.copy()
    good[BAD] = False
    counted[IGNORED] = False
    found = {
        "targets": y[task].tolist(), "reads": [x.tolist() for x in reads[task]],
        "metrics": metrics_of(task, a), "asked": asked(task, a), "weighted": metrics_of(task, a, ALL, w),
        "skipped": metrics_of(task, a, good), "counted": metrics_of(task, a, counted),
        "slices": {"plain": sliced(task, a, ONES), "weighted": sliced(task, a, w)},
        "clusters": {"plain": clustered(task, a, ONES), "weighted": clustered(task, a, w)},
        "change": {"plain": changed(task, a, b), "weighted": changed(task, a, b, w), "clusters": changed(task, a, b, ONES, cluster), "slices": changed_slices(task, a, b), "last": changed(task, a, c)},
        "epochs": [epoch(task, x) for x in reads[task]],
    }
    if task != "alone":
        order = np.argsort(-loss_of(task, a), kind="stable")[:7]
        found |= {"diagnosis": {"plain": diagnosed(task, a, ONES), "weighted": diagnosed(task, a, w)}, "worst": [[int(r), float(loss_of(task, a)[r])] for r in order]}
    return found


out = {"weights": w.tolist(), "by": by.tolist(), "cluster": cluster.tolist(), "bad": BAD, "ignored": IGNORED}
out["tasks"] = {task: of_task(task) for task in y}

# Options that few tasks have.
z, t = torch.tensor(reads["classes"][0]), torch.tensor(y["classes"])
CLASS_WEIGHTS = [0.5, 2.0, 1.25, 1.0]
label = lambda task, threshold: (reads[task][0] >= threshold).astype(int)
out["options"] = {
    "classWeights": CLASS_WEIGHTS,
    "weightedLoss": F.cross_entropy(z, t, weight=torch.tensor(CLASS_WEIGHTS, dtype=torch.float64)).item(),
    "smoothedLoss": F.cross_entropy(z, t, label_smoothing=0.1).item(),
    "top2": float(m.top_k_accuracy_score(y["classes"], z.numpy(), k=2)),
    "confidence": float(softmax(z.numpy(), axis=1).max(1).mean()),
    "threshold": {task: float(m.f1_score(y[task], label(task, 0.5), average="macro" if task == "several" else "binary")) for task in ("single", "several")},
    "pinball": float(m.mean_pinball_loss(y["values"], reads["values"][0], alpha=0.7)),
    # No row is predicted to be of class 2: its precision is 0/0.
    "zeroDivision": {str(q): float(m.precision_score([0, 1, 2, 1], [0, 1, 1, 1], average="macro", zero_division=q)) for q in (0, 1)},
}

# Conventions: probabilities with an exact zero for what happened; Keras's formula by hand.
p = np.round(rng.dirichlet([1, 1, 1], 12), 3)
p[:, 2] = np.round(1 - p[:, 0] - p[:, 1], 3)
p[4] = [0, 0.25, 0.75]
pt = np.array([0, 1, 2, 0, 0, 1, 1, 2, 2, 0, 1, 2])
u = np.round(rng.random(12) * 2, 2)
p1 = np.round(rng.random((12, 2)), 3)
p1[4, 0] = 0
y1 = (rng.random((12, 2)) < 0.5).astype(int)
y1[4, 0] = 1
y1[:2] = [[0, 1], [1, 0]]
keras = lambda q: np.clip(q, 1e-7, 1 - 1e-7)
bce = lambda q, s: -np.where(s == 1, np.log(q), np.log(1 - q))
column = lambda q: np.stack([1 - q, q], 1)
two_classes = np.round(rng.random(12), 3)
marked = np.where(np.arange(12) % 5 == 0, -100, pt)
gaps = rng.choice([0, 2, 4, 5], 40)
guess = np.where(rng.random(40) < 0.6, gaps, rng.choice([0, 2, 4, 5], 40))
tensor = lambda q: torch.tensor(q, dtype=torch.float64)
out["like"] = {
    "weights": u.tolist(),
    "classes": {
        "probabilities": p.tolist(), "targets": pt.tolist(), "marked": marked.tolist(), "two": column(two_classes).tolist(), "twoTargets": y1[:, 0].tolist(),
        "sklearn": {"log_loss": float(m.log_loss(pt, p)), "brier": float(m.brier_score_loss(y1[:, 0], two_classes))},
        "torch": {"log_loss": F.cross_entropy(z[:12], torch.tensor(marked)).item()},
        "keras": {"log_loss": float((u * -np.log(keras(p)[np.arange(12), pt])).mean())},
    },
    "single": {
        "probabilities": p1[:, 0].tolist(), "targets": y1[:, 0].tolist(),
        "sklearn": {"log_loss": float(m.log_loss(y1[:, 0], column(p1[:, 0]))), "brier": float(m.brier_score_loss(y1[:, 0], p1[:, 0]))},
        "torch": {"log_loss": F.binary_cross_entropy(tensor(p1[:, 0]), tensor(y1[:, 0])).item()},
        "keras": {"log_loss": float(bce(keras(p1), y1)[:, 0].mean()), "weighted": float((u * bce(keras(p1), y1)[:, 0]).mean())},
    },
    "several": {
        "probabilities": p1.tolist(), "targets": y1.tolist(),
        "sklearn": {"log_loss": float(np.mean([m.log_loss(y1[:, k], column(p1[:, k])) for k in (0, 1)])), "f1_macro": float(m.f1_score(y1, p1 >= 0.5, average="macro"))},
        "torch": {"log_loss": F.binary_cross_entropy(tensor(p1), tensor(y1)).item()},
        "keras": {"log_loss": float(bce(keras(p1), y1).mean()), "weighted": float((u * bce(keras(p1), y1).mean(1)).mean())},
    },
    "values": {
        "predictions": [1, 2, 4], "targets": [2, 2, 2],
        "sklearn": {"r2": float(m.r2_score([2, 2, 2], [1, 2, 4])), "d2_absolute_error": float(m.d2_absolute_error_score([2, 2, 2], [1, 2, 4]))},
        "torch": {"mse": F.mse_loss(tensor([1, 2, 4]), tensor([2, 2, 2])).item(), "mae": F.l1_loss(tensor([1, 2, 4]), tensor([2, 2, 2])).item()},
        "keras": {"mape": 100 * float(m.mean_absolute_percentage_error([2, 2, 2], [1, 2, 4]))},
    },
    "alone": {
        "predictions": guess.tolist(), "targets": gaps.tolist(),
        "sklearn": {f"kappa_{of}": float(m.cohen_kappa_score(gaps, guess, weights=of)) for of in ("linear", "quadratic")},
        "torch": {"accuracy": float((tensor(guess) == tensor(gaps)).double().mean())},
        "keras": {"f1_macro": float(m.f1_score(gaps, guess, average="macro", labels=range(6), zero_division=0))},
    },
}
pathlib.Path(__file__).with_name("fixtures-matrix.json").write_text(json.dumps(out) + "\n")
