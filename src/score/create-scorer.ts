/** Chooses and loads the row kernel. */

import type { Core } from '../engine/core.js';
import { RowEngine } from '../engine/row-engine.js';
import { RowReference } from '../reference/row-reference.js';
import { UsageError } from '../types/errors.js';
import { rowOptions } from '../types/row-options.js';
import type { ScorerPart } from '../types/scorer-part.js';
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
  if (kernel !== 'simd' && kernel !== 'relaxed' && kernel !== 'reference') {
    throw new UsageError(
      'bad-kernel',
      `kernel must be "simd", "relaxed" or "reference"; found ${JSON.stringify(kernel)}.`,
    );
  }
  const core = kernel === 'reference' ? null : await loadCore(kernel);
  const scorer = core === null ? new RowReference(rows) : new RowEngine(core, rows);
  const { diagnose = false, ranking = false } = options;
  const parts: ScorerPart[] = [];
  if (diagnose || ranking !== false) {
    // On demand: a page that wants neither does not load them.
    const { makeParts } = await import('./parts/make-parts.js');
    // An instance of its own: the memory of the first belongs to the rows.
    const own = kernel === 'reference' ? null : await loadCore(kernel);
    parts.push(...makeParts(own, rows, options));
  }
  return new Scorer(scorer, core ?? Math, options, details, parts);
}
