/**
 * Seeded rows that are the same, bit for bit, in every JavaScript engine:
 * only +, −, ×, ÷ and integers, whose results the language fixes. `Math.exp`
 * and `Math.log` it leaves to the engine, so they stand here as series.
 */

const { LN2 } = Math;

/** Uniform numbers in [0, 1) from a 32-bit state (mulberry32, public domain). */
export function seeded(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

/** e^x for x ≤ 0, good to about 1e-15; 0 below −700. */
function exponential(x) {
  if (x < -700) return 0;
  const halvings = Math.floor(-x / LN2);
  const rest = x + halvings * LN2;
  let sum = 1;
  for (let n = 20; n > 0; n--) sum = 1 + (sum * rest) / n;
  for (let i = 0; i < halvings; i++) sum /= 2;
  return sum;
}

/** log x for x ≥ 0, good to about 1e-15. */
function logarithm(x) {
  if (x === 0) return Number.NEGATIVE_INFINITY;
  let doublings = 0;
  let m = x;
  for (; m < 1; m *= 2) doublings--;
  for (; m >= 2; m /= 2) doublings++;
  // log m = 2 artanh((m − 1) / (m + 1)), whose argument is at most 1/3.
  const y = (m - 1) / (m + 1);
  let sum = 0;
  for (let n = 35; n > 0; n -= 2) sum = sum * y * y + 1 / n;
  return 2 * y * sum + doublings * LN2;
}

/** Nearly normal: the sum of twelve uniform numbers less its mean. */
function normal(random) {
  let sum = -6;
  for (let i = 0; i < 12; i++) sum += random();
  return sum;
}

/** Rows that no kind of scores may hold: they count as invalid. */
const INVALID = ['nan', 'infinite', 'all masked'];
export const FLAVOURS = [
  'random',
  'ties',
  'huge',
  'offset',
  'masked',
  'equal',
  'confident',
  ...INVALID,
];

function fillLogits(row, flavour, random) {
  const somewhere = () => Math.floor(random() * row.length);
  for (let c = 0; c < row.length; c++) row[c] = 3 * normal(random);
  if (flavour === 'ties') for (let c = 0; c < row.length; c++) row[c] = Math.floor(row[c] / 2);
  if (flavour === 'huge') for (let c = 0; c < row.length; c++) row[c] *= 3000;
  if (flavour === 'offset') for (let c = 0; c < row.length; c++) row[c] += 1e6;
  if (flavour === 'masked') {
    for (let c = 0; c < row.length; c++) if (random() < 0.3) row[c] = Number.NEGATIVE_INFINITY;
    row[somewhere()] = 1;
  }
  if (flavour === 'equal') row.fill(row[0]);
  if (flavour === 'confident') row[somewhere()] = 40;
  if (flavour === 'nan') row[somewhere()] = Number.NaN;
  if (flavour === 'infinite') row[somewhere()] = Number.POSITIVE_INFINITY;
  if (flavour === 'all masked') row.fill(Number.NEGATIVE_INFINITY);
}

/** Makes probabilities or their logarithms of a row of logits. */
function normalize(row, kind) {
  let max = Number.NEGATIVE_INFINITY;
  for (const z of row) if (z > max) max = z;
  let sum = 0;
  for (const z of row) sum += exponential(z - max);
  const logSum = logarithm(sum);
  for (let c = 0; c < row.length; c++) {
    row[c] = kind === 'probabilities' ? exponential(row[c] - max) / sum : row[c] - max - logSum;
  }
}

/** Whole number nearest to x ≥ 0, of two the even one. */
function nearest(x) {
  const below = Math.floor(x);
  const rest = x - below;
  return rest > 0.5 || (rest === 0.5 && below % 2 === 1) ? below + 1 : below;
}

/** Bits of the nearest half-precision number. */
function halfBits(value) {
  if (Number.isNaN(value)) return 0x7e00;
  const sign = value < 0 ? 0x8000 : 0;
  const size = Math.abs(value);
  if (size >= 65520) return sign + 0x7c00;
  let exponent = -14;
  let scale = 1 / 16384;
  for (; size >= 2 * scale; scale *= 2) exponent++;
  // Below 2⁻¹⁴ the leading bit is not left out, and the exponent field is 0; a carry raises it.
  const fraction = nearest((size / scale) * 1024);
  return sign + (exponent + 14) * 1024 + fraction;
}

/** Bits of the nearest bfloat16 number: the upper half of the float32. */
function brainBits(value) {
  if (Number.isNaN(value)) return 0x7fc0;
  const bits = new Uint32Array(Float32Array.of(value).buffer)[0];
  return nearest(bits / 65536);
}

/** Row-major scores of a dtype; 16-bit numbers as their bits. */
function stored(dtype, values) {
  if (dtype === 'f16') return Uint16Array.from(values, halfBits);
  if (dtype === 'bf16') return Uint16Array.from(values, brainBits);
  return dtype === 'f64' ? values : Float32Array.from(values);
}

/**
 * A matrix of `rows` rows, one flavour after the other, with targets (some
 * ignored, some missing), weights and class weights (some 0).
 */
export function matrix({ seed, rows, classes, dtype = 'f32', kind = 'logits', missing = -100 }) {
  const random = seeded(seed);
  // In f64 until the end, so that the rows of all dtypes are the same, rounded once.
  const scores = new Float64Array(rows * classes);
  const targets = new Int32Array(rows);
  const weights = new Float64Array(rows);
  for (let r = 0; r < rows; r++) {
    const flavour = FLAVOURS[r % FLAVOURS.length];
    const row = scores.subarray(r * classes, (r + 1) * classes);
    fillLogits(row, flavour, random);
    if (kind !== 'logits' && !INVALID.includes(flavour)) normalize(row, kind);
    targets[r] = Math.floor(random() * classes);
    if (r % 4 === 0) targets[r] = argmax(row);
    if (r % 17 === 5) targets[r] = -100;
    if (r % 17 === 11) targets[r] = missing;
    const w = random();
    weights[r] = 10 * w * w * w;
  }
  const classWeights = Float64Array.from({ length: classes }, () =>
    random() < 0.1 ? 0 : 2 * random(),
  );
  return { scores: stored(dtype, scores), targets, weights, classWeights };
}

function argmax(row) {
  let best = 0;
  for (let c = 1; c < row.length; c++) if (row[c] > row[best]) best = c;
  return best;
}
