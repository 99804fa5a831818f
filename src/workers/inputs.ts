/** Inputs (files, Blobs) that every thread opens for itself. */

import type { NameOptions, OpenDump } from '../intake/dump-request.js';
import { inputChanged } from '../run/input-changed.js';
import type { DumpInfo, DumpReader } from '../types/dump.js';

/** What a request to open a dump has on every host; it can be sent to workers. */
export interface InputRequest {
  readonly names?: NameOptions | undefined;
  readonly memoryBudget?: number | undefined;
  readonly classNames?: readonly string[] | undefined;
}

/** Opens a dump; `targets` stand for those in the labels of their own, which are not opened then. */
export type OpenInputs<Request> = (
  request: Request,
  targets: Int32Array | null,
) => Promise<OpenDump>;

/** Inputs that a worker reads, and what the calling thread found in them. */
export interface WorkerInputs<Request> {
  readonly request: Request;
  /** Targets that were read already; in shared memory where there is any. */
  readonly targets: Int32Array | null;
  readonly info: DumpInfo;
}

/**
 * Opens in a worker what the calling thread has opened before.
 * @throws InputError `input-changed` where the inputs are no longer those that the run began with
 */
export async function openInWorker<Request>(
  { request, targets, info }: WorkerInputs<Request>,
  open: OpenInputs<Request>,
): Promise<DumpReader> {
  const dump = await open(request, targets);
  if (
    dump.reader.selectRows !== undefined &&
    JSON.stringify(dump.reader.info) === JSON.stringify(info)
  ) {
    return dump.reader;
  }
  await dump.reader.close();
  throw inputChanged(info.name);
}
