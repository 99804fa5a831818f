/** Which columns of a table hold scores, and the class that each stands for. */

import { InputError, quote } from '../types/errors.js';
import {
  ambiguous,
  DEFAULT_NAMES,
  duplicateName,
  listNames,
  type NameContext,
  SCORE_PREFIXES,
  unknownName,
} from './table-names.js';

/** Score columns, and the class that each stands for where the columns have names. */
export function scoreColumns(
  available: readonly string[],
  option: string | undefined,
  taken: ReadonlyMap<string, string>,
  context: NameContext,
): { names: readonly string[] | null; classNames: readonly string[] | null } {
  const named = context.named !== false;
  if (option !== undefined) {
    const found = columnsByOption(available, option, '--scores', taken, context);
    return {
      names: found.map(([name]) => name),
      classNames: named ? distinctClasses(found, context) : null,
    };
  }
  if (!named) {
    // Without names every column that has no other role is a score.
    const rest = available.filter((name) => !taken.has(name));
    return { names: rest.length > 0 ? rest : null, classNames: null };
  }
  const groups = SCORE_PREFIXES.map((prefix) => withPrefix(available, prefix, taken));
  groups.push(numberedColumns(available, taken));
  for (const name of DEFAULT_NAMES.scores) {
    if (available.includes(name) && !taken.has(name)) groups.push([[name, name]]);
  }
  const present = groups.filter((group) => group.length > 0);
  if (present.length === 0) return { names: null, classNames: null };
  if (present.length > 1) {
    throw ambiguous(
      'scores',
      present.map((group) => group[0]![0]),
      context,
    );
  }
  const group = present[0]!;
  const names = group.map(([name]) => name);
  requireNames(available, names, '--scores', context);
  return { names, classNames: distinctClasses(group, context) };
}

/** A column and the class that it stands for. */
export type ScoreColumn = readonly [name: string, className: string];

/** Columns by name, a comma-separated list of names, and prefixes with `*`, and the class of each. */
export function columnsByOption(
  available: readonly string[],
  text: string,
  option: string,
  taken: ReadonlyMap<string, string>,
  context: NameContext,
): ScoreColumn[] {
  // A name that holds a comma or a star can be given whole.
  const items = available.includes(text) ? [text] : text.split(',').map((item) => item.trim());
  const columns: ScoreColumn[] = [];
  const listed: string[] = [];
  for (const item of items) {
    if (item.endsWith('*') && !available.includes(item)) {
      const matches = withPrefix(available, item.slice(0, -1), taken);
      if (matches.length === 0) throw unknownName(available, item, option, context);
      columns.push(...matches);
    } else {
      listed.push(item);
      columns.push([item, item]);
    }
  }
  requireNames(
    available,
    columns.map(([name]) => name),
    option,
    context,
  );
  const prefix = SCORE_PREFIXES.find((known) => listed.every((name) => longer(name, known)));
  if (prefix === undefined || listed.length === 0) return columns;
  return columns.map(([name, className]) =>
    name === className ? [name, name.slice(prefix.length)] : [name, className],
  );
}

function withPrefix(
  available: readonly string[],
  prefix: string,
  taken: ReadonlyMap<string, string>,
): ScoreColumn[] {
  return available
    .filter((name) => longer(name, prefix) && !taken.has(name))
    .map((name) => [name, name.slice(prefix.length)]);
}

function longer(name: string, prefix: string): boolean {
  return name.length > prefix.length && name.startsWith(prefix);
}

/** Columns called 0 … C−1, in whatever order they stand; none unless the numbers are complete. */
function numberedColumns(
  available: readonly string[],
  taken: ReadonlyMap<string, string>,
): ScoreColumn[] {
  const names = available.filter((name) => /^(0|[1-9]\d{0,8})$/.test(name) && !taken.has(name));
  const complete =
    new Set(names).size === names.length && names.every((name) => Number(name) < names.length);
  return complete ? names.map((name) => [name, name]) : [];
}

function distinctClasses(columns: readonly ScoreColumn[], context: NameContext): readonly string[] {
  const seen = new Map<string, string>();
  for (const [name, className] of columns) {
    const before = seen.get(className);
    if (before !== undefined && before !== name) {
      throw new InputError('duplicate-class', {
        source: context.source,
        problem: `two columns stand for class ${quote(className)}`,
        found: listNames([before, name]),
        expected: 'one column per class',
        advice: 'Name the score columns one by one with --scores.',
      });
    }
    seen.set(className, name);
  }
  return columns.map(([, className]) => className);
}

/**
 * Checks that each of the names is there, once.
 * @throws InputError `unknown-column`, `duplicate-column`.
 */
export function requireNames(
  available: readonly string[],
  names: readonly string[],
  option: string,
  context: NameContext,
): void {
  if (names.length === 0) return;
  const wanted = new Set(names);
  const positions = new Map<string, number>();
  for (const [position, name] of available.entries()) {
    if (!wanted.has(name)) continue;
    const first = positions.get(name);
    if (first !== undefined) throw duplicateName(name, first, position, context);
    positions.set(name, position);
  }
  const missing = names.find((name) => !positions.has(name));
  if (missing !== undefined) throw unknownName(available, missing, option, context);
}
