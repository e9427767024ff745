import { spawn } from "node:child_process";
import { appendFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { stripVTControlCharacters } from "node:util";
import { onAbort } from "../../concurrency/index.ts";
import { shieldVariables } from "../local/shielded-variables.ts";

export interface InstallerRun {
  /** The command line in which the program runs; empty without a sandbox. */
  readonly within: readonly string[];
  readonly program: string;
  readonly arguments: readonly string[];
  readonly folder: string;
  readonly environment: Readonly<Record<string, string>>;
  /** The whole output is appended to this file. */
  readonly log: string;
  /** Takes secrets out of what is logged and shown. */
  readonly redact: (text: string) => string;
  readonly report: (detail: string) => void;
  readonly signal: AbortSignal;
}

/** The end of a program: `outcome` in words unless it succeeded. */
export interface InstallerEnd {
  readonly outcome: string | undefined;
  readonly lines: readonly string[];
}

/** Runs one program of a build to its end. */
export async function runInstaller(run: InstallerRun): Promise<InstallerEnd> {
  run.signal.throwIfAborted();
  appendFileSync(run.log, `$ ${run.redact([run.program, ...run.arguments].join(" "))}\n`);
  // `python.environment` is a stranger's: nothing of it may steer what stands between here and the sandbox.
  const { environment, prefix } = shieldVariables(run.environment);
  const [program = run.program, ...rest] = [...run.within, ...prefix, run.program, ...run.arguments];
  // A process group of its own, so that an abort reaches compilers and other children as well.
  const child = spawn(program, rest, {
    cwd: run.folder,
    env: { ...environment },
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
  });
  const lines: string[] = [];
  const take = (raw: string): void => {
    const line = run.redact(stripVTControlCharacters(raw).trimEnd());
    appendFileSync(run.log, `${line}\n`);
    lines.push(line);
    const detail = progressOf(line);
    if (detail !== undefined) run.report(detail);
  };
  for (const stream of [child.stdout, child.stderr]) createInterface({ input: stream }).on("line", take);
  using _aborting = onAbort(run.signal, () => {
    if (child.pid !== undefined) process.kill(-child.pid, "SIGKILL");
  });
  const { promise, resolve } = Promise.withResolvers<string | undefined>();
  child.once("error", (error) => resolve(`could not be started: ${error.message}`));
  child.once("close", (code, signal) => resolve(code === 0 ? undefined : `ended with ${signal ?? `status ${code}`}`));
  const outcome = await promise;
  run.signal.throwIfAborted();
  return { outcome, lines };
}

/** Returns what a person wants to know of an installer's line. */
export function progressOf(line: string): string | undefined {
  const installing = /^Installing collected packages: (.+)$/.exec(line)?.[1];
  if (installing !== undefined) return packages("Installing", installing.split(", ").length);
  const counted = /^(Resolved|Prepared|Installed) (\d+) packages? in /.exec(line);
  if (counted !== null) return packages(counted[1] ?? "", Number(counted[2]));
  if (/^(Collecting|Processing|Downloading|Building|Preparing) \S/.test(line.trim()))
    return line.trim().replace(/ @ file:.*$| \(from .*\)$/, "");
  return undefined;
}

function packages(verb: string, count: number): string {
  return `${verb} ${count} package${count === 1 ? "" : "s"}`;
}
