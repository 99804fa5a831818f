/** JSON Lines: one object per line, all scores of a row in one array. */

import type { ByteStream } from '../types/dump.js';
import { InputError, quote } from '../types/errors.js';
import { ByteWindow } from './lines.js';
import type { TextTable } from './table.js';
import { JsonFault, type JsonKind, JsonScanner } from './table-json.js';
import { JsonlTable } from './table-jsonl.js';

/** Longest line: a row of 262 144 scores takes about 6 MB. */
const LINE_BYTES = 64 << 20;

/** A field of the first row. */
export interface JsonField {
  readonly name: string;
  readonly kind: JsonKind;
  /** Number of values of an array that holds numbers (or null) only; otherwise null. */
  readonly length: number | null;
}

/** One line in the window, without what ends it. */
export interface JsonLine {
  readonly start: number;
  /** Index of the line feed. */
  readonly end: number;
}

/** Lines of JSON that are not blank, counted. */
export class JsonLines {
  readonly scanner = new JsonScanner();
  row = 0;
  line = 1;

  constructor(readonly window: ByteWindow) {}

  /** Finds the next line that is not blank. @returns null at the end. */
  async next(): Promise<JsonLine | null> {
    for (;;) {
      const line = this.here();
      if (line !== null) return line;
      const { window } = this;
      if (window.ended && window.start >= window.end) return null;
      if (window.end - window.start > LINE_BYTES) {
        throw new InputError('line-too-long', {
          ...this.place(),
          problem: 'the line does not end',
          found: `more than ${LINE_BYTES} bytes`,
          expected: `at most ${LINE_BYTES} bytes`,
          advice: 'Write one object per line (`jq -c .`).',
        });
      }
      await window.more();
    }
  }

  /** The next line that is not blank if the window holds the whole of it. */
  here(): JsonLine | null {
    const { window, scanner } = this;
    for (;;) {
      const { bytes, start, end } = window;
      if (start >= end) return null;
      const feed = bytes.indexOf(0x0a, start);
      if (feed >= end && !window.ended) return null;
      scanner.bytes = bytes;
      scanner.at = start;
      if (scanner.peek() !== 0x0a) return { start, end: feed };
      this.pass(feed);
    }
  }

  /** Leaves the line that ends at `feed`. */
  pass(feed: number): void {
    this.window.start = Math.min(feed + 1, this.window.end);
    this.line++;
  }

  place(): { source: string; row: number; line: number } {
    return { source: this.window.name, row: this.row, line: this.line };
  }

  /** What the scanner stumbled over, as an error with its place. */
  refuse(fault: unknown): unknown {
    if (!(fault instanceof JsonFault)) return fault;
    const { bytes } = this.window;
    const feed = bytes.indexOf(0x0a, fault.at);
    const rest = new TextDecoder().decode(bytes.subarray(fault.at, Math.min(feed, fault.at + 20)));
    return new InputError('bad-json', {
      ...this.place(),
      offset: this.window.offset(fault.at),
      problem: 'the line is not a JSON object',
      found: rest === '' ? 'the end of the line' : quote(rest),
      expected: fault.expected,
      advice: 'Every line must hold one whole object (`jq -c .` writes them so).',
    });
  }

  /** The line must begin with an object. */
  openObject(): void {
    const { scanner } = this;
    if (scanner.kind() === 'array') {
      throw new InputError('json-array', {
        ...this.place(),
        problem: 'the line begins an array',
        found: '"["',
        expected: 'one object per line, such as {"logits": [0.5, -1], "label": 0}',
        advice: "An array of objects becomes JSON Lines with `jq -c '.[]'`.",
      });
    }
    scanner.expect(0x7b, 'an object, which begins with {');
  }
}

/**
 * Opens JSON Lines. Blank lines are passed over; NaN, Infinity and -Infinity are
 * read as Python writes them, null in an array of scores as NaN. The fields of
 * the first row are the {@link TextTable.names}.
 * @throws InputError `empty-file`, `not-utf8`, `not-text`, `json-array`, `bad-json`, `line-too-long`.
 */
export async function openJsonl(stream: ByteStream): Promise<TextTable> {
  const window = new ByteWindow(stream);
  await window.open();
  const lines = new JsonLines(window);
  const first = await lines.next();
  if (first === null) {
    throw new InputError('empty-file', { source: stream.name, problem: 'the file holds no rows' });
  }
  return new JsonlTable(lines, firstFields(lines, first));
}

function firstFields(lines: JsonLines, line: JsonLine): JsonField[] {
  const { scanner } = lines;
  const fields = new Map<string, JsonField>();
  scanner.at = line.start;
  try {
    lines.openObject();
    if (!scanner.accept(0x7d)) {
      do {
        scanner.peek();
        const name = scanner.string();
        scanner.expect(0x3a, 'a colon');
        const kind = scanner.kind();
        const begin = scanner.at;
        scanner.skip();
        fields.set(name, {
          name,
          kind,
          length: kind === 'array' ? arrayLength(scanner, begin) : null,
        });
      } while (scanner.accept(0x2c));
      scanner.expect(0x7d, 'a comma or a closing brace');
    }
    scanner.expect(0x0a, 'the end of the line');
  } catch (fault) {
    throw lines.refuse(fault);
  }
  return [...fields.values()];
}

/** Number of values of the array at `begin`, which was found to be sound; null unless all are numbers or null. */
function arrayLength(scanner: JsonScanner, begin: number): number | null {
  const end = scanner.at;
  scanner.at = begin + 1;
  let length = 0;
  let numbers = true;
  if (!scanner.accept(0x5d)) {
    do {
      const kind = scanner.kind();
      numbers &&= kind === 'number' || kind === 'null';
      scanner.skip();
      length++;
    } while (numbers && scanner.accept(0x2c));
  }
  scanner.at = end;
  return numbers ? length : null;
}
