import * as z from "zod";

/** The building blocks of the format's definitions: every one carries the description that editors show. */

export function text(description: string) {
  return z.string().meta({ description });
}

/** A name of a dataset or a model. */
export function dataName(description: string) {
  return z
    .string()
    .regex(/^[\p{L}\p{N}][\p{L}\p{N}._-]{0,127}$/u, "a name of letters, digits, `.`, `_` and `-`")
    .meta({ description });
}

export function boolean(description: string, standard?: boolean) {
  return z.boolean().meta(standard === undefined ? { description } : { description, default: standard });
}

export function number(description: string) {
  return z.number().meta({ description });
}

export function integer(description: string) {
  return z.int().meta({ description });
}

export function oneOf<const Values extends readonly [string, ...string[]]>(
  values: Values,
  description: string,
  standard?: Values[number],
) {
  return z.enum(values).meta(standard === undefined ? { description } : { description, default: standard });
}

export function listOf<Item extends z.ZodType>(item: Item, description: string) {
  return z.array(item).meta({ description });
}

export function textOrTexts(description: string) {
  return z.union([z.string(), z.array(z.string())]).meta({ description });
}

export function anything(description: string) {
  return z.unknown().meta({ description });
}

/** Keys and values of one's own choice. */
export function openMapping(description: string) {
  return z.record(z.string(), z.unknown()).meta({ description });
}

/** Seconds or a text such as `1h 30m`. */
export function duration(description: string) {
  return z.union([z.int(), z.string()]).meta({ description });
}

/**
 * A mapping that knows its keys and refuses others. `id` names it in the JSON Schema and, with an article, in messages.
 * `rule` relates keys to each other.
 */
export function mapping<Shape extends z.ZodRawShape>(id: string, description: string, shape: Shape, rule?: KeyRule) {
  const schema = z.strictObject(shape);
  if (rule === undefined) return schema.meta({ id, description });
  const checked = schema.superRefine((value, context) => {
    const problem = rule.check(value);
    if (problem !== undefined)
      context.addIssue({ code: "custom", message: problem.message, params: { code: problem.code } });
  });
  return checked.meta({ id, description, ...rule.jsonSchema });
}

/** A mapping that stands below a key of its own name, once: messages call it by that key, without an article. */
export function keyedMapping<Shape extends z.ZodRawShape>(
  id: string,
  description: string,
  shape: Shape,
  rule?: KeyRule,
) {
  const schema = mapping(id, description, shape, rule);
  namedByTheirKey.add(schema);
  return schema;
}

const namedByTheirKey = new WeakSet<object>();

export function isNamedByItsKey(schema: object): boolean {
  return namedByTheirKey.has(schema);
}

/** A rule between keys, once for our check and once for the JSON Schema. */
export interface KeyRule {
  readonly check: (value: Readonly<Record<string, unknown>>) => KeyProblem | undefined;
  readonly jsonSchema: Readonly<Record<string, unknown>>;
}

export interface KeyProblem {
  readonly code: "missing-key" | "conflicting-keys";
  readonly message: string;
}

/** One of two keys, not both. `noun` is the mapping's name with its article. */
export function exactlyOne(noun: string, first: string, second: string): KeyRule {
  return {
    check: (value) =>
      first in value || second in value ? bothOf(noun, value, first, second) : neitherOf(noun, first, second),
    jsonSchema: { oneOf: [{ required: [first] }, { required: [second] }] },
  };
}

export function atLeastOne(noun: string, ...keys: readonly string[]): KeyRule {
  return {
    check: (value) => (keys.some((key) => key in value) ? undefined : neitherOf(noun, ...keys)),
    jsonSchema: { anyOf: keys.map((key) => ({ required: [key] })) },
  };
}

/** Both rules. */
export function allOf(first: KeyRule, second: KeyRule): KeyRule {
  return {
    check: (value) => first.check(value) ?? second.check(value),
    jsonSchema: { allOf: [first.jsonSchema, second.jsonSchema] },
  };
}

export function notBoth(noun: string, first: string, second: string): KeyRule {
  return {
    check: (value) => bothOf(noun, value, first, second),
    jsonSchema: { not: { required: [first, second] } },
  };
}

function neitherOf(noun: string, ...keys: readonly string[]): KeyProblem {
  const last = keys.at(-1) ?? "";
  const others = keys.slice(0, -1).map((key) => `\`${key}\``);
  return { code: "missing-key", message: `${noun} needs ${others.join(", ")} or \`${last}\`` };
}

function bothOf(
  noun: string,
  value: Readonly<Record<string, unknown>>,
  first: string,
  second: string,
): KeyProblem | undefined {
  if (!(first in value && second in value)) return undefined;
  return { code: "conflicting-keys", message: `${noun} takes \`${first}\` or \`${second}\`, not both` };
}

export function textList(description: string) {
  return z.array(z.string()).meta({ description });
}
