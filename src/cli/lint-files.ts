import { basename, resolve } from "node:path";
import type { LintReport } from "../api/index.ts";
import { readBounded, WRITTEN_BY_HAND_BYTES } from "../bounded-file.ts";
import { countDiagnostics, formatDiagnostics } from "../config/index.ts";
import { HeadraceError, systemErrorCode } from "../errors.ts";
import { type LintedConfig, lintFile, lintSettings } from "../services/index.ts";
import { plural } from "../views/index.ts";
import type { Style } from "./terminal/style.ts";

export type LintedText =
  | LintedConfig
  /** A headrace.config.yaml. */
  | {
      /** As the user named it. */
      readonly file: string;
      readonly text: string;
      readonly kind: "settings";
      readonly result: Awaited<ReturnType<typeof lintSettings>>;
    };

/** Reads and checks files, which are sought from `folder`. Throws HR_CONFIG_UNREADABLE. */
export async function lintFiles(files: readonly string[], folder: string): Promise<readonly LintedText[]> {
  const linted: LintedText[] = [];
  for (const file of files) linted.push(await lintOne(file, resolve(folder, file)));
  return linted;
}

async function lintOne(file: string, path: string): Promise<LintedText> {
  const bytes = read(path, file);
  const text = new TextDecoder().decode(bytes);
  if (isSettings(file)) return { file, text, kind: "settings", result: await lintSettings({ file, text: bytes }) };
  return await lintFile(path, file);
}

/** Every problem with its place, then a line per file. */
export function renderLint(
  linted: readonly LintedText[],
  options: { readonly width: number; readonly style: Style },
): string[] {
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

/** The same of files that lie on a server: their text is not at hand. */
export function renderReport({ files }: LintReport, style: Style): string[] {
  return files.flatMap(({ file, valid, errors, warnings }) => {
    const problems = [
      ...errors.map((finding) => ({ ...finding, kind: style.red("error") })),
      ...warnings.map((finding) => ({ ...finding, kind: style.yellow("warning") })),
    ];
    const lines = problems.flatMap(({ kind, line, column, message, code, hint }) => [
      `${kind}${style.dim(`[${code}]`)}: ${message}`,
      `  ${style.dim("-->")} ${file}:${line}:${column}`,
      ...(hint === undefined ? [] : [`  ${style.dim("=")} ${hint}`]),
      "",
    ]);
    const counts = [plural(errors.length, "error"), plural(warnings.length, "warning")].filter(
      (_, index) => [errors, warnings][index]?.length !== 0,
    );
    const found = counts.length === 0 ? "" : `, ${counts.join(", ")}`;
    return [
      ...lines,
      `${valid ? style.green("✓") : style.red("✗")} ${style.bold(file)}: ${valid ? "valid" : "not valid"}${found}`,
    ];
  });
}

function verdict(linted: LintedText, style: Style): string {
  const found = countDiagnostics(linted.result.diagnostics);
  const holds = contentOf(linted);
  const file = style.bold(linted.file);
  if (holds === undefined) return `${style.red("✗")} ${file}: ${found}`;
  return `${style.green("✓")} ${file}: valid, ${holds}${found === "" ? "" : `, ${style.yellow(found)}`}`;
}

/** Returns the content of a file without errors. */
function contentOf(linted: LintedText): string | undefined {
  if (linted.kind === "settings") {
    const { settings } = linted.result;
    return settings && plural(settings.environments.length, "environment");
  }
  const { config } = linted.result;
  if (config === undefined) return undefined;
  const { steps, tasks, pipelines } = config;
  const ofTasks = tasks.length === 0 ? [] : [plural(tasks.length, "task")];
  return [plural(steps.length, "step"), ...ofTasks, plural(pipelines.length, "pipeline")].join(", ");
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
    const reason =
      code === "ENOENT" ? "there is no such file" : code === "EISDIR" ? "it is a folder" : (code ?? "unknown reason");
    throw new HeadraceError("HR_CONFIG_UNREADABLE", `${file} cannot be read: ${reason}`, {
      hint: "name a valohai.yaml or headrace.yaml",
      cause: error,
    });
  }
}
