/** Which fields of the predictions hold scores: several per row, or what could be one. */

import { InputError } from '../types/errors.js';
import { type Field, widthOf } from '../types/fields.js';
import type { Task } from '../types/report.js';
import { fieldsLeft, type LeftField } from './beside-files.js';
import {
  addUp,
  type ClassColumn,
  type ClassColumns,
  columnsByLabels,
  columnsByOption,
  distinctClasses,
  knownColumns,
} from './class-columns.js';
import { type OpenFile, type Placed, peekTexts } from './files.js';
import type { FreeFields } from './free-fields.js';
import { canonicalInteger, canonicalLabel } from './label-index.js';
import { ambiguous, KNOWN_NAMES, listFields, plainName, requireOnce } from './name-lists.js';

/** What is known of the numbers of labels. */
export interface LabelMarks {
  readonly ignoreIndex?: number | null | undefined;
  readonly labelsFrom?: number | undefined;
}

/** Finds scores by option, by names, by class columns and by what is left. */
export class ScoreFields {
  /** A single score that the option or a name says. */
  #chosenSingle: Field | null = null;

  constructor(
    private readonly predictions: OpenFile,
    private readonly fields: FreeFields,
    private readonly option: string | undefined,
    private readonly task: Task | 'auto',
    private readonly marks: LabelMarks,
    /** What is taken without a name or an option for it. */
    private readonly conventions: string[],
  ) {}

  /** Several scores per row; null where there is one, or none. */
  async scores(target: Placed | null, prediction: Field | null): Promise<ClassColumns | null> {
    const { file } = this.fields;
    const { option: scores } = this;
    const asOne = (field: Field): ClassColumns | null => {
      if (widthOf(field) > 1) {
        return { fields: [field], classNames: field.keys ?? null, convention: null };
      }
      this.#chosenSingle = field;
      return null;
    };
    if (file.unit === 'array' || (!file.named && file.fields.length === 1)) {
      return asOne(file.fields[0]!);
    }
    if (scores !== undefined) {
      const columns = columnsByOption(file, scores, '--scores', (field) => !this.fields.has(field));
      for (const [field] of columns) this.fields.take(field, 'scores');
      if (columns.length === 1) return asOne(columns[0]![0]);
      const classNames = file.named ? distinctClasses(columns, file) : null;
      return { fields: columns.map(([field]) => field), classNames, convention: null };
    }
    const free = this.fields.free;
    if (!file.named) {
      // Without names every column that has no other role is a score.
      if (free.length === 1) return asOne(free[0]!);
      return free.length === 0 ? null : { fields: free, classNames: null, convention: null };
    }
    const isFree = new Set(free);
    const several = [...KNOWN_NAMES.scores, ...KNOWN_NAMES.prediction];
    const arrays = this.fields
      .named(several)
      .filter((field) => widthOf(field) > 1 && isFree.has(field));
    const single = this.fields.named(KNOWN_NAMES.scores).filter((field) => widthOf(field) === 1);
    // Predicted values have names of their own; columns of classes are none.
    const isRegression = this.task === 'regression';
    const groups = [
      ...(isRegression ? [] : knownColumns(free.filter((field) => widthOf(field) === 1))),
      ...[...arrays, ...single].map((field) => [[field, field.name!] as const]),
    ];
    if (groups.length > 1)
      throw this.fields.several(
        'scores',
        groups.map((group) => group[0]![0]),
      );
    const [group] = groups;
    if (group !== undefined && group.length === 1) return asOne(group[0]![0]);
    if (group !== undefined) {
      requireOnce(
        file,
        group.map(([field]) => field),
      );
      this.#requireOneSet(group, free);
      await this.#requireOneKind(group, target);
      if (await this.#areFeatures(group, prediction)) return null;
      const classNames = distinctClasses(group, file);
      return { fields: group.map(([field]) => field), classNames, convention: null };
    }
    return isRegression ? null : this.#scoresLeft(free, target, prediction);
  }

  /** The same classes under another prefix are another set of scores. @throws InputError `ambiguous-column` */
  #requireOneSet(group: readonly ClassColumn[], free: readonly Field[]): void {
    const [[first, className]] = group as [ClassColumn];
    const own = new Set(group.map(([field]) => field.name));
    const byName = new Map(free.map((field) => [field.name, field]));
    for (const { name } of free) {
      if (own.has(name) || !name!.endsWith(className) || name === className) continue;
      const prefix = name!.slice(0, name!.length - className.length);
      const isTwin = group.every(([, other]) => byName.has(`${prefix}${other}`));
      if (isTwin) throw ambiguous('scores', [first, byName.get(name)!], this.fields.file);
    }
  }

  /** Classes that are numbered are all there; what else has their prefix is a class only where it is a label. */
  async #requireOneKind(group: readonly ClassColumn[], target: Placed | null): Promise<void> {
    const odd = group.filter(([, name]) => canonicalInteger(name) === null);
    if (odd.length === 0 || group.length - odd.length < 2) return;
    const labels = target?.fields.length === 1 ? await this.#labelsOf(target) : new Set();
    if (odd.every(([, name]) => labels.has(canonicalLabel(name)))) return;
    throw ambiguous('scores', [group[0]![0], ...odd.map(([field]) => field)], this.fields.file);
  }

  /**
   * Whether columns 0 … C−1 beside a prediction of its own name are the features that it was made
   * from: they are no probabilities, and an option names the prediction.
   * @throws InputError `ambiguous-column` where no option says so
   */
  async #areFeatures(group: readonly ClassColumn[], prediction: Field | null): Promise<boolean> {
    const isNumbered = group.every(([{ name }]) => canonicalInteger(name!) !== null);
    const singles = this.fields.named(KNOWN_NAMES['single score']);
    const other = prediction ?? singles[0];
    if (!isNumbered || other === undefined || (await addUp(this.predictions, group))) return false;
    const isByOption = !this.fields.named([plainName(other.name!)]).includes(other);
    if (isByOption) return true;
    throw ambiguous('scores', [...group.map(([field]) => field), other], this.fields.file);
  }

  /** Scores whose names say nothing: class columns by their labels, or the one field of several numbers. */
  async #scoresLeft(
    free: readonly Field[],
    target: Placed | null,
    prediction: Field | null,
  ): Promise<ClassColumns | null> {
    const file = this.predictions;
    const isNamed =
      prediction !== null || this.fields.named(KNOWN_NAMES['single score']).length > 0;
    const isFree = new Set(free);
    const left = await fieldsLeft(file, (field) => isFree.has(field));
    const numbers = left.filter(({ isNumber }) => isNumber).map(({ field }) => field);
    const columns = numbers.filter((field) => widthOf(field) === 1);
    if (columns.length > 1) {
      const labels = target?.fields.length === 1 ? await this.#labelsOf(target) : null;
      // Where a prediction has its name, columns with numbers in theirs are rather features.
      const isText =
        labels !== null && [...labels].some((label) => canonicalInteger(label) === null);
      const byNames = !isNamed || isText ? await this.#byLabels(columns, labels) : null;
      const found = byNames ?? (target === null ? await this.#byWords(columns, left) : null);
      if (found !== null) {
        this.conventions.push(found.convention!);
        return found;
      }
    }
    const reals = left.filter(
      ({ field, isNumber, isWhole }) => isNumber && !isWhole && widthOf(field) > 1,
    );
    if (isNamed || reals.length !== 1) return null;
    const [{ field }] = reals as [(typeof reals)[number]];
    this.conventions.push(
      `the scores from ${listFields([field])}, the only ${this.fields.file.unit} of several fractions per row`,
    );
    return { fields: [field], classNames: field.keys ?? null, convention: null };
  }

  /** Columns of classes that the words of some other column name, where no name says which the targets are. */
  async #byWords(columns: readonly Field[], left: readonly LeftField[]) {
    for (const { field, isNumber } of left) {
      if (isNumber || widthOf(field) > 1) continue;
      const labels = await this.#labelsOf({ file: this.predictions, fields: [field] });
      const found = labels.size < 2 ? null : await this.#byLabels(columns, labels);
      if (found !== null) return found;
    }
    return null;
  }

  /** Labels may be counted from another number than the columns are. */
  async #byLabels(columns: readonly Field[], labels: ReadonlySet<string> | null) {
    const { labelsFrom = 0 } = this.marks;
    const found = await columnsByLabels(this.predictions, columns, labels);
    if (found !== null || labels === null || labelsFrom === 0) return found;
    const counted = [...labels].map((label) => canonicalInteger(label));
    if (counted.includes(null)) return null;
    const shifted = new Set(counted.map((label) => String(Number(label) - labelsFrom)));
    return columnsByLabels(this.predictions, columns, shifted);
  }

  async #labelsOf({ file, fields }: Placed): Promise<ReadonlySet<string>> {
    if (fields[0]!.inner.length > 0) return new Set();
    const [texts] = await peekTexts(file, fields);
    const labels = new Set(texts!.map(canonicalLabel));
    labels.delete('');
    if (this.marks.ignoreIndex != null) labels.delete(String(this.marks.ignoreIndex));
    return labels;
  }

  /** The one field beside scores that could be the target, whose name says nothing. */
  async targetLeft({ fields, classNames }: ClassColumns): Promise<Placed | null> {
    const file = this.predictions;
    const [scores, ...others] = fields;
    if (this.fields.file.unit === 'array') return null;
    if (others.length > 0) return classNames && this.#wordsLeft(classNames);
    if (widthOf(scores!) === 1) return null;
    const { inner } = scores!;
    const fits = (field: Field) =>
      widthOf(field) === 1 ||
      [inner, inner.slice(0, -1)].some((axes) => axes.join() === field.inner.join());
    const left = await fieldsLeft(file, (field) => !this.fields.has(field) && fits(field));
    const found = left.filter(({ isNumber, isWhole }) => isWhole || !isNumber);
    if (found.length !== 1) return null;
    const { field } = found[0]!;
    this.fields.take(field, 'target');
    this.conventions.push(
      `the targets from ${listFields([field])}, the only other ${this.fields.file.unit} of whole numbers or text`,
    );
    return { file, fields: [field] };
  }

  /** The one field whose words are all names of classes. */
  async #wordsLeft(classNames: readonly string[]): Promise<Placed | null> {
    const file = this.predictions;
    const names = new Set(classNames.map(canonicalLabel));
    const left = await fieldsLeft(file, (field) => !this.fields.has(field));
    const found: Field[] = [];
    for (const { field, isNumber } of left) {
      if (isNumber || widthOf(field) > 1) continue;
      const labels = await this.#labelsOf({ file, fields: [field] });
      if (labels.size > 0 && [...labels].every((label) => names.has(label))) found.push(field);
    }
    const [field] = found;
    if (field === undefined) return null;
    if (found.length > 1) throw ambiguous('target', found, this.fields.file);
    this.fields.take(field, 'target');
    this.conventions.push(
      `the targets from ${listFields([field])}, the only ${this.fields.file.unit} of names of classes`,
    );
    return { file, fields: [field] };
  }

  /** What could be one score, value or label per row. */
  singles(prediction: Field | null): Field[] {
    if (this.#chosenSingle !== null) return [this.#chosenSingle];
    const named = this.fields
      .named(KNOWN_NAMES['single score'])
      .filter((field) => widthOf(field) === 1);
    const found = [...named, prediction].filter((field) => field !== null);
    const isUnclear = this.task === 'regression' && found.length > 1;
    if (named.length > 1 || isUnclear) throw this.fields.several('single score', found);
    return found;
  }

  /** Where there is nothing to score. */
  noScores(): InputError {
    const file = this.fields.file;
    if (this.task !== 'auto' && this.task !== 'classification') {
      const names = [
        ...KNOWN_NAMES.prediction.slice(0, 4),
        ...KNOWN_NAMES['single score'].slice(0, 3),
      ];
      const what = this.task === 'binary' ? 'one score per row' : 'predicted values';
      return new InputError('missing-scores', {
        source: file.name,
        problem: `no ${file.unit} is known to hold ${what}`,
        found: listFields(file.fields),
        expected: `one of ${names.join(', ')}`,
        advice: 'Name it with --scores.',
      });
    }
    const areLikelihoods = file.fields.some(
      ({ name, problem }) =>
        name === 'filtered_resps' || (problem && (name === 'logprobs' || name === 'choices')),
    );
    return new InputError('missing-scores', {
      source: file.name,
      problem: `no ${file.unit} holds scores or predicted labels`,
      found: listFields(file.fields),
      expected:
        file.unit === 'column'
          ? 'columns p_<class>, logit_<class> or 0 … C−1, or columns named as the labels are'
          : `one of ${KNOWN_NAMES.scores.slice(0, 6).join(', ')}`,
      advice: areLikelihoods
        ? 'Records with one log-likelihood each, or with logprobs of tokens, are for logitscope perplexity.'
        : `Name ${file.unit === 'column' ? 'the score columns' : 'the scores'} with --scores, or the predicted label with --prediction.`,
    });
  }
}
