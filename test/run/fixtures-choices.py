"""Records of choices as lm-evaluation-harness writes them (--log_samples), and their numbers by its definitions in
NumPy, for test/run/choices.test.ts: /usr/bin/python3 test/run/fixtures-choices.py"""
import hashlib, json, math, pathlib, random
import numpy as np

HERE = pathlib.Path(__file__).parent / "fixtures-choices"
WORDS = ["sun", "the moon", "naïve idea", "x", "a longer answer", "zürich", "42 apples", "🙂 smile", "water", "rock"]


def digest(text):
    return hashlib.sha256(text.encode()).hexdigest()


def texts(value):
    """Answers go into files as text."""
    return [texts(item) for item in value] if isinstance(value, (list, tuple)) else str(value)


def stderr(values):
    return float(np.std(values, ddof=1) / math.sqrt(len(values)))


def documents(seed, n, fewest, most):
    rng = random.Random(seed)
    for i in range(n):
        choices = rng.sample(WORDS, rng.randint(fewest, most))
        lls = [-(rng.random() * 3 + 0.5) * len(c) ** 0.7 for c in choices]
        gold = rng.randrange(len(choices))
        lls[gold] += rng.random() * 4
        yield rng, i, choices, lls, gold


def numbers(rows):
    """rows: (choices, lls, gold, unconditional or None)"""
    hits = {"acc": [], "acc_norm": [], "acc_bytes": [], "acc_mutual_info": []}
    losses, brier, sizes = [], [], []
    for choices, lls, gold, unconditional in rows:
        characters = np.array([float(len(c)) for c in choices])
        size = np.array([float(len(c.encode("utf-8"))) for c in choices])
        hits["acc"].append(1.0 if np.argmax(lls) == gold else 0.0)
        hits["acc_norm"].append(1.0 if np.argmax(lls / characters) == gold else 0.0)
        hits["acc_bytes"].append(1.0 if np.argmax(lls / size) == gold else 0.0)
        if unconditional is not None:
            gain = [a - b for a, b in zip(lls, unconditional)]
            hits["acc_mutual_info"].append(1.0 if np.argmax(gain) == gold else 0.0)
        shifted = np.exp(np.array(lls) - max(lls))
        p = shifted / shifted.sum()
        losses.append(-(lls[gold] - max(lls) - math.log(shifted.sum())))
        brier.append(float(((p - np.eye(len(lls))[gold]) ** 2).sum()))
        sizes.append((len(choices), gold))
    found = {name: {"value": float(np.mean(v)), "stderr": stderr(v)} for name, v in hits.items() if v}
    n = len(sizes)
    groups = {}
    for k, gold in sizes:
        groups.setdefault(k, [0] * k)[gold] += 1
    found["log_loss"] = {"value": float(np.mean(losses)), "stderr": stderr(losses)}
    found["brier"] = {"value": float(np.mean(brier))}
    found["uniform"] = sum(math.log(k) for k, _ in sizes) / n
    found["chance"] = sum(1 / k for k, _ in sizes) / n
    found["majority"] = sum(max(c) for c in groups.values()) / n
    found["entropy"] = sum(-x / n * math.log(x / sum(c)) for c in groups.values() for x in c if x)
    found["brierOfPlaces"] = sum(sum(c) / n * (1 - sum((x / sum(c)) ** 2 for x in c)) for c in groups.values())
    found["rows"], found["fewest"], found["most"] = n, min(k for k, _ in sizes), max(k for k, _ in sizes)
    return found


def record(i, doc, target, arguments, lls, filter, extra, as_text=True):
    answers = [(ll, ll == max(lls)) for ll in lls]
    shown = texts if as_text else (lambda value: value)
    named = {f"gen_args_{j}": {f"arg_{m}": a for m, a in enumerate(args)} for j, args in enumerate(arguments)}
    return {
        "doc_id": i, "doc": doc, "target": str(target) if as_text else target,
        "arguments": named if as_text else [list(args) for args in arguments],
        "resps": shown([[list(a)] for a in answers]), "filtered_resps": shown([list(a) for a in answers]),
        "filter": filter, "metrics": list(extra),
        "doc_hash": digest(json.dumps(doc, indent=2, ensure_ascii=False)), "prompt_hash": digest(arguments[0][0]),
        "target_hash": digest(str(target)), **extra,
    }


def write(name, records):
    with open(HERE / f"{name}.jsonl", "w", encoding="utf-8") as file:
        for one in records:
            file.write(json.dumps(one, ensure_ascii=False) + "\n")


def accuracies(choices, lls, gold, names):
    one = numbers([(choices, lls, gold, None)] * 2)
    return {name: one[name]["value"] for name in names}


expected = {}

# 2 to 5 choices, as ARC has them: texts and labels in the document; ties; a choice that is impossible.
for name, shift in (("arc", 0.0), ("arc-other", 1.5)):
    records, rows = [], []
    for rng, i, choices, lls, gold in documents(11, 24, 2, 5):
        lls[gold] += shift * rng.random()
        if i == 3: lls[1] = lls[0]
        if i == 5: lls[(gold + 1) % len(lls)] = -math.inf
        doc = {"id": f"Q{i}", "question": f"Question {i}?", "choices": {"text": choices, "label": list("ABCDE")[:len(choices)]},
               "answerKey": "ABCDE"[gold], "answer": gold + 1, "meta": {"category": rng.choice(["geo", "bio"])}, "context": f"text {i // 4}"}
        arguments = [(f"Question: {doc['question']}\nAnswer:", f" {c}") for c in choices]
        extra = accuracies(choices, lls, gold, ["acc", "acc_norm"])
        records.append(record(i, doc, gold, arguments, lls, "none", extra))
        rows.append((choices, lls, gold, None))
    # The other model's records come in another order.
    if name == "arc-other": random.Random(5).shuffle(records)
    write(name, records)
    expected[name] = numbers(rows)

# Three choices with their log-likelihoods without context; targets as the text of a choice; delimiter without a blank.
records, rows = [], []
for rng, i, choices, lls, gold in documents(12, 10, 3, 3):
    unconditional = [ll - rng.random() * 3 for ll in lls]
    doc = {"q": f"Statement {i}", "options": choices}
    arguments = [(doc["q"], f"\n{c}") for c in choices] + [("", f"\n{c}") for c in choices]
    one = record(i, doc, choices[gold], arguments, lls + unconditional, "none", {"acc": accuracies(choices, lls, gold, ["acc"])["acc"]})
    records.append(one)
    rows.append((choices, lls, gold, unconditional))
write("mutual", records)
expected["mutual"] = numbers(rows)

# Four letters, in memory's own types: numbers, lists, a letter for the target.
records, rows = [], []
for rng, i, choices, lls, gold in documents(13, 12, 4, 4):
    letters = list("ABCD")
    doc = {"question": f"Question {i}", "choices": choices, "answer": gold, "subject": rng.choice(["law", "art"])}
    records.append(record(i, doc, letters[gold], [(doc["question"], f" {c}") for c in letters], lls, "none",
                          accuracies(letters, lls, gold, ["acc", "acc_bytes"]), as_text=False))
    rows.append((letters, lls, gold, None))
write("letters", records)
expected["letters"] = numbers(rows)

pathlib.Path(__file__).with_suffix(".json").write_text(json.dumps(expected, indent=1) + "\n")
