/** Makes the parts of a scorer that its options ask for. */

import type { Core } from '../../engine/core.js';
import { CoreLossSums } from '../../engine/loss-sums.js';
import { CoreScoreSorter } from '../../engine/score-sorter.js';
import { TemperEngine } from '../../engine/temper-engine.js';
import { ReferenceScoreSorter } from '../../reference/score-sorter.js';
import { TemperReference } from '../../reference/temper-reference.js';
import { hasClassLosses } from '../../tallies/diagnosis-tally.js';
import type { LossSums } from '../../types/loss-sums.js';
import type { ScorerPart } from '../../types/scorer-part.js';
import type { RowOptions } from '../../types/scores.js';
import type { ScorerOptions } from '../scorer.js';
import { DiagnosisPart } from './diagnosis-part.js';
import { RankingPart } from './ranking-part.js';

/** Instances of the core whose memory a part may use; null for the reference. */
export interface PartCores {
  /** For what is computed when the report is made. */
  readonly report: Core | null;
  /** For what is added up row by row; null, too, where nothing is. */
  readonly sums: Core | null;
}

/** The sums of a diagnosis, where a core can add them up. */
export function lossSums(core: Core | null, classes: number): LossSums | null {
  return core !== null && hasClassLosses(classes) ? new CoreLossSums(core, classes) : null;
}

/** Ranking first: a diagnosis looks at its metrics. */
export function makeParts(
  { report: core, sums }: PartCores,
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
    const partOptions = { rows, weighted, worst, fitRows };
    parts.push(new DiagnosisPart(partOptions, kernel, core ?? Math, lossSums(sums, rows.classes)));
  }
  return parts;
}
