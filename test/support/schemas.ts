/** Holds what commands write as JSON to the schemas that the package gives of it. */

import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import { jsonSchema, SCHEMA_NAMES, type SchemaName } from '../../src/schema/index.js';

const ajv = new Ajv2020({ strict: true, allErrors: false });
const made = new Map<SchemaName, ValidateFunction>();

function validatorOf(name: SchemaName): ValidateFunction {
  const known = made.get(name) ?? ajv.compile(jsonSchema(name));
  made.set(name, known);
  return known;
}

/** The command that writes what says this of itself. */
const WRITTEN_BY: Readonly<Record<string, SchemaName>> = {
  ...Object.fromEntries(SCHEMA_NAMES.map((name) => [`logitscope.${name}/1`, name])),
  'logitscope.epoch/1': 'epochs',
  'logitscope.recalibration/1': 'calibrate',
  'logitscope.applied/1': 'calibrate',
  'logitscope.converted/1': 'convert',
};

/** What the schema has against a value that was read from JSON; null for nothing. */
export function schemaProblem(value: unknown): string | null {
  const { schema } = value as { readonly schema: string };
  const name = WRITTEN_BY[schema];
  if (name === undefined) return `no command writes ${schema}`;
  const validate = validatorOf(name);
  if (validate(value)) return null;
  return ajv.errorsText(validate.errors, { dataVar: name });
}

/** Throws where a schema has something against what a command wrote: one value, or one per line. */
export function holdToSchema(text: string): void {
  let values: readonly unknown[];
  try {
    values = [JSON.parse(text)];
  } catch {
    values = text
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line));
  }
  for (const value of values) {
    const problem = schemaProblem(value);
    if (problem !== null) throw new Error(`The schema does not hold of a report: ${problem}`);
  }
}
