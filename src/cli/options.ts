/** Values of options, checked as they are parsed. */

import { readFileSync, statSync } from 'node:fs';
import { InvalidArgumentError } from 'commander';
import { InputError, UsageError } from '../types/errors.js';

/** Most bytes of a file of class weights or names. */
const LIST_BYTES = 64 * 1024 * 1024;

const refuse = (message: string): never => {
  throw new InvalidArgumentError(message);
};

/** A finite number between `low` and `high`. */
export function number(low: number, high: number): (text: string) => number {
  return (text) => {
    const value = text.trim() === '' ? Number.NaN : Number(text);
    if (value >= low && value <= high) return value;
    return refuse(`Expected a number from ${low} to ${high}.`);
  };
}

/** A finite number. */
export function finite(text: string): number {
  const value = text.trim() === '' ? Number.NaN : Number(text);
  return Number.isFinite(value) ? value : refuse('Expected a number.');
}

/** A whole number of 32 bits. */
export function integer(text: string): number {
  const value = Number(text);
  if (/^[+-]?\d+$/.test(text) && (value | 0) === value) return value;
  return refuse('Expected a whole number.');
}

/** A whole number from 0 to a million. */
export function count(text: string): number {
  const value = integer(text);
  return value >= 0 && value <= 1e6 ? value : refuse('Expected a whole number from 0 to 1000000.');
}

/** A whole number from 1 to a million. */
export function positive(text: string): number {
  const value = integer(text);
  return value >= 1 && value <= 1e6 ? value : refuse('Expected a whole number from 1 to 1000000.');
}

/** A number of threads, or "auto". */
export function threads(text: string): number | 'auto' {
  if (text === 'auto') return text;
  const value = integer(text);
  return number(1, 256)(String(value));
}

/** A number of rows from 1, or "all". */
export function fitRows(text: string): number | 'all' {
  if (text === 'all') return text;
  const value = integer(text);
  return value >= 1 ? value : refuse('Expected a whole number from 1, or all.');
}

/** Positive whole numbers, separated by commas. */
export function integers(text: string): number[] {
  return text.split(',').map((part) => {
    const value = integer(part.trim());
    return value >= 1 ? value : refuse('Expected whole numbers from 1, separated by commas.');
  });
}

/** Numbers between 0 and 1, separated by commas. */
export function quantiles(text: string): number[] {
  return text.split(',').map((part) => {
    const value = part.trim() === '' ? Number.NaN : Number(part);
    if (value > 0 && value < 1) return value;
    return refuse('Expected numbers between 0 and 1, separated by commas.');
  });
}

const DURATION_UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1e3, m: 6e4, h: 3.6e6 };

/** Milliseconds of a duration with a unit: 500ms, 2s, 10m, 1h. */
export function duration(text: string): number {
  const match = /^(\d+(?:\.\d+)?)\s*(ms|s|m|h)$/.exec(text.trim());
  const value = match === null ? 0 : Number(match[1]) * DURATION_UNITS[match[2]];
  // Timers hold no more than 31 bits of milliseconds.
  if (value >= 1 && value < 2 ** 31) return value;
  return refuse('Expected a duration such as 500ms, 2s, 10m or 1h.');
}

/** A number of bytes with an optional unit: 512M, 2GiB. */
export function bytes(text: string): number {
  const match = /^(\d+(?:\.\d+)?)\s*(?:([KMGT])(?:i?B)?|B)?$/i.exec(text.trim());
  if (!match) return refuse('Expected a size such as 512M or 2G.');
  const power = match[2] ? 'KMGT'.indexOf(match[2].toUpperCase()) + 1 : 0;
  return Math.floor(Number(match[1]) * 1024 ** power);
}

/** 0, 1 or NaN: what 0/0 counts as. */
export function zeroDivision(text: string): number {
  if (text === '0' || text === '1') return Number(text);
  return /^nan$/i.test(text) ? Number.NaN : refuse('Expected 0, 1 or nan.');
}

/** Items of a list that is given itself (a,b,c) or as a file with one per line. */
function items(option: string, text: string): string[] {
  let isFile = false;
  try {
    const stats = statSync(text);
    isFile = stats.isFile();
    if (isFile && stats.size > LIST_BYTES) {
      throw new InputError('list-too-large', {
        source: text,
        problem: `the file given with ${option} is too large`,
        found: `${stats.size} bytes`,
        expected: `at most ${LIST_BYTES}`,
      });
    }
  } catch (error) {
    if (error instanceof InputError) throw error;
  }
  if (!isFile) return text.split(',').map((item) => item.trim());
  return readFileSync(text, 'utf8')
    .replace(/^\ufeff/, '')
    .replace(/(?:\r?\n)+$/, '')
    .split(/\r?\n/)
    .map((line) => line.trim());
}

/** Names, separated by commas; none twice. */
export function names(text: string): string[] {
  const found = text.split(',').map((name) => name.trim());
  if (found.includes('')) return refuse('Expected names separated by commas.');
  return [...new Set(found)];
}

/** Names of classes, `a,b,c` or a file with one per line. */
export function classNames(text: string): string[] {
  return items('--class-names', text);
}

/** Weights of classes, `1,2,0.5` or a file with one per line. */
export function classWeights(text: string): number[] {
  return items('--class-weights', text).map((item, i) => {
    const weight = item === '' ? Number.NaN : Number(item);
    if (weight >= 0 && weight < Number.POSITIVE_INFINITY) return weight;
    throw new UsageError(
      'bad-class-weights',
      `--class-weights: item ${i + 1} is ${JSON.stringify(item.slice(0, 40))}; expected a number ≥ 0. Give numbers separated by commas, or a file with one per line.`,
    );
  });
}
