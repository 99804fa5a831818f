/** JSON Schemas of what the commands write with `--json`. */

import { calibrateReport } from './calibrate.js';
import { lossCatalog, metricCatalog } from './catalog.js';
import { compareReport } from './compare.js';
import { convertReport } from './convert.js';
import { epochsReport } from './epochs.js';
import { explainReport } from './explain.js';
import { inspectReport } from './inspect.js';
import { type JsonSchema, type Part, schemaOf } from './node.js';
import { perplexityReport } from './perplexity.js';
import { scoreReport } from './score.js';

/** Commands that write JSON. */
export type SchemaName =
  | 'score'
  | 'explain'
  | 'epochs'
  | 'compare'
  | 'perplexity'
  | 'calibrate'
  | 'inspect'
  | 'convert'
  | 'metrics'
  | 'losses';

const REPORTS: Readonly<Record<SchemaName, Part>> = {
  score: scoreReport,
  explain: explainReport,
  epochs: epochsReport,
  compare: compareReport,
  perplexity: perplexityReport,
  calibrate: calibrateReport,
  inspect: inspectReport,
  convert: convertReport,
  metrics: metricCatalog,
  losses: lossCatalog,
};

export const SCHEMA_NAMES = Object.keys(REPORTS) as SchemaName[];

/** The JSON Schema, draft 2020-12, of what a command writes with `--json`. */
export function jsonSchema(name: SchemaName): JsonSchema {
  return schemaOf(
    REPORTS[name],
    `urn:logitscope:schema:${name}:1`,
    `What logitscope ${name} --json writes`,
  );
}
