"""Losses against probabilities by PyTorch's CrossEntropyLoss, and what goes beside them from its formula, for
test/run/soft-targets.test.ts: /usr/bin/python3 test/run/fixtures-soft.py"""
import json, pathlib
import numpy as np, torch

rng = np.random.default_rng(20270214)
N = 24
groups = []
for C in (2, 5, 37):
    # Multiples of 1/8 below 16: f16 and bf16 hold them.
    z = np.clip(np.round(rng.normal(size=(N, C)) * 16) / 8, -15, 15)
    q = rng.dirichlet(np.full(C, 0.5), N)
    q[0] = np.eye(C)[1]  # one-hot
    q[1] = 1 / C  # no largest class
    q[2] = 0; q[2, 0] = q[2, C - 1] = 0.5  # two largest
    s = np.round(rng.random(N) * 3, 3); s[5] = 0
    w = np.round(rng.random(C) * 2 + 0.25, 3)
    log_p = torch.log_softmax(torch.tensor(z), 1)
    p = log_p.exp().numpy()
    sorted_q = np.sort(q, 1)
    decided = sorted_q[:, -1] > sorted_q[:, -2]
    hit = p.argmax(1) == q.argmax(1)
    plogp = np.where(q > 0, q * np.log(np.where(q > 0, q, 1)), 0)
    cases = []
    for class_weights in (None, w):
        for smoothing in (0.0, 0.1):
            for weights in (None, s):
                loss = torch.nn.CrossEntropyLoss(
                    weight=None if class_weights is None else torch.tensor(class_weights),
                    label_smoothing=smoothing, reduction="none",
                )(torch.tensor(z), torch.tensor(q)).numpy()
                v = np.ones(N) if weights is None else weights
                mean = lambda x: float((v * x).sum() / v.sum())
                if weights is None:  # PyTorch's own mean divides by N
                    own = torch.nn.CrossEntropyLoss(
                        weight=None if class_weights is None else torch.tensor(class_weights),
                        label_smoothing=smoothing,
                    )(torch.tensor(z), torch.tensor(q)).item()
                    assert abs(own - mean(loss)) < 1e-12
                nll = -(q * log_p.numpy()).sum(1)
                error = np.sqrt((v**2 * (loss - mean(loss)) ** 2).sum()) / v.sum()
                a = (1 if class_weights is None else class_weights) * ((1 - smoothing) * q + smoothing / C)
                A = a.sum(1, keepdims=True)
                least = -np.where(a > 0, a * np.log(np.where(a > 0, a / A, 1)), 0).sum(1)
                mean_q = (v[:, None] * q).sum(0) / v.sum()
                mean_a = (v[:, None] * a).sum(0) / v.sum()
                prior = -(mean_a * np.log(mean_a / mean_a.sum())).sum()
                plain_prior = -(mean_q * np.log(mean_q)).sum()
                cases.append({
                    "weighted": weights is not None,
                    "classWeighted": class_weights is not None,
                    "labelSmoothing": smoothing,
                    "leastLoss": mean(least),
                    "uniform": float(mean_a.sum() * np.log(C)),
                    "metrics": {
                        "log_loss": {"value": mean(loss), "standardError": float(error), "baseline": float(prior)},
                        "perplexity": {"value": float(np.exp(mean(nll))), "baseline": float(np.exp(plain_prior))},
                        "bits": {"value": mean(nll) / np.log(2), "baseline": float(plain_prior / np.log(2))},
                        "brier_multiclass": {
                            "value": mean(((p - q) ** 2).sum(1)),
                            "baseline": mean(((mean_q - q) ** 2).sum(1)),
                        },
                        "accuracy": {"value": float((v * hit)[decided].sum() / v[decided].sum())},
                    },
                })
    groups.append({
        "classes": C,
        "logits": z.ravel().tolist(),
        "targets": q.ravel().tolist(),
        "weights": s.tolist(),
        "classWeights": w.tolist(),
        "undecided": int((~decided).sum()),
        "cases": cases,
    })

file = pathlib.Path(__file__).with_suffix(".json")
file.write_text(json.dumps({"made_with": {"torch": torch.__version__, "numpy": np.__version__}, "groups": groups}))
