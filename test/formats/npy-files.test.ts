import { execFileSync, spawn } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { pullUpTo } from '../../src/formats/bytes.js';
import { openNpy } from '../../src/formats/npy.js';
import { openFile, openStream, stdinStream } from '../../src/node/files.js';
import { InputError, UsageError } from '../../src/types/errors.js';
import { npyBytes } from '../support/numpy.js';

const directory = mkdtempSync(join(tmpdir(), 'files-'));
afterAll(() => rmSync(directory, { recursive: true }));
const path = (name: string): string => join(directory, name);

const VALUES = Array.from({ length: 30 }, (_, i) => i);
const ARRAY = npyBytes({ descr: '<f4', shape: [10, 3], values: VALUES });
writeFileSync(path('a.npy'), ARRAY);

function codeOf(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    expect(error).toBeInstanceOf(InputError);
    return (error as InputError).code;
  }
  return 'nothing was thrown';
}

describe('openFile', () => {
  it('reads into any part of the memory, at any place, past the length of one piece', () => {
    const bytes = new Uint8Array(9_000_001).map((_, i) => i * 31);
    writeFileSync(path('big'), bytes);
    const file = openFile(path('big'));
    expect(file.size).toBe(bytes.length);
    const memory = new WebAssembly.Memory({ initial: 160 });
    const into = new Uint8Array(memory.buffer, 24, 9_000_000);
    expect(file.read(into, 7)).toBe(bytes.length - 7);
    expect(Buffer.compare(into.subarray(0, bytes.length - 7), bytes.subarray(7))).toBe(0);
    expect(new Uint8Array(memory.buffer, 0, 24).every((byte) => byte === 0)).toBe(true);
    expect(file.read(into, bytes.length)).toBe(0);
    expect(file.read(into, 2 * bytes.length)).toBe(0);
    file.close();
    file.close();
    expect(() => file.read(into, 0)).toThrow(UsageError);
  });

  it('reads the same in the background', async () => {
    const bytes = new Uint8Array(9_000_001).map((_, i) => i * 31);
    writeFileSync(path('big'), bytes);
    const mode = { inBackground: true };
    const file = openFile(path('big'), mode);
    const { buffer } = new WebAssembly.Memory({ initial: 160 });
    const into = new Uint8Array(buffer, 24, 9_000_000);
    const reading = file.read(into, 7);
    expect(reading).toBeInstanceOf(Promise);
    expect(await reading).toBe(bytes.length - 7);
    expect(Buffer.compare(into.subarray(0, bytes.length - 7), bytes.subarray(7))).toBe(0);
    expect(await file.read(into, bytes.length - 200_000)).toBe(200_000);
    // Short ones are not worth the way, and there is a way back.
    expect(file.read(into.subarray(0, 1000), 7)).toBe(1000);
    mode.inBackground = false;
    expect(file.read(into, 7)).toBe(bytes.length - 7);
    mode.inBackground = true;
    const last = file.read(into, 0);
    truncateSync(path('big'), 4_500_000);
    expect(await last).toBeGreaterThanOrEqual(4_194_304);
    expect(await file.read(into, 4_400_000)).toBe(100_000);
    file.close();
    expect(() => file.read(into, 0)).toThrow(UsageError);
  });

  it('says why a file cannot be opened', () => {
    expect(codeOf(() => openFile(path('none.npy')))).toBe('file-not-found');
    expect(codeOf(() => openFile(path('a.npy/b')))).toBe('file-not-found');
    expect(codeOf(() => openFile(directory))).toBe('is-directory');
    expect(codeOf(() => openStream(directory))).toBe('is-directory');
    expect(codeOf(() => openFile('a\0b'))).toBe('cannot-open');
  });

  // Windows has neither pipes in directories nor permission bits; root may read everything.
  it.skipIf(process.platform === 'win32')('refuses a pipe, which a stream reads', async () => {
    execFileSync('mkfifo', [path('pipe')]);
    expect(codeOf(() => openFile(path('pipe')))).toBe('not-a-regular-file');
    const stream = openStream(path('pipe'));
    // Opening either end of a pipe waits for the other: a process of its own writes.
    const writer = spawn('sh', ['-c', 'printf abc > "$0"', path('pipe')]);
    expect(await pullUpTo(stream, new Uint8Array(100))).toBe(3);
    writer.kill();
    expect(stream.size).toBe(null);
    await stream.close();
  });

  it.skipIf(process.platform === 'win32' || process.getuid?.() === 0)('needs permission', () => {
    writeFileSync(path('secret'), 'x');
    chmodSync(path('secret'), 0);
    expect(codeOf(() => openFile(path('secret')))).toBe('no-permission');
  });

  it('notices that a file shrank after it was opened', async () => {
    writeFileSync(path('shrinks.npy'), ARRAY);
    const array = await openNpy(openFile(path('shrinks.npy')));
    truncateSync(path('shrinks.npy'), ARRAY.length - 10);
    await expect(array.readRows(new Float32Array(30), 10)).rejects.toThrow(
      /shrinks\.npy, byte 238: .*found 110 bytes of it; expected 120/,
    );
    await array.close();
  });
});

describe('streams', () => {
  it('read a file from front to back', async () => {
    const stream = openStream(path('a.npy'));
    expect(stream.size).toBe(ARRAY.length);
    const into = new Float32Array(30);
    expect(await (await openNpy(stream)).readRows(into, 10)).toBe(10);
    expect([...into]).toStrictEqual(VALUES);
    await stream.close();
  });

  it('tell that reading failed', async () => {
    const stream = openStream(path('a.npy'));
    await stream.close();
    await expect(Promise.resolve(stream.pull(new Uint8Array(4)))).rejects.toThrow(InputError);
  });

  it('stand behind the same errors as files: an empty input', () => {
    writeFileSync(path('empty.npy'), '');
    return expect(openNpy(openFile(path('empty.npy')))).rejects.toThrow(
      /empty\.npy: the input is empty/,
    );
  });

  it('include standard input, whose size is not known', async () => {
    const pieces = [ARRAY.subarray(0, 50), ARRAY.subarray(50, 140), ARRAY.subarray(140)];
    const input = Readable.from(pieces, { objectMode: false });
    const stdin = vi.spyOn(process, 'stdin', 'get').mockReturnValue(input as typeof process.stdin);
    try {
      const stream = stdinStream();
      expect(stream).toMatchObject({ name: 'standard input', size: null });
      const into = new Float32Array(30);
      const array = await openNpy(stream);
      expect(await array.readRows(into, 10)).toBe(10);
      expect([...into]).toStrictEqual(VALUES);
      await array.close();
      expect(input.destroyed).toBe(true);
    } finally {
      stdin.mockRestore();
    }
  });
});
