/** Answers to "which epoch is best", one per measure, and what each costs by the others. */

import type { BestEpoch, EpochReading, Measure } from '../types/epochs.js';

/** What an epoch is to have least of; undefined where it has no such measure. */
const COSTS: Readonly<Record<Measure, (epoch: EpochReading) => number | undefined>> = {
  loss: ({ loss }) => loss,
  accuracy: ({ accuracy }) => (accuracy === undefined ? undefined : -accuracy),
  absoluteError: ({ absoluteError }) => absoluteError,
  refinement: ({ refinement }) => refinement?.crossFitted,
};

/** The epoch of lowest loss, of highest accuracy and so on, by each measure that there is; of equal ones the first. */
export function bestEpochs(epochs: readonly EpochReading[]): BestEpoch[] {
  const measures = (Object.keys(COSTS) as Measure[]).filter(
    (measure) => COSTS[measure](epochs[0]) !== undefined,
  );
  const best = (measure: Measure) =>
    epochs.reduce((first, epoch) =>
      COSTS[measure](epoch)! < COSTS[measure](first)! ? epoch : first,
    );
  const chosen = new Map(measures.map((measure) => [measure, best(measure)]));
  return measures.map((by) => {
    const { epoch, source, loss, accuracy, absoluteError, refinement } = chosen.get(by)!;
    const cost = (measure: Measure) =>
      COSTS[measure](chosen.get(by)!)! - COSTS[measure](chosen.get(measure)!)!;
    return {
      by,
      epoch,
      source,
      ...(loss !== undefined && { loss }),
      ...(accuracy !== undefined && { accuracy }),
      ...(absoluteError !== undefined && { absoluteError }),
      ...(refinement !== undefined && { refinement: refinement.crossFitted }),
      cost: Object.fromEntries(measures.map((measure) => [measure, cost(measure)])),
    };
  });
}
