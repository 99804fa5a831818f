/** Divergence of diagonal Gaussians from the standard normal in plain f64 TypeScript. */

/** What {@link gaussianKlReference} gives. */
export interface GaussianKlSums {
  /** ½·Σ (μ² + σ² − 1 − log σ²) of each row. */
  readonly losses: Float64Array;
  /** Gradients of their sum. */
  readonly mean: Float64Array;
  readonly logVariance: Float64Array;
}

/** Losses of rows of `dimensions` Gaussians, and the gradients of their sum. */
export function gaussianKlReference(
  mean: ArrayLike<number>,
  logVariance: ArrayLike<number>,
  dimensions: number,
): GaussianKlSums {
  const losses = new Float64Array(mean.length / dimensions);
  const growth = Float64Array.from(logVariance, Math.expm1);
  for (let i = 0; i < mean.length; i++) {
    losses[Math.floor(i / dimensions)] += (mean[i] ** 2 + (growth[i] - logVariance[i])) / 2;
  }
  return { losses, mean: Float64Array.from(mean), logVariance: growth.map((x) => x / 2) };
}
