// Four rows of f32 as columns and back:
//
//   rows   a0 a1 a2 a3          columns   a0 b0 c0 d0
//          b0 b1 b2 b3    ⇄               a1 b1 c1 d1
//          c0 c1 c2 c3                    a2 b2 c2 d2
//          d0 d1 d2 d3                    a3 b3 c3 d3

/** Stores the transpose of four vectors at four addresses. */
// @ts-ignore: decorator
@inline
export function store_transposed(
  a: v128,
  b: v128,
  c: v128,
  d: v128,
  to0: usize,
  to1: usize,
  to2: usize,
  to3: usize,
): void {
  const ab_low = v128.shuffle<f32>(a, b, 0, 4, 1, 5);
  const ab_high = v128.shuffle<f32>(a, b, 2, 6, 3, 7);
  const cd_low = v128.shuffle<f32>(c, d, 0, 4, 1, 5);
  const cd_high = v128.shuffle<f32>(c, d, 2, 6, 3, 7);
  v128.store(to0, v128.shuffle<f32>(ab_low, cd_low, 0, 1, 4, 5));
  v128.store(to1, v128.shuffle<f32>(ab_low, cd_low, 2, 3, 6, 7));
  v128.store(to2, v128.shuffle<f32>(ab_high, cd_high, 0, 1, 4, 5));
  v128.store(to3, v128.shuffle<f32>(ab_high, cd_high, 2, 3, 6, 7));
}

/** Stores the columns of four rows one after another; the last block may hold up to three columns too many. */
// @ts-ignore: decorator
@inline
export function store_columns(
  row0: usize,
  row1: usize,
  row2: usize,
  row3: usize,
  classes: usize,
  columns: usize,
): void {
  for (let c: usize = 0; c < classes; c += 4) {
    const at = c << 2;
    const to = columns + (c << 4);
    store_transposed(
      v128.load(row0 + at),
      v128.load(row1 + at),
      v128.load(row2 + at),
      v128.load(row3 + at),
      to,
      to + 16,
      to + 32,
      to + 48,
    );
  }
}
