"""Numbers of scikit-learn and PyTorch for test/run/like.test.ts: python3 test/run/fixtures-like.py"""
import json, pathlib, warnings
import numpy as np, sklearn, torch
import torch.nn.functional as F
from sklearn import metrics as m
warnings.simplefilter("ignore")
rng = np.random.default_rng(20261122)
out = {"made_with": {"sklearn": sklearn.__version__, "torch": torch.__version__, "numpy": np.__version__}}
# Classes 1 and 3 of six occur nowhere.
target = rng.choice([0, 2, 4, 5], 40); prediction = np.where(rng.random(40) < 0.6, target, rng.choice([0, 2, 4, 5], 40))
out["gaps"] = {"target": target.tolist(), "prediction": prediction.tolist(),
    "kappa_linear": m.cohen_kappa_score(target, prediction, weights="linear"),
    "kappa_quadratic": m.cohen_kappa_score(target, prediction, weights="quadratic"),
    "f1_macro": m.f1_score(target, prediction, average="macro"),
    "f1_macro_all_classes": m.f1_score(target, prediction, average="macro", labels=range(6), zero_division=0)}
p1 = rng.random(12); y = (rng.random(12) < p1).astype(int)
out["two"] = {"probabilities": np.stack([1 - p1, p1], 1).ravel().tolist(), "target": y.tolist(),
    "brier": m.brier_score_loss(y, p1), "log_loss": m.log_loss(y, np.stack([1 - p1, p1], 1))}
out["one_class"] = {"target": [1, 1, 1], "prediction": [1, 0, 1], "mcc": m.matthews_corrcoef([1, 1, 1], [1, 0, 1])}
# Half precision: one target has probability 0.
half = np.array([[0.5, 0.5, 0], [0.25, 0.75, 0], [0.125, 0.375, 0.5]], np.float16)
out["half"] = {"probabilities": half.ravel().tolist(), "target": [0, 2, 1], "log_loss": float(m.log_loss([0, 2, 1], half, labels=[0, 1, 2]))}
out["constant"] = {"target": [2, 2, 2], "wrong": [1, 2, 4], "r2_wrong": m.r2_score([2, 2, 2], [1, 2, 4]), "r2_right": m.r2_score([2, 2, 2], [2, 2, 2]),
    "d2_wrong": m.d2_absolute_error_score([2, 2, 2], [1, 2, 4]), "d2_right": m.d2_absolute_error_score([2, 2, 2], [2, 2, 2])}
z = torch.tensor(rng.normal(size=(6, 3))); t = torch.tensor([0, -100, 2, 1, -100, 2]); w = torch.tensor([0.5, 2.0, 1.0], dtype=torch.float64)
out["ignored"] = {"logits": z.flatten().tolist(), "target": t.tolist(), "weights": w.tolist(),
    "log_loss": F.cross_entropy(z, t).item(), "weighted": F.cross_entropy(z, t, weight=w).item()}
pathlib.Path(__file__).with_name("fixtures-like.json").write_text(json.dumps(out, indent=1) + "\n")
