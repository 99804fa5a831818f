/** A child process that answers one line of JSON with one line of JSON. */

import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

/**
 * Starts a child and waits for its first line.
 * @returns `{ hello, ask(request), stop() }`
 * @throws when it ends before it says anything
 */
export async function startChild(command, args) {
  const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'pipe'] });
  const name = `${command} ${args.join(' ')}`;
  let complaints = '';
  let ended = null;
  let waiting = null;
  const lines = [];
  const settle = () => {
    if (!waiting || (lines.length === 0 && !ended)) return;
    const { resolve, reject } = waiting;
    waiting = null;
    if (lines.length > 0) resolve(JSON.parse(lines.shift()));
    else reject(ended);
  };
  const end = (reason) => {
    ended ??= new Error(`${name} ${reason}${complaints && `:\n${complaints.slice(-2000)}`}`);
    settle();
  };
  child.stderr.on('data', (text) => {
    complaints += text;
  });
  child.stdin.on('error', () => {});
  child.on('error', (error) => end(`cannot run (${error.message})`));
  child.on('close', (status, signal) => end(`ended with ${signal ?? `status ${status}`}`));
  createInterface({ input: child.stdout }).on('line', (line) => {
    // Libraries greet on stdout, too; answers are objects.
    if (!line.startsWith('{')) return;
    lines.push(line);
    settle();
  });
  const answer = () =>
    new Promise((resolve, reject) => {
      waiting = { resolve, reject };
      settle();
    });
  return {
    hello: await answer(),
    async ask(request) {
      child.stdin.write(`${JSON.stringify(request)}\n`);
      const reply = await answer();
      if (reply.error) throw new Error(`${name}: ${reply.error}`);
      return reply;
    },
    stop() {
      child.stdin.end();
      child.kill();
    },
  };
}
