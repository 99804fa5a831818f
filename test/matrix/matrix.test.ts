/**
 * Every feature for every task: run on the rows of fixtures-matrix.json and held against the numbers
 * of other libraries, or against a cell that is; or refused, with a reason.
 */

import { readFileSync } from 'node:fs';
import { Worker as NodeWorker } from 'node:worker_threads';
import fc from 'fast-check';
import { afterAll, beforeAll, expect } from 'vitest';
import { init, scoreArrays as scoreArraysThere, scoreBlob } from '../../src/browser/index.js';
import {
  type Change,
  createScorer,
  type EpochsFilesOptions,
  type EpochsReport,
  type ExplainFilesOptions,
  type ExplainReport,
  epochsFiles,
  explainFiles,
  renderCsv,
  renderEpochsCsv,
  renderEpochsText,
  renderExplainCsv,
  renderExplainText,
  renderJson,
  renderText,
  type ScoreFileOptions,
  type ScoreReport,
  scoreArrays,
  scoreFile,
} from '../../src/index.js';
import { logitscope, type Outcome } from '../support/command.js';
import { holdToSchema } from '../support/schemas.js';
import { built } from '../workers/dumps.js';
import {
  asArrays,
  FIXTURE,
  FLAGS,
  folder,
  marked,
  path,
  ROWS,
  rowsOf,
  SAID,
  SAID_OF_ARRAYS,
  shuffled,
  spoilt,
  TASKS,
  type TaskName,
  writeCsv,
  writeJsonLines,
  writeNpy,
  writeNpz,
  writeTensors,
} from './dumps.js';
import { feature, printMatrix, refusal } from './grid.js';

const wanted = (task: TaskName) => FIXTURE.tasks[task];
const hasLoss = (task: TaskName) => task !== 'alone';
const LOSS = { classes: 'log_loss', single: 'log_loss', several: 'log_loss', values: 'mse' };
const lossName = (task: TaskName) => LOSS[task as Exclude<TaskName, 'alone'>];
const SECOND = {
  classes: 'accuracy',
  single: 'accuracy',
  several: 'exact_match',
  values: 'mae',
  alone: 'accuracy',
} as const;
/** The second reading in comparisons. */
const secondOf = (task: TaskName) => (task === 'values' ? 'absoluteError' : 'accuracy');
const secondGate = (task: TaskName) => (task === 'values' ? 'absolute_error' : 'accuracy');

const COLUMNS = { weights: 'importance', by: 'place', cluster: 'user', id: 'id' } as const;

beforeAll(async () => {
  await init(readFileSync(new URL('../../build/core.wasm', import.meta.url)));
  for (const task of TASKS) {
    for (const epoch of [0, 1, 2]) writeCsv(`${task}-${epoch}.csv`, task, rowsOf(task, epoch));
  }
}, 30_000);

/** Dumps of the three epochs. */
const csv = (task: TaskName, epoch = 0) => path(`${task}-${epoch}.csv`);
/** A report, which its schema has to hold of. */
const inSchema = <Report extends Parameters<typeof renderJson>[0]>(report: Report): Report => {
  holdToSchema(renderJson(report));
  return report;
};
const score = (task: TaskName, options: ScoreFileOptions = {}, file = csv(task)) =>
  scoreFile(file, { ...SAID[task], ...options }).then(inSchema);
const explain = (task: TaskName, options: ExplainFilesOptions = {}, after = csv(task, 1)) =>
  explainFiles(csv(task), after, {
    ...(SAID[task] as ExplainFilesOptions),
    ...options,
  }).then(inSchema);
const epochs = (task: TaskName, options: EpochsFilesOptions = {}) =>
  epochsFiles(
    [0, 1, 2].map((epoch) => csv(task, epoch)),
    {
      ...(SAID[task] as EpochsFilesOptions),
      withChange: true,
      ...options,
    },
  ).then(inSchema);

const OPTIONS = FIXTURE.options;
const refusedHere = (run: Promise<unknown>, reason: string) =>
  refusal(run, 'no-such-option-here', reason);
const NO_SCORES = 'there are no scores, and so no probability and no loss';
const NO_CLASSES = 'values have no classes';
const ONE_OF_SEVERAL = 'it is for rows of one true class among several, each with a score';

function near(found: unknown, value: number, name: string, tolerance = 1e-9): void {
  expect(Number.isFinite(found), `${name}: ${found}`).toBe(true);
  expect(
    Math.abs((found as number) - value) / Math.max(Math.abs(value), 1e-6),
    `${name}: ${found} for ${value}`,
  ).toBeLessThan(tolerance);
}

/** Numbers of a report, by name. */
function expectMetrics(report: ScoreReport, numbers: Record<string, number>): void {
  expect(Object.keys(numbers).length).toBeGreaterThan(0);
  for (const [name, value] of Object.entries(numbers)) {
    near(report.metrics[name]?.value, value, name);
  }
}

interface Wanted {
  readonly delta: number;
  readonly low: number;
  readonly high: number;
  readonly pValue: number;
}

/** Share that fits of temperature and offsets without each fold, which are steps, may be off by. */
const OF_STEPS = 5e-4;

function expectChange(found: Change | undefined, test: Wanted, name: string, isExact = true): void {
  const width = test.high - test.low;
  for (const end of ['delta', 'low', 'high'] as const) {
    const off = Math.abs(found![end] - test[end]) / width;
    expect(off, `${end} of ${name}`).toBeLessThan(isExact ? 1e-7 : OF_STEPS);
  }
  const off = Math.abs(Math.log(found!.pValue / test.pValue));
  const most = isExact ? 1e-6 : 10 * OF_STEPS * Math.max(1, Math.abs(Math.log(test.pValue)));
  expect(off, `p of ${name}`).toBeLessThan(most);
}

/** Whether a quantity is told by fits without each fold that are steps. */
function isOfSteps(task: TaskName, part: string): boolean {
  return task !== 'values' && (part === 'refinement' || part === 'calibration');
}

type Changes = NonNullable<EpochsReport['change']>;

/** Changes of all quantities that a task has, and of no other. */
function expectChanges(task: TaskName, found: Changes, tests: Record<string, Wanted>): void {
  expectChange(found[secondOf(task)], tests.second!, 'the second reading');
  for (const part of ['loss', 'refinement', 'calibration'] as const) {
    if (hasLoss(task)) expectChange(found[part], tests[part]!, part, !isOfSteps(task, part));
    else expect(found).not.toHaveProperty(part);
  }
}

/** Reports but for where their rows came from, and the names that columns give to classes, which flags tell, too. */
function bare(report: ScoreReport): unknown {
  const { source, notices, classNames, ...numbers } = report;
  const plain = JSON.parse(renderJson(numbers as ScoreReport));
  for (const offset of plain.diagnosis?.offsets?.values ?? []) delete offset.name;
  for (const flag of plain.diagnosis?.flags ?? []) {
    if (flag.code === 'classes-favoured') delete flag.message;
  }
  return plain;
}

// ——— threads, browsers, states ———

/** More than two batches of one thread. */
const TIMES = 104;
const large = new Map<TaskName, ReturnType<typeof writeLarge>>();
function writeLarge(task: TaskName) {
  const parts = ['scores', 'targets'] as const;
  return {
    rows: Array.from({ length: TIMES }, () => rowsOf(task)).flat(),
    npy: writeNpy(`${task}-large`, task, rowsOf(task), TIMES),
    npz: writeNpz(`${task}-large-0.npz`, task, rowsOf(task), parts, TIMES),
    after: writeNpz(`${task}-large-1.npz`, task, rowsOf(task, 1), parts, TIMES),
  };
}
function largeOf(task: TaskName) {
  if (!large.has(task)) large.set(task, writeLarge(task));
  return large.get(task)!;
}

let started = 0;
const countWorker = () => started++;
process.on('worker', countWorker);
afterAll(() => {
  process.off('worker', countWorker);
});
const STRIPES = { stripeBytes: 1 };

feature('threads, npy', async (task) => {
  const library = await built();
  const { file, labels, weights } = largeOf(task).npy;
  const options = { ...SAID[task], labels, weights, ...STRIPES };
  const alone = await library.scoreFile(file, { ...options, threads: 1 });
  started = 0;
  const spread = await library.scoreFile(file, { ...options, threads: 2 });
  expect(started).toBe(1);
  expect(library.renderJson(spread)).toBe(library.renderJson(alone));
  expect(spread.rows.scored).toBe(ROWS * TIMES);
  expectMetrics(spread, wanted(task).weighted);
  return undefined;
});

feature('threads, npz', async (task) => {
  const library = await built();
  const { npz } = largeOf(task);
  const options = { ...SAID[task], ...STRIPES };
  const alone = await library.scoreFile(npz, { ...options, threads: 1 });
  started = 0;
  const spread = await library.scoreFile(npz, { ...options, threads: 2 });
  expect(started).toBe(1);
  expect(library.renderJson(spread)).toBe(library.renderJson(alone));
  expectMetrics(spread, wanted(task).metrics);
  return undefined;
});

feature('threads, arrays', async (task) => {
  const library = await built();
  const { rows } = largeOf(task);
  const { scores, targets, weights } = asArrays(task, rows);
  const options = { ...SAID_OF_ARRAYS[task], weights, ...STRIPES };
  const alone = await library.scoreArrays(scores, targets, { ...options, threads: 1 });
  started = 0;
  const spread = await library.scoreArrays(scores, targets, { ...options, threads: 2 });
  expect(started).toBe(1);
  expect(library.renderJson(spread)).toBe(library.renderJson(alone));
  expectMetrics(spread, wanted(task).weighted);
  return undefined;
});

feature('threads, explain', async (task) => {
  const library = await built();
  const { npz, after } = largeOf(task);
  const options = { ...(SAID[task] as ExplainFilesOptions), ...STRIPES };
  const alone = await library.explainFiles(npz, after, { ...options, threads: 1 });
  started = 0;
  const spread = await library.explainFiles(npz, after, { ...options, threads: 2 });
  expect(started).toBe(1);
  expect(library.renderJson(spread)).toBe(library.renderJson(alone));
  const { second } = wanted(task).change.plain;
  near(spread[secondOf(task)]!.delta, second.delta, 'the second reading');
  return undefined;
});

feature('threads, epochs', async (task) => {
  const library = await built();
  const { npz, after } = largeOf(task);
  const options = { ...(SAID[task] as EpochsFilesOptions), ...STRIPES };
  const alone = await library.epochsFiles([npz, after], { ...options, threads: 1 });
  started = 0;
  const spread = await library.epochsFiles([npz, after], { ...options, threads: 2 });
  expect(started).toBe(2);
  expect(library.renderJson(spread)).toBe(library.renderJson(alone));
  spread.epochs.forEach((reading, i) => {
    near(reading[secondOf(task)], wanted(task).epochs[i].second, 'the second reading');
  });
  return undefined;
});

feature('browser, scoreArrays', async (task) => {
  const rows = rowsOf(task);
  const { scores, targets, weights } = asArrays(task, rows);
  const options = {
    ...SAID_OF_ARRAYS[task],
    weights,
    by: rows.map(({ place }) => place),
    clusters: rows.map(({ user }) => user),
    ids: rows.map(({ id }) => id),
  };
  const there = await scoreArraysThere(scores, targets, options);
  expect(renderJson(there)).toBe(renderJson(await scoreArrays(scores, targets, options)));
  expectMetrics(there, wanted(task).weighted);
  return undefined;
});

feature('browser, scoreBlob', async (task) => {
  const rows = rowsOf(task);
  const files = [
    csv(task),
    writeNpz(`${task}.npz`, task, rows),
    writeJsonLines(`${task}.jsonl`, task, rows),
  ];
  for (const file of files) {
    const blob = new File([readFileSync(file)], file);
    const there = await scoreBlob(blob, { ...(SAID[task] as object), ...COLUMNS });
    expect(renderJson(there)).toBe(renderJson(await score(task, COLUMNS, file)));
    expectMetrics(there, wanted(task).weighted);
  }
  return undefined;
});

/** What browsers have and Node has not. */
class WebWorker {
  readonly #worker: NodeWorker;
  onmessage: ((event: { data: unknown }) => void) | null = null;
  onerror: ((event: { message: string; preventDefault(): void }) => void) | null = null;

  constructor(script: URL) {
    const text = `
      const { parentPort, workerData } = require('node:worker_threads');
      globalThis.postMessage = (message, { transfer = [] } = {}) => parentPort.postMessage(message, transfer);
      globalThis.addEventListener = (_, take) => parentPort.on('message', (data) => take({ data }));
      import(workerData);`;
    this.#worker = new NodeWorker(text, { eval: true, workerData: script.href });
    this.#worker.on('message', (data) => this.onmessage?.({ data }));
    this.#worker.on('error', ({ message }) =>
      this.onerror?.({ message, preventDefault: () => undefined }),
    );
  }

  postMessage(message: unknown, transfer: ArrayBuffer[] = []): void {
    this.#worker.postMessage(message, transfer);
  }

  terminate(): void {
    this.#worker.terminate();
  }
}

feature('browser, workers', async (task) => {
  const library: typeof import('../../src/browser/index.js') = await import(
    new URL('../../dist/browser/index.js', import.meta.url).href
  );
  await library.init(readFileSync(new URL('../../build/core.wasm', import.meta.url)));
  const { npy, rows } = largeOf(task);
  const [predictions, labels] = [npy.file, npy.labels].map(
    (file) => new Blob([readFileSync(file)]),
  );
  const { scores, targets } = asArrays(task, rows);
  const said = SAID[task] as object;
  const runs = [
    (threads: number) => library.scoreBlob(predictions!, { ...said, labels, threads, ...STRIPES }),
    (threads: number) =>
      library.scoreArrays(scores, targets, { ...SAID_OF_ARRAYS[task], threads, ...STRIPES }),
  ];
  Object.assign(globalThis, { Worker: WebWorker });
  try {
    for (const run of runs) {
      const alone = await run(1);
      started = 0;
      const spread = await run(2);
      expect(started).toBe(2);
      expect(library.renderJson(spread)).toBe(library.renderJson(alone));
      expectMetrics(spread, wanted(task).metrics);
    }
  } finally {
    Reflect.deleteProperty(globalThis, 'Worker');
  }
  return undefined;
});

feature('states', async (task) => {
  const rows = rowsOf(task);
  const { dtype, ...names } = { dtype: 'f64', by: 'slice', cluster: 'cluster' } as const;
  const options = {
    ...(SAID_OF_ARRAYS[task] as object),
    ...names,
    dtype,
    classes: { classes: 4, several: 3 }[task as string],
    weighted: true,
    diagnose: true,
    ranking: true,
  };
  const part = async (from: number, to: number) => {
    const scorer = await createScorer(options);
    const some = rows.slice(from, to);
    const { scores, targets, weights } = asArrays(task, some);
    const texts = {
      by: some.map(({ place }) => String(place)),
      cluster: some.map(({ user }) => String(user)),
      id: some.map(({ id }) => String(id)),
    };
    scorer.add(scores, targets, weights, from, texts);
    return scorer;
  };
  const whole = await part(0, ROWS);
  const [state, report] = [JSON.stringify(whole), renderJson(whole.report())];
  await fc.assert(
    fc.asyncProperty(
      fc.uniqueArray(fc.integer({ min: 1, max: ROWS - 1 }), { maxLength: 5 }),
      fc.infiniteStream(fc.nat()),
      fc.boolean(),
      async (cuts, random, isSaved) => {
        const ends = [0, ...cuts.sort((a, b) => a - b), ROWS];
        const parts = ends.slice(1).map((end, i) => [ends[i]!, end] as const);
        const order = parts
          .map((of) => [random.next().value as number, of] as const)
          .sort(([a], [b]) => a - b);
        const merged = await createScorer(options);
        for (const [, [from, to]] of order) {
          const scorer = await part(from, to);
          if (isSaved) merged.mergeState(JSON.parse(JSON.stringify(scorer)));
          else merged.merge(scorer);
        }
        expect(JSON.stringify(merged)).toBe(state);
        expect(renderJson(merged.report())).toBe(report);
      },
    ),
    { numRuns: 12 },
  );
  expectMetrics(whole.report(), wanted(task).weighted);
  return undefined;
});

// ——— which rows count ———

feature('weights', async (task) => {
  const report = await score(task, { weights: 'importance' });
  expect(report.options.weighted).toBe(true);
  expectMetrics(report, wanted(task).weighted);
  return undefined;
});

feature('--invalid skip', async (task) => {
  const file = writeCsv(`${task}-spoilt.csv`, task, spoilt(task));
  await expect(score(task, {}, file)).rejects.toMatchObject({
    name: 'InputError',
    place: { row: FIXTURE.bad[0] },
  });
  const report = await score(task, { invalid: 'skip' }, file);
  expect(report.rows).toEqual({ total: ROWS, scored: ROWS - 3, ignored: 0, invalid: 3 });
  expectMetrics(report, wanted(task).skipped);
  return undefined;
});

feature('--ignore-index', async (task) => {
  const { file, labels } = writeNpy(`${task}-marked`, task, marked(task));
  const ignored = FIXTURE.ignored.length;
  for (const [dump, more] of [
    [file, { labels }],
    [writeCsv(`${task}-marked.csv`, task, marked(task)), {}],
  ] as const) {
    const report = await score(task, { ...more, ignoreIndex: -100 }, dump);
    expect(report.rows).toEqual({ total: ROWS, scored: ROWS - ignored, ignored, invalid: 0 });
    expect(report.options.ignoreIndex).toBe(-100);
    expectMetrics(report, wanted(task).counted);
  }
  return undefined;
});

// ——— names, slices and clusters ———

feature('--by', async (task) => {
  for (const kind of ['plain', 'weighted']) {
    const weights = kind === 'weighted' ? 'importance' : undefined;
    const { slices } = await score(task, { by: 'place', weights });
    expect(slices!.by).toBe('place');
    expect(slices!.of).toHaveLength(4);
    for (const slice of slices!.of) {
      const of = wanted(task).slices[kind][slice.value];
      expect(slice.rows).toBe(of.rows);
      near(slice.weight ?? slice.rows, of.weight, 'weight');
      near(slice[secondOf(task)]!.value, of.second, 'the second reading');
      if (!hasLoss(task)) {
        expect(slice).not.toHaveProperty('loss');
        continue;
      }
      const { value, low, high } = slice.loss!;
      [value, low, high].forEach((number, i) => {
        near(number, of.loss[i], `loss, ${i}`);
      });
      near(slice.lossShare, of.share, 'share of the loss');
    }
  }
  return undefined;
});

feature('--cluster', async (task) => {
  for (const kind of ['plain', 'weighted']) {
    const weights = kind === 'weighted' ? 'importance' : undefined;
    const report = await score(task, { cluster: 'user', weights });
    const { clusters, metrics } = report;
    expect(clusters!.count).toBe(new Set(FIXTURE.cluster).size);
    for (const [part, errors] of Object.entries<Record<string, number>>(
      wanted(task).clusters[kind],
    )) {
      const name = part === 'loss' ? lossName(task) : SECOND[task];
      const found = clusters![name as 'accuracy']!;
      near(found.standardError, errors.standardError!, `error of ${name}`);
      near(found.ratio, errors.ratio!, `ratio of ${name}`);
      const { low, high } = metrics[name]!;
      near((high! - low!) / 2, 1.959963984540054 * errors.standardError!, `interval of ${name}`);
    }
  }
  return undefined;
});

feature('--id', async (task) => {
  if (!hasLoss(task)) {
    // Names of rows are of use there, too: rows are matched by them.
    const named = await score(task, { id: 'id' });
    expect(named).not.toHaveProperty('diagnosis');
    expectMetrics(named, wanted(task).metrics);
    return refusal(
      score(task, { id: 'id', worst: 7 }),
      'no-such-option-here',
      'there are no scores, and so no probability and no loss to list rows by',
    );
  }
  const { diagnosis } = await score(task, { id: 'id' });
  expect(diagnosis!.worst).toHaveLength(10);
  for (const { row, id } of diagnosis!.worst) expect(id).toBe(String(1000 + 7 * row));
  expect(diagnosis!.worst[0]!.row).toBe(wanted(task).worst[0][0]);
  return undefined;
});

feature('--worst', async (task) => {
  const run = score(task, { worst: 7 });
  if (!hasLoss(task)) {
    return refusal(run, 'no-such-option-here', 'no loss to list rows by');
  }
  const { worst } = (await run).diagnosis!;
  expect(worst.map(({ row }) => row)).toEqual(wanted(task).worst.map(([row]: number[]) => row));
  worst.forEach(({ loss }, i) => {
    near(loss, wanted(task).worst[i][1], 'loss');
  });
  return undefined;
});

// ——— why ———

type Fit = Pick<
  NonNullable<ScoreReport['diagnosis']>,
  'temperature' | 'temperatures' | 'line' | 'refinement' | 'calibration'
>;

/** What recalibration finds, against that of SciPy. */
function expectFit(found: Partial<Fit>, fit: Record<string, never>, isWhole = true): void {
  const { temperature, temperatures, slope, intercept, refinement, calibration } = fit as Record<
    string,
    unknown
  >;
  const parts = { refinement, calibration } as Record<string, Record<string, number>>;
  if (temperature) near(found.temperature!.value, temperature as number, 'temperature', 1e-6);
  if (temperatures) {
    found.temperatures!.forEach(({ value }, k) => {
      near(value, (temperatures as number[])[k]!, `temperature of label ${k}`, 1e-6);
    });
    expect(found.temperatures).toHaveLength((temperatures as number[]).length);
  }
  if (slope) {
    near(found.line!.slope.value, slope as number, 'slope');
    near(found.line!.intercept.value, intercept as number, 'intercept');
  }
  expect([temperature, temperatures, slope].filter(Boolean)).toHaveLength(1);
  for (const name of ['refinement', 'calibration'] as const) {
    for (const part of isWhole ? (['inSample', 'crossFitted'] as const) : ['inSample' as const]) {
      // Calibration is a small difference: its digits are those of the loss.
      const isExact = part === 'inSample' || slope !== undefined;
      const share = isExact ? 1e-8 : OF_STEPS;
      const digits = (share * parts.refinement!.inSample!) / Math.abs(parts[name]![part]!);
      near(found[name]![part], parts[name]![part]!, `${name}, ${part}`, digits);
    }
  }
}

feature('diagnosis', async (task) => {
  if (!hasLoss(task)) {
    const report = await score(task, { diagnose: true });
    expect(report).not.toHaveProperty('diagnosis');
    expect(report.metrics).not.toHaveProperty('log_loss');
    return 'labels alone have no scores to fit';
  }
  for (const kind of ['plain', 'weighted']) {
    const weights = kind === 'weighted' ? 'importance' : undefined;
    const { diagnosis } = await score(task, { weights });
    expectFit(diagnosis!, wanted(task).diagnosis[kind]);
    near(diagnosis!.loss, wanted(task).diagnosis[kind].loss, 'loss');
  }
  return undefined;
});

/** More than the sample holds where nobody says how many. */
const MANY = 220;

feature('--fit-rows all', async (task) => {
  const npz = writeNpz(`${task}-many.npz`, task, rowsOf(task), ['scores', 'targets'], MANY);
  const fast = { ranking: false };
  if (!hasLoss(task)) return refusedHere(score(task, { fitRows: 'all' }, npz), NO_SCORES);
  const all = await score(task, { ...fast, fitRows: 'all' }, npz);
  const sampled = await score(task, fast, npz);
  expect(sampled.diagnosis!.fit.rows).toBeLessThan(ROWS * MANY);
  const held = await score(task, { ...fast, fitRows: ROWS * MANY }, npz);
  expect(all.diagnosis!.fit.rows).toBe(ROWS * MANY);
  // What is of the rows that are kept is of fewer where the others are read again.
  const fitted = ({ coverage: _, metrics, ...report }: ScoreReport) => {
    const { aurc: __, e_aurc: ___, ...others } = metrics;
    return renderJson({ ...report, metrics: others });
  };
  expect(fitted(all)).toBe(fitted(held));
  // Rows that come over and over are fitted as they are once, but for their folds.
  expectFit(all.diagnosis!, wanted(task).diagnosis.plain, false);
  return undefined;
});

// ——— two dumps, and more ———

feature('explain', async (task) => {
  for (const kind of ['plain', 'weighted']) {
    const weights = kind === 'weighted' ? 'importance' : undefined;
    const report = await explain(task, { weights });
    expectChanges(task, report, wanted(task).change[kind]);
    for (const { residual } of report.identities) expect(Math.abs(residual)).toBeLessThan(1e-9);
    if (kind === 'weighted') continue;
    [report.before, report.after].forEach((reading, i) => {
      const of = wanted(task).epochs[i];
      near(reading[secondOf(task)], of.second, 'the second reading');
      if (!hasLoss(task)) return;
      near(reading.loss, of.loss, 'loss');
      expectFit(reading, of);
    });
  }
  return undefined;
});

feature('explain --by', async (task) => {
  const { slices } = await explain(task, { by: 'place' });
  expect(slices!.of).toHaveLength(4);
  for (const slice of slices!.of) {
    const of = wanted(task).change.slices[slice.value];
    expect(slice.rows).toBe(of.rows);
    expectChange(slice[secondOf(task)], of.second, `the second reading of ${slice.value}`);
    if (!hasLoss(task)) {
      expect(slice).not.toHaveProperty('loss');
      continue;
    }
    expectChange(slice.loss, of.loss, `loss of ${slice.value}`);
    near(slice.lossContribution, of.lossContribution, 'part of the change');
  }
  return undefined;
});

feature('explain --cluster', async (task) => {
  const report = await explain(task, { cluster: 'user' });
  expect(report.clusters!.count).toBe(new Set(FIXTURE.cluster).size);
  expectChanges(task, report, wanted(task).change.clusters);
  return undefined;
});

feature('explain --id, --worst', async (task) => {
  const { rose, fell } = await explain(task, { id: 'id', ...(hasLoss(task) && { worst: 3 }) });
  if (!hasLoss(task)) {
    expect([rose, fell]).toEqual([[], []]);
    return refusal(explain(task, { worst: 3 }), 'no-such-option-here', 'no loss to list rows by');
  }
  expect([rose.length, fell.length]).toEqual([3, 3]);
  for (const { row, id } of [...rose, ...fell]) expect(id).toBe(String(1000 + 7 * row));
  const [before, after] = [0, 1].map((epoch) => lossesOf(task, epoch));
  const changes = before!.map((loss, row) => after![row]! - loss);
  const order = [...changes.keys()].sort((a, b) => changes[b]! - changes[a]!);
  expect(rose.map(({ row }) => row)).toEqual(order.slice(0, 3));
  expect(fell.map(({ row }) => row)).toEqual(order.slice(-3).reverse());
  return undefined;
});

/** Losses of rows by their formulas. */
function lossesOf(task: TaskName, epoch: number): number[] {
  const logistic = (z: number, y: number) => Math.log1p(Math.exp(y === 1 ? -z : z));
  return rowsOf(task, epoch).map(({ scores, targets }) => {
    if (task === 'values') return (targets[0]! - scores[0]!) ** 2;
    if (task === 'classes') {
      return Math.log(scores.reduce((sum, z) => sum + Math.exp(z - scores[targets[0]!]!), 0));
    }
    return scores.reduce((sum, z, k) => sum + logistic(z, targets[k]!), 0) / scores.length;
  });
}

feature('epochs', async (task) => {
  const report = await epochs(task, { by: 'place' });
  expect(report.epochs.map(({ epoch }) => epoch)).toEqual([0, 1, 2]);
  const of = wanted(task).epochs;
  report.epochs.forEach((reading, i) => {
    near(reading[secondOf(task)], of[i].second, 'the second reading');
    expect(reading.slices!.of).toHaveLength(4);
    if (hasLoss(task)) {
      near(reading.loss, of[i].loss, 'loss');
      expectFit(reading, of[i]);
    } else expect(reading).not.toHaveProperty('loss');
  });
  expectChanges(task, report.change!, wanted(task).change.last);
  const least = (key: (one: Record<string, never>) => number) => {
    const values = of.map(key);
    return values.indexOf(Math.min(...values));
  };
  const best = report.best.map(({ by, epoch }) => [by, epoch]);
  const sign = task === 'values' ? 1 : -1;
  const second = [secondOf(task), least((one) => sign * one.second!)];
  expect(best).toEqual(
    hasLoss(task)
      ? [
          ['loss', least((one) => one.loss!)],
          second,
          ['refinement', least((one) => (one.refinement as { crossFitted: number }).crossFitted)],
        ]
      : [second],
  );
  return undefined;
});

feature('epochs --cluster, --train', async (task) => {
  const report = await epochs(task, {
    cluster: 'user',
    train: [0, 1, 2].map((epoch) => csv(task, epoch)),
  });
  const { delta } = wanted(task).change.last.second;
  near(report.change![secondOf(task)]!.delta, delta, 'the second reading');
  // Of clusters the interval is another.
  const plain = await epochs(task);
  const { low } = report.change![secondOf(task)]!;
  expect(low).not.toBe(plain.change![secondOf(task)]!.low);
  expect(report.train).toEqual(report.epochs);
  return undefined;
});

// ——— gates and outputs, of the command line ———

interface Run extends Outcome {
  readonly csv: string;
  readonly json: string;
}
const runs = new Map<string, Promise<Run>>();

/** Runs a command once for all the cells that look at it. */
function run(command: 'score' | 'explain' | 'epochs', task: TaskName): Promise<Run> {
  const name = `${command}-${task}`;
  if (!runs.has(name)) runs.set(name, runOnce(command, task, name));
  return runs.get(name)!;
}

const SLACK = 1e-6;
const FIT_SLACK = 1e-5;

/** Conditions, and whether each holds, by the numbers of the fixture. */
function gatesOf(command: string, task: TaskName): [condition: string, holds: boolean][] {
  const { metrics, diagnosis, change } = wanted(task);
  const second = SECOND[task];
  if (command === 'score') {
    return [
      [`${second} > ${metrics[second] - SLACK}`, true],
      [`${second} > ${metrics[second] + SLACK}`, false],
      ...(hasLoss(task)
        ? ([
            [`${lossName(task)} >= ${metrics[lossName(task)] - SLACK}`, true],
            [`refinement < ${diagnosis.plain.refinement.crossFitted - FIT_SLACK}`, false],
            [`calibration < ${diagnosis.plain.calibration.crossFitted + FIT_SLACK}`, true],
          ] as [string, boolean][])
        : []),
    ];
  }
  const tests: Record<string, Wanted> = command === 'explain' ? change.plain : change.last;
  const verbs = {
    rises: (delta: number) => delta > 0,
    drops: (delta: number) => delta < 0,
    changes: () => true,
  };
  return Object.entries(tests).flatMap(([part, { delta, pValue }]) =>
    Object.entries(verbs).map(
      ([verb, isSo]) =>
        [
          `${part === 'second' ? secondGate(task) : part} ${verb}`,
          pValue <= 0.05 && isSo(delta),
        ] as [string, boolean],
    ),
  );
}

const filesOf = (command: string, task: TaskName) =>
  ({
    score: [csv(task)],
    explain: [csv(task), csv(task, 1)],
    epochs: [0, 1, 2].map((epoch) => csv(task, epoch)),
  })[command]!;

async function runOnce(command: string, task: TaskName, name: string): Promise<Run> {
  const [out, other] = [path(`${name}-report.csv`), path(`${name}-report.json`)];
  const outcome = await logitscope(
    [
      command,
      ...filesOf(command, task),
      ...FLAGS[task],
      '--json',
      ...['--out', out, '--out', other],
      ...gatesOf(command, task).flatMap(([condition]) => ['--fail-if', condition]),
    ],
    { cwd: folder },
  );
  expect(outcome.stderr).not.toContain('Error');
  return { ...outcome, csv: readFileSync(out, 'utf8'), json: readFileSync(other, 'utf8') };
}

for (const command of ['score', 'explain', 'epochs'] as const) {
  feature(`gates, ${command}`, async (task) => {
    const gates = gatesOf(command, task);
    const { status, stdout } = await run(command, task);
    expect(status).toBe(gates.some(([, holds]) => holds) ? 1 : 0);
    expect(gates.length).toBeGreaterThan(1);
    expect(JSON.parse(stdout).gates.map((gate: { failed: boolean }) => gate.failed)).toEqual(
      gates.map(([, holds]) => holds),
    );
    if (hasLoss(task)) return undefined;
    // Of a loss there is nothing to fail for.
    const condition = command === 'score' ? 'log_loss > 1' : 'loss rises';
    const refused = await logitscope([
      ...[command, ...filesOf(command, task), ...FLAGS[task]],
      ...['--fail-if', condition],
    ]);
    expect(refused.status).toBe(2);
    expect(refused.stderr).toContain(
      command === 'score' ? 'this report has no metric "log_loss"' : 'and so no loss; use accuracy',
    );
    return undefined;
  });
}

const cells = (text: string) =>
  text
    .trim()
    .split('\n')
    .map((line) => line.split(','));

feature('text', async (task) => {
  const { metrics, epochs: of } = wanted(task);
  const digits = (value: number) => value.toFixed(4);
  const [one, two, all] = [await score(task), await explain(task), await epochs(task)];
  const seconds = of.map(({ second }: { second: number }) => digits(second));
  expect(renderText(one)).toContain(digits(metrics[SECOND[task]]));
  const compared = renderExplainText(two);
  for (const number of seconds.slice(0, 2)) expect(compared).toContain(number);
  const series = renderEpochsText(all);
  for (const number of seconds) expect(series).toContain(number);
  for (const text of [renderText(one), compared, series]) {
    expect(text).not.toMatch(/undefined|\[object|NaN/);
    expect(text).toMatch(/\n$/);
  }
  if (!hasLoss(task)) {
    expect(compared).not.toMatch(/refinement|temperature/i);
    return undefined;
  }
  const shows = (text: string, value: number) =>
    expect(
      text.match(/\d+\.\d+/g)!.some((shown) => Math.abs(Number(shown) - value) < OF_STEPS * value),
      `${value}`,
    ).toBe(true);
  shows(renderText(one), of[0].refinement.crossFitted);
  for (const i of [0, 1]) {
    const { inSample, crossFitted } = of[i].refinement;
    shows(compared, (5 * inSample + 4 * crossFitted) / 9);
  }
  for (const { loss, refinement } of of) {
    expect(series).toContain(digits(loss));
    shows(series, refinement.crossFitted);
  }
  return undefined;
});

feature('JSON', async (task) => {
  const reports = {
    score: await score(task),
    explain: await explain(task),
    epochs: await epochs(task),
  };
  for (const [command, report] of Object.entries(reports)) {
    const { stdout, json } = await run(command as 'score', task);
    const { gates, ...printed } = JSON.parse(stdout);
    expect(gates).toBeDefined();
    expect(printed).toEqual(JSON.parse(renderJson(report)));
    expect(json).toBe(stdout);
    expect(printed.schema).toBe(`logitscope.${command}/1`);
  }
  for (const [name, value] of Object.entries<number>(wanted(task).metrics)) {
    if (name in reports.score.metrics) near(reports.score.metrics[name]!.value, value, name);
  }
  return undefined;
});

feature('CSV', async (task) => {
  const { metrics, change, epochs: of } = wanted(task);
  const one = await run('score', task);
  expect(one.csv).toBe(renderCsv(await score(task)));
  const byName = new Map(cells(one.csv).map(([name, , value]) => [name, Number(value)]));
  near(byName.get(SECOND[task]), metrics[SECOND[task]], SECOND[task]);
  const two = await run('explain', task);
  expect(two.csv).toBe(renderExplainCsv(await explain(task)));
  const lines = new Map(cells(two.csv).map(([name, ...numbers]) => [name, numbers.map(Number)]));
  for (const [part, { delta, low, high, pValue }] of Object.entries<Wanted>(change.plain)) {
    const [, , ...found] = lines.get(part === 'second' ? secondGate(task) : part)!;
    expectChange(
      { delta: found[0]!, low: found[1]!, high: found[2]!, pValue: found[3]! },
      { delta, low, high, pValue },
      part,
      !isOfSteps(task, part),
    );
  }
  const all = await run('epochs', task);
  expect(all.csv).toBe(renderEpochsCsv(await epochs(task)));
  const [header, ...rows] = cells(all.csv);
  rows.forEach((row, i) => {
    near(Number(row[header!.indexOf(secondGate(task))]), of[i].second, 'the second reading');
    if (hasLoss(task)) near(Number(row[header!.indexOf('loss')]), of[i].loss, 'loss');
  });
  expect(rows).toHaveLength(3);
  return undefined;
});

// ——— which metrics, by whose conventions ———

feature('--metrics', async (task) => {
  const numbers: Record<string, number> = { ...wanted(task).metrics, ...wanted(task).asked };
  const only = Object.keys(numbers);
  const report = await score(task, { only });
  expect(Object.keys(report.metrics)).toEqual(only);
  expectMetrics(report, numbers);
  const two = await explain(task, { only });
  for (const name of only) near(two.before.metrics![name]!.value, numbers[name]!, name);
  const [first] = (await epochs(task, { only })).epochs;
  for (const name of only) near(first!.metrics![name]!.value, numbers[name]!, name);
  // A metric of another task is refused by name.
  const other = task === 'values' ? 'accuracy' : hasLoss(task) ? 'mse' : 'log_loss';
  const reason = hasLoss(task) ? 'it is a metric of the task' : 'it needs scores';
  await refusal(score(task, { only: [other] }), 'metric-not-here', reason);
  return undefined;
});

/** A dump of the rows that conventions differ on. */
function likeDump(
  task: TaskName,
  {
    probabilities,
    predictions,
    targets,
  }: {
    probabilities?: (number | number[])[];
    predictions?: number[];
    targets: (number | number[])[];
  },
) {
  const weights: number[] = FIXTURE.like.weights;
  return (like: 'sklearn' | 'torch' | 'keras' | undefined, weighted = false) =>
    scoreArrays((probabilities ?? predictions) as number[][], targets as number[][], {
      ...SAID_OF_ARRAYS[task],
      ...(probabilities && { kind: 'probabilities' }),
      like,
      diagnose: false,
      ...(weighted && { weights }),
    });
}

feature('--like sklearn', async (task) => {
  const of = FIXTURE.like[task];
  const numbers = of.sklearn;
  if (task === 'classes') {
    expectMetrics(await likeDump(task, of)('sklearn'), { log_loss: numbers.log_loss });
    const two = likeDump(task, { probabilities: of.two, targets: of.twoTargets });
    expectMetrics(await two('sklearn'), { brier_multiclass: numbers.brier });
    return undefined;
  }
  const report = await likeDump(task, of)('sklearn');
  expectMetrics(report, numbers);
  expect(report.options.like).toBe('sklearn');
  // Of one score and several labels scikit-learn has the same conventions.
  if (task === 'single' || task === 'several') {
    expect(report.metrics).toEqual((await likeDump(task, of)(undefined)).metrics);
  }
  return undefined;
});

feature('--like torch', async (task) => {
  const of = FIXTURE.like[task];
  if (task === 'classes') {
    const rows = rowsOf(task).slice(0, 12);
    const scores = rows.map((row) => row.scores);
    const report = await scoreArrays(scores, of.marked, { kind: 'logits', like: 'torch' });
    expectMetrics(report, of.torch);
    return undefined;
  }
  const report = await likeDump(task, of)('torch');
  expectMetrics(report, of.torch);
  if (task === 'values' || task === 'alone') {
    expect(report.metrics).toEqual((await likeDump(task, of)(undefined)).metrics);
  }
  return undefined;
});

feature('--like keras', async (task) => {
  const of = FIXTURE.like[task];
  const { weighted, ...numbers } = of.keras;
  expectMetrics(await likeDump(task, of)('keras', task === 'classes'), numbers);
  if (weighted !== undefined) {
    expectMetrics(await likeDump(task, of)('keras', true), { log_loss: weighted });
  }
  return undefined;
});

// ——— files ———

feature('npy, npz, tensors, CSV, JSON Lines', async (task) => {
  const rows = rowsOf(task);
  const { file, ...beside } = writeNpy(`${task}-beside`, task, rows);
  const reports = [
    await score(task, COLUMNS),
    await score(task, COLUMNS, writeNpz(`${task}-all.npz`, task, rows)),
    await score(task, COLUMNS, writeTensors(`${task}-all.safetensors`, task, rows)),
    await score(task, COLUMNS, writeTensors(`${task}-all.pt`, task, rows)),
    await score(task, COLUMNS, writeJsonLines(`${task}-all.jsonl`, task, rows)),
    await score(task, beside, file),
  ];
  const [first, ...others] = reports.map((report) => {
    const { slices, clusters, ...numbers } = bare(report) as Record<string, object>;
    return { ...numbers, slices: { ...slices, by: '' }, clusters: { ...clusters, by: '' } };
  });
  for (const other of others) expect(other).toEqual(first);
  expectMetrics(reports[0]!, wanted(task).weighted);
  return undefined;
});

feature('joins by id, score', async (task) => {
  const rows = rowsOf(task);
  const truth = shuffled(rows);
  const predictions = [
    writeCsv(`${task}-scores.csv`, task, rows, ['id', 'scores']),
    writeNpz(`${task}-scores.npz`, task, rows, ['id', 'scores']),
  ];
  const targets = [
    writeCsv(`${task}-truth.csv`, task, truth, ['id', 'targets', 'others']),
    writeNpz(`${task}-truth.npz`, task, truth, ['id', 'targets', 'others']),
  ];
  const plain = await score(task, COLUMNS);
  for (const [i, labels] of targets.entries()) {
    const joined = await score(task, { ...COLUMNS, labels }, predictions[i]);
    expect(bare(joined)).toEqual(bare(plain));
  }
  expectMetrics(plain, wanted(task).weighted);
  return undefined;
});

feature('joins by id, explain', async (task) => {
  const inOrder = await explain(task, { id: 'id', by: 'place' });
  for (const file of [
    writeCsv(`${task}-shuffled.csv`, task, shuffled(rowsOf(task, 1))),
    writeNpz(`${task}-shuffled.npz`, task, shuffled(rowsOf(task, 1))),
  ]) {
    const joined = await explain(task, { id: 'id', by: 'place' }, file);
    const numbers = ({ after, notices, verdict, ...report }: ExplainReport) => ({
      ...report,
      after: { ...after, source: undefined },
    });
    expect(numbers(joined)).toEqual(numbers(inOrder));
    expectChanges(task, joined, wanted(task).change.plain);
  }
  return undefined;
});

feature('joins by id, epochs', async (task) => {
  const files = [
    csv(task),
    writeCsv(`${task}-other-1.csv`, task, shuffled(rowsOf(task, 1))),
    writeNpz(`${task}-other-2.npz`, task, shuffled(rowsOf(task, 2))),
  ];
  const said = { ...(SAID[task] as EpochsFilesOptions), id: 'id', withChange: true };
  const joined = await epochsFiles(files, said);
  const plain = await epochs(task, { id: 'id' });
  const numbers = (report: typeof plain) => [
    report.epochs.map(({ source, ...reading }) => reading),
    report.best.map(({ source, ...best }) => best),
    report.change,
  ];
  expect(numbers(joined)).toEqual(numbers(plain));
  expectChanges(task, joined.change!, wanted(task).change.last);
  return undefined;
});

// ——— options that few tasks have ———

feature('--threshold', async (task) => {
  const report = score(task, { threshold: 0.5 });
  if (task === 'single') expectMetrics(await report, { f1: OPTIONS.threshold.single });
  else if (task === 'several') expectMetrics(await report, { f1_macro: OPTIONS.threshold.several });
  else {
    const reasons = {
      classes: 'the highest score wins',
      values: 'nothing is decided by values',
      alone: NO_SCORES,
    };
    return refusedHere(report, reasons[task]);
  }
  return undefined;
});

feature('--class-weights', async (task) => {
  const report = score(task, { classWeights: OPTIONS.classWeights });
  if (task === 'classes') {
    expectMetrics(await report, { log_loss: OPTIONS.weightedLoss });
    return undefined;
  }
  return refusedHere(
    report,
    { single: ONE_OF_SEVERAL, several: ONE_OF_SEVERAL, values: NO_CLASSES, alone: NO_SCORES }[task],
  );
});

feature('--label-smoothing', async (task) => {
  const report = score(task, { labelSmoothing: 0.1 });
  if (task === 'classes') {
    expectMetrics(await report, { log_loss: OPTIONS.smoothedLoss });
    return undefined;
  }
  return refusedHere(
    report,
    { single: ONE_OF_SEVERAL, several: ONE_OF_SEVERAL, values: NO_CLASSES, alone: NO_SCORES }[task],
  );
});

feature('--top-k', async (task) => {
  const report = score(task, { topK: [2] });
  if (task === 'classes') {
    expectMetrics(await report, { top_2_accuracy: OPTIONS.top2 });
    return undefined;
  }
  const reasons = {
    single: 'of two classes the two best are always right',
    several: 'a row has any number of true labels, and so no one rank',
    values: NO_CLASSES,
    alone: NO_SCORES,
  };
  return refusedHere(report, reasons[task]);
});

feature('--quantiles', async (task) => {
  const report = score(task, { quantiles: [0.7] });
  if (task === 'values') {
    expectMetrics(await report, { 'pinball_0.7': OPTIONS.pinball });
    return undefined;
  }
  return refusedHere(report, task === 'alone' ? NO_SCORES : 'it is for values');
});

feature('--kind', async (task) => {
  const report = score(task, { kind: 'logits' });
  if (task === 'values') {
    return refusedHere(report, 'values are neither logits nor probabilities');
  }
  if (task === 'alone') {
    return refusedHere(report, NO_SCORES);
  }
  expectMetrics(await report, wanted(task).metrics);
  return undefined;
});

feature('--class-names', async (task) => {
  const names = { classes: 4, alone: 4, several: 3, single: 2, values: 2 };
  const classNames = Array.from({ length: names[task] }, (_, k) => `name ${k}`);
  // Numbers as targets are indices of named scores; labels are names themselves.
  const given = task === 'alone' ? ['0', '1', '2', '3'] : classNames;
  const report = score(task, { classNames: given });
  if (task === 'values') return refusedHere(report, NO_CLASSES);
  expect((await report).classNames).toEqual(given);
  expectMetrics(await report, wanted(task).metrics);
  return undefined;
});

feature('--zero-division', async (task) => {
  if (task === 'values') return refusedHere(score(task, { zeroDivision: 1 }), NO_CLASSES);
  for (const zeroDivision of [0, 1]) {
    // No row is predicted to be of the third class, or label, or positive.
    const targets = [0, 1, 2, 1];
    const predicted = [0, 1, 1, 1];
    const oneHot = (k: number) => [0, 1, 2].map((c) => Number(c === k));
    const arrays = {
      classes: [predicted.map(oneHot), targets],
      single: [
        [-1, -2],
        [0, 1],
      ],
      several: [predicted.map((k) => oneHot(k).map((q) => q - 0.5)), targets.map(oneHot)],
      alone: [predicted, targets],
    }[task];
    const report = await scoreArrays(arrays[0] as number[][], arrays[1] as number[][], {
      ...SAID_OF_ARRAYS[task],
      zeroDivision,
    });
    if (task === 'single') expectMetrics({ ...report }, { precision: zeroDivision });
    else expectMetrics(report, { precision_macro: OPTIONS.zeroDivision[zeroDivision] });
  }
  return undefined;
});

feature('metrics of one’s own', async (task) => {
  const { defineMetric } = await import('../../src/index.js');
  const sure = defineMetric({ name: 'sure', row: ({ confidence }) => confidence });
  const report = score(task, { metrics: [sure] });
  if (task === 'classes') {
    expectMetrics(await report, { sure: OPTIONS.confidence });
    return undefined;
  }
  const isAlone = task === 'alone';
  return refusedHere(report, isAlone ? NO_SCORES : ONE_OF_SEVERAL);
});

printMatrix();
