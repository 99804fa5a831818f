/**
 * Gates: conditions under which a run is to fail, in one grammar for all commands. A metric is
 * compared with a number (`log_loss > 0.4`); a change is asked of its paired test
 * (`accuracy drops`), never a raw difference.
 */

import type { EpochsChange, EpochsReport } from '../types/epochs.js';
import { UsageError } from '../types/errors.js';
import type { Change, ExplainReport, Recalibrated } from '../types/explain.js';
import type { GateResult } from '../types/gate.js';
import { nearest } from '../types/nearest.js';
import type { MetricValue, RowTask, ScoreReport } from '../types/report.js';

const COMPARISONS: Readonly<Record<string, (a: number, b: number) => boolean>> = {
  '>': (a, b) => a > b,
  '>=': (a, b) => a >= b,
  '<': (a, b) => a < b,
  '<=': (a, b) => a <= b,
};

/** A parsed condition on a number. */
export interface MetricGate {
  readonly condition: string;
  readonly metric: string;
  readonly comparison: string;
  readonly threshold: number;
}

/** A parsed condition on a change. */
export interface ChangeGate {
  readonly condition: string;
  readonly quantity: Quantity;
  readonly verb: keyof typeof VERBS;
}

export type Gate = MetricGate | ChangeGate;

const QUANTITIES = [
  'loss',
  'accuracy',
  'absolute_error',
  'refinement',
  'calibration',
  'scale',
  'offsets',
] as const;
/** What can change. */
export type Quantity = (typeof QUANTITIES)[number];

const VERBS = {
  rises: (delta: number) => delta > 0,
  drops: (delta: number) => delta < 0,
  falls: (delta: number) => delta < 0,
  changes: (delta: number) => delta !== 0,
};

/**
 * Reads a condition: `metric > number` or `quantity rises`.
 * @throws UsageError `bad-gate`
 */
export function parseGate(condition: string): Gate {
  const compared = /^\s*([\w.]+)\s*(>=|<=|>|<)\s*(\S+)\s*$/.exec(condition);
  if (compared !== null) {
    const [, metric, comparison, number] = compared;
    const threshold = Number(number);
    if (!Number.isNaN(threshold)) return { condition, metric, comparison, threshold };
  }
  const [quantity, verb, ...rest] = condition.trim().split(/\s+/);
  const isKnown =
    (QUANTITIES as readonly string[]).includes(quantity) && Object.hasOwn(VERBS, verb ?? '');
  if (isKnown && rest.length === 0) {
    return { condition, quantity: quantity as Quantity, verb: verb as ChangeGate['verb'] };
  }
  throw badGate(
    `The condition ${JSON.stringify(condition)} cannot be read; expected a metric, one of > >= < <=, and a number, as in "log_loss > 0.4", or one of ${QUANTITIES.join(', ')} and one of ${Object.keys(VERBS).join(', ')}, as in "accuracy drops".`,
  );
}

function badGate(problem: string): UsageError {
  return new UsageError('bad-gate', problem);
}

export function isChangeGate(gate: Gate): gate is ChangeGate {
  return 'verb' in gate;
}

/** Whether a condition holds for a number. NaN fails every condition: it cannot be vouched for. */
export function valueFails({ comparison, threshold }: MetricGate, value: number): boolean {
  return Number.isNaN(value) || COMPARISONS[comparison](value, threshold);
}

/**
 * Holds a number against a condition.
 * @param otherwise what to say of a metric that there is not, and that is no slip of one that there is
 * @throws UsageError `unknown-metric` for a metric that there is not
 */
function checkMetric(
  gate: MetricGate,
  numbers: ReadonlyMap<string, number>,
  otherwise: (metric: string) => string,
): GateResult {
  const { condition, metric } = gate;
  const value = numbers.get(metric);
  if (value === undefined) {
    throw new UsageError(
      'unknown-metric',
      `--fail-if ${JSON.stringify(condition)}: this report has no metric ${JSON.stringify(metric)}.${otherwise(metric)}`,
    );
  }
  const failed = valueFails(gate, value);
  return {
    condition,
    failed,
    text: `${failed ? 'Failed' : 'Passed'}: ${metric} is ${Number(value.toPrecision(6))} (to fail if ${condition.trim()}).`,
  };
}

/** The name that was meant, if there is one near enough. */
function meant(metric: string, numbers: ReadonlyMap<string, number>): string {
  const near = nearest(metric, [...numbers.keys()]);
  return near === null ? '' : ` Did you mean ${near}?`;
}

/** Of comparisons, which hold the metrics that are named. */
const askFor = (numbers: ReadonlyMap<string, number>) => (metric: string) =>
  meant(metric, numbers) || ` It has ${[...numbers.keys()].join(', ')}; name others in --metrics.`;

/**
 * Holds a change against a condition, by its paired test at `level`.
 * @throws UsageError `bad-gate` where there is no such change
 */
function checkChange(
  { condition, quantity, verb }: ChangeGate,
  change: Change | undefined,
  reason: string,
  level: number,
): GateResult {
  if (change === undefined) {
    throw badGate(
      `--fail-if ${JSON.stringify(condition)}: there is no such change, for ${reason}.`,
    );
  }
  const { delta, pValue } = change;
  const failed = pValue <= level && VERBS[verb](delta);
  const amount = `${delta < 0 ? '−' : '+'}${Number(Math.abs(delta).toPrecision(4))}`;
  return {
    condition,
    failed,
    text: `${failed ? 'Failed' : 'Passed'}: ${quantity} ${amount}, p = ${Number(pValue.toPrecision(3))} (to fail if ${condition.trim()} at level ${level}).`,
  };
}

/** Why a task does not have a quantity. */
function reasonOf(quantity: Quantity, task: RowTask): string {
  if (task === 'labels') {
    return 'predicted labels alone have no scores, and so no loss; use accuracy';
  }
  if (quantity === 'accuracy') return 'values are not right or wrong; use absolute_error';
  return 'predictions are right or wrong, not far off; use accuracy';
}

/**
 * The conditions of one dump, which has no change.
 * @throws UsageError `bad-gate`
 */
export function requireMetricGates(gates: readonly Gate[]): MetricGate[] {
  return gates.map((gate) => {
    if (!isChangeGate(gate)) return gate;
    const condition = JSON.stringify(gate.condition);
    throw badGate(
      `--fail-if ${condition}: one dump has no change. Compare two with logitscope explain BEFORE AFTER --fail-if ${condition}, or hold a metric against a number, as in "log_loss > 0.4".`,
    );
  });
}

/**
 * Holds numbers that have names against conditions.
 * @throws UsageError `unknown-metric`, `bad-gate`
 */
export function checkNumberGates(
  metrics: Readonly<Record<string, MetricValue>>,
  gates: readonly Gate[],
): GateResult[] {
  const numbers = new Map(
    Object.entries(metrics).map(([name, { value }]) => [name, Number(value)]),
  );
  const otherwise = (metric: string) =>
    meant(metric, numbers) || ` It has ${[...numbers.keys()].join(', ')}.`;
  return requireMetricGates(gates).map((gate) => checkMetric(gate, numbers, otherwise));
}

/**
 * Holds the report of one dump against conditions on its metrics and its diagnosis.
 * @throws UsageError `unknown-metric` for a metric that the report does not have, `bad-gate` for a change
 */
export function checkMetricGates(report: ScoreReport, gates: readonly Gate[]): GateResult[] {
  const { task, metrics, diagnosis, options } = report;
  const numbers = numbersOf(task, metrics, diagnosis);
  const { metrics: chosen } = options;
  const otherwise = (metric: string) =>
    chosen
      ? ` It holds ${chosen.join(', ')} alone; add ${metric} to --metrics.`
      : metric === 'temperature' && task === 'multilabel'
        ? ' Each label has a temperature of its own: see diagnosis.temperatures of --json.'
        : meant(metric, numbers);
  return requireMetricGates(gates).map((gate) => checkMetric(gate, numbers, otherwise));
}

/**
 * Holds a comparison against conditions: on the dump after, and on changes, each by its paired test at `level`.
 * @throws UsageError `unknown-metric`, `bad-gate` for what the task does not have
 */
export function checkChangeGates(
  report: ExplainReport,
  gates: readonly Gate[],
  level: number,
): GateResult[] {
  const { after, task } = report;
  const numbers = numbersOfReading(task, after);
  return gates.map((gate) => {
    if (!isChangeGate(gate)) return checkMetric(gate, numbers, askFor(numbers));
    const { quantity } = gate;
    return checkChange(gate, changesOf(report)[quantity], reasonOf(quantity, task), level);
  });
}

/** Whether a series has to tell its change from the first epoch to the last. */
export function asksChange(gates: readonly Gate[]): boolean {
  return gates.some(isChangeGate);
}

/**
 * Holds a series against conditions: on its last epoch, and on the change from the first to the
 * last, each by its paired test at `level`.
 * @param report with its `change`, where {@link asksChange}
 * @throws UsageError `unknown-metric`, `bad-gate` for what the task does not have
 */
export function checkEpochGates(
  report: EpochsReport,
  gates: readonly Gate[],
  level: number,
): GateResult[] {
  const { epochs, task, change = {} } = report;
  const last = epochs[epochs.length - 1];
  const numbers = numbersOfReading(task, last);
  return gates.map((gate) => {
    if (!isChangeGate(gate)) return checkMetric(gate, numbers, askFor(numbers));
    const { quantity } = gate;
    return checkChange(gate, changesOf(change)[quantity], reasonOf(quantity, task), level);
  });
}

/** The changes that all comparisons have, by the names of conditions. */
function changesOf({
  loss,
  accuracy,
  absoluteError,
  refinement,
  calibration,
  scale,
  offsets,
}: EpochsChange): Partial<Record<Quantity, Change | undefined>> {
  return { loss, accuracy, absolute_error: absoluteError, refinement, calibration, scale, offsets };
}

/** What a report says of one dump beside its metrics. */
type Read = Recalibrated & {
  readonly loss?: number;
  readonly accuracy?: number;
  readonly absoluteError?: number;
};

/** The two readings of a row by their names in comparisons, and as metrics. */
function sameNumbers(task: RowTask): readonly (readonly [string, string])[] {
  if (task === 'regression') {
    return [
      ['loss', 'mse'],
      ['absolute_error', 'mae'],
    ];
  }
  return [
    ['loss', 'log_loss'],
    ['accuracy', task === 'multilabel' ? 'exact_match' : 'accuracy'],
  ];
}

/** Of a comparison, whose readings are metrics of the same rows by other names. */
export function numbersOfReading(
  task: RowTask,
  reading: Read & { readonly metrics?: Readonly<Record<string, MetricValue>> },
): Map<string, number> {
  const numbers = numbersOf(task, reading.metrics, reading);
  for (const [name, metric] of sameNumbers(task)) {
    const value = numbers.get(name);
    if (value !== undefined && !numbers.has(metric)) numbers.set(metric, value);
  }
  return numbers;
}

/** The numbers that conditions may name; what was asked for as a metric is that metric. */
function numbersOf(
  task: RowTask,
  metrics: Readonly<Record<string, MetricValue>> = {},
  read: Read = {},
): Map<string, number> {
  const numbers = new Map<string, number>();
  for (const [name, { value }] of Object.entries(metrics)) {
    if (typeof value === 'number') numbers.set(name, value);
  }
  const more: Record<string, number | undefined> = {
    loss: read.loss,
    accuracy: read.accuracy,
    absolute_error: read.absoluteError,
    temperature: read.temperature?.value,
    refinement: read.refinement?.crossFitted,
    calibration: read.calibration?.crossFitted,
    scale: read.parts?.scale.crossFitted,
    offsets: read.parts?.offsets.crossFitted,
    accuracy_at_offsets: read.accuracyAtOffsets?.value,
    slope: read.line?.slope.value,
    intercept: read.line?.intercept.value,
  };
  for (const [name, value] of Object.entries(more)) {
    if (value !== undefined && !numbers.has(name)) numbers.set(name, value);
  }
  for (const [name, metric] of sameNumbers(task)) {
    const value = numbers.get(metric);
    if (value !== undefined && !numbers.has(name)) numbers.set(name, value);
  }
  return numbers;
}
