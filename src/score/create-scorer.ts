/** Chooses and loads the row kernel. */

import type { Core } from '../engine/core.js';
import { RowEngine } from '../engine/row-engine.js';
import { TemperEngine } from '../engine/temper-engine.js';
import { RowReference } from '../reference/row-reference.js';
import { TemperReference } from '../reference/temper-reference.js';
import { UsageError } from '../types/errors.js';
import { rowOptions } from '../types/row-options.js';
import type { CoreKernel, KernelName } from '../types/scores.js';
import { Scorer, type ScorerOptions, type SourceDetails } from './scorer.js';

/** How to get an instance of the core: from a file in Node, by fetch in a browser. */
export type CoreLoader = (kernel: CoreKernel) => Promise<Core>;

/** Options of `createScorer`. */
export interface CreateScorerOptions extends ScorerOptions {
  /**
   * `simd` (default): the same bits on every machine. `relaxed`: fused multiply-add
   * where the machine has it, faster, with bits of its own. `reference`: plain
   * TypeScript, for engines without WebAssembly SIMD.
   */
  readonly kernel?: KernelName | undefined;
}

/**
 * Makes a scorer on the kernel that the options ask for.
 * @throws UsageError for options that do not fit; LogitscopeError `no-simd`, `no-relaxed-simd`
 */
export async function makeScorer(
  loadCore: CoreLoader,
  options: CreateScorerOptions,
  details?: SourceDetails,
): Promise<Scorer> {
  const rows = rowOptions(options);
  const { kernel = 'simd' } = options;
  if (kernel === 'reference') {
    return new Scorer(new RowReference(rows), Math, options, details, new TemperReference());
  }
  if (kernel !== 'simd' && kernel !== 'relaxed') {
    throw new UsageError(
      'bad-kernel',
      `kernel must be "simd", "relaxed" or "reference"; found ${JSON.stringify(kernel)}.`,
    );
  }
  const core = await loadCore(kernel);
  // An instance of its own: the memory of the first belongs to the rows.
  const temper = options.diagnose ? new TemperEngine(await loadCore(kernel)) : null;
  return new Scorer(new RowEngine(core, rows), core, options, details, temper);
}
