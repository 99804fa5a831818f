/** A run as it goes, on screens of any size. */

import { beforeAll, describe, expect, it } from 'vitest';
import { LiveRegion } from '../../src/cli/live-region.js';
import { type EpochsReport, epochsFiles } from '../../src/index.js';
import { renderEpochLine, renderEpochsLive } from '../../src/render/epochs-live.js';
import { displayWidth } from '../../src/render/table.js';

const DIGITS = 'test/oracles/dumps/digits-epochs';
let report: EpochsReport;

beforeAll(async () => {
  report = {
    ...(await epochsFiles([`${DIGITS}/epoch-*.npy`], { labels: `${DIGITS}/labels.npy` })),
    latest: 100,
  };
});

describe('a run as it goes', () => {
  const status = ['Following. Ctrl-C ends.'];

  it.each([
    [20, 3],
    [40, 10],
    [80, 23],
    [110, 45],
    [300, 100],
  ])('fits %i × %i characters', (columns, rows) => {
    const lines = renderEpochsLive(report, status, { columns, rows, colour: false });
    expect(lines.length).toBeLessThanOrEqual(rows);
    for (const line of lines) expect(displayWidth(line)).toBeLessThanOrEqual(columns);
    const short = renderEpochsLive(report, status, { columns, rows, colour: true });
    expect(short.length).toBe(lines.length);
  });

  it('shows advice and the last phase first, and all where there is room', () => {
    const text = (columns: number, rows: number) =>
      renderEpochsLive(report, status, { columns, rows, colour: false }).join('\n');
    const small = text(100, 18);
    expect(small).toContain('Stop at epoch 24');
    expect(small).toContain('Epoch 70 to 160');
    expect(small).not.toContain('●');
    const large = text(200, 100);
    for (const part of ['● loss', 'Epoch 0 to 6', 'confidence gap', 'Best epoch by', status[0]!]) {
      expect(large).toContain(part);
    }
  });

  it('has a line for the epoch that came last', () => {
    expect(renderEpochLine(report)).toBe(
      'epoch 100: loss 0.4962, accuracy 0.8890, refinement 0.4184; best by loss: epoch 24\n',
    );
  });
});

describe('a region of a terminal', () => {
  it('is drawn over, and taken away', () => {
    const written: string[] = [];
    const stream = { columns: 60, rows: 10, write: (text: string) => written.push(text) };
    const region = new LiveRegion(stream as unknown as NodeJS.WriteStream);
    expect(region.size).toEqual({ columns: 60, rows: 9 });
    region.draw(['one', 'two']);
    region.draw(['three']);
    region.clear();
    region.clear();
    expect(written).toHaveLength(3);
    expect(written[0]).not.toMatch(/\[\d+A/);
    expect(written[1]).toContain('\r\x1b[2Athree\x1b[K\n\x1b[J');
    expect(written[2]).toBe('\r\x1b[1A\x1b[J');
  });
});
