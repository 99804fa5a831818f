/** Conditions on models that are compared: on the numbers of each, and on one being worse than another. */

import type { CompareMeasure, CompareReport, ModelPair } from '../types/compare.js';
import { quote, UsageError } from '../types/errors.js';
import type { GateResult } from '../types/gate.js';
import { nearest } from '../types/nearest.js';
import { isChangeGate, type MetricGate, numbersOfReading, parseGate, valueFails } from './gates.js';

/** A parsed condition that one model is worse than another. */
export interface WorseGate {
  readonly condition: string;
  readonly model: string;
  readonly than: string;
  /** By how much; 0 for at all. */
  readonly by: number;
  /** Measure, as conditions call it; null for the first that the task has. */
  readonly measure: string | null;
}

export type CompareGate = MetricGate | WorseGate;

const MEASURES: Readonly<Record<string, CompareMeasure>> = {
  loss: 'loss',
  accuracy: 'accuracy',
  absolute_error: 'absoluteError',
  refinement: 'refinement',
};

function badGate(condition: string, problem: string): UsageError {
  return new UsageError('bad-gate', `--fail-if ${JSON.stringify(condition)}: ${problem}`);
}

/**
 * Reads a condition: `metric > number`, or `<name> worse than <name> [by <x>] [in <measure>]`.
 * @throws UsageError `bad-gate`
 */
export function parseCompareGate(condition: string): CompareGate {
  const found =
    /^\s*(.+?)\s+(?:is\s+)?worse\s+than\s+(.+?)(?:\s+by\s+(?:more\s+than\s+)?(\S+?))?(?:\s+in\s+(loss|accuracy|absolute_error|refinement))?\s*$/.exec(
      condition,
    );
  if (found === null) {
    const gate = parseGate(condition);
    if (!isChangeGate(gate)) return gate;
    throw badGate(
      condition,
      'models have no before and after. Say which is not to be worse than which, as in "b worse than a by 0.01 in accuracy", or hold a metric of each against a number, as in "log_loss > 0.4".',
    );
  }
  const [, model, than, amount = '0', measure = null] = found;
  const by = Number(amount);
  if (!(by >= 0 && by < Number.POSITIVE_INFINITY)) {
    throw badGate(condition, `${quote(amount)} is no number of 0 or more.`);
  }
  return { condition, model, than, by, measure };
}

/**
 * Holds a comparison against conditions: a metric holds for any of the models; a model is worse
 * than another where the paired test of the two says so at `level`, by more than an amount where
 * the whole of the interval of their difference lies beyond it.
 * @throws UsageError `unknown-metric`; `bad-gate` for models and measures that there are not
 */
export function checkCompareGates(
  report: CompareReport,
  gates: readonly CompareGate[],
): GateResult[] {
  return gates.map((gate) =>
    'than' in gate ? checkWorse(report, gate) : checkModels(report, gate),
  );
}

function checkModels({ task, models }: CompareReport, gate: MetricGate): GateResult {
  const { condition, metric } = gate;
  const values = models.map((model) => {
    const numbers = numbersOfReading(task, model);
    const value = numbers.get(metric);
    if (value !== undefined) return { name: model.name, value };
    const near = nearest(metric, [...numbers.keys()]);
    const hint =
      near === null
        ? ` It has ${[...numbers.keys()].join(', ')}; name others in --metrics.`
        : ` Did you mean ${near}?`;
    throw new UsageError(
      'unknown-metric',
      `--fail-if ${JSON.stringify(condition)}: this report has no metric ${JSON.stringify(metric)}.${hint}`,
    );
  });
  const failed = values.filter(({ value }) => valueFails(gate, value));
  const text = (of: typeof values) =>
    of.map(({ name, value }) => `${quote(name)} ${Number(value.toPrecision(6))}`).join(', ');
  return {
    condition,
    failed: failed.length > 0,
    text:
      failed.length > 0
        ? `Failed: ${metric} of ${text(failed)} (to fail if ${condition.trim()} of any model).`
        : `Passed: ${metric} of ${text(values)} (to fail if ${condition.trim()} of any model).`,
  };
}

function checkWorse(report: CompareReport, gate: WorseGate): GateResult {
  const { condition, model, than, by, measure } = gate;
  const { models, comparisons, level } = report;
  for (const name of [model, than]) requireModel(gate, name, models);
  if (model === than) throw badGate(condition, 'these are one model.');
  const asked = measure === null ? comparisons[0].by : MEASURES[measure];
  const comparison = comparisons.find((of) => of.by === asked);
  if (comparison === undefined) {
    const known = Object.keys(MEASURES).filter((name) =>
      comparisons.some((of) => of.by === MEASURES[name]),
    );
    throw badGate(condition, `these models have no ${measure}; they have ${known.join(', ')}.`);
  }
  const { worse, low, high, pValue } = worseBy(comparison.pairs, model, than, asked);
  const failed = by > 0 ? low > by : worse > 0 && pValue <= level;
  const number = (value: number) => String(Number(value.toPrecision(4)));
  const word = Object.keys(MEASURES).find((name) => MEASURES[name] === asked)!;
  return {
    condition,
    failed,
    text: `${failed ? 'Failed' : 'Passed'}: ${quote(model)} is ${worse >= 0 ? 'worse' : 'better'} than ${quote(than)} by ${number(Math.abs(worse))} in ${word}, from ${number(low)} to ${number(high)} at ${number(100 * (1 - level))} %, p = ${Number(pValue.toPrecision(3))} (to fail if ${condition.trim()}).`,
  };
}

/** How much worse one model is than another, above 0 where it is. */
function worseBy(
  pairs: readonly ModelPair[],
  model: string,
  than: string,
  measure: CompareMeasure,
) {
  const pair = pairs.find(
    ({ a, b }) => (a === than && b === model) || (a === model && b === than),
  )!;
  const isWorseUp = (pair.b === model) !== (measure === 'accuracy');
  const { delta, low, high, pValue } = pair;
  return isWorseUp
    ? { worse: delta, low, high, pValue }
    : { worse: -delta, low: -high, high: -low, pValue };
}

function requireModel(
  { condition }: WorseGate,
  name: string,
  models: CompareReport['models'],
): void {
  const names = models.map((of) => of.name);
  if (names.includes(name)) return;
  const near = nearest(name, names);
  throw badGate(
    condition,
    `no model is called ${quote(name)}.${near === null ? ` There are ${names.map(quote).join(', ')}.` : ` Did you mean ${near}?`}`,
  );
}
