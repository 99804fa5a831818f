/** An npy file as text. */

import type { ByteSource, ByteStream } from '../types/dump.js';
import { openTexts, type TextArray } from './array-texts.js';
import { layNpy } from './npy.js';
import { parseTextType } from './numpy-dtype.js';

/**
 * Opens an npy file of one value per row.
 * @throws InputError as `openTexts`, and what headers are refused for
 */
export async function openNpyTexts(input: ByteSource | ByteStream): Promise<TextArray> {
  return openTexts(await layNpy(input, parseTextType));
}
