/**
 * A folder as a reader of the documents has it: the package installed from what npm would
 * publish, and files of the names that the commands in the documents use.
 */

import { execFile, execFileSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { encodeNpy } from '../../src/index.js';
import { ROOT } from './documents.js';

const MANIFEST = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
const DIGITS = 'examples/digits';
const DUMPS = 'test/oracles/dumps';
const TENSORS = 'test/formats/fixtures-tensors';

/** Files that are copies of others in the repository. */
const COPIES: Readonly<Record<string, string>> = {
  'logits.npy': `${DIGITS}/epoch-070.npy`,
  'labels.npy': `${DIGITS}/labels.npy`,
  'labels-val.npy': `${DIGITS}/labels.npy`,
  'labels-train.npy': `${DIGITS}/labels.npy`,
  'before.npy': `${DIGITS}/epoch-070.npy`,
  'after.npy': `${DIGITS}/epoch-160.npy`,
  ...Object.fromEntries(
    ['epoch', 'val', 'train'].flatMap((what) =>
      ['024', '070', '160'].map((epoch) => [
        `run/${what}-${epoch}.npy`,
        `${DIGITS}/epoch-${epoch}.npy`,
      ]),
    ),
  ),
  'dump.npz': `${DUMPS}/digits.npz`,
  'shards/part-1.npz': `${DUMPS}/digits.npz`,
  'shards/part-2.npz': `${DUMPS}/digits.npz`,
  'dump.safetensors': `${TENSORS}/dump.safetensors`,
  'run.pt': `${TENSORS}/nested.pt`,
  'logits.pt': `${TENSORS}/logits.pt`,
  'labels.pt': `${TENSORS}/labels.pt`,
  'forest.csv': `${DUMPS}/digits-forest.csv`,
  'records.jsonl': `${DUMPS}/digits-records.jsonl`,
  'samples_arc.jsonl': 'test/run/fixtures-choices/arc.jsonl',
  'samples_arc_other.jsonl': 'test/run/fixtures-choices/arc-other.jsonl',
  'run.json': 'test/run/fixtures-inspect/once.json',
  'run.eval': 'test/run/fixtures-inspect/epochs.eval',
  'run-other.eval': 'test/run/fixtures-inspect/epochs-other.eval',
  'samples_wikitext.jsonl': 'test/run/fixtures-likelihoods/rolling.jsonl',
  'replies.jsonl': 'test/run/fixtures-likelihoods/replies.jsonl',
  'prices.csv': `${DUMPS}/diabetes-regression.csv`,
  'scans.csv': 'examples/disagree/scans.csv',
};

/** Files that are written: small tables, in another order where rows have names. */
function tables(): Record<string, string> {
  const rows = Array.from({ length: 40 }, (_, i) => ({
    id: `row-${i}`,
    label: i % 2 === 0 ? 'cat' : 'dog',
    cat: (i % 2 === 0 ? 60 + i : 40 - i / 2) / 100,
  }));
  const table = (columns: string, lines: string[]) => `${[columns, ...lines].join('\n')}\n`;
  const scored = (sharper: number) =>
    rows.map(({ id, label, cat }) => {
      const p = 0.5 + sharper * (cat - 0.5);
      return `${id},${p.toFixed(4)},${(1 - p).toFixed(4)},${label}`;
    });
  const columns = 'id,p_cat,p_dog,label';
  const epoch = (sharper: number) =>
    table(
      'id,p_cat,p_dog',
      scored(sharper).map((line) => line.replace(/,[a-z]+$/, '')),
    );
  const prices = (spread: number) =>
    table(
      'id,site,group,y_pred,y_true',
      rows.map(({ id }, i) => {
        const truth = 20 + 10 * Math.sin(1.7 * i);
        const prediction = 20 + spread * (truth + 3 * Math.sin(3.1 * i + 1) - 20);
        const site = i % 3 === 0 ? 'south' : 'north';
        return `${id},${site},${i >> 2},${prediction.toFixed(3)},${truth.toFixed(3)}`;
      }),
    );
  return {
    'prices-1.csv': prices(1),
    'prices-2.csv': prices(1.4),
    'pred.txt': rows.map(({ label }, i) => `${i % 5 === 0 ? 'cat' : label}\n`).join(''),
    'truth.txt': rows.map(({ label }) => `${label}\n`).join(''),
    'pred.csv': epoch(1),
    'truth.csv': table('id,label', rows.map(({ id, label }) => `${id},${label}`).reverse()),
    'before.csv': table(columns, scored(1)),
    'after.csv': table(columns, scored(0.8).reverse()),
    'run/epoch-1.csv': epoch(0.5),
    'run/epoch-2.csv': epoch(0.9),
    'spam.csv': table(
      'y_score,label',
      rows.map(({ label, cat }) => `${cat.toFixed(3)},${label === 'cat' ? 'spam' : 'ham'}`),
    ),
    'tags.csv': table(
      'p_news,p_sport,y_news,y_sport',
      rows.map(({ cat, label }, i) => `${cat},${1 - cat},${label === 'cat' ? 1 : 0},${i % 3 && 1}`),
    ),
    'languages.txt': Array.from({ length: 1000 }, (_, i) => `${['de', 'en', 'fr'][i % 3]}\n`).join(
      '',
    ),
  };
}

/** 1 and 0 for each of ten labels of 1 000 rows. */
const tags = () => Uint8Array.from({ length: 10_000 }, (_, i) => Number(i % 7 < 2));

/** Installs what `npm pack` would publish as `npm install logitscope` would. */
function install(folder: string): void {
  const modules = join(folder, 'node_modules');
  mkdirSync(join(modules, '.bin'), { recursive: true });
  // Scripts would build, and take dist/ from under other tests.
  const packed = execFileSync(
    'npm',
    ['pack', '--ignore-scripts', '--json', '--pack-destination', folder],
    { cwd: ROOT, encoding: 'utf8' },
  );
  const [{ filename }] = JSON.parse(packed);
  execFileSync('tar', ['-xzf', join(folder, filename), '-C', modules]);
  renameSync(join(modules, 'package'), join(modules, MANIFEST.name));
  rmSync(join(folder, filename));
  for (const name of Object.keys(MANIFEST.dependencies)) {
    mkdirSync(join(modules, name, '..'), { recursive: true });
    symlinkSync(join(ROOT, 'node_modules', name), join(modules, name));
  }
  for (const [name, path] of Object.entries<string>(MANIFEST.bin)) {
    chmodSync(join(modules, MANIFEST.name, path), 0o755);
    symlinkSync(join('..', MANIFEST.name, path), join(modules, '.bin', name));
  }
}

export interface Ran {
  readonly status: number;
  /** Standard output and error, as they came. */
  readonly printed: string;
}

export class Workspace {
  readonly #folder = mkdtempSync(join(tmpdir(), 'logitscope-docs-'));

  constructor() {
    install(this.#folder);
    mkdirSync(join(this.#folder, 'run'));
    mkdirSync(join(this.#folder, 'build'));
    symlinkSync(join(ROOT, 'examples'), join(this.#folder, 'examples'));
    symlinkSync(
      join(this.#folder, 'node_modules', MANIFEST.name, 'dist'),
      join(this.#folder, 'dist'),
    );
    for (const [name, from] of Object.entries(COPIES))
      cpSync(join(ROOT, from), join(this.#folder, name));
    for (const [name, text] of Object.entries(tables()))
      writeFileSync(join(this.#folder, name), text);
    writeFileSync(join(this.#folder, 'tags.npy'), encodeNpy(tags(), [1000, 10]));
  }

  /** Runs a line as a shell would that finds `logitscope` where it was installed. */
  async run(line: string): Promise<Ran> {
    const command = this.#runnable(line);
    const environment = {
      ...process.env,
      PATH: [
        join(this.#folder, 'node_modules/.bin'),
        join(ROOT, 'node_modules/.bin'),
        process.env.PATH,
      ].join(delimiter),
      npm_config_offline: 'true',
      npm_config_yes: 'false',
      npm_config_update_notifier: 'false',
    };
    return new Promise((resolve) => {
      execFile(
        'sh',
        ['-c', `exec 2>&1\n${command}`],
        { cwd: this.#folder, env: environment, maxBuffer: 1 << 28 },
        (error, printed) => {
          const status = error === null ? 0 : typeof error.code === 'number' ? error.code : -1;
          resolve({ status, printed });
        },
      );
    });
  }

  /**
   * What npm does to the machine it does here to the folder, and a script of package.json is
   * run itself, without building anew what other tests use.
   */
  #runnable(line: string): string {
    const [command, name, ...rest] = line.replace(/\s*#.*$/, '').split(/\s+/);
    if (command !== 'npm') return line;
    if (name === 'install' && rest.join(' ') === MANIFEST.name)
      return `test "$(node -p 'require("${MANIFEST.name}/package.json").version')" = ${MANIFEST.version}`;
    if (name === 'install' && rest.join(' ') === '-g .') {
      const prefix = `${this.#folder}/global`;
      return `cd ${ROOT} && npm install -g --prefix ${prefix} --no-audit --no-fund . && ${prefix}/bin/logitscope --version`;
    }
    const script = name === 'run' ? MANIFEST.scripts[rest[0]!] : undefined;
    if (script === undefined) throw new Error(`Nobody knows how to run "${line}"`);
    const build = 'node scripts/build.mjs --if-stale && ';
    if (!script.startsWith(build)) throw new Error(`"${script}" does not build first`);
    const args = rest.slice(1).filter((word) => word !== '--');
    return [script.slice(build.length), ...args].join(' ');
  }

  remove(): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
