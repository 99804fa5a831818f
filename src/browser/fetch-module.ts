/** Modules where there are no files: fetched, handed over as bytes, or compiled by the host. */

import { type Modules, moduleFile, requireKernel } from '../engine/core.js';
import { InputError, quote } from '../types/errors.js';
import type { CoreKernel } from '../types/scores.js';

/**
 * Where a module comes from: its address, a response, its bytes, or the compiled
 * module that a bundler or Cloudflare makes of `logitscope/core.wasm` or
 * `logitscope/losses.wasm`.
 */
export type CoreSource = URL | string | Response | BufferSource | WebAssembly.Module;

/** Which module is wanted, in words, and where the package has it. */
export interface ModuleInfo {
  readonly name: keyof Modules;
  /** The public function that takes a source for it. */
  readonly call: string;
  /** An export that the other module does not have. */
  readonly mark: string;
  /**
   * Its address in the package.
   * @throws where scripts have no address of their own
   */
  packaged(kernel: CoreKernel): URL;
}

/** First bytes of every WebAssembly module. */
const MAGIC = '\0asm';

/** By file; failures are not kept. */
const compiled = new Map<string, Promise<WebAssembly.Module>>();

/**
 * The compiled module, made once, and anew when a source is given.
 * @throws InputError `core-not-found`, `bad-core`; LogitscopeError `no-simd`, `no-relaxed-simd`
 */
export function compileModule(
  info: ModuleInfo,
  kernel: CoreKernel,
  source?: CoreSource | Promise<CoreSource>,
): Promise<WebAssembly.Module> {
  const file = moduleFile(info.name, kernel);
  const known = compiled.get(file);
  if (known !== undefined && source === undefined) return known;
  const next = compile(info, kernel, source);
  compiled.set(file, next);
  next.catch(() => {
    if (compiled.get(file) === next) compiled.delete(file);
  });
  return next;
}

async function compile(
  info: ModuleInfo,
  kernel: CoreKernel,
  given: CoreSource | Promise<CoreSource> = packagedAddress(info, kernel),
): Promise<WebAssembly.Module> {
  requireKernel(kernel);
  const source = await given;
  const isAddress = typeof source === 'string' || source instanceof URL;
  const file = moduleFile(info.name, kernel);
  const wanted = { info, file, source: isAddress ? String(source) : file };
  if (source instanceof WebAssembly.Module) return requireMark(wanted, source);
  const answer = isAddress ? await fetchModule(wanted) : source;
  const bytes = answer instanceof Response ? await bytesOf(wanted, answer) : answer;
  return requireMark(wanted, await compileBytes(wanted, bytes));
}

interface Wanted {
  readonly info: ModuleInfo;
  /** File of the package. */
  readonly file: string;
  /** What errors call the source that was given. */
  readonly source: string;
}

function packagedAddress(info: ModuleInfo, kernel: CoreKernel): URL {
  try {
    return info.packaged(kernel);
  } catch (cause) {
    // Scripts that are no modules, and Cloudflare, have no address of their own.
    const file = moduleFile(info.name, kernel);
    const found = 'code that does not know its own address';
    throw notFound({ info, file, source: file }, found, cause);
  }
}

async function fetchModule(wanted: Wanted): Promise<Response> {
  try {
    return await fetch(wanted.source);
  } catch (cause) {
    throw notFound(wanted, cause instanceof Error ? cause.message : String(cause), cause);
  }
}

async function bytesOf(wanted: Wanted, response: Response): Promise<ArrayBuffer> {
  if (!response.ok) throw notFound(wanted, `status ${response.status}`);
  try {
    return await response.arrayBuffer();
  } catch (cause) {
    throw notFound(wanted, cause instanceof Error ? cause.message : String(cause), cause);
  }
}

function notFound({ info, file, source }: Wanted, found: string, cause?: unknown): InputError {
  return new InputError('core-not-found', {
    source,
    problem: 'the WebAssembly module cannot be fetched',
    found,
    expected: `the file build/${file} of this package`,
    advice: `Serve that file and call ${info.call} with its address, or ${info.call} with its bytes (bundlers move this library away from it). On Node import "logitscope", which reads it from disk.`,
    cause,
  });
}

async function compileBytes(
  { file, source }: Wanted,
  bytes: BufferSource,
): Promise<WebAssembly.Module> {
  try {
    return await WebAssembly.compile(bytes);
  } catch (cause) {
    if (!(cause instanceof WebAssembly.CompileError)) throw cause;
    const head = headOf(bytes);
    throw new InputError('bad-core', {
      source,
      problem: head.startsWith(MAGIC)
        ? 'the WebAssembly module is damaged'
        : 'this is no WebAssembly module',
      found: `${bytes.byteLength} bytes that begin with ${quote(head)}`,
      expected: `the file build/${file} of this package`,
      advice: 'Check the address: many servers answer unknown ones with a page.',
      cause,
    });
  }
}

/** Refuses the other module of the package, which would fail only later, and in other words. */
function requireMark(
  { info, file, source }: Wanted,
  module: WebAssembly.Module,
): WebAssembly.Module {
  const names = WebAssembly.Module.exports(module).map(({ name }) => name);
  if (names.includes(info.mark)) return module;
  throw new InputError('bad-core', {
    source,
    problem: 'this is another WebAssembly module',
    found: `${names.length} exports without ${info.mark}`,
    expected: `the file build/${file} of this package`,
    advice: 'init takes core.wasm, which scores; initLosses takes losses.wasm.',
  });
}

function headOf(bytes: BufferSource): string {
  const view = ArrayBuffer.isView(bytes)
    ? new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    : new Uint8Array(bytes);
  return String.fromCharCode(...view.subarray(0, 16));
}
