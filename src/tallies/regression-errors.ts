/**
 * What a prediction costs, row by row: the terms whose mean is a regression
 * metric. NaN stands for a row on which a term has no meaning.
 */

/** Exponential and logarithm whose bits do not depend on the host. */
interface RowMath {
  exp(x: number): number;
  log(x: number): number;
}

/** A term of one row. */
export type RowError = (target: number, prediction: number) => number;

export const squaredError: RowError = (y, p) => (y - p) * (y - p);
export const absoluteError: RowError = (y, p) => Math.abs(y - p);
/** q·(y − p) below the target, (1 − q)·(p − y) above: Koenker and Bassett, Econometrica 46, 1978. */
export function pinballLoss(quantile: number): RowError {
  return (y, p) => (y >= p ? quantile * (y - p) : (1 - quantile) * (p - y));
}

/**
 * Writes a term of every row, from its target and the residual target −
 * prediction. The commonest terms are loops of their own: calls of a function
 * per row would put every number on the heap.
 */
export type ColumnError = (
  targets: Float64Array,
  residuals: Float64Array,
  predictions: Float64Array,
  into: Float64Array,
  count: number,
) => void;

export const squaredErrors: ColumnError = (_, residuals, __, into, count) => {
  for (let i = 0; i < count; i++) into[i] = residuals[i]! * residuals[i]!;
};
export const absoluteErrors: ColumnError = (_, residuals, __, into, count) => {
  for (let i = 0; i < count; i++) into[i] = Math.abs(residuals[i]!);
};
/** Positive where the prediction is too high. */
export const signedErrors: ColumnError = (_, residuals, __, into, count) => {
  for (let i = 0; i < count; i++) into[i] = -residuals[i]!;
};
/** NaN for the target 0. */
export const percentageErrors: ColumnError = (targets, residuals, _, into, count) => {
  for (let i = 0; i < count; i++) {
    const size = Math.abs(targets[i]!);
    into[i] = size === 0 ? Number.NaN : Math.abs(residuals[i]!) / size;
  }
};

/** As {@link pinballLoss}. */
export function pinballErrors(quantile: number): ColumnError {
  return (_, residuals, __, into, count) => {
    for (let i = 0; i < count; i++) {
      const residual = residuals[i]!;
      into[i] = residual >= 0 ? quantile * residual : (1 - quantile) * -residual;
    }
  };
}

/** A term for which a call per row matters little, as it takes logarithms. */
export function eachRow(error: RowError): ColumnError {
  return (targets, _, predictions, into, count) => {
    for (let i = 0; i < count; i++) into[i] = error(targets[i]!, predictions[i]!);
  };
}

/** log(1 + x) to a few units in the last place, from a logarithm that is as good. */
export function log1p(x: number, math: RowMath): number {
  const u = 1 + x;
  if (u === 1) return x;
  // What rounding did to 1 + x is undone to first order (Kahan).
  return Number.isFinite(u) ? (math.log(u) * x) / (u - 1) : math.log(u);
}

/** (log(1 + y) − log(1 + p))²; NaN for negative values. */
export function squaredLogError(math: RowMath): RowError {
  return (y, p) => {
    if (!(y >= 0 && p >= 0)) return Number.NaN;
    const difference = log1p(y, math) - log1p(p, math);
    return difference * difference;
  };
}

/** Below this a series is more exact than the difference. */
const SERIES_LIMIT = 0.125;
const SERIES_TERMS = 18;

/** d − log(1 + d), without cancellation where d is small. */
function logRest(d: number, math: RowMath): number {
  if (Math.abs(d) >= SERIES_LIMIT) return d - log1p(d, math);
  // d²/2 − d³/3 + d⁴/4 − …, from the smallest term.
  let sum = 0;
  for (let k = SERIES_TERMS; k >= 2; k--) sum = 1 / k - d * sum;
  return d * d * sum;
}

/**
 * Deviance of one row under the Tweedie family of this power (Jørgensen, The
 * Theory of Dispersion Models, 1997): 0 normal, 1 Poisson, 2 gamma, 3 inverse
 * Gaussian. NaN where the family does not hold the values: see {@link tweedieDomain}.
 */
export function tweedieDeviance(power: number, math: RowMath): RowError {
  if (power === 0) return squaredError;
  const inside = tweedieDomain(power);
  if (power === 1) {
    return (y, p) => {
      if (!inside(y, p)) return Number.NaN;
      if (y === 0) return 2 * p;
      const d = (y - p) / p;
      // p·[(1 + d)·log(1 + d) − d]
      if (Math.abs(d) < SERIES_LIMIT) return 2 * p * (d * d - (1 + d) * logRest(d, math));
      return Math.max(0, 2 * (y * (math.log(y) - math.log(p)) - y + p));
    };
  }
  if (power === 2) {
    return (y, p) => {
      if (!inside(y, p)) return Number.NaN;
      const d = (y - p) / p;
      if (Math.abs(d) < SERIES_LIMIT) return 2 * logRest(d, math);
      return Math.max(0, 2 * (math.log(p) - math.log(y) + d));
    };
  }
  const [one, two] = [1 - power, 2 - power];
  return (y, p) => {
    if (!inside(y, p)) return Number.NaN;
    const whole = y > 0 ? raise(y, two, math) / (one * two) : 0;
    const toOne = raise(p, one, math);
    return Math.max(0, 2 * (whole - (y * toOne) / one + raise(p, two, math) / two));
  };
}

/** base^power for a base above 0. */
export function raise(base: number, power: number, math: RowMath): number {
  return math.exp(power * math.log(base));
}

/** Which targets and predictions a Tweedie family holds; powers between 0 and 1 are no family. */
export function tweedieDomain(power: number): (target: number, prediction: number) => boolean {
  if (power === 0) return () => true;
  if (power < 0) return (_, p) => p > 0;
  if (power < 2) return (y, p) => y >= 0 && p > 0;
  return (y, p) => y > 0 && p > 0;
}

/** What the domain of a power asks for, in words. */
export function tweedieDomainText(power: number): string {
  if (power < 0) return 'predictions above 0';
  return power < 2
    ? 'targets of at least 0 and predictions above 0'
    : 'targets and predictions above 0';
}

/**
 * The term of a target whose mean, with the mean target, gives the deviance of
 * predicting that mean: {@link meanDeviance}.
 */
export function tweedieTerm(power: number, math: RowMath): (target: number) => number {
  if (power === 1) return (y) => (y > 0 ? y * math.log(y) : 0);
  if (power === 2) return (y) => (y > 0 ? math.log(y) : 0);
  return (y) => (y > 0 ? raise(y, 2 - power, math) : 0);
}

/** Mean deviance of predicting the mean target, from it and the mean of {@link tweedieTerm}. */
export function meanDeviance(power: number, mean: number, term: number, math: RowMath): number {
  if (power === 1) return Math.max(0, 2 * (term - mean * math.log(mean)));
  if (power === 2) return Math.max(0, 2 * (math.log(mean) - term));
  const scale = 2 / ((1 - power) * (2 - power));
  return Math.max(0, scale * (term - raise(mean, 2 - power, math)));
}
