/** Seeded rows of every awkward kind, for kernels and tallies alike. */

/** Numbers in [0, 1) from a 32-bit state (mulberry32, public domain). */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A standard normal deviate (Box–Muller). */
export function normal(random: () => number): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

export const ROW_FLAVOURS = [
  'random',
  'ties',
  'huge',
  'offset',
  'masked',
  'nan',
  'equal',
  'confident',
  'infinite',
  'all masked',
] as const;
export type RowFlavour = (typeof ROW_FLAVOURS)[number];

/** Fills a row of logits. */
export function fillLogits(
  row: Float32Array | Float64Array,
  flavour: RowFlavour,
  random: () => number,
): void {
  const somewhere = () => Math.floor(random() * row.length);
  for (let c = 0; c < row.length; c++) row[c] = 3 * normal(random);
  if (flavour === 'ties') for (let c = 0; c < row.length; c++) row[c] = Math.round(row[c] / 2);
  if (flavour === 'huge') for (let c = 0; c < row.length; c++) row[c] *= 1e4 / 3;
  if (flavour === 'offset') for (let c = 0; c < row.length; c++) row[c] += 1e6;
  if (flavour === 'masked') {
    for (let c = 0; c < row.length; c++) if (random() < 0.3) row[c] = Number.NEGATIVE_INFINITY;
    row[somewhere()] = 1;
  }
  if (flavour === 'nan') row[somewhere()] = Number.NaN;
  if (flavour === 'equal') row.fill(row[0]);
  if (flavour === 'confident') row[somewhere()] = 40;
  if (flavour === 'infinite') row[somewhere()] = Number.POSITIVE_INFINITY;
  if (flavour === 'all masked') row.fill(Number.NEGATIVE_INFINITY);
}

/** Softmax of a row in f64, stored in the row's own precision. */
export function softmaxInPlace(row: Float32Array | Float64Array): void {
  const max = Array.from(row).reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  const e = Float64Array.from(row, (z) => Math.exp(z - max));
  const sum = e.reduce((a, b) => a + b, 0);
  for (let c = 0; c < row.length; c++) row[c] = e[c] / sum;
}

/** Rounds to f16 (to nearest, ties to even) and returns the bits. */
export function toHalfBits(value: number): number {
  const sign = value < 0 || Object.is(value, -0) ? 0x8000 : 0;
  const size = Math.abs(value);
  if (Number.isNaN(value)) return 0x7e01;
  if (size >= 65520) return sign | 0x7c00;
  const exponent = Math.max(-14, Math.floor(Math.log2(size || 1e-9)));
  const steps = size / 2 ** (exponent - 10);
  const floor = Math.floor(steps);
  const rest = steps - floor;
  const rounded = rest > 0.5 || (rest === 0.5 && floor % 2 === 1) ? floor + 1 : floor;
  // A carry into the exponent is what the bits do by themselves.
  return sign + ((exponent + 14) << 10) + rounded;
}

/** Cuts a float to its upper 16 bits, keeping NaN a NaN. */
export function toBrainBits(value: number): number {
  const bits = new Uint32Array(Float32Array.of(value).buffer)[0];
  return Number.isNaN(value) ? 0x7fc1 : bits >>> 16;
}
