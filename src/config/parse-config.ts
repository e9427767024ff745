import { buildDraft, configOf } from "./build/draft.ts";
import type { ConfigResult, Diagnostic } from "./diagnostic.ts";
import { checkItem, itemsOf } from "./items.ts";
import type { ConfigContext } from "./lint/context.ts";
import { lintDraft } from "./lint/lint-draft.ts";
import { DIAGNOSTIC_CODES } from "./report/catalogue.ts";
import type { Problem } from "./report/problem.ts";
import { toDiagnostics } from "./report/to-diagnostics.ts";
import { decodeSource } from "./yaml/decode.ts";
import { readYaml } from "./yaml/read-yaml.ts";
import type { YamlDocument } from "./yaml/yaml-document.ts";

export interface ConfigSource {
  /** As diagnostics show it. */
  readonly file: string;
  readonly text: string | Uint8Array;
}

/**
 * Reads a valohai.yaml or headrace.yaml: all problems at once, and the typed configuration when none of them is an error.
 *
 * @example
 * const { config, diagnostics } = parseConfig({ file: "valohai.yaml", text: "- step: {name: a, image: b, command: c}" });
 */
export function parseConfig(source: ConfigSource, context: ConfigContext = {}): ConfigResult {
  const decoded = decodeSource(source.text);
  if (decoded.problem !== undefined) return { diagnostics: diagnosticsOf(source.file, decoded.text, [decoded.problem]) };
  const document = readYaml(decoded.text);
  const problems = [...document.problems];
  if (document.value === undefined) return { diagnostics: diagnosticsOf(source.file, decoded.text, problems, document) };
  const { items, problems: outer } = itemsOf(document.value);
  problems.push(...outer);
  const draft = buildDraft(items, (item) => addAll(problems, checkItem(item)), problems);
  lintDraft(draft, context, problems);
  const diagnostics = diagnosticsOf(source.file, decoded.text, problems, document);
  if (problems.some(({ code }) => DIAGNOSTIC_CODES[code][0] === "error")) return { diagnostics };
  return { config: configOf(draft), diagnostics };
}

/** Adds what was found; true when that is nothing. */
function addAll(problems: Problem[], found: readonly Problem[]): boolean {
  for (const problem of found) problems.push(problem);
  return found.length === 0;
}

function diagnosticsOf(file: string, text: string, problems: readonly Problem[], document?: YamlDocument): readonly Diagnostic[] {
  return problems.length === 0 ? [] : toDiagnostics(file, text, problems, document?.locate ?? (() => ({ offset: 0, length: 1 })));
}
