/** A kernel against its peers: first the same answers, then the time, turn by turn. */

import { DTYPES, makeInput, storeInput } from './inputs.mjs';
import { ratio, sample, summarize } from './measure.mjs';
import { loadModule } from './runners.mjs';

/** Bytes of input for a case. Peers that make copies of it stay below the 32 MiB past which malloc always maps new pages. */
const BYTES = 24 * 2 ** 20;
/** For a quick run, and for rows of few classes, which have more results than scores. */
const FEWER_BYTES = 8 * 2 ** 20;
/** Seconds for the engine to replace its first, slow code, before the clock runs. */
const WARM_UP = 0.2;
/** Relative; the largest differences are those of a mean kept in f32 and of clipped probabilities. */
const AGREEMENT = 1e-4;

function rowsFor(classes, bytesPerScore, quick) {
  const bytes = quick || classes < 64 ? FEWER_BYTES : BYTES;
  return Math.max(1, Math.floor(bytes / (classes * bytesPerScore)));
}

const differ = (a, b) => !(Math.abs(a - b) <= AGREEMENT * Math.abs(a));

/** Throws unless both computed the same mean loss, right rows and gradient, as far as both did. */
function refuseDisagreement(what, own, name, other) {
  const wrong = ['meanLoss', 'gradientSize'].find(
    (key) => typeof own[key] === 'number' && differ(own[key], other[key]),
  );
  if (wrong === undefined && own.right === other.right) return;
  throw new Error(
    `${what}: ${name} computed ${wrong ?? 'right'} ${other[wrong ?? 'right']}, ` +
      `this library ${own[wrong ?? 'right']}.`,
  );
}

/** Another kernel of this library on the same rows, as a contestant. */
async function asRival({ name, kind, dtype, module, prepare }, rows, classes) {
  const input = makeInput({ kind, dtype, rows, classes });
  const { run } = prepare(await loadModule(module), input);
  sample(run, WARM_UP);
  const rival = async (_test, seconds) => ({ seconds: sample(run, seconds) });
  return { id: 'beside', name, bytes: input.bytes, sample: rival };
}

/**
 * Measures one kernel at one shape.
 * @param beside another kernel to measure it against, or null
 * @param settings `{ rounds, seconds, folder, quick }`: seconds for each contestant in each round
 * @returns own and the peers' times, and how many times longer each peer took
 * @throws when a peer's mean loss or number of right rows is another
 */
export async function compare(kernel, beside, classes, peers, { rounds, seconds, folder, quick }) {
  const { name, task, kind, dtype, companion, module, prepare } = kernel;
  const rows = kernel.rows ?? rowsFor(classes, DTYPES[dtype].bytes, quick);
  const input = makeInput({ kind, dtype, rows, classes, companion });
  const what = `${name}, C = ${classes}`;
  const test = { task, ...storeInput(input, folder) };
  const { run, check } = prepare(await loadModule(module), input);
  sample(run, WARM_UP);
  const answer = check();
  const rivals = peers.filter(({ missing, suits }) => !missing && suits(test));
  for (const peer of rivals) {
    const other = await peer.sample(test, 0);
    if (!peer.unchecked) refuseDisagreement(what, answer, peer.name, other);
  }
  if (beside) rivals.unshift(await asRival(beside, rows, classes));

  const own = [];
  const others = rivals.map(() => []);
  for (let round = 0; round < rounds; round++) {
    // Another one begins in each round.
    for (let turn = 0; turn <= rivals.length; turn++) {
      const who = (turn + round) % (rivals.length + 1);
      if (who === rivals.length) own.push(sample(run, seconds));
      else others[who].push((await rivals[who].sample(test, seconds)).seconds);
    }
  }
  const rates = (times, bytes = input.bytes) => {
    const { median, best, spread, samples } = summarize(times.flat());
    return {
      gigabytesPerSecond: (bytes / median) * 1e-9,
      bestGigabytesPerSecond: (bytes / best) * 1e-9,
      rowsPerSecond: rows / median,
      spread,
      samples,
    };
  };
  return {
    kernel: name,
    beside: beside?.name ?? null,
    task,
    kind,
    dtype,
    classes,
    rows,
    bytes: input.bytes,
    own: rates(own),
    peers: Object.fromEntries(
      rivals.map(({ id, bytes }, i) => [
        id,
        { ...rates(others[i], bytes), ratio: ratio(own, others[i]) },
      ]),
    ),
  };
}
