import * as z from "zod";
import { ANSWERS, WITHOUT_JSON } from "./commands.ts";
import { errorSchema } from "./errors.ts";

/** The tables of docs/json.md, made of the schemas. */

type Schema = z.core.$ZodType;
type ObjectSchema = z.core.$ZodObject;

/**
 * Every shape with a name, each after those that it is made of extends, by its heading. In the order of their first
 * use.
 */
export function namedShapes(): ReadonlyMap<string, Schema> {
  const found = new Map<string, Schema>();
  const visit = (schema: Schema): void => {
    const { id, title } = metaOf(schema);
    if (id !== undefined && title !== undefined) {
      if (found.has(title)) return;
      found.set(title, original(schema));
    }
    for (const part of partsOf(schema)) visit(part);
  };
  for (const schema of [errorSchema, ...ANSWERS.map((answer) => answer.schema)]) visit(schema);
  return found;
}

/**
 * A page with its tables as the schemas have them now: the first table is that of the commands, the first of each
 * section that of its shape.
 */
export function withTables(page: string): string {
  const shapes = namedShapes();
  const [first = "", ...sections] = page.split(/^(?=## )/m);
  const renewed = sections.map((section) => {
    const schema = shapes.get(/^## (.+)$/m.exec(section)?.[1] ?? "");
    return schema === undefined ? section : withTable(section, fieldTable(schema));
  });
  return [withTable(first, commandTable()), ...renewed].join("");
}

/** A new section has no table yet. */
function withTable(section: string, table: readonly string[]): string {
  const text = `${table.join("\n")}\n`;
  const renewed = section.replace(/(?:^\|.*\n)+/m, () => text);
  return section.includes("\n|") ? renewed : `${section.trimEnd()}\n\n${text}\n`;
}

/** `| command | prints |`: what each command prints, linked to its shape. */
export function commandTable(): readonly string[] {
  const rows = ANSWERS.map(({ command, options = [], withArguments, schema, isStream, note }) => {
    const given = [command, ...options].join(" ");
    const when = withArguments === undefined ? "" : withArguments ? ", with an argument" : ", without an argument";
    const what = isStream === true ? `one object a line: ${typeText(schema)}` : typeText(schema);
    return `| \`${given}\`${when} | ${what}${note === undefined ? "" : `; ${note}`} |`;
  });
  const others = WITHOUT_JSON.map(({ command, why }) => `| \`${command}\` | nothing: ${why} |`);
  return ["| command | prints |", "| --- | --- |", ...rows, ...others];
}

/** `| field | type | meaning |`: the fields of a shape, those of its unnamed parts by path. */
export function fieldTable(schema: Schema): readonly string[] {
  if (schema instanceof z.ZodEnum) return ["| value |", "| --- |", ...schema.options.map((word) => `| \`${word}\` |`)];
  const base = baseOf(schema);
  const rows = fieldsOf(schema, "").filter(({ path }) => base === undefined || !(path in shapeOf(base)));
  const common = base === undefined ? [] : [`| … | | all fields of ${typeText(base)} |`];
  return [
    "| field | type | meaning |",
    "| --- | --- | --- |",
    ...common,
    ...rows.map(({ path, type, meaning }) => `| \`${path}\` | ${type} | ${meaning} |`),
  ];
}

interface Field {
  readonly path: string;
  readonly type: string;
  readonly meaning: string;
}

function fieldsOf(schema: Schema, prefix: string): readonly Field[] {
  const inner = bare(schema);
  if (inner instanceof z.ZodObject)
    return Object.entries(shapeOf(inner)).flatMap(([key, field]) => fieldOf(`${prefix}${key}`, field));
  if (inner instanceof z.ZodDiscriminatedUnion) return alternativesOf(inner, prefix);
  if (inner instanceof z.ZodArray) return fieldsOf(inner.element, prefix.replace(/\.$/, "[]."));
  if (inner instanceof z.ZodRecord) return fieldsOf(inner.valueType, prefix.replace(/\.$/, ".*."));
  return [];
}

function fieldOf(path: string, schema: Schema): readonly Field[] {
  const own = { path, type: typeText(schema), meaning: meaningOf(schema) };
  return isNamed(schema) ? [own] : [own, ...fieldsOf(schema, `${path}.`)];
}

/** The fields of all alternatives, each with the alternatives that have it. */
function alternativesOf(schema: z.ZodDiscriminatedUnion, prefix: string): readonly Field[] {
  const key = schema.def.discriminator;
  const kinds: string[] = [];
  const fields = new Map<string, { readonly field: Field; readonly kinds: string[] }>();
  for (const option of schema.options) {
    const { [key]: kind, ...others } = shapeOf(option);
    const name = kind === undefined ? "" : typeText(kind);
    kinds.push(name);
    for (const field of Object.entries(others).flatMap(([each, part]) => fieldOf(`${prefix}${each}`, part))) {
      const id = JSON.stringify(field);
      const known = fields.get(id) ?? { field, kinds: [] };
      known.kinds.push(name);
      fields.set(id, known);
    }
  }
  const rest = [...fields.values()].map(({ field, kinds: those }) => {
    const where = those.length === kinds.length ? "" : `with \`${key}\` ${those.join(", ")}: `;
    return { ...field, meaning: `${where}${field.meaning}` };
  });
  return [{ path: `${prefix}${key}`, type: kinds.join(" or "), meaning: "which of these it is" }, ...rest];
}

/** A type in words, with a link where it has a name. */
function typeText(schema: Schema): string {
  const { id, title } = metaOf(schema);
  if (title !== undefined)
    return id === undefined ? title : `[${lowerFirst(title)}](#${title.toLowerCase().replaceAll(" ", "-")})`;
  if (schema instanceof z.ZodNullable) return `${typeText(schema.unwrap())} or \`null\``;
  if (schema instanceof z.ZodExactOptional) return `${typeText(schema.unwrap())}, may be absent`;
  if (schema instanceof z.ZodArray) return `list of ${typeText(schema.element)}`;
  if (schema instanceof z.ZodRecord)
    return schema.valueType instanceof z.ZodUnknown ? "object" : `object of ${typeText(schema.valueType)}`;
  if (schema instanceof z.ZodEnum) return schema.options.map((word) => `\`${word}\``).join(" or ");
  if (schema instanceof z.ZodLiteral) return [...schema.values].map((word) => `\`${word}\``).join(" or ");
  if (schema instanceof z.ZodUnion && !(schema instanceof z.ZodDiscriminatedUnion))
    return schema.options.map(typeText).join(" or ");
  if (schema instanceof z.ZodNumber) return schema.isInt ? "whole number" : "number";
  return NAMES[schema._zod.def.type] ?? schema._zod.def.type;
}

const NAMES: Readonly<Record<string, string>> = {
  string: "text",
  boolean: "boolean",
  unknown: "any",
  null: "`null`",
  union: "object",
};

function meaningOf(schema: Schema): string {
  const inner = schema instanceof z.ZodNullable || schema instanceof z.ZodExactOptional ? schema.unwrap() : undefined;
  return metaOf(schema).description ?? (inner === undefined ? "" : meaningOf(inner));
}

/** The earlier shape all of whose fields stand in this one: an execution's row begins with those of a run. */
function baseOf(schema: Schema): ObjectSchema | undefined {
  if (!(schema instanceof z.ZodObject)) return undefined;
  const fields = shapeOf(schema);
  const bases = [...namedShapes().values()].filter(
    (other): other is z.ZodObject =>
      other instanceof z.ZodObject &&
      Object.keys(shapeOf(other)).length < Object.keys(fields).length &&
      Object.entries(shapeOf(other)).every(([key, field]) => fields[key] === field),
  );
  return bases.toSorted((a, b) => Object.keys(shapeOf(b)).length - Object.keys(shapeOf(a)).length)[0];
}

function bare(schema: Schema): Schema {
  return schema instanceof z.ZodNullable || schema instanceof z.ZodExactOptional ? bare(schema.unwrap()) : schema;
}

/** Returns true if its fields stand in a table of their own. */
function isNamed(schema: Schema): boolean {
  const inner = bare(schema);
  if (inner instanceof z.ZodArray) return isNamed(inner.element);
  return metaOf(inner).id !== undefined;
}

function partsOf(schema: Schema): readonly Schema[] {
  const inner = bare(schema);
  if (inner !== schema) return [inner];
  if (inner instanceof z.ZodObject) return Object.values(shapeOf(inner));
  if (inner instanceof z.ZodArray) return [inner.element];
  if (inner instanceof z.ZodRecord) return [inner.valueType];
  if (inner instanceof z.ZodUnion) return inner.options;
  return [];
}

function shapeOf(schema: Schema): Readonly<Record<string, Schema>> {
  return (schema as z.ZodObject).shape;
}

function metaOf(schema: Schema): {
  readonly id?: string | undefined;
  readonly title?: string | undefined;
  readonly description?: string | undefined;
} {
  const { parent } = schema._zod;
  // A shape that is described once more where it is used keeps its name.
  const named = parent === undefined || parent instanceof z.ZodExactOptional ? {} : metaOf(parent as Schema);
  const own = z.globalRegistry.get(schema) ?? {};
  return { ...own, id: own.id ?? named.id };
}

/** A shape as it was given its name, without what is said of it where it is used. */
function original(schema: Schema): Schema {
  const { parent } = schema._zod;
  return z.globalRegistry.get(schema)?.id === undefined && parent !== undefined ? original(parent as Schema) : schema;
}

function lowerFirst(text: string): string {
  return `${text.charAt(0).toLowerCase()}${text.slice(1)}`;
}
