/** Fits a recalibration on a dump: one for all of its rows, or one for each slice. */

import { logitOf } from '../diagnosis/as-logits.js';
import { calibrationFit, SavedMeans } from '../diagnosis/calibration-fit.js';
import { fitIsotonic } from '../diagnosis/isotonic-calibration.js';
import type { FitOfAllRows } from '../diagnosis/recalibration.js';
import { ScaleRecalibration } from '../diagnosis/scale-recalibration.js';
import { TemperEngine } from '../engine/temper-engine.js';
import type { OpenDump } from '../intake/dump-request.js';
import type { ScalarMath } from '../metrics/scalar-math.js';
import { TemperReference } from '../reference/temper-reference.js';
import type { RowSample } from '../tallies/row-sample.js';
import type {
  CalibratedTask,
  Calibration,
  CalibrationFit,
  CalibrationMethod,
} from '../types/calibration.js';
import { InputError, UsageError } from '../types/errors.js';
import type { Fitted } from '../types/fitted.js';
import type { ScoredRows } from '../types/rows.js';
import type { SampleShape } from '../types/sample-shape.js';
import type { RowBuffers, ScoreKind } from '../types/scores.js';
import { type CoreLoader, coreFor } from './core-loader.js';
import type { DumpAccess, DumpOptions, StartedDump } from './dump-options.js';
import { readerAgain } from './fit-again.js';
import { pickRows } from './fit-all-rows.js';
import { sampleBytes, sampledRows } from './fit-rows.js';
import { inputChanged } from './input-changed.js';
import type { DiagnosisPart } from './parts/diagnosis-part.js';
import { scoreReader, startDump } from './score-dump.js';
import { SliceSamples, sliceOf, splitRows } from './slice-samples.js';

/** Default of the options of a dump. */
const MEMORY_BUDGET = 1024 ** 3;

/** Options of a fit beside those of a dump. */
export interface CalibrateOptions
  extends Omit<
    DumpOptions,
    | 'only'
    | 'like'
    | 'metrics'
    | 'diagnose'
    | 'ranking'
    | 'worst'
    | 'classWeights'
    | 'labelSmoothing'
    | 'observe'
    | 'compared'
  > {
  /** `scale`: the temperature alone, without offsets. */
  readonly only?: 'scale' | undefined;
  /** Of one score per row: an ascending curve instead of temperature and offset. */
  readonly isotonic?: boolean | undefined;
}

/**
 * Fits on a dump and closes it.
 * @throws InputError, UsageError as the reader and the scorer do; UsageError `no-recalibration`
 */
export async function calibrateDump(
  dump: OpenDump,
  options: CalibrateOptions,
  loadCore: CoreLoader,
  labelsName?: string,
  access: DumpAccess = {},
): Promise<Calibration> {
  try {
    const method = methodOf(dump, options);
    const { by } = options;
    const sampled = await scoreAndSample(dump, options, loadCore, labelsName, access);
    const { started, samples, scored } = sampled;
    const task = dump.task as CalibratedTask;
    const { info } = started.reader;
    const { kind = null, eps } = started.options;
    const fits = await new CalibrationFits(started, loadCore, method, task).fit(samples, {
      ...{ options, access, isBySlice: by !== undefined },
    });
    const all = [...fits.values()];
    const sum = (count: (fit: CalibrationFit) => number) =>
      all.reduce((total, fit) => total + count(fit), 0);
    const of = sum((fit) => fit.of);
    const common: Calibration = {
      schema: 'logitscope.recalibration/1',
      task,
      kind: task === 'regression' ? 'values' : (kind as ScoreKind | null),
      method,
      classes: info.classes,
      classNames: task === 'regression' ? null : (started.options.classNames ?? null),
      ...(kind === 'probabilities' && { eps: eps! }),
      ...(kind === 'logits' && method === 'isotonic' && { eps: info.epsilon }),
      fittedOn: { name: info.name, rows: sum((fit) => fit.rows), of, leftOut: scored - of },
    };
    if (by === undefined) return { ...common, ...all[0]! };
    const slices = [...fits]
      .map(([name, fit]) => ({ name, ...fit }))
      .sort((a, b) => (a.name < b.name ? -1 : 1));
    return { ...common, by, slices };
  } finally {
    await dump.reader.close();
  }
}

/** @throws UsageError `no-recalibration`, `soft-targets`, `bad-option` */
function methodOf(
  { task, reader: { info } }: OpenDump,
  { only, isotonic = false }: CalibrateOptions,
): CalibrationMethod {
  if (task === 'labels') {
    throw new UsageError(
      'no-recalibration',
      `${info.name} holds predicted labels without scores: there is nothing whose scale or offsets could be fitted. Give scores per class, or a probability.`,
    );
  }
  if (info.softTargets) {
    throw new UsageError(
      'soft-targets',
      'Targets that are probabilities cannot be calibrated on: folds and offsets need a class per row. Give class indices or names.',
    );
  }
  if (only !== undefined && only !== 'scale') {
    throw new UsageError('bad-option', `only must be "scale"; found ${JSON.stringify(only)}.`);
  }
  if (isotonic) {
    if (only !== undefined)
      throw new UsageError(
        'bad-option',
        '--isotonic and --only scale exclude each other. Give one.',
      );
    if (task === 'binary') return 'isotonic';
    throw new UsageError(
      'no-such-option-here',
      `--isotonic needs one score per row, of two classes; ${info.name} is read as ${task === 'classification' ? 'scores of several classes' : task}. Leave it out, or choose the score with --task binary --scores NAME.`,
    );
  }
  if (task !== 'regression') return only === 'scale' ? 'temperature' : 'temperature-and-offsets';
  if (only === undefined) return 'line';
  throw new UsageError(
    'no-such-option-here',
    'Predicted values have no temperature: --only scale does not apply to a regression. Leave it out.',
  );
}

interface Sampled {
  readonly started: StartedDump;
  /** By slice; of all rows under ''. */
  readonly samples: ReadonlyMap<string, RowSample>;
  /** Rows that count in the report of the dump. */
  readonly scored: number;
}

/** Scores all rows, so that whatever is wrong with them is said, and samples them. */
async function scoreAndSample(
  dump: OpenDump,
  options: CalibrateOptions,
  loadCore: CoreLoader,
  labelsName: string | undefined,
  access: DumpAccess,
): Promise<Sampled> {
  const { by, fitRows, memoryBudget = MEMORY_BUDGET, only: _, isotonic, onProgress } = options;
  const isRead = fitRows === 'all' && access.reopen !== undefined && !isotonic;
  const asked = isRead ? undefined : sampledRows(fitRows, dump, memoryBudget);
  const parts = { diagnose: true, ranking: false, worst: 0 } as const;
  // A sample of slices begins with the first rows, which the sample of the whole has.
  const scoring = {
    ...options,
    ...parts,
    only: undefined,
    fitRows: by === undefined ? asked : undefined,
  };
  const first: string[] = [];
  let slices: SliceSamples | null = null;
  const observe = (rows: ScoredRows, buffers: RowBuffers) => {
    if (slices !== null) slices.add(rows, buffers);
    else for (let r = 0; r < rows.scores.count; r++) first.push(sliceOf(rows, r));
  };
  const isWhole = by === undefined;
  const started = await startDump(
    dump,
    scoring,
    loadCore,
    labelsName,
    isWhole ? undefined : observe,
  );
  const { reader, scorer, nextRow } = started;
  const part = scorer.part<DiagnosisPart>('diagnosis')!;
  if (!isWhole) {
    const { shape } = part;
    const budget = sampleBytes({ classes: shape.width, dtype: shape.dtype }, asked);
    const { weighted = false } = started.options;
    slices = new SliceSamples({ shape, weighted, budget, memoryBudget });
    slices.take(part.sample().rows(), (row) => first[row]);
  }
  if (!started.isAtEnd && !(isWhole && (await access.scoreElsewhere?.(started)))) {
    await scoreReader(reader, scorer, nextRow, () => {
      onProgress?.({ rows: scorer.rowsSeen, ...reader.progress() });
    });
  }
  // Refuses rows that cannot be scored.
  const { rows } = scorer.report({ parts: [] });
  const sample = part.sample();
  return {
    started,
    samples: slices?.samples ?? new Map([['', sample]]),
    scored: rows.scored,
  };
}

interface FitTerms {
  readonly options: CalibrateOptions;
  readonly access: DumpAccess;
  readonly isBySlice: boolean;
}

/** A fit of one slice on its way. */
interface OneFit {
  readonly fit: FitOfAllRows;
  fitted: Fitted | null;
  saved: SavedMeans | null;
}

/** The fits of the slices of a dump. */
class CalibrationFits {
  readonly #started: StartedDump;
  readonly #loadCore: CoreLoader;
  readonly #method: CalibrationMethod;
  readonly #task: CalibratedTask;

  constructor(
    started: StartedDump,
    loadCore: CoreLoader,
    method: CalibrationMethod,
    task: CalibratedTask,
  ) {
    this.#started = started;
    this.#loadCore = loadCore;
    this.#method = method;
    this.#task = task;
  }

  /** @throws InputError `nothing-scored` */
  async fit(
    samples: ReadonlyMap<string, RowSample>,
    terms: FitTerms,
  ): Promise<Map<string, CalibrationFit>> {
    const { options, reader } = this.#started;
    const core = await coreFor(this.#loadCore, options.kernel);
    const math: ScalarMath = core ?? Math;
    const part = this.#started.scorer.part<DiagnosisPart>('diagnosis')!;
    if (this.#method === 'isotonic') return this.#isotonic(samples, math, terms);
    const fitter = this.#method === 'temperature' ? await this.#scale(math) : part.recalibration;
    const isAll = terms.options.fitRows === 'all' && terms.access.reopen !== undefined;
    const found = new Map<string, CalibrationFit>();
    const open = new Map<string, OneFit>();
    const take = (name: string, fitted: Fitted | null, saved: SavedMeans | null, of: number) => {
      if (fitted === null || saved === null) throw nothing(reader.info.name, name, terms);
      const shape = { task: this.#task, classes: options.classes! };
      const hasOffsets = this.#method === 'temperature-and-offsets';
      found.set(name, calibrationFit(shape, fitted, saved, of, math, hasOffsets));
    };
    for (const [name, sample] of samples) {
      const { count, seen } = sample;
      if (isAll && count < seen) {
        open.set(name, { fit: fitter.fitAll(seen, sample)!, fitted: null, saved: null });
        continue;
      }
      const fitted = fitter.fit(sample);
      const saved = fitted && new SavedMeans(fitted);
      saved?.add(sample.rows());
      take(name, fitted, saved, seen);
    }
    if (open.size > 0) {
      const taken = await this.#readAll(open, part.shape, terms);
      for (const [name, { fitted, saved }] of open) {
        const { seen } = samples.get(name)!;
        if (taken.get(name) !== seen) throw inputChanged(reader.info.name);
        take(name, fitted, saved, seen);
      }
    }
    // In the order of the samples, however they were fitted.
    return new Map([...samples.keys()].map((name) => [name, found.get(name)!]));
  }

  /** Reads the dump until all fits are found, and once more for what they save. @returns rows of each */
  async #readAll(
    open: ReadonlyMap<string, OneFit>,
    shape: SampleShape,
    { options: { onProgress }, access, isBySlice }: FitTerms,
  ): Promise<ReadonlyMap<string, number>> {
    const readAgain = await readerAgain(this.#started, access.reopen!, this.#loadCore, onProgress);
    const left = new Set(open.keys());
    const taken = new Map<string, number>();
    for (let isLast = false; ; ) {
      taken.clear();
      await readAgain((rows, buffers) => {
        const picked = pickRows(rows, buffers, shape);
        const parts = isBySlice
          ? splitRows(picked, shape.width, (row) => sliceOf(rows, row - rows.firstRow))
          : new Map([['', picked]]);
        for (const [name, own] of parts) {
          const one = open.get(name);
          if (one === undefined) continue;
          taken.set(name, (taken.get(name) ?? 0) + own.count);
          if (isLast) one.saved?.add(own);
          else if (left.has(name)) one.fit.add(own);
        }
      });
      if (isLast) return taken;
      for (const name of left) {
        const one = open.get(name)!;
        if (one.fit.next()) continue;
        left.delete(name);
        one.fitted = one.fit.found();
        one.saved = one.fitted && new SavedMeans(one.fitted);
      }
      isLast = left.size === 0;
    }
  }

  async #scale(math: ScalarMath): Promise<ScaleRecalibration> {
    const { kernel, kind, eps = 0, classes } = this.#started.options;
    const core = await coreFor(this.#loadCore, kernel);
    return new ScaleRecalibration({
      kernel: core ? new TemperEngine(core) : new TemperReference(),
      math,
      toLogit: logitOf(kind!, eps, math),
      classes: this.#task === 'binary' ? 2 : classes!,
      isOfLabels: this.#task === 'multilabel',
    });
  }

  #isotonic(
    samples: ReadonlyMap<string, RowSample>,
    math: ScalarMath,
    terms: FitTerms,
  ): Map<string, CalibrationFit> {
    const { options, reader } = this.#started;
    const kind = options.kind as 'logits' | 'probabilities';
    const eps = (kind === 'logits' ? undefined : options.eps) ?? reader.info.epsilon;
    const threshold = options.threshold ?? (kind === 'logits' ? 0 : 0.5);
    const found = new Map<string, CalibrationFit>();
    for (const [name, sample] of samples) {
      const fit = fitIsotonic(sample.rows(), sample.seen, { kind, eps, threshold, math });
      if (fit === null) throw nothing(reader.info.name, name, terms);
      found.set(name, fit);
    }
    return found;
  }
}

function nothing(source: string, slice: string, { isBySlice }: FitTerms): InputError {
  return new InputError('nothing-scored', {
    source,
    problem: isBySlice ? `no row of slice "${slice}" counts` : 'no row counts',
    expected: 'rows with a finite loss and a weight above 0',
    advice: 'A recalibration needs rows to be fitted on.',
  });
}
