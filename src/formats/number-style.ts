/**
 * Numbers as people write them: decimal commas, thousands separators, percent
 * signs. How a column is written is learnt from its cells; two ways in one
 * column are refused, for then no cell can be trusted.
 */

import { InputError, quote } from '../types/errors.js';
import { TRUTH_VALUES } from '../types/truth-values.js';
import { parseDecimal } from './number-scan.js';

/** Words and signs for a number that is missing, as pandas, R and SQL write them. */
const MISSING = /^(?:nan|n\/?a|#n\/a|<na>|null|none)?$/i;

/** Sign, body, exponent, percent sign. */
const NUMBER = /^([+-]?)(\d[\d.,'’ ]*|[.,]\d+)((?:e[+-]?\d+)?) ?(%?)$/i;

/** Digits in groups of three: by blanks or apostrophes, by commas, by points. */
const BLANKS = /^\d{1,3}(?:([ '’])\d{3})(?:\1\d{3})*(?:[.,]\d+)?$/;
const COMMAS = /^\d{1,3}(?:,\d{3})+(?:\.\d*)?$/;
const POINTS = /^\d{1,3}(?:\.\d{3})+(?:,\d*)?$/;

/** A text as a number: what it says of its column, and its digits for either meaning of a comma. */
interface Written {
  /** The decimal sign that it shows; null where it shows none, or one of two could be it. */
  readonly sign: '.' | ',' | null;
  /** Its only sign, where that may stand for decimals and for thousands alike. */
  readonly open: '.' | ',' | null;
  readonly percent: boolean;
  /** As JavaScript writes it, commas being decimal or not; null where that cannot be. */
  readonly withPoint: string | null;
  readonly withComma: string | null;
}

/** A cell that showed how its column is written. */
interface Evidence extends CellPlace {
  readonly text: string;
}

/** Where a cell stands. */
export interface CellPlace {
  readonly row: number;
  readonly line: number;
}

/** What column a style is of, for messages. */
export interface StyledColumn {
  readonly source: string;
  readonly column: string | number;
  /** Delimiter of the file. Null where there is none (JSON). */
  readonly delimiter: string | null;
}

/** How the numbers of one column are written. */
export class NumberStyle {
  #sign: '.' | ',' | null = null;
  #signSeen: Evidence | null = null;
  #percent: boolean | null = null;
  #percentSeen: Evidence | null = null;
  /** Whether whole numbers may have been read since that were not looked at. */
  #isSettled = false;

  constructor(private readonly of: StyledColumn) {}

  /** Whether numbers without any of these signs may be read by scanners that know points alone. */
  get isPlain(): boolean {
    const { delimiter } = this.of;
    return (
      this.#percent !== true && (this.#sign === '.' || (delimiter === ',' && this.#sign === null))
    );
  }

  /** Whether a scanner that knows {@link sign} may read them, wherever it meets a whole cell. */
  get isScannable(): boolean {
    const { delimiter } = this.of;
    if (this.#percent === true || (this.#sign === ',' && delimiter === ',')) return false;
    return this.#sign !== null || delimiter === ',';
  }

  /** The decimal sign, as far as it is known; null where all numbers so far were whole. */
  get sign(): '.' | ',' | null {
    return this.#sign;
  }

  /** Takes in a cell that is read later. @throws InputError `mixed-number-styles` */
  learn(text: string, place: CellPlace): void {
    const written = analyse(text);
    if (written === null) return;
    if (written.sign !== null) this.#see(written.sign, { text, ...place });
    if (written.percent || !/^[+-]?[0.,]+$/.test(text.trim())) {
      this.#seePercent(written.percent, { text, ...place });
    }
  }

  /**
   * Reads a cell.
   * @returns NaN for a missing number; null where the text is none
   * @throws InputError `mixed-number-styles`
   */
  number(text: string, place: CellPlace): number | null {
    if (isMissing(text)) return Number.NaN;
    // One-hot rows of pandas are truth values.
    const flag = TRUTH_VALUES.indexOf(text.trim().toLowerCase());
    if (flag >= 0) return flag;
    const plain = parseDecimal(text);
    if (plain !== null && !Number.isFinite(plain)) return plain;
    const written = analyse(text);
    if (written === null) return null;
    this.learn(text, place);
    const sign = this.#signIn(written);
    if (sign === undefined) return null;
    const digits = sign === ',' ? written.withComma : written.withPoint;
    if (digits === null) return null;
    // What was read one way binds the rest of the column.
    if (written.open !== null) this.#see(sign ?? '.', { text, ...place });
    if (!written.percent) return Number(digits);
    const [mantissa, exponent = '0'] = digits.split(/e/i);
    return Number(`${mantissa}e${Number(exponent) - 2}`);
  }

  /** Takes in a number that needed no text, as in JSON. @throws InputError `mixed-number-styles` */
  seePlain(value: number, row: number, line: number): void {
    if (this.#percent !== false) this.#seePercent(false, { text: String(value), row, line });
  }

  /** The decimal sign to read a text by; undefined where that cannot be told, or not be. */
  #signIn({ sign, open }: Written): '.' | ',' | null | undefined {
    const { delimiter } = this.of;
    const known = sign ?? this.#sign;
    if (known === ',') return this.#isUnseen ? undefined : ',';
    if (known === '.' || open !== ',') return known;
    // "1,234" and nothing else to tell by.
    return delimiter === null ? undefined : delimiter === ',' ? '.' : ',';
  }

  /** To be called when the first rows were learnt: from here on numbers are read without a look at their signs. */
  settle(first: CellPlace): void {
    this.#percent ??= false;
    this.#percentSeen ??= { text: '0', ...first };
    this.#isSettled = true;
  }

  /** Whether points may have been read that nobody looked at, and a comma can no longer be decimal. */
  get #isUnseen(): boolean {
    return this.#isSettled && this.#sign === null && this.of.delimiter === ',';
  }

  #see(sign: '.' | ',', evidence: Evidence): void {
    // The cell itself is refused then.
    if (sign === ',' && this.#isUnseen) return;
    if (this.#sign === null) {
      this.#sign = sign;
      this.#signSeen = evidence;
    } else if (this.#sign !== sign) {
      const name = (of: string) => (of === ',' ? 'decimal commas' : 'decimal points');
      throw this.#mixed(name(this.#sign), this.#signSeen!, name(sign), evidence);
    }
  }

  #seePercent(percent: boolean, evidence: Evidence): void {
    if (this.#percent === null) {
      this.#percent = percent;
      this.#percentSeen = evidence;
    } else if (this.#percent !== percent) {
      const name = (of: boolean) => (of ? 'percentages' : 'numbers without a percent sign');
      throw this.#mixed(name(this.#percent), this.#percentSeen!, name(percent), evidence);
    }
  }

  #mixed(was: string, before: Evidence, is: string, { text, row, line }: Evidence): InputError {
    return new InputError('mixed-number-styles', {
      ...{ source: this.of.source, row, line, column: this.of.column },
      problem: `the column has ${was} and ${is}, so none of its numbers can be trusted`,
      found: `${quote(before.text)} in line ${before.line} and ${quote(text)} in line ${line}`,
      expected: 'numbers written one way in the whole column',
      advice: 'Write them again from the program that made them.',
    });
  }
}

/** What a text says as a number; null where it is none. */
function analyse(text: string): Written | null {
  const clean = text
    .trim()
    .replace(/\u2212/g, '-')
    .replace(/[\u00a0\u2009\u202f]/g, ' ');
  const match = NUMBER.exec(clean);
  if (match === null) return null;
  const [, minus, wide, exponent, percentSign] = match as unknown as [
    string,
    string,
    string,
    string,
    string,
  ];
  const body = wide.trimEnd();
  const number = (digits: string) => `${minus}${digits.replace(/[ '’]/g, '')}${exponent}`;
  const percent = percentSign === '%';
  const blanks = /[ '’]/.test(body);
  if (blanks && !BLANKS.test(body)) return null;
  const bare = body.replace(/[ '’]/g, '');
  const [commas, points] = [bare.split(',').length - 1, bare.split('.').length - 1];
  const asPoint = number(bare.replaceAll(',', ''));
  const asComma = number(bare.replaceAll('.', '').replace(',', '.'));
  const one = (sign: '.' | ','): Written => ({
    ...{ sign, percent, open: null },
    ...{ withPoint: sign === '.' ? asPoint : null, withComma: sign === ',' ? asComma : null },
  });
  if (commas === 0 && points === 0) {
    return { sign: null, open: null, percent, withPoint: asPoint, withComma: asPoint };
  }
  if (commas > 0 && points > 0)
    return COMMAS.test(bare) ? one('.') : POINTS.test(bare) ? one(',') : null;
  if (commas > 1) return COMMAS.test(bare) ? one('.') : null;
  if (points > 1) return POINTS.test(bare) ? one(',') : null;
  // One sign alone: decimal, or for thousands where three digits follow one to three others.
  const own = points === 1 ? '.' : ',';
  if (blanks || !/^[1-9]\d{0,2}[.,]\d{3}$/.test(bare)) return one(own);
  return { sign: null, open: own, percent, withPoint: asPoint, withComma: asComma };
}

/** Whether a text is a number in one of the ways that people write them. */
export function looksLikeNumber(text: string): boolean {
  return parseDecimal(text) !== null || analyse(text) !== null;
}

/** Whether a text stands for a number that is missing. */
export function isMissing(text: string): boolean {
  return MISSING.test(text.trim());
}
