/** The WebAssembly module: what it exports, and how an instance is made. */

import { instantiate } from '@assemblyscript/loader';
import { LogitscopeError } from '../types/errors.js';

/** Addresses and lengths in bytes and rows, as in assembly/. */
type ScoreLogits = (
  scores: number,
  first: number,
  rows: number,
  classes: number,
  targets: number,
  hasIgnore: number,
  ignoreIndex: number,
  classWeights: number,
  smoothing: number,
  normalized: number,
  out: number,
  capacity: number,
) => void;

type ScoreProbabilities = (
  scores: number,
  first: number,
  rows: number,
  classes: number,
  targets: number,
  hasIgnore: number,
  ignoreIndex: number,
  classWeights: number,
  smoothing: number,
  eps: number,
  out: number,
  capacity: number,
) => void;

/** Exports of an instance of the module; every instance has a memory of its own. */
export interface Core extends Record<string, unknown> {
  readonly memory: WebAssembly.Memory;
  /** First byte of memory that is free for the host. */
  readonly heap_base: WebAssembly.Global;
  exp(x: number): number;
  log(x: number): number;
  readonly score_logits_f32: ScoreLogits;
  readonly score_logits_f64: ScoreLogits;
  readonly score_logits_f16: ScoreLogits;
  readonly score_logits_bf16: ScoreLogits;
  readonly score_probabilities_f32: ScoreProbabilities;
  readonly score_probabilities_f64: ScoreProbabilities;
}

/**
 * Makes an instance of the module.
 * @param source the bytes of core.wasm, or a compiled module
 * @throws LogitscopeError `no-simd` where the host cannot run it
 */
export async function instantiateCore(source: BufferSource | WebAssembly.Module): Promise<Core> {
  try {
    const { exports } = await instantiate<Core>(source);
    return exports;
  } catch (cause) {
    if (cause instanceof WebAssembly.CompileError) {
      throw new LogitscopeError(
        'no-simd',
        'This JavaScript engine cannot run WebAssembly SIMD. Use a current one, or the reference (kernel "reference").',
        { cause },
      );
    }
    throw cause;
  }
}
