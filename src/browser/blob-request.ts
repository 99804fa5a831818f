/** A dump in Blobs, described by values that can be sent: the calling thread and its workers open the same. */

import { blobBytes } from '../formats/blob.js';
import type { DumpRequest, OpenDump } from '../intake/dump-request.js';
import { openDump } from '../intake/open-dump.js';
import type { ByteSource } from '../types/dump.js';
import type { ByTextRole } from '../types/row-texts.js';

/** {@link DumpRequest} with Blobs for inputs. */
export interface BlobRequest
  extends Omit<
    DumpRequest,
    'predictions' | 'labels' | 'targets' | 'weights' | 'texts' | 'decimals'
  > {
  readonly predictions: Blob;
  readonly labels?: Blob | undefined;
  readonly weights?: Blob | undefined;
  readonly texts?: ByTextRole<Blob> | undefined;
}

/** A `File` has a name; other Blobs get that of what they are for. */
export function nameOf(blob: Blob, role: string): string {
  return 'name' in blob && typeof blob.name === 'string' && blob.name !== '' ? blob.name : role;
}

function openBlob(blob: Blob, role: string): ByteSource {
  return blobBytes(nameOf(blob, role), blob);
}

/**
 * Opens the dump.
 * @param targets instead of those in the Blob of labels, which is not opened then
 * @param decimals as in {@link DumpRequest}
 * @throws InputError, UsageError as `openDump`
 */
export function openBlobDump(
  request: BlobRequest,
  targets: Int32Array | null = null,
  decimals: DumpRequest['decimals'] = undefined,
): Promise<OpenDump> {
  const { predictions, labels, weights, texts = {} } = request;
  return openDump({
    ...request,
    predictions: openBlob(predictions, 'predictions'),
    labels: labels === undefined || targets !== null ? undefined : openBlob(labels, 'labels'),
    targets: targets ?? undefined,
    weights: weights === undefined ? undefined : openBlob(weights, 'weights'),
    texts: Object.fromEntries(
      Object.entries(texts).map(([role, blob]) => [role, openBlob(blob, role)]),
    ),
    decimals,
  });
}
