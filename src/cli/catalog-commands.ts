/** `logitscope metrics` and `logitscope losses`: what there is, and what it means. */

import type { Command } from 'commander';
import { UsageError } from '../types/errors.js';
import type { LossInfo } from '../types/loss.js';
import { nearest } from '../types/nearest.js';
import { useColour } from './colour.js';
import { addJsonOptions } from './json-option.js';

interface CatalogFlags {
  json?: boolean;
}

const METRIC_EXAMPLES = `
Examples:
  logitscope metrics
  logitscope metrics kappa
  logitscope metrics 'f<β>_*'
  logitscope metrics --json | jq -r '.metrics[] | select(.task == "regression") | .name'

In names <k>, <β> and <q> stand for numbers, as in top_5_accuracy, f1_macro and pinball_0.9.
In formulas s is the weight of a row. Exit status: 0 done, 2 wrong usage, or nothing found.`;

const LOSS_EXAMPLES = `
Examples:
  logitscope losses
  logitscope losses focal
  logitscope losses --json | jq '.losses[] | select(.likelihood | startswith("none"))'

Exit status: 0 done, 2 wrong usage, or nothing found.`;

/** Adds both commands to the program. */
export function addCatalogCommands(program: Command): void {
  const metrics = program
    .command('metrics')
    .description('Every metric a report can hold, by task: what it is, and its formula.')
    .argument('[pattern]', 'part of a name, summary or group; * stands for any text')
    .addHelpText('after', METRIC_EXAMPLES)
    .action(listMetrics);
  const losses = program
    .command('losses')
    .description('Every loss of the library: what it is, its formula, and its likelihood.')
    .argument('[pattern]', 'part of a name, summary or likelihood; * stands for any text')
    .addHelpText('after', LOSS_EXAMPLES)
    .action(listLosses);
  for (const command of [metrics, losses]) addJsonOptions(command);
}

async function listMetrics(pattern: string | undefined, { json }: CatalogFlags): Promise<void> {
  const { metricDescriptions } = await import('../metrics/metric-descriptions.js');
  const metrics = matching('metric', metricDescriptions, pattern, (metric) => [
    metric.name,
    metric.task,
    metric.group,
    metric.summary,
  ]);
  if (json) return writeJson({ schema: 'logitscope.metrics/1', metrics });
  const { renderMetricList } = await import('../render/catalog-text.js');
  process.stdout.write(renderMetricList(metrics, { colour: useColour(process.stdout) }));
}

async function listLosses(pattern: string | undefined, { json }: CatalogFlags): Promise<void> {
  const { losses } = await import('../losses/registry.js');
  const found = matching('loss', losses, pattern, ({ lossName, summary, likelihood }) => [
    lossName,
    summary,
    likelihood,
  ]);
  if (json) return writeJson({ schema: 'logitscope.losses/1', losses: found.map(plainInfo) });
  const { renderLossList } = await import('../render/catalog-text.js');
  process.stdout.write(renderLossList(found, { colour: useColour(process.stdout) }));
}

/**
 * The items one of whose texts holds the pattern.
 * @param textsOf texts of an item, its name first
 * @throws UsageError `nothing-found`
 */
function matching<Item>(
  what: string,
  items: readonly Item[],
  pattern: string | undefined,
  textsOf: (item: Item) => readonly string[],
): readonly Item[] {
  if (pattern === undefined) return items;
  const parts = pattern.split('*').map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'));
  const wanted = new RegExp(parts.join('.*'), 'iu');
  const found = items.filter((item) => textsOf(item).some((text) => wanted.test(text)));
  if (found.length > 0) return found;
  const near = nearest(pattern, [...new Set(items.map((item) => textsOf(item)[0]))]);
  throw new UsageError(
    'nothing-found',
    `No ${what} has ${JSON.stringify(pattern)} in its name or summary.${near === null ? ' Without a pattern all are listed.' : ` Did you mean ${near}?`}`,
  );
}

/** What a loss says about itself, without the function. */
function plainInfo(loss: LossInfo): LossInfo {
  const { lossName, summary, formula, likelihood, source, inputs, reductions } = loss;
  return {
    lossName,
    summary,
    formula,
    likelihood,
    source,
    ...(inputs && { inputs }),
    ...(reductions && { reductions }),
  };
}

function writeJson(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value, null, 2)}\n`);
}
