/** Which column, field or member is for what. */

import { describe, expect, it } from 'vitest';
import type { NameOptions } from '../../src/intake/dump-request.js';
import { openAgainFile } from '../../src/intake/files.js';
import { findRoles } from '../../src/intake/roles.js';
import type { ByteSource } from '../../src/types/dump.js';
import { InputError, UsageError } from '../../src/types/errors.js';
import type { Task } from '../../src/types/report.js';
import { bytesOf, errorOf, readDump } from '../support/fields.js';
import { npyBytes, zipBytes } from '../support/numpy.js';

type Context = 'column' | 'member' | 'unnamed';

/** Members that hold several numbers per row. */
const WIDE = /^(?:logits?|probs|probabilities|scores|p_\w+|log.probs|predictions|x|arr_0)$/i;
const TEXT = /^(?:label|y|class|target|gold|y_true|pred|y_pred)$/i;

/** Two rows of fields with these names: fractions, but for names of labels, which are 0 and 1. */
function file(names: readonly string[], context: Context): ByteSource {
  if (context === 'member') {
    const members = names.map((name) => {
      const wide = WIDE.test(name);
      const values = wide ? [1.5, 2, 3, 4, 5, 6] : [0, 1];
      const shape = wide ? [2, 3] : [2];
      return {
        name: `${name}.npy`,
        bytes: npyBytes({ descr: wide ? '<f4' : '<i8', shape, values }),
      };
    });
    return bytesOf(zipBytes(members), 'dump.npz') as ByteSource;
  }
  const cell = (name: string, row: number) => (TEXT.test(name) ? row : row + 0.5);
  const rows = [0, 1].map((row) => names.map((name) => cell(name, row)).join(','));
  const header = context === 'column' ? [names.map((name) => `"${name}"`).join(',')] : [];
  return bytesOf([...header, ...rows].join('\n'), 'dump.csv') as ByteSource;
}

async function roles(
  names: readonly string[],
  options: NameOptions,
  context: Context,
  task: Task | 'auto' = 'classification',
) {
  const predictions = await openAgainFile(file(names, context), undefined, () => ({}));
  const found = await findRoles({ predictions, texts: {} }, options, task);
  const { scores, singles, prediction, target, weight } = found;
  return {
    scores: scores?.fields.map(({ name }) => name) ?? null,
    classNames: scores?.classNames ?? null,
    singles: singles.map(({ name }) => name),
    prediction: prediction?.name ?? null,
    target: target?.fields.map(({ name }) => name).join() ?? null,
    weight: weight?.fields.map(({ name }) => name).join() ?? null,
    conventions: found.conventions,
  };
}

describe('names', () => {
  it.each<[string[], NameOptions, Context, object]>([
    [
      ['logits', 'labels'],
      {},
      'member',
      { scores: ['logits'], classNames: null, target: 'labels' },
    ],
    [['logits', 'probs', 'y'], { scores: 'probs' }, 'member', { scores: ['probs'], target: 'y' }],
    [['p_a', 'p_b', 'y'], { scores: 'p_a' }, 'member', { scores: ['p_a'], classNames: null }],
    [
      ['p_a', 'p_b', 'p_', 'label'],
      {},
      'column',
      { scores: ['p_a', 'p_b'], classNames: ['a', 'b'] },
    ],
    [['p_0', 'p_1', 'p_10', 'p_2'], {}, 'column', { classNames: ['0', '1', '10', '2'] }],
    [
      ['', '1', '0', 'y', 'sample_weight'],
      {},
      'column',
      { scores: ['1', '0'], target: 'y', weight: 'sample_weight' },
    ],
    [['a', 'b', 'c'], { scores: 'c,a' }, 'column', { scores: ['c', 'a'], classNames: ['c', 'a'] }],
    [
      ['p_a', 'p_b', 'q'],
      { scores: 'p_b, p_a' },
      'column',
      { scores: ['p_b', 'p_a'], classNames: ['b', 'a'] },
    ],
    [
      ['s-a', 's-b', 'label'],
      { scores: 's-*' },
      'column',
      { scores: ['s-a', 's-b'], classNames: ['a', 'b'] },
    ],
    [
      ['id', 'a', 'b', 'label'],
      { scores: '*', id: 'id' },
      'column',
      { scores: ['a', 'b'], classNames: ['a', 'b'] },
    ],
    [
      ['id', 'a', 'b', 'label'],
      { scores: '*' },
      'column',
      { scores: ['a', 'b'], classNames: ['a', 'b'] },
    ],
    [['p_a', 'p_b', 'p_id'], { id: 'p_id' }, 'column', { scores: ['p_a', 'p_b'] }],
    [
      ['p_a', 'p_b', 'pred', 'label'],
      { target: 'pred' },
      'column',
      { target: 'pred', prediction: null },
    ],
    [['p_a', 'p_b', 'label', 'y'], { target: null }, 'column', { target: null }],
    [
      ['y_true', 'y_pred', 'y_score'],
      {},
      'column',
      { scores: null, prediction: 'y_pred', singles: ['y_score', 'y_pred'] },
    ],
    [
      ['0', '1', '2'],
      { target: '0' },
      'unnamed',
      { scores: ['1', '2'], classNames: null, target: '0' },
    ],
    [
      ['0', '1', '2'],
      { target: null, scores: '2,0' },
      'unnamed',
      { scores: ['2', '0'], classNames: null },
    ],
    [
      ['0', '1'],
      { target: '0', prediction: '1' },
      'unnamed',
      { scores: null, singles: ['1'], prediction: '1' },
    ],
    // In any case, with dashes, blanks and underscores alike.
    [['Logits', 'Y'], {}, 'member', { scores: ['Logits'], target: 'Y' }],
    [['LOG-PROBS', 'Label Ids'], {}, 'member', { scores: ['LOG-PROBS'], target: 'Label Ids' }],
    [
      [' Y Score ', 'Ground-Truth', 'Sample Weight'],
      {},
      'column',
      { singles: ['Y Score'], target: 'Ground-Truth', weight: 'Sample Weight' },
    ],
    // Predictions of several numbers per row are scores.
    [['predictions', 'label_ids'], {}, 'member', { scores: ['predictions'], target: 'label_ids' }],
  ])('%j with %j', async (names, options, context, expected) => {
    expect(await roles(names, options, context)).toMatchObject({ ...expected, conventions: [] });
  });

  it.each<[string[], NameOptions, Context, string, RegExp]>([
    [
      ['logits', 'label'],
      { scores: 'logit' },
      'member',
      'unknown-column',
      /no member "logit".*found "logits", "label".*mean "logits"\?/,
    ],
    [['p_a', 'p_b'], { target: 'Label' }, 'column', 'unknown-column', /--target/],
    [['p_a', 'p_b'], { target: null, scores: 'q_*' }, 'column', 'unknown-column', /"q_\*"/],
    [['p_a', 'p_b'], { target: null, scores: 'p_a,' }, 'column', 'unknown-column', /""/],
    [['p_a', 'p_b'], { target: null, id: 'key' }, 'column', 'unknown-column', /--id/],
    [['Logitz', 'y'], {}, 'member', 'missing-scores', /"Logitz".*--scores/],
    [['logits', 'probs'], {}, 'member', 'ambiguous-column', /"logits", "probs".*--scores/],
    [['Logits', 'log probs', 'y'], {}, 'member', 'ambiguous-column', /"Logits", "log probs"/],
    [
      ['p_a', 'p_b', 'logit_a', 'logit_b'],
      {},
      'column',
      'ambiguous-column',
      /"p_a", "logit_a".*--scores/,
    ],
    [['p_a', 'p_b', 'q_a', 'q_b', 'y'], {}, 'column', 'ambiguous-column', /"p_a", "q_a".*--scores/],
    [['p_a', 'p_b', 'y', 'label'], {}, 'column', 'ambiguous-column', /"y", "label".*--target/],
    [['p_a', 'p_b', 'y', 'Y'], {}, 'column', 'ambiguous-column', /"y", "Y".*--target/],
    [['p_a', 'p_b', 'weight', 'weights'], {}, 'column', 'ambiguous-column', /--weights/],
    [['pred', 'y_pred', 'y'], {}, 'column', 'ambiguous-column', /--prediction/],
    [['score', 'proba', 'y'], {}, 'column', 'ambiguous-column', /"score", "proba".*--scores/],
    [['p_a', 'p_b', 'p_a'], { target: null }, 'column', 'duplicate-column', /positions 0 and 2/],
    [['p_a', 'p_b', 'y', 'y'], {}, 'column', 'duplicate-column', /"y"/],
    [['p_a', 'p_b'], { scores: 'p_a,p_a', target: null }, 'column', 'duplicate-class', /"p_a"/],
    [['p_a', 'p_b'], { scores: 'p_a,p_b', target: 'p_a' }, 'column', 'column-used-twice', /target/],
    [
      ['p_a', 'q_a'],
      { scores: 'p_*,q_*', target: null },
      'column',
      'duplicate-class',
      /"a".*"p_a", "q_a"/,
    ],
    [['y', 'y_score'], {}, 'column', 'single-score', /one score per row/],
    [['y', 'probs'], {}, 'column', 'single-score', /one score per row/],
    [['y', 'p_1'], {}, 'column', 'single-score', /p_0 and p_1/],
    [['1', '2', 'y'], {}, 'column', 'missing-scores', /--scores/],
    [['0', '1', '2'], {}, 'unnamed', 'unnamed-columns', /--target \(0 to 2\).*--labels/],
    [['0', '1'], { target: '1' }, 'unnamed', 'single-score', /one score per row/],
  ])('refuses %j with %j', async (names, options, context, code, message) => {
    const predictions = file(names, context);
    const targets = options.target === null ? { targets: new Int32Array(2) } : {};
    const error = await errorOf(readDump({ predictions, names: options, ...targets }));
    expect(error).toBeInstanceOf(InputError);
    expect(error.message).toMatch(message);
    expect(error.code).toBe(code);
  });

  it('shortens the list of names, and keeps up with many columns', async () => {
    const names = Array.from({ length: 200_000 }, (_, index) => `p_${index}`);
    const all = await roles(names, { target: null }, 'column');
    expect(all.scores).toHaveLength(200_000);
    const one = await roles(names, { target: null, scores: 'p_*' }, 'column');
    expect(one.scores).toHaveLength(200_000);
    const typo = roles(names, { target: 'p_20000O' }, 'column');
    await expect(typo).rejects.toThrow(/and 199988 more/);
  });

  it('of a single array are a mistake', async () => {
    const predictions = () =>
      bytesOf(npyBytes({ descr: '<f4', shape: [1, 2], values: [1, 2] }), 'x.npy');
    const labels = () => bytesOf('id,y\n1,0\n', 'y.csv');
    for (const names of [{ scores: 'logits' }, { prediction: 'p' }, { id: 'key' }, { by: 'g' }]) {
      const error = await errorOf(
        readDump({ predictions: predictions(), labels: labels(), names }),
      );
      expect(error).toBeInstanceOf(UsageError);
      expect(error.code).toBe('names-without-members');
    }
    const alone = await errorOf(readDump({ predictions: predictions(), names: { target: 'y' } }));
    expect(alone.code).toBe('names-without-members');
    const beside = {
      predictions: predictions(),
      labels: labels(),
      names: { by: 'id', target: 'y' },
    };
    expect(await readDump(beside)).toMatchObject({ targets: [0], texts: { by: ['1'] } });
  });
});
