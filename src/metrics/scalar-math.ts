/**
 * Exponential and logarithm as metrics take them. JavaScript engines differ
 * in their last bits, so reports pass those of the WebAssembly module.
 */
export interface ScalarMath {
  exp(x: number): number;
  log(x: number): number;
}
