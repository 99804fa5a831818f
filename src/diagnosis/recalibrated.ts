/** What a report of rows shows of their recalibration. */

import type { LossParts, OffsetsReport, TestedPart } from '../types/diagnosis.js';
import type { Recalibrated } from '../types/explain.js';
import type { Fitted } from '../types/fitted.js';

/** What {@link Recalibrated} is where there is a loss. */
export type RecalibratedLoss = Recalibrated &
  Required<Pick<Recalibrated, 'parts' | 'refinement' | 'calibration'>>;

/**
 * Of a sample, what its recalibration saves carries over to all rows; the rest of their loss is
 * refinement.
 * @param loss mean of all rows
 */
export function recalibrated(
  { parameters, parts: sampled }: Fitted,
  loss: number,
  names?: readonly string[] | null,
): RecalibratedLoss {
  const { scale, offsets } = sampled;
  const calibration = {
    crossFitted: scale.crossFitted + offsets.crossFitted,
    inSample: scale.inSample + offsets.inSample,
  };
  const refinement = {
    crossFitted: loss - calibration.crossFitted,
    inSample: loss - calibration.inSample,
  };
  const parts: LossParts = { ...sampled, refinement: movedTo(sampled.refinement, refinement) };
  const named = parameters.offsets && names ? withNames(parameters.offsets, names) : undefined;
  return { ...parameters, ...(named && { offsets: named }), parts, refinement, calibration };
}

function movedTo(
  { value, crossFitted, low, high, pValue }: TestedPart,
  to: Pick<TestedPart, 'crossFitted' | 'inSample'>,
): TestedPart {
  const shift = to.crossFitted - crossFitted;
  return { value: value + shift, ...to, low: low + shift, high: high + shift, pValue };
}

function withNames(offsets: OffsetsReport, names: readonly string[]): OffsetsReport {
  const values = offsets.values.map(({ index, ...rest }) => {
    const name = names[index];
    return name === undefined ? { index, ...rest } : { index, name, ...rest };
  });
  return { ...offsets, values };
}
