/** The same algorithm in C, compiled on the spot where gcc and the processor allow it. */

import { execFile, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const SOURCE = fileURLToPath(new URL('yardstick.c', import.meta.url));

const VARIANTS = [
  {
    id: 'cSse',
    name: 'C SSE4.1',
    flags: ['-msse4.1'],
    needs: 'sse4.1',
    what: 'the same algorithm in C, 128 bits',
  },
  {
    id: 'cFma',
    name: 'C FMA',
    flags: ['-mfma', '-mprefer-vector-width=128'],
    needs: 'fma',
    what: 'the same in C, 128 bits with fused multiply-add',
  },
  {
    id: 'cAvx512',
    name: 'C AVX-512',
    flags: ['-mavx512f'],
    needs: 'avx512f',
    what: 'the same in C, 512 bits',
  },
  {
    id: 'reading',
    name: 'reading',
    flags: ['-march=native', '-DREADING'],
    needs: 'sse2',
    what: 'reading the scores and no more: the limit',
    reading: true,
  },
];

/** Compiles; gives what went wrong, or null. */
function gcc(args, input) {
  const { status, stderr, error } = spawnSync('gcc', args, { input, encoding: 'utf8' });
  return error ? error.message : status === 0 ? null : stderr;
}

function processorHas(feature, folder) {
  const probe = join(folder, 'probe');
  const program = `int main(void) { return !__builtin_cpu_supports("${feature}"); }`;
  return gcc(['-x', 'c', '-', '-o', probe], program) === null && spawnSync(probe).status === 0;
}

/** As peers (see peers.mjs). */
export function compileYardsticks(folder) {
  const { status, stdout } = spawnSync('gcc', ['-dumpfullversion'], { encoding: 'utf8' });
  const found = status === 0;
  return VARIANTS.map(({ id, name, flags, needs, what, reading = false }) => {
    if (!found) return { id, name, what, missing: 'not installed (no gcc)' };
    if (!processorHas(needs, folder)) {
      return { id, name, what, missing: `this processor has no ${needs}` };
    }
    const program = join(folder, id);
    const problem = gcc(['-O3', ...flags, '-o', program, SOURCE, '-lm']);
    if (problem !== null) throw new Error(`gcc cannot compile ${SOURCE}:\n${problem}`);
    return {
      id,
      name,
      what,
      version: `gcc ${stdout.trim()} -O3 ${flags.join(' ')}`,
      unchecked: reading,
      // Fewer classes than a block of the unrolled loop are another algorithm's work.
      suits: ({ task, kind, dtype, classes }) =>
        task === 'score' && kind === 'logits' && dtype === 'f32' && (reading || classes >= 32),
      async sample({ scores, targets, rows, classes }, seconds) {
        const args = [scores, targets, rows, classes, seconds].map(String);
        return JSON.parse((await promisify(execFile)(program, args)).stdout);
      },
    };
  });
}
