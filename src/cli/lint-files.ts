import { existsSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { lintSettings } from "../app/index.ts";
import { readBounded, WRITTEN_BY_HAND_BYTES } from "../bounded-file.ts";
import { type ConfigResult, countDiagnostics, FETCHED_SCHEMES, formatDiagnostics, parseConfig } from "../config/index.ts";
import { HeadraceError, systemErrorCode } from "../errors.ts";
import { plural } from "../views/index.ts";
import { matcherIn } from "./project-matches.ts";
import type { Style } from "./terminal/style.ts";

export type LintedText = {
  /** As the user named it. */
  readonly file: string;
  readonly text: string;
} & (
  | { readonly kind: "configuration"; readonly result: ConfigResult }
  /** A headrace.config.yaml. */
  | { readonly kind: "settings"; readonly result: Awaited<ReturnType<typeof lintSettings>> }
);

/** Reads and checks files, which are sought from `folder`. Throws HR_CONFIG_UNREADABLE. */
export async function lintFiles(files: readonly string[], folder: string): Promise<readonly LintedText[]> {
  const linted: LintedText[] = [];
  for (const file of files) linted.push(await lintFile(file, resolve(folder, file)));
  return linted;
}

async function lintFile(file: string, path: string): Promise<LintedText> {
  const bytes = read(path, file);
  const source = { file, text: bytes };
  const text = new TextDecoder().decode(bytes);
  if (isSettings(file)) return { file, text, kind: "settings", result: await lintSettings(source) };
  const folder = dirname(path);
  const fileExists = (name: string): boolean => existsSync(join(folder, name));
  const context = { fileExists, matchesCode: matcherIn(folder), uriSchemes: FETCHED_SCHEMES };
  return { file, text, kind: "configuration", result: parseConfig(source, context) };
}

/** Every problem with its place, then a line per file. */
export function renderLint(linted: readonly LintedText[], options: { readonly width: number; readonly style: Style }): string[] {
  const { style } = options;
  const maxLineLength = Number.isFinite(options.width) ? Math.max(40, options.width - 12) : undefined;
  return linted.flatMap((one) => {
    const { text } = one;
    const { diagnostics } = one.result;
    const format = { color: style.enabled, ...(maxLineLength === undefined ? {} : { maxLineLength }) };
    const problems = diagnostics.length === 0 ? [] : [...formatDiagnostics(diagnostics, text, format).split("\n"), ""];
    return [...problems, verdict(one, style)];
  });
}

function verdict(linted: LintedText, style: Style): string {
  const found = countDiagnostics(linted.result.diagnostics);
  const holds = contentOf(linted);
  const file = style.bold(linted.file);
  if (holds === undefined) return `${style.red("✗")} ${file}: ${found}`;
  return `${style.green("✓")} ${file}: valid, ${holds}${found === "" ? "" : `, ${style.yellow(found)}`}`;
}

/** What a file without errors holds. */
function contentOf(linted: LintedText): string | undefined {
  if (linted.kind === "settings") {
    const { settings } = linted.result;
    return settings && plural(settings.environments.length, "environment");
  }
  const { config } = linted.result;
  return config && `${plural(config.steps.length, "step")}, ${plural(config.pipelines.length, "pipeline")}`;
}

/** By its name: both kinds of file are YAML, and an empty one may be either. */
function isSettings(file: string): boolean {
  return /^headrace\.config\.ya?ml$/.test(basename(file));
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
