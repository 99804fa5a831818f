/**
 * Errors that people see. Every message says what was wrong, where, what was
 * expected and what to do; `code` is stable, for programs.
 */

/** Where in the input something was found. */
export interface InputPlace {
  /** File, member or array, as the user named it. */
  readonly source?: string;
  /** Row index, counted from 0. */
  readonly row?: number;
  /** Line of a text file, counted from 1. */
  readonly line?: number;
  /** Column, field or member by name, or its index. */
  readonly column?: string | number;
  /** Byte offset in the file. */
  readonly offset?: number;
}

/** Base of all errors that this library throws on purpose. */
export class LogitscopeError extends Error {
  /** Stable identifier in kebab-case. */
  readonly code: string;

  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
    this.code = code;
  }
}

/** The caller asked for something that does not exist or does not fit (exit status 2). */
export class UsageError extends LogitscopeError {}

/** What an {@link InputError} has to say. */
export interface InputProblem extends InputPlace {
  /** What is wrong, in one clause. */
  readonly problem: string;
  readonly found?: string | undefined;
  readonly expected?: string | undefined;
  /** What to do about it. */
  readonly advice?: string | undefined;
  readonly cause?: unknown;
}

/** The input cannot be read, or is refused (exit status 3). */
export class InputError extends LogitscopeError {
  readonly place: InputPlace;
  readonly #problem: InputProblem;

  constructor(code: string, problem: InputProblem) {
    const { source, row, line, column, offset } = problem;
    const where = [
      source,
      row === undefined ? undefined : `row ${row}`,
      line === undefined ? undefined : `line ${line}`,
      column === undefined
        ? undefined
        : `column ${typeof column === 'number' ? column : quote(column)}`,
      offset === undefined ? undefined : `byte ${offset}`,
    ].filter((part) => part !== undefined);
    const sentences = [problem.problem];
    if (problem.found !== undefined) sentences.push(`found ${problem.found}`);
    if (problem.expected !== undefined) sentences.push(`expected ${problem.expected}`);
    const body = `${sentences.join('; ')}.`;
    const advice = problem.advice === undefined ? '' : ` ${problem.advice}`;
    super(code, `${where.length > 0 ? `${where.join(', ')}: ` : ''}${body}${advice}`, {
      cause: problem.cause,
    });
    this.#problem = problem;
    this.place = {
      ...(source !== undefined && { source }),
      ...(row !== undefined && { row }),
      ...(line !== undefined && { line }),
      ...(column !== undefined && { column }),
      ...(offset !== undefined && { offset }),
    };
  }

  /** The same error about another row, for rows that were read in another order. @internal */
  atRow(row: number): InputError {
    return new InputError(this.code, { ...this.#problem, row });
  }
}

/** Longest piece of foreign text that a message repeats. */
const QUOTE_LIMIT = 60;

/**
 * Text from a file, made fit for a message: JSON-quoted, so that control
 * characters (terminal escapes among them) are spelled out, and shortened.
 */
export function quote(text: string): string {
  const shown = text.length > QUOTE_LIMIT ? `${text.slice(0, QUOTE_LIMIT)}…` : text;
  return JSON.stringify(shown).replace(
    /[\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
