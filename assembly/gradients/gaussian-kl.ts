// Kullback–Leibler divergence of diagonal Gaussians from the standard normal,
// per row, with its gradients. Everything goes through f64 lanes: e^x − 1 − x
// would lose its digits to f32 where x is near 0.

import { CLASSES, EXTRA, LOSSES, SCALE, SCORES } from '../call';
import { load_pair } from '../rows/class-sums';
import { exp_any_f64x2 } from '../vectors/exp';
import { horizontal_sum } from '../vectors/lanes';

/** Stores two lanes as numbers of type T. */
// @ts-ignore: decorator
@inline
function store_pair<T>(address: usize, v: v128): void {
  if (sizeof<T>() == 8) v128.store(address, v);
  else v128.store64_lane(address, f32x4.demote_f64x2_zero(v), 0);
}

/**
 * Divergence of each of the first `rows` rows, and over the inputs the gradient of
 * scale · (their sum):
 *
 *   loss_r = ½·Σ_d (μ² + e^x − 1 − x)
 *   ∂/∂μ = scale·μ,  ∂/∂x = ½·scale·(e^x − 1)
 *
 * SCORES are the means μ, EXTRA is x = log σ²; CLASSES is how many there are in a row.
 */
// @ts-ignore: decorator
@inline
export function gaussian_kl<T>(rows: usize): void {
  const means = load<usize>(SCORES);
  const log_variances = load<usize>(EXTRA);
  const dimensions = load<usize>(CLASSES);
  const losses = load<usize>(LOSSES);
  const scale = load<f64>(SCALE);
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
      const growth = f64x2.sub(exp_any_f64x2(x), one);
      sums = f64x2.add(sums, f64x2.add(f64x2.mul(m, m), f64x2.sub(growth, x)));
      store_pair<T>(means + at, f64x2.mul(of_mean, m));
      store_pair<T>(log_variances + at, f64x2.mul(of_variance, growth));
      at += 2 * sizeof<T>();
    }
    let sum = horizontal_sum<f64>(sums);
    if (pairs < dimensions) {
      const m = <f64>load<T>(means + at);
      const x = <f64>load<T>(log_variances + at);
      const growth = f64x2.extract_lane(exp_any_f64x2(f64x2.splat(x)), 0) - 1;
      sum += m * m + (growth - x);
      store<T>(means + at, <T>(scale * m));
      store<T>(log_variances + at, <T>((scale / 2) * growth));
    }
    store<f64>(losses + (r << 3), sum / 2);
  }
}
