/** Scoring of arrays in memory, on several threads where they are large. */

import { areSigns, type ClassTerms, readClasses, sortedTexts } from '../arrays/classes.js';
import { placesOf } from '../arrays/labels.js';
import { readScoreArray } from '../arrays/score-array.js';
import { type Shape, shapeOf } from '../arrays/shape.js';
import { oneHotClasses, readTargetRows } from '../arrays/target-rows.js';
import type { OpenDump } from '../intake/dump-request.js';
import { type MemoryRows, memoryDump } from '../intake/memory-dump.js';
import type { CoreLoader } from '../run/create-scorer.js';
import type { DumpOptions, ScoreElsewhere } from '../run/dump-options.js';
import { flatRows } from '../run/row-arrays.js';
import { scoreDump } from '../run/score-dump.js';
import { labelTexts } from '../tasks/labels.js';
import type { DumpReader } from '../types/dump.js';
import { InputError, quote, UsageError } from '../types/errors.js';
import type { Labels, Scores, Targets } from '../types/forms.js';
import type { RowTask, ScoreReport } from '../types/report.js';
import type { RowTexts, TextRole } from '../types/row-texts.js';
import { scoreValues } from '../types/score-array.js';
import type { Dtype, ScoreKind } from '../types/scores.js';
import { softTarget } from '../types/soft-targets.js';
import { planStripes } from './stripes.js';
import type { ThreadHost } from './thread-host.js';
import { checkThreads, type Threads, worthSpreading } from './threads.js';

/** Bytes of scores that are copied at a time for a worker. */
const STRIPE_BYTES = 8 * 1024 * 1024;

/** Options of `scoreArrays`. */
export interface ScoreArraysOptions extends Omit<DumpOptions, 'kind' | 'task' | 'by' | 'cluster'> {
  /**
   * What the arrays are: a score for each class (`auto`, `classification`), one score per row
   * (`binary`), scores and indicators of several labels (`multilabel`), predicted and true values
   * (`regression`), or predicted and true labels (`labels`).
   */
  readonly task?: RowTask | 'auto' | undefined;
  /** What the scores are; `auto` (the default) decides from the first rows. */
  readonly kind?: ScoreKind | 'auto' | undefined;
  /** Classes per row, where both arrays are flat and their lengths alone do not tell. */
  readonly classes?: number | undefined;
  /**
   * Number format; needed for the bits of f16 or bf16 in Uint16Arrays. Default: that of the
   * arrays, f64 where they are lists of numbers or of integers, which `f32` rounds.
   */
  readonly dtype?: Dtype | undefined;
  /** Sample weight of each row. */
  readonly weights?: ArrayLike<number> | undefined;
  /** Name of each row, for lists of rows; '' for none. */
  readonly ids?: ArrayLike<string | number> | undefined;
  /** Slice of each row: the report has the loss and accuracy of each. */
  readonly by?: ArrayLike<string | number> | undefined;
  /** Cluster of each row (its patient, its user): the intervals of loss and accuracy take rows of one cluster for dependent. */
  readonly clusters?: ArrayLike<string | number> | undefined;
  /**
   * Threads that score; default `auto`: one per processor, at most 8. Small arrays stay on the
   * calling thread.
   */
  readonly threads?: Threads | undefined;
  /** Name of the predictions in messages and in the report; default `predictions`. */
  readonly source?: string | undefined;
  /** Bytes of scores that a worker takes at a time; with it, small arrays are spread too. @internal */
  readonly stripeBytes?: number | undefined;
}

/**
 * Scores arrays on a host's threads, for its `scoreArrays`.
 * @param threadHost loads what is needed for several threads
 */
export async function scoreArraysOn(
  loadCore: CoreLoader,
  threadHost: () => Promise<ThreadHost>,
  scores: Scores | Labels,
  targets: Targets,
  options: ScoreArraysOptions = {},
): Promise<ScoreReport> {
  const { threads = 'auto', stripeBytes, weights, source = 'predictions', ...more } = options;
  checkThreads(threads);
  if (targets?.length === 0) {
    throw new InputError('no-rows', {
      source,
      problem: 'there are no rows to score',
      expected: 'one row or more',
    });
  }
  const { rows, classes, data: read, classNames } = readArrays(scores, targets, options);
  if (weights !== undefined && weights.length !== rows) {
    throw new UsageError(
      'length-mismatch',
      `Expected ${rows} weights, one per row; found ${weights.length}.`,
    );
  }
  const { ids, by, clusters, classes: _, task, kind, ...rest } = more;
  const others: DumpOptions = {
    ...rest,
    ...(task === 'labels' ? { kind: 'labels' } : { task, kind }),
    by: by && 'slice',
    cluster: clusters && 'cluster',
  };
  const texts = { ...read.texts, ...textsOf({ id: ids, by, cluster: clusters }, rows) };
  const data: MemoryRows = {
    ...read,
    weights:
      weights === undefined || weights instanceof Float64Array
        ? (weights ?? null)
        : Float64Array.from(weights),
    texts: Object.keys(texts).length === 0 ? undefined : texts,
  };
  const open = (): OpenDump => ({
    task: taskOfArrays(options),
    reason: null,
    reader: named(memoryDump(source, data, classes), classNames),
    notices: () => [],
  });
  const reopen = async () => open();
  const scoreElsewhere: ScoreElsewhere = async (started) => {
    const { reader, nextRow } = started;
    if (!worthSpreading(threads, reader.progress().total, stripeBytes)) return false;
    const host = await threadHost();
    const plan = planStripes(reader, {
      threads,
      processors: host.processors,
      nextRow,
      stripeBytes: stripeBytes ?? STRIPE_BYTES,
    });
    if (plan === null) return false;
    const { spreadOverWorkers } = await import('./spread.js');
    const { onProgress } = options;
    return spreadOverWorkers(started, plan, { host, reader, source: { data }, onProgress });
  };
  return scoreDump(open(), others, loadCore, undefined, { scoreElsewhere, reopen });
}

/** What arrays are scored as. */
function taskOfArrays({ task = 'auto' }: ScoreArraysOptions): RowTask {
  return task === 'auto' ? 'classification' : task;
}

/** Arrays as a dump has them. */
interface ReadArrays {
  readonly rows: number;
  /** Scores per row. */
  readonly classes: number;
  readonly data: Omit<MemoryRows, 'weights'>;
  readonly classNames: readonly string[] | null;
}

/** @throws as {@link scoreArraysOn} */
function readArrays(
  scores: Scores | Labels,
  targets: Targets,
  options: ScoreArraysOptions,
): ReadArrays {
  const task = taskOfArrays(options);
  if (task === 'labels') return readLabelArrays(scores as Labels, targets as Labels, options);
  const read = readScoreArray(scores as Scores, options.dtype);
  const { dtype, values } = read;
  const isOne = task === 'binary' || task === 'regression';
  const shape = shapeOf(read, targets, { classes: isOne ? 1 : options.classes });
  const { rows, classes } = shape;
  if (task === 'regression' || task === 'multilabel') {
    const truth = shape.labels ?? flatRows('targets', shape.targetRows!, classes);
    const data = {
      // 16-bit values are widened.
      scores: scoreValues(values, dtype, 0, rows * classes),
      dtype: dtype === 'f64' ? dtype : 'f32',
      targets: new Int32Array(0),
      values: Float64Array.from(truth as ArrayLike<number>, Number),
    } as const;
    return { rows, classes, data, classNames: options.classNames ?? null };
  }
  const { indices, soft, classNames } = readTargets(
    { ...shape, classes: Math.max(2, classes) },
    options,
  );
  return { rows, classes, data: { scores: values, dtype, targets: indices, soft }, classNames };
}

/** Predicted labels without scores. @throws UsageError `length-mismatch` */
function readLabelArrays(
  predictions: Labels,
  targets: Labels,
  { classNames }: ScoreArraysOptions,
): ReadArrays {
  const rows = targets.length;
  const texts = labelTexts(predictions, targets);
  const none = {
    scores: new Float64Array(0),
    dtype: 'f64',
    targets: new Int32Array(rows),
  } as const;
  return { rows, classes: 0, data: { ...none, texts }, classNames: classNames ?? null };
}

/** @throws UsageError `length-mismatch` */
function textsOf(
  given: { readonly [role in TextRole]: ArrayLike<string | number> | undefined },
  rows: number,
): RowTexts {
  const nouns = { id: 'ids', by: 'slices (by)', cluster: 'clusters' };
  const texts: { [role in TextRole]?: readonly string[] } = {};
  for (const [role, values] of Object.entries(given) as [TextRole, (typeof given)[TextRole]][]) {
    if (values === undefined) continue;
    if (values.length !== rows) {
      throw new UsageError(
        'length-mismatch',
        `Expected ${rows} ${nouns[role]}, one per row; found ${values.length}.`,
      );
    }
    texts[role] = Array.from(values, (value) =>
      value === null || value === undefined || Number.isNaN(value) ? '' : String(value),
    );
  }
  return texts;
}

/** A reader whose classes have names. */
function named(reader: DumpReader, classNames: readonly string[] | null): DumpReader {
  return classNames === null ? reader : { ...reader, info: { ...reader.info, classNames } };
}

/** Targets as the scorer takes them. */
interface ReadTargets {
  /** Class index of each row, `ignoreIndex` among them; that none is out of range is for the scorer to see. */
  readonly indices: Int32Array;
  /** Probabilities of the classes, where targets are that. */
  readonly soft: Float64Array | null;
  /** Names of the classes: those of the option, or where targets are texts, these. */
  readonly classNames: readonly string[] | null;
}

/**
 * @throws UsageError `bad-target`, `bad-option`; InputError `unknown-label`, `bad-target-row`
 */
function readTargets(shape: Shape, options: ScoreArraysOptions): ReadTargets {
  const { classes, labels, targetRows } = shape;
  const { classNames = null } = options;
  if (classNames !== null) placesOf(classNames, classes, 'classNames');
  if (labels === null) {
    const rows = readTargetRows('targets', targetRows!, classes);
    if (rows.firstSoft === null) {
      return { indices: oneHotClasses(rows, 'scoreArrays'), soft: null, classNames };
    }
    const soft = Float64Array.from(rows.values);
    const count = soft.length / classes;
    const indices = Int32Array.from({ length: count }, (_, r) =>
      softTarget(soft, r * classes, classes),
    );
    return { indices, soft, classNames };
  }
  if (typeof labels[0] === 'string') return readTexts(labels, classes, classNames);
  const signs = classes === 2 && options.ignoreIndex !== -1 && areSigns(labels);
  if (!signs) return { indices: wholeTargets(labels), soft: null, classNames };
  const isOne = (sign: unknown) => Number(Number(sign) > 0);
  return { indices: Int32Array.from(labels as ArrayLike<number>, isOne), soft: null, classNames };
}

/** Texts by the names of the classes: those that the caller gives, or as many texts as there are classes. */
function readTexts(
  targets: Labels,
  classes: number,
  classNames: readonly string[] | null,
): ReadTargets {
  const terms: ClassTerms = {
    ...{ source: 'targets', classes, code: 'unknown-label', labelsName: 'classNames' },
    advice: 'Name the classes in the order of their scores with classNames.',
  };
  const names = classNames ?? sortedTexts(targets, terms);
  const indices = readClasses(targets, { ...terms, labels: names });
  return { indices, soft: null, classNames: names };
}

function wholeTargets(targets: Labels): Int32Array {
  if (targets instanceof Int32Array) return targets;
  const whole = new Int32Array(targets.length);
  for (let row = 0; row < whole.length; row++) {
    const value: unknown = targets[row];
    const target = typeof value === 'string' ? Number.NaN : Number(value);
    if ((target | 0) !== target) {
      throw new UsageError(
        'bad-target',
        `Row ${row}: a target must be a whole number of 32 bits; found ${typeof value === 'string' ? quote(value) : value}.`,
      );
    }
    whole[row] = target;
  }
  return whole;
}
