/** Rows of JSON Lines. */

import type { DecimalParser } from '../types/decimals.js';
import { InputError, quote, UsageError } from '../types/errors.js';
import type { JsonField, JsonLine, JsonLines } from './jsonl.js';
import { decodeText } from './lines.js';
import type { TablePlan, TableRow, TextTable } from './table.js';
import { JsonFault, type JsonKind } from './table-json.js';
import { listNames } from './table-names.js';

/** What to do with a field; bits, so that a row can say which ones it had. */
const SKIP = 0;
const SCORES = 1;
const TARGET = 2;
const PREDICTION = 4;
const WEIGHT = 8;
const WATCHED = 16;
/** Role of the first field of values; that of the next is twice as large. */
const VALUES = 32;
const MOST_VALUE_FIELDS = 24;

/** Where the numbers of a field of values go. */
interface ValueField {
  readonly name: string;
  /** Place in the row. */
  readonly base: number;
  readonly length: number;
  readonly isArray: boolean;
}

/** A JSON Lines file at its first row. */
export class JsonlTable implements TextTable {
  readonly format = 'jsonl';
  readonly unit = 'field';
  readonly named = true;
  readonly names: readonly string[];
  private readonly roles = new Map<string, number>();
  /** Fields in the order of the first row, which later rows usually share. */
  private readonly order: readonly { readonly bytes: Uint8Array; readonly name: string }[];
  private orderRoles: readonly number[] = [];
  /** Fields that every row must have. */
  private required = 0;
  private classes = 0;
  private valueFields: readonly ValueField[] = [];
  /** Reads arrays of plain numbers, where there is one. */
  private decimals: DecimalParser | null = null;
  /** State of the window that the parser was given last. */
  private loaded = -1;
  private readonly current: TableRow = {
    row: 0,
    line: 1,
    target: '',
    prediction: '',
    weight: 1,
    texts: [],
  };
  /** Fields that are wanted as text. */
  private textNames: readonly string[] = [];
  /** Place among them of each field in the order of the first row, or −1. */
  private orderTexts: readonly number[] = [];
  /** The same of the field at hand. */
  private textPlace = -1;

  constructor(
    private readonly lines: JsonLines,
    private readonly fields: readonly JsonField[],
  ) {
    this.names = fields.map(({ name }) => name);
    this.order = this.names.map((name) => ({
      name,
      bytes: new TextEncoder().encode(JSON.stringify(name).slice(1)),
    }));
  }

  get name(): string {
    return this.lines.window.name;
  }

  plan(plan: TablePlan, decimals?: DecimalParser): readonly number[] {
    this.roles.clear();
    this.valueFields = [];
    this.decimals = null;
    this.loaded = -1;
    this.textNames = plan.texts ?? [];
    this.orderTexts = this.names.map((name) => this.textNames.indexOf(name));
    for (const name of plan.watched) this.roles.set(name, WATCHED);
    if (plan.target !== null) this.roles.set(plan.target, TARGET);
    if (plan.prediction !== null) this.roles.set(plan.prediction, PREDICTION);
    if (plan.weight !== null) this.roles.set(plan.weight, WEIGHT);
    if (plan.values === true) return this.planValues(plan);
    for (const name of plan.scores) this.roles.set(name, SCORES);
    this.orderRoles = this.names.map((name) => this.roles.get(name) ?? SKIP);
    this.required = (plan.scores.length > 0 ? SCORES : 0) | (plan.weight !== null ? WEIGHT : 0);
    const scores = this.fields.find(({ name }) => name === plan.scores[0]);
    this.classes = 0;
    if (scores === undefined) return [];
    if (scores.length === null) {
      const single = scores.kind === 'number';
      throw new InputError(single ? 'single-score' : 'bad-scores', {
        ...this.place(scores.name),
        problem: single
          ? 'one score per row; logitscope needs one score per class'
          : 'the scores are no array of numbers',
        found: scores.kind === 'array' ? 'an array of other values' : describe(scores.kind),
        expected: 'an array of numbers, one per class',
        advice: single
          ? 'If this is the score of the second of two classes, say --task binary (elsewhere write [1 − p, p], or [0, x] for a logit x). If these are predicted values, say --task regression.'
          : 'Write one object per row, with its scores in one flat array.',
      });
    }
    this.classes = scores.length;
    if (decimals !== undefined && this.classes > 0) {
      decimals.plan(this.classes, new Int32Array(0), 0);
      this.decimals = decimals;
    }
    return [this.classes];
  }

  /** Numbers of several fields; one that a row lacks is NaN. */
  private planValues({ scores: names, weight }: TablePlan): readonly number[] {
    if (names.length > MOST_VALUE_FIELDS) {
      throw new UsageError(
        'too-many-fields',
        `${this.name}: at most ${MOST_VALUE_FIELDS} fields can be read as values; found ${names.length}. Write the values of a row into one array.`,
      );
    }
    this.required = weight === null ? 0 : WEIGHT;
    this.classes = 0;
    this.valueFields = names.map((name, index) => {
      const { kind, length } = this.fields.find((field) => field.name === name)!;
      if (length === null && kind !== 'number' && kind !== 'null') {
        throw new InputError('not-a-number', {
          ...this.place(name),
          problem: 'the field holds no number',
          found: kind === 'array' ? 'an array of other values' : describe(kind),
          expected: 'a number, null where it is missing, or an array of numbers',
        });
      }
      const field = { name, base: this.classes, length: length ?? 1, isArray: length !== null };
      this.roles.set(name, VALUES << index);
      this.classes += field.length;
      return field;
    });
    this.orderRoles = this.names.map((name) => this.roles.get(name) ?? SKIP);
    return this.valueFields.map(({ length }) => length);
  }

  async read(
    scores: Float64Array | Float32Array,
    count: number,
    onRow: (index: number, row: TableRow) => void,
  ): Promise<number> {
    const { lines, current } = this;
    for (let index = 0; index < count; index++) {
      const line = lines.here() ?? (await lines.next());
      if (line === null) return index;
      current.row = lines.row;
      current.line = lines.line;
      try {
        this.object(line, scores, index * this.classes);
      } catch (fault) {
        throw lines.refuse(fault);
      }
      onRow(index, current);
      lines.pass(line.end);
      lines.row++;
    }
    return count;
  }

  progress(): { readonly done: number; readonly total: number | null } {
    return this.lines.window.progress();
  }

  async close(): Promise<void> {
    await this.lines.window.close();
  }

  private object(line: JsonLine, scores: Float64Array | Float32Array, base: number): void {
    const { lines, current } = this;
    const { scanner } = lines;
    scanner.bytes = lines.window.bytes;
    scanner.at = line.start;
    lines.openObject();
    current.target = '';
    current.prediction = '';
    current.texts = this.textNames.map(() => '');
    if (this.valueFields.length > 0) scores.fill(Number.NaN, base, base + this.classes);
    let seen = 0;
    let texts = 0;
    if (!scanner.accept(0x7d)) {
      let position = 0;
      do {
        const role = this.role(position++);
        scanner.expect(0x3a, 'a colon');
        if (this.textPlace >= 0) {
          if ((texts & (1 << this.textPlace)) !== 0) {
            throw this.twice(this.textNames[this.textPlace]!);
          }
          texts |= 1 << this.textPlace;
          this.keepText();
        }
        if (role === SKIP) {
          scanner.skip();
          continue;
        }
        if ((seen & role) !== 0) throw this.twice(this.nameOf(role));
        seen |= role;
        this.value(role, scores, base);
      } while (scanner.accept(0x2c));
      scanner.expect(0x7d, 'a comma or a closing brace');
    }
    scanner.expect(0x0a, 'the end of the line');
    if ((seen & this.required) !== this.required) throw this.missing(this.required & ~seen);
  }

  /** Role of the field whose name comes next. */
  private role(position: number): number {
    const { scanner } = this.lines;
    scanner.expect(0x22, 'a field name in quotes');
    const usual = this.order[position];
    if (usual !== undefined) {
      const { bytes } = scanner;
      const { at } = scanner;
      const length = usual.bytes.length;
      let index = 0;
      while (index < length && bytes[at + index] === usual.bytes[index]) index++;
      if (index === length) {
        scanner.at = at + length;
        this.textPlace = this.orderTexts[position]!;
        return this.orderRoles[position]!;
      }
    }
    scanner.at--;
    const name = scanner.string();
    const role = this.roles.get(name) ?? SKIP;
    this.textPlace = this.textNames.indexOf(name);
    if (role === WATCHED) throw this.late(name);
    return role;
  }

  private value(role: number, scores: Float64Array | Float32Array, base: number): void {
    const { current } = this;
    if (role >= VALUES) this.values(role, scores, base);
    else if (role === SCORES) this.scores(scores, base);
    else if (role === WEIGHT) current.weight = this.element(role);
    else {
      const text = this.text(this.nameOf(role));
      if (role === TARGET) current.target = text;
      else current.prediction = text;
    }
  }

  /** The value that comes next as text. */
  private text(name: string): string {
    const { scanner } = this.lines;
    const kind = scanner.kind();
    if (kind === 'array' || kind === 'object') {
      throw new InputError('bad-label', {
        ...this.place(name),
        problem: 'the label is no single value',
        found: describe(kind),
        expected: 'a string, an integer, or null where it is missing',
      });
    }
    return scanner.scalar();
  }

  /** Keeps the value that comes next as text; it stays to be read as whatever else it is. */
  private keepText(): void {
    const { scanner } = this.lines;
    const { at } = scanner;
    const text = this.text(this.textNames[this.textPlace]!);
    // An integer of so many digits may not be a double.
    const long = scanner.at - at > 15 ? decodeText(scanner.bytes, at, scanner.at)!.trim() : '';
    this.current.texts[this.textPlace] = /^-?\d+$/.test(long) ? long : text;
    scanner.at = at;
  }

  private scores(scores: Float64Array | Float32Array, base: number): void {
    const { lines, classes } = this;
    const { scanner } = lines;
    const kind = scanner.kind();
    if (kind !== 'array' && kind !== 'nothing') {
      throw new InputError('bad-scores', {
        ...this.place(this.nameOf(SCORES)),
        problem: 'the scores are no array of numbers',
        found: describe(kind),
        expected: `an array of ${classes} numbers`,
      });
    }
    scanner.expect(0x5b, 'an array of numbers');
    if (this.decimals !== null && this.parse(this.decimals, scores, base)) return;
    let found = 0;
    if (!scanner.accept(0x5d)) {
      do {
        const value = this.element(SCORES);
        if (found < classes) scores[base + found] = value;
        found++;
      } while (scanner.accept(0x2c));
      scanner.expect(0x5d, 'a comma or a closing bracket');
    }
    if (found !== classes) throw this.raggedArray(this.nameOf(SCORES), found, classes);
  }

  private raggedArray(name: string, found: number, expected: number): InputError {
    return new InputError('ragged-row', {
      ...this.place(name),
      problem: 'the row has another number of scores than the first row',
      found: `${found}`,
      expected: `${expected}`,
      advice: 'Every row needs as many scores as the first, one per class.',
    });
  }

  /** Reads the array whose bracket was passed. @returns false where it does not hold plain numbers. */
  private parse(
    decimals: DecimalParser,
    scores: Float64Array | Float32Array,
    base: number,
  ): boolean {
    const { window, scanner } = this.lines;
    if (this.loaded !== window.fills) {
      decimals.load(window.bytes, window.start, window.end);
      this.loaded = window.fills;
    }
    const next = decimals.array(scanner.at, scores, base);
    if (next === 0) return false;
    scanner.at = next;
    return true;
  }

  /** A number, or an array of as many as the first row has. */
  private values(role: number, scores: Float64Array | Float32Array, rowBase: number): void {
    const field = this.valueFields[Math.log2(role / VALUES)]!;
    const { scanner } = this.lines;
    const base = rowBase + field.base;
    if (!field.isArray) {
      scores[base] = this.element(role);
      return;
    }
    if (scanner.kind() === 'null') {
      scanner.number();
      return;
    }
    scanner.expect(0x5b, 'an array of numbers');
    let found = 0;
    if (!scanner.accept(0x5d)) {
      do {
        const value = this.element(role);
        if (found < field.length) scores[base + found] = value;
        found++;
      } while (scanner.accept(0x2c));
      scanner.expect(0x5d, 'a comma or a closing bracket');
    }
    if (found !== field.length) throw this.raggedArray(field.name, found, field.length);
  }

  private element(role: number): number {
    const { scanner } = this.lines;
    const kind = scanner.kind();
    if (kind === 'number' || kind === 'null') return scanner.number();
    if (kind === 'nothing') throw new JsonFault(scanner.at, 'a number');
    throw new InputError('not-a-number', {
      ...this.place(this.nameOf(role)),
      problem: 'the value is not a number',
      found: kind === 'string' ? quote(scanner.string()) : describe(kind),
      expected: 'a number, NaN, Infinity, -Infinity or null',
    });
  }

  private place(column: string) {
    return { ...this.lines.place(), column };
  }

  private nameOf(role: number): string {
    for (const [name, other] of this.roles) if (other === role) return name;
    return '';
  }

  private twice(name: string): InputError {
    return new InputError('duplicate-field', {
      ...this.place(name),
      problem: 'the field stands twice in one object',
      expected: 'one',
    });
  }

  private missing(roles: number): InputError {
    const name = this.nameOf((roles & SCORES) !== 0 ? SCORES : WEIGHT);
    return new InputError('missing-field', {
      ...this.place(name),
      problem: `the row has no field ${quote(name)}`,
      expected: 'it in every row, as in the first',
    });
  }

  private late(name: string): InputError {
    return new InputError('late-field', {
      ...this.place(name),
      problem: 'the first row does not have this field',
      found: `only ${listNames(this.names)} there`,
      expected: 'the same fields in every row',
      advice: `Write "${name}": null in rows that have none.`,
    });
  }
}

function describe(kind: JsonKind): string {
  return kind === 'null'
    ? 'null'
    : kind === 'array' || kind === 'object'
      ? `an ${kind}`
      : `a ${kind}`;
}
