/** What the schemas hold of: reports of all commands and tasks, and no wrong ones. */

import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  applyCalibration,
  calibrateFile,
  compareFiles,
  epochsFiles,
  explainFiles,
  renderJson,
  type ScoreFileOptions,
  scoreFile,
} from '../../src/index.js';
import { jsonSchema, SCHEMA_NAMES } from '../../src/schema/index.js';
import { path, rowsOf, SAID, spoilt, TASKS, type TaskName, writeCsv } from '../matrix/dumps.js';
import { logitscope } from '../support/command.js';
import { schemaProblem } from '../support/schemas.js';

beforeAll(() => {
  for (const task of TASKS) {
    for (const epoch of [0, 1, 2]) writeCsv(`${task}-${epoch}.csv`, task, rowsOf(task, epoch));
    writeCsv(`${task}-spoilt.csv`, task, spoilt(task));
  }
});

const dumps = (task: TaskName) => [0, 1, 2].map((epoch) => path(`${task}-${epoch}.csv`));
type Report = Parameters<typeof renderJson>[0];
/** As it is read back from JSON. */
const plain = (report: Report) => JSON.parse(renderJson(report));

/** What every task has. */
const OPTIONS: Readonly<Record<string, ScoreFileOptions>> = {
  none: {},
  weights: { weights: 'importance' },
  slices: { by: 'place' },
  clusters: { cluster: 'user' },
  'fit of all rows': { fitRows: 'all' },
  'the reference': { kernel: 'reference' },
};
const hasScores = (task: TaskName) => task !== 'alone';

/** All that the library makes of a task's dumps under some options. */
async function reportsOf(task: TaskName, options: ScoreFileOptions): Promise<Report[]> {
  const said = { ...SAID[task], ...options } as object;
  const [first, second, third] = dumps(task);
  const reports: Report[] = [
    await scoreFile(first, said),
    await scoreFile(path(`${task}-spoilt.csv`), { ...said, invalid: 'skip' }),
    await explainFiles(first, second, said),
    await epochsFiles([first, second, third], { ...said, withChange: true, train: dumps(task) }),
    await compareFiles([first, second, third], { ...said, difference: 0.01 }),
  ];
  if (!hasScores(task) || 'cluster' in options) return reports;
  const fitted = await calibrateFile(first, said);
  const out = path(`${task}-applied.csv`);
  const { by } = options;
  return [...reports, fitted, await applyCalibration(second, fitted, out, { by })];
}

describe('reports', () => {
  describe.each(TASKS)('of %s', (task) => {
    it.each(Object.keys(OPTIONS))('keep to their schemas: %s', async (name) => {
      const options = OPTIONS[name];
      if (name === 'fit of all rows' && !hasScores(task)) return;
      const reports = await reportsOf(task, options);
      expect(reports.length).toBeGreaterThan(4);
      expect(reports.map((report) => schemaProblem(plain(report)))).toEqual(
        reports.map(() => null),
      );
    });
  });
});

interface Place {
  readonly path: string;
  /** Puts something else there, or takes it away. */
  change(value: unknown): void;
  readonly value: unknown;
}

/** Every place in a value from JSON, of lists the first item alone. */
function places(value: unknown, at = ''): Place[] {
  if (typeof value !== 'object' || value === null) return [];
  const holder = value as Record<string, unknown>;
  const keys = Array.isArray(value) ? Object.keys(value).slice(0, 1) : Object.keys(holder);
  return keys.flatMap((key) => [
    {
      path: `${at}/${key}`,
      value: holder[key],
      change: (to: unknown) => {
        holder[key] = to;
      },
    },
    ...places(holder[key], `${at}/${key}`),
  ]);
}

/** Names that are not known beforehand stand right below these. */
const isOpen = (path: string) => /\/(metrics|evidence)$/.test(path);

describe('wrong reports', () => {
  it.each(TASKS)('of %s are refused, wherever they are wrong', async (task) => {
    const reports = await reportsOf(task, { by: 'place' });
    for (const report of reports) {
      const value = plain(report);
      const all = places(value);
      expect(all.length).toBeGreaterThan(8);
      for (const place of all) {
        const { path, value: before } = place;
        // Nothing in a report can be a list of lists of lists.
        place.change([[[0]]]);
        expect(schemaProblem(value), `${path} of another type`).not.toBeNull();
        // Evidence may be in words.
        if (typeof before === 'number' && !path.includes('/evidence/')) {
          place.change('many');
          expect(schemaProblem(value), `${path} in words`).not.toBeNull();
        }
        if (typeof before === 'object' && before !== null && !Array.isArray(before)) {
          const more = isOpen(path) ? { unheard: [0] } : { unheard: 0 };
          place.change({ ...before, ...more });
          expect(schemaProblem(value), `${path} with one more`).not.toBeNull();
        }
        place.change(before);
      }
      expect(schemaProblem(value)).toBeNull();
    }
  });

  it('lack what every report has', async () => {
    const value = plain(await scoreFile(dumps('classes')[0], SAID.classes));
    for (const name of ['version', 'task', 'source', 'rows', 'metrics', 'notices']) {
      const { [name]: _, ...rest } = value;
      expect(schemaProblem(rest), name).toContain(name);
    }
    expect(schemaProblem({ ...value, rows: { ...value.rows, total: 1.5 } })).toContain('integer');
    expect(schemaProblem({ ...value, kernel: 'none of these' })).not.toBeNull();
  });
});

describe('--schema', () => {
  it.each(SCHEMA_NAMES)('of %s needs no dump', async (name) => {
    const { status, stdout, stderr } = await logitscope([name, '--schema']);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(JSON.parse(stdout)).toEqual(JSON.parse(JSON.stringify(jsonSchema(name))));
    expect(JSON.parse(stdout).$schema).toBe('https://json-schema.org/draft/2020-12/schema');
  });

  it('is a file of the package, too', () => {
    for (const name of SCHEMA_NAMES) {
      const file = new URL(`../../dist/schemas/${name}.json`, import.meta.url);
      expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual(
        JSON.parse(JSON.stringify(jsonSchema(name))),
      );
    }
    const manifest = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
    expect(JSON.parse(manifest).exports['./schemas/*.json']).toBe('./dist/schemas/*.json');
  });

  it('is there wherever --json is', async () => {
    const { stdout } = await logitscope(['--help']);
    const commands = [...stdout.matchAll(/^ {2}([a-z]+) /gm)].map(([, name]) => name);
    expect(commands).toContain('score');
    for (const command of commands.filter((name) => name !== 'help')) {
      const help = (await logitscope([command, '--help'])).stdout;
      expect(help.includes('--schema'), command).toBe(help.includes('  --json '));
    }
  });

  it('holds of lists of metrics and losses', async () => {
    for (const name of ['metrics', 'losses']) {
      const { stdout } = await logitscope([name, '--json']);
      const value = JSON.parse(stdout);
      expect(schemaProblem(value)).toBeNull();
      value[name][0].formula = 3;
      expect(schemaProblem(value)).not.toBeNull();
    }
  });
});
