/** Row scores by way of the public interface: a custom metric that keeps what goes by. */

export const REALS = ['nll', 'loss', 'confidence', 'targetProbability', 'sumSquares', 'normalizer'];
export const INTEGERS = ['status', 'prediction', 'rank'];

/**
 * Scores rows and keeps every quantity of every row.
 * @param library what the package exports
 * @param options of `createScorer`; invalid rows are skipped unless they say otherwise
 * @param batch rows per call; default: all that fit
 */
export async function captureRows(library, options, { scores, targets, batch = targets.length }) {
  const rows = targets.length;
  const kept = {};
  for (const name of REALS) kept[name] = new Float64Array(rows);
  for (const name of INTEGERS) kept[name] = new Uint32Array(rows);
  const metric = {
    name: 'captured',
    update({ firstRow, scores: batchScores }) {
      for (const name of [...REALS, ...INTEGERS]) kept[name].set(batchScores[name], firstRow);
    },
    merge() {},
    compute: () => 0,
  };
  const scorer = await library.createScorer({ invalid: 'skip', ...options, metrics: [metric] });
  const { classes } = options;
  for (let first = 0; first < rows; first += batch) {
    const end = Math.min(rows, first + batch);
    scorer.add(scores.subarray(first * classes, end * classes), targets.subarray(first, end));
  }
  return kept;
}

/**
 * The bits of numbers as bytes, the same on every machine: little-endian, and
 * every NaN as 0x7ff8000000000000, for the language leaves its payload open.
 */
export function bytesOf(values) {
  const bytes = new Uint8Array(values.length * 8);
  const view = new DataView(bytes.buffer);
  for (let i = 0; i < values.length; i++) {
    if (Number.isNaN(values[i])) view.setUint32(i * 8 + 4, 0x7ff80000, true);
    else view.setFloat64(i * 8, values[i], true);
  }
  return bytes;
}

/** SHA-256 of byte arrays in order, the first 128 bits of it in hexadecimal. */
export async function hash(parts) {
  const whole = await new Blob(parts).arrayBuffer();
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', whole));
  return Array.from(digest.subarray(0, 16), (byte) => byte.toString(16).padStart(2, '0')).join('');
}
