/** What one number or word per row is for: the score of two classes, a value, or a label. */

import { parseDecimal } from '../formats/number-scan.js';
import { looksLikeNumber } from '../formats/number-style.js';
import { InputError } from '../types/errors.js';
import { type Placed, peekNumbers, peekTexts } from './files.js';
import { canonicalLabel } from './label-index.js';
import { singleScoreError } from './name-lists.js';

/** What was found, and by what. */
export type SingleUse =
  | { readonly is: 'labels' }
  | { readonly is: 'single' | 'values'; readonly reason: string };

/** The first rows of one field. */
interface Head {
  readonly texts: readonly string[];
  /** Whether all that is there is numbers. */
  readonly isNumeric: boolean;
  /** Whether most of what is there is numbers. */
  readonly isMostNumbers: boolean;
  /** The first number with a fraction, as it reads. */
  readonly fraction: number | undefined;
  /** Whether half of what is there are numbers with a fraction. */
  readonly isMostly: boolean;
  /** Whether numbers have separators for thousands or percent signs: labels do not. */
  readonly isWritten: boolean;
}

const isFraction = (value: number) => Number.isFinite(value) && !Number.isInteger(value);

async function headOf({ file, fields }: Placed): Promise<Head> {
  const [field] = fields as [Placed['fields'][number]];
  if (field.content === 'real' || field.content === 'whole') {
    const { numbers } = await peekNumbers(file, fields, 1);
    const known = numbers.filter((value) => !Number.isNaN(value));
    const texts = Array.from(numbers, (value) => (Number.isNaN(value) ? '' : String(value)));
    const fractions = known.filter(isFraction);
    return {
      texts,
      isNumeric: true,
      isMostNumbers: true,
      fraction: fractions[0],
      isMostly: 2 * fractions.length >= known.length,
      isWritten: false,
    };
  }
  const [texts] = await peekTexts(file, fields);
  const filled = texts!.filter((text) => text.trim() !== '');
  // Where one text is no number, the others are read by themselves.
  const read = await peekNumbers(file, fields, 1).catch(notNumbers);
  const numbers = read?.numbers ?? filled.map((text) => parseDecimal(text) ?? Number.NaN);
  const fractions = Array.from(numbers).filter(isFraction);
  return {
    texts: texts!,
    isNumeric: filled.length > 0 && read !== null,
    isMostNumbers: 2 * filled.filter(looksLikeNumber).length > filled.length,
    fraction: fractions[0],
    isMostly: fractions.length > 0 && 2 * fractions.length >= filled.length,
    isWritten: filled.some((text) => looksLikeNumber(text) && /\d[,'’  ]\d|%/.test(text)),
  };
}

/** What throws for a text that is no number. */
function notNumbers(error: unknown): null {
  if (error instanceof InputError && ['not-a-number', 'bad-list'].includes(error.code)) return null;
  throw error;
}

/** How the caller thinks of the field. */
export interface SingleOptions {
  /** Whether its name or an option makes it a prediction, not a score. */
  readonly isPrediction: boolean;
  readonly classNames?: readonly string[] | undefined;
  readonly ignoreIndex?: number | null | undefined;
}

/**
 * With a fraction among them, numbers are scores of two classes against targets of two, else
 * predicted values; without, labels.
 * @throws InputError `single-score`, `one-score-per-row` where they look like neither
 */
export async function lookAtSingles(
  predictions: Placed,
  targets: Placed,
  options: SingleOptions,
): Promise<SingleUse> {
  const [field] = predictions.fields as [Placed['fields'][number]];
  if (field.content === 'whole' || field.content === 'text') return { is: 'labels' };
  const scores = await headOf(predictions);
  const { fields } = predictions.file;
  const isArray = fields.unit === 'array';
  const refusal = singleScoreError(fields, field);
  if (fields.format === 'txt' && !scores.isNumeric) return { is: 'labels' };
  const isSingle = targets.fields.length === 1;
  const truth = isSingle ? await headOf(targets) : null;
  const isFractional = scores.fraction !== undefined || (truth?.isMostly ?? false);
  const isNumbers = isFractional || scores.isWritten || (truth?.isWritten ?? false);
  const canBeLabels = options.isPrediction || fields.format === 'txt';
  if (!isNumbers || (!scores.isNumeric && !scores.isMostly)) {
    if (canBeLabels) return { is: 'labels' };
    throw refusal;
  }
  if (truth === null) throw refusal;
  const known = new Set(truth.texts.map(canonicalLabel));
  known.delete('');
  if (options.ignoreIndex !== null && options.ignoreIndex !== undefined)
    known.delete(String(options.ignoreIndex));
  const are = (...labels: string[]) =>
    [...known].every((label) => labels.includes(label.toLowerCase()));
  const example = scores.fraction;
  if (known.size === 0) throw refusal;
  const isFlags = are('true', 'false');
  const isWords = known.size === 2 && [...known].every((label) => !looksLikeNumber(label));
  const isSigns = known.has('-1') && are('-1', '1');
  if (example !== undefined && (are('0', '1') || isSigns || isFlags || isWords)) {
    const what = are('0', '1')
      ? '0 and 1'
      : isSigns
        ? '−1 and 1'
        : isFlags
          ? 'True and False'
          : 'two words';
    const reason = `There is one score per row, with values such as ${example}, and the targets are ${what} alone.`;
    return { is: 'single', reason };
  }
  if (!truth.isNumeric && !truth.isMostNumbers) {
    if (options.isPrediction && !isArray && scores.fraction === undefined) return { is: 'labels' };
    throw refusal;
  }
  if (are('0', '1') && example === undefined) throw refusal;
  const target = truth.fraction;
  const reason =
    target === undefined
      ? `There is one prediction per row, with values such as ${example ?? scores.texts.find((text) => text !== '')}, and the targets are not 0 and 1 alone.`
      : `There is one prediction per row, and the targets are values such as ${target}.`;
  return { is: 'values', reason };
}
