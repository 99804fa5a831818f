// a · b + c, where the two builds differ: the default rounds twice and gives
// the same bits on every machine; the relaxed build leaves it to the machine,
// which has one instruction for it.

/** a · b + c per lane. */
// @ts-ignore: decorator
@inline
export function madd<T>(a: v128, b: v128, c: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return v128.relaxed_madd<T>(a, b, c);
  return v128.add<T>(v128.mul<T>(a, b), c);
}

/** e0² + e1² + e2² + e3² + sum per lane. */
// @ts-ignore: decorator
@inline
export function add_squares<T>(sum: v128, e0: v128, e1: v128, e2: v128, e3: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) {
    const left = v128.relaxed_madd<T>(e1, e1, v128.mul<T>(e0, e0));
    const right = v128.relaxed_madd<T>(e3, e3, v128.relaxed_madd<T>(e2, e2, sum));
    return v128.add<T>(left, right);
  }
  return v128.add<T>(
    sum,
    v128.add<T>(
      v128.add<T>(v128.mul<T>(e0, e0), v128.mul<T>(e1, e1)),
      v128.add<T>(v128.mul<T>(e2, e2), v128.mul<T>(e3, e3)),
    ),
  );
}
