/** Stochastic gradient descent on the library's losses. */

import { createScorer, crossEntropy, l2Penalty } from 'logitscope';
import { CLASSES, mislabel, PIXELS, pick, type Rows } from './digits.js';
import { Network } from './network.js';
import type { Random } from './random.js';

/** What a run is made of. */
export interface Recipe {
  readonly trainingRows: number;
  /** Share of the training rows that get a wrong label. */
  readonly mislabelled: number;
  readonly epochs: number;
  readonly hidden: number;
  readonly batch: number;
  readonly learningRate: number;
  readonly momentum: number;
  /** λ of the L2 penalty on the weights (weight decay). */
  readonly decay: number;
}

/** Learns what there is to learn. */
export const SOUND: Recipe = {
  trainingRows: 1000,
  mislabelled: 0,
  epochs: 20,
  hidden: 64,
  batch: 32,
  learningRate: 0.05,
  momentum: 0.9,
  decay: 1e-4,
};

/** Too few rows, some with wrong labels, no prior, and far too many epochs. */
export const OVERFIT: Recipe = {
  ...SOUND,
  trainingRows: 200,
  mislabelled: 0.05,
  epochs: 80,
  learningRate: 0.2,
  decay: 0,
};

/** Rows that no recipe trains on; all are validated on the same. */
const VALIDATION_ROWS = 797;

/** What a network says about rows. */
export interface Reading {
  readonly logits: Float32Array;
  /** Mean cross-entropy, in nats. */
  readonly loss: number;
  readonly accuracy: number;
}

export interface Epoch {
  /** 0 is the network before training. */
  readonly number: number;
  readonly training: Reading;
  readonly validation: Reading;
}

/** Both parts of the data: validation rows, and as many of the others as the recipe trains on. */
export function split(digits: Rows, recipe: Recipe, random: Random) {
  const order = random.permutation(digits.count);
  const training = pick(digits, order.subarray(VALIDATION_ROWS).subarray(0, recipe.trainingRows));
  return {
    validation: pick(digits, order.subarray(0, VALIDATION_ROWS)),
    training: mislabel(training, recipe.mislabelled, random),
  };
}

/**
 * Trains a network and yields what it says after each epoch.
 * Nothing in here depends on the machine, so a seed gives the same bits everywhere.
 */
export async function* train(
  { training, validation }: { readonly training: Rows; readonly validation: Rows },
  recipe: Recipe,
  random: Random,
): AsyncGenerator<Epoch> {
  const network = new Network(PIXELS, recipe.hidden, CLASSES, random);
  const velocity = new Float64Array(network.parameters.length);
  for (let number = 0; number <= recipe.epochs; number++) {
    if (number > 0) {
      const order = random.permutation(training.count);
      for (let from = 0; from < training.count; from += recipe.batch) {
        const batch = pick(training, order.subarray(from, from + recipe.batch));
        step(network, velocity, batch, recipe);
      }
    }
    yield {
      number,
      training: await evaluate(network, training),
      validation: await evaluate(network, validation),
    };
  }
}

/** One step down the gradient of mean cross-entropy plus L2 penalty, with momentum. */
function step(network: Network, velocity: Float64Array, batch: Rows, recipe: Recipe): void {
  const { parameters, weights } = network;
  const gradient = new Float64Array(parameters.length);
  l2Penalty(parameters.subarray(0, weights), {
    strength: recipe.decay,
    gradient: gradient.subarray(0, weights),
  });
  const { logits, hidden } = network.forward(batch.pixels, batch.count);
  // The gradient takes the place of the logits.
  crossEntropy(logits, batch.labels, { gradient: logits });
  network.backward(batch.pixels, hidden, logits, gradient);
  for (let i = 0; i < parameters.length; i++) {
    velocity[i] = recipe.momentum * velocity[i] - recipe.learningRate * gradient[i];
    parameters[i] += velocity[i];
  }
}

async function evaluate(network: Network, rows: Rows): Promise<Reading> {
  const { logits } = network.forward(rows.pixels, rows.count);
  const scorer = await createScorer({ classes: CLASSES, kind: 'logits' });
  scorer.add(logits, rows.labels);
  const { log_loss, accuracy } = scorer.report().metrics;
  return { logits, loss: Number(log_loss.value), accuracy: Number(accuracy.value) };
}
