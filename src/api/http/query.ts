import * as z from "zod";

/** Size of a page if the caller names none. */
const PAGE = 50;

/**
 * The same query as texts of an address: `limit=10&states=error&states=stopped&follow=true`. A field that is a list may
 * come once or several times. Unknown fields are refused: a mistyped filter would show everything.
 */
export function inAddress<Query extends z.ZodObject>(query: Query): z.ZodType<z.output<Query>> {
  const fields = Object.entries(query.shape).map(([name, field]) => [name, fieldInAddress(name, field as z.ZodType)]);
  // Each field gives what it gave; only what it takes has become a text.
  return z.strictObject(Object.fromEntries(fields)) as unknown as z.ZodType<z.output<Query>>;
}

function fieldInAddress(name: string, field: z.ZodType): z.ZodType {
  const isOptional = field instanceof z.ZodExactOptional || field instanceof z.ZodOptional;
  const inner = isOptional ? (field.unwrap() as z.ZodType) : field;
  const read = fromText(inner).describe(field.description ?? inner.description ?? "");
  if (isOptional) return read.exactOptional();
  return name === "limit" ? read.default(PAGE) : read;
}

function fromText(field: z.ZodType): z.ZodType {
  if (field instanceof z.ZodArray) {
    const item = field.element as z.ZodType;
    return z.union([z.array(item), item]).transform((value) => (Array.isArray(value) ? value : [value]));
  }
  if (field instanceof z.ZodNumber) return z.coerce.number().pipe(field);
  if (field instanceof z.ZodBoolean) return z.enum(["true", "false"]).transform((text) => text === "true");
  return field;
}
