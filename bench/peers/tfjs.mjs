/**
 * TensorFlow.js on its WebAssembly backend, in a process of its own: answers
 * as peer.py does. The tensors lie in the backend's memory before the clock runs.
 */

import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import * as tf from '@tensorflow/tfjs';
import { version_wasm } from '@tensorflow/tfjs-backend-wasm';

const FEWEST_PASSES = 3;

function numbers(path, Numbers) {
  const bytes = readFileSync(path);
  return new Numbers(bytes.buffer, bytes.byteOffset, bytes.length / Numbers.BYTES_PER_ELEMENT);
}

/**
 * Loss of each row as log-sum-exp less the target's logit; in the form
 * `fastest` by the one fused kernel, softmax, which loses targets of tiny probability.
 */
function losses(form, logits, places) {
  return form === 'fastest'
    ? tf.gatherND(tf.softmax(logits), places).log().neg()
    : tf.sub(tf.logSumExp(logits, 1), tf.gatherND(logits, places));
}

/** The work that is timed: mean loss, and right rows by argmax. */
function score(form, logits, places, targets) {
  return tf.tidy(() => {
    const meanLoss = losses(form, logits, places).mean();
    const right = tf.equal(tf.argMax(logits, 1), targets).sum();
    return { meanLoss: meanLoss.dataSync()[0], right: right.dataSync()[0] };
  });
}

/** The mean in f64: over a million rows the backend's own, added up in f32, is off by 1e-3. */
function exactMeanLoss(form, logits, places) {
  const rows = tf.tidy(() => losses(form, logits, places).dataSync());
  return rows.reduce((sum, loss) => sum + loss, 0) / rows.length;
}

function answer({ form, scores, targets, rows, classes, seconds }) {
  const classOf = numbers(targets, Int32Array);
  const logits = tf.tensor2d(numbers(scores, Float32Array), [rows, classes]);
  const places = tf.tensor2d(
    Int32Array.from({ length: 2 * rows }, (_, i) => (i % 2 === 0 ? i / 2 : classOf[(i - 1) / 2])),
    [rows, 2],
    'int32',
  );
  const labels = tf.tensor1d(classOf, 'int32');
  const { right } = score(form, logits, places, labels);
  const times = [];
  const end = performance.now() + 1000 * seconds;
  while (times.length < FEWEST_PASSES || performance.now() < end) {
    const start = performance.now();
    score(form, logits, places, labels);
    times.push((performance.now() - start) / 1000);
  }
  const meanLoss = exactMeanLoss(form, logits, places);
  tf.dispose([logits, places, labels]);
  return { meanLoss, right, seconds: times };
}

await tf.setBackend('wasm');
await tf.ready();
const simd = await tf.env().getAsync('WASM_HAS_SIMD_SUPPORT');
console.log(JSON.stringify({ tfjs: version_wasm, simd }));
for await (const line of createInterface({ input: process.stdin })) {
  let reply;
  try {
    reply = answer(JSON.parse(line));
  } catch (error) {
    reply = { error: String(error) };
  }
  console.log(JSON.stringify(reply));
}
