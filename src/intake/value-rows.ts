/** Joined rows as predicted and true values, or as predicted and true labels. */

import type {
  LabelPair,
  LabelPairReader,
  ValueBuffers,
  ValueInfo,
  ValueReader,
} from '../types/dump.js';
import { InputError } from '../types/errors.js';
import type { JoinedRows } from './joined-rows.js';
import { canonicalInteger, canonicalLabel } from './label-index.js';
import { SCORES, TARGETS, WEIGHTS } from './score-rows.js';

/** Labels that are handed over at once. */
const LABEL_BATCH = 4096;
/** Spellings that are remembered. */
const MOST_KNOWN = 65_536;

/** A reader of values. */
export function valueRows(
  rows: JoinedRows,
  info: ValueInfo,
  close: () => Promise<void>,
): ValueReader {
  return {
    info,
    read: (into) =>
      rows.read(
        {
          [SCORES]: into.predictions,
          [TARGETS]: into.targets,
          ...(info.hasWeights && { [WEIGHTS]: into.weights }),
        },
        into.capacity,
      ),
    ...(rows.selectRows && { selectRows: rows.selectRows }),
    progress: () => rows.progress(),
    close,
  };
}

/** What a reader of labels is made of. */
export interface LabelRowsOptions {
  readonly info: Pick<LabelPairReader, 'name' | 'format' | 'hasWeights' | 'ignoreIndex'>;
  /** Whether predictions, or targets, are numbers of a type with fractions. */
  readonly isReal: Readonly<Record<typeof SCORES | typeof TARGETS, boolean>>;
  /** Number of the first class in the targets; in the predictions it is 0. */
  readonly labelsFrom: number;
  /** Names of the classes, where they were given: what is one of them is no missing label. */
  readonly classNames: readonly string[] | undefined;
  readonly close: () => Promise<void>;
}

/** A reader of predicted and true labels. */
export function labelRows(
  rows: JoinedRows,
  { info, isReal, labelsFrom, classNames = [], close }: LabelRowsOptions,
): LabelPairReader {
  const weights = new Float64Array(LABEL_BATCH);
  const requireWhole = (key: typeof SCORES | typeof TARGETS, texts: readonly string[]): void => {
    const index = texts.findIndex((text) => text !== '' && canonicalInteger(text) === null);
    if (index < 0) return;
    throw new InputError('not-an-integer', {
      ...rows.place(key, index),
      problem: 'this is no class index',
      found: texts[index],
      expected: 'an integer',
      advice: 'If they are values, say --task regression.',
    });
  };
  // Labels repeat: each is put in canonical form once.
  const known = new Map(classNames.map((name) => [name, name]));
  const canonical = (text: string): string => {
    const found = known.get(text);
    if (found !== undefined) return found;
    const label = canonicalLabel(text);
    if (known.size < MOST_KNOWN) known.set(text, label);
    return label;
  };
  const shifted = (label: string) =>
    labelsFrom === 0 || !/^-?\d+$/.test(label) ? label : String(Number(label) - labelsFrom);
  return {
    ...info,
    async read() {
      const into = info.hasWeights ? { [WEIGHTS]: weights } : {};
      const count = await rows.read(into, LABEL_BATCH);
      if (count === 0) return [];
      const [predictions, targets] = [rows.texts(SCORES), rows.texts(TARGETS)];
      if (isReal[SCORES]) requireWhole(SCORES, predictions);
      if (isReal[TARGETS]) requireWhole(TARGETS, targets);
      return predictions.map(
        (prediction, i): LabelPair => ({
          target: shifted(canonical(targets[i]!)),
          prediction: canonical(prediction),
          weight: info.hasWeights ? weights[i]! : 1,
        }),
      );
    },
    progress: () => rows.progress(),
    close,
  };
}

/** Memory for `capacity` rows of values. */
export function valueBuffers({ outputs, dtype }: ValueInfo, capacity: number): ValueBuffers {
  const length = capacity * outputs;
  return {
    capacity,
    predictions: dtype === 'f32' ? new Float32Array(length) : new Float64Array(length),
    targets: new Float64Array(length),
    weights: new Float64Array(capacity),
  };
}

/** A reader whose first rows were looked at, and which gives them all the same. */
export interface PeekedValues {
  readonly reader: ValueReader;
  /** The first rows; `count` of them, fewer than asked for only where there are no more. */
  readonly head: ValueBuffers;
  readonly count: number;
}

/** Reads the first rows of a reader ahead. */
export async function peekValues(reader: ValueReader, rows: number): Promise<PeekedValues> {
  const { outputs } = reader.info;
  const head = valueBuffers(reader.info, rows);
  const part = (from: number, to: number): ValueBuffers => ({
    capacity: to - from,
    predictions: head.predictions.subarray(from * outputs, to * outputs),
    targets: head.targets.subarray(from * outputs, to * outputs),
    weights: head.weights.subarray(from, to),
  });
  let count = 0;
  while (count < rows) {
    const got = await reader.read(part(count, rows));
    if (got === 0) break;
    count += got;
  }
  let given = 0;
  const { info, progress, close } = reader;
  return {
    head,
    count,
    reader: {
      info,
      progress,
      close,
      async read(into) {
        if (given === count) return reader.read(into);
        const end = Math.min(count, given + into.capacity);
        const rest = part(given, end);
        into.predictions.set(rest.predictions);
        into.targets.set(rest.targets);
        into.weights.set(rest.weights);
        const got = end - given;
        given = end;
        return got;
      },
    },
  };
}
