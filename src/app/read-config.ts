import { statSync } from "node:fs";
import { join, relative } from "node:path";
import { readBounded, WRITTEN_BY_HAND_BYTES } from "../bounded-file.ts";
import { type Config, type ConfigResult, type Diagnostic, FETCHED_SCHEMES, formatDiagnostics, parseConfig } from "../config/index.ts";
import { HeadraceError, systemErrorCode } from "../errors.ts";
import type { ProjectLocation } from "./project-location.ts";

/** Reads and checks a configuration file; problems in it are diagnostics, only an unreadable file is thrown (HR_CONFIG_UNREADABLE). */
export function readConfig({ configFile: file, root }: ProjectLocation): ConfigResult {
  const text = readBytes(file);
  if (latest?.file === file && text.equals(latest.text) && latest.asked.every(([path, answer]) => exists(path) === answer))
    return latest.result;
  const asked: (readonly [path: string, answer: boolean])[] = [];
  const fileExists = (name: string): boolean => {
    const path = join(root, name);
    const answer = exists(path);
    asked.push([path, answer]);
    return answer;
  };
  const result = parseConfig({ file: shownName(file), text }, { fileExists, uriSchemes: FETCHED_SCHEMES });
  latest = { file, text, asked, result };
  return result;
}

/** What was read last, with all that the result rests upon: a command asks for its configuration three times, and a large one takes long. */
let latest:
  | {
      readonly file: string;
      readonly text: Buffer;
      readonly asked: readonly (readonly [path: string, answer: boolean])[];
      readonly result: ConfigResult;
    }
  | undefined;

/** The configuration, if it has no errors; throws HR_CONFIG_INVALID with all of them. Warnings are handed on. */
export function requireConfig(location: ProjectLocation, warn: (diagnostic: Diagnostic) => void): Config {
  const { config, diagnostics } = readConfig(location);
  if (config === undefined) throw invalid(location.configFile, diagnostics);
  for (const diagnostic of diagnostics) warn(diagnostic);
  return config;
}

function invalid(file: string, diagnostics: readonly Diagnostic[]): HeadraceError {
  const errors = diagnostics.filter((diagnostic) => diagnostic.severity === "error");
  const text = new TextDecoder().decode(readBytes(file));
  return new HeadraceError("HR_CONFIG_INVALID", `${shownName(file)} has ${errors.length === 1 ? "an error" : `${errors.length} errors`}`, {
    details: formatDiagnostics(errors, text, { color: false }).trimEnd().split("\n"),
    hint: "nothing was run; `headrace lint` shows warnings as well",
  });
}

function readBytes(file: string): Buffer {
  try {
    return readBounded(file, WRITTEN_BY_HAND_BYTES);
  } catch (error) {
    throw new HeadraceError("HR_CONFIG_UNREADABLE", `${shownName(file)} cannot be read (${systemErrorCode(error) ?? "unknown error"})`, {
      hint: "check that it is a file and that you may read it",
      cause: error,
    });
  }
}

/** As a user in the current folder would write it, so that editors and terminals can open `file:line:column`. */
function shownName(file: string): string {
  const shown = relative(process.cwd(), file);
  return shown === "" || shown.startsWith("..") ? file : shown;
}

function exists(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false }) !== undefined;
}
