/**
 * The temperature that fits rows best, and what is left of the loss there.
 *
 * L(β) = mean[LSE(βz) − βz_y] with β = 1/T is convex (Guo et al., ICML 2017,
 * fit T on held-out rows), so L′(β) = 0 has one solution at most: Newton's
 * method on ln β, kept inside a bracket.
 *
 * The search does not touch the rows. It asks for moments at some β and goes
 * on when it is given them, from rows in memory or from a dump read again.
 */

import { Z_95 } from '../metrics/intervals.js';
import type { ScalarMath } from '../metrics/scalar-math.js';
import type { RowSample, SampledRows } from '../tallies/row-sample.js';
import type { TemperatureReport } from '../types/diagnosis.js';
import type { TemperKernel } from '../types/temper.js';
import { FoldSums, foldOf, type Moments, total } from './fold-moments.js';
import { type BetaRange, betaRange } from './temperature-range.js';

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
/**
 * Many rows are searched in a few of them first: it is nearly there already.
 * So many bytes of scores, or rows, are in every sample, so that searches
 * of all samples of a dump begin at the same β.
 */
const PART_ROWS = 1024;
const PART_BYTES = 32 * 1024 * 1024;
const WORTH_A_PART = 8;
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
  /** T; at a bound the end of the range. */
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

/**
 * A search: hands out values of β, and goes on when it is given the moments of
 * the folds at each of them.
 */
export type Search<Found> = Generator<readonly number[], Found, readonly (readonly Moments[])[]>;

/** Where a search for β is, or ended, and the moments of the folds there. */
interface Place {
  readonly beta: number;
  readonly folds: readonly Moments[];
}

interface Root extends Place {
  readonly bound: TemperatureBound | null;
}

/** What every search over some rows goes by. */
interface Terms {
  readonly range: BetaRange;
  readonly math: ScalarMath;
  /** Some of the rows. */
  readonly sample: RowSample;
}

/** What a loss that no temperature changes says, here where e^(βd) is 0 or 1. */
function boundOfFlat(sample: RowSample, loss: number): TemperatureBound {
  return loss > 0 && hasEqualScores(sample.rows()) ? 'no-information' : 'separated';
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

/** Solves L′(β) = 0 on ln β, of all folds but `without`. */
function* solve(
  { range, math, sample }: Terms,
  { beta, folds }: Place,
  without = -1,
): Search<Root> {
  const lowest = math.log(range.low);
  const highest = math.log(range.high);
  let [low, high] = [lowest, highest];
  for (let tries = 0; ; tries++) {
    const sums = total(folds, without);
    // Not a minimum: past some β the exponentials of separated rows are 0, and so is L′.
    if (sums.first === 0 && sums.second === 0) {
      return { beta, bound: boundOfFlat(sample, sums.loss), folds };
    }
    const step = sums.first === 0 ? 0 : sums.step();
    if (Math.abs(step) < LAST_STEP * beta || tries === MOST_STEPS) {
      return { beta: beta + step, bound: null, folds: folds.map((fold) => fold.moved(step)) };
    }
    const lnBeta = math.log(beta);
    if (sums.first > 0) high = lnBeta;
    else low = lnBeta;
    if (high - lowest < BOUND_WIDTH) return { beta, bound: 'no-information', folds };
    if (highest - low < BOUND_WIDTH) return { beta, bound: 'separated', folds };
    const next = math.log(beta + step);
    // NaN, where the step leads below 0, is not inside of anything.
    const inside = next > low && next < high && (tries < MANY_STEPS || tries % 2 === 0);
    beta = math.exp(inside ? next : (low + high) / 2);
    [folds] = yield [beta];
  }
}

/**
 * Loss of a fold's rows at the β that the rows of the other folds are fitted
 * best by. Where those are separated there is none, and a row that is not
 * would cost as much as the range of β allows: the β of all rows stands in.
 */
function* lossOfFold(terms: Terms, k: number, root: Root): Search<number> {
  const { beta, bound, folds } = root;
  if (folds[k].weight === 0) return 0;
  const isAlone = !(total(folds).weight - folds[k].weight > 0);
  if (isAlone || bound !== null) return folds[k].loss;
  const step = total(folds, k).step();
  if (Math.abs(step) < SHORT_STEP * beta) return folds[k].moved(step).loss;
  const others = yield* solve(terms, root, k);
  return others.bound === 'separated' ? folds[k].loss : others.folds[k].loss;
}

/** Searches that go on side by side, so that where rows have to be read, a reading serves all. */
function* together<Found>(searches: readonly Search<Found>[]): Search<Found[]> {
  const steps = searches.map((search) => search.next());
  for (;;) {
    const betas = steps.map((step) => (step.done === true ? [] : step.value));
    if (betas.every(({ length }) => length === 0)) {
      return steps.map((step) => step.value as Found);
    }
    const moments = yield betas.flat();
    let from = 0;
    searches.forEach((search, i) => {
      if (betas[i].length === 0) return;
      steps[i] = search.next(moments.slice(from, from + betas[i].length));
      from += betas[i].length;
    });
  }
}

/**
 * Searches the temperature of rows, once of all of them and once per fold of the others.
 * @param rows how many rows the moments will be of
 * @param sample of these rows, or all of them, as logits
 * @returns null without rows that weigh something
 */
export function* searchRefinement(
  rows: number,
  sample: RowSample,
  kernel: TemperKernel,
  math: ScalarMath,
): Search<Refinement | null> {
  const terms: Terms = { range: betaRange(sample), math, sample };
  const start = startOf(rows, terms, kernel);
  // Together: where they have to be read, rows are read once for both.
  const found = yield start === 1 ? [1] : [1, start];
  const { weight, loss } = total(found[0]);
  if (!(weight > 0)) return null;
  const root = yield* solve(terms, { beta: start, folds: found[found.length - 1] });
  const { beta, bound, folds } = root;
  const best = total(folds);
  const losses = yield* together(folds.map((_, k) => lossOfFold(terms, k, root)));
  const crossFitted = losses.reduce((sum, foldLoss) => sum + foldLoss, 0);
  const { low, high } = terms.range;
  const fitted = bound === null ? beta : bound === 'separated' ? high : low;
  return {
    fit: {
      temperature: 1 / fitted,
      beta: fitted,
      bound,
      loss: best.loss / weight,
      lossAtOne: loss / weight,
      standardError:
        bound === null ? Math.sqrt(best.firstSquares) / (best.second * beta) : Number.NaN,
    },
    crossFittedLoss: crossFitted / weight,
    rows,
  };
}

/** Most sampled rows that tell a search where to begin. */
export function startingRows(classes: number): number {
  return Math.min(PART_ROWS, Math.floor(PART_BYTES / (8 * classes)));
}

/** Where to begin: at 1, whose moments are needed anyway, if nothing better is at hand. */
function startOf(rows: number, terms: Terms, kernel: TemperKernel): number {
  const { range, sample } = terms;
  const isNear = range.low < 1 && 1 < range.high;
  const start = isNear ? 1 : Math.sqrt(range.low * range.high);
  const few = startingRows(sample.options.classes);
  if (rows < WORTH_A_PART * few) return start;
  const part = sample.atMost(few);
  const at = momentsAt(kernel, part);
  return run(solve({ ...terms, sample: part }, { beta: start, folds: at(start) }), at).beta;
}

/** Runs a search over rows in memory. */
function run<Found>(search: Search<Found>, at: (beta: number) => readonly Moments[]): Found {
  let step = search.next();
  while (step.done !== true) step = search.next(step.value.map(at));
  return step.value;
}

/** The moments of a sample's folds as a function of β. */
function momentsAt(kernel: TemperKernel, sample: RowSample): (beta: number) => Moments[] {
  const rows = sample.rows();
  const folds = Uint8Array.from(rows.index, foldOf);
  return (beta) => {
    const sums = new FoldSums();
    kernel.run(rows, 0, rows.count, beta, (columns, count, firstRow) =>
      sums.add(columns, count, folds, rows.weights, firstRow),
    );
    return sums.moments();
  };
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
  return run(searchRefinement(sample.count, sample, kernel, math), momentsAt(kernel, sample));
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
