/** Typed arrays as text, for states: little-endian bytes in base64. */

import { damagedState } from './state-check.js';

/** Bytes that become characters at a time; a multiple of 3, few enough to be arguments of a call. */
const PIECE = 24_576;

export function toBase64(values: ArrayBufferView): string {
  const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  const pieces: string[] = [];
  for (let from = 0; from < bytes.length; from += PIECE) {
    pieces.push(btoa(String.fromCharCode(...bytes.subarray(from, from + PIECE))));
  }
  return pieces.join('');
}

/** @throws InputError `state-damaged` for what is no base64. */
export function fromBase64(text: string): ArrayBuffer {
  let characters: string;
  try {
    characters = atob(text);
  } catch {
    throw damagedState('a list of numbers is no base64 text', text.slice(0, 40));
  }
  const bytes = new Uint8Array(characters.length);
  for (let i = 0; i < characters.length; i++) bytes[i] = characters.charCodeAt(i);
  return bytes.buffer;
}

/**
 * Fills an array of a known length with what {@link toBase64} wrote.
 * @param name of the numbers, in the plural
 * @throws InputError `state-damaged` for what is no base64 of that many numbers.
 */
export function fillFromBase64<A extends ArrayBufferView>(
  text: unknown,
  array: A,
  name: string,
): A {
  const { byteLength } = array;
  // Looked at first, so that a text of any length costs no memory.
  if (typeof text !== 'string' || text.length !== 4 * Math.ceil(byteLength / 3)) {
    throw damagedState(`${name} are not ${byteLength} bytes in base64`, text);
  }
  const bytes = new Uint8Array(fromBase64(text));
  if (bytes.length !== byteLength) {
    throw damagedState(`${name} are ${bytes.length} bytes where ${byteLength} belong`);
  }
  new Uint8Array(array.buffer, array.byteOffset, byteLength).set(bytes);
  return array;
}
