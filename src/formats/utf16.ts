/** UTF-16 around text, as spreadsheets export it, read as the UTF-8 that every text format is. */

import type { ByteStream } from '../types/dump.js';
import { InputError } from '../types/errors.js';
import { unpacked } from './unpacked.js';
import type { Utf16 } from './utf16-order.js';

/** Bytes in messages count those of the UTF-8. @throws InputError `utf16-data` while bytes are pulled */
export function fromUtf16(stream: ByteStream, order: Utf16): ByteStream {
  const decoder = new TextDecoder(order, { fatal: true });
  const encoder = new TextEncoder();
  const recoded = new TransformStream<Uint8Array<ArrayBuffer>, Uint8Array>({
    transform(bytes, controller) {
      controller.enqueue(encoder.encode(decoder.decode(bytes, { stream: true })));
    },
    flush(controller) {
      controller.enqueue(encoder.encode(decoder.decode()));
    },
  });
  return unpacked(stream, recoded, (offset, cause) => {
    return new InputError('utf16-data', {
      source: stream.name,
      offset,
      problem: `the text begins as ${order.toUpperCase()} and is not`,
      advice: 'Export it again, as UTF-8 if there is a choice.',
      cause,
    });
  });
}
