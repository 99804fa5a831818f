/**
 * Which column, field or member is for what: by option, by the names of the
 * lists, by class columns, and by what is left. Two candidates for one role are
 * an error that lists them; what no name says is told.
 */

import { InputError, UsageError } from '../types/errors.js';
import type { Field, Fields } from '../types/fields.js';
import type { Task } from '../types/report.js';
import { type ByTextRole, TEXT_ROLES, type TextRole } from '../types/row-texts.js';
import { onlyField, targetIn } from './beside-files.js';
import { type ClassColumns, columnsByOption } from './class-columns.js';
import type { OpenFile, Placed } from './files.js';
import { FreeFields } from './free-fields.js';
import { isOneOf, KNOWN_NAMES, ROLE_OPTION, requireField } from './name-lists.js';
import { type LabelMarks, ScoreFields } from './score-fields.js';

/** Names given by the caller. Left out: the rules. `null`: the role is not looked for (it comes from elsewhere). */
export interface NameOptions {
  /**
   * Scores. A field or member by name; columns as a comma-separated list of
   * names and prefixes with `*` (`p_*`, `p_cat,p_dog`), in that order.
   */
  readonly scores?: string | undefined;
  /** Targets: a name; of one-hot rows and several labels a list of columns, likewise. */
  readonly target?: string | null | undefined;
  readonly prediction?: string | null | undefined;
  readonly weight?: string | null | undefined;
  /** Names of rows. */
  readonly id?: string | undefined;
  /** Text that parts rows into slices. Targets, weights and the like will do, too. */
  readonly by?: string | undefined;
  /** Text that tells which rows belong together, likewise. */
  readonly cluster?: string | undefined;
}

/** The files by what they were given for. */
export interface FilesByPurpose {
  readonly predictions: OpenFile;
  readonly labels?: OpenFile | undefined;
  readonly weights?: OpenFile | undefined;
  readonly texts: ByTextRole<OpenFile>;
}

/** What holds what. */
export interface Roles {
  /** Several scores per row: class columns, or a field of several numbers; null where there are none. */
  readonly scores: ClassColumns | null;
  /** One score, predicted value or label per row, in the order in which they are thought of. */
  readonly singles: readonly Field[];
  /** Predicted labels or values; among the singles, too. */
  readonly prediction: Field | null;
  readonly target: Placed | null;
  readonly weight: Placed | null;
  readonly texts: ByTextRole<Placed>;
  /** What was taken without a name or an option for it. */
  readonly conventions: readonly string[];
}

/** Prefix of the columns of targets of several labels: `y_cat` beside `p_cat`. */
const TARGET_PREFIX = 'y_';

/** Finds the roles of all files. What the predictions are for tells which names can be meant. */
export async function findRoles(
  files: FilesByPurpose,
  options: NameOptions,
  task: Task | 'auto',
  marks: LabelMarks = {},
): Promise<Roles> {
  const { scores, prediction } = options;
  const isValues = task === 'regression' || task === 'multilabel';
  if (isValues && typeof scores === 'string' && typeof prediction === 'string') {
    throw new UsageError(
      'two-predictions',
      '--scores and --prediction both name the predicted values. Give one of them.',
    );
  }
  const named =
    isValues && prediction ? { ...options, scores: prediction, prediction: null } : options;
  return new RoleFinder(files, named, task, marks).find();
}

class RoleFinder {
  readonly #file: Fields;
  readonly #fields: FreeFields;
  readonly #conventions: string[] = [];

  constructor(
    private readonly files: FilesByPurpose,
    private readonly options: NameOptions,
    private readonly task: Task | 'auto',
    private readonly marks: LabelMarks,
  ) {
    this.#file = files.predictions.fields;
    const { scores = '', target, prediction, weight, id } = options;
    const given = [
      scores,
      ...scores.split(',').map((item) => item.trim()),
      target,
      prediction,
      weight,
      id,
    ];
    const claimed = new Set(given.filter((name) => typeof name === 'string'));
    this.#fields = new FreeFields(this.#file, claimed);
  }

  async find(): Promise<Roles> {
    const { files, options } = this;
    const { labels, weights } = files;
    const file = this.#file;
    if (file.unit === 'array') this.#refuseNames();
    const isOpen = options.target === undefined && labels === undefined;
    if (!file.named && file.unit === 'column' && isOpen && file.fields.length > 1)
      throw this.#unnamed();
    let target = labels ? await this.#targetBeside(labels) : this.#targetInside();
    const weight = weights
      ? onlyField(weights, 'weight', options.weight)
      : this.#inside('weight', options.weight);
    const fields = this.#fields;
    const prediction = fields.byName('prediction', options.prediction);
    if (prediction !== null) fields.take(prediction, 'prediction');
    const texts = this.#texts();
    fields.reserveIds();
    const found = new ScoreFields(
      files.predictions,
      fields,
      options.scores,
      this.task,
      this.marks,
      this.#conventions,
    );
    const scores = await found.scores(target, prediction);
    for (const field of scores?.fields ?? []) fields.take(field, 'scores');
    const singles = scores === null ? found.singles(prediction) : [];
    if (scores === null && singles.length === 0) throw found.noScores();
    if (target === null && isOpen && scores !== null) target = await found.targetLeft(scores);
    return { scores, singles, prediction, target, weight, texts, conventions: this.#conventions };
  }

  /** Columns of targets of several labels, by their prefix. */
  #labelColumns(file: Fields): readonly Field[] {
    const isMeant = this.task === 'multilabel' && this.options.target === undefined;
    if (!isMeant || file.unit !== 'column' || !file.named) return [];
    return file.fields.filter(
      ({ name }) =>
        name!.startsWith(TARGET_PREFIX) &&
        !Object.values(KNOWN_NAMES).some((list) => isOneOf(name, list)),
    );
  }

  #targetBeside(labels: OpenFile): Placed | Promise<Placed> {
    const { target, weight, id, by, cluster } = this.options;
    const ofLabels = this.#labelColumns(labels.fields);
    if (ofLabels.length > 0) return { file: labels, fields: ofLabels };
    const given = [weight, id, by, cluster].filter((name) => typeof name === 'string');
    return targetIn(labels, target, new Set(given), this.#conventions);
  }

  #targetInside(): Placed | null {
    const { target } = this.options;
    const ofLabels = this.#labelColumns(this.#file);
    const fields =
      ofLabels.length > 0
        ? ofLabels
        : typeof target === 'string'
          ? columnsByOption(this.#file, target, '--target').map(([field]) => field)
          : [this.#fields.byName('target', target)].filter((field) => field !== null);
    for (const field of fields) this.#fields.take(field, 'target');
    return fields.length === 0 ? null : { file: this.files.predictions, fields };
  }

  /** A field of the predictions; one that an option names may stand beside the labels, too. */
  #inside(role: 'weight' | TextRole, option: string | null | undefined): Placed | null {
    const { predictions, labels } = this.files;
    if (typeof option === 'string' && labels !== undefined) {
      const has = ({ fields }: OpenFile) => fields.fields.some(({ name }) => name === option);
      if (!has(predictions) && has(labels)) {
        return { file: labels, fields: [requireField(labels.fields, option, ROLE_OPTION[role])] };
      }
    }
    if (role !== 'weight') {
      if (typeof option !== 'string') return null;
      return { file: predictions, fields: [requireField(this.#file, option, ROLE_OPTION[role])] };
    }
    const field = this.#fields.byName('weight', option);
    if (field === null) return null;
    this.#fields.take(field, 'weight');
    return { file: predictions, fields: [field] };
  }

  #texts(): ByTextRole<Placed> {
    const texts: { [role in TextRole]?: Placed } = {};
    for (const role of TEXT_ROLES) {
      const file = this.files.texts[role];
      const placed = file
        ? onlyField(file, role, undefined)
        : this.#inside(role, this.options[role]);
      if (placed === null) continue;
      texts[role] = placed;
      const [field] = placed.fields as [Field];
      if (role === 'id' && placed.file === this.files.predictions) this.#fields.take(field, 'id');
      else this.#fields.reserve(field, ROLE_OPTION[role]);
    }
    return texts;
  }

  #unnamed(): InputError {
    const { name, fields } = this.#file;
    const isValues = this.task === 'regression' || this.task === 'multilabel';
    return new InputError('unnamed-columns', {
      source: name,
      line: 1,
      problem: `the columns have no names, so none is known to ${isValues ? 'hold the predictions or the targets' : 'be the target'}`,
      found: `${fields.length} columns of numbers without a header`,
      advice: isValues
        ? `Give their positions with --scores and --target (0 to ${fields.length - 1}), or add a header line.`
        : `Give the target's position with --target (0 to ${fields.length - 1}), labels of their own with --labels, or add a header line.`,
    });
  }

  /** A single array has no members or columns to name. */
  #refuseNames(): void {
    const { options, files } = this;
    const beside = files.labels?.fields.fields ?? [];
    const given = (
      ['scores', 'target', 'prediction', 'weight', 'id', 'by', 'cluster'] as const
    ).find(
      (role) =>
        typeof options[role] === 'string' &&
        !(role === 'target' && files.labels) &&
        !(role === 'weight' && files.weights) &&
        !beside.some(({ name }) => name === options[role]),
    );
    if (given === undefined) return;
    const isFile = given === 'weight' || (TEXT_ROLES as readonly string[]).includes(given);
    const advice = isFile
      ? `There is no file ${JSON.stringify(options[given])}, either.`
      : 'Leave it out, or give targets with --labels FILE.';
    throw new UsageError(
      'names-without-members',
      `${ROLE_OPTION[given]} names a member of an npz or a column of a table, but ${this.#file.name} is a single array. ${advice}`,
    );
  }
}
