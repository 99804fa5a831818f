/** The matrix of features and tasks: a test for each cell, and a table of how they came out. */

import { afterAll, describe, expect, it } from 'vitest';
import { TASKS, type TaskName } from './dumps.js';

/** Runs what a feature does of a task; what it returns is why the task does not have it. */
type Cell = (task: TaskName) => Promise<string | undefined>;

const outcomes = new Map<string, Map<TaskName, string>>();

/** A line of the matrix. */
export function feature(name: string, cell: Cell): void {
  const line = new Map<TaskName, string>();
  outcomes.set(name, line);
  describe(name, () => {
    it.each(TASKS)('%s', async (task) => {
      line.set(task, '✘');
      const before = expect.getState().assertionCalls;
      const reason = await cell(task);
      expect(expect.getState().assertionCalls, 'assertions of the cell').toBeGreaterThan(before);
      line.set(task, reason ?? '✔');
    });
  });
}

/** Prints the matrix when all cells have run. */
export function printMatrix(): void {
  afterAll(() => {
    const most = Math.max(...Array.from(outcomes.keys(), (name) => name.length));
    const lines = Array.from(outcomes, ([name, line]) => {
      const marks = TASKS.map((task) => line.get(task) ?? '·');
      const reasons = TASKS.flatMap((task, i) =>
        marks[i]!.length > 1 ? [`${task}: ${marks[i]}`] : [],
      );
      const cells = marks.map((mark, i) => (mark.length > 1 ? '–' : mark).padEnd(TASKS[i]!.length));
      return [name.padEnd(most), ...cells, reasons.join('; ')].join('  ').trimEnd();
    });
    console.log([[''.padEnd(most), ...TASKS].join('  '), ...lines].join('\n'));
  });
}

/** Holds a refusal against its message. @returns the reason in it, for the table */
export async function refusal(
  run: Promise<unknown>,
  code: string,
  reason: string,
): Promise<string> {
  const error = await run.then(
    () => expect.fail('nothing was refused'),
    (cause: unknown) => cause as Error & { code?: string },
  );
  expect(error.message).toContain(reason);
  expect(error.code).toBe(code);
  return reason;
}
