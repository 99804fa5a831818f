/** The module where there are no files: fetched, handed over as bytes, or compiled by the host. */

import { CORE_FILES, type Core, instantiateCore, requireKernel } from '../engine/core.js';
import { hasCurrentCore, setCurrentCore } from '../engine/current-core.js';
import { InputError, quote } from '../types/errors.js';
import type { CoreKernel } from '../types/scores.js';

/**
 * Where core.wasm comes from: its address, a response, its bytes, or the
 * compiled module that a bundler or Cloudflare makes of `logitscope/core.wasm`.
 */
export type CoreSource = URL | string | Response | BufferSource | WebAssembly.Module;

/** First bytes of every WebAssembly module. */
const MAGIC = '\0asm';

const compiled = new Map<CoreKernel, Promise<WebAssembly.Module>>();

/**
 * Gets the module ready. Called without a source, or not at all, it is fetched
 * from where it lies in the package, relative to this file.
 *
 * Losses run on it from then on, without waiting for anything; scorers load it
 * by themselves. Calling it again without a source changes nothing; with one,
 * losses and scorers made from then on use that. After a failure it may be called again.
 *
 * @param source address, response, bytes or compiled module of core.wasm
 * @throws InputError `core-not-found` when it cannot be fetched, `bad-core` for what is no such module
 * @param kernel which build it is: `simd` (default), or `relaxed` for core-relaxed.wasm
 * @throws LogitscopeError `no-simd`, `no-relaxed-simd` where the host cannot run it: `kernel: 'reference'` still works
 * @example
 * ```ts
 * import { createScorer, init } from 'logitscope/browser';
 * await init('/assets/core.wasm');
 * const scorer = await createScorer({ classes: 3 });
 * scorer.add([2, 1, 0.1], [0]);
 * scorer.report().metrics.log_loss.value; // 0.41703
 * ```
 */
export async function init(
  source?: CoreSource | Promise<CoreSource>,
  kernel: CoreKernel = 'simd',
): Promise<void> {
  const module = await compileCore(kernel, source);
  if (source === undefined && hasCurrentCore(kernel)) return;
  setCurrentCore(kernel, await instantiateCore(module));
}

/** Makes an instance of the core. */
export async function loadCore(kernel: CoreKernel): Promise<Core> {
  return instantiateCore(await compileCore(kernel));
}

/** The compiled core, made once; `source` as in {@link init}. */
export function compileCore(
  kernel: CoreKernel,
  source?: CoreSource | Promise<CoreSource>,
): Promise<WebAssembly.Module> {
  const known = compiled.get(kernel);
  if (known !== undefined && source === undefined) return known;
  const next = compile(kernel, source);
  compiled.set(kernel, next);
  next.catch(() => {
    if (compiled.get(kernel) === next) compiled.delete(kernel);
  });
  return next;
}

async function compile(
  kernel: CoreKernel,
  given: CoreSource | Promise<CoreSource> = packagedAddress(kernel),
): Promise<WebAssembly.Module> {
  requireKernel(kernel);
  const source = await given;
  if (source instanceof WebAssembly.Module) return source;
  const isAddress = typeof source === 'string' || source instanceof URL;
  const answer = isAddress ? await fetchCore(String(source)) : source;
  const name = isAddress ? String(source) : CORE_FILES[kernel];
  return answer instanceof Response
    ? compileBytes(name, await bytesOf(name, answer))
    : compileBytes(name, answer);
}

/** Written so that bundlers see it and put the file beside what they make. */
function packagedAddress(kernel: CoreKernel): URL {
  try {
    return kernel === 'relaxed'
      ? new URL('../../build/core-relaxed.wasm', import.meta.url)
      : new URL('../../build/core.wasm', import.meta.url);
  } catch (cause) {
    // Scripts that are no modules, and Cloudflare, have no address of their own.
    throw notFound(CORE_FILES[kernel], 'code that does not know its own address', cause);
  }
}

async function fetchCore(address: string): Promise<Response> {
  try {
    return await fetch(address);
  } catch (cause) {
    throw notFound(address, cause instanceof Error ? cause.message : String(cause), cause);
  }
}

async function bytesOf(name: string, response: Response): Promise<ArrayBuffer> {
  if (!response.ok) throw notFound(name, `status ${response.status}`);
  try {
    return await response.arrayBuffer();
  } catch (cause) {
    throw notFound(name, cause instanceof Error ? cause.message : String(cause), cause);
  }
}

function notFound(name: string, found: string, cause?: unknown): InputError {
  return new InputError('core-not-found', {
    source: name,
    problem: 'the WebAssembly module cannot be fetched',
    found,
    expected: 'the file build/core.wasm of this package',
    advice:
      'Serve that file and call init with its address, or init with its bytes (bundlers move this library away from it). On Node import "logitscope", which reads it from disk.',
    cause,
  });
}

async function compileBytes(name: string, bytes: BufferSource): Promise<WebAssembly.Module> {
  try {
    return await WebAssembly.compile(bytes);
  } catch (cause) {
    if (!(cause instanceof WebAssembly.CompileError)) throw cause;
    const head = headOf(bytes);
    throw new InputError('bad-core', {
      source: name,
      problem: head.startsWith(MAGIC)
        ? 'the WebAssembly module is damaged'
        : 'this is no WebAssembly module',
      found: `${bytes.byteLength} bytes that begin with ${quote(head)}`,
      expected: 'the file build/core.wasm of this package',
      advice: 'Check the address: many servers answer unknown ones with a page.',
      cause,
    });
  }
}

function headOf(bytes: BufferSource): string {
  const view = ArrayBuffer.isView(bytes)
    ? new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    : new Uint8Array(bytes);
  return String.fromCharCode(...view.subarray(0, 16));
}
