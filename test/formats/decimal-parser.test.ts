import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CoreDecimalParser } from '../../src/engine/decimal-parser.js';
import { NumberScanner } from '../../src/formats/number-scan.js';
import { loadCore } from '../../src/node/core.js';
import { ColumnRole } from '../../src/types/decimals.js';

const encoder = new TextEncoder();
const core = await loadCore();
const COMMA = 0x2c;

/** A seeded generator of 32-bit integers (mulberry32). */
function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return (t ^ (t >>> 14)) >>> 0;
  };
}

const view = new DataView(new ArrayBuffer(8));
function double(high: number, low: number): number {
  view.setUint32(0, high);
  view.setUint32(4, low);
  return view.getFloat64(0);
}

/** Exact decimal digits of the point half-way between a double and the next. */
function halfwayText(high: number, low: number): string {
  const exponent = (high >>> 20) & 0x7ff;
  const fraction = (BigInt(high & 0xfffff) << 32n) | BigInt(low);
  const mantissa = 2n * (exponent === 0 ? fraction : fraction | (1n << 52n)) + 1n;
  const power = Math.max(exponent, 1) - 1076;
  return power >= 0
    ? `${mantissa << BigInt(power)}`
    : `${mantissa * 5n ** BigInt(-power)}e${power}`;
}

/**
 * Reads the cells as rows of one score, and compares each with the host's parser.
 * @returns how many cells were left to the host
 */
function compare(cells: readonly string[]): number {
  const parser = new CoreDecimalParser(core);
  parser.plan(1, Int32Array.of(0), COMMA);
  const bytes = encoder.encode(`${cells.join('\n')}\n`);
  parser.load(bytes, 0, bytes.length);
  let left = 0;
  let at = 0;
  for (let cell = 0; cell < cells.length; ) {
    const { count, scores, places } = parser.rows(at, cells.length - cell);
    for (let row = 0; row < count; row++) {
      const text = cells[cell + row]!;
      if (!Object.is(scores[row], Number(text)))
        throw new Error(`${text} was read as ${scores[row]}`);
    }
    if (count > 0) at = places[3 * count - 3]!;
    cell += count;
    if (count === 0) {
      at += cells[cell]!.length + 1;
      cell++;
      left++;
    }
  }
  return left;
}

/** As {@link compare}, in JSON arrays of 100. */
function compareArrays(cells: readonly string[]): number {
  const parser = new CoreDecimalParser(core);
  const classes = 100;
  parser.plan(classes, new Int32Array(0), 0);
  const into = new Float64Array(classes + 1);
  let left = 0;
  for (let first = 0; first + classes <= cells.length; first += classes) {
    const row = cells.slice(first, first + classes);
    const bytes = encoder.encode(`[${row.join(', ')}]}`);
    parser.load(bytes, 0, bytes.length);
    const end = parser.array(1, into, 1);
    if (end === 0) left++;
    else {
      expect(end).toBe(bytes.length - 1);
      for (let index = 0; index < classes; index++) {
        if (!Object.is(into[index + 1], Number(row[index])))
          throw new Error(`${row[index]} was read as ${into[index + 1]}`);
      }
    }
  }
  return left;
}

describe('numbers parsed by the core', () => {
  it('are those of Number(): a million cells as programs write them', () => {
    const random = generator(20240917);
    const unit = () => random() / 2 ** 32 + random() / 2 ** 64;
    let left = 0;
    for (let part = 0; part < 16; part++) {
      const cells: string[] = [];
      while (cells.length < 70_000) {
        const any = double(random() & ~(1 << 30), random());
        cells.push(String(any), String(-unit()), String(Math.exp(-40 * unit())));
        cells.push(String(Math.fround(60 * unit() - 30)));
        cells.push((10 ** (80 * unit() - 60)).toExponential(random() % 21));
        cells.push((20 * unit() - 10).toFixed(random() % 21));
        cells.push(String(random() % 1000));
      }
      left += compare(cells);
      if (part === 0) expect(compareArrays(cells)).toBe(0);
    }
    // More than 19 digits, and half-way as far as these can tell: only rarely.
    expect(left).toBeLessThan(10);
  });

  it('are those of Number(): digits of any length and exponent', () => {
    const random = generator(7);
    const cells: string[] = [];
    for (let i = 0; i < 60_000; i++) {
      let digits = random() % 3 === 0 ? '0'.repeat(random() % 24) : '';
      for (let n = 1 + (random() % 30); n > 0; n--) digits += String(random() % 10);
      const point = random() % (digits.length + 1);
      const number = `${digits.slice(0, point)}.${digits.slice(point)}`;
      cells.push(`${number}e${(random() % 720) - 360}`, `-${number}E+${random() % 40}`);
      cells.push(`+${number}`, digits);
    }
    compare(cells);
  });

  it('are those of Number(): half-way cases and their neighbours', () => {
    const random = generator(99);
    const cells: string[] = [];
    for (let i = 0; i < 4_000; i++) {
      const high = random() & 0x7fffffff;
      const low = random();
      // Exponents around 1, where half-way points are short enough to be met, and everywhere.
      cells.push(halfwayText((high & 0xfffff) | ((1023 + 52 - (i % 60)) << 20), low));
      if (high < 0x7fd00000) cells.push(halfwayText(high, low));
      const whole = (1n << BigInt(53 + (i % 10))) + (BigInt(low) << 1n) + 1n;
      for (const near of [whole - 1n, whole, whole + 1n])
        cells.push(`${near}`, `${near}e-${i % 340}`, `${near}e${i % 290}`);
    }
    compare(cells);
  });

  it('are those of Number(): the edges of the range', () => {
    compare([
      '0', '-0', '+0', '00', '0.0', '-.0', '0e5', '0e-99999', '0e99999', '1e22', '1e23', '1e-22', '1e-23',
      '9007199254740993', '9007199254740992e22', '9007199254740993e-22', '18446744073709551615', '18446744073709551616',
      '4.9e-324', '5e-324', '2.4703282292062327e-324', '2.4703282292062328e-324', '2.2250738585072011e-308',
      '2.2250738585072014e-308', '1.7976931348623157e308', '1.7976931348623159e308', '1e308', '1e309', '1e400', '-1e400',
      '1e-348', '1e-349', '1e-400', '1e99999999999', '1e-99999999999', '1.', '.5', '-.5', '5.e1', '+1', '007', '1E5', '1e+05',
      `0.${'0'.repeat(400)}1e401`, `1${'0'.repeat(400)}e-400`, '123456789', '1234567890', '999999999999999999',
      '9999999999999999999', '10000000000000000000', '0.1234567890123456', '0.12345678901234567', '0.123456789012345678',
      '0.0000001234567890123456789', '1.0000000000000000000000000000001',
    ]); // biome-ignore format: a table
  });

  it('are what the scanner reads, and nothing else is taken for one', () => {
    const scanner = new NumberScanner();
    const parser = new CoreDecimalParser(core);
    parser.plan(1, Int32Array.of(0), COMMA);
    const text = fc.string({ unit: fc.constantFrom(...'0123456789.eE+-n "x'), maxLength: 24 });
    fc.assert(
      fc.property(text, (cell) => {
        const bytes = encoder.encode(`${cell}\n`);
        parser.load(bytes, 0, bytes.length);
        const { count, scores } = parser.rows(0, 1);
        const value = scanner.scan(bytes, 0);
        if (scanner.end !== cell.length) return count === 0;
        // A long number may be left to the host.
        return count === 1 ? Object.is(scores[0], value) : cell.length > 19;
      }),
      { numRuns: 20_000 },
    );
  });
});

describe('rows parsed by the core', () => {
  /** The last column holds what stands last in the row of numbers, such as a weight. */
  const roles = Int32Array.of(ColumnRole.skip, 1, ColumnRole.target, 0, 2);

  function rows(text: string, end = text.length, limit = 9) {
    const parser = new CoreDecimalParser(core);
    parser.plan(3, roles, COMMA);
    const bytes = encoder.encode(`junk${text}`);
    parser.load(bytes, 4, 4 + end);
    const { count, cut, scores, places } = parser.rows(4, limit);
    const targets = Array.from({ length: count }, (_, row) =>
      new TextDecoder().decode(bytes.subarray(places[3 * row + 1], places[3 * row + 2])),
    );
    const ends = Array.from({ length: count }, (_, row) => places[3 * row]! - 4);
    return { count, cut, scores: [...scores], targets, ends };
  }

  it('hold numbers and target of plain cells, quoted text, both line ends', () => {
    expect(rows('a,1,cat,2,.5\r\n"b,c",-3e1,"d,og",+4.,1\n,5,,6,7\n')).toEqual({
      count: 3,
      cut: true,
      scores: [2, 1, 0.5, 4, -30, 1, 6, 5, 7],
      targets: ['cat', 'd,og', ''],
      ends: [14, 38, 46],
    });
  });

  it.each([
    ['an empty score', 'a,,cat,2,1\n'],
    ['NaN', 'a,nan,cat,2,1\n'],
    ['a quoted number', 'a,"1",cat,2,1\n'],
    ['spaces', 'a, 1,cat,2,1\n'],
    ['hexadecimal', 'a,0x1,cat,2,1\n'],
    ['doubled quotes', 'a,1,"c""t",2,1\n'],
    ['a line break in quotes', 'a,1,"c\nt",2,1\n'],
    ['text behind a quote', 'a,1,"c"t,2,1\n'],
    ['too few cells', 'a,1,cat,2\n'],
    ['too many cells', 'a,1,cat,2,1,\n'],
    ['a blank line', '\n'],
    ['a lone carriage return', 'a,1,cat,2,1\ra,1,cat,2,1\n'],
    ['doubtful rounding', 'a,9007199254740993.0000,cat,1,1\n'],
  ])('end before %s', (_, row) => {
    const good = 'a,1,cat,2,1\n';
    expect(rows(good + row + good)).toMatchObject({ count: 1, cut: false, scores: [2, 1, 1] });
  });

  it('end where the bytes do, and at the limit', () => {
    const text = 'a,1.5,cat,2.5e2,0.25\r\nb,3,dog,4,1\n';
    const first = text.indexOf('\n') + 1;
    for (let end = 0; end <= text.length; end++) {
      // Whatever lies behind the end is not looked at.
      const read = rows(`${text.slice(0, end)}9,9,9,9,9\n`, end);
      expect(read.count).toBe(end === text.length ? 2 : end >= first ? 1 : 0);
      expect(read.scores).toEqual([250, 1.5, 0.25, 4, 3, 1].slice(0, 3 * read.count));
    }
    expect(rows(text, text.length, 1)).toMatchObject({ count: 1, cut: false });
  });
});

describe('arrays parsed by the core', () => {
  const into = new Float32Array(4);
  function array(text: string): number {
    const parser = new CoreDecimalParser(core);
    parser.plan(2, new Int32Array(0), 0);
    const bytes = encoder.encode(text);
    parser.load(bytes, 0, bytes.length);
    return parser.array(1, into, 2);
  }

  it('may hold spaces', () => {
    for (const text of ['[1.5,-2]', '[ 1.5 ,\t-2e0\r]', '[0.15e1, -2.0]']) {
      into.fill(7);
      expect(array(`${text}, 3]`)).toBe(text.length);
      expect([...into]).toEqual([7, 7, 1.5, -2]);
    }
  });

  it.each([
    '[]', '[1]', '[1,2,3]', '[1,2', '[1 2]', '[1,]', '[,2]', '[1,NaN]', '[1,null]', '[1,"2"]', '[1,[2]]',
    '[1,+2]', '[1,02]', '[1,.5]', '[1,5.]', '[1,-]', '[1,2e]', '[1,-.5]', '[1,00]', '[1,2}', '[1,5.e1]',
  ])('leave %s to the host', (text) => {
    expect(array(text)).toBe(0);
  }); // biome-ignore format: a table
});
