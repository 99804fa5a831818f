/**
 * Gates: conditions under which a run is to fail. Of one dump they compare a
 * metric with a number (`log_loss > 0.4`); of two they ask the paired tests
 * (`accuracy drops`), never a raw difference.
 */

import { UsageError } from '../types/errors.js';
import type { Change, ExplainReport } from '../types/explain.js';
import type { GateResult } from '../types/gate.js';
import { nearest } from '../types/nearest.js';
import type { ScoreReport } from '../types/report.js';

const COMPARISONS: Readonly<Record<string, (a: number, b: number) => boolean>> = {
  '>': (a, b) => a > b,
  '>=': (a, b) => a >= b,
  '<': (a, b) => a < b,
  '<=': (a, b) => a <= b,
};

/** A parsed condition on one dump. */
export interface MetricGate {
  readonly condition: string;
  readonly metric: string;
  readonly comparison: string;
  readonly threshold: number;
}

/** A parsed condition on a change. */
export interface ChangeGate {
  readonly condition: string;
  readonly quantity: (typeof QUANTITIES)[number];
  readonly verb: keyof typeof VERBS;
}

const QUANTITIES = ['loss', 'accuracy', 'refinement', 'calibration'] as const;
const VERBS = {
  rises: (delta: number) => delta > 0,
  drops: (delta: number) => delta < 0,
  falls: (delta: number) => delta < 0,
  changes: (delta: number) => delta !== 0,
};

function badGate(condition: string, expected: string): UsageError {
  return new UsageError(
    'bad-gate',
    `The condition ${JSON.stringify(condition)} cannot be read; expected ${expected}.`,
  );
}

/** @throws UsageError `bad-gate` */
export function parseMetricGate(condition: string): MetricGate {
  const match = /^\s*([\w.]+)\s*(>=|<=|>|<)\s*(\S+)\s*$/.exec(condition);
  const threshold = Number(match?.[3]);
  if (match === null || Number.isNaN(threshold)) {
    throw badGate(condition, 'a metric, one of > >= < <=, and a number, as in "log_loss > 0.4"');
  }
  return { condition, metric: match[1], comparison: match[2], threshold };
}

/** @throws UsageError `bad-gate` */
export function parseChangeGate(condition: string): ChangeGate {
  const [quantity, verb, ...rest] = condition.trim().split(/\s+/);
  const isKnown =
    (QUANTITIES as readonly string[]).includes(quantity) && Object.hasOwn(VERBS, verb ?? '');
  if (!isKnown || rest.length > 0) {
    throw badGate(
      condition,
      `one of ${QUANTITIES.join(', ')} and one of ${Object.keys(VERBS).join(', ')}, as in "accuracy drops"`,
    );
  }
  return {
    condition,
    quantity: quantity as ChangeGate['quantity'],
    verb: verb as ChangeGate['verb'],
  };
}

/** Numbers of a report by name: its metrics, and those of its diagnosis. */
function numbersOf({ metrics, diagnosis }: ScoreReport): Map<string, number> {
  const numbers = new Map<string, number>();
  for (const [name, { value }] of Object.entries(metrics)) {
    if (typeof value === 'number') numbers.set(name, value);
  }
  if (diagnosis) {
    numbers.set('temperature', diagnosis.temperature.value);
    numbers.set('refinement', diagnosis.refinement.crossFitted);
    numbers.set('calibration', diagnosis.calibration.crossFitted);
  }
  return numbers;
}

/**
 * Holds a report against conditions. NaN fails every condition: it cannot be vouched for.
 * @throws UsageError `unknown-metric` for a metric that the report does not have
 */
export function checkMetricGates(report: ScoreReport, gates: readonly MetricGate[]): GateResult[] {
  const numbers = numbersOf(report);
  return gates.map(({ condition, metric, comparison, threshold }) => {
    const value = numbers.get(metric);
    if (value === undefined) {
      const { metrics: chosen } = report.options;
      const near = nearest(metric, [...numbers.keys()]);
      const advice = near === null ? '' : ` Did you mean ${near}?`;
      throw new UsageError(
        'unknown-metric',
        `--fail-if ${JSON.stringify(condition)}: this report has no metric ${JSON.stringify(metric)}.${chosen ? ` It holds ${chosen.join(', ')} alone; add ${metric} to --metrics.` : advice}`,
      );
    }
    const failed = Number.isNaN(value) || COMPARISONS[comparison](value, threshold);
    return {
      condition,
      failed,
      text: `${failed ? 'Failed' : 'Passed'}: ${metric} is ${Number(value.toPrecision(6))} (to fail if ${condition.trim()}).`,
    };
  });
}

/** Holds changes against conditions, each by its paired test at `level`. */
export function checkChangeGates(
  report: ExplainReport,
  gates: readonly ChangeGate[],
  level: number,
): GateResult[] {
  return gates.map(({ condition, quantity, verb }) => {
    const { delta, pValue }: Change = report[quantity];
    const failed = pValue <= level && VERBS[verb](delta);
    const amount = `${delta < 0 ? '−' : '+'}${Number(Math.abs(delta).toPrecision(4))}`;
    return {
      condition,
      failed,
      text: `${failed ? 'Failed' : 'Passed'}: ${quantity} ${amount}, p = ${Number(pValue.toPrecision(3))} (to fail if ${condition.trim()} at level ${level}).`,
    };
  });
}
