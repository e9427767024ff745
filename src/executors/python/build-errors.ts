import { HeadraceError } from "../../errors.ts";
import type { StagedLine } from "./requirements.ts";

/** A program of a build that did not succeed. */
export interface FailedProgram {
  /** As a person would name it: `uv pip install`. */
  readonly name: string;
  /** The end in words: `ended with status 1`. */
  readonly outcome: string;
  readonly lines: readonly string[];
  readonly log: string;
}

const DETAIL_LINES = 20;
/** Lines that installers print around a cause; they name none. */
const FRAME =
  /^(\[notice\]|note: |hint: See above|error: subprocess-exited-with-error|error: metadata-generation-failed|error: legacy-install-failure|error: (command|failed-wheel-build)\b.*exit|ERROR: Failed (building wheel for|to build)|WARNING: |[×╰│]|\[end of output\]|ERROR: Could not build wheels|Encountered error while|exit code: |Getting requirements to build|Preparing metadata|Building wheel for|Traceback \(most recent call last\):|File ")/;
const CAUSE =
  /(fatal error:|\b[Ee]rror:|\bERROR:|^\w*(Error|Exception)\b|No space left|cannot find -l|[Pp]ermission denied|command not found|No such file or directory|Disk quota exceeded)/;

/** The installer's failure in its own words, with the places of the user's files. */
export function buildFailure({ name, outcome, lines, log }: FailedProgram, origins: Origins): HeadraceError {
  const place = placesOf(origins);
  return new HeadraceError("HR_PYTHON_ENVIRONMENT", `the Python environment cannot be built: ${name} ${outcome}`, {
    hint: hintFor(lines, log),
    details: causeLines(lines).map(place),
  });
}

/**
 * Returns the lines that a person needs to see: uv's error and all of its causes, or what stands before pip's frames
 * and looks like a cause.
 */
export function causeLines(all: readonly string[]): readonly string[] {
  const lines = all.filter((line) => line.trim() !== "");
  const start = lines.findIndex((line) => /^\s*(error:|× )/.test(line) && !FRAME.test(line.trim()));
  const isUv = start !== -1 && lines.slice(start).some((line) => /^\s*(cause:|╰─▶|├─▶|hint:)/.test(line));
  if (isUv) return shortened(lines.slice(start));
  const chosen = new Set<number>();
  for (const [index, line] of lines.entries()) {
    const plain = line.trim();
    if (CAUSE.test(plain) && !FRAME.test(plain)) chosen.add(index);
    // The last word of a build script: `sys.exit("install libfoo first")` says nothing but that.
    if (plain === "[end of output]") chosen.add(lastSpoken(lines, index));
  }
  if (chosen.size === 0) return lines.filter((line) => !/^\[notice\]/.test(line)).slice(-DETAIL_LINES);
  const found = [...chosen].sort((a, b) => a - b).map((index) => lines[index] ?? "");
  return shortened(found.filter((line, index) => line.trim() !== "" && found.indexOf(line) === index));
}

function lastSpoken(lines: readonly string[], end: number): number {
  for (let index = end - 1; index >= 0; index--) if (!/^[×╰│]/.test((lines[index] ?? "").trim())) return index;
  return end;
}

/** The first ones tell more than those that follow from them; the very last is the installer's verdict. */
function shortened(lines: readonly string[]): readonly string[] {
  return lines.length <= DETAIL_LINES ? lines : [...lines.slice(0, DETAIL_LINES - 2), "…", ...lines.slice(-1)];
}

function hintFor(lines: readonly string[], log: string): string {
  const whole = `the log of the step has the whole output, as has ${log}`;
  const text = lines.join("\n");
  if (text.includes("ensurepip is not")) return `install the package python3-venv, or uv; ${whole}`;
  if (/No space left on device|Disk quota exceeded/.test(text))
    return `make room on the disk, or name another: HEADRACE_PYTHON_ENVIRONMENTS; ${whole}`;
  if (/fatal error: \S+\.h|cannot find -l|Python\.h/.test(text))
    return `install the library's development files (such as python3-dev), or a version that has a wheel; ${whole}`;
  if (/LookupError: setuptools-scm/.test(text))
    return `say the version, as there is no git here: python: {environment: {SETUPTOOLS_SCM_PRETEND_VERSION: "1.0"}}; ${whole}`;
  if (/No matching distribution|No solution found/.test(text))
    return `check the names and versions, and the package index; ${whole}`;
  return whole;
}

/** The staged files by name, with the user's place for each of their lines. */
export type Origins = Readonly<Record<string, readonly StagedLine[]>>;

/** Places in the files that Headrace wrote, told as places in those of the user. */
function placesOf(origins: Origins): (text: string) => string {
  const where = (file: string, line: number): string | undefined => origins[file]?.[line - 1]?.where;
  const ofPosition = (file: string, position: number): string | undefined => {
    let end = 0;
    for (const line of origins[file] ?? []) {
      end += line.text.length + 1;
      if (position < end) return line.where;
    }
    return undefined;
  };
  return (text) =>
    text
      .replaceAll(
        /(?:-r |-c )?\b([\w-]+\.txt) \(line (\d+)\)/g,
        (whole, file: string, line: string) => where(file, Number(line)) ?? whole,
      )
      .replaceAll(
        /line (\d+) of ([\w-]+\.txt)/g,
        (whole, line: string, file: string) => where(file, Number(line)) ?? whole,
      )
      .replaceAll(
        /`([\w-]+\.txt)` at position (\d+)/g,
        (whole, file: string, at: string) => ofPosition(file, Number(at)) ?? whole,
      )
      .replaceAll(
        /\b([\w-]+\.txt):(\d+)(:\d+)?/g,
        (whole, file: string, line: string) => where(file, Number(line)) ?? whole,
      );
}
