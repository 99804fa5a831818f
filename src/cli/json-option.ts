/** JSON on standard output, and the schema of it: the same in every command that writes any. */

import type { Command } from 'commander';
import type { SchemaName } from '../schema/index.js';

/** Thrown where a schema is asked for, before anything else of the command is looked at. */
export class SchemaAsked extends Error {
  readonly #name: SchemaName;

  constructor(name: SchemaName) {
    super(`the schema of ${name}`);
    this.#name = name;
  }

  /** Writes it to standard output. */
  async write(): Promise<void> {
    const { jsonSchema } = await import('../schema/index.js');
    process.stdout.write(`${JSON.stringify(jsonSchema(this.#name), null, 2)}\n`);
  }
}

/** Adds `--json` and `--schema`, which needs no arguments. */
export function addJsonOptions(command: Command): Command {
  return command
    .option('--json', 'one JSON object on standard output')
    .option('--schema', 'print the JSON Schema of what --json prints, and do nothing else')
    .on('option:schema', () => {
      throw new SchemaAsked(command.name() as SchemaName);
    });
}
