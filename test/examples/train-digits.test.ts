/** The example that trains a network: its gradients, what it learns, what it leaves, what it says. */

import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildSync } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CLASSES, mislabel, PIXELS, readDigits } from '../../examples/train-digits/digits.js';
import { Network } from '../../examples/train-digits/network.js';
import { Random } from '../../examples/train-digits/random.js';
import { type Epoch, OVERFIT, SOUND, split, train } from '../../examples/train-digits/train.js';
import { crossEntropy } from '../../src/losses/cross-entropy.js';
import { epochsFiles } from '../../src/node/epochs-files.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const EXAMPLE = join(ROOT, 'examples/train-digits');
const GUIDE = readFileSync(join(ROOT, 'docs/library.md'), 'utf8');
const digits = readDigits(join(EXAMPLE, 'digits.csv'));

async function trained(recipe: typeof SOUND, seed: number): Promise<Epoch[]> {
  const random = new Random(seed);
  const epochs: Epoch[] = [];
  for await (const epoch of train(split(digits, recipe, random), recipe, random))
    epochs.push(epoch);
  return epochs;
}

describe('the digits', () => {
  it('are the 1797 test images, with as many of each digit as their description says', () => {
    expect(digits.count).toBe(1797);
    const counts = new Array(CLASSES).fill(0);
    for (const label of digits.labels) counts[label]++;
    expect(counts).toEqual([178, 182, 177, 183, 181, 182, 181, 179, 174, 180]);
    expect(digits.pixels.every((ink) => ink >= 0 && ink <= 1 && Number.isInteger(16 * ink))).toBe(
      true,
    );
  });

  it('are split without a row in both parts, and labels are wrong in as many rows as asked', () => {
    const { training, validation } = split(digits, { ...SOUND, mislabelled: 0.05 }, new Random(3));
    const images = ({ count, pixels }: typeof training) =>
      Array.from({ length: count }, (_, r) => pixels.slice(r * PIXELS, (r + 1) * PIXELS).join());
    const seen = new Set(images(training));
    expect(images(validation).filter((image) => seen.has(image))).toEqual([]);
    expect(training.count + validation.count).toBe(digits.count);
    const labelOf = new Map(images(digits).map((image, r) => [image, digits.labels[r]]));
    const wrong = images(training).filter((image, r) => labelOf.get(image) !== training.labels[r]);
    expect(wrong).toHaveLength(50);
    expect(mislabel(digits, 0, new Random(1)).labels).toEqual(digits.labels);
  });
});

describe('the network', () => {
  it('has the gradient that differences of the loss give', () => {
    const network = new Network(5, 4, 3, new Random(2));
    const random = new Random(9);
    const input = Float32Array.from({ length: 6 * 5 }, () => random.uniform());
    const labels = Int32Array.from({ length: 6 }, () => random.integer(3));
    const lossAt = () =>
      crossEntropy(Float64Array.from(network.forward(input, 6).logits), labels).value;
    const { logits, hidden } = network.forward(input, 6);
    const { gradient: ofLogits } = crossEntropy(logits, labels, { gradient: true });
    const gradient = new Float64Array(network.parameters.length);
    network.backward(input, hidden, ofLogits as Float32Array, gradient);
    expect(gradient.some((slope) => slope !== 0)).toBe(true);
    const step = 2 ** -10;
    gradient.forEach((slope, i) => {
      const at = network.parameters[i];
      network.parameters[i] = at + step;
      const above = lossAt();
      network.parameters[i] = at - step;
      const below = lossAt();
      network.parameters[i] = at;
      // Activations are rounded to 2⁻²⁴, and the step is 2⁻¹⁰.
      expect(Math.abs((above - below) / (2 * step) - slope), `parameter ${i}`).toBeLessThan(5e-4);
    });
  });
});

describe('training', () => {
  it.each([1, 2, 3])('reaches 95 percent of validation rows with seed %i', async (seed) => {
    const epochs = await trained(SOUND, seed);
    expect(epochs).toHaveLength(SOUND.epochs + 1);
    expect(epochs[0].validation.accuracy).toBeLessThan(0.3);
    const { training, validation } = epochs.at(-1)!;
    expect(validation.accuracy).toBeGreaterThanOrEqual(0.95);
    expect(training.loss).toBeLessThan(validation.loss);
  });

  it('gives the same bits for the same seed, and others for another', async () => {
    const recipe = { ...SOUND, epochs: 1 };
    const [first, again, other] = [
      await trained(recipe, 5),
      await trained(recipe, 5),
      await trained(recipe, 6),
    ];
    expect(again[1].validation.logits).toEqual(first[1].validation.logits);
    expect(other[1].validation.logits).not.toEqual(first[1].validation.logits);
  });

  it('overfits: the loss rises by a third from its minimum, accuracy stays within two points', async () => {
    const epochs = await trained(OVERFIT, 1);
    const best = epochs.reduce((a, b) => (b.validation.loss < a.validation.loss ? b : a));
    const last = epochs.at(-1)!;
    expect(best.number).toBeGreaterThan(0);
    expect(last.validation.loss).toBeGreaterThan(1.3 * best.validation.loss);
    expect(last.validation.accuracy).toBeGreaterThan(best.validation.accuracy - 0.02);
    expect(last.training).toMatchObject({ accuracy: 1 });
  });
});

describe('the program', () => {
  let folder: string;
  let program: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'train-digits-'));
    // Inside of the package, whose own name leads to its exports there.
    program = join(ROOT, 'build/train-digits-test.mjs');
    buildSync({
      entryPoints: [join(EXAMPLE, 'main.ts')],
      outfile: program,
      bundle: true,
      packages: 'external',
      format: 'esm',
      platform: 'node',
    });
  });
  afterAll(() => {
    rmSync(folder, { recursive: true });
    rmSync(program, { force: true });
  });

  function run(...args: string[]): Promise<{ status: number; stdout: string; stderr: string }> {
    return new Promise((resolve) => {
      execFile(process.execPath, [program, ...args], { cwd: ROOT }, (error, stdout, stderr) => {
        resolve({ status: error === null ? 0 : Number(error.code), stdout, stderr });
      });
    });
  }

  const tableOf = (text: string) =>
    text
      .split('\n')
      .filter((line) => /^ +\d+ +\d+\.\d{4} /.test(line))
      .map((line) => line.trim().split(/ +/).map(Number));

  it('prints a table that lines up, and dumps that `epochs` reads the same of', async () => {
    const out = join(folder, 'it’s here');
    const { status, stdout, stderr } = await run('--overfit', '--out', out);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toMatch(/^200 training rows, 10 of them with wrong labels, 797 validation rows/);
    const widths = stdout
      .split('\n')
      .slice(2, 3 + OVERFIT.epochs + 1)
      .map((line) => line.length);
    expect(new Set(widths).size).toBe(1);

    const report = await epochsFiles([join(out, 'val-*.npy')], {
      labels: join(out, 'labels-val.npy'),
      train: [join(out, 'train-*.npy')],
      trainLabels: join(out, 'labels-train.npy'),
    });
    const table = tableOf(stdout);
    expect(table).toHaveLength(OVERFIT.epochs + 1);
    table.forEach(([number, trainLoss, trainAccuracy, loss, accuracy], i) => {
      const { epoch, ...read } = report.epochs[i];
      expect(epoch).toBe(number);
      expect(read.loss!.toFixed(4)).toBe(loss.toFixed(4));
      expect(read.accuracy!.toFixed(4)).toBe(accuracy.toFixed(4));
      expect(report.train![i].loss!.toFixed(4)).toBe(trainLoss.toFixed(4));
      expect(report.train![i].accuracy!.toFixed(4)).toBe(trainAccuracy.toFixed(4));
    });
    // Why: the loss went up to the end, accuracy did not go down, and calibration is part of it.
    const last = report.stretches.at(-1)!;
    expect(last.to).toBeGreaterThan(OVERFIT.epochs - 10);
    expect(last.loss.movement).toBe('up');
    expect(last.accuracy!.movement).toBe('still');
    expect(last.calibration.delta).toBeGreaterThan(0);
    expect(last.causes).toContain('scale');
    expect(GUIDE).toContain(last.text);

    const again = await run('--out', out);
    expect(again.status).toBe(2);
    expect(again.stderr).toMatch(/holds (train|val)-0\d\d\.npy of another, longer run/);
    expect(readdirSync(out)).toHaveLength(2 * (OVERFIT.epochs + 1) + 2);
  });

  it('prints what the guide shows, and a command that runs', async () => {
    const { stdout } = await run('--out', join(folder, 'sound'));
    const expected = tableOf(stdout);
    const rows = tableOf(/^\$ npm run train-digits\n([\s\S]*?)\n```/m.exec(GUIDE)![1]);
    expect(rows.length).toBeGreaterThanOrEqual(4);
    for (const row of rows) expect(row).toEqual(expected[row[0]]);
    const command = stdout.trim().split('\n').at(-1)!.trim();
    const [node, ...args] = [...command.matchAll(/'([^']*)'|(\S+)/g)].map((m) => m[1] ?? m[2]);
    expect(node).toBe('node');
    const verdict = await new Promise<string>((resolve) => {
      execFile(process.execPath, args, { cwd: ROOT }, (_, text) => resolve(text));
    });
    expect(verdict).toContain('Nowhere do loss and accuracy part beyond chance.');
  });

  it.each([
    [['--overfitt'], /Unknown option '--overfitt'/],
    [['more'], /Unexpected argument 'more'/],
    [['--seed', 'x'], /--seed takes a whole number .* found "x"/],
    [['--seed=-1'], /--seed takes a whole number/],
    [['--out'], /--out <value>' argument missing/],
    [['--out', ''], /--out takes the name of a folder/],
  ])('answers %j with a message', async (args, message) => {
    const { status, stdout, stderr } = await run(...args);
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toMatch(message);
    expect(stderr.trim().split('\n')).toHaveLength(1);
    expect(stderr).not.toContain('    at ');
  });

  it('says that a folder cannot be made, and shows help', async () => {
    writeFileSync(join(folder, 'file'), '');
    const { status, stderr } = await run('--out', join(folder, 'file/in'));
    expect(status).toBe(2);
    expect(stderr).toMatch(/^train-digits: Cannot make the folder .*\n$/);
    const help = await run('--help');
    expect(help.status).toBe(0);
    for (const flag of ['--overfit', '--out', '--seed']) expect(help.stdout).toContain(flag);
  });
});
