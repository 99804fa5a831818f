/** Makes the parts that the options ask for. Loaded on demand: a page that wants none does not load them. */

import { CoreLossSums } from '../../engine/loss-sums.js';
import { CoreScoreSorter } from '../../engine/score-sorter.js';
import { TemperEngine } from '../../engine/temper-engine.js';
import { ReferenceScoreSorter } from '../../reference/score-sorter.js';
import { TemperReference } from '../../reference/temper-reference.js';
import { ANSWER_ROWS } from '../../tallies/answer-sample.js';
import { hasClassLosses } from '../../tallies/diagnosis-tally.js';
import type { TaskScorer } from '../../tasks/task.js';
import type { ScorerPart } from '../../types/scorer-part.js';
import type { RowOptions } from '../../types/scores.js';
import { type CoreLoader, coreFor } from '../core-loader.js';
import { checkFitRows, sampleBytes } from '../fit-rows.js';
import type { CreateScorerOptions } from '../scorer-options.js';
import { DiagnosisPart, WORST_ROWS } from './diagnosis-part.js';
import { RankingPart } from './ranking-part.js';

/** How well scores of classes rank. */
export async function makeRankingPart(
  loadCore: CoreLoader,
  rows: RowOptions,
  { kernel, weighted = false, ranking }: CreateScorerOptions,
): Promise<ScorerPart> {
  const core = await coreFor(loadCore, kernel);
  const sorter = core ? new CoreScoreSorter(core) : new ReferenceScoreSorter();
  return new RankingPart({ rows, weighted, bounded: ranking === 'bounded' }, sorter);
}

/**
 * Why the loss is what it is, and a sample of rows for comparisons.
 * @throws UsageError `bad-option`, `bad-fit-rows`
 */
export async function makeDiagnosisPart(
  loadCore: CoreLoader,
  task: TaskScorer,
  options: CreateScorerOptions,
): Promise<ScorerPart> {
  const { kernel, weighted = false, worst = WORST_ROWS, fitRows, cluster, compared } = options;
  const { classWeights = null, labelSmoothing = 0 } = options;
  checkFitRows(fitRows);
  // Instances of their own: the memory of the first belongs to the rows.
  const core = await coreFor(loadCore, kernel);
  const temper = core ? new TemperEngine(core) : new TemperReference();
  const recalibration = await task.recalibration(temper, core ?? Math);
  const { width, dtype, classes } = recalibration.shape;
  const sums = hasClassLosses(classes) ? await coreFor(loadCore, kernel) : null;
  const isLogit = task.kind === 'logits' || task.kind === 'labels';
  return new DiagnosisPart(
    {
      recalibration,
      tally: {
        weighted,
        worst,
        // Who asks for more rows gets more of these, too.
        answerRows: Math.max(ANSWER_ROWS, fitRows ?? 0),
        sampleBudget: sampleBytes({ classes: width, dtype }, fitRows),
        grouped: compared === true && cluster !== undefined,
      },
      // Between fits, the memory of their core is free.
      sorter: core ? new CoreScoreSorter(core) : new ReferenceScoreSorter(),
      scores: task.kind === 'values' ? 'values' : isLogit ? 'logits' : 'log-probabilities',
      classNames: options.classNames,
      lossIsShaped: classWeights !== null || labelSmoothing > 0,
    },
    sums && new CoreLossSums(sums, classes),
  );
}
