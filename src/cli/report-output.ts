/** Options about the report, the same in every command, and what is done with it. */

import { extname } from 'node:path';
import { type Command, Option } from 'commander';
import { type Gate, parseGate } from '../diagnosis/gates.js';
import type { Like } from '../run/dump-options.js';
import { UsageError } from '../types/errors.js';
import type { GateResult } from '../types/gate.js';
import { useColour } from './colour.js';
import { reportGates } from './gates.js';
import { addJsonOptions } from './json-option.js';
import * as parse from './options.js';

/** Values of the options that {@link addOutputOptions} adds. */
export interface OutputFlags<Condition = Gate> {
  metrics?: string[];
  like?: Like;
  failIf?: Condition[];
  json?: boolean;
  out?: string[];
  quiet?: boolean;
}

const collect = (value: string, before: string[] = []) => [...before, value];

/**
 * What the report holds, where it goes, and when the run is to fail.
 * @param help.metrics what chosen metrics are for
 * @param help.failIf an example of a condition
 * @param parseCondition reads one
 */
export function addOutputOptions<Condition = Gate>(
  command: Command,
  { metrics, failIf }: { readonly metrics: string; readonly failIf: string },
  parseCondition: (text: string) => Condition = parseGate as (text: string) => Condition,
): Command {
  command
    .optionsGroup('Output:')
    .option('--metrics <names>', metrics, parse.names)
    .addOption(
      new Option('--like <library>', 'follow its conventions where they differ').choices([
        'sklearn',
        'torch',
        'keras',
      ]),
    )
    .option(
      '--fail-if <condition>',
      `end with status 1, as in ${failIf} (repeatable)`,
      (text, before: Condition[] = []) => [...before, parseCondition(text)],
    );
  return addJsonOptions(command)
    .option('-o, --out <file>', 'also write the report: .json or .csv (repeatable)', collect)
    .option('-q, --quiet', 'no progress on standard error');
}

/** How a report of one kind is written. */
export interface Renderers<Report> {
  text(report: Report, options: { readonly colour: boolean }): Promise<string>;
  csv(report: Report): Promise<string>;
}

type AnyReport = Parameters<typeof import('../render/json.js').renderJson>[0];

/** Where a report goes. Made before a long run, so that what cannot be written is said then. */
export class ReportOutput<Report extends AnyReport> {
  readonly #flags: OutputFlags<unknown>;
  readonly #renderers: Renderers<Report>;

  private constructor(flags: OutputFlags<unknown>, renderers: Renderers<Report>) {
    this.#flags = flags;
    this.#renderers = renderers;
  }

  /** @throws UsageError `out-format`, `cannot-write` */
  static async open<Report extends AnyReport>(
    flags: OutputFlags<unknown>,
    renderers: Renderers<Report>,
  ): Promise<ReportOutput<Report>> {
    const { out = [] } = flags;
    for (const path of out) requireFormat(path);
    if (out.length > 0) {
      // Most runs write no file, and start sooner without what it takes.
      const { checkWritable } = await import('./output.js');
      for (const path of out) checkWritable(path);
    }
    return new ReportOutput(flags, renderers);
  }

  /**
   * Writes the report wherever it is wanted, and has the process fail where a gate did.
   * @param asLine whether JSON on standard output takes one line; default false
   */
  async write(report: Report, gates: readonly GateResult[], asLine = false): Promise<void> {
    const { json, out = [] } = this.#flags;
    const whole = gates.length === 0 ? report : { ...report, gates };
    for (const path of out) {
      const { writeWhole } = await import('./output.js');
      writeWhole(path, await (isJson(path) ? renderJson(whole) : this.#renderers.csv(report)));
    }
    const text = json
      ? asLine
        ? (await import('../render/json.js')).renderJsonLine(whole)
        : await renderJson(whole)
      : await this.#renderers.text(report, { colour: useColour(process.stdout) });
    process.stdout.write(text);
    reportGates(gates);
  }
}

async function renderJson(report: AnyReport): Promise<string> {
  return (await import('../render/json.js')).renderJson(report);
}

function isJson(path: string): boolean {
  return extname(path).toLowerCase() === '.json';
}

/** The ending says how a file is written. @throws UsageError `out-format` */
function requireFormat(path: string): void {
  if (isJson(path) || extname(path).toLowerCase() === '.csv') return;
  throw new UsageError(
    'out-format',
    `--out ${path}: the ending must be .json or .csv, which says how to write the report.`,
  );
}
