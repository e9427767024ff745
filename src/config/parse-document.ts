import type * as z from "zod";
import type { Diagnostic } from "./diagnostic.ts";
import type { ConfigSource } from "./parse-config.ts";
import { ProblemList } from "./report/problem-list.ts";
import { toDiagnostics } from "./report/to-diagnostics.ts";
import { explainIssues } from "./schema/explain.ts";
import { decodeSource } from "./yaml/decode.ts";
import { readYaml } from "./yaml/read-yaml.ts";
import { nowhere } from "./yaml/yaml-document.ts";

/** The document, when it is without errors, and everything that was found out about it. */
export interface DocumentResult<T> {
  readonly value?: T;
  readonly diagnostics: readonly Diagnostic[];
}

/** The problem that a rule beyond the schema has with a document: where, what, and what would be right. */
export interface DocumentProblem {
  readonly path: readonly (string | number)[];
  readonly message: string;
  readonly hint?: string | undefined;
}

/**
 * Reads a YAML file of another form than valohai.yaml as carefully as that: places, hints, all problems at once. An
 * empty file is an empty mapping.
 */
export function parseDocument<Schema extends z.ZodType>(
  source: ConfigSource,
  schema: Schema,
  check: (value: z.infer<Schema>) => readonly DocumentProblem[],
): DocumentResult<z.infer<Schema>> {
  const problems = new ProblemList();
  const { text, problem } = decodeSource(source.text);
  if (problem !== undefined) {
    problems.add(problem);
    return { diagnostics: toDiagnostics(source.file, text, problems.shown(), nowhere) };
  }
  const document = readYaml(text);
  problems.addAll(document.problems);
  const data = document.value === null ? {} : document.value;
  const parsed = data === undefined ? undefined : schema.safeParse(data);
  if (parsed?.success === false) problems.addAll(explainIssues({ schema, data, base: [] }, parsed.error.issues));
  if (parsed?.success === true)
    problems.addAll(check(parsed.data).map((found) => ({ code: "wrong-value", mark: "key", ...found })));
  const diagnostics = toDiagnostics(source.file, text, problems.shown(), document.locator);
  return parsed?.success !== true || problems.hasErrors ? { diagnostics } : { value: parsed.data, diagnostics };
}
