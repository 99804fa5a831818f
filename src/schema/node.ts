/**
 * JSON Schema (draft 2020-12) of plain values, held to their types: a field that is missing here, or
 * one too many, or of another type than the value has, does not compile.
 */

/** A JSON Schema, or a part of one. */
export type JsonSchema = { readonly [keyword: string]: unknown };

declare const OF: unique symbol;

/** A schema, whatever it is of. */
export interface Part {
  readonly json: JsonSchema;
  readonly parts: readonly Part[];
  /** Name and schema of what stands in `$defs` once; `json` refers to it. */
  readonly named?: { readonly name: string; readonly own: () => Pick<Part, 'json' | 'parts'> };
}

/** What describes a value of type `T`. */
export interface Node<T> extends Part {
  // Neither wider nor narrower than the type.
  readonly [OF]?: (value: T) => T;
}

/** What describes a field that may be left out. */
export interface Maybe<T> {
  readonly maybe: Node<T>;
}

// biome-ignore lint/suspicious/noExplicitAny: any type, which T is found from.
type AnyNode = Node<any>;
type TypeOf<N> = N extends Node<infer T> ? T : never;

/** Fields of an object: `maybe(…)` where the type has a `?`, and only there. */
export type FieldsOf<T> = {
  readonly [Key in keyof T]-?: Record<never, never> extends Pick<T, Key>
    ? Maybe<Exclude<T[Key], undefined>>
    : Node<T[Key]>;
};

const plain = <T>(json: JsonSchema): Node<T> => ({ json, parts: [] });
const refer = (name: string) => ({ $ref: `#/$defs/${name}` });
const described = (json: JsonSchema, description: string | undefined): JsonSchema =>
  description === undefined ? json : { ...json, description };

/** A part of every schema that stands in `$defs`. */
function define<T>(name: string, json: JsonSchema): (description?: string) => Node<T> {
  const named = { name, own: () => ({ json, parts: [] }) };
  return (description) => ({ json: described(refer(name), description), named, parts: [] });
}

const NOT_FINITE = { enum: ['NaN', 'Infinity', '-Infinity'] };

/** Any number. JSON has no NaN and no infinities; they are strings. */
export const number = define<number>('number', {
  description: 'A number; what is not finite is the string "NaN", "Infinity" or "-Infinity".',
  anyOf: [{ type: 'number' }, NOT_FINITE],
});

/** A number from 0 to 1. */
export const share = define<number>('share', {
  description: 'A number from 0 to 1; "NaN" where there is nothing to take a share of.',
  anyOf: [{ type: 'number', minimum: 0, maximum: 1 }, { const: 'NaN' }],
});

/** A whole number from 0. */
export const count = (description: string): Node<number> =>
  plain({ type: 'integer', minimum: 0, description });

/** A whole number. */
export const whole = (description: string): Node<number> => plain({ type: 'integer', description });

export const text = (description: string): Node<string> => plain({ type: 'string', description });

export const flag = (description: string): Node<boolean> => plain({ type: 'boolean', description });

export const none: Node<null> = plain({ type: 'null' });

/** One value alone. */
export const exactly = <const T extends string | number>(value: T): Node<T> =>
  plain({ const: value });

/** One of some words. */
export const word = <const T extends string>(words: readonly T[], description: string): Node<T> =>
  plain({ enum: words, description });

/** Text of a form that a regular expression tells. */
export const matching = <T extends string>(pattern: string, description: string): Node<T> =>
  plain({ type: 'string', pattern, description });

/** Values of one kind, in order. */
export const list = <T>(
  items: Node<T>,
  description: string,
  limits: { readonly minItems?: number } = {},
): Node<readonly T[]> => ({
  json: { type: 'array', items: items.json, ...limits, description },
  parts: [items],
});

/** Values by names that are not known beforehand. */
export const record = <T>(
  values: Node<T>,
  description: string,
): Node<Readonly<Record<string, T>>> => ({
  json: { type: 'object', additionalProperties: values.json, description },
  parts: [values],
});

/** A value of one of several kinds. */
export const anyOf = <Nodes extends readonly AnyNode[]>(
  nodes: readonly [...Nodes],
  description?: string,
): Node<TypeOf<Nodes[number]>> => ({
  json: described({ anyOf: nodes.map(({ json }) => json) }, description),
  parts: nodes,
});

/** A field that may be left out. */
export const maybe = <T>(node: Node<T>): Maybe<T> => ({ maybe: node });

/** The same kind of value, described as what it is in its place. */
export const as = <T>(node: Node<T>, description: string): Node<T> => ({
  ...node,
  json: described(node.json, description),
});

/**
 * An object of these fields and no others.
 * @param name its name in `$defs`, by which all places of one schema share it
 */
export function object<T>(name: string, description: string, fields: FieldsOf<T>): Node<T> {
  const known = Object.entries(fields as Readonly<Record<string, Part | { readonly maybe: Part }>>);
  const all = known.map(([key, field]) =>
    'maybe' in field
      ? { key, node: field.maybe, isRequired: false }
      : { key, node: field, isRequired: true },
  );
  const json = {
    type: 'object',
    description,
    properties: Object.fromEntries(all.map(({ key, node }) => [key, node.json])),
    required: all.filter(({ isRequired }) => isRequired).map(({ key }) => key),
    additionalProperties: false,
  };
  const parts = all.map(({ node }) => node);
  return { json: refer(name), named: { name, own: () => ({ json, parts }) }, parts: [] };
}

/** A whole schema, with all that it refers to. */
export function schemaOf(node: Part, id: string, title: string): JsonSchema {
  const defs = new Map<string, JsonSchema>();
  const gather = ({ named, parts }: Part): void => {
    for (const part of parts) gather(part);
    if (named === undefined || defs.has(named.name)) return;
    const own = named.own();
    defs.set(named.name, own.json);
    for (const part of own.parts) gather(part);
  };
  gather(node);
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    $id: id,
    title,
    ...node.json,
    $defs: Object.fromEntries(defs),
  };
}
