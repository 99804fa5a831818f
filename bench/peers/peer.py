"""Python peers: reads one JSON request per line, answers with one line.

The first line that is written says which libraries were found. Every request
names two raw files with the scores and the targets (i32), and is answered with
the mean loss, the number of right rows and the seconds of every pass.
"""

import importlib
import json
import platform
import sys
import time

FEWEST_PASSES = 3


def load(name):
    try:
        return importlib.import_module(name)
    except ImportError:
        return None


wanted = sys.argv[1:]
np = load("numpy")
torch = load("torch") if "torch" in wanted else None
special = load("scipy.special") if "scipy" in wanted else None
metrics = load("sklearn.metrics") if "sklearn" in wanted else None


def torch_loss(task, kind, targets):
    """The loss of PyTorch for a task, as a function of its input."""
    functional = torch.nn.functional
    if task == "mse":
        return lambda x: functional.mse_loss(x, targets)
    if task == "huber":
        return lambda x: functional.huber_loss(x, targets)
    if task == "binary":
        return lambda x: functional.binary_cross_entropy_with_logits(x, targets)
    if kind == "log-probabilities":
        return lambda x: functional.nll_loss(x, targets)
    return lambda x: functional.cross_entropy(x, targets)


def torch_run(request, scores, targets, other):
    """cross_entropy and argmax (form "usual"), the same from logsumexp and max
    (form "fastest"), the losses of rows of one logit and a threshold, or the
    mean of a loss and its gradient."""
    torch.set_num_threads(request["threads"])
    x = torch.from_numpy(scores)
    if request["dtype"] == "bf16":
        x = x.view(torch.bfloat16)
    widen = request["dtype"] in ("f16", "bf16")
    task = request["task"]
    if task == "single":
        x = x[:, 0]
        y = torch.from_numpy(targets.astype("float32"))
        positive = y.bool()

        def single():
            with torch.inference_mode():
                loss = torch.nn.functional.binary_cross_entropy_with_logits(x, y, reduction="none")
                return loss, int(((x >= 0) == positive).sum())

        return single, None
    y = torch.from_numpy(targets.astype("int64") if task in ("score", "gradient") else other)
    loss_of = torch_loss(task, request["kind"], y)
    if task != "score":
        x.requires_grad_(True)

        def gradient():
            x.grad = None
            loss = loss_of(x)
            loss.backward()
            return loss.item(), None

        return gradient, lambda: float(x.grad.abs().sum(dtype=torch.float64))

    def usual():
        with torch.inference_mode():
            # In 16 bits its loss would be good to two digits.
            z = x.float() if widen else x
            return loss_of(z).item(), int((z.argmax(1) == y).sum())

    def fastest():
        with torch.inference_mode():
            picked = x.gather(1, y[:, None])[:, 0]
            loss = (x.logsumexp(1) - picked).mean()
            return loss.item(), int((x.max(1).indices == y).sum())

    return fastest if request["form"] == "fastest" else usual, None


def scipy_run(request, scores, targets, other):
    """log_softmax where the scores are logits, the target's entry, argmax."""
    rows = np.arange(len(targets))
    smallest = np.finfo(scores.dtype).eps

    def score():
        if request["kind"] == "logits":
            picked = special.log_softmax(scores, axis=1)[rows, targets]
        elif request["kind"] == "log-probabilities":
            picked = scores[rows, targets]
        else:
            picked = np.log(np.maximum(scores[rows, targets], smallest))
        loss = -picked.mean(dtype=np.float64)
        return float(loss), int((scores.argmax(axis=1) == targets).sum())

    return score, None


def sklearn_run(request, scores, targets, other):
    """log_loss and accuracy_score on probabilities."""
    labels = np.arange(request["classes"])

    def score():
        loss = metrics.log_loss(targets, scores, labels=labels)
        right = metrics.accuracy_score(targets, scores.argmax(axis=1), normalize=False)
        return float(loss), int(right)

    return score, None


RUNS = {"torch": torch_run, "scipy": scipy_run, "sklearn": sklearn_run}


def measure(run, gradient_size, seconds):
    loss, right = run()
    times = []
    end = time.perf_counter() + seconds
    while len(times) < FEWEST_PASSES or time.perf_counter() < end:
        start = time.perf_counter()
        loss, right = run()
        times.append(time.perf_counter() - start)
    size = gradient_size() if gradient_size else None
    if not isinstance(loss, float):  # the losses of all rows
        loss = float(loss.mean(dtype=torch.float64))
    return {"meanLoss": loss, "right": right, "gradientSize": size, "seconds": times}


def answer(request):
    dtype = {"f32": "<f4", "f64": "<f8", "f16": "<f2", "bf16": "<i2"}[request["dtype"]]
    shape = request["rows"], request["classes"]
    scores = np.fromfile(request["scores"], dtype).reshape(shape)
    targets = np.fromfile(request["targets"], "<i4")
    other = np.fromfile(request["other"], dtype).reshape(shape) if request["other"] else None
    run, gradient_size = RUNS[request["library"]](request, scores, targets, other)
    return measure(run, gradient_size, request["seconds"])


def version(module):
    return module.__version__ if module else None


def main():
    print(
        json.dumps(
            {
                "python": platform.python_version(),
                "numpy": version(np),
                "torch": version(torch),
                "scipy": version(load("scipy")) if special else None,
                "sklearn": version(load("sklearn")) if metrics else None,
            }
        ),
        flush=True,
    )
    for line in sys.stdin:
        try:
            reply = answer(json.loads(line))
        except Exception as error:  # whatever it is, the benchmark must hear of it
            reply = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps(reply), flush=True)


main()
