/**
 * The temperature that fits rows best, and what is left of the loss there.
 *
 * L(β) = mean[LSE(βz) − βz_y] with β = 1/T is convex (Guo et al., ICML 2017,
 * fit T on held-out rows), so L′(β) = 0 has one solution at most: Newton's
 * method on ln β, kept inside a bracket.
 */

import { Z_95 } from '../metrics/intervals.js';
import type { ScalarMath } from '../metrics/scalar-math.js';
import type { RowSample, SampledRows } from '../tallies/row-sample.js';
import type { TemperatureReport } from '../types/diagnosis.js';
import { rowHash } from '../types/row-hash.js';
import type { TemperKernel } from '../types/temper.js';

/** Temperatures are looked for from 1/1024 to 1024. */
export const LARGEST_TEMPERATURE = 1024;
const LARGEST_LN_BETA = 10 * Math.LN2;
/** A bracket this narrow at an end of the range means that the loss falls all the way to it. */
const BOUND_WIDTH = 1e-3;
/**
 * A step, relative to β, so short that a Taylor series of third order gives
 * what lies at its end to the last bits: no row needs to be looked at again.
 */
const LAST_STEP = 1e-5;
const MOST_STEPS = 200;
/**
 * Fits take a handful of steps. From here on every second one halves the
 * bracket: towards the end of the range, steps would be as short as the loss is flat.
 */
const MANY_STEPS = 8;
/** Larger samples are searched in a part of them first: it is nearly there already. */
const PART_ROWS = 1024;
/** Folds of the cross-fit. */
export const FOLDS = 5;
const FOLD_SEED = 0x666f6c64;
/**
 * The β without a fold lies close to that of all rows. Where the step there is
 * shorter than this, the Taylor series goes it: its error is about the fourth power.
 */
const SHORT_STEP = 1e-2;

/** Which end of the range a fit ran into. */
export type TemperatureBound =
  /** β → 0, T → ∞: the scores carry no information about the targets. */
  | 'no-information'
  /** β → ∞, T → 0: every row's target scores highest. */
  | 'separated';

/** A fitted temperature. */
export interface TemperatureFit {
  /** T; at a bound 1024 or 1/1024. */
  readonly temperature: number;
  /** 1/T. */
  readonly beta: number;
  /** Set where the loss falls all the way to an end of the range. */
  readonly bound: TemperatureBound | null;
  /** Mean loss at T: the refinement part when fitted and scored on the same rows. */
  readonly loss: number;
  /** Mean loss at T = 1. */
  readonly lossAtOne: number;
  /** Standard error of ln T (from the sandwich of slope variance and curvature); NaN at a bound. */
  readonly standardError: number;
}

/** What the fit of a sample of rows found. */
export interface Refinement {
  /** Fitted on all rows of the sample. */
  readonly fit: TemperatureFit;
  /** Mean loss of rows at the temperature that the other folds fitted. */
  readonly crossFittedLoss: number;
  /** Rows the fit used. */
  readonly rows: number;
}

/** Σw·L, Σw·L′, Σw·L″, Σw·L‴, Σw and Σ(w·L′)² of some rows at one β. */
class Moments {
  loss = 0;
  first = 0;
  second = 0;
  third = 0;
  weight = 0;
  firstSquares = 0;

  add(other: Moments): void {
    this.loss += other.loss;
    this.first += other.first;
    this.second += other.second;
    this.third += other.third;
    this.weight += other.weight;
    this.firstSquares += other.firstSquares;
  }

  /** What the moments are at β + step, by their Taylor series. */
  moved(step: number): Moments {
    const there = new Moments();
    there.loss =
      this.loss + step * (this.first + step * (this.second / 2 + (step * this.third) / 6));
    there.first = this.first + step * (this.second + (step * this.third) / 2);
    there.second = this.second + step * this.third;
    there.third = this.third;
    there.weight = this.weight;
    there.firstSquares = this.firstSquares;
    return there;
  }

  /** Halley's step from this β towards L′ = 0. */
  step(): number {
    // By ratios: of separated rows, products of moments are 0 long before the moments are.
    const newton = this.first / this.second;
    return (-2 * newton) / (2 - newton * (this.third / this.second));
  }
}

/** Rows ordered by fold, and where each fold begins; one more entry ends the last. */
interface FoldedRows {
  readonly rows: SampledRows;
  readonly starts: readonly number[];
}

function foldOf(row: number): number {
  return rowHash(row, FOLD_SEED) % FOLDS;
}

function folded(sample: RowSample): FoldedRows {
  const rows = sample.rows((a, b) => foldOf(a) - foldOf(b) || a - b);
  const sizes = new Array<number>(FOLDS).fill(0);
  for (const row of rows.index) sizes[foldOf(row)]++;
  const starts = [0];
  for (const size of sizes) starts.push(starts[starts.length - 1] + size);
  return { rows, starts };
}

/** The moments of rows `from … to`. */
function momentsOf(
  kernel: TemperKernel,
  rows: SampledRows,
  from: number,
  to: number,
  beta: number,
): Moments {
  const sums = new Moments();
  kernel.run(rows, from, to, beta, (columns, count, firstRow) => {
    for (let r = 0; r < count; r++) {
      const weight = rows.weights?.[firstRow + r] ?? 1;
      if (weight === 0) continue;
      const slope = weight * columns.first[r];
      sums.loss += weight * columns.loss[r];
      sums.first += slope;
      sums.second += weight * columns.second[r];
      sums.third += weight * columns.third[r];
      sums.weight += weight;
      sums.firstSquares += slope * slope;
    }
  });
  return sums;
}

/** The moments of each fold at one β. */
function foldMoments(kernel: TemperKernel, { rows, starts }: FoldedRows, beta: number): Moments[] {
  return Array.from({ length: FOLDS }, (_, k) =>
    momentsOf(kernel, rows, starts[k], starts[k + 1], beta),
  );
}

function total(folds: readonly Moments[], without = -1): Moments {
  const sums = new Moments();
  folds.forEach((fold, k) => {
    if (k !== without) sums.add(fold);
  });
  return sums;
}

/** Where a search for β ended, and the moments of the folds there. */
interface Root {
  readonly beta: number;
  readonly bound: TemperatureBound | null;
  readonly folds: readonly Moments[];
}

/** What a loss that no temperature changes says, here where e^(βd) is 0 or 1. */
function boundOfFlat(rows: SampledRows, loss: number): TemperatureBound {
  return loss > 0 && hasEqualScores(rows) ? 'no-information' : 'separated';
}

/** Whether every row gives the same score to all classes that it does not mask. */
function hasEqualScores({ classes, count, scores }: SampledRows): boolean {
  for (let r = 0; r < count; r++) {
    const row = scores.subarray(r * classes, (r + 1) * classes);
    const first = row.find((score) => score !== Number.NEGATIVE_INFINITY);
    if (row.some((z) => z !== first && z !== Number.NEGATIVE_INFINITY)) return false;
  }
  return true;
}

/** Solves L′(β) = 0 on ln β. */
function solve(
  rows: SampledRows,
  at: (beta: number) => Moments[],
  start: number,
  math: ScalarMath,
): Root {
  let low = -LARGEST_LN_BETA;
  let high = LARGEST_LN_BETA;
  let beta = start;
  for (let tries = 0; ; tries++) {
    const folds = at(beta);
    const sums = total(folds);
    // Not a minimum: past some β the exponentials of separated rows are 0, and so is L′.
    if (sums.first === 0 && sums.second === 0) {
      return { beta, bound: boundOfFlat(rows, sums.loss), folds };
    }
    const step = sums.first === 0 ? 0 : sums.step();
    if (Math.abs(step) < LAST_STEP * beta || tries === MOST_STEPS) {
      return { beta: beta + step, bound: null, folds: folds.map((fold) => fold.moved(step)) };
    }
    const lnBeta = math.log(beta);
    if (sums.first > 0) high = lnBeta;
    else low = lnBeta;
    if (high + LARGEST_LN_BETA < BOUND_WIDTH) return { beta, bound: 'no-information', folds };
    if (LARGEST_LN_BETA - low < BOUND_WIDTH) return { beta, bound: 'separated', folds };
    const next = math.log(beta + step);
    // NaN, where the step leads below 0, is not inside of anything.
    const inside = next > low && next < high && (tries < MANY_STEPS || tries % 2 === 0);
    beta = math.exp(inside ? next : (low + high) / 2);
  }
}

/**
 * Loss of a fold's rows at the β that the rows of the other folds are fitted
 * best by. Where those are separated there is none, and a row that is not
 * would cost as much as the range of β allows: the β of all rows stands in.
 */
function lossOfFold(
  kernel: TemperKernel,
  { rows, starts }: FoldedRows,
  k: number,
  { beta, folds }: Root,
  math: ScalarMath,
): number {
  const [from, to] = [starts[k], starts[k + 1]];
  const step = total(folds, k).step();
  if (Math.abs(step) < SHORT_STEP * beta) return folds[k].moved(step).loss;
  const at = (b: number) => [
    momentsOf(kernel, rows, 0, from, b),
    momentsOf(kernel, rows, to, rows.count, b),
  ];
  const others = solve(rows, at, beta, math);
  if (others.bound === 'separated') return folds[k].loss;
  return momentsOf(kernel, rows, from, to, others.beta).loss;
}

/**
 * Fits the temperature of sampled rows, once on all of them and once per fold
 * on the others. Folds go by a hash of the row's index.
 * @returns null without rows that weigh something
 */
export function fitRefinement(
  kernel: TemperKernel,
  sample: RowSample,
  math: ScalarMath = Math,
): Refinement | null {
  const data = folded(sample);
  const { rows, starts } = data;
  const atOne = foldMoments(kernel, data, 1);
  const { weight, loss } = total(atOne);
  if (!(weight > 0)) return null;
  const part = Math.floor(rows.count / 8);
  const start =
    part < PART_ROWS
      ? 1
      : solve(rows, (beta) => [momentsOf(kernel, rows, 0, part, beta)], 1, math).beta;
  const at = (beta: number) => (beta === 1 ? atOne : foldMoments(kernel, data, beta));
  const root = solve(rows, at, start, math);
  const { beta, bound, folds } = root;
  const best = total(folds);
  let crossFitted = 0;
  for (let k = 0; k < FOLDS; k++) {
    if (starts[k] === starts[k + 1]) continue;
    const isAlone = !(best.weight - folds[k].weight > 0);
    crossFitted +=
      isAlone || bound !== null ? folds[k].loss : lossOfFold(kernel, data, k, root, math);
  }
  const found =
    bound === null ? beta : bound === 'separated' ? LARGEST_TEMPERATURE : 1 / LARGEST_TEMPERATURE;
  return {
    fit: {
      temperature: 1 / found,
      beta: found,
      bound,
      loss: best.loss / weight,
      lossAtOne: loss / weight,
      standardError:
        bound === null ? Math.sqrt(best.firstSquares) / (best.second * beta) : Number.NaN,
    },
    crossFittedLoss: crossFitted / weight,
    rows: rows.count,
  };
}

/** A fit as reports show it. */
export function temperatureReport(
  { temperature, bound, standardError }: TemperatureFit,
  math: ScalarMath,
): TemperatureReport {
  if (bound !== null) return { value: temperature, bound };
  const factor = math.exp(Z_95 * standardError);
  return { value: temperature, low: temperature / factor, high: temperature * factor };
}
