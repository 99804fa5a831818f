/** A dump in inputs of any kind (paths, Blobs), described by values that can be sent to workers. */

import type { DumpRequest, OpenDump } from '../intake/dump-request.js';
import { openDump } from '../intake/open-dump.js';
import { IGNORED_STEP } from '../intake/sequences.js';
import type { Bytes } from '../types/dump.js';
import { type ByTextRole, TEXT_ROLES, type TextRole } from '../types/row-texts.js';
import { type DumpOptions, taskOf } from './dump-options.js';

/** What is given of a request as it is. */
type SharedOptions = Omit<
  DumpRequest,
  | 'predictions'
  | 'labels'
  | 'targets'
  | 'weights'
  | 'texts'
  | 'names'
  | 'findNames'
  | 'classNames'
  | 'asLabels'
  | 'decimals'
>;

/** Options that say where things are. */
export interface InputOptions<Input> extends SharedOptions {
  /** Targets of their own (npy, npz, safetensors, .pt, HDF5, Parquet, Arrow, CSV, TSV, JSON Lines, or text with one per line). */
  readonly labels?: Input | undefined;
  /** Column, field or member with the scores; of columns a comma-separated list, or a prefix with `*`. */
  readonly scores?: string | undefined;
  /** Column, field or member with the targets. */
  readonly target?: string | undefined;
  /** Column, field or member with predicted labels. */
  readonly prediction?: string | undefined;
  /** Names of rows, which stand in lists of rows: a file of their own, or else a column, field or member. */
  readonly id?: Input | string | undefined;
  /** What parts the rows into slices, each with its own loss and accuracy, likewise. */
  readonly by?: Input | string | undefined;
  /** What tells which rows are not independent (patients, users), likewise. It widens the intervals of loss and accuracy. */
  readonly cluster?: Input | string | undefined;
  /** Sample weights, likewise. */
  readonly weights?: Input | string | undefined;
}

/** {@link DumpRequest} with inputs that are not opened yet. */
export interface InputsRequest<Input>
  extends Omit<
    DumpRequest,
    'predictions' | 'labels' | 'targets' | 'weights' | 'texts' | 'decimals'
  > {
  readonly predictions: Input;
  readonly labels?: Input | undefined;
  readonly weights?: Input | undefined;
  readonly texts?: ByTextRole<Input> | undefined;
}

/**
 * The request that options describe.
 * @param isInput whether what could be a name of a column is an input of its own; it may throw
 */
export function requestOf<Input>(
  predictions: Input,
  options: InputOptions<Input> & Pick<DumpOptions, 'kind' | 'classNames'>,
  isInput: (given: Input | string, role: string) => given is Input,
): InputsRequest<Input> {
  const { labels, weights, scores, target, prediction, classNames, kind } = options;
  const texts: { [role in TextRole]?: Input } = {};
  const columns: { [role in TextRole]?: string } = {};
  for (const role of TEXT_ROLES) {
    const given = options[role];
    if (given === undefined) continue;
    if (isInput(given, role)) texts[role] = given;
    else columns[role] = given as string;
  }
  const ownWeights = weights !== undefined && isInput(weights, 'weights') ? weights : undefined;
  const weight = ownWeights === undefined ? (weights as string | undefined) : undefined;
  return {
    predictions,
    labels,
    weights: ownWeights,
    texts,
    names: { scores, target, prediction, ...columns, ...(ownWeights === undefined && { weight }) },
    format: options.format,
    classNames: classNames ?? undefined,
    labelsFrom: options.labelsFrom,
    shift: options.shift,
    ignoreIndex: options.ignoreIndex ?? (options.shift ? IGNORED_STEP : undefined),
    join: options.join,
    delimiter: options.delimiter,
    header: options.header,
    bfloat16: options.bfloat16,
    filter: options.filter,
    memoryBudget: options.memoryBudget,
    task: taskOf(options),
    asLabels: kind === 'labels',
  };
}

/** All inputs of a request. */
export function inputsOf<Input>(request: InputsRequest<Input>): Input[] {
  const { predictions, labels, weights, texts = {} } = request;
  return [predictions, labels, weights, ...Object.values(texts)].filter(
    (input) => input !== undefined,
  );
}

/**
 * Opens the inputs and the dump in them.
 * @param targets instead of those in the labels of their own, which are not opened then
 * @param decimals as in {@link DumpRequest}
 * @throws InputError, UsageError as `open` and `openDump`. Nothing stays open then.
 */
export async function openInputs<Input>(
  request: InputsRequest<Input>,
  targets: Int32Array | null,
  decimals: DumpRequest['decimals'],
  open: (input: Input, role: string) => Bytes,
): Promise<OpenDump> {
  const { predictions, labels, weights, texts = {} } = request;
  const opened: Bytes[] = [];
  const openOne = (input: Input, role: string) => {
    const bytes = open(input, role);
    opened.push(bytes);
    return bytes;
  };
  let inputs: Required<Pick<DumpRequest, 'predictions' | 'labels' | 'weights' | 'texts'>>;
  try {
    inputs = {
      predictions: openOne(predictions, 'predictions'),
      labels: labels === undefined || targets !== null ? undefined : openOne(labels, 'labels'),
      weights: weights === undefined ? undefined : openOne(weights, 'weights'),
      texts: Object.fromEntries(
        Object.entries(texts).map(([role, input]) => [role, openOne(input, role)]),
      ),
    };
  } catch (error) {
    for (const bytes of opened) await bytes.close();
    throw error;
  }
  return openDump({ ...request, ...inputs, targets: targets ?? undefined, decimals });
}
