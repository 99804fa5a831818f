/** What is in a file of predictions, what each field would be taken for, and how to score it. */

import type { DumpRequest } from '../intake/dump-request.js';
import { type OpenFile, openAgainFile, peekNumbers } from '../intake/files.js';
import { type FieldLook, type FieldLooks, lookAtFields } from '../intake/look-at-fields.js';
import { isIndexName, isOneOf, KNOWN_NAMES } from '../intake/name-lists.js';
import { openDump } from '../intake/open-dump.js';
import { findRoles, type Roles } from '../intake/roles.js';
import { decideKind } from '../tasks/kind.js';
import type { Bytes } from '../types/dump.js';
import { LogitscopeError, quote } from '../types/errors.js';
import type { Field } from '../types/fields.js';
import type { FieldRole, InspectedField, InspectReport } from '../types/inspect.js';
import type { RowTask } from '../types/report.js';
import { VERSION } from '../version.js';

/** Options of reading, as those of a score. */
export interface InspectOptions
  extends Pick<
    DumpRequest,
    'format' | 'delimiter' | 'header' | 'bfloat16' | 'memoryBudget' | 'names' | 'task'
  > {
  /** Rows that are looked at; default 100 000. */
  readonly rows?: number | undefined;
  /** How the command names the input; default its name. @internal */
  readonly words?: readonly string[] | undefined;
}

const MOST_ROWS = 100_000;

/** What is known of how to score a file. */
interface Plan {
  readonly roles: Roles | null;
  readonly task: RowTask | null;
  readonly kind: InspectReport['kind'];
  readonly classes: number | null;
  readonly classNames: readonly string[] | null;
  readonly problem: LogitscopeError | null;
}

const NOTHING = { task: null, kind: null, classes: null, classNames: null } as const;

/**
 * @param open opens the input anew
 * @throws InputError where the file is refused as a whole
 */
export async function inspectDump(
  open: () => Bytes,
  options: InspectOptions = {},
): Promise<InspectReport> {
  const { format, delimiter, header, bfloat16, memoryBudget, rows: most = MOST_ROWS } = options;
  const bytes = open();
  try {
    const file = await openAgainFile(bytes, format, () => ({
      ...{ delimiter, header, bfloat16, memoryBudget },
    }));
    const seen = await lookAtFields(file, most);
    const plan = await planOf(file, open, options);
    const fields = file.fields.fields.map((field) =>
      inspected(field, seen.looks.get(field)!, plan.roles),
    );
    const { task, kind, classes, classNames, problem } = plan;
    return {
      schema: 'logitscope.inspect/1',
      version: VERSION,
      source: sourceOf(file, bytes),
      rows: rowsOf(file, seen),
      looked: seen.rows,
      fields,
      ...{ task, kind, classes, classNames },
      problem: problem && { code: problem.code, message: problem.message },
      ...commandOf(options.words ?? [file.fields.name], fields, plan),
    };
  } finally {
    await bytes.close();
  }
}

function sourceOf({ fields }: OpenFile, bytes: Bytes): InspectReport['source'] {
  const { name, format, unit } = fields;
  const files = 'parts' in bytes ? { files: bytes.parts.length } : {};
  return { name, format, bytes: 'size' in bytes ? bytes.size : null, ...files, unit };
}

function rowsOf({ fields: { fields } }: OpenFile, { rows, isAll }: FieldLooks): number | null {
  const known = fields.map((field) => field.rows).filter((count) => count !== null);
  return known.length > 0 ? Math.max(...known) : isAll ? rows : null;
}

async function planOf(file: OpenFile, open: () => Bytes, options: InspectOptions): Promise<Plan> {
  const { names = {}, task = 'auto' } = options;
  let roles: Roles;
  try {
    roles = await findRoles({ predictions: file, texts: {} }, names, task);
  } catch (error) {
    const problem = ownError(error);
    const targets = problem.code === 'missing-scores' ? targetsAlone(file) : null;
    return { ...NOTHING, roles: targets, problem: targets === null ? problem : null };
  }
  try {
    if (roles.scores !== null && (task === 'auto' || task === 'classification')) {
      return { roles, problem: null, ...(await classesOf(file, roles.scores)) };
    }
    if (roles.target === null) return { ...NOTHING, roles, problem: null };
    const dump = await openDump({ ...options, predictions: open(), names, task });
    const { classes, classNames } = dump.reader.info;
    await dump.reader.close();
    return { ...NOTHING, roles, problem: null, task: dump.task, classes, classNames };
  } catch (error) {
    return { ...NOTHING, roles, problem: ownError(error) };
  }
}

/** The roles of a file that holds targets, known by their name, and no scores. */
function targetsAlone(file: OpenFile): Roles | null {
  const found = file.fields.fields.filter(({ name }) => isOneOf(name, KNOWN_NAMES.target));
  if (found.length !== 1) return null;
  const nothing = { scores: null, singles: [], prediction: null, weight: null } as const;
  return { ...nothing, target: { file, fields: found }, texts: {}, conventions: [] };
}

async function classesOf(file: OpenFile, { fields, classNames }: NonNullable<Roles['scores']>) {
  const classes = fields.length > 1 ? fields.length : fields[0].inner.at(-1)!;
  const { numbers, rows } = await peekNumbers(file, fields, classes);
  const kind = decideKind(file.fields.name, numbers, classes, rows);
  return { task: 'classification' as const, kind, classes, classNames };
}

/** @throws what is no error of ours */
function ownError(error: unknown): LogitscopeError {
  if (error instanceof LogitscopeError) return error;
  throw error;
}

function inspected(field: Field, look: FieldLook, roles: Roles | null): InspectedField {
  const { name, stored, inner } = field;
  const problem = field.problem ?? look.problem;
  const holds = holdsOf(field, look);
  const { role, why } = roleOf(field, holds, roles);
  const { nan, infinite, empty } = look;
  const isNumber = holds === 'whole numbers' || holds === 'fractions';
  const hasRange = isNumber && look.min <= look.max;
  const distinct = holds === 'fractions' ? undefined : look.distinct?.size;
  return {
    name,
    stored,
    shape: [field.rows, ...inner],
    holds,
    first: look.first,
    ...(hasRange && { min: look.min, max: look.max }),
    ...{ nan, infinite, empty },
    ...(distinct !== undefined && look.rows > 0 && { distinct }),
    ...{ role, why },
    ...(problem && { problem: problem.message }),
  };
}

function holdsOf(field: Field, look: FieldLook): InspectedField['holds'] {
  if (field.problem !== undefined) return 'nothing that can be read';
  if (field.content === 'text' || (field.content === 'written' && !look.isNumber)) return 'text';
  return look.isWhole ? 'whole numbers' : 'fractions';
}

function roleOf(
  field: Field,
  holds: InspectedField['holds'],
  roles: Roles | null,
): { readonly role: FieldRole; readonly why: string | null } {
  const nothing = { role: 'left over', why: null } as const;
  if (roles === null) return nothing;
  const known = (role: keyof typeof KNOWN_NAMES) => isOneOf(field.name, KNOWN_NAMES[role]);
  const told = roles.conventions.find((text) => text.includes(quote(field.name ?? '')));
  const why = (isKnown: boolean, otherwise: string) =>
    isKnown ? 'its name is known' : (told ?? otherwise);
  const { scores, target, weight, prediction, singles } = roles;
  if (scores?.fields.includes(field)) {
    if (scores.fields.length > 1) {
      return { role: 'scores', why: scores.convention ?? 'columns of classes' };
    }
    return { role: 'scores', why: why(known('scores') || known('prediction'), 'the only array') };
  }
  if (target?.fields.includes(field)) return { role: 'target', why: why(known('target'), 'asked') };
  if (weight?.fields.includes(field)) return { role: 'weight', why: why(known('weight'), 'asked') };
  if (field === prediction) return { role: 'prediction', why: why(known('prediction'), 'asked') };
  if (singles.includes(field)) {
    if (target === null && holds !== 'fractions' && !known('single score')) {
      return {
        role: 'targets or labels',
        why: `one ${holds === 'text' ? 'word' : 'whole number'} per row`,
      };
    }
    return { role: 'single score', why: why(known('single score'), 'one number per row') };
  }
  if (known('id') || isIndexName(field.name)) return { role: 'id', why: 'its name is known' };
  return nothing;
}

/** The command that scores the file, and what to know of it. */
function commandOf(
  words: readonly string[],
  fields: readonly InspectedField[],
  { roles, problem, task }: Plan,
): Pick<InspectReport, 'command' | 'advice'> {
  const score = ['logitscope', 'score'];
  if (roles === null || problem !== null) return { command: [...score, ...words], advice: [] };
  const told =
    roles.conventions.length === 0
      ? []
      : [`Taken by convention, for no name says so: ${roles.conventions.join('; ')}.`];
  const isTargets = roles.scores === null && roles.singles.length === 0;
  if (isTargets) {
    return {
      command: [...score, 'PREDICTIONS', '--labels', ...words],
      advice: ['PREDICTIONS is the file of the scores that these are the targets of.'],
    };
  }
  if (roles.target !== null) return { command: [...score, ...words], advice: told };
  const labels = 'LABELS is the file of the targets, one for each row.';
  if (roles.scores !== null || task !== null) {
    const isWhole = roles.scores?.fields.every(({ content }) => content === 'whole');
    const others = isWhole
      ? [
          `Whole numbers are rather targets, one-hot or of sequences: logitscope score PREDICTIONS --labels ${words.join(' ')}.`,
        ]
      : [];
    const advice = [labels, ...others, ...told];
    return { command: [...score, ...words, '--labels', 'LABELS'], advice };
  }
  const [single] = roles.singles;
  const look = fields.find((field) => field.name === (single?.name ?? null));
  if (look?.holds === 'fractions') {
    return {
      command: [...score, ...words, '--labels', 'LABELS'],
      advice: [
        labels,
        'One number per row is a score of two classes, or a predicted value: --task binary or regression says which.',
        ...told,
      ],
    };
  }
  return {
    command: [...score, 'PREDICTIONS', '--labels', ...words],
    advice: [
      `PREDICTIONS is the file of the scores that these are the targets of. Were they predicted labels: logitscope score ${words.join(' ')} --labels LABELS.`,
      ...told,
    ],
  };
}
