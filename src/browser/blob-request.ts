/** A dump in Blobs, described by values that can be sent: the calling thread and its workers open the same. */

import { blobBytes } from '../formats/blob.js';
import type { DumpRequest, OpenDump } from '../intake/dump-request.js';
import { type InputsRequest, openInputs } from '../run/inputs.js';

export type BlobRequest = InputsRequest<Blob>;

/** A `File` has a name; other Blobs get that of what they are for. */
export function nameOf(blob: Blob, role: string): string {
  return 'name' in blob && typeof blob.name === 'string' && blob.name !== '' ? blob.name : role;
}

/**
 * Opens the dump.
 * @param targets instead of those in the Blob of labels, which is not opened then
 * @throws InputError, UsageError as `openDump`
 */
export function openBlobDump(
  request: BlobRequest,
  targets: Int32Array | null = null,
  decimals: DumpRequest['decimals'] = undefined,
): Promise<OpenDump> {
  return openInputs(request, targets, decimals, (blob, role) =>
    blobBytes(nameOf(blob, role), blob),
  );
}
