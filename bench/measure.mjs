/** Timing by the package `benchmark`, and what is said about the samples. */

import Benchmark from 'benchmark';

/** What the functions under test return is added up here, so that no engine may leave the work out. */
let sink = 0;

/** @throws when the function under test threw: `benchmark` only reports that as hz = 0 */
function samplesOf(bench, failure) {
  if (failure) throw failure;
  if (!(bench.hz > 0)) throw new Error('benchmark measured nothing');
  if (Number.isNaN(sink)) throw new Error('the function under test returned NaN');
  return bench.stats.sample;
}

const options = { initCount: 1, minSamples: 3, minTime: 0.002, delay: 0 };

/**
 * Times a function that returns a number.
 * @param seconds how long to go on; three samples are taken at least
 * @returns seconds per call, one for each sample
 */
export function sample(run, seconds) {
  let failure = null;
  const bench = new Benchmark({
    ...options,
    maxTime: seconds,
    fn: () => {
      sink += run();
    },
    onError: (event) => {
      failure = event.target.error;
    },
  });
  bench.run({ async: false });
  return samplesOf(bench, failure);
}

/** {@link sample} for a function that returns a promise of a number. */
export function sampleAsync(run, seconds) {
  return new Promise((resolve, reject) => {
    let failure = null;
    const bench = new Benchmark({
      ...options,
      maxTime: seconds,
      minSamples: 1,
      defer: true,
      fn: (deferred) => {
        run().then(
          (value) => {
            sink += value;
            deferred.resolve();
          },
          (error) => {
            failure = error;
            bench.abort();
            reject(error);
          },
        );
      },
      onComplete: () => {
        try {
          resolve(samplesOf(bench, failure));
        } catch (error) {
          reject(error);
        }
      },
    });
    bench.run({ async: true });
  });
}

/** The value below which a share of the numbers lies, by linear interpolation. */
export function quantile(values, share) {
  const sorted = Float64Array.from(values).sort();
  const place = share * (sorted.length - 1);
  const low = Math.floor(place);
  const high = Math.min(low + 1, sorted.length - 1);
  return sorted[low] + (place - low) * (sorted[high] - sorted[low]);
}

export const median = (values) => quantile(values, 0.5);

/**
 * @param seconds samples
 * @returns median and best in seconds, and the spread: the middle half of the samples over the median
 */
export function summarize(seconds) {
  const middle = median(seconds);
  return {
    median: middle,
    best: quantile(seconds, 0),
    spread: (quantile(seconds, 0.75) - quantile(seconds, 0.25)) / middle,
    samples: seconds.length,
  };
}

/**
 * How many times longer another contestant took, round by round, so that a
 * machine that is slow for a while is slow for both.
 */
export function ratio(rounds, otherRounds) {
  const ratios = rounds.map((own, i) => median(otherRounds[i]) / median(own));
  return { median: median(ratios), low: quantile(ratios, 0), high: quantile(ratios, 1) };
}
