import * as z from "zod";

/**
 * An object that stands under a name of its own: in docs/json.md (`title` is its heading there) and among the `$defs`
 * of the JSON Schema (`id`). Unknown keys are let pass, since shapes only ever grow; a strict caller compares the
 * parsed value with the one that was read.
 */
export function shape<Fields extends z.core.$ZodLooseShape>(
  id: string,
  title: string,
  fields: Fields,
): z.ZodObject<z.util.Writeable<Fields>, z.core.$strip> {
  return z.object(fields).meta({ id, title });
}

/** The type of what a schema describes, as the program hands it about: read only, down to the last list. */
export type Json<Schema extends z.ZodType> = ReadonlyJson<z.output<Schema>>;

/** The same of who sends it: fields with a default may be left out. */
export type JsonInput<Schema extends z.ZodType> = ReadonlyJson<z.input<Schema>>;

type ReadonlyJson<T> = T extends readonly (infer Item)[]
  ? readonly ReadonlyJson<Item>[]
  : T extends object
    ? { readonly [Key in keyof T]: ReadonlyJson<T[Key]> }
    : T;
