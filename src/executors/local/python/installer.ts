import { spawn } from "node:child_process";
import { appendFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { stripVTControlCharacters } from "node:util";
import { HeadraceError } from "../../../errors.ts";

export interface InstallerRun {
  /** What the command runs in; nothing without a sandbox. */
  readonly within: readonly string[];
  readonly program: string;
  readonly arguments: readonly string[];
  readonly folder: string;
  readonly environment: Readonly<Record<string, string>>;
  /** The whole output is appended to this file. */
  readonly log: string;
  readonly report: (detail: string) => void;
  readonly signal: AbortSignal;
}

const DETAIL_LINES = 15;

/** Runs one program of a build to its end; throws with the program's own words when it fails. */
export async function runInstaller(run: InstallerRun): Promise<void> {
  run.signal.throwIfAborted();
  const shown = [run.program, ...run.arguments].join(" ");
  appendFileSync(run.log, `$ ${shown}\n`);
  // A process group of its own, so that an abort reaches compilers and other children as well.
  const [program = run.program, ...rest] = [...run.within, run.program, ...run.arguments];
  const child = spawn(program, rest, {
    cwd: run.folder,
    env: { ...run.environment },
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
  });
  const lines: string[] = [];
  const take = (raw: string): void => {
    const line = stripVTControlCharacters(raw).trimEnd();
    appendFileSync(run.log, `${line}\n`);
    lines.push(line);
    const detail = progressOf(line);
    if (detail !== undefined) run.report(detail);
  };
  for (const stream of [child.stdout, child.stderr]) createInterface({ input: stream }).on("line", take);
  const abort = (): void => {
    if (child.pid !== undefined) process.kill(-child.pid, "SIGKILL");
  };
  run.signal.addEventListener("abort", abort, { once: true });
  const { promise, resolve } = Promise.withResolvers<string | undefined>();
  child.once("error", (error) => resolve(`could not be started: ${error.message}`));
  child.once("close", (code, signal) => resolve(code === 0 ? undefined : `ended with ${signal ?? `status ${code}`}`));
  const outcome = await promise;
  run.signal.removeEventListener("abort", abort);
  run.signal.throwIfAborted();
  if (outcome === undefined) return;
  throw new HeadraceError("HR_PYTHON_ENVIRONMENT", `the Python environment cannot be built: ${shown} ${outcome}`, {
    hint: hintFor(lines, run.log),
    details: errorLines(lines),
  });
}

/** What a person wants to know of an installer's line. */
export function progressOf(line: string): string | undefined {
  const installing = /^Installing collected packages: (.+)$/.exec(line)?.[1];
  if (installing !== undefined) return packages("Installing", installing.split(", ").length);
  const counted = /^(Resolved|Prepared|Installed) (\d+) packages? in /.exec(line);
  if (counted !== null) return packages(counted[1] ?? "", Number(counted[2]));
  if (/^(Collecting|Processing|Downloading|Building|Preparing) \S/.test(line.trim())) return line.trim().replace(/ @ file:.*$/, "");
  return undefined;
}

function packages(verb: string, count: number): string {
  return `${verb} ${count} package${count === 1 ? "" : "s"}`;
}

/** The installer's own error: pip marks its lines, others end with them. */
function errorLines(lines: readonly string[]): readonly string[] {
  const spoken = lines.filter((line) => line.trim() !== "" && !line.startsWith("[notice]"));
  const marked = spoken.filter((line) => /^\s*(ERROR|error):/.test(line));
  return marked.length > 0 && marked.length <= DETAIL_LINES ? marked : spoken.slice(-DETAIL_LINES);
}

function hintFor(lines: readonly string[], log: string): string {
  const whole = `The whole output is in ${log}.`;
  if (lines.some((line) => line.includes("ensurepip is not"))) return `Install the package python3-venv, or uv. ${whole}`;
  if (lines.some((line) => /No matching distribution|No solution found/.test(line)))
    return `Check the names and versions, and the package index. ${whole}`;
  return whole;
}
