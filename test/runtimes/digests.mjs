/**
 * Digests over the bits of everything a kernel computes of seeded rows. They
 * are the same in every engine and on every machine: digests.json holds them.
 *
 * A further kernel gets a further case; then `npm run runtimes -- --write`.
 */

import { bytesOf, captureRows, hash, INTEGERS, REALS } from './capture.mjs';
import { FLAVOURS, matrix } from './rows.mjs';

/** Every remainder of every vector and unrolled loop, and block ends. */
export const CLASSES = [
  ...Array.from({ length: 39 }, (_, i) => i + 2),
  63,
  64,
  65,
  257,
  1000,
  4097,
];

const KINDS = ['logits', 'log-probabilities', 'probabilities'];

/** What each number format is tested with: 16 bits are too few for rows that sum to 1 ± 1e-3. */
export const KINDS_OF = { f32: KINDS, f64: KINDS, f16: ['logits'], bf16: ['logits'] };

/** Bits of the row scores of one matrix per number of classes. */
async function rowScoreBytes(library, { dtype, kind, shaped }) {
  const parts = [];
  for (const classes of CLASSES) {
    const rows = FLAVOURS.length * (classes > 100 ? 1 : 3);
    const dump = matrix({ seed: classes, rows, classes, dtype, kind });
    const options = { classes, dtype, kind, ignoreIndex: -100 };
    if (shaped) Object.assign(options, { labelSmoothing: 0.1, classWeights: dump.classWeights });
    const kept = await captureRows(library, options, dump);
    for (const name of [...REALS, ...INTEGERS]) parts.push(bytesOf(kept[name]));
  }
  return parts;
}

/** `key` stands in digests.json; `bytes(library)` gives the byte arrays that are digested. */
export const DIGEST_CASES = Object.entries(KINDS_OF).flatMap(([dtype, kinds]) =>
  kinds.flatMap((kind) =>
    [false, true].map((shaped) => ({
      key: `${dtype} ${kind}${shaped ? ', class weights and label smoothing' : ''}`,
      bytes: (library) => rowScoreBytes(library, { dtype, kind, shaped }),
    })),
  ),
);

/** Digest of every case by its key. */
export async function computeDigests(library) {
  const digests = {};
  for (const { key, bytes } of DIGEST_CASES) digests[key] = await hash(await bytes(library));
  return digests;
}

/**
 * Digest of whole reports (every metric, interval, bin and notice). They change
 * with each metric that is added, so no constant holds them: what counts is
 * that all engines agree.
 */
export async function reportDigest(library) {
  const texts = [];
  for (const kind of KINDS) {
    for (const [classes, weighted] of [
      [2, false],
      [7, true],
      [40, false],
    ]) {
      const dump = matrix({ seed: classes, rows: 300, classes, kind });
      const scorer = await library.createScorer({
        classes,
        kind,
        weighted,
        ignoreIndex: -100,
        invalid: 'skip',
      });
      scorer.add(dump.scores, dump.targets, weighted ? dump.weights : undefined);
      texts.push(library.renderJson(scorer.report()), JSON.stringify(scorer));
    }
  }
  return hash([new TextEncoder().encode(texts.join('\n'))]);
}
