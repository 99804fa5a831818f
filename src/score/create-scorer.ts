/** Chooses and loads the row kernel. */

import type { Core } from '../engine/core.js';
import { RowEngine } from '../engine/row-engine.js';
import { UsageError } from '../types/errors.js';
import { type RowOptionsInput, rowOptions } from '../types/row-options.js';
import type { ScorerPart } from '../types/scorer-part.js';
import type { CoreKernel, KernelName, RowScorer } from '../types/scores.js';
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
 * Makes the row kernel that the options ask for.
 * @returns the core it is on, too; null for the reference
 * @throws as {@link makeScorer}
 */
export async function makeRowScorer(
  loadCore: CoreLoader,
  options: RowOptionsInput & Pick<CreateScorerOptions, 'kernel'>,
): Promise<{ rows: RowScorer; core: Core | null }> {
  const rows = rowOptions(options);
  const { kernel = 'simd' } = options;
  if (kernel !== 'simd' && kernel !== 'relaxed' && kernel !== 'reference') {
    throw new UsageError(
      'bad-kernel',
      `kernel must be "simd", "relaxed" or "reference"; found ${JSON.stringify(kernel)}.`,
    );
  }
  if (kernel === 'reference') {
    // Loaded on demand: hardly any run asks for it.
    const { RowReference } = await import('../reference/row-reference.js');
    return { rows: new RowReference(rows), core: null };
  }
  const core = await loadCore(kernel);
  return { rows: new RowEngine(core, rows), core };
}

/**
 * Makes a scorer on the kernel that the options ask for.
 * @throws UsageError for options that do not fit, `soft-targets` among them; LogitscopeError `no-simd`, `no-relaxed-simd`
 */
export async function makeScorer(
  loadCore: CoreLoader,
  options: CreateScorerOptions,
  details?: SourceDetails,
): Promise<Scorer> {
  const { rows, core } = await makeRowScorer(loadCore, options);
  const { kernel = 'simd', diagnose = false, ranking = false, by, cluster } = options;
  if (options.softTargets) {
    const { makeSoftScorer } = await import('./soft-scorer.js');
    return makeSoftScorer(rows, core ?? Math, options, details);
  }
  const parts: ScorerPart[] = [];
  if (diagnose || ranking !== false) {
    // On demand: a page that wants neither does not load them.
    const { makeParts } = await import('./parts/make-parts.js');
    // Instances of their own: the memory of the first belongs to the rows.
    const own = async () => (kernel === 'reference' ? null : loadCore(kernel));
    const [report, sums] = [await own(), diagnose ? await own() : null];
    parts.push(...makeParts({ report, sums }, rows.options, options));
  }
  if (by !== undefined || cluster !== undefined) {
    const { makeTextParts } = await import('./parts/text-parts.js');
    parts.push(...makeTextParts(rows.options, options));
  }
  return new Scorer(rows, core ?? Math, options, details, parts);
}
