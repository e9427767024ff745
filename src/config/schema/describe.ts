import * as z from "zod";
import type { Path } from "../report/problem.ts";
import { YamlTimestamp } from "../yaml/timestamp.ts";
import { isNamedByItsKey } from "./fields.ts";

/** Says in words what a schema takes: “text”, “text or a list of texts”. */
export function expectation(schema: z.core.$ZodType): string {
  const inner = unwrapped(schema);
  if (inner instanceof z.ZodUnion) return [...new Set(inner.options.map(expectation))].join(" or ");
  if (inner instanceof z.ZodEnum) return inner.options.map((option) => `\`${option}\``).join(", ");
  if (inner instanceof z.ZodLiteral) return [...inner.values].map((value) => `\`${value}\``).join(", ");
  if (inner instanceof z.ZodArray) return inner.element instanceof z.ZodString ? "a list of texts" : "a list";
  if (inner instanceof z.ZodTuple) return "a pair `[source, target]`";
  if (inner instanceof z.ZodObject || inner instanceof z.ZodRecord) return "a mapping";
  if (inner instanceof z.ZodNumberFormat) return "a whole number";
  if (inner instanceof z.ZodNumber) return "a number";
  if (inner instanceof z.ZodBoolean) return "true or false";
  return "text";
}

/** Says in words what a value is. */
export function kindOf(value: unknown): string {
  if (value === null || value === undefined) return "nothing";
  if (Array.isArray(value)) return "a list";
  if (value instanceof YamlTimestamp) return "a date";
  switch (typeof value) {
    case "string":
      return "text";
    case "boolean":
      return "a boolean";
    case "number":
      if (!Number.isFinite(value)) return Number.isNaN(value) ? "not-a-number" : "an infinite number";
      return Number.isInteger(value) ? "a whole number" : "a number";
    default:
      return "a mapping";
  }
}

/** The schema that stands at a path, led by the data where there is a choice. */
export function schemaAt(root: z.core.$ZodType, path: Path, data: unknown): z.core.$ZodType | undefined {
  let schema = chosen(root, data);
  let value = data;
  for (const key of path) {
    const next = childSchema(schema, key);
    if (next === undefined) return undefined;
    value = childValue(value, key);
    schema = chosen(next, value);
  }
  return schema;
}

/** The value at a path; `undefined` where there is none. */
export function valueAt(root: unknown, path: Path): unknown {
  return path.reduce<unknown>(childValue, root);
}

/** “a step”, “an input”, “`resources`”: what a mapping is called in messages. */
export function nounOf(schema: z.core.$ZodType | undefined): string {
  const id = schema instanceof z.ZodType ? schema.meta()?.id : undefined;
  if (schema === undefined || id === undefined) return "a mapping";
  if (isNamedByItsKey(schema)) return `\`${id}\``;
  return `${/^[aeiou]/.test(id) ? "an" : "a"} ${id.replaceAll("-", " ")}`;
}

/** Keys that a mapping knows. */
export function knownKeys(schema: z.core.$ZodType | undefined): readonly string[] {
  return schema instanceof z.ZodObject ? Object.keys(schema.shape) : [];
}

function childValue(value: unknown, key: string | number): unknown {
  if (typeof value !== "object" || value === null || !Object.hasOwn(value, key)) return undefined;
  return (value as Readonly<Record<string | number, unknown>>)[key];
}

function childSchema(schema: z.core.$ZodType, key: string | number): z.core.$ZodType | undefined {
  if (schema instanceof z.ZodObject) return schema.shape[String(key)];
  if (schema instanceof z.ZodArray) return schema.element;
  if (schema instanceof z.ZodTuple) return typeof key === "number" ? schema.def.items[key] : undefined;
  return schema instanceof z.ZodRecord ? schema.valueType : undefined;
}

function unwrapped(schema: z.core.$ZodType): z.core.$ZodType {
  return schema instanceof z.ZodOptional ? unwrapped(schema.unwrap()) : schema;
}

/** Returns the option of a union whose outer form the value has; for nodes the one of its `type`. */
function chosen(schema: z.core.$ZodType, value: unknown): z.core.$ZodType {
  const inner = unwrapped(schema);
  if (!(inner instanceof z.ZodUnion)) return inner;
  const options = inner.options.map(unwrapped);
  const type = childValue(value, "type");
  const byType = options.find(
    (option) =>
      option instanceof z.ZodObject &&
      option.shape.type instanceof z.ZodLiteral &&
      option.shape.type.values.has(type as string),
  );
  return byType ?? options.find((option) => hasFormOf(option, value)) ?? inner;
}

/** Returns true if a value has a schema's outer form, whatever is inside. */
function hasFormOf(schema: z.core.$ZodType, value: unknown): boolean {
  if (Array.isArray(value)) return schema instanceof z.ZodArray || schema instanceof z.ZodTuple;
  return expectation(schema) === kindOf(value);
}
