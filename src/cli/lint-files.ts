import { existsSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { readBounded, WRITTEN_BY_HAND_BYTES } from "../bounded-file.ts";
import { type ConfigResult, countDiagnostics, formatDiagnostics, parseConfig } from "../config/index.ts";
import { HeadraceError, systemErrorCode } from "../errors.ts";
import { matcherIn } from "./project-matches.ts";
import { plural } from "./terminal/format.ts";
import type { Style } from "./terminal/style.ts";

export interface LintedText {
  /** As the user named it. */
  readonly file: string;
  readonly text: string;
  readonly result: ConfigResult;
}

/** Reads and checks files, which are sought from `folder`. Throws HR_CONFIG_UNREADABLE. */
export function lintFiles(files: readonly string[], folder: string): readonly LintedText[] {
  return files.map((file) => {
    const path = resolve(folder, file);
    const bytes = read(path, file);
    const fileExists = (name: string): boolean => existsSync(join(dirname(path), name));
    return {
      file,
      text: new TextDecoder().decode(bytes),
      result: parseConfig({ file, text: bytes }, { fileExists, matchesCode: matcherIn(dirname(path)) }),
    };
  });
}

/** Every problem with its place, then a line per file. */
export function renderLint(linted: readonly LintedText[], options: { readonly width: number; readonly style: Style }): string[] {
  const { style } = options;
  const maxLineLength = Number.isFinite(options.width) ? Math.max(40, options.width - 12) : undefined;
  return linted.flatMap(({ file, text, result }) => {
    const { diagnostics } = result;
    const format = { color: style.enabled, ...(maxLineLength === undefined ? {} : { maxLineLength }) };
    const problems = diagnostics.length === 0 ? [] : [...formatDiagnostics(diagnostics, text, format).split("\n"), ""];
    return [...problems, verdict(file, result, style)];
  });
}

function verdict(file: string, { config, diagnostics }: ConfigResult, style: Style): string {
  const found = countDiagnostics(diagnostics);
  if (config === undefined) return `${style.red("✗")} ${style.bold(file)}: ${found}`;
  const holds = `${plural(config.steps.length, "step")}, ${plural(config.pipelines.length, "pipeline")}`;
  return `${style.green("✓")} ${style.bold(file)}: valid, ${holds}${found === "" ? "" : `, ${style.yellow(found)}`}`;
}

function read(path: string, file: string): Uint8Array {
  try {
    return readBounded(path, WRITTEN_BY_HAND_BYTES);
  } catch (error) {
    const code = systemErrorCode(error);
    const reason = code === "ENOENT" ? "there is no such file" : code === "EISDIR" ? "it is a folder" : (code ?? "unknown reason");
    throw new HeadraceError("HR_CONFIG_UNREADABLE", `${file} cannot be read: ${reason}`, {
      hint: "name a valohai.yaml or headrace.yaml",
      cause: error,
    });
  }
}
