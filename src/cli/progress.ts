/** A line on stderr that tells how far a long run is; only on a terminal. */

import { formatShare } from '../render/numbers.js';
import { quote } from '../types/errors.js';

/** Runs shorter than this show nothing. */
const QUIET_MS = 500;
const REFRESH_MS = 100;

export interface ProgressState {
  readonly rows: number;
  readonly done: number;
  readonly total: number | null;
}

/** Shows progress when stderr is a terminal, and clears its line at the end. */
export class ProgressLine {
  readonly #enabled: boolean;
  readonly #start = Date.now();
  #shownAt = 0;

  constructor(enabled: boolean) {
    this.#enabled = enabled && process.stderr.isTTY === true;
  }

  show({ rows, done, total }: ProgressState): void {
    if (!this.#enabled) return;
    const now = Date.now();
    if (now - this.#start < QUIET_MS || now - this.#shownAt < REFRESH_MS) return;
    this.#shownAt = now;
    const seconds = (now - this.#start) / 1000;
    const share = total ? done / total : null;
    const rest = share ? ` · ${Math.ceil(seconds / share - seconds)} s left` : '';
    const bar = share === null ? '' : `${'█'.repeat(Math.round(share * 20)).padEnd(20, '░')} `;
    const text = `${bar}${share === null ? '' : `${formatShare(share)} · `}${rows.toLocaleString('en').replaceAll(',', ' ')} rows · ${(done / 1e6 / seconds).toFixed(0)} MB/s${rest}`;
    process.stderr.write(`\r\x1b[2K${text}`);
  }

  clear(): void {
    if (this.#enabled && this.#shownAt > 0) process.stderr.write('\r\x1b[2K');
  }
}

/** Tells on a terminal which of several inputs is being read; clears its line at the end. */
export class StepLine {
  readonly #enabled: boolean;
  readonly #start = Date.now();
  #isShown = false;

  constructor(enabled: boolean) {
    this.#enabled = enabled && process.stderr.isTTY === true;
  }

  show(name: string, done: number, total: number): void {
    if (!this.#enabled || Date.now() - this.#start < QUIET_MS) return;
    this.#isShown = true;
    const text = quote(name).slice(1, -1);
    process.stderr.write(`\r\x1b[2K${done + 1} of ${total} · ${text.slice(-60)}`);
  }

  clear(): void {
    if (this.#isShown) process.stderr.write('\r\x1b[2K');
  }
}
