/** What to do after a comparison, from its own numbers; and what no recalibration can mend. */

import type { TestedPart } from '../types/diagnosis.js';
import type { Cause, Recalibrated } from '../types/explain.js';
import { isGain } from './joint-report.js';
import { remedyOf } from './remedy.js';
import { pText, type TaskWords } from './task-words.js';

/** What is known of a reading. */
export type AdvisedReading = Recalibrated & { readonly loss?: number | undefined };

/** Rows that are named. */
const MOST_ROWS = 3;

/** Who a reading is in a sentence: "the second", "epoch 12". */
export interface AdvisedNames {
  readonly before: string;
  readonly after: string;
}

export interface AdviceFacts {
  readonly before: AdvisedReading;
  readonly after: AdvisedReading;
  /** The rows whose loss rose most, as reports name them. */
  readonly rows: readonly string[];
}

/** What recalibrating a reading would do to it; null where that is nothing that can be told. */
export function mendingText(
  reading: AdvisedReading,
  { lossText }: Pick<TaskWords, 'lossText'>,
): string | null {
  const { parts, loss, line, accuracyAtOffsets, offsets } = reading;
  if (parts === undefined || loss === undefined) return null;
  const mends = { scale: isGain(parts.scale), offsets: isGain(parts.offsets) };
  if (line !== undefined) {
    if (!mends.scale && !mends.offsets) return null;
    const after = loss - parts.scale.crossFitted - parts.offsets.crossFitted;
    const { slope, intercept } = line;
    return `take ${number(intercept.value)} + ${number(slope.value)} · prediction: error ${lossText(after)} instead of ${lossText(loss)}`;
  }
  if (reading.temperatures !== undefined) return ofLabels(reading, mends, lossText);
  const remedy = remedyOf(reading, { ...mends, offsets: mends.offsets && offsets?.told === true });
  if (remedy === null) return null;
  const part = (name: 'scale' | 'offsets', is: boolean) => (is ? parts[name].crossFitted : 0);
  const after = loss - part('scale', remedy.divides) - part('offsets', remedy.adds);
  const accuracy =
    remedy.adds && accuracyAtOffsets !== undefined
      ? `, accuracy ${points(accuracyAtOffsets.lost)} points (${pText(accuracyAtOffsets.pValue)})`
      : ', accuracy as it is';
  return `${remedy.text}: loss ${lossText(after)} instead of ${lossText(loss)}${accuracy}`;
}

function ofLabels(
  { parts, loss = Number.NaN }: AdvisedReading,
  mends: { readonly scale: boolean; readonly offsets: boolean },
  lossText: (loss: number) => string,
): string | null {
  if (parts === undefined || (!mends.scale && !mends.offsets)) return null;
  const part = ({ crossFitted }: TestedPart, is: boolean) => (is ? crossFitted : 0);
  const after = loss - part(parts.scale, mends.scale) - part(parts.offsets, mends.offsets);
  const what = [
    ...(mends.scale ? ['divide the logits of each label by its temperature'] : []),
    ...(mends.offsets ? ['add its offset'] : []),
  ].join(' and ');
  return `${what}: loss ${lossText(after)} instead of ${lossText(loss)}`;
}

function points(share: number): string {
  return `${share < 0 ? '−' : '+'}${(100 * Math.abs(share)).toFixed(1)}`;
}

function number(x: number): string {
  return String(Number(x.toPrecision(4)));
}

/** Sentences; '' where there is nothing to do. */
export function adviceOf(
  { before, after, rows }: AdviceFacts,
  causes: readonly Cause[],
  words: TaskWords,
  names: AdvisedNames,
): string {
  const sentences: string[] = [];
  const mending = mendingText(after, words);
  if (mending !== null) sentences.push(`To mend ${names.after}, ${mending}.`);
  const [was, is] = [before.refinement?.crossFitted, after.refinement?.crossFitted];
  if (causes.includes('discrimination') && was !== undefined && is !== undefined) {
    const { lossText } = words;
    if (is > was) {
      const first = rows.slice(0, MOST_ROWS).join(', ');
      sentences.push(
        `No recalibration mends the rest: at its best ${names.after} has ${lossText(is)}, ${names.before} ${lossText(was)}${first === '' ? '' : `; look first at ${first}`}.`,
      );
    } else {
      sentences.push(
        `At its best ${names.after} has ${lossText(is)}, ${names.before} ${lossText(was)}: take ${names.after}.`,
      );
    }
  }
  return sentences.join(' ');
}
