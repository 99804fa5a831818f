/** Leaves what a run says in a folder, as `logitscope epochs` reads it. */

import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { encodeNpy, UsageError } from 'logitscope';
import { CLASSES, type Rows } from './digits.js';
import type { Epoch } from './train.js';

export class DumpFolder {
  readonly path: string;

  /**
   * Makes the folder and writes the labels.
   * @throws UsageError where it holds epochs that this run does not reach, or cannot be made
   */
  constructor(path: string, epochs: number, data: { training: Rows; validation: Rows }) {
    this.path = path;
    try {
      mkdirSync(path, { recursive: true });
    } catch (error) {
      throw new UsageError(
        'bad-out',
        `Cannot make the folder ${path}: ${(error as Error).message}.`,
      );
    }
    const left = readdirSync(path).find(
      (name) => Number(/^(?:train|val)-(\d+)\.npy$/.exec(name)?.[1] ?? 0) > epochs,
    );
    if (left !== undefined) {
      throw new UsageError(
        'bad-out',
        `${path} holds ${left} of another, longer run. Name another folder, or remove that one.`,
      );
    }
    writeFileSync(join(path, 'labels-train.npy'), encodeNpy(data.training.labels));
    writeFileSync(join(path, 'labels-val.npy'), encodeNpy(data.validation.labels));
  }

  write({ number, training, validation }: Epoch): void {
    for (const [part, { logits }] of Object.entries({ train: training, val: validation })) {
      const name = `${part}-${String(number).padStart(3, '0')}.npy`;
      writeFileSync(join(this.path, name), encodeNpy(logits, [logits.length / CLASSES, CLASSES]));
    }
  }

  /** The command that reads them, as it runs from where npm runs scripts. */
  command(): string {
    const file = (name: string) => `'${join(this.path, name).replaceAll("'", "'\\''")}'`;
    return `node dist/cli/main.js epochs ${file('val-*.npy')} --labels ${file('labels-val.npy')} --train ${file('train-*.npy')} --train-labels ${file('labels-train.npy')}`;
  }
}
