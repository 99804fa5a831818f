/** What dumps of every content share: files joined, weights and texts beside the rows, notices, and their reader. */

import type { DumpInfo, DumpReader } from '../types/dump.js';
import { UsageError } from '../types/errors.js';
import type { Field, NumberBuffer } from '../types/fields.js';
import type { Notice, RowTask } from '../types/report.js';
import { type RowTexts, TEXT_ROLES, type TextRole } from '../types/row-texts.js';
import { BYTES_PER_SCORE } from '../types/score-array.js';
import type { RowBuffers } from '../types/scores.js';
import type { DumpRequest, OpenDump } from './dump-request.js';
import { requireRows, sourceOf } from './dump-shapes.js';
import type { Placed } from './files.js';
import { JoinedRows, type RowPart, SCORES, TARGETS, WEIGHTS } from './joined-rows.js';
import { KNOWN_NAMES } from './name-lists.js';
import type { FilesByPurpose, Roles } from './roles.js';
import { rowNamesIn, type SharedNames, sharedNames } from './shared-names.js';

/** What texts of a role are called. */
const TEXT_NOUNS: Readonly<Record<TextRole, string>> = {
  id: 'names',
  by: 'slices',
  cluster: 'clusters',
};

/** What rows hold: predictions and targets. */
export interface Content {
  readonly task: RowTask;
  readonly reason?: string | null;
  /** The first field of the predictions. */
  readonly field: Field;
  readonly rows: number | null;
  /** Predictions and targets, under {@link SCORES} and {@link TARGETS}. */
  readonly parts: readonly RowPart[];
  readonly info: Pick<DumpInfo, 'dtype' | 'classes' | 'classNames'> & Partial<DumpInfo>;
  /** Where numbers that stand for targets are read to. */
  readonly targetsIn: (into: RowBuffers) => NumberBuffer;
  /** Makes targets of what was read. */
  readonly decode?: (rows: JoinedRows, into: RowBuffers, count: number) => void;
  /** Texts of the rows that were decoded last. */
  readonly texts?: (rows: JoinedRows) => RowTexts;
  /** The slice of a row by its place in a sequence, where rows are sliced by it. */
  readonly positions?: (row: number) => string;
  /** What is to be said of what was found. */
  readonly notices?: readonly Notice[];
  /** Class indices that were read before; the parts have no targets then. */
  readonly given?: Int32Array | undefined;
  readonly openTargets?: DumpReader['openTargets'];
}

/** A dump whose roles are known. */
export class Opening {
  readonly name: string;
  /** What was taken without a name or an option for it. */
  readonly conventions: string[];

  constructor(
    readonly request: DumpRequest,
    readonly files: FilesByPurpose,
    readonly roles: Roles,
    private readonly close: () => Promise<void>,
    /** Whether rows are sliced by their place in a sequence. */
    readonly isByPosition = false,
  ) {
    this.name = files.predictions.fields.name;
    this.conventions = [...roles.conventions];
  }

  /** @throws UsageError `no-targets` */
  requireTarget(): Placed {
    const { target } = this.roles;
    if (target !== null) return target;
    throw new UsageError(
      'no-targets',
      `${this.name} holds no targets. Give them with --labels FILE, or name their column, field or member with --target.`,
    );
  }

  /** Opens the files at their first rows. @throws InputError `shape-mismatch` and where a part cannot be read */
  async open(content: Content): Promise<OpenDump> {
    const { task, reason = null, field, rows } = content;
    const { roles, files } = this;
    const { predictions } = files;
    const texts = this.#texts();
    const parts = [...content.parts, ...this.#weights(), ...texts];
    for (const { key, noun, file, numbers, text } of parts) {
      if (key === SCORES) continue;
      const fields = numbers ? numbers.fields : [text!];
      requireRows({ file, fields }, predictions, rows, numbers?.width ?? 1, noun);
    }
    if (/V2 as bfloat16$/.test(field.stored) && this.request.bfloat16 !== true) {
      this.conventions.push('rows of two raw bytes (V2) as bfloat16, as ml_dtypes saves them');
    }
    const joined = await this.#join(parts);
    const { format } = predictions.fields;
    const names = texts.find(({ key, file }) => key === 'id' && file === predictions)?.text;
    const info: DumpInfo = {
      name: sourceOf(predictions, field),
      format: format === 'txt' ? 'csv' : format,
      stored: field.stored,
      epsilon: content.info.dtype === 'f64' ? 2 ** -52 : 2 ** -23,
      rows,
      hasTargets: true,
      hasWeights: roles.weight !== null,
      ...(names && { rowNames: names.name ?? '' }),
      ...content.info,
    };
    const textKeys = texts.map(({ key }) => key);
    const reader = readerOf(joined, info, content, textKeys, this.close);
    const notices = () => [...this.#told(), ...(content.notices ?? []), ...joined.notices()];
    return { task, reason, reader, notices };
  }

  /** Weights, where there are any. */
  #weights(): RowPart[] {
    const { weight } = this.roles;
    if (weight === null) return [];
    const { file, fields } = weight;
    return [{ key: WEIGHTS, noun: 'weights', file, numbers: { fields, width: 1, required: true } }];
  }

  /** Texts that were asked for, and names of rows where they are looked for. */
  #texts(): RowPart[] {
    const { roles, files, request } = this;
    const part = (key: TextRole, file: Placed['file'], text: Field) => ({
      ...{ key, noun: TEXT_NOUNS[key], file, text },
    });
    const parts = TEXT_ROLES.flatMap((role) => {
      const placed = roles.texts[role];
      return placed ? [part(role, placed.file, placed.fields[0]!)] : [];
    });
    const names =
      (request.findNames || files.predictions.fields.choices) && !roles.texts.id
        ? rowNamesIn(files.predictions.fields)
        : null;
    return names === null ? parts : [...parts, part('id', files.predictions, names)];
  }

  async #join(parts: readonly RowPart[]): Promise<JoinedRows> {
    const { request, files } = this;
    const { join = 'all', decimals, memoryBudget, names = {} } = request;
    const shared = new Map<Placed['file'], SharedNames>();
    const others = new Set(parts.map(({ file }) => file));
    others.delete(files.predictions);
    const taken = new Set(
      parts.flatMap(({ numbers, text }) => [...(numbers?.fields ?? []), ...(text ? [text] : [])]),
    );
    for (const file of join === 'place' ? [] : others) {
      const found = await sharedNames(files.predictions, file, names.id, taken);
      if (found !== null) shared.set(file, found);
    }
    const isText = parts.some(({ numbers }) =>
      numbers?.fields.some(({ stored }) => stored === 'text'),
    );
    return JoinedRows.open({
      predictions: files.predictions,
      parts,
      names: shared,
      how: join,
      watched: this.roles.weight === null && names.weight === undefined ? KNOWN_NAMES.weight : [],
      decimals: isText ? await decimals?.() : undefined,
      memoryBudget,
    });
  }

  #told(): Notice[] {
    const { conventions } = this;
    if (conventions.length === 0) return [];
    return [
      {
        code: 'roles',
        message: `Taken by convention, for no name or option says so: ${conventions.join('; ')}. If that is not what is meant, say it with --scores, --target, --class-names or --task.`,
        evidence: { conventions: conventions.length },
      },
    ];
  }
}

function readerOf(
  rows: JoinedRows,
  info: DumpInfo,
  content: Content,
  textKeys: readonly string[],
  close: () => Promise<void>,
): DumpReader {
  const { targetsIn, decode, texts, given, positions } = content;
  let row = 0;
  let last = { from: 0, count: 0 };
  let end = given?.length ?? Number.POSITIVE_INFINITY;
  // Rows that are matched by name cannot be taken by their place.
  const openTargets = rows.isByName ? undefined : content.openTargets;
  return {
    info,
    ...((texts || positions || textKeys.length > 0) && {
      texts: (): RowTexts => ({
        ...Object.fromEntries(textKeys.map((key) => [key, rows.texts(key)])),
        ...texts?.(rows),
        ...(positions && {
          by: Array.from({ length: last.count }, (_, i) => positions(last.from + i)),
        }),
      }),
    }),
    async read(into) {
      requireType(info, into);
      const buffers = {
        [SCORES]: into.scores,
        [TARGETS]: targetsIn(into),
        [WEIGHTS]: into.weights,
      };
      const count = await rows.read(buffers, Math.min(into.capacity, end - row));
      if (given) into.targets.set(given.subarray(row, row + count));
      if (count > 0) decode?.(rows, into, count);
      last = { from: row, count };
      row += count;
      return count;
    },
    ...(rows.selectRows && {
      selectRows(first: number, count: number) {
        rows.selectRows!(first, count);
        row = first;
        if (given) end = Math.min(first + count, given.length);
      },
    }),
    ...(openTargets && { openTargets }),
    progress: () => rows.progress(),
    close,
  };
}

/** @throws UsageError `wrong-dtype` for scores of another type than the rows; 16-bit ones may be widened */
function requireType({ name, dtype, classes }: DumpInfo, { scores }: RowBuffers): void {
  const isWidened = scores instanceof Float32Array && dtype !== 'f64';
  if (classes === 0 || isWidened || scores.BYTES_PER_ELEMENT === BYTES_PER_SCORE[dtype]) return;
  throw new UsageError('wrong-dtype', `${name}: the rows are ${dtype}; lease memory of that type.`);
}
