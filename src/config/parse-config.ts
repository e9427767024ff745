import { type WrittenDocument, withDefaultTexts } from "./build/default-texts.ts";
import { buildDraft, configOf } from "./build/draft.ts";
import type { ConfigResult } from "./diagnostic.ts";
import { checkItem, type Item, itemsOf } from "./items.ts";
import type { ConfigContext } from "./lint/context.ts";
import { lintDraft } from "./lint/lint-draft.ts";
import type { Config } from "./model.ts";
import { ProblemList } from "./report/problem-list.ts";
import { toDiagnostics } from "./report/to-diagnostics.ts";
import { decodeSource } from "./yaml/decode.ts";
import { readYaml } from "./yaml/read-yaml.ts";
import { nowhere } from "./yaml/yaml-document.ts";

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
  const problems = new ProblemList();
  const { text, problem } = decodeSource(source.text);
  if (problem !== undefined) {
    problems.add(problem);
    return { diagnostics: toDiagnostics(source.file, text, problems.shown(), nowhere) };
  }
  const document = readYaml(text);
  problems.addAll(document.problems);
  const config =
    document.value === undefined ? undefined : configFrom({ root: document.value, text, locator: document.locator }, context, problems);
  const diagnostics = toDiagnostics(source.file, text, problems.shown(), document.locator);
  return config === undefined || problems.hasErrors ? { diagnostics } : { config, diagnostics };
}

function configFrom(document: WrittenDocument, context: ConfigContext, problems: ProblemList): Config {
  const draft = buildDraft(itemsOf(document.root, problems), (item) => isSound(item, problems), problems);
  // With more mistakes than are shown the rest of the items went unread, so that every reference would look wrong.
  if (!problems.isFull) lintDraft(draft, context, problems);
  return withDefaultTexts(configOf(draft), draft, document);
}

function isSound(item: Item, problems: ProblemList): boolean {
  if (problems.isFull) return false;
  const found = checkItem(item);
  problems.addAll(found);
  return found.length === 0;
}
