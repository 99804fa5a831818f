/**
 * What a call of a kernel works on: fields in one block of wasm memory, written
 * before it. Places are those of assembly/call.ts, which says what each field is.
 */

/** Addresses, counts and flags: 32 bits each. */
export const SCORES = 0;
export const CLASSES = 4;
export const TARGETS = 8;
export const OUT = 12;
export const CAPACITY = 16;
export const CLASS_WEIGHTS = 20;
export const HAS_IGNORE = 24;
export const IGNORE_INDEX = 28;
export const FLAGS = 32;
export const DTYPE = 36;
export const TALLY = 40;
export const WATCH = 44;
export const LOSSES = 48;
export const SOFT = 52;
export const EXTRA = 56;
export const WEIGHTS = 60;
export const EXTRA_GRADIENT = 64;
export const STATUS = 68;
export const HASH_SEED = 72;
export const HASH_LIMIT = 76;
export const TEXT = 80;
export const TEXT_END = 84;
export const ROLES = 88;
export const COLUMNS = 92;
export const DELIMITER = 96;
export const POINT = 100;
export const POWERS = 104;
export const PLACES = 108;
export const FOLDS = 112;
export const BETAS = 116;
export const OFFSETS = 120;
export const LEANS = 124;
export const GROUPS = 128;
export const GROUP_COUNT = 132;
export const STRIDE = 136;
export const SCRATCH = 140;

/** Numbers: f64 each. */
export const SMOOTHING = 160;
export const EPS = 168;
export const THRESHOLD = 176;
export const BETA = 184;
export const WORST = 192;
export const SCALE = 200;
export const WEIGHT_SUM = 208;
export const Z_LOSS = 216;
export const P = 224;
export const Q = 232;

const BYTES = 256;
const REALS_AT = SMOOTHING;

/** A place and what goes there; addresses in bytes. */
export type Field = readonly [place: number, value: number];

/** A module that reads such a block. */
interface Callee {
  readonly memory: WebAssembly.Memory;
  readonly call_block: WebAssembly.Global;
}

/** Writes the block, which holds until the next one is written; fields left out are 0. */
export function writeCall({ memory, call_block }: Callee, fields: readonly Field[]): void {
  const at = call_block.value as number;
  const words = new Uint32Array(memory.buffer, at, BYTES / 4);
  const reals = new Float64Array(memory.buffer, at, BYTES / 8);
  words.fill(0);
  for (const [place, value] of fields) {
    if (place < REALS_AT) words[place / 4] = value;
    else reals[place / 8] = value;
  }
}

/** The fields of a target that rows are left out for. */
export function ignoring(index: number | null): readonly Field[] {
  return index === null
    ? []
    : [
        [HAS_IGNORE, 1],
        [IGNORE_INDEX, index],
      ];
}

/** What all classes weigh together. */
export function weightSum(shape: {
  readonly classes: number;
  readonly classWeights: Float64Array | null;
}): number {
  return shape.classWeights?.reduce((sum, weight) => sum + weight, 0) ?? shape.classes;
}
