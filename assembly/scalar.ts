// Scalar functions whose bits must not depend on the JavaScript engine:
// whatever of them ends up in a report or a state comes from here.

/** e^x, for any x. */
export function exp(x: f64): f64 {
  return Math.exp(x);
}

/** Natural logarithm. */
export function log(x: f64): f64 {
  return Math.log(x);
}
