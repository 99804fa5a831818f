/** Makes the parts of a scorer that its options ask for. */

import type { Core } from '../../engine/core.js';
import { CoreScoreSorter } from '../../engine/score-sorter.js';
import { TemperEngine } from '../../engine/temper-engine.js';
import { ReferenceScoreSorter } from '../../reference/score-sorter.js';
import { TemperReference } from '../../reference/temper-reference.js';
import type { ScorerPart } from '../../types/scorer-part.js';
import type { RowOptions } from '../../types/scores.js';
import type { ScorerOptions } from '../scorer.js';
import { DiagnosisPart } from './diagnosis-part.js';
import { RankingPart } from './ranking-part.js';

/**
 * Ranking first: a diagnosis looks at its metrics.
 * @param core whose memory the parts may use; null for the reference
 */
export function makeParts(
  core: Core | null,
  rows: RowOptions,
  options: ScorerOptions,
): ScorerPart[] {
  const { diagnose = false, ranking = false, weighted = false, worst, fitRows } = options;
  const parts: ScorerPart[] = [];
  if (ranking !== false) {
    const sorter = core ? new CoreScoreSorter(core) : new ReferenceScoreSorter();
    parts.push(new RankingPart({ rows, weighted, bounded: ranking === 'bounded' }, sorter));
  }
  if (diagnose) {
    const kernel = core ? new TemperEngine(core) : new TemperReference();
    parts.push(new DiagnosisPart({ rows, weighted, worst, fitRows }, kernel, core ?? Math));
  }
  return parts;
}
