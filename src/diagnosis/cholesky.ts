/** Symmetric positive definite systems, by Cholesky's factors. */

/** Added to the diagonal, relative to its mean, where the factors meet a pivot that is none. */
const FIRST_LIFT = 1e-13;

/** A factored matrix. */
export class Factors {
  /** Lower triangle, row-major n × n. */
  readonly #lower: Float64Array;
  readonly #n: number;

  /** @param matrix symmetric n × n, of which the lower triangle is read; it is not changed */
  constructor(matrix: Float64Array, n: number) {
    this.#n = n;
    this.#lower = new Float64Array(n * n);
    let trace = 0;
    for (let i = 0; i < n; i++) trace += Math.abs(matrix[i * n + i]);
    const mean = trace > 0 ? trace / n : 1;
    let lift = 0;
    while (!this.#factor(matrix, lift)) lift = lift === 0 ? FIRST_LIFT * mean : 100 * lift;
  }

  #factor(matrix: Float64Array, lift: number): boolean {
    const n = this.#n;
    const lower = this.#lower;
    for (let i = 0; i < n; i++) {
      for (let j = 0; j <= i; j++) {
        let sum = matrix[i * n + j] + (i === j ? lift : 0);
        const [a, b] = [i * n, j * n];
        for (let k = 0; k < j; k++) sum -= lower[a + k] * lower[b + k];
        if (i !== j) lower[a + j] = sum / lower[b + j];
        else if (sum > 1e-15 * matrix[i * n + i]) lower[a + i] = Math.sqrt(sum);
        else return false;
      }
    }
    return true;
  }

  /** x with A·x = right. */
  solve(right: Float64Array): Float64Array {
    const n = this.#n;
    const lower = this.#lower;
    const x = right.slice();
    for (let i = 0; i < n; i++) {
      for (let k = 0; k < i; k++) x[i] -= lower[i * n + k] * x[k];
      x[i] /= lower[i * n + i];
    }
    for (let i = n - 1; i >= 0; i--) {
      for (let k = i + 1; k < n; k++) x[i] -= lower[k * n + i] * x[k];
      x[i] /= lower[i * n + i];
    }
    return x;
  }
}
