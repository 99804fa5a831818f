/** Checks on parsed JSON of states, which may come from anywhere. */

import { InputError, quote } from '../types/errors.js';

/** The error for a state that this library did not write, or not like this. */
export function damagedState(problem: string, found?: unknown): InputError {
  const shown = JSON.stringify(found);
  return new InputError('state-damaged', {
    problem: `the saved state is damaged: ${problem}`,
    found: shown === undefined ? undefined : quote(shown),
    advice: 'Write the state again from its dump.',
  });
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function requireRecord(value: unknown, name: string): Record<string, unknown> {
  if (!isRecord(value)) throw damagedState(`${name} is not an object`, value);
  return value;
}

/** A list, of `length` entries where that is given. */
export function requireList(value: unknown, name: string, length?: number): readonly unknown[] {
  if (!Array.isArray(value)) throw damagedState(`${name} is not a list`, value);
  if (length !== undefined && value.length !== length) {
    throw damagedState(`${name} holds ${value.length} entries where ${length} belong`);
  }
  return value;
}

/** An integer in 0 … 2⁵³ − 1. */
export function requireCount(value: unknown, name: string): number {
  if (!Number.isSafeInteger(value) || (value as number) < 0) {
    throw damagedState(`${name} is not a count`, value);
  }
  return value as number;
}

export function requireFlag(value: unknown, name: string): boolean {
  if (typeof value !== 'boolean') throw damagedState(`${name} is neither true nor false`, value);
  return value;
}

export function requireNumber(value: unknown, name: string): number {
  if (typeof value !== 'number') throw damagedState(`${name} is not a number`, value);
  return value;
}

export function requireText(value: unknown, name: string): string {
  if (typeof value !== 'string') throw damagedState(`${name} is not a text`, value);
  return value;
}
