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
  return new Parser(text).whole();
}

/** A place in the text, and what can be read from there on. */
class Parser {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  whole(): Literal {
    const result = this.#value(0);
    this.#skip();
    if (this.#at < this.#text.length) this.#fail('nothing after the dict');
    return result;
  }

  #fail(expected: string): never {
    throw new LiteralError(`expected ${expected}`, this.#at);
  }

  #skip(): void {
    while (this.#at < this.#text.length && ' \t\r\n'.includes(this.#text.charAt(this.#at))) {
      this.#at++;
    }
  }

  /** Goes past a character where it comes next. */
  #take(character: string): boolean {
    this.#skip();
    if (this.#text.charAt(this.#at) !== character) return false;
    this.#at++;
    return true;
  }

  #value(depth: number): Literal {
    this.#skip();
    if (depth > DEEPEST) this.#fail('less nesting');
    const first = this.#text.charAt(this.#at);
    if (first === '{') return this.#dict(depth);
    if (first === '(') return this.#sequence('tuple', depth);
    if (first === '[') return this.#sequence('list', depth);
    return first === "'" || first === '"' ? this.#string() : this.#word();
  }

  #string(): string {
    const text = this.#text;
    const delimiter = text.charAt(this.#at++);
    let value = '';
    while (this.#at < text.length) {
      const character = text.charAt(this.#at++);
      if (character === delimiter) return value;
      // Only field names of refused dtypes hold escapes: kept as they are.
      value += character === '\\' ? character + text.charAt(this.#at++) : character;
    }
    return this.#fail('the end of a string');
  }

  #sequence(kind: 'tuple' | 'list', depth: number): LiteralSequence {
    this.#at++;
    const end = kind === 'tuple' ? ')' : ']';
    const items: Literal[] = [];
    while (!this.#take(end)) {
      items.push(this.#value(depth + 1));
      if (this.#take(',')) continue;
      if (!this.#take(end)) this.#fail(`"," or "${end}"`);
      break;
    }
    return { kind, items };
  }

  #dict(depth: number): LiteralDict {
    this.#at++;
    const entries = new Map<string, Literal>();
    while (!this.#take('}')) {
      const key = this.#key(entries, depth);
      if (!this.#take(':')) this.#fail('":"');
      entries.set(key, this.#value(depth + 1));
      if (this.#take(',')) continue;
      if (!this.#take('}')) this.#fail('"," or "}"');
      break;
    }
    return entries;
  }

  #key(entries: LiteralDict, depth: number): string {
    this.#skip();
    const from = this.#at;
    const key = this.#value(depth + 1);
    if (typeof key === 'string' && !entries.has(key)) return key;
    this.#at = from;
    return this.#fail(typeof key === 'string' ? 'each key only once' : 'a string as key');
  }

  #word(): Literal {
    // Python 2 wrote long integers with an L.
    const rest = this.#text.slice(this.#at, this.#at + 64);
    const token = /^(?:True|False|None|-?\d+L?)(?!\w)/.exec(rest)?.[0];
    if (token === undefined || token.length > LONGEST_INTEGER) {
      return this.#fail('a string, an integer, True, False, a tuple or a dict');
    }
    this.#at += token.length;
    if (token === 'True') return true;
    if (token === 'False') return false;
    return token === 'None' ? null : BigInt(token.replace('L', ''));
  }
}
