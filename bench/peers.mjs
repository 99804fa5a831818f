/**
 * Who else does the same work, and what of it is found on this machine. A peer
 * that is not installed is said to be missing; it never counts as slow.
 */

import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { startChild } from './child.mjs';
import { compileYardsticks } from './yardstick.mjs';

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const wide = ({ dtype }) => dtype === 'f32' || dtype === 'f64';
const logitsOnly = ({ task, kind, dtype }) =>
  task === 'score' && kind === 'logits' && wide({ dtype });

/** Contestants in a Python process: what they are asked, and for which cases. */
const PYTHON = [
  {
    id: 'torch',
    library: 'torch',
    name: 'PyTorch',
    what: 'cross_entropy and argmax, or the loss and backward, 16 bits widened first; one thread',
    suits: ({ kind }) => kind !== 'probabilities',
  },
  {
    id: 'torch2',
    library: 'torch',
    threads: 2,
    name: 'PyTorch 2 thr.',
    what: 'the same on two threads',
    suits: ({ kind }) => kind !== 'probabilities',
  },
  {
    id: 'torchFastest',
    library: 'torch',
    form: 'fastest',
    name: 'PyTorch lse',
    what: 'its fastest way to the same numbers: logsumexp, gather and max; one thread',
    suits: logitsOnly,
  },
  {
    id: 'scipy',
    library: 'scipy',
    name: 'SciPy',
    what: 'scipy.special.log_softmax where there are logits, the target of each row, argmax',
    suits: ({ task, dtype }) => task === 'score' && wide({ dtype }),
  },
  {
    id: 'sklearn',
    library: 'sklearn',
    name: 'scikit-learn',
    what: 'log_loss and accuracy_score on probabilities',
    // One-hot targets in f64 make it too slow to wait for at many classes.
    suits: ({ task, kind, classes }) =>
      task === 'score' && kind === 'probabilities' && classes <= 1000,
  },
];

const TFJS = [
  {
    id: 'tfjs',
    form: 'usual',
    name: 'TF.js',
    what: 'wasm backend with SIMD: logSumExp, gatherND and argMax',
    suits: (test) => logitsOnly(test) && test.dtype === 'f32',
  },
  {
    id: 'tfjsFastest',
    form: 'fastest',
    name: 'TF.js softm.',
    what: 'the same from its fused softmax, which loses targets of tiny probability',
    suits: (test) => logitsOnly(test) && test.dtype === 'f32',
  },
];

const missing = (peers, reason) =>
  peers.map(({ id, name, what }) => ({ id, name, what, missing: reason }));

/** The first Python that has PyTorch, or else one that has NumPy. */
function findPython() {
  const probe = (module) =>
    `import sys, importlib.util as u; sys.exit(not u.find_spec("${module}"))`;
  const commands = [process.env.PYTHON, '/usr/bin/python3', 'python3', 'python'].filter(Boolean);
  for (const module of ['torch', 'numpy']) {
    const found = commands.find((python) => spawnSync(python, ['-c', probe(module)]).status === 0);
    if (found) return found;
  }
  return null;
}

async function pythonPeers(stops) {
  const python = findPython();
  if (!python) return missing(PYTHON, 'not installed (no Python with NumPy)');
  const child = await startChild(python, [here('peers/peer.py'), 'torch', 'scipy', 'sklearn']);
  stops.push(child.stop);
  return PYTHON.map(({ id, library, name, what, suits, threads = 1, form = 'usual' }) => {
    const version = child.hello[library];
    if (!version) return { id, name, what, missing: 'not installed' };
    return {
      id,
      name,
      what,
      suits,
      version: `${library} ${version}, NumPy ${child.hello.numpy}, Python ${child.hello.python}`,
      sample: (test, seconds) => child.ask({ ...test, library, threads, form, seconds }),
    };
  });
}

async function tfjsPeers(stops) {
  if (!existsSync(here('peers/node_modules/@tensorflow/tfjs-backend-wasm'))) {
    return missing(TFJS, 'not installed (npm ci --prefix bench/peers)');
  }
  const child = await startChild(process.execPath, [here('peers/tfjs.mjs')]);
  stops.push(child.stop);
  const { tfjs, simd } = child.hello;
  return TFJS.map(({ id, name, what, suits, form }) => ({
    id,
    name,
    what,
    suits,
    version: `@tensorflow/tfjs-backend-wasm ${tfjs}, ${simd ? 'SIMD' : 'no SIMD'}`,
    sample: (test, seconds) => child.ask({ ...test, form, seconds }),
  }));
}

/**
 * Finds and starts the peers.
 * @param folder where compiled programs go
 * @returns `{ peers, stop() }`; a peer has `id`, `name`, `what` and either `missing` (why) or
 *   `version`, `suits(case)` and `sample(case, seconds)` → mean loss, right rows and seconds per pass
 */
export async function findPeers(folder) {
  const stops = [];
  const stop = () => {
    for (const end of stops) end();
  };
  try {
    const peers = [
      ...compileYardsticks(folder),
      ...(await pythonPeers(stops)),
      ...(await tfjsPeers(stops)),
    ];
    return { peers, stop };
  } catch (error) {
    stop();
    throw error;
  }
}
