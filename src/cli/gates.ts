/** What the command line does with gates: a line each on stderr, and exit status 1. */

import { style } from '../render/style.js';
import type { GateResult } from '../types/gate.js';
import { useColour } from './colour.js';

const EXIT_GATE = 1;

/** Tells how each gate came out, and has the process end with status 1 where one failed. */
export function reportGates(gates: readonly GateResult[]): void {
  const { red, dim } = style(useColour(process.stderr));
  for (const { failed, text } of gates) {
    process.stderr.write(`${failed ? red(text) : dim(text)}\n`);
  }
  if (gates.some(({ failed }) => failed)) process.exitCode = EXIT_GATE;
}
