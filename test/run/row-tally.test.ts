/** Rows that are tallied next to their kernel must leave the state that the plain tally leaves, to the last digit. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RowEngine } from '../../src/engine/row-engine.js';
import { loadCore } from '../../src/node/core.js';
import { renderJson } from '../../src/render/json.js';
import { Scorer } from '../../src/run/scorer.js';
import type { ScorerOptions, SourceDetails } from '../../src/run/scorer-options.js';
import { ClassTask } from '../../src/tasks/classification.js';
import { rowOptions } from '../../src/types/row-options.js';
import { MOST_TALLIED_ROWS, type RowTally } from '../../src/types/row-tally.js';
import {
  type CoreKernel,
  type Dtype,
  MISSING_TARGET,
  type RowScorer,
  type ScoreKind,
} from '../../src/types/scores.js';
import {
  fillLogits,
  ROW_FLAVOURS,
  seeded,
  softmaxInPlace,
  toBrainBits,
  toHalfBits,
} from '../support/rows.js';

/** A function of one relaxed instruction: an engine that refuses it cannot run that build. */
const RELAXED_PROBE = Uint8Array.of(
  ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00, 0x01, 0x05, 0x01, 0x60, 0x00, 0x01, 0x7b],
  ...[0x03, 0x02, 0x01, 0x00, 0x0a, 0x13, 0x01, 0x11, 0x00, 0x41, 0x00, 0xfd, 0x11],
  ...[0x41, 0x00, 0xfd, 0x11, 0x41, 0x00, 0xfd, 0x11, 0xfd, 0x85, 0x02, 0x0b],
);
const KERNELS: readonly CoreKernel[] = WebAssembly.validate(RELAXED_PROBE)
  ? ['simd', 'relaxed']
  : ['simd'];

type ClassOptions = ScorerOptions & { readonly classes: number };

/** How often rows were added next to their kernel. */
let calls = 0;

/** A scorer that tallies rows in wasm memory, or one that cannot. */
async function scorerOf(
  options: ClassOptions,
  inPlace: boolean,
  details?: SourceDetails,
  kernel: CoreKernel = 'simd',
): Promise<Scorer> {
  const core = await loadCore(kernel);
  const engine = new RowEngine(core, rowOptions(options));
  const rows: RowScorer = {
    kernel: engine.kernel,
    options: engine.options,
    lease: (count) => engine.lease(count),
    leasePair: (count) => engine.leasePair(count),
    score: (buffers, count) => engine.score(buffers, count),
  };
  const tally = (asked: Parameters<RowEngine['tally']>[0]): RowTally => {
    const made = engine.tally(asked);
    const add = made.add.bind(made);
    made.add = (count) => {
      calls++;
      add(count);
    };
    return made;
  };
  const { source = 'predictions', classNames = null, weighted = false, invalid } = options;
  const { labels, kindFrom } = details ?? {};
  const task = new ClassTask(
    inPlace ? { ...rows, tally } : rows,
    core,
    { source, labels, kindFrom, classNames, weighted, invalid: invalid ?? 'error' },
    options,
  );
  return new Scorer(task, options, details);
}

const OWN_FLAVOURS = ['probabilities', 'log-probabilities', 'vast', 'tiny'] as const;

/** Rows of every kind, as the numbers of a dump of this kind and format. */
function fillRow(row: Float64Array, kind: ScoreKind, random: () => number): void {
  const flavours = [...ROW_FLAVOURS, ...OWN_FLAVOURS];
  const flavour = flavours[Math.floor(random() * flavours.length)]!;
  const logits = OWN_FLAVOURS.find((own) => own === flavour) === undefined;
  fillLogits(row, logits ? (flavour as (typeof ROW_FLAVOURS)[number]) : 'random', random);
  if (kind !== 'logits' || flavour === 'probabilities' || flavour === 'log-probabilities') {
    // Those that hold no distribution stay as they are, and are invalid.
    if (row.some((z) => z > Number.NEGATIVE_INFINITY) && row.every((z) => z < Infinity)) {
      softmaxInPlace(row);
    } else if (kind !== 'logits') {
      row.fill(Number.NaN);
    }
    if (random() < 0.2) for (let c = 0; c < row.length; c++) row[c]! *= 0.9999;
    const logarithms = kind === 'logits' ? flavour === 'log-probabilities' : true;
    if (kind !== 'probabilities' && logarithms) row.set(row.map(Math.log));
  }
  if (flavour === 'vast' && kind === 'logits') row[0] = 1e200;
  if (flavour === 'tiny' && kind === 'log-probabilities') {
    row.fill(-800);
    row[Math.floor(random() * row.length)] = random() < 0.5 ? -1e-310 : -1e-10;
  }
}

/** Fills the lease of both scorers with the same rows. */
function fillBoth(
  scorers: readonly Scorer[],
  rows: number,
  { classes, kind = 'logits', dtype = 'f32' }: ClassOptions,
  random: () => number,
  capacity: number,
) {
  const leases = scorers.map((scorer) => scorer.lease(capacity));
  const row = new Float64Array(classes!);
  for (let r = 0; r < rows; r++) {
    fillRow(row, kind, random);
    const bits = dtype === 'f16' ? toHalfBits : dtype === 'bf16' ? toBrainBits : (x: number) => x;
    const chance = random();
    const target =
      chance < 0.05 ? -100 : chance < 0.1 ? MISSING_TARGET : Math.floor(random() * classes!);
    for (const lease of leases) {
      lease.scores.set(row.map(bits), r * classes!);
      lease.targets[r] = target;
    }
  }
  return leases;
}

/** The report, or why there is none. */
function reportOf(scorer: Scorer): string {
  try {
    return renderJson(scorer.report());
  } catch (error) {
    return (error as Error).message;
  }
}

const FORMATS: readonly (readonly [ScoreKind, Dtype])[] = [
  ['logits', 'f32'],
  ['logits', 'f64'],
  ['logits', 'f16'],
  ['logits', 'bf16'],
  ['log-probabilities', 'f32'],
  ['log-probabilities', 'f64'],
  ['probabilities', 'f32'],
  ['probabilities', 'f64'],
];

describe('rows tallied next to their kernel', () => {
  it.each(FORMATS)('leave the same state for %s of %s', async (kind, dtype) => {
    calls = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.nat(),
        fc.oneof(
          { weight: 4, arbitrary: fc.integer({ min: 2, max: 40 }) },
          { weight: 2, arbitrary: fc.integer({ min: 41, max: 300 }) },
          { weight: 1, arbitrary: fc.constantFrom(256, 257, 1500) },
        ),
        fc.array(fc.integer({ min: 0, max: 40 }), { minLength: 1, maxLength: 6 }),
        fc.constantFrom(...KERNELS),
        fc.constantFrom('data' as const, 'option' as const),
        async (seed, classes, batches, kernel, kindFrom) => {
          const random = seeded(seed);
          const options: ClassOptions = {
            classes,
            kind,
            dtype,
            ignoreIndex: -100,
            invalid: 'skip',
            ...(kind === 'probabilities' && { eps: seed % 2 === 0 ? 1e-7 : 0 }),
          };
          const inPlace = await scorerOf(options, true, { kindFrom }, kernel);
          const plain = await scorerOf(options, false, { kindFrom }, kernel);
          for (const rows of batches) {
            // Leases of other sizes move everything but the tally.
            const capacity = Math.max(1, rows + Math.floor(random() * 50));
            const leases = fillBoth([inPlace, plain], rows, options, random, capacity);
            inPlace.update(leases[0]!, rows);
            plain.update(leases[1]!, rows);
            expect(inPlace.rowsSeen).toBe(plain.rowsSeen);
            // A state asked for in between must change nothing.
            if (random() < 0.3) inPlace.toJSON();
          }
          expect(JSON.stringify(inPlace)).toBe(JSON.stringify(plain));
          expect(reportOf(inPlace)).toBe(reportOf(plain));
        },
      ),
      { numRuns: 25 },
    );
    expect(calls).toBeGreaterThan(25);
  });

  it('are handed over before a merge, from both sides, and where the states are saved', async () => {
    const options: ClassOptions = { classes: 5, invalid: 'skip', ignoreIndex: -100 };
    const random = seeded(7);
    const [a, b, plain] = await Promise.all([
      scorerOf(options, true),
      scorerOf(options, true),
      scorerOf(options, false),
    ]);
    for (const [i, scorer] of [a, b, a, b].entries()) {
      const leases = fillBoth([scorer, plain], 100, options, random, 100);
      scorer.update(leases[0]!, 100, 100 * i);
      plain.update(leases[1]!, 100, 100 * i);
    }
    const other = await scorerOf(options, true);
    other.mergeState(JSON.parse(JSON.stringify(a)));
    a.merge(b);
    other.mergeState(JSON.parse(JSON.stringify(b)));
    const { scored } = plain.toJSON();
    expect(JSON.stringify(a.toJSON().scored)).toBe(JSON.stringify(scored));
    expect(JSON.stringify(other.toJSON().scored)).toBe(JSON.stringify(scored));
  });

  it('are handed over when there are many, in batches and in one', async () => {
    const rows = MOST_TALLIED_ROWS + 100_000;
    const random = seeded(3);
    const scores = Float32Array.from({ length: 2 * rows }, () => 8 * random() - 4);
    const targets = Int32Array.from({ length: rows }, () => Math.floor(2 * random()));
    const texts: string[] = [];
    for (const [inPlace, step] of [
      [true, rows],
      [true, 60_000],
      [false, 60_000],
    ] as const) {
      const scorer = await scorerOf({ classes: 2 }, inPlace);
      for (let from = 0; from < rows; from += step) {
        const count = Math.min(step, rows - from);
        const lease = scorer.lease(count);
        lease.scores.set(scores.subarray(2 * from, 2 * (from + count)));
        lease.targets.set(targets.subarray(from, from + count));
        scorer.update(lease, count);
      }
      expect(scorer.rowsSeen).toBe(rows);
      texts.push(JSON.stringify(scorer));
    }
    expect(texts[0]).toBe(texts[2]);
    expect(texts[1]).toBe(texts[2]);
  });

  it.each([
    ['a target out of range', { kind: 'logits' }, [1, 2, 3, 4], [0, 2]],
    ['a contradicted kind', { kind: 'probabilities' }, [0.5, 0.5, 0.7, 0.7], [0, 1]],
  ] as const)('are refused as a batch for %s', async (_, { kind }, scores, targets) => {
    const messages: string[] = [];
    for (const inPlace of [true, false]) {
      const scorer = await scorerOf({ classes: 2, kind, dtype: 'f64' }, inPlace);
      scorer.add([0.25, 0.75], [1]);
      const before = JSON.stringify(scorer);
      expect(() => scorer.add(scores, targets)).toThrow(/row 2/);
      expect(JSON.stringify(scorer)).toBe(before);
      try {
        scorer.add(scores, targets);
      } catch (error) {
        messages.push((error as Error).message);
      }
    }
    expect(messages[0]).toBe(messages[1]);
  });

  it.each([
    [{ weighted: true }, false],
    [{ labelSmoothing: 0.1 }, false],
    [{ classWeights: [1, 2] }, false],
    [{}, true],
  ])('are those without weights and smoothing: %j', async (options, tallied) => {
    calls = 0;
    const scorer = await scorerOf({ classes: 2, ...options }, true);
    scorer.add([1, 2], [1], 'weighted' in options ? [1] : undefined);
    expect(calls > 0).toBe(tallied);
    expect(scorer.report().metrics.accuracy.value).toBe(1);
  });
});
