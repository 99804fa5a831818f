/** Seeded rows with a probability per class as target: dense, sparse, one-hot, tied and missing. */

import { fillLogits, type RowFlavour, seeded, softmaxInPlace } from './rows.js';

const FLAVOURS = ['random', 'ties', 'huge', 'masked', 'nan', 'confident'] as const;

export function softRows(
  seed: number,
  rows: number,
  classes: number,
  dtype: 'f32' | 'f64',
  flavours: readonly RowFlavour[] = FLAVOURS,
) {
  const random = seeded(seed);
  const scores = new (dtype === 'f64' ? Float64Array : Float32Array)(rows * classes);
  const soft = new Float64Array(rows * classes);
  for (let r = 0; r < rows; r++) {
    const flavour = flavours[Math.floor(random() * flavours.length)]!;
    fillLogits(scores.subarray(r * classes, (r + 1) * classes), flavour, random);
    const target = soft.subarray(r * classes, (r + 1) * classes);
    const kind = Math.floor(random() * 6);
    if (kind === 0) target.fill(Number.NaN);
    else if (kind === 1) target.fill(1 / classes);
    else if (kind === 2) target[Math.floor(random() * classes)] = 1;
    else if (kind === 3) {
      // Two examples mixed.
      const share = random();
      target[Math.floor(random() * classes)]! += share;
      target[Math.floor(random() * classes)]! += 1 - share;
    } else {
      fillLogits(target, 'random', random);
      softmaxInPlace(target);
    }
  }
  const weights = Float64Array.from({ length: rows }, () => random() ** 8 * 10);
  return { scores, soft, weights };
}
