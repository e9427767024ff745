import * as z from "zod";
import { ANSWERS } from "./commands.ts";
import { errorSchema } from "./errors.ts";

/**
 * One JSON Schema (draft 2020-12) of everything that commands print with `--json`: each shape by its name in `$defs`,
 * and what each command prints as an alternative.
 */
export function jsonSchemas(): object {
  const answers = z.union([errorSchema, ...new Set(ANSWERS.map(({ schema }) => schema))]);
  return { title: "What headrace prints with --json", ...z.toJSONSchema(answers, { io: "input" }) };
}
