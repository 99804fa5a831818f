/**
 * The few Python literals that an npy header may hold. The header is text
 * from a file: it is parsed by this strict grammar and never evaluated.
 */

/** A tuple or list; the header uses both, and the difference matters for messages only. */
export interface LiteralSequence {
  readonly kind: 'tuple' | 'list';
  readonly items: readonly Literal[];
}

export type LiteralDict = ReadonlyMap<string, Literal>;

export type Literal = string | bigint | boolean | null | LiteralSequence | LiteralDict;

/** Why the text is no literal, and where (in characters). */
export class LiteralError extends Error {
  readonly at: number;

  constructor(message: string, at: number) {
    super(message);
    this.at = at;
  }
}

/** Structured dtypes nest; nothing honest nests deeper. */
const DEEPEST = 16;

/** Longest run of digits: 2⁶⁴ has 20. Converting unbounded runs takes quadratic time. */
const LONGEST_INTEGER = 24;

/**
 * Parses a text that holds one literal and white space around it.
 * @throws LiteralError
 */
export function parseLiteral(text: string): Literal {
  let at = 0;

  const fail = (expected: string): never => {
    throw new LiteralError(`expected ${expected}`, at);
  };
  const skip = (): void => {
    while (at < text.length && ' \t\r\n'.includes(text.charAt(at))) at++;
  };
  const take = (character: string): boolean => {
    skip();
    if (text.charAt(at) !== character) return false;
    at++;
    return true;
  };

  const string = (): string => {
    const delimiter = text.charAt(at++);
    let value = '';
    while (at < text.length) {
      const character = text.charAt(at++);
      if (character === delimiter) return value;
      // Only field names of refused dtypes hold escapes: kept as they are.
      value += character === '\\' ? character + text.charAt(at++) : character;
    }
    return fail('the end of a string');
  };

  const sequence = (kind: 'tuple' | 'list', depth: number): LiteralSequence => {
    at++;
    const end = kind === 'tuple' ? ')' : ']';
    const items: Literal[] = [];
    while (!take(end)) {
      items.push(value(depth + 1));
      if (take(',')) continue;
      if (!take(end)) fail(`"," or "${end}"`);
      break;
    }
    return { kind, items };
  };

  const dict = (depth: number): LiteralDict => {
    at++;
    const entries = new Map<string, Literal>();
    while (!take('}')) {
      skip();
      const keyAt = at;
      const key = value(depth + 1);
      if (typeof key !== 'string') {
        at = keyAt;
        return fail('a string as key');
      }
      if (entries.has(key)) {
        at = keyAt;
        return fail('each key only once');
      }
      if (!take(':')) fail('":"');
      entries.set(key, value(depth + 1));
      if (take(',')) continue;
      if (!take('}')) fail('"," or "}"');
      break;
    }
    return entries;
  };

  const word = (): Literal => {
    // Python 2 wrote long integers with an L.
    const token = /^(?:True|False|None|-?\d+L?)(?!\w)/.exec(text.slice(at, at + 64))?.[0];
    if (token === undefined || token.length > LONGEST_INTEGER) {
      return fail('a string, an integer, True, False, a tuple or a dict');
    }
    at += token.length;
    if (token === 'True') return true;
    if (token === 'False') return false;
    return token === 'None' ? null : BigInt(token.replace('L', ''));
  };

  const value = (depth: number): Literal => {
    skip();
    if (depth > DEEPEST) fail('less nesting');
    const first = text.charAt(at);
    if (first === '{') return dict(depth);
    if (first === '(') return sequence('tuple', depth);
    if (first === '[') return sequence('list', depth);
    return first === "'" || first === '"' ? string() : word();
  };

  const result = value(0);
  skip();
  if (at < text.length) fail('nothing after the dict');
  return result;
}
