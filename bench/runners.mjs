/** How a kernel is run: prepared once, then called again and again. */

import { readFile } from 'node:fs/promises';
import { instantiateModule } from '../dist/engine/core.js';
import { GradientEngine } from '../dist/engine/gradient-engine.js';
import { RowEngine } from '../dist/engine/row-engine.js';
import { SingleScoreEngine } from '../dist/engine/single-score-engine.js';
import { rowOptions, singleScoreOptions } from '../dist/types/row-options.js';

const modules = new Map();

/** A module in build/, compiled once; null where this engine cannot run it. */
async function compile(name) {
  if (!modules.has(name)) {
    const bytes = await readFile(new URL(`../build/${name}`, import.meta.url));
    modules.set(name, WebAssembly.validate(bytes) ? await WebAssembly.compile(bytes) : null);
  }
  return modules.get(name);
}

/** Whether this engine has the instructions that a module uses. */
export async function canRun(name) {
  return (await compile(name)) !== null;
}

/** A fresh instance of a module in build/, with a memory of its own. */
export async function loadModule(name) {
  const module = await compile(name);
  if (module === null) throw new Error(`This engine cannot run build/${name}.`);
  return instantiateModule(module);
}

/**
 * The fused row scores, through the engine.
 * @returns `run()` scores all rows and returns a number for the sink;
 *   `check()` gives the mean loss and the number of right rows of the last run
 */
export function scoreRows(options = {}) {
  return (core, { kind, dtype, rows, classes, scores, targets }) => {
    const engine = new RowEngine(core, rowOptions({ kind, dtype, classes, ...options }));
    const lease = engine.lease(rows);
    lease.scores.set(scores);
    lease.targets.set(targets);
    let scored = engine.score(lease, rows);
    return {
      run: () => {
        scored = engine.score(lease, rows);
        return scored.loss[rows - 1] + scored.prediction[rows >> 1];
      },
      check: () => {
        const { loss, rank } = scored;
        let sum = 0;
        let right = 0;
        for (let r = 0; r < rows; r++) {
          sum += loss[r];
          if (rank[r] === 0) right++;
        }
        return { meanLoss: sum / rows, right };
      },
    };
  };
}

/** Rows of one score, through the engine. */
export function singleScores() {
  return (core, { kind, dtype, rows, scores, targets }) => {
    const engine = new SingleScoreEngine(core, singleScoreOptions({ kind, dtype }));
    const lease = engine.lease(rows);
    lease.scores.set(scores);
    lease.targets.set(targets);
    let scored = engine.score(lease, rows);
    return {
      run: () => {
        scored = engine.score(lease, rows);
        return scored.nll[rows - 1] + scored.prediction[rows >> 1];
      },
      check: () => ({
        meanLoss: scored.nll.reduce((sum, loss) => sum + loss, 0) / rows,
        right: scored.prediction.reduce((count, p, r) => count + Number(p === targets[r]), 0),
      }),
    };
  };
}

/** Σ |gradient|, to hold gradients against each other. */
function sizeOf(gradient) {
  let size = 0;
  for (const value of gradient) size += Math.abs(value);
  return size;
}

/**
 * Mean cross-entropy and its gradient into memory of its own; for class
 * indices, or for probabilities where the input has a second array.
 */
export function crossEntropyGradient() {
  return (core, { dtype, rows, classes, scores, targets, other }) => {
    const engine = new GradientEngine(core, {
      classes,
      dtype,
      ignoreIndex: null,
      classWeights: null,
      labelSmoothing: 0,
      zLoss: 0,
    });
    const lease = engine.lease(rows, { soft: other !== null, separate: true });
    lease.scores.set(scores);
    lease.targets.set(targets);
    if (other) lease.soft.set(other);
    let losses = engine.run(lease, rows, 1 / rows);
    return {
      run: () => {
        losses = engine.run(lease, rows, 1 / rows);
        return losses[rows - 1] + lease.gradient[0];
      },
      check: () => ({
        meanLoss: losses.reduce((sum, loss) => sum + loss, 0) / rows,
        right: null,
        gradientSize: sizeOf(lease.gradient),
      }),
    };
  };
}

/**
 * Mean of a loss over elements, and its gradient, by the public function: plain
 * arrays in, a plain array out. The second array of the input is the target.
 */
export function elementwiseGradient(loss) {
  return (_core, { scores, other }) => {
    const gradient = scores.slice();
    let { value } = loss(scores, other, { gradient });
    return {
      run: () => {
        value = loss(scores, other, { gradient }).value;
        return value + gradient[0];
      },
      check: () => ({ meanLoss: value, right: null, gradientSize: sizeOf(gradient) }),
    };
  };
}
