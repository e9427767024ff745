import { type WrittenDocument, withDefaultTexts } from "./build/default-texts.ts";
import { buildDraft, configOf, type Draft } from "./build/draft.ts";
import type { ConfigResult } from "./diagnostic.ts";
import { checkItem, type Item, itemsOf } from "./items.ts";
import type { ConfigContext, FilesAround } from "./lint/context.ts";
import { lintDraft, lintFilesOfDraft } from "./lint/lint-draft.ts";
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
 * Reads a valohai.yaml or headrace.yaml: all problems at once, and the typed configuration when none of them is an
 * error.
 *
 * @example
 * const { config, diagnostics } = parseConfig({ file: "valohai.yaml", text: "- step: {name: a, image: b, command: c}"
 * });
 */
export function parseConfig(source: ConfigSource, context: ConfigContext = {}): ConfigResult {
  const { fileExists, inputExists, matchesCode } = context;
  const parsed = readConfigText(source, context);
  if (fileExists === undefined && matchesCode === undefined) return parsed.alone();
  return parsed.around({
    fileExists: fileExists ?? (() => true),
    ...(inputExists === undefined ? {} : { inputExists }),
    ...(matchesCode === undefined ? {} : { matchesCode }),
  });
}

/** A configuration that was read, before anything is asked of the files around it. */
export interface ReadConfig {
  alone(): ConfigResult;
  /** The same with what the checks say that ask for files. */
  around(files: FilesAround): ConfigResult;
}

/** Reads a configuration once, however often its files are asked for then. */
export function readConfigText(source: ConfigSource, context: Pick<ConfigContext, "uriSchemes">): ReadConfig {
  const problems = new ProblemList();
  const { text, problem } = decodeSource(source.text);
  if (problem !== undefined) {
    problems.add(problem);
    const result = { diagnostics: toDiagnostics(source.file, text, problems.shown(), nowhere) };
    return { alone: () => result, around: () => result };
  }
  const document = readYaml(text);
  problems.addAll(document.problems);
  const draft = document.value === undefined ? undefined : draftOf(document.value, context, problems);
  const written = { root: document.value, text, locator: document.locator };
  const config = draft === undefined ? undefined : withDefaultTexts(configOf(draft), draft, written);
  const resultOf = (all: ProblemList): ConfigResult => {
    const diagnostics = toDiagnostics(source.file, text, all.shown(), document.locator);
    return config === undefined || all.hasErrors ? { diagnostics } : { config, diagnostics };
  };
  return {
    alone: () => resultOf(problems),
    around: (files) => {
      const all = problems.copy();
      if (draft !== undefined && !problems.isFull) lintFilesOfDraft(draft, files, all);
      return resultOf(all);
    },
  };
}

function draftOf(root: WrittenDocument["root"], context: ConfigContext, problems: ProblemList): Draft {
  const draft = buildDraft(itemsOf(root, problems), (item) => isSound(item, problems), problems);
  // With more mistakes than are shown the rest of the items went unread, so that every reference would look wrong.
  if (!problems.isFull) lintDraft(draft, context, problems);
  return draft;
}

function isSound(item: Item, problems: ProblemList): boolean {
  if (problems.isFull) return false;
  const found = checkItem(item);
  problems.addAll(found);
  return found.length === 0;
}
