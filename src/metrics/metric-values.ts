/** A number with its interval, its baseline and the skill that follows from both. */

import type { MetricValue } from '../types/report.js';
import type { Interval } from './intervals.js';

/** Metrics by name, the headline numbers first. */
export type Metrics = Record<string, MetricValue>;

/** A score whose best value is 1. */
export function higherIsBetter(
  value: number,
  interval: Interval | null,
  baseline: number,
): MetricValue {
  return withSkill(value, interval, baseline, (value - baseline) / (1 - baseline));
}

/** A loss whose best value is 0. */
export function lowerIsBetter(
  value: number,
  interval: Interval | null,
  baseline: number,
): MetricValue {
  return withSkill(value, interval, baseline, 1 - value / baseline);
}

function withSkill(
  value: number,
  interval: Interval | null,
  baseline: number,
  skill: number,
): MetricValue {
  return {
    value,
    ...interval,
    ...(Number.isFinite(baseline) && { baseline }),
    ...(Number.isFinite(skill) && { skill }),
  };
}

export function mapInterval(interval: Interval | null, f: (x: number) => number): Interval | null {
  return interval === null ? null : { low: f(interval.low), high: f(interval.high) };
}
