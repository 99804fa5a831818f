"""Evaluation logs as Inspect writes them, and their accuracy by its definitions, for test/run/inspect.test.ts:
/usr/bin/python3 test/run/fixtures-inspect.py"""
import io, json, math, pathlib, random, struct, zipfile, zlib
import numpy as np

HERE = pathlib.Path(__file__).parent / "fixtures-inspect"
HERE.mkdir(exist_ok=True)
rng = random.Random(3)
CREDIT = {"C": 1.0, "I": 0.0, "N": 0.0}


def samples(n, epochs, skill):
    for i in range(n):
        own = rng.random()
        for epoch in range(1, epochs + 1):
            right = rng.random() < 0.3 * own + skill
            value = "C" if right else rng.choice(["I", "I", "N"])
            yield {
                "id": f"q{i}" if i % 2 else i, "epoch": epoch, "input": f"Question {i}?", "choices": ["one", "two", "three"],
                "target": "B", "messages": [{"role": "user", "content": f"Question {i}?\nline"}],
                "scores": {"choice": {"value": value, "answer": "B" if right else "A", "explanation": "…"},
                           "exact": {"value": float(right), "answer": None}},
                "metadata": {"subject": ["law", "art"][i % 2]}, "store": {}, "events": [], "model_usage": {},
            }


def numbers(rows):
    """Epochs become their mean, samples the mean of those; the error is that of samples."""
    by = {}
    for one in rows:
        by.setdefault(one["id"], []).append(CREDIT[one["scores"]["choice"]["value"]])
    means = [float(np.mean(v)) for v in by.values()]
    return {"accuracy": float(np.mean(means)), "stderr": float(np.std(means, ddof=1) / math.sqrt(len(means))),
            "rows": len(rows), "samples": len(by)}


HEADER = {"version": 2, "status": "success", "eval": {"task": "made", "model": "none"}, "plan": {}, "results": {"scores": []}, "stats": {}}


def document(name, rows):
    text = json.dumps({**HEADER, "samples": rows}, indent=2, ensure_ascii=False)
    (HERE / f"{name}.json").write_text(text, encoding="utf-8")


def zstd(data):
    """A zstd frame of blocks that are stored as they are."""
    out = b"\x28\xb5\x2f\xfd" + bytes([0b10100000]) + struct.pack("<I", len(data))
    for at in range(0, len(data), 1 << 16):
        block = data[at:at + (1 << 16)]
        out += struct.pack("<I", (len(block) << 3) | int(at + (1 << 16) >= len(data)))[:3] + block
    return out


def stored_archive(path, members):
    """A zip archive whose members are zstd, which Python's own does not write."""
    out, directory = io.BytesIO(), b""
    for name, data in members:
        packed, offset = zstd(data), out.tell()
        common = struct.pack("<HHHHHIIIHH", 20, 0, 93, 0, 33, zlib.crc32(data), len(packed), len(data), len(name), 0)
        out.write(b"PK\x03\x04" + common + name.encode() + packed)
        directory += b"PK\x01\x02" + struct.pack("<H", 20) + common + struct.pack("<HHHII", 0, 0, 0, 0, offset) + name.encode()
    start = out.tell()
    out.write(directory + b"PK\x05\x06" + struct.pack("<HHHHIIH", 0, 0, len(members), len(members), len(directory), start, 0))
    path.write_bytes(out.getvalue())


def members(rows):
    parts = [("_journal/start.json", {"version": 2})]
    parts += [(f"samples/{one['id']}_epoch_{one['epoch']}.json", one) for one in rows]
    parts += [("summaries.json", []), ("header.json", HEADER)]
    return [(name, json.dumps(value, ensure_ascii=False).encode()) for name, value in parts]


expected = {}
once = list(samples(16, 1, 0.4))
document("once", once)
expected["once.json"] = numbers(once)
for name, skill in (("epochs", 0.4), ("epochs-other", 0.6)):
    rows = list(samples(8, 3, skill))
    with zipfile.ZipFile(HERE / f"{name}.eval", "w", zipfile.ZIP_DEFLATED) as file:
        for member, data in members(rows): file.writestr(zipfile.ZipInfo(member), data, zipfile.ZIP_DEFLATED)
    expected[f"{name}.eval"] = numbers(rows)
few = list(samples(5, 1, 0.5))
stored_archive(HERE / "zstd.eval", members(few))
expected["zstd.eval"] = numbers(few)
pathlib.Path(__file__).with_suffix(".json").write_text(json.dumps(expected, indent=1) + "\n")
