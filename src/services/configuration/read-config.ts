import { WRITTEN_BY_HAND_BYTES } from "../../bounded-file.ts";
import {
  type Config,
  type ConfigResult,
  type Diagnostic,
  FETCHED_SCHEMES,
  formatDiagnostics,
  type ReadConfig,
  readConfigText,
} from "../../config/index.ts";
import { HeadraceError, systemErrorCode } from "../../errors.ts";
import type { ConfiguredCode } from "./project-code.ts";

/** A configuration with the text that it was read from. */
export interface ReadFile {
  /** As messages name it. */
  readonly file: string;
  readonly text: Buffer;
  readonly read: ReadConfig;
}

/** Reads a configuration; problems in it are diagnostics, only an unreadable file is thrown (HR_CONFIG_UNREADABLE). */
export async function readConfig(code: ConfiguredCode): Promise<ReadFile> {
  const { shownFile: file, lastRead } = code;
  const text = await bytesOf(code);
  const known = lastRead?.configuration;
  if (known?.file === file && text.equals(known.text)) return known;
  const read = { file, text, read: readConfigText({ file, text }, { uriSchemes: FETCHED_SCHEMES }) };
  if (lastRead !== undefined) lastRead.configuration = read;
  return read;
}

/** The same, with what the checks say that ask for files of the code. */
export async function checkConfig(code: ConfiguredCode): Promise<ConfigResult & { readonly text: Buffer }> {
  const { text, read } = await readConfig(code);
  const { has } = await code.view.files();
  const inputExists = code.inputExists ?? has;
  return { ...read.around({ fileExists: has, inputExists }), text };
}

/** A configuration without errors. */
export interface ValidConfig {
  readonly config: Config;
  readonly text: Buffer;
  readonly warnings: readonly Diagnostic[];
}

/** The configuration, if it has no errors; throws HR_CONFIG_INVALID with all of them. */
export async function requireConfig(code: ConfiguredCode): Promise<ValidConfig> {
  const { config, diagnostics, text } = await checkConfig(code);
  if (config === undefined) throw invalid(code.shownFile, text, diagnostics);
  return { config, text, warnings: diagnostics };
}

function invalid(file: string, bytes: Buffer, diagnostics: readonly Diagnostic[]): HeadraceError {
  const errors = diagnostics.filter((diagnostic) => diagnostic.severity === "error");
  const text = new TextDecoder().decode(bytes);
  return new HeadraceError(
    "HR_CONFIG_INVALID",
    `${file} has ${errors.length === 1 ? "an error" : `${errors.length} errors`}`,
    {
      details: formatDiagnostics(errors, text, { color: false }).trimEnd().split("\n"),
      hint: ["nothing was run; ", { do: "check-configuration" }, " shows warnings as well"],
    },
  );
}

async function bytesOf({ view, configPath, shownFile }: ConfiguredCode): Promise<Buffer> {
  try {
    const bytes = await view.read(configPath, WRITTEN_BY_HAND_BYTES);
    if (bytes !== undefined) return bytes;
  } catch (error) {
    throw unreadable(shownFile, systemErrorCode(error) ?? "unknown error", error);
  }
  throw unreadable(shownFile, "ENOENT", undefined);
}

function unreadable(file: string, reason: string, cause: unknown): HeadraceError {
  return new HeadraceError("HR_CONFIG_UNREADABLE", `${file} cannot be read (${reason})`, {
    hint: "check that it is a file and that you may read it",
    cause,
  });
}
