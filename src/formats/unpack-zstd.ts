/** Zstandard. */

import { decompress } from 'fzstd';

export function unpackZstd(packed: Uint8Array, size: number): Uint8Array {
  return decompress(packed, new Uint8Array(size));
}
