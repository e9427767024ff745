import { isDeepStrictEqual } from "node:util";
import type * as z from "zod";
import { ANSWERS, type Answer, errorSchema } from "../src/api/index.ts";

const ALIASES: Readonly<Record<string, string>> = { list: "ls", show: "info", diff: "compare" };
const WITH_VALUE = ["-C", "--project", "--config"];

/**
 * Throws where what a command printed with `--json` is not what src/api says, or holds a field that is not described
 * there.
 */
export function checkAnswer(args: readonly string[], printed: string): void {
  const answer = answerOf(args);
  if (answer === undefined || printed.trim() === "") return;
  const documents = answer.isStream === true ? printed.trimEnd().split("\n") : [printed];
  for (const text of documents) {
    const value: unknown = JSON.parse(text);
    const problem = problemOf(isError(value) ? errorSchema : answer.schema, value);
    if (problem !== undefined)
      throw new Error(`headrace ${args.join(" ")} prints what docs/json.md does not describe: ${problem}`);
  }
}

/** Returns what a schema says against a value; also if it passes over a key. */
export function problemOf(schema: z.ZodType, value: unknown): string | undefined {
  const parsed = schema.safeParse(value);
  if (!parsed.success) return JSON.stringify(parsed.error.issues, null, 2);
  return difference(value, parsed.data, "");
}

function answerOf(args: readonly string[]): Answer | undefined {
  const start = args.findIndex((arg, index) => !arg.startsWith("-") && !WITH_VALUE.includes(args[index - 1] ?? ""));
  const command = ALIASES[args[start] ?? ""] ?? args[start];
  const rest = args.slice(start + 1);
  const hasArguments = rest.some((arg) => !arg.startsWith("-"));
  return ANSWERS.find(
    (answer) =>
      answer.command === command &&
      (answer.options ?? []).every((option) => rest.some((arg) => arg === option || arg.startsWith(`${option}=`))) &&
      (answer.withArguments ?? hasArguments) === hasArguments,
  );
}

function isError(value: unknown): boolean {
  return typeof value === "object" && value !== null && "error" in value;
}

function difference(read: unknown, described: unknown, path: string): string | undefined {
  if (isDeepStrictEqual(read, described)) return undefined;
  if (typeof read !== "object" || read === null || typeof described !== "object" || described === null)
    return `${path} differs`;
  for (const [key, value] of Object.entries(read)) {
    if (!Object.hasOwn(described, key)) return `${path}/${key} is not described`;
    const below = difference(value, (described as Readonly<Record<string, unknown>>)[key], `${path}/${key}`);
    if (below !== undefined) return below;
  }
  return `${path} differs`;
}
