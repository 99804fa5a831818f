import { describe, expect, it } from 'vitest';
import { type NameContext, type NameOptions, resolveNames } from '../../src/sources/names.js';
import { InputError } from '../../src/types/errors.js';

const column: NameContext = { source: 'dump.csv', unit: 'column' };
const member: NameContext = { source: 'dump.npz', unit: 'member' };
const unnamed: NameContext = { source: 'dump.csv', unit: 'column', named: false };

describe('names', () => {
  it.each<[string[], NameOptions, NameContext, object]>([
    [['logits', 'labels'], {}, member, { scores: ['logits'], classNames: null, target: 'labels' }],
    [['logits', 'probs', 'y'], { scores: 'probs' }, member, { scores: ['probs'], target: 'y' }],
    [['p_a', 'p_b'], { scores: 'p_a' }, member, { scores: ['p_a'], classNames: null }],
    [['p_a', 'p_b', 'p_', 'label'], {}, column, { scores: ['p_a', 'p_b'], classNames: ['a', 'b'] }],
    [['p_0', 'p_1', 'p_10', 'p_2'], {}, column, { classNames: ['0', '1', '10', '2'] }],
    [
      ['', '1', '0', 'y', 'sample_weight'],
      {},
      column,
      { scores: ['1', '0'], target: 'y', weight: 'sample_weight' },
    ],
    [['a', 'b', 'c'], { scores: 'c,a' }, column, { scores: ['c', 'a'], classNames: ['c', 'a'] }],
    [
      ['p_a', 'p_b', 'q'],
      { scores: 'p_b, p_a' },
      column,
      { scores: ['p_b', 'p_a'], classNames: ['b', 'a'] },
    ],
    [
      ['s-a', 's-b', 'label'],
      { scores: 's-*' },
      column,
      { scores: ['s-a', 's-b'], classNames: ['a', 'b'] },
    ],
    [
      ['id', 'a', 'b', 'label'],
      { scores: '*', id: 'id' },
      column,
      { scores: ['a', 'b'], classNames: ['a', 'b'] },
    ],
    [['p_a', 'p_b', 'p_id'], { id: 'p_id' }, column, { scores: ['p_a', 'p_b'] }],
    [
      ['p_a', 'p_b', 'pred', 'label'],
      { target: 'pred' },
      column,
      { target: 'pred', prediction: null },
    ],
    [['p_a', 'p_b', 'label', 'y'], { target: null }, column, { target: null }],
    [
      ['y_true', 'y_pred', 'y_score'],
      {},
      column,
      { scores: null, prediction: 'y_pred', singleScore: 'y_score' },
    ],
    [
      ['0', '1', '2'],
      { target: '0' },
      unnamed,
      { scores: ['1', '2'], classNames: null, target: '0' },
    ],
    [
      ['0', '1', '2'],
      { target: null, scores: '2,0' },
      unnamed,
      { scores: ['2', '0'], classNames: null },
    ],
    [['0', '1'], { target: '0', prediction: '1' }, unnamed, { scores: null, prediction: '1' }],
  ])('%j with %j', (available, options, context, expected) => {
    expect(resolveNames(available, options, context)).toMatchObject(expected);
  });

  it.each<[string[], NameOptions, NameContext, string, RegExp]>([
    [
      ['logits', 'label'],
      { scores: 'logit' },
      member,
      'unknown-column',
      /no member "logit".*found "logits", "label".*mean "logits"\?/,
    ],
    [['p_a', 'p_b'], { target: 'Label' }, column, 'unknown-column', /--target/],
    [['p_a', 'p_b'], { scores: 'q_*' }, column, 'unknown-column', /"q_\*"/],
    [['p_a', 'p_b'], { scores: 'p_a,' }, column, 'unknown-column', /""/],
    [['p_a', 'p_b'], { id: 'key' }, column, 'unknown-column', /--id/],
    [['Logits', 'y'], {}, member, 'missing-scores', /"Logits"/],
    [['logits', 'probs'], {}, member, 'ambiguous-column', /"logits", "probs".*--scores/],
    [
      ['p_a', 'p_b', 'logit_a', 'logit_b'],
      {},
      column,
      'ambiguous-column',
      /"p_a", "logit_a".*--scores/,
    ],
    [['p_a', 'p_b', 'y', 'label'], {}, column, 'ambiguous-column', /"y", "label".*--target/],
    [['p_a', 'p_b', 'weight', 'weights'], {}, column, 'ambiguous-column', /--weights/],
    [['pred', 'y_pred', 'y'], {}, column, 'ambiguous-column', /--prediction/],
    [['p_a', 'p_b', 'p_a'], {}, column, 'duplicate-column', /positions 0 and 2/],
    [['p_a', 'p_b', 'y', 'y'], {}, column, 'duplicate-column', /"y"/],
    [['p_a', 'p_b'], { scores: 'p_a,p_a' }, column, 'column-used-twice', /scores/],
    [['p_a', 'p_b'], { scores: 'p_a,p_b', target: 'p_a' }, column, 'column-used-twice', /target/],
    [['p_a', 'q_a'], { scores: 'p_*,q_*' }, column, 'duplicate-class', /"a".*"p_a", "q_a"/],
    [['y', 'y_score'], {}, column, 'single-score', /one score per row/],
    [['y', 'probs'], {}, column, 'single-score', /one score per row/],
    [['y', 'p_1'], {}, column, 'single-score', /p_0 and p_1/],
    [['1', '2', 'y'], {}, column, 'missing-scores', /--scores/],
    [['0', '1', '2'], {}, unnamed, 'unnamed-columns', /--target \(0 to 2\).*--labels/],
    [['0', '1'], { target: '1' }, unnamed, 'single-score', /one score per row/],
  ])('refuses %j with %j', (available, options, context, code, message) => {
    const attempt = () => resolveNames(available, options, context);
    expect(attempt).toThrow(InputError);
    expect(attempt).toThrow(message);
    expect(attempt).toThrow(expect.objectContaining({ code }));
  });

  it('shortens the list of names, and keeps up with many columns', () => {
    const names = Array.from({ length: 200_000 }, (_, index) => `p_${index}`);
    expect(resolveNames(names, {}, column).scores).toHaveLength(200_000);
    expect(() => resolveNames(names, { target: 'p_20000O' }, column)).toThrow(/and 199988 more/);
  });
});
