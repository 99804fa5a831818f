/**
 * What has to hold in every JavaScript engine, without a test framework: the
 * same file runs on Node, Bun, Deno, in a page and in a web worker.
 */

import { bytesOf, captureRows, hash, INTEGERS, REALS } from './capture.mjs';
import { CLASSES, computeDigests, KINDS_OF, reportDigest } from './digests.mjs';
import { expect, expectEqual, expectError, expectNear } from './expect.mjs';
import { npy } from './npy.mjs';
import { FLAVOURS, matrix } from './rows.mjs';
import { spreading } from './spreading.mjs';

async function scoredOnce(library, options, scores, targets) {
  const scorer = await library.createScorer(options);
  scorer.add(scores, targets);
  return scorer.report().metrics;
}

function workedExamples(check, library) {
  for (const dtype of ['f32', 'f64']) {
    check(`${dtype}: logits [2, 1, 0.1] and target 0 cost 0.4170300`, async () => {
      const metrics = await scoredOnce(library, { classes: 3, dtype }, [2, 1, 0.1], [0]);
      expectNear(metrics.log_loss.value, 0.41703, 0, 5e-7, 'log_loss');
    });
    check(`${dtype}: probabilities [0.5, 0.25, 0.25] and target 0 cost ln 2`, async () => {
      const options = { classes: 3, dtype, kind: 'probabilities' };
      const metrics = await scoredOnce(library, options, [0.5, 0.25, 0.25], [0]);
      expectNear(metrics.log_loss.value, Math.LN2, 0, 5e-7, 'log_loss');
    });
  }
  check('a smaller loss goes with a lower accuracy', async () => {
    const options = { classes: 3, dtype: 'f64', kind: 'probabilities' };
    const sets = [
      [0.49, 0.51, 0, 0.49, 0.51, 0, 0.9, 0.05, 0.05],
      [0.4, 0.3, 0.3, 0.4, 0.3, 0.3, 0.1, 0.45, 0.45],
    ];
    const [first, second] = await Promise.all(
      sets.map((set) => scoredOnce(library, options, set, [0, 0, 0])),
    );
    expectNear(first.log_loss.value, 0.5107, 0, 5e-5, 'loss of set 1');
    expectNear(second.log_loss.value, 1.3784, 0, 5e-5, 'loss of set 2');
    expectNear(first.accuracy.value, 1 / 3, 1e-15, 0, 'accuracy of set 1');
    expectNear(second.accuracy.value, 2 / 3, 1e-15, 0, 'accuracy of set 2');
  });
}

function parity(check, library) {
  for (const [dtype, kinds] of Object.entries(KINDS_OF)) {
    // As the reference cases demand of f64 and f32 kernels.
    const [relative, absolute] = dtype === 'f64' ? [1e-9, 1e-14] : [2e-6, 2e-6];
    for (const kind of kinds) {
      for (const classes of CLASSES) {
        check(`${dtype} ${kind}, C = ${classes}: the kernels agree`, async () => {
          const { MISSING_TARGET: missing } = library;
          const rows = FLAVOURS.length * (classes > 100 ? 1 : 2);
          const dump = matrix({ seed: classes + 7, rows, classes, dtype, kind, missing });
          const options = { classes, dtype, kind, ignoreIndex: -100 };
          const shape = { classWeights: dump.classWeights, labelSmoothing: 0.1 };
          if (classes % 2 === 1) Object.assign(options, shape);
          const actual = await captureRows(library, { ...options, kernel: 'simd' }, dump);
          const expected = await captureRows(library, { ...options, kernel: 'reference' }, dump);
          for (let r = 0; r < rows; r++) {
            for (const name of INTEGERS) {
              expectEqual(actual[name][r], expected[name][r], `${name} of row ${r}`);
            }
            for (const name of REALS) {
              // log Σ e^z of log-probabilities is 0 but for the rounding of C additions;
              // f64 rows take even the tiniest p(target) from an f64 exponential.
              const least = {
                normalizer: Math.max(absolute, 1e-12),
                targetProbability: dtype === 'f64' ? 1e-300 : absolute,
              };
              const [a, e] = [actual[name][r], expected[name][r]];
              expectNear(a, e, relative, least[name] ?? absolute, `${name} of row ${r}`);
            }
          }
        });
      }
    }
  }
}

function independence(check, library) {
  for (const [dtype, kinds] of Object.entries(KINDS_OF)) {
    for (const kind of kinds) {
      for (const classes of [2, 3, 4, 5, 10, 33, 64, 257]) {
        check(`${dtype} ${kind}, C = ${classes}: rows score the same alone`, async () => {
          const dump = matrix({ seed: classes, rows: 3 * FLAVOURS.length, classes, dtype, kind });
          const options = { classes, dtype, kind, ignoreIndex: -100 };
          const together = await captureRows(library, options, dump);
          for (const batch of [1, 3]) {
            const apart = await captureRows(library, options, { ...dump, batch });
            for (const name of [...REALS, ...INTEGERS]) {
              expectEqual(
                String(bytesOf(apart[name])),
                String(bytesOf(together[name])),
                `${name}, ${batch} at a time`,
              );
            }
          }
        });
      }
    }
  }
}

function merging(check, library) {
  for (const kind of KINDS_OF.f32) {
    for (const weighted of [false, true]) {
      const what = `${kind}${weighted ? ', weighted' : ''}`;
      check(`${what}: parts merged in any order give the same bits`, async () => {
        const classes = 7;
        const rows = 500;
        const dump = matrix({ seed: 11, rows, classes, kind });
        const options = { classes, kind, weighted, ignoreIndex: -100, invalid: 'skip' };
        const part = async (from, to) => {
          const scorer = await library.createScorer(options);
          const lease = scorer.lease(Math.max(1, to - from));
          lease.scores.set(dump.scores.subarray(from * classes, to * classes));
          lease.targets.set(dump.targets.subarray(from, to));
          lease.weights.set(dump.weights.subarray(from, to));
          scorer.update(lease, to - from, from);
          return scorer;
        };
        const whole = await part(0, rows);
        const ends = [0, 1, 2, 5, 100, 100, 333, 499, rows];
        const parts = [];
        for (let i = 1; i < ends.length; i++) parts.unshift(await part(ends[i - 1], ends[i]));
        const [merged, ...others] = parts;
        for (const other of others) merged.merge(other);
        expectEqual(JSON.stringify(merged), JSON.stringify(whole), 'state');
        const { renderJson } = library;
        expectEqual(renderJson(merged.report()), renderJson(whole.report()), 'report');
      });
    }
  }
}

/** Losses by name, as calls on rows of five classes. */
const LOSS_CALLS = {
  crossEntropy: ({ scores, targets }, options) => [scores, targets, options],
  nllLoss: ({ scores, targets }, options) => [scores, targets, options],
  softmaxFocalLoss: ({ scores, targets }, options) => [scores, targets, options],
  multiMarginLoss: ({ scores, targets }, options) => [scores, targets, options],
  mseLoss: ({ scores, others }, options) => [scores, others, options],
  binaryCrossEntropyWithLogits: ({ scores, shares }, options) => [scores, shares, options],
  gaussianKl: ({ scores, others }, options) => [scores, others, { ...options, dimensions: 5 }],
  ganDiscriminatorLoss: ({ scores, others }, options) => [scores, others, options],
  l2Penalty: ({ scores }, options) => [scores, { ...options, strength: 0.3 }],
  l1Penalty: ({ scores }, options) => [scores, { ...options, strength: 0.3 }],
};

/** Seeded numbers for them. */
function lossInputs(dtype) {
  const make = dtype === 'f64' ? Float64Array : Float32Array;
  const numbers = (step) => make.from({ length: 1005 }, (_, i) => ((i * step) % 101) / 20 - 2.5);
  const scores = numbers(37);
  const shares = numbers(53).map((x) => (x + 2.5) / 5.05);
  const targets = Int32Array.from({ length: 201 }, (_, r) => (r * 7) % 5);
  return { scores, others: numbers(53), shares, targets };
}

function losses(check, library) {
  check('the cross-entropy of logits [2, 1, 0.1] is 0.4170300, with its gradient', () => {
    const { value, gradient } = library.crossEntropy([2, 1, 0.1], [0], { gradient: true });
    expectNear(value, 0.41703, 0, 5e-7, 'value');
    [-0.341, 0.24243, 0.09857].forEach((wanted, c) => {
      expectNear(gradient[c], wanted, 0, 5e-6, `gradient of class ${c}`);
    });
  });
  for (const dtype of ['f32', 'f64']) {
    const [relative, absolute] = dtype === 'f64' ? [1e-9, 1e-15] : [2e-6, 2e-6];
    for (const [name, inputs] of Object.entries(LOSS_CALLS)) {
      check(`${dtype}: ${name} and its gradient agree with the reference`, () => {
        const call = (kernel) =>
          library[name](...inputs(lossInputs(dtype), { kernel, gradient: true }));
        const [actual, expected] = [call('simd'), call('reference')];
        expectNear(actual.value, expected.value, relative, absolute, 'value');
        expected.gradient.forEach((wanted, i) => {
          expectNear(actual.gradient[i], wanted, relative, absolute, `gradient ${i}`);
        });
      });
    }
  }
}

/** Digest of the values and gradients of losses: all engines agree on it. */
async function lossDigest(library) {
  const parts = [];
  for (const dtype of ['f32', 'f64']) {
    for (const [name, inputs] of Object.entries(LOSS_CALLS)) {
      const { value, gradient } = library[name](...inputs(lossInputs(dtype), { gradient: true }));
      parts.push(bytesOf(Float64Array.of(value)), bytesOf(gradient));
    }
  }
  return hash(parts);
}

function refusals(check, library) {
  const { UsageError, InputError, LogitscopeError, createScorer } = library;
  check('one class is refused', () =>
    expectError(UsageError, 'bad-classes', () => createScorer({ classes: 1 })),
  );
  check('an unknown kernel is refused', () =>
    expectError(UsageError, 'bad-kernel', () => createScorer({ classes: 2, kernel: 'gpu' })),
  );
  check('arrays that do not fit are refused', async () => {
    const scorer = await createScorer({ classes: 3 });
    await expectError(UsageError, 'length-mismatch', () => scorer.add([1, 2], [0]));
  });
  check('a target that is no class is refused, with its row', async () => {
    const scorer = await createScorer({ classes: 2 });
    const add = () => scorer.add([1, 2, 3, 4], [0, 2]);
    expectEqual((await expectError(InputError, 'target-out-of-range', add)).place.row, 1, 'row');
  });
  check('probabilities that do not sum to 1 are refused', async () => {
    const scorer = await createScorer({ classes: 2, kind: 'probabilities' });
    await expectError(InputError, 'contradicted-kind', () => scorer.add([0.5, 0.6], [0]));
  });
  check('NaN is refused by the report, with its row', async () => {
    const scorer = await createScorer({ classes: 2 });
    scorer.add([1, 2, 3, Number.NaN], [0, 0]);
    const error = await expectError(InputError, 'invalid-rows', () => scorer.report());
    expectEqual(error.place.row, 1, 'row');
  });
  for (const kernel of ['simd', 'reference']) {
    check(`${kernel}: a lease ends with the next one`, async () => {
      const scorer = await createScorer({ classes: 2, kernel });
      const old = scorer.lease(1);
      scorer.lease(1);
      await expectError(LogitscopeError, 'dead-lease', () => scorer.update(old, 1));
    });
  }
}

/** np.savez_compressed(logits=[[2, 1, 0.1]] * 40 as float32, labels=zeros(40) as int64) */
const NPZ =
  'UEsDBC0AAAAIAAAAIQCOMhT2//////////8KABQAbG9naXRzLm5weQEAEABgAgAAAAAAAFgAAAAAAAAAm+wX6hsQychQxlCtnpJanFykbqWgbpNmoq6joJ6WX1RSlJgXn1+UkgoSd0vMKU4FihdnJBakAvkaJgY6CsaaOgq1CuQCLgYGBgcGhgb7s2fO2I6yhx8bAFBLAwQtAAAACAAAACEAwV/d3P//////////CgAUAGxhYmVscy5ucHkBABAAwAEAAAAAAABKAAAAAAAAAJvsF+obEMnIUMZQrZ6SWpxcpG6loG6TaaGuo6Cell9UUpSYF59flJIKEndLzClOBYoXZyQWpAL5GiYGOpo6CrUK5AMuhlFAEQAAUEsBAi0DLQAAAAgAAAAhAI4yFPZYAAAAYAIAAAoAAAAAAAAAAAAAAIABAAAAAGxvZ2l0cy5ucHlQSwECLQMtAAAACAAAACEAwV/d3EoAAADAAQAACgAAAAAAAAAAAAAAgAGUAAAAbGFiZWxzLm5weVBLBQYAAAAAAgACAHAAAAAaAQAAAAA=';

function blobs(check, library) {
  const { scoreBlob, renderJson, InputError, UsageError } = library;
  if (scoreBlob === undefined) return;
  const classes = 10;
  const dump = matrix({ seed: 5, rows: 600, classes });
  const options = { ignoreIndex: -100, invalid: 'skip', kind: 'logits' };
  const predictions = npy('<f4', `600, ${classes}`, dump.scores);
  const labels = new Blob(npy('<i4', '600,', dump.targets));

  check('an npy Blob scores as the array does', async () => {
    const parts = { diagnose: true, ranking: true };
    const scorer = await library.createScorer({ classes, ...parts, ...options });
    scorer.add(dump.scores, dump.targets);
    const expected = scorer.report();
    const report = await scoreBlob(new Blob(predictions), { ...options, labels });
    const { source, ...rest } = report;
    expectEqual(source.format, 'npy', 'format');
    expectEqual(renderJson(rest), renderJson({ ...expected, source: undefined }), 'report');
  });
  check('a File stands in the report by its name', async () => {
    const file = new File(predictions, 'epoch.npy');
    const { source } = await scoreBlob(file, { ...options, labels });
    expectEqual(source.name, 'epoch.npy', 'name');
    expectEqual(source.labels, 'labels', 'labels');
  });
  check('a compressed npz Blob is unpacked', async () => {
    const bytes = Uint8Array.from(atob(NPZ), (letter) => letter.charCodeAt(0));
    const { metrics, rows } = await scoreBlob(new Blob([bytes]));
    expectEqual(rows.scored, 40, 'rows');
    expectNear(metrics.log_loss.value, 0.41703, 0, 5e-7, 'log_loss');
  });
  check('a CSV Blob is read', async () => {
    const blob = new Blob(['p_cat,p_dog,label\n0.5,0.5,dog\n', '0.25,0.75,dog\n']);
    const { metrics, classNames } = await scoreBlob(blob);
    expectEqual(String(classNames), 'cat,dog', 'classes');
    expectNear(metrics.accuracy.value, 0.5, 0, 0, 'accuracy');
  });
  check('an npy Blob that was cut off is refused, with the offset', async () => {
    const cut = new Blob(predictions).slice(0, 1000);
    const error = await expectError(InputError, 'truncated', () =>
      scoreBlob(cut, { ...options, labels }),
    );
    expect(error.place.offset >= 128, () => `offset ${error.place.offset}`);
  });
  check('what is no Blob is refused', () =>
    expectError(UsageError, 'not-a-blob', () => scoreBlob('predictions.npy')),
  );
}

/** One small dump in every format, each read on demand. */
function formats(check, library, files) {
  const { scoreBlob, inspectBlob } = library;
  if (scoreBlob === undefined) return;
  const open = (name) => {
    const bytes = Uint8Array.from(atob(files[name]), (letter) => letter.charCodeAt(0));
    return new File([bytes], name);
  };
  for (const name of Object.keys(files)) {
    check(`${name} is read`, async () => {
      const { metrics, rows } = await scoreBlob(open(name));
      const expected = await scoreBlob(open('dump.npz'));
      expectEqual(rows.scored, expected.rows.scored, 'rows');
      // Text is computed in twice the precision.
      const isText = /csv|jsonl/.test(name);
      const { value } = expected.metrics.log_loss;
      expectNear(metrics.log_loss.value, value, 0, isText ? 1e-6 : 0, 'log_loss');
      expectEqual(metrics.accuracy.value, expected.metrics.accuracy.value, 'accuracy');
    });
    if (inspectBlob === undefined) continue;
    check(`${name} is looked into`, async () => {
      const { fields, problem, rows } = await inspectBlob(open(name));
      expectEqual(problem, null, 'problem');
      expectEqual(rows, 24, 'rows');
      expectEqual(fields.filter(({ role }) => role === 'target').length, 1, 'targets');
    });
  }
}

function loading(check, library, core) {
  if (library.init === undefined) return;
  check('a compiled module does where nothing may be compiled', async () => {
    const module = await WebAssembly.compile(core);
    const { compile } = WebAssembly;
    WebAssembly.compile = () => Promise.reject(new Error('compiling is not allowed here'));
    try {
      await library.init(module);
      const metrics = await scoredOnce(library, { classes: 3 }, [2, 1, 0.1], [0]);
      expectNear(metrics.log_loss.value, 0.41703, 0, 5e-7, 'log_loss');
    } finally {
      WebAssembly.compile = compile;
    }
  });
}

/**
 * Runs everything.
 *
 * @param library what the package exports, ready to use
 * @param digests contents of digests.json
 * @param files contents of files.json
 * @param core bytes of core.wasm
 * @param workers whether web workers can be had here
 * @returns counts, the failures in words, the digests found, and those of reports and losses
 */
export async function runSuite({
  library,
  digests,
  files,
  core,
  workers = 'Worker' in globalThis,
}) {
  const checks = [];
  const check = (name, run) => checks.push({ name, run });
  workedExamples(check, library);
  parity(check, library);
  independence(check, library);
  merging(check, library);
  losses(check, library);
  refusals(check, library);
  blobs(check, library);
  formats(check, library, files);
  spreading(check, library, workers);
  loading(check, library, core);

  const found = await computeDigests(library);
  for (const key of new Set([...Object.keys(found), ...Object.keys(digests)])) {
    check(`digest of ${key}`, () => expectEqual(found[key], digests[key], 'digest'));
  }
  const reports = `${await reportDigest(library)} ${await lossDigest(library)}`;
  return { ...(await runChecks(checks)), digests: found, reports };
}

/** Runs the work on several threads alone: for pages that differ in what they allow. */
export async function runSpreading({ library, workers }) {
  const checks = [];
  spreading((name, run) => checks.push({ name, run }), library, workers);
  return runChecks(checks);
}

async function runChecks(checks) {
  let passed = 0;
  const failures = [];
  for (const { name, run } of checks) {
    try {
      await run();
      passed++;
    } catch (error) {
      failures.push(`${name}: ${error?.message ?? error}`);
    }
  }
  return { passed, failed: failures.length, failures };
}
