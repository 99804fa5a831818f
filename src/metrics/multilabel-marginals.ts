/** Weight of each label among targets, predictions and hits. */

import type { MultilabelTally } from '../tallies/multilabel-tally.js';
import { type Marginals, marginals } from './marginals.js';

export function multilabelMarginals(tally: MultilabelTally): Marginals {
  return marginals({
    targets: tally.targets.values(),
    predictions: tally.predictions.values(),
    hits: tally.hits.values(),
    weight: tally.weights.totals().weight,
    right: tally.exact.totals().weight,
  });
}
