// What a call works on: the host writes it into one block of memory before it
// calls (src/engine/call.ts holds the same order), and kernels read from there
// what they need. Numbers that differ from call to call over one batch, such
// as the first row, are arguments. A field that a kernel has no use for is 0.

/** Address of the block, for the host. */
export const call_block: usize = memory.data(256, 16);

// Addresses, counts and flags: 32 bits each.

/** Scores, rows × classes; the elements of a loss over elements; the means of Gaussians. */
export const SCORES: usize = call_block;
export const CLASSES: usize = call_block + 4;
/** i32 per row; the targets of elements are of the type of the elements. */
export const TARGETS: usize = call_block + 8;
/** Where results go. Gradients may go over what they are taken of. */
export const OUT: usize = call_block + 12;
/** Rows that {@link OUT} has room for, where it holds a column per quantity. */
export const CAPACITY: usize = call_block + 16;
/** f64 per class; 0 where all weigh 1. */
export const CLASS_WEIGHTS: usize = call_block + 20;
export const HAS_IGNORE: usize = call_block + 24;
/** Rows with this target are left out, where {@link HAS_IGNORE} is set. */
export const IGNORE_INDEX: usize = call_block + 28;
/** Yes or no, or bits: the kernel says of what. */
export const FLAGS: usize = call_block + 32;
/** Number format of the scores: see tallies/noted-rows.ts. */
export const DTYPE: usize = call_block + 36;
/** What is added to: a tally of rows, or sums of losses. */
export const TALLY: usize = call_block + 40;
/** What rows a tally notes. */
export const WATCH: usize = call_block + 44;

/** Loss of each row, f64, or of each element. */
export const LOSSES: usize = call_block + 48;
/** Targets that are probabilities, rows × classes, of the type of the scores. */
export const SOFT: usize = call_block + 52;
/** A third array of elements, and weights of them; the log-variances of Gaussians. */
export const EXTRA: usize = call_block + 56;
export const WEIGHTS: usize = call_block + 60;
/** Gradient with respect to {@link EXTRA}. */
export const EXTRA_GRADIENT: usize = call_block + 64;

/** u8 per row, as in scores/row-scores.ts. */
export const STATUS: usize = call_block + 68;
/** What is mixed into the hash of a row's index. */
export const HASH_SEED: usize = call_block + 72;
/** Rows are sampled whose hash is at most this. */
export const HASH_LIMIT: usize = call_block + 76;

/** Text, which ends before the byte at {@link TEXT_END}. */
export const TEXT: usize = call_block + 80;
export const TEXT_END: usize = call_block + 84;
/** What each column is for, i32. */
export const ROLES: usize = call_block + 88;
export const COLUMNS: usize = call_block + 92;
export const DELIMITER: usize = call_block + 96;
/** The decimal sign, a point or a comma. */
export const POINT: usize = call_block + 100;
/** The host's table of powers of ten. */
export const POWERS: usize = call_block + 104;
/** Three i32 per row: where it ends, and where the target begins and ends. */
export const PLACES: usize = call_block + 108;

/** u8 per row: whose point is the row's. */
export const FOLDS: usize = call_block + 112;
/** f64 per fold: inverse temperatures. */
export const BETAS: usize = call_block + 116;
/** Vectors of f64 per class, whole v128: of one point, or of each fold. */
export const OFFSETS: usize = call_block + 120;
export const LEANS: usize = call_block + 124;
/** i32 per class: the group that shares its offset. */
export const GROUPS: usize = call_block + 128;
export const GROUP_COUNT: usize = call_block + 132;
/** Bytes from what belongs to one fold to what belongs to the next. */
export const STRIDE: usize = call_block + 136;
/** Room that the kernel works in. */
export const SCRATCH: usize = call_block + 140;

// Numbers: f64 each.

/** Label smoothing, ε. */
export const SMOOTHING: usize = call_block + 160;
/** Probabilities below it are raised to it before the logarithm; 0 for never. */
export const EPS: usize = call_block + 168;
/** Least score of a row that is predicted to be 1. */
export const THRESHOLD: usize = call_block + 176;
/** Inverse temperature. */
export const BETA: usize = call_block + 184;
/** Rows are among the worst whose loss is at least this. */
export const WORST: usize = call_block + 192;
/** The gradient is that of scale · Σ loss. */
export const SCALE: usize = call_block + 200;
/** Σ_c w_c, C without weights. */
export const WEIGHT_SUM: usize = call_block + 208;
/** Factor of LSE² in a loss, λ. */
export const Z_LOSS: usize = call_block + 216;
/** A loss's own numbers. */
export const P: usize = call_block + 224;
export const Q: usize = call_block + 232;

/** Whether rows with this target are to be left out. */
// @ts-ignore: decorator
@inline
export function is_ignored(target: i32): bool {
  return load<u32>(HAS_IGNORE) != 0 && target == load<i32>(IGNORE_INDEX);
}
