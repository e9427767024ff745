import * as z from "zod";
import { expectation } from "../config/index.ts";
import type { ListedForm } from "./kind-form.ts";

/** The tables of docs/environments.md, made of the forms that also check the file. */

const HEADING = "## Settings of each kind";

/** A page of the manual with the settings of these kinds as their forms have them now. */
export function withKindSettings(page: string, forms: readonly ListedForm[]): string {
  return page
    .split(/^(?=## )/m)
    .map((section) =>
      section.startsWith(HEADING)
        ? section.replace(/(?:^\|.*\n)+/m, () => `${kindTable(forms).join("\n")}\n`)
        : section,
    )
    .join("");
}

/** `| key | takes | meaning |`: a line for each setting of each kind. */
export function kindTable(forms: readonly ListedForm[]): readonly string[] {
  return ["| key | takes | meaning |", "| --- | --- | --- |", ...forms.flatMap(rowsOf)];
}

function rowsOf({ name, schema }: ListedForm): readonly string[] {
  if (!(schema instanceof z.ZodObject)) throw new Error(`the settings of ${name} are no mapping`);
  return Object.entries(schema.shape).map(([key, field]) => {
    const { description = "", default: standard } = metaOf(field);
    const isNeeded = !(field instanceof z.ZodOptional);
    const notes = [isNeeded ? " Required." : "", standard === undefined ? "" : ` \`${String(standard)}\` unless set.`];
    return `| \`${name}.${key}\` | ${expectation(field)} | ${description}${notes.join("")} |`;
  });
}

/** As whoever wrote the field has described it, whether it may be left out or not. */
function metaOf(field: z.core.$ZodType): { readonly description?: string | undefined; readonly default?: unknown } {
  const inner = field instanceof z.ZodOptional ? field.unwrap() : field;
  return (inner instanceof z.ZodType ? inner.meta() : undefined) ?? {};
}
