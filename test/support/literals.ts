/**
 * Values as they stand in the comments of examples, and whether what an
 * example computes is what its comment says: numbers to the digits printed.
 */

/** A number keeps its text: that says how many digits were meant. */
export type Literal =
  | { readonly number: string }
  | { readonly value: string | boolean | null | undefined }
  | { readonly list: readonly Literal[]; readonly isOpen: boolean }
  | { readonly fields: ReadonlyMap<string, Literal>; readonly isOpen: boolean };

const NUMBER = /^[-−]?(?:\d[\d_]*\.?\d*(?:e[-+]?\d+)?|Infinity|∞)(?![\w.]*\w)|^NaN\b/;
const WORDS = new Map<string, boolean | null | undefined>([
  ['true', true],
  ['false', false],
  ['null', null],
  ['undefined', undefined],
]);

class Reader {
  #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  #take(pattern: RegExp): string | null {
    const found = pattern.exec(this.#text);
    if (found === null) return null;
    this.#text = this.#text.slice(found[0].length);
    return found[0];
  }

  #space(): void {
    this.#take(/^\s+/);
  }

  /** Whether more elements are meant than are written. */
  #dots(): boolean {
    return this.#take(/^(?:…|\.\.\.)/) !== null;
  }

  read(): Literal | null {
    this.#space();
    const number = this.#take(NUMBER);
    if (number !== null) {
      return { number: number.replace('−', '-').replace('∞', 'Infinity').replaceAll('_', '') };
    }
    const quoted = this.#take(/^'(?:[^'\\]|\\.)*'|^"(?:[^"\\]|\\.)*"/);
    if (quoted !== null) return { value: quoted.slice(1, -1).replace(/\\(.)/g, '$1') };
    const word = this.#take(/^(?:true|false|null|undefined)\b/);
    if (word !== null) return { value: WORDS.get(word) };
    if (this.#take(/^\[/)) return this.#list();
    if (this.#take(/^\{/)) return this.#fields();
    return null;
  }

  #list(): Literal | null {
    const list: Literal[] = [];
    for (let isOpen = false; ; ) {
      this.#space();
      if (this.#take(/^\]/)) return { list, isOpen };
      isOpen = this.#dots() || isOpen;
      if (!isOpen) {
        const next = this.read();
        if (next === null) return null;
        list.push(next);
      }
      this.#space();
      this.#take(/^,/);
    }
  }

  #fields(): Literal | null {
    const fields = new Map<string, Literal>();
    for (let isOpen = false; ; ) {
      this.#space();
      if (this.#take(/^\}/)) return { fields, isOpen };
      isOpen = this.#dots() || isOpen;
      if (!isOpen) {
        const name = this.#take(/^(?:\w+|'[^']*')\s*:/);
        const next = name === null ? null : this.read();
        if (next === null) return null;
        fields.set(name!.replace(/[':\s]/g, ''), next);
      }
      this.#space();
      this.#take(/^,/);
    }
  }
}

/** The value that a comment begins with; null where it begins with words. */
export function readLiteral(comment: string): Literal | null {
  return new Reader(comment.replace(/^\s*≈/, '')).read();
}

/** @returns what is different, in words; null where nothing is */
export function difference(actual: unknown, expected: Literal, where = 'value'): string | null {
  if ('number' in expected) return numberDifference(actual, expected.number, where);
  if ('list' in expected) {
    const items = listOf(actual);
    if (items === null) return `${where} is no list: ${show(actual)}`;
    const { list, isOpen } = expected;
    if (isOpen ? items.length < list.length : items.length !== list.length) {
      return `${where} has ${items.length} elements, not ${list.length}: ${show(actual)}`;
    }
    return first(list.map((item, i) => difference(items[i], item, `${where}[${i}]`)));
  }
  if ('fields' in expected) {
    if (typeof actual !== 'object' || actual === null) return `${where} is ${show(actual)}`;
    const object = actual as Record<string, unknown>;
    const names = [...expected.fields.keys()];
    const more = Object.keys(object).find((name) => !expected.fields.has(name));
    if (!expected.isOpen && more !== undefined) return `${where} has ${more}, too`;
    return first(
      names.map((name) => difference(object[name], expected.fields.get(name)!, `${where}.${name}`)),
    );
  }
  return actual === expected.value ? null : `${where} is ${show(actual)}`;
}

function first(differences: readonly (string | null)[]): string | null {
  return differences.find((found) => found !== null) ?? null;
}

function numberDifference(actual: unknown, text: string, where: string): string | null {
  if (typeof actual !== 'number' && typeof actual !== 'bigint') {
    return `${where} is ${show(actual)}, not the number ${text}`;
  }
  const expected = Number(text);
  const [mantissa = '', exponent = '0'] = text.split('e');
  const decimals = mantissa.split('.')[1];
  // A whole number is meant as it stands; of others the last digit is rounded.
  const tolerance =
    decimals === undefined
      ? 1e-12 * Math.abs(expected)
      : 0.5000001 * 10 ** (Number(exponent) - decimals.length);
  const value = Number(actual);
  const same = Object.is(value, expected) || Math.abs(value - expected) <= tolerance;
  return same ? null : `${where} is ${show(actual)}, not ${text}`;
}

function listOf(value: unknown): readonly unknown[] | null {
  if (Array.isArray(value)) return value;
  if (ArrayBuffer.isView(value) && !(value instanceof DataView)) {
    return Array.from(value as unknown as ArrayLike<unknown>);
  }
  return null;
}

function show(value: unknown): string {
  const list = listOf(value);
  if (list !== null) return `[${list.map(show).join(', ')}]`;
  if (typeof value === 'object' && value !== null) return JSON.stringify(value);
  return typeof value === 'string' ? JSON.stringify(value) : String(value);
}
