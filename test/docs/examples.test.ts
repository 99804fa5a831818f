/** Runs the examples of the docstrings and of the documents as they stand, on the built package. */

import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { deserialize } from 'node:v8';
import { transformSync } from 'esbuild';
import { beforeAll, describe, expect, it } from 'vitest';
import { exportsOf } from '../../scripts/docs/exports.mjs';
import * as browser from '../../src/browser/index.js';
import * as main from '../../src/index.js';
import { RUN } from '../support/documents.js';
import { docstringExamples, instrument, markdownExamples } from '../support/examples.js';
import { difference, readLiteral } from '../support/literals.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const SRC = join(ROOT, 'src');
/** Inside of the package, whose own name leads to its exports there. */
const WORK = join(ROOT, 'build/examples');
const RUNNER = join(ROOT, 'test/support/run-examples.mjs');

const read = (file: string) => readFileSync(join(ROOT, file), 'utf8');
const exported = new Set(exportsOf(SRC).map(({ name }) => name));
const examples = [
  ...readdirSync(SRC, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .sort()
    .flatMap((file) => docstringExamples(`src/${file}`, read(`src/${file}`)))
    .filter(({ name }) => exported.has(name)),
  ...RUN.flatMap((file) => markdownExamples(file, read(file))),
];
const isValue = (comment: string) => readLiteral(comment) !== null;
const programs = examples.map((example) => ({ ...example, ...instrument(example, isValue) }));

describe('the comparison of values with comments', () => {
  it.each([
    [0.41703001, '0.4170300'],
    [2.5, '2.5, the mean'],
    [3, '3'],
    [0.30000000000000004, '0.3'],
    [1.2e-7, '≈ 1.2e-7'],
    [Number.NaN, 'NaN: no row counts'],
    [Number.NEGATIVE_INFINITY, '−∞'],
    [Float32Array.of(0.5, 0.25), '[0.5, 0.25]'],
    [[1, 2, 3], '[1, 2, …]'],
    [{ value: 0.5, rows: 2 }, '{ value: 0.5, … }'],
    [{ a: ['x', true, null] }, "{ a: ['x', true, null] }"],
  ])('takes %o for %s', (actual, comment) => {
    expect(difference(actual, readLiteral(comment)!)).toBeNull();
  });

  it.each([
    [0.4170301, '0.4170300'],
    [0.42, '0.417'],
    [3.1, '3'],
    [0, 'NaN'],
    [Number.NaN, '0.5'],
    ['3', '3'],
    [[1, 2, 3], '[1, 2]'],
    [[1], '[1, 2, …]'],
    [{ value: 0.5, rows: 2 }, '{ value: 0.5 }'],
    [{ value: 0.5 }, '{ value: 0.6, … }'],
    [undefined, '0'],
    ['dog', "'cat'"],
  ])('does not take %o for %s', (actual, comment) => {
    expect(difference(actual, readLiteral(comment)!)).not.toBeNull();
  });

  it.each(['softmax', 'the mean', '3d', '', '[a, b]'])('takes "%s" for words', (comment) => {
    expect(isValue(comment)).toBe(false);
  });
});

describe('examples', () => {
  type Outcome = { readonly error?: string; readonly values: ReadonlyMap<number, unknown> };
  let outcomes: readonly Outcome[];

  beforeAll(() => {
    rmSync(WORK, { recursive: true, force: true });
    mkdirSync(WORK, { recursive: true });
    cpSync(join(ROOT, 'examples/digits'), join(WORK, 'data'), { recursive: true });
    programs.forEach(({ code, instrumented }, i) => {
      writeFileSync(join(WORK, `example-${i}.ts`), code);
      const { code: plain } = transformSync(instrumented, { loader: 'ts', format: 'esm' });
      writeFileSync(join(WORK, `example-${i}.mjs`), plain);
    });
    const count = String(programs.length);
    execFileSync(process.execPath, [RUNNER, WORK, count], { cwd: join(WORK, 'data') });
    outcomes = deserialize(readFileSync(join(WORK, 'outcomes')));
  });

  it.each(programs.map(({ name, place }, i) => [name, place, i] as const))(
    'of %s do what they say (%s)',
    (_, __, i) => {
      const { error, values } = outcomes[i]!;
      expect(error).toBeUndefined();
      programs[i]!.comments.forEach((comment, index) => {
        expect(values.has(index), comment).toBe(true);
        expect(difference(values.get(index), readLiteral(comment)!)).toBeNull();
      });
    },
  );

  it.each([
    ['README.md', 2],
    ['docs/library.md', 11],
  ])('of %s are all here, with values in each', (file, least) => {
    const own = programs.filter(({ place }) => place.startsWith(`${file}:`));
    expect(own.length).toBe(read(file).match(/^```ts$/gm)?.length);
    expect(own.length).toBeGreaterThanOrEqual(least);
    for (const { place, comments } of own) expect(comments, place).not.toEqual([]);
  });

  it('are of the types that the package declares', () => {
    writeFileSync(
      join(WORK, 'tsconfig.json'),
      JSON.stringify({
        extends: '../../tsconfig.json',
        compilerOptions: {
          rootDir: '.',
          noEmit: true,
          noUnusedLocals: false,
          noImplicitAny: false,
        },
        include: ['example-*.ts'],
      }),
    );
    const tsc = join(ROOT, 'node_modules/typescript/bin/tsc');
    const { stdout } = spawnSync(process.execPath, [tsc, '-p', WORK, '--pretty', 'false'], {
      cwd: WORK,
      encoding: 'utf8',
    });
    const mistakes = stdout.replace(/^example-(\d+)\.ts/gm, (_, i) => programs[Number(i)]!.place);
    expect(mistakes).toBe('');
  });

  const isClass = (value: unknown) => /^class\b/.test(String(value));
  const functions = Object.entries({ ...browser, ...main })
    .filter(([, value]) => typeof value === 'function' && !isClass(value))
    .map(([name]) => name);
  it.each(functions)('of %s are there, with values', (name) => {
    const own = programs.filter((program) => program.name === name);
    expect(own, `an example in the docstring of ${name}`).not.toEqual([]);
    const checked = own.flatMap((program) => program.comments);
    expect(checked, `a value in a comment, as in \`f(x); // 0.5\``).not.toEqual([]);
  });
});
