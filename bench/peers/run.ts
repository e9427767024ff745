/**
 * The same trivial work in other tools, beside Headrace and a bare loop of spawns, in one run: whole processes, from
 * the shell to their exit, each tool installed by pip into a virtual environment of its own.
 *
 *     npm run bench -- --peers [--steps 50] [--jobs CORES] [--only headrace,luigi] [--limit-s 300]
 *
 * `chain`: each step waits for the one before. `fan-out`: all are ready at once. `unchanged`: the chain's command once
 * more in the same folder. A tool that cannot be installed here is named with the reason.
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { dagster } from "./dagster.ts";
import { dvc } from "./dvc.ts";
import { headrace } from "./headrace.ts";
import { install } from "./install.ts";
import { luigi } from "./luigi.ts";
import { metaflow } from "./metaflow.ts";
import { names, type Peer, type Work } from "./peer.ts";
import { prefect } from "./prefect.ts";
import { snakemake } from "./snakemake.ts";

const PEERS: readonly Peer[] = [headrace("off"), headrace("auto"), dvc, snakemake, luigi, prefect, metaflow, dagster];

const { values: options } = parseArgs({
  options: {
    peers: { type: "boolean" },
    steps: { type: "string", default: "50" },
    jobs: { type: "string", default: String(availableParallelism()) },
    only: { type: "string" },
    "limit-s": { type: "string", default: "300" },
  },
});
const steps = Number(options.steps);
const jobs = Number(options.jobs);
const wanted = options.only?.split(",");
const root = mkdtempSync(join(tmpdir(), "headrace-bench-peers-"));

try {
  const bare = bareLoop();
  console.log(
    `${steps} steps, ${jobs} at a time; seconds from the shell to the exit, and how often the bare loop's time`,
  );
  console.log(row(["", "chain", "fan-out", "unchanged"]));
  console.log(row(["bare loop of spawns", `${bare.toFixed(2)}`, `${(bare / jobs).toFixed(2)} (÷ jobs)`, ""]));
  for (const peer of PEERS) {
    if (wanted !== undefined && !wanted.some((name) => peer.name.toLowerCase().startsWith(name.toLowerCase())))
      continue;
    console.log(row(measure(peer, bare)));
    if (peer.note !== undefined) console.log(`    ${peer.note}`);
  }
} finally {
  rmSync(root, { recursive: true, force: true });
}

function measure(peer: Peer, bare: number): readonly string[] {
  try {
    const bin = install(peer);
    const chain = inFolder(peer, { shape: "chain", steps, jobs: 1 }, bin, 2);
    const fanOut = inFolder(peer, { shape: "fan-out", steps, jobs }, bin, 1);
    const unchanged = peer.skipsUnchanged ? figure(chain[1], bare) : "runs all again";
    return [peer.name, figure(chain[0], bare), figure(fanOut[0], bare / jobs), unchanged];
  } catch (error) {
    return [peer.name, (error instanceof Error ? error.message : String(error)).split("\n").slice(0, 3).join(" ")];
  }
}

/** Seconds of each of `times` runs of the command in a folder of its own. */
function inFolder(peer: Peer, work: Work, bin: string, times: number): readonly number[] {
  const folder = mkdtempSync(join(root, "work-"));
  peer.setUp?.(folder, bin);
  const [program = "", ...arguments_] = peer.prepare(work, folder, bin);
  return Array.from({ length: times }, () => {
    const since = performance.now();
    const { status, signal, stderr, error } = spawnSync(program, arguments_, {
      cwd: folder,
      stdio: ["ignore", "ignore", "pipe"],
      timeout: Number(options["limit-s"]) * 1000,
      env: {
        ...process.env,
        DO_NOT_TRACK: "1",
        PREFECT_HOME: join(folder, ".prefect"),
        PREFECT_LOGGING_LEVEL: "ERROR",
      },
    });
    const seconds = (performance.now() - since) / 1000;
    if (status === 0) return seconds;
    const said = stderr?.toString().trim().split("\n").at(-1) ?? "";
    throw new Error(`failed (${error?.message ?? signal ?? `exit code ${status}`}): ${said}`);
  });
}

/** The least that can be: as many processes, one after the other. */
function bareLoop(): number {
  const since = performance.now();
  for (const _ of names({ shape: "chain", steps, jobs })) spawnSync("/bin/sh", ["-c", "true"]);
  return (performance.now() - since) / 1000;
}

function figure(seconds: number | undefined, bare: number): string {
  return seconds === undefined ? "" : `${seconds.toFixed(2)} s  ${(seconds / bare).toFixed(0)}×`;
}

function row(cells: readonly string[]): string {
  return cells.map((cell, index) => cell.padEnd(index === 0 ? 24 : 20)).join("");
}
