/** What diagnoses claim of data whose truth is known, over many seeded runs. */

import { epochColumns } from '../../src/diagnosis/epoch-columns.js';
import { type Explanation, explain } from '../../src/diagnosis/explain.js';
import { findStretches } from '../../src/diagnosis/stretches.js';
import { createScorer } from '../../src/index.js';
import { classificationMetrics } from '../../src/metrics/classification-metrics.js';
import type { Change } from '../../src/types/explain.js';
import { seeded } from '../support/rows.js';
import { tallyOf } from '../tallies/scored-rows.js';
import {
  CLASSES,
  math,
  pair,
  type Reading,
  read,
  recalibration,
  sampleOf,
  score,
  see,
} from './readings.js';

/** A model right about three times out of four. */
const STRENGTH = 2.5;
const ROWS = 2000;

function explained(before: Reading, after: Reading): Explanation {
  const found = explain({
    paired: pair(before, after),
    before: sampleOf(before),
    after: sampleOf(after),
    recalibration,
    math,
    level: 0.05,
  });
  return found!;
}

/** Change / standard error. */
function errorsOf(change: Change | undefined): number {
  const { delta, low, high } = change!;
  return delta / ((high - low) / (2 * 1.959963984540054));
}

/** What was done to the second reading; each is about six standard errors of its part. */
export const EFFECTS = {
  scale: { noise: 0, scale: 1.46 },
  discrimination: { noise: 0.21, scale: 1 },
  'scale+discrimination': { noise: 0.21, scale: 1.46 },
} as const;

/** How often the verdict names the cause, and the effects in standard errors. */
export function namesCause(cause: keyof typeof EFFECTS, runs: number, seed: number) {
  const { noise, scale } = EFFECTS[cause];
  const random = seeded(seed);
  const causes: Record<string, number> = {};
  let [refinement, calibration] = [0, 0];
  for (let run = 0; run < runs; run++) {
    const seen = see(ROWS, STRENGTH, random);
    const found = explained(read(seen, 0, 1, random), read(seen, noise, scale, random));
    const named = found.verdict.causes.join('+');
    causes[named] = (causes[named] ?? 0) + 1;
    refinement += errorsOf(found.refinement) / runs;
    calibration += errorsOf(found.calibration) / runs;
  }
  return { share: (causes[cause] ?? 0) / runs, causes, refinement, calibration };
}

/** How often `explain` claims a change between two readings that are alike. */
export function claimsChange(runs: number, seed: number): number {
  const random = seeded(seed);
  let claims = 0;
  for (let run = 0; run < runs; run++) {
    const seen = see(ROWS, STRENGTH, random);
    const found = explained(read(seen, 0.3, 1, random), read(seen, 0.3, 1, random));
    if (found.verdict.changed) claims++;
  }
  return claims / runs;
}

/** How often `epochs` claims a stretch over readings that are alike. */
export function claimsStretch(runs: number, epochs: number, seed: number): number {
  const random = seeded(seed);
  const names = Array.from({ length: epochs }, (_, i) => i);
  let claims = 0;
  for (let run = 0; run < runs; run++) {
    const seen = see(ROWS, STRENGTH, random);
    const columns = names.map(() => {
      const sample = sampleOf(read(seen, 0.3, 1, random));
      return epochColumns(recalibration, sample, recalibration.fit(sample), ROWS);
    });
    if (findStretches(columns, names, 0.05, math).length > 0) claims++;
  }
  return claims / runs;
}

/** Softmax of a row. */
function probabilitiesOf(logits: Float64Array, row: number): number[] {
  const own = [...logits.subarray(row * CLASSES, (row + 1) * CLASSES)];
  const most = Math.max(...own);
  const powers = own.map((z) => Math.exp(z - most));
  const sum = powers.reduce((a, b) => a + b, 0);
  return powers.map((power) => power / sum);
}

/** How often 95 % intervals hold what they are of, over dumps drawn from a pool of readings. */
export function coverage(dumps: number, rows: number, seed: number) {
  const random = seeded(seed);
  const pool = 20_000;
  const seen = see(pool, STRENGTH, random);
  const before = read(seen, 0, 1, random);
  const after = read(seen, 0.25, 1.1, random);
  const truths = Array.from({ length: pool }, (_, r) => probabilitiesOf(before.logits, r));
  const others = Array.from({ length: pool }, (_, r) => probabilitiesOf(after.logits, r));
  // Given the features, targets are drawn from the first reading: expectations are sums over the pool.
  const expected = { log_loss: 0, accuracy: 0, deltaLoss: 0, deltaAccuracy: 0 };
  truths.forEach((p, r) => {
    const q = others[r]!;
    const loss = (of: number[]) => p.reduce((sum, pk, k) => sum - pk * Math.log(of[k]!), 0) / pool;
    const right = (of: number[]) => p[of.indexOf(Math.max(...of))]! / pool;
    expected.log_loss += loss(p);
    expected.accuracy += right(p);
    expected.deltaLoss += loss(q) - loss(p);
    expected.deltaAccuracy += right(q) - right(p);
  });
  const hits = { log_loss: 0, accuracy: 0, deltaLoss: 0, deltaAccuracy: 0 };
  const count = (name: keyof typeof hits, low: number, high: number) => {
    if (low <= expected[name] && expected[name] <= high) hits[name]++;
  };
  for (let dump = 0; dump < dumps; dump++) {
    const drawn = Array.from({ length: rows }, () => Math.floor(random() * pool));
    const targets = Int32Array.from(drawn, (r) => {
      const p = truths[r]!;
      let left = random();
      let target = 0;
      while (target < CLASSES - 1 && left > p[target]!) left -= p[target++]!;
      return target;
    });
    const pick = ({ logits }: Reading): Reading => {
      const picked = new Float64Array(rows * CLASSES);
      drawn.forEach((r, i) => {
        picked.set(logits.subarray(r * CLASSES, (r + 1) * CLASSES), i * CLASSES);
      });
      return { logits: picked, targets };
    };
    const first = pick(before);
    const { loss: losses } = score(first);
    const tally = tallyOf(
      drawn.map((r, i) => ({
        probabilities: truths[r]!,
        nll: losses[i]!,
        target: targets[i]!,
      })),
      false,
    );
    const { log_loss, accuracy } = classificationMetrics(tally);
    count('log_loss', log_loss!.low!, log_loss!.high!);
    count('accuracy', accuracy!.low!, accuracy!.high!);
    const { loss, accuracy: change } = explained(first, pick(after));
    count('deltaLoss', loss!.low, loss!.high);
    count('deltaAccuracy', change!.low, change!.high);
  }
  return {
    log_loss: hits.log_loss / dumps,
    accuracy: hits.accuracy / dumps,
    deltaLoss: hits.deltaLoss / dumps,
    deltaAccuracy: hits.deltaAccuracy / dumps,
  };
}

/** How often dumps of heavy and of light tails raise the notice of few rows that carry the loss. */
export async function flagsTails(runs: number, seed: number) {
  const random = seeded(seed);
  const flagged = { heavy: 0, light: 0 };
  for (let run = 0; run < runs; run++) {
    const plain = read(see(ROWS, STRENGTH, random), 0, 1, random);
    if (await hasTailFlag(plain)) flagged.light++;
    // One row in two hundred is wrong and very sure of it.
    const sure = read(see(ROWS, 6, random), 0, 1, random);
    for (let r = 0; r < ROWS; r += 200) {
      sure.logits[r * CLASSES + ((sure.targets[r]! + 1) % CLASSES)] += 60;
    }
    if (await hasTailFlag(sure)) flagged.heavy++;
  }
  return { heavy: flagged.heavy / runs, light: flagged.light / runs };
}

async function hasTailFlag({ logits, targets }: Reading): Promise<boolean> {
  const scorer = await createScorer({ classes: CLASSES, dtype: 'f64', diagnose: true });
  scorer.add(logits, targets);
  return scorer.report().diagnosis!.flags.some(({ code }) => code === 'few-rows-carry-loss');
}

/** Share of wrong labels that the tenth of the rows of highest loss holds, and the accuracy by true labels. */
export async function findsWrongLabels(runs: number, seed: number) {
  const random = seeded(seed);
  let [found, accuracy] = [0, 0];
  for (let run = 0; run < runs; run++) {
    const reading = read(see(ROWS, 3.6, random), 0, 1, random);
    const { prediction } = score(reading);
    accuracy += prediction.filter((p, r) => p === reading.targets[r]).length / (ROWS * runs);
    const labels = Int32Array.from(reading.targets);
    const flipped = new Set<number>();
    while (flipped.size < ROWS / 20) {
      const row = Math.floor(random() * ROWS);
      if (flipped.has(row)) continue;
      flipped.add(row);
      labels[row] = (labels[row]! + 1 + Math.floor(random() * (CLASSES - 1))) % CLASSES;
    }
    const scorer = await createScorer({
      classes: CLASSES,
      dtype: 'f64',
      diagnose: true,
      worst: ROWS / 10,
    });
    scorer.add(reading.logits, labels);
    const { worst } = scorer.report().diagnosis!;
    found += worst.filter(({ row }) => flipped.has(row)).length / (flipped.size * runs);
  }
  return { found, accuracy };
}
