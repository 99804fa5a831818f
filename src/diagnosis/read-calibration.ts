/** A recalibration read back from JSON: every value in it is a claim that is checked. */

import type { Calibration, CalibrationFit } from '../types/calibration.js';
import { InputError, quote } from '../types/errors.js';

const SCHEMA = 'logitscope.recalibration/1';
const TASKS = ['classification', 'binary', 'multilabel', 'regression'];
const KINDS = ['logits', 'log-probabilities', 'probabilities'];

/** What a set of parameters belongs to. */
type Shape = Pick<Calibration, 'task' | 'classes' | 'method'>;

type Json = Readonly<Record<string, unknown>>;

/**
 * @param value what `JSON.parse` gave: of `calibrateFile`, or of `fitRecalibration`
 * @param source name of the file, for messages
 * @throws InputError `bad-calibration`
 */
export function readCalibration(value: unknown, source: string): Calibration {
  const reader = new Reader(source);
  const json = reader.object(value, 'the content');
  if (json.schema !== SCHEMA) {
    throw reader.bad('schema', json.schema, `"${SCHEMA}", as logitscope calibrate --out writes it`);
  }
  const whole = json.task === undefined ? withTask(json, source) : json;
  const { task, kind, classes, classNames, eps } = whole;
  if (!TASKS.includes(task as string)) throw reader.bad('task', task, `one of ${TASKS.join(', ')}`);
  const kinds = task === 'regression' ? ['values'] : KINDS;
  if (kind !== null && !kinds.includes(kind as string)) {
    throw reader.bad('kind', kind, `one of ${kinds.join(', ')}`);
  }
  if (!Number.isSafeInteger(classes) || (classes as number) < 1) {
    throw reader.bad('classes', classes, 'a whole number from 1, of scores per row');
  }
  const areNames =
    classNames === null ||
    (Array.isArray(classNames) && classNames.every((name) => typeof name === 'string'));
  if (!areNames) throw reader.bad('classNames', classNames, 'a list of names, or null');
  if (eps !== undefined && !(typeof eps === 'number' && eps >= 0 && eps < 0.5)) {
    throw reader.bad('eps', eps, 'a number from 0 to 0.5');
  }
  const shape = whole as unknown as Shape;
  if (whole.slices === undefined) {
    reader.parameters(whole, shape, '');
    return whole as unknown as Calibration;
  }
  if (!Array.isArray(whole.slices) || whole.slices.length === 0) {
    throw reader.bad('slices', whole.slices, 'a list of fits, one for each slice');
  }
  whole.slices.forEach((slice, i) => {
    const own = reader.object(slice, `slices[${i}]`);
    if (typeof own.name !== 'string') throw reader.bad(`slices[${i}].name`, own.name, 'a text');
    reader.parameters(own, shape, `slices[${i}].`);
  });
  return whole as unknown as Calibration;
}

/** What `fitRecalibration` gives says nothing of tasks: its rows are logits, of classes. */
function withTask(json: Json, source: string): Json {
  const { offsets, rows = 0 } = json;
  return {
    ...json,
    task: 'classification',
    kind: null,
    method: 'temperature-and-offsets',
    classes: Array.isArray(offsets) ? offsets.length : undefined,
    classNames: null,
    fittedOn: { name: source, rows, of: rows },
  };
}

class Reader {
  readonly #source: string;

  constructor(source: string) {
    this.#source = source;
  }

  bad(what: string, found: unknown, expected: string): InputError {
    return new InputError('bad-calibration', {
      source: this.#source,
      problem: `${what} of the recalibration cannot be used`,
      found: found === undefined ? 'nothing' : quote(JSON.stringify(found) ?? String(found)),
      expected,
      advice: 'Give a file as logitscope calibrate --out writes it.',
    });
  }

  object(value: unknown, what: string): Json {
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Json;
    throw this.bad(what, value, 'an object');
  }

  /** The parameters that the method needs. */
  parameters(json: Json, { task, classes, method }: Shape, at: string): void {
    const each = task === 'classification' || task === 'multilabel' ? classes : 1;
    if (method === 'isotonic' && task === 'binary') {
      this.#curve(json, at);
      return;
    }
    if (method === 'line' && task === 'regression') {
      const line = this.object(json.line, `${at}line`);
      this.#numbers([line.slope, line.intercept], 2, `${at}line`);
      return;
    }
    const isTempered = method === 'temperature' || method === 'temperature-and-offsets';
    if (!isTempered || task === 'regression') {
      throw this.bad('method', method, 'a method that the task has');
    }
    const temperatures =
      task === 'multilabel'
        ? this.#numbers(json.temperatures, each, `${at}temperatures`)
        : this.#numbers([json.temperature], 1, `${at}temperature`);
    const wrong = temperatures.find((value) => !(value > 0));
    if (wrong !== undefined) throw this.bad(`${at}temperature`, wrong, 'a number > 0');
    if (method === 'temperature') return;
    this.#numbers(json.offsets, each, `${at}offsets`);
  }

  #curve(json: Json, at: string): void {
    const { x, y } = this.object(json.isotonic, `${at}isotonic`) as Partial<
      NonNullable<CalibrationFit['isotonic']>
    >;
    const length = Array.isArray(x) ? x.length : 0;
    if (length === 0) throw this.bad(`${at}isotonic.x`, x, 'a list of probabilities');
    for (const [name, values, rises] of [
      ['x', this.#numbers(x, length, `${at}isotonic.x`), (a: number, b: number) => a < b],
      ['y', this.#numbers(y, length, `${at}isotonic.y`), (a: number, b: number) => a <= b],
    ] as const) {
      const isCurve = values.every(
        (value, i) => value >= 0 && value <= 1 && (i === 0 || rises(values[i - 1], value)),
      );
      if (!isCurve)
        throw this.bad(`${at}isotonic.${name}`, values, 'ascending numbers from 0 to 1');
    }
  }

  #numbers(value: unknown, length: number, what: string): readonly number[] {
    const isList = Array.isArray(value) && value.length === length && value.every(Number.isFinite);
    if (isList) return value as readonly number[];
    throw this.bad(what, value, length === 1 ? 'a finite number' : `${length} finite numbers`);
  }
}
