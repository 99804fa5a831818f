/** The WebAssembly module that scores: what it exports, and how an instance of a module is made. */

import { LogitscopeError } from '../types/errors.js';
import type { CoreKernel } from '../types/scores.js';
import type { LossCore } from './loss-core.js';
import type { ModuleExports, RowKernel } from './module-exports.js';

type MoveKeys = (
  keys: number,
  carried: number,
  count: number,
  counts: number,
  digit: number,
  toKeys: number,
  toCarried: number,
) => void;

/** Exports of the module that scores rows, tallies, parses and sorts them. */
export interface Core extends ModuleExports {
  parse_rows(start: number, limit: number): number;
  parse_array(start: number): number;
  exp(x: number): number;
  log(x: number): number;
  readonly score_logits_f32: RowKernel;
  readonly score_logits_f64: RowKernel;
  readonly score_logits_f16: RowKernel;
  readonly score_logits_bf16: RowKernel;
  tally_rows(rows: number): void;
  diagnose_rows(rows: number, high: number, row: number): number;
  readonly joint_rows: RowKernel;
  readonly joint_sums: RowKernel;
  refused_rows(out: number, capacity: number, count: number): number;
  readonly score_probabilities_f32: RowKernel;
  readonly score_probabilities_f64: RowKernel;
  readonly score_single_logits_f32: RowKernel;
  readonly score_single_logits_f64: RowKernel;
  readonly score_single_logits_f16: RowKernel;
  readonly score_single_logits_bf16: RowKernel;
  readonly score_single_probabilities_f32: RowKernel;
  readonly score_single_probabilities_f64: RowKernel;
  count_digits_f32(scores: number, count: number, counts: number, first: number): void;
  count_digits_f64(scores: number, count: number, counts: number, first: number): void;
  place_digits(counts: number, digit: number, count: number): number;
  readonly move_keys_f32: MoveKeys;
  readonly move_keys_f64: MoveKeys;
  restore_scores_f32(keys: number, count: number): void;
  restore_scores_f64(keys: number, count: number): void;
}

/** The modules: `core` scores; `losses` is for losses with gradients, and loaded only with them. */
export interface Modules {
  readonly core: Core;
  readonly losses: LossCore;
}

/** File of a build, in the package's folder build/. */
export function moduleFile(name: keyof Modules, kernel: CoreKernel): string {
  return kernel === 'relaxed' ? `${name}-relaxed.wasm` : `${name}.wasm`;
}

/** A function of one instruction, to tell an old engine from a damaged file. */
const PROBES: Readonly<Record<CoreKernel, Uint8Array<ArrayBuffer>>> = {
  simd: probe(0x41, 0x00, 0xfd, 0x11), // i32x4.splat(0)
  relaxed: probe(
    ...[0x41, 0x00, 0xfd, 0x11, 0x41, 0x00, 0xfd, 0x11, 0x41, 0x00, 0xfd, 0x11],
    ...[0xfd, 0x85, 0x02], // f32x4.relaxed_madd
  ),
};

/** A module with a function () → v128 of this code. */
function probe(...code: number[]): Uint8Array<ArrayBuffer> {
  return Uint8Array.of(
    ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00], // magic, version 1
    ...[0x01, 0x05, 0x01, 0x60, 0x00, 0x01, 0x7b], // type 0: () → v128
    ...[0x03, 0x02, 0x01, 0x00], // function 0 has type 0
    ...[0x0a, code.length + 4, 0x01, code.length + 2, 0x00, ...code, 0x0b],
  );
}

const LACKS: Readonly<Record<CoreKernel, readonly [code: string, message: string]>> = {
  simd: [
    'no-simd',
    'This JavaScript engine cannot run WebAssembly SIMD. Use a current one, or the reference (kernel "reference").',
  ],
  relaxed: [
    'no-relaxed-simd',
    'This JavaScript engine cannot run relaxed WebAssembly SIMD. Use Node 22 or newer or a current browser (on Node 20 the flag --experimental-wasm-relaxed-simd), or the default kernel "simd".',
  ],
};

/** @throws LogitscopeError `no-simd`, `no-relaxed-simd` where the host cannot run a build. */
export function requireKernel(kernel: CoreKernel, cause?: unknown): void {
  if (WebAssembly.validate(PROBES[kernel])) return;
  const [code, message] = LACKS[kernel];
  throw new LogitscopeError(code, message, { cause });
}

/**
 * Makes an instance of a module.
 * @param source a compiled module, or the bytes of one
 */
export async function instantiateModule<Exports extends ModuleExports>(
  source: BufferSource | WebAssembly.Module,
): Promise<Exports> {
  // The modules import nothing: what the loader would add is a twentieth of a page's first load.
  const made: unknown = await WebAssembly.instantiate(source as BufferSource);
  const { exports } =
    made instanceof WebAssembly.Instance
      ? made
      : (made as WebAssembly.WebAssemblyInstantiatedSource).instance;
  return exports as Exports;
}
