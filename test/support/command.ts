/** Runs the built command line as a process of its own. */

import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { holdToSchema } from './schemas.js';

const MAIN = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));
const ROOT = fileURLToPath(new URL('../..', import.meta.url));

export interface Outcome {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Runs `logitscope` with these arguments; `input` is its standard input. Whatever it writes as JSON
 * is held to its schema.
 */
export function logitscope(
  args: readonly string[],
  options: { input?: string | Uint8Array; cwd?: string; env?: Record<string, string> } = {},
): Promise<Outcome> {
  const { input = '', cwd = ROOT, env } = options;
  return new Promise((resolve, reject) => {
    const child = execFile(
      process.execPath,
      [MAIN, ...args],
      { cwd, env: { ...process.env, ...env }, maxBuffer: 1 << 28 },
      (error, stdout, stderr) => {
        const status = error === null ? 0 : typeof error.code === 'number' ? error.code : -1;
        try {
          if (args.includes('--json') && stdout !== '') holdToSchema(stdout);
        } catch (problem) {
          reject(problem);
        }
        resolve({ status, stdout, stderr });
      },
    );
    child.stdin?.on('error', () => {});
    child.stdin?.end(input);
  });
}
