/** The parser of decimal numbers, loaded when text comes to be read. */

import type { DecimalParser } from '../types/decimals.js';
import type { CoreKernel, KernelName } from '../types/scores.js';
import type { Core } from './core.js';

/**
 * How to get a parser when text comes to be read.
 * @returns undefined where the rows are not scored in WebAssembly, either
 */
export function decimalsOf(
  loadCore: (kernel: CoreKernel) => Promise<Core>,
  kernel: KernelName = 'simd',
): (() => Promise<DecimalParser>) | undefined {
  if (kernel !== 'simd' && kernel !== 'relaxed') return undefined;
  return async () => {
    const { CoreDecimalParser } = await import('./decimal-parser.js');
    return new CoreDecimalParser(await loadCore(kernel));
  };
}
