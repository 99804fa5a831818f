/** The settings of a tally of regression metrics: their defaults, their checks, and reading them from a state. */

import { UsageError } from '../types/errors.js';
import type { KernelName } from '../types/scores.js';
import {
  damagedState,
  requireCount,
  requireList,
  requireNumber,
  requireRecord,
} from './state-check.js';

/** Memory for the values that medians need, where the caller does not say. */
const KEPT_BYTES = 64 * 1024 * 1024;

export interface RegressionTallyOptions {
  /** Whether rows have weights; default false. */
  readonly weighted?: boolean;
  /** Quantiles of the pinball losses, each in 0 … 1; default 0.1 and 0.9. */
  readonly quantiles?: readonly number[];
  /** Powers of the Tweedie deviances; default 1 (Poisson) and 2 (gamma). */
  readonly powers?: readonly number[];
  /** Most bytes for the values that medians need, default 64 MiB; past it medians come with bounds. */
  readonly keptBytes?: number;
  /** Exponential and logarithm: those of the core, or the host's. */
  readonly math: { exp(x: number): number; log(x: number): number };
  /** Where `math` comes from. */
  readonly kernel: KernelName;
  /** Version of the library. */
  readonly version: string;
}

/** Options that two tallies must share to be merged, as they stand in a state. */
export interface RegressionSettings {
  readonly weighted: boolean;
  readonly quantiles: readonly number[];
  readonly powers: readonly number[];
  readonly keptBytes: number;
  readonly kernel: KernelName;
  readonly version: string;
}

/** @throws UsageError `bad-option` */
export function regressionSettings(options: RegressionTallyOptions): RegressionSettings {
  const { weighted = false, kernel, version, keptBytes = KEPT_BYTES } = options;
  const { quantiles = [0.1, 0.9], powers = [1, 2] } = options;
  const list = (
    name: string,
    numbers: readonly number[],
    fits: (x: number) => boolean,
    text: string,
  ) => {
    const wrong = numbers.find((one) => !fits(one));
    if (wrong !== undefined) throw badOption(name, String(wrong), text);
    return [...new Set(numbers)].sort((a, b) => a - b);
  };
  if (!(keptBytes >= 0 && keptBytes <= 2 ** 36)) {
    throw badOption('keptBytes', String(keptBytes), 'bytes from 0 to 64 GiB');
  }
  return {
    weighted,
    quantiles: list('quantiles', quantiles, (q) => q > 0 && q < 1, 'numbers between 0 and 1'),
    powers: list(
      'powers',
      powers,
      (p) => Number.isFinite(p) && (p < 0 || p >= 1),
      'powers below 0 or from 1 (power 0 is the squared error)',
    ),
    keptBytes,
    kernel,
    version,
  };
}

function badOption(name: string, found: string, expected: string): UsageError {
  return new UsageError('bad-option', `Option ${name} holds ${found}; expected ${expected}.`);
}

/** @throws InputError `state-damaged` when `state` holds no settings of a tally */
export function readSettings(state: unknown): RegressionSettings {
  const record = requireRecord(state, 'the options of the tally');
  const numbers = (list: unknown, name: string) =>
    requireList(list, name).map((item) => requireNumber(item, name));
  const { weighted, kernel, version } = record;
  if (typeof weighted !== 'boolean' || typeof kernel !== 'string' || typeof version !== 'string') {
    throw damagedState('the options of the tally are incomplete');
  }
  const settings = {
    weighted,
    quantiles: numbers(record.quantiles, 'the quantiles'),
    powers: numbers(record.powers, 'the powers'),
    keptBytes: requireCount(record.keptBytes, 'the bytes for values'),
    kernel: kernel as KernelName,
    version,
  };
  try {
    return regressionSettings({ ...settings, math: Math });
  } catch (error) {
    if (error instanceof UsageError) throw damagedState(error.message.replace(/\.$/, ''));
    throw error;
  }
}
