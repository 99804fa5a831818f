/** From the roles of all files to the reader of a dump's rows. */

import { shapeOf } from '../formats/npy-fields.js';
import type { DumpInfo } from '../types/dump.js';
import { InputError, UsageError } from '../types/errors.js';
import { type Field, widthOf } from '../types/fields.js';
import type { Notice } from '../types/report.js';
import { MAX_CLASSES } from '../types/row-options.js';
import { TEXT_ROLES, type TextRole } from '../types/row-texts.js';
import type { DumpRequest, OpenDump, ScoreDump, SingleDump, ValueDump } from './dump-request.js';
import {
  requireOrder,
  requireRows,
  requireSameOrder,
  sourceOf,
  targetsPerRow,
} from './dump-shapes.js';
import type { Placed } from './files.js';
import { JoinedRows, type RowPart } from './joined-rows.js';
import { KNOWN_NAMES, listFields, severalScores, singleScoreError } from './name-lists.js';
import type { FilesByPurpose, Roles } from './roles.js';
import { checkShape, SCORES, scoreRows, TARGETS, WEIGHTS } from './score-rows.js';
import { rowNamesIn, type SharedNames, sharedNames } from './shared-names.js';
import { lookAtSingles } from './single-numbers.js';
import { findTargets } from './targets.js';
import { openTargetsAlone } from './targets-alone.js';
import { labelRows, valueRows } from './value-rows.js';

/** What texts of a role are called. */
const TEXT_NOUNS: Readonly<Record<TextRole, string>> = {
  id: 'names',
  by: 'slices',
  cluster: 'clusters',
};

/** Makes the reader that the roles allow. */
export class DumpBuilder {
  readonly #name: string;
  readonly #conventions: string[];

  constructor(
    private readonly request: DumpRequest,
    private readonly files: FilesByPurpose,
    private readonly roles: Roles,
    private readonly close: () => Promise<void>,
  ) {
    this.#name = files.predictions.fields.name;
    this.#conventions = [...roles.conventions];
  }

  /** Scores of every class. */
  async scores(): Promise<ScoreDump> {
    const { files } = this;
    const { fields, classNames } = this.roles.scores!;
    const [first] = fields as [Field];
    const classes = fields.length > 1 ? fields.length : first.inner.at(-1)!;
    const isArray = fields.length === 1 && first.rows !== null;
    const rows = isArray ? (first.rows! * widthOf(first)) / (classes || 1) : first.rows;
    const source = sourceOf(files.predictions, first);
    checkShape(source, classes, rows, isArray ? shapeOf(first) : '', MAX_CLASSES);
    const named = this.#classNames(classes, classNames);
    const field = isArray ? { name: source, field: first } : null;
    return this.#withTargets({ fields, classes, rows, classNames: named, scores: field });
  }

  /** One score per row. */
  async single(reason: string | null): Promise<SingleDump> {
    const { files } = this;
    const { scores, singles } = this.roles;
    const names = this.request.classNames;
    if (names !== undefined && (names.length !== 2 || names[0] === names[1])) {
      throw new UsageError(
        'class-names',
        `--task binary has two classes: give two distinct class names, the positive one second; found ${names.length === 2 ? 'one name twice' : `${names.length}`}.`,
      );
    }
    if (scores !== null) {
      const [first] = scores.fields as [Field];
      const found = first.rows === null ? listFields(scores.fields) : `shape ${shapeOf(first)}`;
      throw severalScores(sourceOf(files.predictions, first), found);
    }
    const [field] = singles as [Field];
    this.#refuseTexts('one score per row');
    checkShape(sourceOf(files.predictions, field), 1, field.rows, shapeOf(field), 1);
    const dump = await this.#withTargets({
      fields: [field],
      classes: 1,
      rows: field.rows,
      classNames: names ?? null,
      scores: field.rows === null ? null : { name: sourceOf(files.predictions, field), field },
    });
    return { ...dump, content: 'single', reason };
  }

  /** Predicted and true values, or scores and indicators of several labels. */
  async values(task: ValueDump['task'], reason: string | null): Promise<ValueDump> {
    const { roles, files } = this;
    this.#refuseTexts('values or several labels per row');
    const fields = roles.scores?.fields ?? roles.singles.slice(0, 1);
    const [first] = fields as [Field];
    const target = this.#requireTarget();
    const outputs = fields.length > 1 ? fields.length : (first.inner.at(-1) ?? 1);
    const isArray = fields.length === 1 && first.rows !== null;
    const rows = isArray ? (first.rows! * widthOf(first)) / (outputs || 1) : first.rows;
    checkShape(
      sourceOf(files.predictions, first),
      outputs,
      rows,
      isArray ? shapeOf(first) : '',
      MAX_CLASSES,
    );
    const perRow = targetsPerRow(target, rows, outputs);
    if (perRow !== outputs) {
      throw new InputError('shape-mismatch', {
        source: target.file.fields.name,
        problem: 'there must be as many targets in a row as predictions',
        found: `${perRow} ${perRow === 1 ? 'target' : 'targets'} per row`,
        expected: `${outputs}, as ${this.#name} has predictions`,
        advice: 'Name the columns with --scores and --target, in the same order.',
      });
    }
    requireRows(target, files.predictions, rows, outputs, 'targets');
    const outputNames =
      fields.length > 1 || first.rows === null ? (roles.scores?.classNames ?? null) : null;
    if (outputNames !== null && outputNames.length > 1) requireSameOrder(outputNames, target);
    const numbers = (own: readonly Field[]) => ({ fields: own, width: outputs, required: false });
    const parts: RowPart[] = [
      {
        ...{ key: SCORES, noun: 'predictions', file: files.predictions },
        numbers: numbers(fields),
      },
      {
        ...{ key: TARGETS, noun: 'targets', file: target.file },
        numbers: numbers(target.fields),
      },
      ...this.#weights(),
    ];
    const joined = await this.#join(parts);
    const isSingle = first.content === 'real' && first.dtype !== 'f64';
    const { format } = files.predictions.fields;
    const info = {
      name: sourceOf(files.predictions, first),
      format: format === 'txt' ? ('csv' as const) : format,
      stored: first.stored,
      dtype: isSingle ? ('f32' as const) : ('f64' as const),
      outputs,
      outputNames:
        outputNames ?? (outputs === 1 && first.rows === null ? [first.name ?? '0'] : null),
      rows,
      hasWeights: roles.weight !== null,
    };
    const reader = valueRows(joined, info, this.close);
    return { content: 'values', reader, task, reason, notices: this.#notices(joined) };
  }

  /** One number or word per row: a score of two classes, a value, or a label. */
  async whateverItIs(): Promise<OpenDump> {
    const { request, roles, files } = this;
    const { task, asLabels = false } = request;
    const file = files.predictions;
    const prediction = roles.prediction ?? roles.singles.at(-1);
    if (prediction === undefined) {
      // Scores that are to be taken for labels.
      const [first] = roles.scores!.fields as [Field];
      throw new InputError('missing-prediction', {
        source: sourceOf(files.predictions, first),
        problem: `no ${file.fields.unit} holds predicted labels`,
        found: listFields(file.fields.fields),
        expected: `one of ${KNOWN_NAMES.prediction.slice(0, 4).join(', ')}`,
        advice: 'Name it with --prediction.',
      });
    }
    if (asLabels) return this.#labels(prediction);
    const [field] = roles.singles as [Field];
    const isPrediction = field === roles.prediction;
    if (task !== 'auto') {
      if (isPrediction || field.content === 'whole' || file.fields.format === 'txt')
        return this.#labels(field);
      throw singleScoreError(file.fields, field);
    }
    if (request.targets !== undefined) return this.#labels(field);
    const target = this.#requireTarget();
    const found = await lookAtSingles({ file, fields: [field] }, target, {
      isPrediction,
      ...request,
    });
    if (found.is === 'labels') return this.#labels(roles.prediction ?? field);
    if (found.is === 'single') return this.single(found.reason);
    return this.values('regression', found.reason);
  }

  async #labels(field: Field): Promise<OpenDump> {
    const { roles, files } = this;
    const { labelsFrom: from = 0, ignoreIndex } = this.request;
    this.#refuseTexts('predicted labels without scores');
    const target = this.#requireTarget();
    const [own] = target.fields as [Field];
    const isOne = target.fields.length === 1 && (own.rows !== null || widthOf(own) === 1);
    if (!isOne || (own.rows !== null && targetsPerRow(target, field.rows, 1) !== 1)) {
      throw new InputError('shape-mismatch', {
        source: target.file.fields.name,
        problem: 'predicted labels need one target per row',
        found: own.rows === null ? listFields(target.fields) : `shape ${shapeOf(own)}`,
        expected: '(rows,)',
        advice: 'For several labels per row give scores and say --task multilabel.',
      });
    }
    requireRows(target, files.predictions, field.rows, 1, 'targets');
    const parts: RowPart[] = [
      { key: SCORES, noun: 'predictions', file: files.predictions, text: field },
      { key: TARGETS, noun: 'targets', file: target.file, text: own },
      ...this.#weights(),
    ];
    const joined = await this.#join(parts);
    const { format } = files.predictions.fields;
    const reader = labelRows(joined, {
      info: {
        name: sourceOf(files.predictions, field),
        format: format === 'txt' ? 'csv' : format,
        hasWeights: roles.weight !== null,
        ...(from !== 0 && ignoreIndex != null && { ignoreIndex: ignoreIndex - from }),
      },
      isReal: { [SCORES]: field.content === 'real', [TARGETS]: own.content === 'real' },
      labelsFrom: from,
      classNames: this.request.classNames,
      close: this.close,
    });
    return { content: 'labels', reader, notices: this.#notices(joined) };
  }

  /** Scores with class indices beside them. */
  async #withTargets(found: {
    readonly fields: readonly Field[];
    readonly classes: number;
    readonly rows: number | null;
    readonly classNames: readonly string[] | null;
    readonly scores: { readonly name: string; readonly field: Field } | null;
  }): Promise<ScoreDump> {
    const { request, roles, files } = this;
    const { fields, classes, rows } = found;
    const { targets: given, labelsFrom, ignoreIndex } = request;
    const placed = given === undefined ? this.#requireTarget() : null;
    const isSingle = classes === 1;
    const context = { ...found, classes: Math.max(2, classes), isSingle, labelsFrom, ignoreIndex };
    const targets = placed && (await findTargets(placed, context));
    if (targets?.convention) this.#conventions.push(targets.convention);
    const textRoles = TEXT_ROLES.filter((role) => roles.texts[role] !== undefined);
    const parts: RowPart[] = [
      {
        ...{ key: SCORES, noun: 'scores', file: files.predictions },
        numbers: { fields, width: classes, required: fields.length > 1 || widthOf(fields[0]!) > 1 },
      },
      ...(placed ? [{ key: TARGETS, noun: 'targets', file: placed.file, ...targets!.part }] : []),
      ...this.#weights(),
      ...textRoles.map((role) => {
        const { file, fields: own } = roles.texts[role]!;
        return { key: role, noun: TEXT_NOUNS[role], file, text: own[0]! };
      }),
    ];
    for (const { key, noun, file, numbers, text } of parts) {
      if (key === SCORES) continue;
      const own = numbers ? numbers.fields : [text!];
      requireRows({ file, fields: own }, files.predictions, rows, numbers?.width ?? 1, noun);
    }
    const names =
      request.findNames && !textRoles.includes('id') ? rowNamesIn(files.predictions.fields) : null;
    if (names !== null) {
      parts.push({ key: 'id', noun: TEXT_NOUNS.id, file: files.predictions, text: names });
    }
    const joined = await this.#join(parts);
    const [first] = fields as [Field];
    const { format } = files.predictions.fields;
    const asked = roles.texts.id?.file === files.predictions ? roles.texts.id.fields[0] : undefined;
    const rowNames = (names ?? asked)?.name;
    const info: DumpInfo = {
      name: sourceOf(files.predictions, first),
      format: format === 'txt' ? 'csv' : format,
      stored: first.stored,
      dtype: first.dtype,
      epsilon: first.dtype === 'f64' ? 2 ** -52 : 2 ** -23,
      classes,
      classNames: targets?.classNames ?? found.classNames,
      rows: roles.scores || rows !== null ? rows : null,
      hasTargets: true,
      hasWeights: roles.weight !== null,
      ...(targets?.isSoft && { softTargets: true }),
      ...(targets?.ignoreIndex !== undefined && { ignoreIndex: targets.ignoreIndex }),
      ...(rowNames !== undefined && { rowNames: rowNames ?? '' }),
    };
    const reader = scoreRows(joined, {
      ...{ info, targets, given, close: this.close },
      textRoles: names === null ? textRoles : [...textRoles, 'id'],
      // Rows that are matched by name cannot be taken by their place.
      openTargets: joined.isByName
        ? undefined
        : openTargetsAlone(files.predictions, placed, targets),
    });
    return { content: 'scores', reader, notices: this.#notices(joined) };
  }

  /** Weights, where there are any. */
  #weights(): RowPart[] {
    const { weight } = this.roles;
    if (weight === null) return [];
    const { file, fields } = weight;
    return [{ key: WEIGHTS, noun: 'weights', file, numbers: { fields, width: 1, required: true } }];
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

  #notices(joined: JoinedRows): () => Notice[] {
    const conventions = this.#conventions;
    return () => [
      ...(conventions.length === 0
        ? []
        : [
            {
              code: 'roles',
              message: `Taken by convention, for no name or option says so: ${conventions.join('; ')}. If that is not what is meant, say it with --scores, --target, --class-names or --task.`,
              evidence: { conventions: conventions.length },
            },
          ]),
      ...joined.notices(),
    ];
  }

  #requireTarget(): Placed {
    const { target } = this.roles;
    if (target !== null) return target;
    throw new UsageError(
      'no-targets',
      `${this.#name} holds no targets. Give them with --labels FILE, or name their column, field or member with --target.`,
    );
  }

  #classNames(classes: number, found: readonly string[] | null): readonly string[] | null {
    const { classNames } = this.request;
    if (classNames === undefined) return found;
    const distinct = new Set(classNames).size;
    if (classNames.length === classes && distinct === classes) {
      requireOrder(classNames, found, this.#name);
      return classNames;
    }
    throw new UsageError(
      'class-names',
      `${classNames.length} class names were given${distinct < classNames.length ? `, ${distinct} of them distinct` : ''}, but ${this.#name} has ${classes} classes. Give one distinct name per class, in the order of the scores.`,
    );
  }

  /** Slices, clusters and names of rows are of scores of classes; elsewhere a column of names is just left out. */
  #refuseTexts(what: string): void {
    const { texts = {}, names = {} } = this.request;
    const given = TEXT_ROLES.filter(
      (role) => texts[role] !== undefined || (role !== 'id' && names[role] !== undefined),
    );
    if (given.length === 0) return;
    throw new UsageError(
      'needs-classes',
      `${given.map((role) => `--${role}`).join(', ')}: these are for a score of each class, and ${this.#name} holds ${what}. Leave the option out${what === 'one score per row' ? ', or write scores of both classes (p_0 and p_1)' : ''}.`,
    );
  }
}
