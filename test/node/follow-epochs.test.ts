/** Following a run whose dumps are written while it is followed: slowly, cut short, again, wrong. */

import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  type EpochsReport,
  encodeNpy,
  epochsFiles,
  type FollowEnd,
  type FollowOptions,
  followEpochs,
} from '../../src/index.js';
import { normal, seeded } from '../support/rows.js';

const ROWS = 200;
const INTERVAL = 20;
/** Far longer than what is waited for takes. */
const LONG = 20_000;

let folder: string;
const at = (name: string) => join(folder, name);
const pattern = () => at('run/val-*.npy');

const targets = Int32Array.from({ length: ROWS }, (_, i) => i % 3);

/** Logits that tell so much of the targets. */
function dump(strength: number, rows = ROWS, classes = 3): Uint8Array {
  const random = seeded(5);
  const logits = Float32Array.from({ length: rows * classes }, (_, i) => {
    const [row, c] = [Math.floor(i / classes), i % classes];
    return normal(random) + (c === row % 3 ? strength : 0);
  });
  return encodeNpy(logits, [rows, classes]);
}

/** As a CSV with its targets. */
function table(strength: number, rows = ROWS): string {
  const random = seeded(5);
  const lines = Array.from({ length: rows }, (_, row) => {
    const weights = [0, 1, 2].map((c) => Math.exp(normal(random) + (c === row % 3 ? strength : 0)));
    const sum = weights.reduce((a, b) => a + b, 0);
    return `${weights.map((weight) => (weight / sum).toFixed(5)).join(',')},${['a', 'b', 'c'][row % 3]}`;
  });
  return `p_a,p_b,p_c,label\n${lines.join('\n')}\n`;
}

const write = (name: string, bytes: Uint8Array | string) => {
  mkdirSync(dirname(at(name)), { recursive: true });
  writeFileSync(at(name), bytes);
};
const epoch = (number: number, bytes: Uint8Array) => write(`run/val-${number}.npy`, bytes);
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

interface Followed {
  readonly reports: EpochsReport[];
  readonly end: FollowEnd;
}

/** Follows to the end; `onReport` may write the next dump, or abort. */
async function follow(
  options: FollowOptions = {},
  onReport: (report: EpochsReport, count: number) => void = () => {},
  patterns: readonly string[] = [pattern()],
): Promise<Followed> {
  const run = followEpochs(patterns, {
    labels: at('labels.npy'),
    interval: INTERVAL,
    threads: 1,
    ...options,
  });
  const reports: EpochsReport[] = [];
  for (;;) {
    const next = await run.next();
    if (next.done === true) return { reports, end: next.value };
    reports.push(next.value);
    onReport(next.value, reports.length);
  }
}

const epochsOf = ({ epochs }: EpochsReport) => epochs.map(({ epoch: number }) => number);

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'logitscope-follow-'));
  write('labels.npy', encodeNpy(targets));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('following a run', () => {
  it('waits for a folder that is not there, and ends as reading the whole run would', async () => {
    setTimeout(() => epoch(1, dump(0.5)), 60);
    const { reports, end } = await follow({ idle: 400 }, (_, count) => {
      if (count < 4) epoch(count + 1, dump(0.5 + count));
    });
    expect(end).toBe('idle');
    expect(reports.map(epochsOf)).toEqual([[1], [1, 2], [1, 2, 3], [1, 2, 3, 4]]);
    expect(reports[0]).toMatchObject({ phases: [], latest: 1, advice: { kind: 'last' } });
    const { latest, ...last } = reports[3]!;
    expect(latest).toBe(4);
    expect(last).toEqual(await epochsFiles([pattern()], { labels: at('labels.npy') }));
  });

  it('takes what is there already in the order of its epochs', async () => {
    for (const number of [10, 9, 8]) epoch(number, dump(number - 8));
    const { reports } = await follow({ idle: 100 });
    expect(reports.map(({ latest }) => latest)).toEqual([8, 9, 10]);
  });

  it('never reads a dump that is still being written', async () => {
    epoch(1, dump(1));
    const bytes = dump(2);
    let isWhole = false;
    const writer = async () => {
      epoch(2, bytes.subarray(0, 50));
      for (let from = 50; from < bytes.length; from += 400) {
        // Now and then it stands still for several looks.
        await pause(from % 1000 === 50 ? 4 * INTERVAL : INTERVAL / 4);
        appendFileSync(at('run/val-2.npy'), bytes.subarray(from, from + 400));
      }
      isWhole = true;
    };
    const waits: string[] = [];
    let writing: Promise<void> | null = null;
    const { reports } = await follow(
      { idle: 500, onWait: (_, problem) => waits.push(problem) },
      (report, count) => {
        if (count === 1) writing = writer();
        else expect([isWhole, epochsOf(report)]).toEqual([true, [1, 2]]);
      },
    );
    await writing;
    expect(reports).toHaveLength(2);
    expect(reports[1]!.epochs[1]!.loss).toBeLessThan(reports[1]!.epochs[0]!.loss!);
    expect(waits.length).toBeGreaterThan(0);
    expect(waits[0]).toContain('val-2.npy');
  });

  it('waits for the rest of a table that was cut in a line, or between lines', async () => {
    write('run/1.csv', table(1));
    const text = table(2);
    const cuts = [text.length / 2, text.lastIndexOf('\n', text.length - 2) + 1].map(Math.floor);
    const waits: string[] = [];
    const { reports } = await follow(
      { labels: undefined, idle: 600, onWait: (_, problem) => waits.push(problem) },
      (_, count) => {
        if (count > 1) return;
        write('run/2.csv', text.slice(0, cuts[0]));
        setTimeout(() => write('run/2.csv', text.slice(0, cuts[1])), 150);
        setTimeout(() => write('run/2.csv', text), 300);
      },
      [at('run/*.csv')],
    );
    expect(reports.map(epochsOf)).toEqual([[1], [1, 2]]);
    expect(waits.some((problem) => problem.includes('number of rows'))).toBe(true);
  });

  it('says which dump stays cut short', async () => {
    epoch(1, dump(1));
    epoch(2, dump(2).subarray(0, 1000));
    const error = await follow({ idle: 200 }).catch((reason: unknown) => reason);
    expect(error).toMatchObject({
      code: 'truncated',
      message: expect.stringContaining('val-2.npy'),
    });
  });

  it.each([
    [
      'another number of rows',
      dump(1, ROWS - 2),
      /as many targets as rows of scores; .*val-2\.npy/,
    ],
    ['another number of classes', dump(1, ROWS, 4), /val-2\.npy: it has another number of classes/],
  ])('refuses %s at once, with the name', async (_, bytes, problem) => {
    epoch(1, dump(1));
    epoch(2, bytes);
    const error = await follow({ idle: LONG }).catch((reason: unknown) => reason);
    expect((error as Error).message).toMatch(problem);
  });

  it('refuses other targets, with the name', async () => {
    const files = ['run/1.csv', 'run/2.csv'];
    write(files[0]!, table(1));
    write(files[1]!, table(2).replace(/a\n$/, 'b\n').replace(/b\n$/, 'c\n'));
    const run = follow({ labels: undefined, idle: LONG }, () => {}, [at('run/*.csv')]);
    const error = await run.catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: 'epochs-differ' });
    expect((error as Error).message).toMatch(/2\.csv.*has another target/);
  });

  it('notices a dump that is written again, or put in the place of another', async () => {
    epoch(1, dump(1));
    epoch(2, dump(1.5));
    const { reports } = await follow({ idle: 400 }, (_, count) => {
      if (count === 2) {
        write('new.npy', dump(3));
        // Of the same size: what tells is the time.
        const later = Date.now() / 1000 + 5;
        utimesSync(at('new.npy'), later, later);
        renameSync(at('new.npy'), at('run/val-1.npy'));
      }
    });
    expect(reports.map(epochsOf)).toEqual([[1], [1, 2], [1, 2]]);
    const [, before, after] = reports;
    expect(after!.epochs[0]!.loss).toBeLessThan(before!.epochs[0]!.loss! - 0.1);
    expect(after!.epochs[1]).toEqual(before!.epochs[1]);
    expect(after!.notices.map(({ code }) => code)).toContain('written-again');
    expect(before!.notices).toEqual([]);
  });

  it('keeps epochs whose dumps were deleted', async () => {
    epoch(1, dump(1));
    const { reports } = await follow({ idle: 200 }, (_, count) => {
      if (count > 1) return;
      rmSync(at('run/val-1.npy'));
      epoch(2, dump(2));
    });
    expect(reports.map(epochsOf)).toEqual([[1], [1, 2]]);
  });

  it('loses patience, at the same epoch whether the run is over or goes on', async () => {
    for (const [i, strength] of [0.5, 2, 1.8, 1.6, 3, 3, 3].entries()) epoch(i, dump(strength));
    const { reports, end } = await follow({ patience: 2, idle: LONG });
    expect([end, reports.length]).toEqual(['patience', 4]);
    expect(reports[3]!.patience).toMatchObject({ isOver: true, best: { epoch: 1 } });
    expect(reports[2]!.patience).toMatchObject({ isOver: false });
  });

  it('stops when it is told to, between dumps or while it waits', async () => {
    const abort = new AbortController();
    epoch(1, dump(1));
    epoch(2, dump(2));
    const first = await follow({ signal: abort.signal }, () => abort.abort());
    expect([first.end, first.reports.length]).toEqual(['stopped', 1]);
    const waiting = new AbortController();
    setTimeout(() => waiting.abort(), 50);
    const second = await follow({ signal: waiting.signal, interval: LONG });
    expect(second).toEqual({ reports: [], end: 'stopped' });
  });

  it('pairs training dumps with the others as both come', async () => {
    const training = (number: number) => write(`run/train-${number}.npy`, dump(number));
    epoch(1, dump(1));
    training(1);
    epoch(2, dump(2));
    const { reports } = await follow(
      { idle: 300, train: [at('run/train-*.npy')], trainLabels: at('labels.npy') },
      (_, count) => {
        if (count === 1) training(2);
      },
    );
    expect(reports.map(epochsOf)).toEqual([[1], [1, 2]]);
    expect(reports[1]!.train!.map(({ epoch: number }) => number)).toEqual([1, 2]);
  });

  it('says when nothing came at all, and refuses what is no number', async () => {
    await expect(follow({ idle: 50 })).rejects.toMatchObject({
      code: 'no-such-file',
      message: expect.stringContaining('val-*.npy'),
    });
    for (const wrong of [{ interval: 0 }, { idle: Number.NaN }, { patience: 1.5 }]) {
      await expect(follow(wrong)).rejects.toMatchObject({ code: 'bad-option' });
    }
  });
});
