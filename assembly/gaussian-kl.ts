// Kullback–Leibler divergence of diagonal Gaussians from the standard normal,
// per row, with its gradients. Everything goes through f64 lanes: e^x − 1 − x
// would lose its digits to f32 where x is near 0.

import { load_pair } from './class-sums';
import { exp_f64x2 } from './exp';
import { horizontal_sum } from './lanes';

/** e^x in two lanes, for any x. */
// @ts-ignore: decorator
@inline
function exp_of_any(x: v128): v128 {
  const e = exp_f64x2(f64x2.neg(f64x2.abs(x)));
  return v128.bitselect(f64x2.div(f64x2.splat(1), e), e, f64x2.gt(x, f64x2.splat(0)));
}

/** Stores two lanes as numbers of type T. */
// @ts-ignore: decorator
@inline
function store_pair<T>(address: usize, v: v128): void {
  if (sizeof<T>() == 8) v128.store(address, v);
  else v128.store64_lane(address, f32x4.demote_f64x2_zero(v), 0);
}

/**
 * Divergence of each of `rows` rows, and over the inputs the gradient of
 * scale · (their sum):
 *
 *   loss_r = ½·Σ_d (μ² + e^x − 1 − x)
 *   ∂/∂μ = scale·μ,  ∂/∂x = ½·scale·(e^x − 1)
 *
 * @param means μ, rows × dimensions
 * @param log_variances x = log σ², as many
 * @param losses f64 per row
 */
// @ts-ignore: decorator
@inline
function gaussian_kl<T>(
  means: usize,
  log_variances: usize,
  rows: usize,
  dimensions: usize,
  scale: f64,
  losses: usize,
): void {
  const one = f64x2.splat(1);
  const of_mean = f64x2.splat(scale);
  const of_variance = f64x2.splat(scale / 2);
  const pairs = dimensions & ~1;
  for (let r: usize = 0; r < rows; ++r) {
    let at = r * dimensions * sizeof<T>();
    let sums = f64x2.splat(0);
    for (let d: usize = 0; d < pairs; d += 2) {
      const m = load_pair<T>(means + at);
      const x = load_pair<T>(log_variances + at);
      const growth = f64x2.sub(exp_of_any(x), one);
      sums = f64x2.add(sums, f64x2.add(f64x2.mul(m, m), f64x2.sub(growth, x)));
      store_pair<T>(means + at, f64x2.mul(of_mean, m));
      store_pair<T>(log_variances + at, f64x2.mul(of_variance, growth));
      at += 2 * sizeof<T>();
    }
    let sum = horizontal_sum<f64>(sums);
    if (pairs < dimensions) {
      const m = <f64>load<T>(means + at);
      const x = <f64>load<T>(log_variances + at);
      const growth = f64x2.extract_lane(exp_of_any(f64x2.splat(x)), 0) - 1;
      sum += m * m + (growth - x);
      store<T>(means + at, <T>(scale * m));
      store<T>(log_variances + at, <T>((scale / 2) * growth));
    }
    store<f64>(losses + (r << 3), sum / 2);
  }
}

/** {@link gaussian_kl} of f32 inputs. */
export function gaussian_kl_f32(
  means: usize,
  log_variances: usize,
  rows: usize,
  dimensions: usize,
  scale: f64,
  losses: usize,
): void {
  gaussian_kl<f32>(means, log_variances, rows, dimensions, scale, losses);
}

/** {@link gaussian_kl} of f64 inputs. */
export function gaussian_kl_f64(
  means: usize,
  log_variances: usize,
  rows: usize,
  dimensions: usize,
  scale: f64,
  losses: usize,
): void {
  gaussian_kl<f64>(means, log_variances, rows, dimensions, scale, losses);
}
