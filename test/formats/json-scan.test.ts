import fc from 'fast-check';
import { describe, it } from 'vitest';
import { JsonFault, JsonScanner } from '../../src/formats/json-scan.js';

describe('the JSON scanner', () => {
  const accepts = (text: string) => {
    const scanner = new JsonScanner();
    scanner.bytes = new TextEncoder().encode(`${text}\n`);
    try {
      scanner.skip();
      scanner.expect(0x0a, 'the end');
      return true;
    } catch (fault) {
      if (!(fault instanceof JsonFault)) throw fault;
      return false;
    }
  };
  const parses = (text: string) => {
    try {
      JSON.parse(text);
      return true;
    } catch {
      return false;
    }
  };

  it('accepts what JSON.parse accepts, on one line', () => {
    fc.assert(
      fc.property(fc.json(), (text) => accepts(text)),
      { numRuns: 500 },
    );
  });

  it('refuses what JSON.parse refuses', () => {
    const piece = fc.constantFrom(
      ...'{}[],:"\\0123.eE+- \tunlatrfs',
      'null',
      'true',
      '"a":',
      '\\n',
      '\\u00e9',
    );
    fc.assert(
      fc.property(
        fc.array(piece, { maxLength: 9 }),
        (pieces) => accepts(pieces.join('')) === parses(pieces.join('')),
      ),
      { numRuns: 5000 },
    );
    fc.assert(
      fc.property(fc.json({ maxDepth: 2 }), fc.nat(), piece, (text, at, other) => {
        const cut = at % (text.length + 1);
        const changed = text.slice(0, cut) + other + text.slice(cut + 1);
        return accepts(changed) === parses(changed);
      }),
      { numRuns: 3000 },
    );
  });

  it('reads strings and numbers as JSON.parse does', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary' }),
        fc.double({ noNaN: true, noDefaultInfinity: true }),
        (text, number) => {
          const scanner = new JsonScanner();
          scanner.bytes = new TextEncoder().encode(
            `${JSON.stringify(text)} ${JSON.stringify(number)}\n`,
          );
          return (
            scanner.string() === JSON.parse(JSON.stringify(text)) && scanner.number() === number
          );
        },
      ),
    );
  });
});
