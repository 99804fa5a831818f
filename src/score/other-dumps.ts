/**
 * Dumps that hold anything but scores of classes: one score per row, several
 * labels, values, labels alone. Loaded together when there is one: bundlers cut
 * what several parts share into as many files as there are ways to load it.
 */

export { scoreBinaryDump } from './score-binary.js';
export { scoreLabels } from './score-labels.js';
export { scoreMultilabelDump } from './score-multilabel.js';
export { scoreValueDump } from './score-values.js';
