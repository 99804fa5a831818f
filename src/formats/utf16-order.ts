/** Whether text is UTF-16, told by its first bytes. */

export type Utf16 = 'utf-16le' | 'utf-16be';

/** The order of its bytes: by the mark at its beginning, or by two printable characters without one. */
export function utf16Of(head: Uint8Array): Utf16 | null {
  const [a, b, c, d] = head;
  if (a === 0xff && b === 0xfe) return 'utf-16le';
  if (a === 0xfe && b === 0xff) return 'utf-16be';
  const isText = (byte: number | undefined) =>
    byte !== undefined && ((byte >= 32 && byte < 127) || (byte >= 9 && byte <= 13));
  if (isText(a) && b === 0 && isText(c) && d === 0) return 'utf-16le';
  if (a === 0 && isText(b) && c === 0 && isText(d)) return 'utf-16be';
  return null;
}
