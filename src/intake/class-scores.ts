/** Scores with class indices beside them: of every class, or one score per row. */

import { shapeOf } from '../formats/npy-fields.js';
import { UsageError } from '../types/errors.js';
import { type Field, widthOf } from '../types/fields.js';
import { choicesBeside } from './choice-rows.js';
import { decode } from './decode-targets.js';
import type { OpenDump } from './dump-request.js';
import { commonDtype, requireOrder, type ScoreShape, scoreShape, sourceOf } from './dump-shapes.js';
import type { Placed } from './files.js';
import { SCORES, TARGETS } from './joined-rows.js';
import { listFields, severalScores } from './name-lists.js';
import type { Opening } from './opening.js';
import { IGNORED_STEP, nextTargets, positionNames, stepsOf } from './sequences.js';
import type { Targets } from './target-form.js';
import { findTargets } from './targets.js';
import { openTargetsAlone } from './targets-alone.js';

/** Scores of every class. */
export async function classScores(opening: Opening): Promise<OpenDump> {
  const { fields, classNames } = opening.roles.scores!;
  const shape = scoreShape(opening.files.predictions, fields);
  const names = classNamesOf(opening, shape.classes, classNames);
  return withTargets(opening, fields, shape, names, null);
}

/** One score per row. @throws InputError `several-scores`, UsageError `class-names` */
export async function singleScores(opening: Opening, reason: string | null): Promise<OpenDump> {
  const { scores, singles } = opening.roles;
  const { predictions } = opening.files;
  const names = opening.request.classNames;
  if (names !== undefined && (names.length !== 2 || names[0] === names[1])) {
    throw new UsageError(
      'class-names',
      `--task binary has two classes: give two distinct class names, the positive one second; found ${names.length === 2 ? 'one name twice' : `${names.length}`}.`,
    );
  }
  if (scores !== null) {
    const [first] = scores.fields as [Field];
    const found = first.rows === null ? listFields(scores.fields) : `shape ${shapeOf(first)}`;
    throw severalScores(sourceOf(predictions, first), found);
  }
  const fields = singles.slice(0, 1);
  return withTargets(opening, fields, scoreShape(predictions, fields), names ?? null, reason);
}

async function withTargets(
  opening: Opening,
  fields: readonly Field[],
  { classes, rows, source, isArray }: ScoreShape,
  classNames: readonly string[] | null,
  reason: string | null,
): Promise<OpenDump> {
  const { request, files } = opening;
  const { targets: known, shift = false, labelsFrom, ignoreIndex } = request;
  const { predictions } = files;
  const [field] = fields as [Field];
  const choices = choicesBeside(opening, fields);
  const isSingle = classes === 1;
  const asked = known === undefined ? opening.requireTarget() : null;
  const context = {
    ...{ classes: Math.max(2, classes), classNames, isSingle, labelsFrom, ignoreIndex },
    scores: isArray ? { name: source, field } : null,
  };
  const targets = asked && (await findTargets(asked, context));
  const next = shift && asked ? await nextSteps(opening, asked, targets!, fields, rows) : undefined;
  const given = known ?? next;
  const placed = given === undefined ? asked : null;
  if (targets?.convention) opening.conventions.push(targets.convention);
  const required = fields.length > 1 || widthOf(field) > 1;
  const numbers = placed && targets && 'numbers' in targets.part ? targets.part.numbers : null;
  const isApart = numbers !== null && (numbers.width > 1 || targets!.areWritten);
  let scratch = new Float64Array(0);
  return opening.open({
    ...{ task: isSingle ? 'binary' : 'classification', reason, field, rows, given },
    parts: [
      {
        ...{ key: SCORES, noun: 'scores', file: predictions },
        numbers: { fields, width: classes, required },
      },
      ...(placed ? [{ key: TARGETS, noun: 'targets', file: placed.file, ...targets!.part }] : []),
      ...(choices ? [choices.part] : []),
    ],
    ...(choices && { texts: choices.texts, notices: choices.notices }),
    info: {
      ...{ dtype: commonDtype(fields), classes, classNames: targets?.classNames ?? classNames },
      ...choices?.info,
      ...(targets?.isSoft && { softTargets: true }),
      ...(targets?.ignoreIndex !== undefined && { ignoreIndex: targets.ignoreIndex }),
      ...(next && { ignoreIndex: targets?.ignoreIndex ?? ignoreIndex ?? IGNORED_STEP }),
    },
    ...(opening.isByPosition && {
      positions: positionNames(stepsOf(fields, rows, '--by position')),
    }),
    targetsIn({ capacity, targets: into }) {
      if (!isApart) return into;
      const length = capacity * numbers.width;
      if (scratch.length < length) scratch = new Float64Array(length);
      return scratch;
    },
    decode(joined, into, count) {
      if (placed && targets) decode(joined, targets, scratch, into, count);
    },
    openTargets: openTargetsAlone(predictions, placed, targets),
  });
}

/** @throws UsageError `no-sequences`, `shift-soft`, `cannot-read-again`; InputError `memory-budget`, `shape-mismatch` */
function nextSteps(
  { request: { ignoreIndex, memoryBudget } }: Opening,
  placed: Placed,
  targets: Targets,
  fields: readonly Field[],
  rows: number | null,
): Promise<Int32Array> {
  const steps = stepsOf(fields, rows, '--shift');
  const ignored = targets.ignoreIndex ?? ignoreIndex ?? IGNORED_STEP;
  return nextTargets(placed, targets, { rows: rows!, steps, ignored, memoryBudget });
}

/** @throws UsageError `class-names`, `class-names-order` */
function classNamesOf(
  { request: { classNames }, name }: Opening,
  classes: number,
  found: readonly string[] | null,
): readonly string[] | null {
  if (classNames === undefined) return found;
  const distinct = new Set(classNames).size;
  if (classNames.length === classes && distinct === classes) {
    requireOrder(classNames, found, name);
    return classNames;
  }
  throw new UsageError(
    'class-names',
    `${classNames.length} class names were given${distinct < classNames.length ? `, ${distinct} of them distinct` : ''}, but ${name} has ${classes} classes. Give one distinct name per class, in the order of the scores.`,
  );
}
