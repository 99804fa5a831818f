/** Scores and targets in the forms in which every function takes them. */

/** The name of a class: a whole number or a text. */
export type Label = number | string;

/** One class label per row. `true` and `false` are 1 and 0. */
export type Labels = ArrayLike<Label | bigint | boolean>;

/** A list per row, each as long as the first. */
export type Rows = ArrayLike<ArrayLike<number>>;

/**
 * Scores of N rows of C classes, in any of these forms:
 *
 * - N lists of C numbers: `number[][]`, or typed arrays in an array;
 * - one flat array, row after row: a list or a typed array of any kind. C follows
 *   from the number of targets, or from option `classes`;
 * - N numbers, or N lists of one, where a function takes one score per row.
 *
 * A Float32Array, and a list of nothing but those, is single precision; all else
 * is read as double. Arrays of bigints are refused, and so are rows of different length.
 */
export type Scores = ArrayLike<number> | Rows;

/**
 * Targets of N rows of C classes, in any of these forms:
 *
 * - one per row: class indices 0 … C − 1 as numbers (also fractionless floats) or
 *   bigints; `false` and `true` for 0 and 1; labels that option `labels` (or
 *   `classNames`) names, otherwise C different texts, which stand for the classes
 *   in the order of their code points. N lists of one are the same;
 * - −1 and 1 for two classes, where a function says so;
 * - a row per row: N lists of C numbers, or N × C of them in one flat array, where
 *   the scores are lists or `classes` is said. One 1 among zeros (one-hot) is a
 *   class; other numbers ≥ 0 that add up to 1 ± 0.001 are probabilities (soft
 *   targets), which a function uses as such, takes the largest of, or refuses.
 */
export type Targets = Labels | Rows;
