#!/usr/bin/python3
"""Writes ordinary files as NumPy, pandas, PyTorch, R and spreadsheets leave them, with the right numbers.

Usage: make.py FOLDER, which is made anew: a folder for each case, and cases.json. Every number is computed
twice: by scikit-learn, and by hand with NumPy. Where a case can be said plainly (an npz of scores and
labels), the plain form goes to FOLDER/plain.
"""
import csv, gzip, io, json, os, shutil, sys
import numpy as np, pandas as pd, torch
from scipy.special import log_softmax, softmax
from sklearn import metrics as M

if len(sys.argv) != 2 or os.path.exists(sys.argv[1]):
    sys.exit('usage: make.py FOLDER, which must not exist yet')
OUT, PLAIN = sys.argv[1], f'{sys.argv[1]}/plain'
for folder in (OUT, PLAIN):
    os.makedirs(folder)
cases = []
NAMES = np.array(['cat', 'dog', 'eel', 'fox'])


# ---------------------------------------------------------------- data
def data(seed, n=120, c=4, sharp=1.3):
    """Logits in f4-exact doubles and targets drawn so that accuracy is about 0.65."""
    r = np.random.default_rng(seed)
    y = r.integers(0, c, n)
    z = r.normal(size=(n, c))
    z[np.arange(n), y] += sharp
    z = z.astype(np.float32)
    return r, y, z


def rounded(z, digits=7):
    """Probabilities as written with so many decimals, never 0."""
    p = np.round(softmax(z.astype(float), axis=1), digits)
    return np.maximum(p, 10.0 ** -digits)


def single(seed, n=140):
    r = np.random.default_rng(seed)
    y = r.integers(0, 2, n)
    s = (r.normal(size=n) * 1.3 + 1.5 * (y - 0.45)).round(6)
    return r, y, s, np.round(1 / (1 + np.exp(-s)), 7)


# ---------------------------------------------------------------- numbers
def of_classes(scores, y, kind, w=None):
    """log_loss, accuracy, f1_macro and an area, of class indices y; kind: logits or probs."""
    scores, y = np.asarray(scores, float), np.asarray(y)
    n, c = scores.shape
    logp = log_softmax(scores, axis=1) if kind == 'logits' else np.log(scores)
    loss = -logp[np.arange(n), y]
    ww = np.ones(n) if w is None else np.asarray(w, float)
    value = float((loss * ww).sum() / ww.sum())
    p = np.exp(logp)
    theirs = M.log_loss(y, p / p.sum(axis=1, keepdims=True), sample_weight=w, labels=np.arange(c))
    assert abs(theirs - value) < (1e-9 if kind == 'logits' else 3e-4), (theirs, value)
    out = {
        'log_loss': value,
        'accuracy': float(M.accuracy_score(y, scores.argmax(axis=1), sample_weight=w)),
        'f1_macro': float(M.f1_score(y, scores.argmax(axis=1), average='macro', sample_weight=w, zero_division=0)),
    }
    if c == 2:
        out['roc_auc'] = float(M.roc_auc_score(y, logp[:, 1] - logp[:, 0], sample_weight=w))
    elif w is None and len(set(y.tolist())) == c:
        out['roc_auc_ovr_macro'] = float(np.mean([M.roc_auc_score(y == k, p[:, k]) for k in range(c)]))
    return out


def of_single(s, y, kind):
    s, y = np.asarray(s, float), np.asarray(y)
    logit = s if kind == 'logits' else np.log(s) - np.log1p(-s)
    value = float(np.mean(np.where(y == 1, np.logaddexp(0, -logit), np.logaddexp(0, logit))))
    p = 1 / (1 + np.exp(-logit))
    assert abs(M.log_loss(y, np.stack([1 - p, p], 1)) - value) < 1e-9
    return {'log_loss': value, 'accuracy': float(M.accuracy_score(y, p >= 0.5)), 'roc_auc': float(M.roc_auc_score(y, s))}


def of_values(t, v):
    return {'mse': float(M.mean_squared_error(t, v)), 'r2': float(M.r2_score(t, v)), 'mae': float(M.mean_absolute_error(t, v))}


def of_labels(y, q):
    return {
        'accuracy': float(M.accuracy_score(y, q)),
        'f1_macro': float(M.f1_score(y, q, average='macro', zero_division=0)),
        'kappa': float(M.cohen_kappa_score(y, q)),
    }


def scored(expect, rows, invalid=0, ignored=0):
    return {**expect, 'rows.scored': rows, 'rows.invalid': invalid, 'rows.ignored': ignored}


# ---------------------------------------------------------------- files
class Case:
    def __init__(self, name, args, expect, why, tolerance=2e-6, plain=None):
        assert all(case['name'] != name for case in cases), name
        self.at = f'{OUT}/{name}'
        self.name = name
        os.makedirs(self.at)
        if not isinstance(expect, dict):
            expect = {'error': list(expect)}
        args = args.split() if isinstance(args, str) else args
        cases.append({'name': name, 'args': args, 'expect': expect, 'tolerance': tolerance, 'why': why})
        if plain is not None:
            np.savez(f'{PLAIN}/{name}.npz', **plain)

    def path(self, file):
        return f'{self.at}/{file}'

    def text(self, file, text, encoding='utf-8', pack=False):
        raw = text.encode(encoding)
        if pack:
            raw = gzip.compress(raw, mtime=0)
        with open(self.path(file), 'wb') as f:
            f.write(raw)

    def table(self, file, header, rows, delimiter=',', end='\n', quoting=csv.QUOTE_MINIMAL, bom=False, pack=False, lead=''):
        out = io.StringIO()
        w = csv.writer(out, delimiter=delimiter, lineterminator=end, quoting=quoting)
        if header is not None:
            w.writerow(header)
        w.writerows(rows)
        self.text(file, ('\ufeff' if bom else '') + lead + out.getvalue(), pack=pack)

    def npy(self, file, a):
        if file.endswith('.gz'):
            out = io.BytesIO()
            np.save(out, a)
            with open(self.path(file), 'wb') as f:
                f.write(gzip.compress(out.getvalue(), mtime=0))
        else:
            np.save(self.path(file), a)

    def npz(self, file, *unnamed, **named):
        np.savez(self.path(file), *unnamed, **named)

    def lines(self, file, objects, end='\n', pack=False, **options):
        self.text(file, ''.join(json.dumps(o, **options) + end for o in objects), pack=pack)


def g(x):
    return repr(float(x))


def kinds(scores, y):
    return {'scores': np.asarray(scores, float), 'labels': np.asarray(y)}


P = [f'p_{name}' for name in NAMES]


def probs_case(seed, **k):
    r, y, z = data(seed, **k)
    p = rounded(z)
    return r, y, p


# ================================================================ joins in score
r, y, p = probs_case(101)
n = len(y)
ids = np.array([f'img_{i:04d}.png' for i in range(n)])
order = r.permutation(n)
E_ = of_classes(p, y, 'probs')
k = Case('join-csv-npz', 'score pred.csv -l truth.npz --id ids', scored(E_, n), 'scores in CSV, targets in an npz with a member of names; other order', plain=kinds(p, y))
k.table('pred.csv', ['ids', *P], [[i, *map(g, q)] for i, q in zip(ids, p)])
k.npz('truth.npz', ids=ids[order], labels=NAMES[y][order])

k = Case('join-npz-csv', 'score pred.npz -l truth.csv --id sample_id', scored(E_, n), 'scores and names in an npz, targets in CSV; other order, and the id column is the last', plain=kinds(p, y))
k.npz('pred.npz', sample_id=ids, probs=p)
k.table('truth.csv', ['label', 'split', 'sample_id'], [[int(y[i]), 'val', ids[i]] for i in order])

r, y, z = data(102)
order = r.permutation(n)
uid = [f'{v:08x}' for v in r.choice(2**32, n, replace=False)]
k = Case('join-jsonl-csv', 'score pred.jsonl -l truth.csv --id uid', scored(of_classes(z, y, 'logits'), n), 'JSON Lines against CSV by id; hexadecimal names, some of which look like numbers (12345678, 1234e567)', plain=kinds(z, y))
k.lines('pred.jsonl', [{'uid': u, 'logits': q.astype(float).tolist()} for u, q in zip(uid, z)])
k.table('truth.csv', ['uid', 'label'], [[uid[i], y[i]] for i in order])

k = Case('join-integer-ids', 'score pred.csv -l truth.npz --id id', scored(of_classes(z, y, 'logits'), n), 'whole-number ids: text in CSV, int64 in the npz', plain=kinds(z, y))
nums = r.choice(10**6, n, replace=False)
k.table('pred.csv', ['id', *[f'logit_{c}' for c in range(4)]], [[i, *map(g, q)] for i, q in zip(nums, z)])
k.npz('truth.npz', id=nums[order].astype(np.int64), label=y[order].astype(np.int32))

k = Case('join-integer-ids-json', 'score pred.jsonl -l truth.csv --id id', scored(of_classes(z, y, 'logits'), n), 'ids as JSON numbers, beyond 2^53 as databases hand them out', plain=kinds(z, y))
big = [2**53 + 1 + int(v) for v in nums]
k.lines('pred.jsonl', [{'id': i, 'logits': q.astype(float).tolist()} for i, q in zip(big, z)])
k.table('truth.csv', ['id', 'label'], [[big[i], y[i]] for i in order])

r, y, p = probs_case(103)
order = r.permutation(n)
k = Case('join-unasked-sample-id', 'score pred.csv -l truth.csv', ('order', '--id', 'sample_id'), 'sample_id in both, in another order: refused, with the column to name')
k.table('pred.csv', ['sample_id', *P], [[f's{i}', *map(g, q)] for i, q in enumerate(p)])
k.table('truth.csv', ['sample_id', 'label'], [[f's{i}', NAMES[y[i]]] for i in order])

k = Case('join-unasked-any-header', 'score pred.csv -l truth.csv', ('order', '--id', 'image'), 'any header that both share, with unique values, names the rows')
k.table('pred.csv', ['image', *P], [[f'{i}.jpg', *map(g, q)] for i, q in enumerate(p)])
k.table('truth.csv', ['image', 'label'], [[f'{i}.jpg', NAMES[y[i]]] for i in order])

k = Case('join-unasked-late', 'score pred.csv -l truth.csv', ('order', '--id'), 'the same order for 1000 rows; only the last two are swapped')
r, y2, p2 = probs_case(104, n=1002)
swap = list(range(1000)) + [1001, 1000]
k.table('pred.csv', ['id', *P], [[f's{i}', *map(g, q)] for i, q in enumerate(p2)])
k.table('truth.csv', ['id', 'label'], [[f's{i}', NAMES[y2[i]]] for i in swap])

E3 = of_classes(p, y, 'probs')
k = Case('join-unasked-same-order', 'score pred.csv -l truth.csv', scored(E3, n), 'the same ids in the same order: nothing to ask', plain=kinds(p, y))
k.table('pred.csv', ['id', *P], [[f's{i}', *map(g, q)] for i, q in enumerate(p)])
k.table('truth.csv', ['label', 'id'], [[NAMES[y[i]], f's{i}'] for i in range(n)])

k = Case('join-one-column-each', ['score', 'pred.csv', '-l', 'truth.csv', '--id', 'Sample-ID'], scored(E3, n), 'a header with capitals and a hyphen; quotes in one file, none in the other; CRLF in one', plain=kinds(p, y))
k.table('pred.csv', ['Sample-ID', *P], [[f'k, {i}', *map(g, q)] for i, q in enumerate(p)], quoting=csv.QUOTE_ALL, end='\r\n')
k.table('truth.csv', ['Sample-ID', 'LABEL'], [[f'k, {i}', NAMES[y[i]]] for i in order])

k = Case('join-id-twice', 'score pred.csv -l truth.csv --id id', ('s17', 'truth.csv'), 'a name stands twice in the targets: no way to tell which holds')
k.table('pred.csv', ['id', *P], [[f's{i}', *map(g, q)] for i, q in enumerate(p)])
k.table('truth.csv', ['id', 'label'], [[f's{i}', NAMES[y[i]]] for i in order] + [['s17', NAMES[(y[17] + 1) % 4]]])

k = Case('join-id-twice-scores', 'score pred.csv -l truth.csv --id id', ('s17', 'pred.csv'), 'a name stands twice in the scores')
k.table('pred.csv', ['id', *P], [[f's{i}', *map(g, p[i])] for i in [*range(n), 17]])
k.table('truth.csv', ['id', 'label'], [[f's{i}', NAMES[y[i]]] for i in order])

some = np.array([i for i in range(n) if i not in (3, 50, 119)])
k = Case('join-one-side', 'score pred.csv -l truth.csv --id id', ('--join',), 'three rows have no target: refused, with the option that leaves them out')
k.table('pred.csv', ['id', *P], [[f's{i}', *map(g, q)] for i, q in enumerate(p)])
k.table('truth.csv', ['id', 'label'], [[f's{i}', NAMES[y[i]]] for i in order if i in some])

k = Case('join-inner', 'score pred.csv -l truth.csv --id id --join inner', {**of_classes(p[some], y[some], 'probs'), 'rows.scored': len(some)}, 'rows without a target left out as asked', plain=kinds(p[some], y[some]))
k.table('pred.csv', ['id', *P], [[f's{i}', *map(g, q)] for i, q in enumerate(p)])
k.table('truth.csv', ['id', 'label'], [[f's{i}', NAMES[y[i]]] for i in order if i in some])

k = Case('join-inner-both', 'score pred.npz -l truth.csv --id id --join inner', {**of_classes(p[some], y[some], 'probs'), 'rows.scored': len(some)}, 'each side has rows that the other has not', plain=kinds(p[some], y[some]))
k.npz('pred.npz', id=np.array([f's{i}' for i in range(n)]), probs=p)
k.table('truth.csv', ['id', 'label'], [['z1', 'cat'], *[[f's{i}', NAMES[y[i]]] for i in order if i in some], ['z2', 'fox']])

k = Case('join-nothing-shared', 'score pred.csv -l truth.csv --id id --join inner', ('truth.csv',), 'no name in both files (1 and 0001): an error, not a report of no rows')
k.table('pred.csv', ['id', *P], [[i + 1, *map(g, q)] for i, q in enumerate(p)])
k.table('truth.csv', ['id', 'label'], [[f'{i + 1:04d}', NAMES[y[i]]] for i in order])

w = np.round(r.uniform(0.2, 3, n), 3)
order2 = r.permutation(n)
k = Case('join-weights', 'score pred.csv -l truth.jsonl --weights w.csv --id id', {**of_classes(p, y, 'probs', w), 'rows.scored': n}, 'scores, targets and weights in three files, each in an order of its own', plain={**kinds(p, y), 'weights': w})
k.table('pred.csv', ['id', *P], [[f's{i}', *map(g, q)] for i, q in enumerate(p)])
k.lines('truth.jsonl', [{'id': f's{i}', 'label': str(NAMES[y[i]])} for i in order])
k.table('w.csv', ['id', 'weight'], [[f's{i}', g(w[i])] for i in order2])

frame = pd.DataFrame(p, columns=P)
truth = pd.DataFrame({'label': NAMES[y]})
k = Case('join-pandas-index', 'score pred.csv -l truth.csv', scored(E3, n), 'an unnamed index column in both, in the same order: no class, no id', plain=kinds(p, y))
frame.to_csv(k.path('pred.csv'))
truth.to_csv(k.path('truth.csv'))

k = Case('join-pandas-shuffled', 'score pred.csv -l truth.csv', ('order',), 'df.sample(frac=1).to_csv(): the shared unnamed index says that the orders differ')
frame.to_csv(k.path('pred.csv'))
truth.sample(frac=1, random_state=5).to_csv(k.path('truth.csv'))

k = Case('join-unnamed-0', ['score', 'pred.csv', '-l', 'truth.csv', '--id', 'Unnamed: 0'], scored(E3, n), 'the index that pandas wrote, read and wrote again, as id', plain=kinds(p, y))
for f, name in ((frame, 'pred.csv'), (truth.sample(frac=1, random_state=6), 'truth.csv')):
    f.rename_axis('Unnamed: 0').to_csv(k.path(name))

# ---------------------------------------------------------------- joins in explain and epochs
r, y, z = data(105, n=200)
n2 = len(y)
za = z
zb = (2 * z + 0.3 * r.normal(size=z.shape)).astype(np.float32)
zc = (3 * z + 0.4 * r.normal(size=z.shape)).astype(np.float32)
fa, fb, fc = (of_classes(q, y, 'logits') for q in (za, zb, zc))
L = [f'logit_{name}' for name in NAMES]
pair = {
    'before.loss': fa['log_loss'], 'after.loss': fb['log_loss'], 'before.accuracy': fa['accuracy'], 'after.accuracy': fb['accuracy'],
    'loss.delta': fb['log_loss'] - fa['log_loss'], 'accuracy.delta': fb['accuracy'] - fa['accuracy'],
    'accuracy.wrongToRight': int(((za.argmax(1) != y) & (zb.argmax(1) == y)).sum()),
    'accuracy.rightToWrong': int(((za.argmax(1) == y) & (zb.argmax(1) != y)).sum()),
}
key = [f'case-{i}' for i in range(n2)]
oa, ob, oc = (r.permutation(n2) for _ in range(3))
k = Case('explain-by-id', 'explain a.csv b.csv --id id', pair, 'two dumps with their targets, each in its own order')
k.table('a.csv', ['id', *L, 'label'], [[key[i], *map(g, za[i]), NAMES[y[i]]] for i in oa])
k.table('b.csv', ['label', *L, 'id'], [[NAMES[y[i]], *map(g, zb[i]), key[i]] for i in ob])

k = Case('explain-by-id-labels', 'explain a.npz b.jsonl -l truth.csv --id id', pair, 'two dumps of other formats and a third file with the targets, all in other orders')
k.npz('a.npz', id=np.array(key)[oa], logits=za[oa])
k.lines('b.jsonl', [{'id': key[i], 'logits': zb[i].astype(float).tolist()} for i in ob])
k.table('truth.csv', ['id', 'label'], [[key[i], y[i]] for i in oc])

k = Case('explain-unasked', 'explain a.csv b.csv', ('order', '--id'), 'the ids of the two dumps stand in other orders: refused')
k.table('a.csv', ['id', *L, 'label'], [[key[i], *map(g, za[i]), NAMES[y[i]]] for i in oa])
k.table('b.csv', ['id', *L, 'label'], [[key[i], *map(g, zb[i]), NAMES[y[i]]] for i in ob])

k = Case('epochs-by-id', 'epochs e1.csv e2.csv e3.csv -l truth.csv --id id', {
    **{f'epochs.{i}.{a}': f[b] for i, f in enumerate((fa, fb, fc)) for a, b in (('loss', 'log_loss'), ('accuracy', 'accuracy'))},
}, 'three epochs whose rows were shuffled, targets in a file of their own')
for name, q, o in (('e1.csv', za, oa), ('e2.csv', zb, ob), ('e3.csv', zc, oc)):
    k.table(name, ['id', *L], [[key[i], *map(g, q[i])] for i in o])
k.table('truth.csv', ['id', 'label'], [[key[i], NAMES[y[i]]] for i in range(n2)])

k = Case('epochs-unasked', 'epochs e1.csv e2.csv -l truth.csv', ('order', '--id'), 'the second epoch stands in another order than the targets')
k.table('e1.csv', ['id', *L], [[key[i], *map(g, za[i])] for i in range(n2)])
k.table('e2.csv', ['id', *L], [[key[i], *map(g, zb[i])] for i in ob])
k.table('truth.csv', ['id', 'label'], [[key[i], NAMES[y[i]]] for i in range(n2)])

# ================================================================ one-hot and soft targets
r, y, z = data(110)
n = len(y)
hot = np.eye(4)[y]
EZ = of_classes(z, y, 'logits')
KZ = kinds(z, y)
for dtype in ('f4', '?', 'i1'):
    name = {'f4': 'float', '?': 'bool', 'i1': 'int8'}[dtype]
    k = Case(f'one-hot-{name}', 'score z.npy -l y.npy', EZ, f'one-hot targets as {name}', plain=KZ)
    k.npy('z.npy', z)
    k.npy('y.npy', hot.astype(dtype))

k = Case('one-hot-npz', 'score d.npz', EZ, 'one-hot targets as a member, in Fortran order', plain=KZ)
k.npz('d.npz', logits=z, y_true=np.asfortranarray(hot.astype('u1')))

k = Case('one-hot-two-classes', 'score d.npz', of_classes(z[:, :2], y % 2, 'logits'), 'to_categorical of two classes', plain=kinds(z[:, :2], y % 2))
k.npz('d.npz', logits=z[:, :2], labels=np.eye(2, dtype='f4')[y % 2])

k = Case('one-hot-cells', 'score d.csv', EZ, 'one-hot lists in cells, beside lists of scores', plain=KZ)
pd.DataFrame({'label': [h.astype(int).tolist() for h in hot], 'logits': [q.astype(float).tolist() for q in z]}).to_csv(k.path('d.csv'), index=False)

k = Case('one-hot-json', 'score d.json', EZ, 'one-hot arrays in one JSON array', plain=KZ)
k.text('d.json', json.dumps([{'logits': q.astype(float).tolist(), 'label': h.astype(int).tolist()} for q, h in zip(z, hot)]))

r, y3, z3 = data(111, n=300)
hot3 = np.eye(4, dtype='f4')[y3]
two, none = hot3.copy(), hot3.copy()
two[157] = [1, 0, 0, 1]
none[280] = 0
k = Case('one-hot-two-ones', 'score z.npy -l y.npy --task classification', ('y.npy', '157'), 'one row of the targets holds two ones: no class')
k.npy('z.npy', z3)
k.npy('y.npy', two)
k = Case('one-hot-no-one', 'score z.npy -l y.npy --task classification', ('y.npy', '280'), 'one late row of the targets holds zeros alone')
k.npy('z.npy', z3)
k.npy('y.npy', none)

soft = softmax(0.7 * z.astype(float) + r.normal(size=z.shape), axis=1)
def cross(q, z): return float(-(q * log_softmax(z.astype(float), axis=1)).sum(axis=1).mean())
assert abs(cross(soft, z) - float(torch.nn.functional.cross_entropy(torch.tensor(z.astype(float)), torch.tensor(soft)))) < 1e-12
k = Case('soft-float64', 'score z.npy -l q.npy', {'log_loss': cross(soft, z)}, 'probabilities as targets (annotators, a teacher): cross-entropy as PyTorch has it')
k.npy('z.npy', z)
k.npy('q.npy', soft)
soft4 = soft.astype('f4')
k = Case('soft-npz-float32', 'score d.npz', {'log_loss': cross(soft4.astype(float), z)}, 'soft targets in f4 as a member', tolerance=5e-6)
k.npz('d.npz', logits=z, targets=soft4)
soft5 = np.round(soft, 5)
soft5[:, 0] = np.round(1 - soft5[:, 1:].sum(axis=1), 5)
k = Case('soft-jsonl', 'score d.jsonl', {'log_loss': cross(soft5, z)}, 'soft targets as JSON arrays')
k.lines('d.jsonl', [{'logits': q.astype(float).tolist(), 'label': t.tolist()} for q, t in zip(z, soft5)])

# ================================================================ sequences
r = np.random.default_rng(120)
B, T, C = 11, 13, 5
ys = r.integers(0, C, (B, T))
zs = r.normal(size=(B, T, C))
np.put_along_axis(zs, ys[..., None], np.take_along_axis(zs, ys[..., None], 2) + 1.2, 2)
zs = zs.astype('f4')
pad = ys.copy()
for b, length in enumerate(r.integers(4, T + 1, B)):
    pad[b, length:] = -100
keep = pad.ravel() >= 0
flat = zs.reshape(-1, C)
EK = of_classes(flat[keep], pad.ravel()[keep], 'logits')
k = Case('sequences-npz', 'score d.npz --ignore-index -100', scored(EK, int(keep.sum()), 0, int((~keep).sum())), 'token logits (batch, time, classes) and padded labels in one npz', plain=kinds(flat[keep], pad.ravel()[keep]))
k.npz('d.npz', logits=zs, labels=pad)
k = Case('sequences-trainer', 'score d.npz --ignore-index -100', scored(EK, int(keep.sum()), 0, int((~keep).sum())), "token classification by a trainer: predictions and label_ids of three and two dimensions")
np.savez_compressed(k.path('d.npz'), predictions=zs, label_ids=pad)
EF = of_classes(flat, ys.ravel(), 'logits')
k = Case('sequences-int8', 'score z.npy -l y.npy', scored(EF, B * T), 'no padding, labels in one byte each', plain=kinds(flat, ys.ravel()))
k.npy('z.npy', zs)
k.npy('y.npy', ys.astype('i1'))
k = Case('sequences-fortran', 'score z.npy -l y.npy', scored(EF, B * T), 'labels saved from a transposed array: Fortran order and big-endian; rows go by index, not by memory', plain=kinds(flat, ys.ravel()))
k.npy('z.npy', zs.astype('>f8'))
k.npy('y.npy', np.asfortranarray(ys).astype('>i4', order='F'))
k = Case('sequences-4d', 'score z.npy -l y.npy --ignore-index 255', scored(of_classes(flat[keep], pad.ravel()[keep], 'logits'), int(keep.sum()), 0, int((~keep).sum())), 'segmentation: (images, height, width, classes) with uint8 masks (images, height, width), 255 ignored')
k.npy('z.npy', zs.reshape(B, T, 1, C))
k.npy('y.npy', np.where(pad < 0, 255, pad).astype('u1').reshape(B, T, 1))

# ================================================================ text labels in npy
r, y, z = data(130)
EZ, KZ = of_classes(z, y, 'logits'), kinds(z, y)
k = Case('text-npy-big-endian', 'score z.npy -l y.npy', EZ, 'text labels, big-endian', plain=KZ)
k.npy('z.npy', z)
k.npy('y.npy', NAMES[y].astype('>U7'))
k = Case('text-npy-bytes', 'score z.npy -l y.npy', EZ, 'text labels as bytes (S)', plain=KZ)
k.npy('z.npy', z)
k.npy('y.npy', NAMES[y].astype('S'))
uni = np.array(sorted(['nein', 'Ja', '\uff2f\uff2b', '\U0001f600']))
assert uni.tolist() == sorted(uni.tolist(), key=lambda s: [ord(ch) for ch in s])
k = Case('text-npz-code-points', 'score d.npz', EZ, 'names sorted by code points, as NumPy does: capitals first, and U+FF2F before U+1F600, which UTF-16 has the other way round', plain=KZ)
k.npz('d.npz', probs=softmax(z.astype(float), axis=1), y=uni[y])
k = Case('text-npy-class-names', 'score z.npy -l y.npy --class-names fox,cat,eel,dog', of_classes(z, y, 'logits'), 'the order of the names is given: not the sorted one', plain=KZ)
k.npy('z.npy', z)
k.npy('y.npy', np.array(['fox', 'cat', 'eel', 'dog'])[y])
k = Case('text-npy-too-few', 'score z.npy -l y.npy', ('4', '3', '--class-names'), 'three names for four classes: which are they? refused')
k.npy('z.npy', z)
k.npy('y.npy', np.array(['cat', 'dog', 'eel', 'eel'])[y])
k = Case('text-npy-too-many', 'score z.npy -l y.npy', ('4', '5'), 'five names for four classes (a misspelt one): refused')
k.npy('z.npy', z)
k.npy('y.npy', np.where(np.arange(n) == 77, 'dgo', NAMES[y]))
k = Case('text-csv-sorted', 'score z.npy -l y.csv', EZ, 'scores without names, text labels in CSV beside an index', plain=KZ)
k.npy('z.npy', z)
pd.DataFrame({'label': NAMES[y]}).to_csv(k.path('y.csv'))

# ================================================================ labels from 1
k = Case('from-1-ignore', 'score d.npz --labels-from 1 --ignore-index -100', scored(of_classes(z[9:], y[9:], 'logits'), n - 9, 0, 9), 'labels 1 … C, with −100 as written for rows to ignore', plain=kinds(z[9:], y[9:]))
k.npz('d.npz', logits=z, labels=np.where(np.arange(n) < 9, -100, y + 1))
k = Case('from-1-ignore-0', 'score z.npy -l y.npy --labels-from 1 --ignore-index 0', scored(of_classes(z[9:], y[9:], 'logits'), n - 9, 0, 9), 'labels 1 … C, 0 for padding: the index to ignore is the one in the file', plain=kinds(z[9:], y[9:]))
k.npy('z.npy', z)
k.npy('y.npy', np.where(np.arange(n) < 9, 0, y + 1).astype('u1'))
k = Case('from-1-csv', 'score z.csv -l y.csv --labels-from 1', EZ, 'MATLAB: no header in either file', plain=KZ)
k.table('z.csv', None, [list(map(g, q)) for q in z])
k.table('y.csv', None, [[int(v) + 1] for v in y])
k = Case('from-1-columns', 'score d.csv', EZ, 'columns class_1 … class_C and labels 1 … C: the names say it', plain=KZ)
k.table('d.csv', [*[f'class_{c + 1}' for c in range(4)], 'target'], [[*map(g, q), t + 1] for q, t in zip(z, y)])
k = Case('from-1-contradicted', 'score z.npy -l y.npy --labels-from 1', ('y.npy', '60'), 'a label 0 though labels start from 1')
k.npy('z.npy', z)
k.npy('y.npy', np.minimum(y + 1, 3) - (np.arange(n) == 60) * np.minimum(y + 1, 3))

# ================================================================ columns named as classes
r, y, p = probs_case(140)
EP, KP = of_classes(p, y, 'probs'), kinds(p, y)
def named(case, columns, labels, target='y', index=True, **k):
    f = pd.DataFrame(p, columns=columns)
    f[target] = labels
    f.to_csv(case.path('d.csv'), index=index, **k)
k = Case('columns-ints', 'score d.csv', EP, 'DataFrame(clf.predict_proba(X)): columns 0 … C−1 beside an unnamed index', plain=KP)
named(k, list(range(4)), y, 'label')
k = Case('columns-digits', 'score d.csv', EP, 'columns 2, 3, 5, 8 as in clf.classes_: names, not places', plain=KP)
named(k, [2, 3, 5, 8], np.array([2, 3, 5, 8])[y])
k = Case('columns-with-spaces', 'score d.csv', EP, 'names with blanks and commas; an index that was read and written again (Unnamed: 0)', plain=KP)
cities = np.array(['New York', 'Los Angeles', 'St. John\'s, NL', 'Washington D.C.'])
f = pd.DataFrame(p, columns=cities)
f['y_true'] = cities[y]
f.rename_axis('Unnamed: 0').to_csv(k.path('d.csv'))
k = Case('columns-floats', 'score d.csv', EP, 'columns 1.0, 2.0, … and labels of the same form, as pandas makes of integers', plain=KP)
named(k, [1.0, 2.0, 3.0, 4.0], y + 1.0, 'target', index=False)
k = Case('columns-out-of-order', 'score d.csv', EP, 'class columns in no order, the label between them', plain=KP)
k.table('d.csv', ['fox', 'dog', 'label', 'cat', 'eel'], [[g(q[3]), g(q[1]), NAMES[t], g(q[0]), g(q[2])] for q, t in zip(p, y)])
k = Case('columns-and-features', 'score d.csv', EP, 'columns named as the labels between features that are numbers, too', plain=KP)
k.table('d.csv', ['age', *NAMES, 'height', 'class'], [[int(r.integers(18, 90)), *map(g, q), f'{r.uniform(1.5, 2):.2f}', NAMES[t]] for q, t in zip(p, y)])
k = Case('columns-booleans', 'score d.csv', of_classes(np.stack([1 - p[:, 0], p[:, 0]], 1), (y == 0) * 1, 'probs'), 'classes False and True', plain=kinds(np.stack([1 - p[:, 0], p[:, 0]], 1), (y == 0) * 1))
pd.DataFrame({False: 1 - p[:, 0], True: p[:, 0], 'y': y == 0}).to_csv(k.path('d.csv'), index=False)

# ================================================================ prefixes
def prefix(name, make, labels, why, scores=p, kind='probs', target='label', **k):
    c = Case(name, 'score d.csv', of_classes(scores, y, kind), why, plain=kinds(scores, y))
    c.table('d.csv', [*[make(x) for x in (labels if labels is not None else range(4))], target],
            [[*map(g, q), t if labels is None else labels[t]] for q, t in zip(scores, y)], **k)
zz = np.log(p).round(6) + 0.5
prefix('prefix-Class', lambda x: f'Class_{x}', ['A', 'B', 'C', 'D'], 'Class_A … Class_D')
prefix('prefix-dot', lambda x: f'prob.{x}', ['setosa', 'versicolor', 'virginica', 'other one'], 'data.frame() of R: prob.setosa', quoting=csv.QUOTE_NONNUMERIC)
prefix('prefix-hyphen', lambda x: f'score-{x}', ['x-1', 'x-2', 'y-1', 'y-2'], 'a hyphen in the prefix and in the names', scores=zz, kind='logits')
prefix('prefix-blank', lambda x: f'logit {x}', list(NAMES), 'a blank after the prefix', scores=zz, kind='logits', target='gold')
prefix('prefix-proba-index', lambda x: f'proba_{x}', None, 'proba_0 … proba_3, labels 0 … 3', target='actual')
prefix('prefix-y-prob', lambda x: f'y_prob_{x}', ['a', 'b', 'c', 'd'], 'y_prob_a beside y_true, which begins with y_, too', target='y_true')
k = Case('prefix-otto', 'score d.csv', EP, 'Class_1 … Class_4 with labels that hold the prefix, as Kaggle writes them', plain=KP)
k.table('d.csv', ['id', *[f'Class_{c + 1}' for c in range(4)], 'target'], [[i + 1, *map(g, q), f'Class_{t + 1}'] for i, (q, t) in enumerate(zip(p, y))])
k = Case('prefix-two-sets', 'score d.csv', ('logit_', 'prob_'), 'logits and probabilities of the same classes: two candidates, listed')
both = [[*map(g, np.log(q)), *map(g, q), NAMES[t]] for q, t in zip(p, y)]
header = [*[f'logit_{x}' for x in NAMES], *[f'prob_{x}' for x in NAMES], 'label']
k.table('d.csv', header, both)
k = Case('prefix-two-sets-chosen', ['score', 'd.csv', '--scores', 'prob_*'], EP, 'one of two sets, as asked', plain=KP)
k.table('d.csv', header, both)
k = Case('prefix-eleven', 'score d.csv', None or {}, 'eleven classes p_0 … p_10 in text order of their names (p_0, p_1, p_10, p_2): matched by name')
r, y11, z11 = data(141, n=200, c=11, sharp=2)
p11 = rounded(z11)
cols = sorted(range(11), key=str)
cases[-1]['expect'] = of_classes(p11, y11, 'probs')
np.savez(f'{PLAIN}/prefix-eleven.npz', **kinds(p11, y11))
k.table('d.csv', [*[f'p_{c}' for c in cols], 'label'], [[*[g(q[c]) for c in cols], t] for q, t in zip(p11, y11)])

# ================================================================ decimal commas, percent, thousands
def comma(x, digits=7): return f'{x:.{digits}f}'.replace('.', ',')
k = Case('comma-tsv', 'score d.tsv', EP, 'tabs and decimal commas', plain=KP)
k.table('d.tsv', [*P, 'label'], [[*[comma(v) for v in q], NAMES[t]] for q, t in zip(p, y)], delimiter='\t')
k = Case('comma-bom-crlf', 'score d.csv', EP, 'as Excel of a German Windows saves it: BOM, CRLF, semicolons, decimal commas', plain=KP)
k.table('d.csv', ['ID', *P, 'Label'], [[i + 1, *[comma(v) for v in q], NAMES[t]] for i, (q, t) in enumerate(zip(p, y))], delimiter=';', end='\r\n', bom=True)
k = Case('comma-logits-exponents', 'score d.csv', of_classes(zz, y, 'logits'), 'negative numbers and exponents with decimal commas (-1,25e-1)', plain=kinds(zz, y))
k.table('d.csv', [*[f'logit_{x}' for x in NAMES], 'label'], [[*[repr(v).replace('.', ',') if j % 2 else f'{v:.6e}'.replace('.', ',') for j, v in enumerate(map(float, q))], NAMES[t]] for q, t in zip(zz, y)], delimiter=';')
written = np.array([[float(repr(float(v))) if j % 2 else float(f'{v:.6e}') for j, v in enumerate(q)] for q in zz])
cases[-1]['expect'] = of_classes(written, y, 'logits')
k = Case('comma-quoted', 'score d.csv', EP, 'commas between columns and, in quotes, within numbers', plain=KP)
k.table('d.csv', [*P, 'label'], [[*[comma(v) for v in q], NAMES[t]] for q, t in zip(p, y)])
k = Case('comma-single', 'score d.csv', None or {}, 'one probability per row with decimal commas')
r, yb, sb, pb = single(150)
cases[-1]['expect'] = of_single(pb, yb, 'probs')
k.table('d.csv', ['score', 'label'], [[comma(v), t] for v, t in zip(pb, yb)], delimiter=';')
k = Case('comma-mixed', 'score d.csv', ('d.csv', '70'), 'decimal commas, and from row 70 on decimal points: refused, not read as something')
k.table('d.csv', [*P, 'label'], [[*[comma(v) if i < 70 else f'{v:.7f}' for v in q], NAMES[t]] for i, (q, t) in enumerate(zip(p, y))], delimiter=';')

pct = np.round(p * 100, 2)
pct = np.maximum(pct, 0.01)
EPCT = of_classes(pct / 100, y, 'probs')
k = Case('percent-blank', 'score d.csv', EPCT, 'percent with a blank and decimal comma: 12,34 %', plain=kinds(pct / 100, y))
k.table('d.csv', [*P, 'label'], [[*[comma(v, 2) + ' %' for v in q], NAMES[t]] for q, t in zip(pct, y)], delimiter=';')
k = Case('percent-single', 'score d.csv', of_single(np.round(pb * 100, 3) / 100, yb, 'probs'), 'one probability in percent, its name in capitals')
k.table('d.csv', ['PROBABILITY', 'TRUTH'], [[f'{v:.3f}%', t] for v, t in zip(np.round(pb * 100, 3), yb)])

r = np.random.default_rng(151)
t = np.round(np.exp(r.normal(8, 1.2, 110)), 1)
v = np.round(t * np.exp(0.2 * r.normal(size=110)), 1)
EV = of_values(t, v)
def thousands(x, sep, dec='.', digits=1): return f'{x:,.{digits}f}'.replace(',', '\0').replace('.', dec).replace('\0', sep)
for name, sep, dec, delim, why in (
    ('points', '.', ',', ';', 'thousands points and decimal commas: 1.234,5'),
    ('blanks', ' ', '.', ',', 'thousands blanks: 1 234.5'),
    ('narrow-blanks', '\u202f', ',', ';', 'French: narrow no-break blanks and decimal commas'),
    ('no-break', '\u00a0', ',', '\t', 'no-break blanks and decimal commas, tabs'),
    ('apostrophes', "'", '.', ';', "Swiss: 1'234.5"),
):
    k = Case(f'thousands-{name}', f'score d.{"tsv" if delim == chr(9) else "csv"}', EV, why)
    k.table('d.tsv' if delim == '\t' else 'd.csv', ['y_true', 'y_pred'], [[thousands(a, sep, dec), thousands(b, sep, dec)] for a, b in zip(t, v)], delimiter=delim)
ti, vi = np.round(t * 900).astype(int), np.round(v * 900).astype(int)
k = Case('thousands-whole', 'score d.csv', of_values(ti, vi), 'whole numbers with thousands commas, in quotes: a regression, never labels')
k.table('d.csv', ['y_true', 'y_pred'], [[f'{a:,}', f'{b:,}'] for a, b in zip(ti, vi)])
k = Case('regression-percent', 'score d.csv', {'r2': EV['r2']}, 'percent on both sides of a regression: R² does not depend on what a percent is worth')
k.table('d.csv', ['y_true', 'y_pred'], [[f'{a:.1f}%', f'{b:.1f}%'] for a, b in zip(t, v)])
k = Case('regression-comma', 'score d.csv', EV, 'decimal commas in a regression')
k.table('d.csv', ['Y True', 'Y Pred'], [[f'{a:.1f}'.replace('.', ','), f'{b:.1f}'.replace('.', ',')] for a, b in zip(t, v)], delimiter=';')

# ================================================================ lists and arrays in cells
r, y, z = data(160)
EZ, KZ = of_classes(z, y, 'logits'), kinds(z, y)
def cells(name, write, why, labels=None, column='logits', target='label', tolerance=2e-6, scores=None, kind='logits'):
    s = z if scores is None else scores
    c = Case(name, 'score d.csv', of_classes(s, y, kind), why, tolerance=tolerance, plain=kinds(s, y))
    pd.DataFrame({column: [write(q) for q in s], target: y if labels is None else labels}).to_csv(c.path('d.csv'), index=False)
cells('cells-nested', lambda q: [q.astype(float).tolist()], 'a batch of one in every cell: [[…]]')
cells('cells-array', lambda q: repr(q), 'repr of an array: array([…], dtype=float32), over lines', tolerance=1e-6)
cells('cells-tensor', lambda q: str(torch.tensor(q, requires_grad=True)), 'tensor([…], requires_grad=True): four digits', labels=[str(torch.tensor(int(v))) for v in y], tolerance=2e-4)
z4 = np.array([[float(f'{v:.4f}') for v in q] for q in z])
cases[-1]['expect'] = of_classes(z4, y, 'logits')
cases[-1]['tolerance'] = 2e-6
np.savez(f'{PLAIN}/cells-tensor.npz', **kinds(z4, y))
cells('cells-tensor-device', lambda q: f"tensor([{', '.join(f'{v:.4f}' for v in q)}], device='cuda:0', grad_fn=<SelectBackward0>)", 'a tensor from a GPU', scores=z4, column='Logits', target='Label IDs')
cells('cells-np-float', lambda q: '[' + ', '.join(f'np.float32({v})' for v in q) + ']', 'a list of NumPy 2 scalars: [np.float32(0.1), …]', tolerance=2e-6)
cells('cells-tuple', lambda q: tuple(q.astype(float).tolist()), 'tuples: (0.1, 0.2)')
zi = np.round(z * 2) / 2
np.set_printoptions(suppress=False)
cells('cells-trailing-point', lambda q: str(q), 'str of an array: [ 1.  -0.5  0. ] with points at the end and blanks in front', scores=zi, labels=[f'[{v}]' for v in y])
cases[-1]['expect'].pop('roc_auc_ovr_macro')  # ties of softmax are a matter of the last bit
cells('cells-exponents', lambda q: str(np.float64(q)), 'str of an array with exponents: [9.9e-01 1.2e-05]', scores=np.array([[float(f'{v:.8e}') for v in q] for q in softmax(z.astype(float) * 6, axis=1).clip(1e-9)]), kind='probs', column='probs', tolerance=1e-6)
k = Case('cells-shortened', 'score d.csv', ('d.csv', '...'), 'NumPy leaves the middle of a long array out ([0.1 0.2 ... 0.3 0.4]): the numbers are gone; refused, and said why')
wide = r.normal(size=(30, 1200))
pd.DataFrame({'label': r.integers(0, 1200, 30), 'logits': [str(q) for q in wide]}).to_csv(k.path('d.csv'), index=False)
k = Case('cells-ragged', 'score d.csv', ('d.csv', '40'), 'one list is shorter than the others')
pd.DataFrame({'label': y, 'logits': [q.astype(float).tolist()[: 3 if i == 40 else 4] for i, q in enumerate(z)]}).to_csv(k.path('d.csv'), index=False)

# ================================================================ empty cells
r, y, p = probs_case(170)
gaps = {7: '', 31: 'NA', 32: 'None', 60: 'nan', 61: 'NaN', 90: ''}
full = np.array([i for i in range(n) if i not in gaps and i != 100])
rows = [[*[gaps[i] if i in gaps and c == i % 4 else g(v) for c, v in enumerate(q)], '' if i == 100 else NAMES[t]] for i, (q, t) in enumerate(zip(p, y))]
k = Case('empty-skip', 'score d.csv --invalid skip', {**of_classes(p[full], y[full], 'probs'), 'rows.scored': len(full), 'rows.invalid': 7}, 'a missing score as pandas, R, Python and NumPy write it, and a missing target: left out as asked', plain=kinds(p[full], y[full]))
k.table('d.csv', [*P, 'label'], rows)
k = Case('empty-refused', 'score d.csv', ('d.csv', 'p_fox', '7'), 'without the option the first is named')
k.table('d.csv', [*P, 'label'], rows)
k = Case('empty-json', 'score d.jsonl --invalid skip', {**of_classes(p[3:], y[3:], 'probs'), 'rows.scored': n - 3, 'rows.invalid': 3}, 'null as score and as label, and NaN as Python writes it', plain=kinds(p[3:], y[3:]))
k.lines('d.jsonl', [{'probs': [None if i == 0 and c == 2 else float('nan') if i == 1 else v for c, v in enumerate(q.tolist())], 'label': None if i == 2 else int(t)} for i, (q, t) in enumerate(zip(p, y))])
k = Case('empty-regression', 'score d.csv --invalid skip', {**of_values(t_ := np.array([1.5, 2.25, 4, 8.5, 1, 0.5]), v_ := np.array([1.25, 2, 5, 8, 1.5, 0.75])), 'rows.scored': 6, 'rows.invalid': 2}, 'gaps on either side of a regression')
k.table('d.csv', ['y_true', 'y_pred'], [*zip(map(g, t_), map(g, v_)), ['', '3.5'], ['2.5', 'NA']])

# ================================================================ npz
r, y, z = data(180)
EZ, KZ = of_classes(z, y, 'logits'), kinds(z, y)
k = Case('npz-trainer-extra', 'score d.npz', EZ, 'predictions and label_ids beside inputs, a number and a text', plain=KZ)
k.npz('d.npz', predictions=z, label_ids=y, input_ids=r.integers(0, 30000, (n, 16)), test_loss=0.71, name='run 7')
k = Case('npz-unnamed-labels-first', 'score d.npz', EZ, 'np.savez(file, labels, logits)', plain=KZ)
k.npz('d.npz', y.astype('i4'), z.astype('f8'))
k = Case('npz-unnamed-text', 'score d.npz', EZ, 'np.savez(file, names, probabilities)', plain=KZ)
k.npz('d.npz', NAMES[y], softmax(z.astype(float), axis=1))
k = Case('npz-unrelated', 'score d.npz', EZ, 'logits and labels beside embeddings of as many rows, an epoch and names of classes', plain=KZ)
np.savez_compressed(k.path('d.npz'), embeddings=r.normal(size=(n, 64)).astype('f4'), epoch=np.int64(12), classes=NAMES, logits=z, labels=y.astype('u1'))
k = Case('npz-predicted-beside', 'score d.npz', EZ, 'predictions are whole numbers here: predicted labels beside the scores', plain=KZ)
k.npz('d.npz', predictions=z.argmax(1), probs=softmax(z.astype(float), axis=1), labels=y)
k = Case('npz-column-labels', 'score d.npz', EZ, 'labels of shape (N, 1)', plain=KZ)
k.npz('d.npz', logits=z, y=y[:, None])
k = Case('npz-two-candidates', 'score d.npz', ('logits', 'probs'), 'logits and probs in one npz: two candidates, listed')
k.npz('d.npz', logits=z, probs=softmax(z.astype(float), axis=1), labels=y)

# ================================================================ JSON
zl = [q.astype(float).tolist() for q in z]
k = Case('json-pretty', 'score d.json', EZ, 'an array over many lines, every number on a line of its own', plain=KZ)
k.text('d.json', json.dumps([{'id': i, 'logits': q, 'label': int(t)} for i, (q, t) in enumerate(zip(zl, y))], indent=2) + '\n')
k = Case('json-one-line-texts', 'score d.json', EZ, 'an array in one line; texts with quotes, braces and brackets, other objects', plain=KZ)
k.text('d.json', json.dumps([{'text': f'a "{{[{i}\\', 'meta': {'logits': [1, 2], 'label': 9}, 'label': str(NAMES[t]), 'probs': softmax(np.array(q)).tolist(), 'tags': []} for i, (q, t) in enumerate(zip(zl, y))]))
k = Case('json-nested-deep', 'score d.jsonl', EZ, 'singletons within singletons, CRLF, a line left empty at the end', plain=KZ)
k.text('d.jsonl', ''.join(json.dumps({'label': [[int(t)]], 'logits': [[q]]}) + '\r\n' for q, t in zip(zl, y)) + '\r\n')
k = Case('json-text-numbers-single', 'score d.jsonl', of_single(pb, yb, 'probs'), 'one score per row, numbers as text')
k.lines('d.jsonl', [{'score': repr(float(v)), 'gold': str(t)} for v, t in zip(pb, yb)])
k = Case('json-by-class-array', 'score d.json', of_classes(p, y2 := NAMES.searchsorted(NAMES[y_ := data(170)[1]]), 'probs'), 'objects by class whose keys stand in another order in every row, in one array', plain=kinds(p, y_))
k.text('d.json', json.dumps([{'scores': {str(NAMES[c]): float(q[c]) for c in r.permutation(4)}, 'truth': str(NAMES[t])} for q, t in zip(p, y_)], indent=1))
k = Case('json-by-class-missing', 'score d.jsonl', ('d.jsonl', 'eel'), 'one row has no score for eel: refused, never taken for 0')
k.lines('d.jsonl', [{'probs': {str(NAMES[c]): float(q[c]) for c in range(4) if i != 50 or c != 2}, 'label': str(NAMES[t])} for i, (q, t) in enumerate(zip(p, y_))])
k = Case('json-by-class-digits', 'score d.jsonl', of_classes(p11, y11, 'probs'), 'objects by class "0" … "10", labels as numbers', plain=kinds(p11, y11))
k.lines('d.jsonl', [{'probs': {str(c): float(q[c]) for c in cols}, 'label': int(t)} for q, t in zip(p11, y11)])
k = Case('json-booleans', 'score d.jsonl', of_single(pb, yb, 'probs'), 'true and false as targets')
k.lines('d.jsonl', [{'label': bool(t), 'probability': float(v)} for v, t in zip(pb, yb)])
k = Case('json-text-labels', 'score d.jsonl', EZ, 'lists of scores, labels as text: the sorted order', plain=KZ)
k.lines('d.jsonl', [{'logits': q, 'label': str(NAMES[t])} for q, t in zip(zl, y)])
f = pd.DataFrame(p, columns=P)
f['label'] = NAMES[y_]
for lines in (True, False):
    k = Case(f'json-records-{"lines" if lines else "array"}', f'score d.json{"l" if lines else ""}', of_classes(p, y_, 'probs'), f"DataFrame.to_json(orient='records', lines={lines}): one field per class", plain=kinds(p, y_))
    f.to_json(k.path('d.jsonl' if lines else 'd.json'), orient='records', lines=lines, double_precision=15)

# ================================================================ one score of two classes
def binary(name, header, rows, expect, why, **k):
    c = Case(name, 'score d.csv', expect, why)
    c.table('d.csv', header, rows, **k)
EB, ES = of_single(pb, yb, 'probs'), of_single(sb, yb, 'logits')
binary('binary-y-prob', ['id', 'y_true', 'y_prob'], [[i, t, g(v)] for i, (v, t) in enumerate(zip(pb, yb))], EB, 'y_prob beside y_true and a running number')
binary('binary-true-false', ['pred_proba', 'ground_truth'], [[g(v), bool(t)] for v, t in zip(pb, yb)], EB, 'pred_proba and ground_truth, True and False')
binary('binary-lower-case', ['truth', 'probability'], [['true' if t else 'false', g(v)] for v, t in zip(pb, yb)], EB, 'true and false as JavaScript and R’s fwrite leave them')
binary('binary-upper-case', ['PROBA', 'ACTUAL'], [[g(v), 'TRUE' if t else 'FALSE'] for v, t in zip(pb, yb)], EB, 'TRUE and FALSE as R and Excel write them')
binary('binary-capitals', ['Pred Proba', 'Ground-Truth'], [[g(v), t] for v, t in zip(pb, yb)], EB, 'capitals, a blank and a hyphen in the names')
binary('binary-logits-gold', ['score', 'gold'], [[g(v), t] for v, t in zip(sb, yb)], ES, 'scores on both sides of 0: logits', quoting=csv.QUOTE_ALL)
binary('binary-float-targets', ['y', 'y_score'], [[float(t), g(v)] for v, t in zip(pb, yb)], EB, 'targets 0.0 and 1.0')
binary('binary-plus-minus-csv', ['label', 'y_score'], [[2 * t - 1, g(v)] for v, t in zip(pb, yb)], EB, 'targets −1 and 1 in CSV')
k = Case('binary-plus-minus-logits', 'score s.npy -l y.npy', ES, 'decision_function against −1 and 1 as f8')
k.npy('s.npy', sb)
k.npy('y.npy', 2.0 * yb - 1)
k = Case('binary-plus-minus-jsonl', 'score d.jsonl', ES, 'targets −1 and 1 in JSON Lines')
k.lines('d.jsonl', [{'y_score': float(v), 'target': int(2 * t - 1)} for v, t in zip(sb, yb)])
k = Case('binary-plus-minus-late', 'score s.npy -l y.npy', ('y.npy', '390'), 'targets −1 and 1, and a 0 far down: neither convention; refused')
r, yl, sl, pl = single(190, n=400)
yl = 2 * yl - 1
yl[390] = 0
k.npy('s.npy', pl)
k.npy('y.npy', yl)
two = np.stack([1 - pb, pb], 1)
k = Case('two-columns-plus-minus', 'score d.csv', of_classes(two, yb, 'probs'), 'columns −1 and 1 as clf.classes_ has them')
pd.DataFrame({-1: 1 - pb, 1: pb, 'y': 2 * yb - 1}).to_csv(k.path('d.csv'), index=False)

# ================================================================ predicted labels alone
r, y, z = data(200)
q = z.argmax(1)
EL = of_labels(y, q)
k = Case('labels-text', 'score d.csv', EL, 'text labels and predictions, capitals and blanks in the header; an index')
pd.DataFrame({'Y True': NAMES[y], 'Y Pred': NAMES[q]}).to_csv(k.path('d.csv'))
k = Case('labels-jsonl', 'score d.jsonl', EL, 'predicted labels in JSON Lines')
k.lines('d.jsonl', [{'id': f'd{i}', 'prediction': str(NAMES[b]), 'gold': str(NAMES[a])} for i, (a, b) in enumerate(zip(y, q))])
k = Case('labels-npz', 'score d.npz', EL, 'predictions of whole numbers and label_ids')
k.npz('d.npz', predictions=q, label_ids=y)
k = Case('labels-with-id', 'score d.csv', EL, 'whole-number ids, labels and predictions: the id is no label')
k.table('d.csv', ['row_id', 'label', 'prediction'], [[1000 + i, a, b] for i, (a, b) in enumerate(zip(y, q))])
k = Case('labels-or-values', 'score d.csv', {'any': [of_values(ti, vi), {'error': ['--task']}]}, 'a regression in whole numbers, every target another: values, or refused; never 110 classes')
k.table('d.csv', ['label', 'prediction'], [[a, b] for a, b in zip(ti, vi)])

# ================================================================ gzip
r, y, p = probs_case(210)
EP, KP = of_classes(p, y, 'probs'), kinds(p, y)
k = Case('gzip-tsv', 'score d.tsv.gz', EP, 'tabs, compressed', plain=KP)
k.table('d.tsv.gz', [*P, 'label'], [[*map(g, a), NAMES[t]] for a, t in zip(p, y)], delimiter='\t', pack=True)
objects = [{'probs': a.tolist(), 'label': int(t)} for a, t in zip(p, y)]
k = Case('gzip-jsonl', 'score d.jsonl.gz', EP, 'JSON Lines, compressed', plain=KP)
k.lines('d.jsonl.gz', objects, pack=True)
k = Case('gzip-json', 'score d.json.gz', EP, 'a JSON array, compressed', plain=KP)
k.text('d.json.gz', json.dumps(objects), pack=True)
k = Case('gzip-npy', 'score p.npy.gz -l y.npy.gz', EP, 'both arrays compressed', plain=KP)
k.npy('p.npy.gz', p)
k.npy('y.npy.gz', y)
k = Case('gzip-members', 'score d.csv.gz', EP, 'two gzip members one after the other, as cat and bgzip leave them', plain=KP)
out = io.StringIO()
w_ = csv.writer(out, lineterminator='\n')
w_.writerow([*P, 'label'])
w_.writerows([[*map(g, a), NAMES[t]] for a, t in zip(p, y)])
raw = out.getvalue().encode()
with open(k.path('d.csv.gz'), 'wb') as file:
    file.write(gzip.compress(raw[:2001], mtime=0) + gzip.compress(raw[2001:], mtime=0))
k = Case('gzip-cut', 'score d.csv.gz', ('d.csv.gz',), 'a compressed file that ends early (a broken download): refused')
packed = gzip.compress(raw, mtime=0)
with open(k.path('d.csv.gz'), 'wb') as file:
    file.write(packed[: len(packed) * 3 // 4])

# ================================================================ names, BOM, CRLF, quotes
k = Case('names-capitals', 'score d.jsonl', of_classes(z, data(200)[1], 'logits'), 'LOGITS and Y-True in JSON Lines', plain=kinds(z, data(200)[1]))
k.lines('d.jsonl', [{'LOGITS': a.astype(float).tolist(), 'Y-True': int(t)} for a, t in zip(z, data(200)[1])])
k = Case('names-log-probs', 'score d.npz', of_classes(z, data(200)[1], 'logits'), 'Log-Probs and Label IDs as members', tolerance=2e-6)
k.npz('d.npz', **{'Log-Probs': log_softmax(z.astype(float), axis=1), 'Label IDs': data(200)[1]})
k = Case('quotes-everywhere', 'score d.csv', EP, 'BOM, CRLF, every cell in quotes, one name with quotes and a line break in it', plain=KP)
odd = np.array(['cat', 'the "dog"', 'eel,\nelectric', 'fox'])
k.table('d.csv', [*[f'p_{x}' for x in odd], 'Label'], [[*map(g, a), odd[t]] for a, t in zip(p, y)], quoting=csv.QUOTE_ALL, end='\r\n', bom=True)
k = Case('json-bom', 'score d.jsonl', EP, 'JSON Lines with a BOM, from Windows', plain=KP)
k.text('d.jsonl', '\ufeff' + ''.join(json.dumps(o) + '\r\n' for o in objects))

json.dump(cases, open(f'{OUT}/cases.json', 'w'), indent=1, ensure_ascii=False)
print(len(cases), 'cases')
