/** The module where there are no files: fetched, handed over as bytes, or compiled by the host. */

import { type Core, instantiateCore } from '../engine/core.js';
import { InputError, LogitscopeError, quote } from '../types/errors.js';

/**
 * Where core.wasm comes from: its address, a response, its bytes, or the
 * compiled module that a bundler or Cloudflare makes of `logitscope/core.wasm`.
 */
export type CoreSource = URL | string | Response | BufferSource | WebAssembly.Module;

/** First bytes of every WebAssembly module. */
const MAGIC = '\0asm';

/** A function of one SIMD instruction, to tell an old engine from a damaged file. */
const SIMD_PROBE = Uint8Array.of(
  ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00], // magic, version 1
  ...[0x01, 0x05, 0x01, 0x60, 0x00, 0x01, 0x7b], // type 0: () → v128
  ...[0x03, 0x02, 0x01, 0x00], // function 0 has type 0
  ...[0x0a, 0x08, 0x01, 0x06, 0x00, 0x41, 0x00, 0xfd, 0x11, 0x0b], // i32x4.splat(0)
);

let compiled: Promise<WebAssembly.Module> | null = null;

/**
 * Gets the module ready. Called without a source, or not at all, it is fetched
 * from where it lies in the package, relative to this file.
 *
 * Calling it again without a source changes nothing; with one, scorers made
 * from then on use that. After a failure it may be called again.
 *
 * @param source address, response, bytes or compiled module of core.wasm
 * @throws InputError `core-not-found` when it cannot be fetched, `bad-core` for what is no such module
 * @throws LogitscopeError `no-simd` where the host cannot run it: `kernel: 'reference'` still works
 * @example
 * ```ts
 * import { createScorer, init } from 'logitscope/browser';
 * await init('/assets/core.wasm');
 * const scorer = await createScorer({ classes: 3 });
 * ```
 */
export async function init(source?: CoreSource | Promise<CoreSource>): Promise<void> {
  await ready(source);
}

/** Makes an instance of the core. */
export async function loadCore(): Promise<Core> {
  return instantiateCore(await ready());
}

function ready(source?: CoreSource | Promise<CoreSource>): Promise<WebAssembly.Module> {
  if (compiled !== null && source === undefined) return compiled;
  const next = compile(source ?? packagedAddress());
  compiled = next;
  next.catch(() => {
    if (compiled === next) compiled = null;
  });
  return next;
}

async function compile(given: CoreSource | Promise<CoreSource>): Promise<WebAssembly.Module> {
  const source = await given;
  if (source instanceof WebAssembly.Module) return source;
  const isAddress = typeof source === 'string' || source instanceof URL;
  const answer = isAddress ? await fetchCore(String(source)) : source;
  const name = isAddress ? String(source) : 'core.wasm';
  return answer instanceof Response
    ? compileBytes(name, await bytesOf(name, answer))
    : compileBytes(name, answer);
}

/** Written so that bundlers see it and put the file beside what they make. */
function packagedAddress(): URL {
  try {
    return new URL('../../build/core.wasm', import.meta.url);
  } catch (cause) {
    // Scripts that are no modules, and Cloudflare, have no address of their own.
    throw notFound('core.wasm', 'code that does not know its own address', cause);
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
    if (!WebAssembly.validate(SIMD_PROBE)) {
      throw new LogitscopeError(
        'no-simd',
        'This JavaScript engine cannot run WebAssembly SIMD. Use a current one, or the reference (kernel "reference").',
        { cause },
      );
    }
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
