"""Slices and clustered standard errors from their formulas, and strings as NumPy saves them, for
test/run/slices.test.ts and test/cli/columns.test.ts: python3 test/run/fixtures-slices.py"""
import base64, io, json, pathlib
import numpy as np

rng = np.random.default_rng(20261122)
N, C, G = 60, 3, 11
cluster = rng.integers(0, G, N)
level = rng.normal(size=(G, C))[cluster]  # rows of one cluster are alike
z = np.round(rng.normal(size=(N, C)) + 1.5 * level, 4)
y = rng.integers(0, C, N)
z[np.arange(N), y] += 1
by = np.array(["north", "south", "", "Ünder"])[rng.integers(0, 4, N)]
w = np.round(rng.random(N) * 3, 3)
w[[3, 17]] = 0
class_weights = np.array([0.5, 2.0, 1.25])

p = np.exp(z - z.max(1, keepdims=True)); p /= p.sum(1, keepdims=True)
nll = -np.log(p[np.arange(N), y])
hit = (p.argmax(1) == y).astype(float)
confidence = p.max(1)


def mean(x, v):
    m = (v * x).sum() / v.sum()
    error = np.sqrt((v**2 * (x - m) ** 2).sum()) / v.sum()
    return m, error


def clustered(x, v):
    m, plain = mean(x, v)
    groups = [c for c in np.unique(cluster) if w_used[cluster == c].sum() > 0]
    squares = sum((v * (x - m))[cluster == c].sum() ** 2 for c in groups)
    error = np.sqrt(len(groups) / (len(groups) - 1) * squares) / v.sum()
    return {"value": m, "standardError": error, "ratio": error / plain, "count": len(groups)}


Z95 = 1.959963984540054


def wilson(q, v):
    n = v.sum() ** 2 / (v**2).sum()
    centre = (q + Z95**2 / (2 * n)) / (1 + Z95**2 / n)
    half = Z95 / (1 + Z95**2 / n) * np.sqrt(q * (1 - q) / n + Z95**2 / (4 * n * n))
    return [0.0 if q == 0 else centre - half, 1.0 if q == 1 else centre + half]


cases = {}
for name, sample, of_class in [("plain", None, None), ("weighted", w, None), ("classes", None, class_weights), ("both", w, class_weights)]:
    w_used = np.ones(N) if sample is None else sample
    v = w_used if of_class is None else w_used * of_class[y]
    total = (v * nll).sum()
    slices = {}
    for value in np.unique(by):
        rows = by == value
        m, error = mean(nll[rows], v[rows])
        accuracy = (w_used * hit)[rows].sum() / w_used[rows].sum()
        conf = (w_used * confidence)[rows].sum() / w_used[rows].sum()
        slices[value] = {"rows": int(rows.sum()), "weight": w_used[rows].sum(),
            "loss": [m, m - Z95 * error, m + Z95 * error], "accuracy": [accuracy, *wilson(accuracy, w_used[rows])],
            "confidence": conf, "gap": conf - accuracy, "share": (v * nll)[rows].sum() / total}
    cases[name] = {"slices": slices, "log_loss": clustered(nll, v), "accuracy": clustered(hit, w_used)}


def saved(array):
    file = io.BytesIO()
    np.save(file, array)
    return base64.b64encode(file.getvalue()).decode()


ids = np.array([f"zeile-{i}·" for i in range(N)])
pathlib.Path(__file__).with_name("fixtures-slices.json").write_text(json.dumps({
    "made_with": {"numpy": np.__version__},
    "logits": z.ravel().tolist(), "targets": y.tolist(), "by": by.tolist(), "cluster": cluster.tolist(),
    "weights": w.tolist(), "classWeights": class_weights.tolist(), "ids": ids.tolist(), "cases": cases,
    "npy": {"by": saved(by), "by_big_endian": saved(by.astype(">U5")), "by_bytes": saved(np.char.encode(by, "utf-8")),
        "cluster": saved(cluster.astype(np.uint8)), "cluster_float": saved(cluster.astype(np.float32)),
        "ids": saved(ids), "logits": saved(z), "targets": saved(y), "two_columns": saved(np.stack([by, by], 1))},
}, indent=None, separators=(",", ":"), ensure_ascii=False) + "\n")
