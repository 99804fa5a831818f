"""Records of log-probabilities as lm-evaluation-harness and chat interfaces write them, and their numbers by the
harness's definitions, for test/run/perplexity.test.ts: /usr/bin/python3 test/run/fixtures-likelihoods.py"""
import json, math, pathlib, random, re
import numpy as np

HERE = pathlib.Path(__file__).parent / "fixtures-likelihoods"
HERE.mkdir(exist_ok=True)
rng = random.Random(7)
WORDS = "the a sun über 🙂 moon\u00a0light naïve rock, water; and of 42".split(" ")


def text():
    return " ".join(rng.choice(WORDS) for _ in range(rng.randint(3, 30))) + rng.choice(["", "\n", " \x85 end"])


def write(name, records):
    with open(HERE / f"{name}.jsonl", "w", encoding="utf-8") as file:
        for one in records:
            file.write(json.dumps(one, ensure_ascii=False) + "\n")


def words(doc):
    return len(re.split(r"\s+", doc))


def size(doc):
    return len(doc.encode("utf-8"))


def clustered(u, v):
    """Standard error of Σu / Σv over documents, n / (n − 1) in it."""
    u, v, n = np.array(u), np.array(v), len(u)
    mean = u.sum() / v.sum()
    return float(np.sqrt(((u - mean * v) ** 2).sum() * n / (n - 1)) / v.sum())


expected = {}
docs = [text() for _ in range(15)]
lls = [-1.7 * size(d) * (0.5 + rng.random()) for d in docs]
# Half with the counts that the harness's metrics hold, of a text that was changed before it was scored.
counts = [(words(d) + (3 if i % 2 else 0), size(d) + (5 if i % 2 else 0)) for i, d in enumerate(docs)]
records = []
for i, (doc, ll, (w, b)) in enumerate(zip(docs, lls, counts)):
    one = {"doc_id": i, "doc": {"page": doc}, "target": doc, "arguments": {"gen_args_0": {"arg_0": doc}},
           "resps": [[str(ll)]], "filtered_resps": [str(ll)], "filter": "none"}
    if i % 2: one |= {"word_perplexity": [ll, w], "byte_perplexity": [ll, b], "bits_per_byte": [ll, b]}
    records.append(one)
write("rolling", records)
W, B = sum(w for w, _ in counts), sum(b for _, b in counts)
expected["rolling"] = {
    "word_perplexity": math.exp(-sum(lls) / W), "byte_perplexity": math.exp(-sum(lls) / B),
    "bits_per_byte": -sum(lls) / B / math.log(2),
    "bits_per_byte stderr": clustered([-x for x in lls], [b for _, b in counts]) / math.log(2),
}

records, lls, greedy = [], [], []
for i in range(20):
    ll, hit = -rng.random() * 5, rng.random() < 0.4
    lls.append(ll); greedy.append(int(hit))
    records.append({"doc_id": i, "doc": {"text": "x"}, "target": " end", "arguments": {"gen_args_0": {"arg_0": "the", "arg_1": " end"}},
                    "resps": [[[str(ll), str(hit)]]], "filtered_resps": [[str(ll), str(hit)]], "filter": "none", "acc": int(hit), "perplexity": ll})
write("answers", records)
expected["answers"] = {"answer_perplexity": math.exp(-np.mean(lls)), "accuracy": float(np.mean(greedy)),
                       "accuracy stderr": float(np.std(greedy, ddof=1) / math.sqrt(len(greedy)))}

records, sums, tokens, sizes, hits = [], [], [], [], []
for i in range(12):
    content = []
    for _ in range(rng.randint(1, 8)):
        token = rng.choice([" the", "🙂", "é", "rock", "\n"])
        lp = -rng.random() * 3
        best = lp if rng.random() < 0.6 else lp + 0.1 * rng.random() + 1e-9
        top = [{"token": "x" if best > lp else token, "logprob": best, "bytes": None}]
        content.append({"token": token, "logprob": lp, "bytes": list(token.encode()), "top_logprobs": top})
    reply = {"id": f"chatcmpl-{i}", "object": "chat.completion",
             "choices": [{"index": 0, "message": {"role": "assistant", "content": "".join(t["token"] for t in content)}, "logprobs": {"content": content, "refusal": None}}]}
    # As a chat interface answers, as it answers batches, and as completions were.
    if i % 3 == 1: reply = {"custom_id": f"r{i}", "response": {"status_code": 200, "body": reply}, "error": None}
    if i % 3 == 2: reply = {"choices": [{"text": "", "logprobs": {
        "tokens": ["<s>"] + [t["token"] for t in content], "token_logprobs": [None] + [t["logprob"] for t in content],
        "top_logprobs": [None] + [{t["top_logprobs"][0]["token"]: t["top_logprobs"][0]["logprob"], t["token"]: t["logprob"]} for t in content],
        "text_offset": [0] * (len(content) + 1)}}]}
    records.append(reply)
    sums.append(-sum(t["logprob"] for t in content)); tokens.append(len(content))
    sizes.append(sum(len(t["bytes"]) for t in content))
    hits.append(sum(t["logprob"] >= t["top_logprobs"][0]["logprob"] for t in content))
write("replies", records)
loss = sum(sums) / sum(tokens)
expected["replies"] = {
    "log_loss": loss, "log_loss stderr": clustered(sums, tokens), "perplexity": math.exp(loss), "bits": loss / math.log(2),
    "bits_per_byte": sum(sums) / sum(sizes) / math.log(2), "byte_perplexity": math.exp(sum(sums) / sum(sizes)),
    "accuracy": sum(hits) / sum(tokens), "accuracy stderr": clustered(hits, tokens),
}
pathlib.Path(__file__).with_suffix(".json").write_text(json.dumps(expected, indent=1) + "\n")
