/**
 * Measures what a step on a Slurm cluster costs over the same command by plain `sbatch`, and how many questions jobs in
 * flight cost the controller. On a cluster of its own on this machine (packages slurm-wlm and munge; root).
 *
 *     node bench/slurm.ts [--rounds 15] [--jobs 500] [--poll 1] [--seconds 20]
 */
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { parseArgs } from "node:util";
import type { JobSpec, RunningJob } from "../src/executors/index.ts";
import { startSlurm } from "../src/executors/slurm/fixtures/start-slurm.ts";
import { openSlurmExecutor } from "../src/executors/slurm/slurm-executor.ts";

const { values: options } = parseArgs({
  options: {
    rounds: { type: "string", default: "15" },
    jobs: { type: "string", default: "500" },
    poll: { type: "string", default: "1" },
    seconds: { type: "string", default: "20" },
  },
});
const pollS = Number(options.poll);

await using cluster = await startSlurm();
const programs = join(cluster.workFolder, "programs");
const questions = join(cluster.workFolder, "questions");
countQuestions();
await measureOverhead(Number(options.rounds));
await measureQuestions(Number(options.jobs), Number(options.seconds));

/** Programs in the place of Slurm's that note each question and then ask it. */
function countQuestions(): void {
  mkdirSync(programs);
  for (const name of ["sbatch", "squeue", "scancel", "sacct", "sinfo"]) {
    writeFileSync(join(programs, name), `#!/bin/sh\necho ${name} >> '${questions}'\nexec /usr/bin/${name} "$@"\n`);
    chmodSync(join(programs, name), 0o755);
  }
}

function asked(program: string): number {
  if (!existsSync(questions)) return 0;
  return readFileSync(questions, "utf8")
    .split("\n")
    .filter((line) => line === program).length;
}

function open(more: readonly string[] = []): ReturnType<typeof openSlurmExecutor> {
  return openSlurmExecutor({
    settings: { workFolder: cluster.workFolder, options: more, pollS, programs },
    baseEnvironment: cluster.environment,
  });
}

function jobOf(name: string, command: string): JobSpec {
  const folder = join(cluster.workFolder, "executions", name);
  mkdirSync(folder, { recursive: true });
  return { executionId: name, folder, command: [command], image: "", environment: {} };
}

/**
 * In turn, each on an idle cluster: while a job is completing, Slurm lets new ones wait for its next look, up to a
 * second later.
 */
async function measureOverhead(rounds: number): Promise<void> {
  await using executor = open();
  const plain: number[] = [];
  const ours: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    await idle();
    plain.push(await bySbatch(round));
    await idle();
    const job = jobOf(`overhead-${round}`, "true");
    const preparation = await executor.prepare(job, () => undefined, new AbortController().signal);
    const from = performance.now();
    await (await executor.start(job, preparation)).ended;
    ours.push(performance.now() - from);
  }
  const overheadMs = median(ours) - median(plain);
  console.log(`"true" by sbatch, to its end on the disk        ${spread(plain)}`);
  console.log(`"true" as a step, start() to ended              ${spread(ours)}`);
  console.log(`overhead ${overheadMs.toFixed(0)} ms (budget 100 ms + the polling interval, here ${pollS * 1000} ms)`);
}

async function bySbatch(round: number): Promise<number> {
  const mark = join(cluster.workFolder, `plain-${round}`);
  const from = Date.now();
  await cluster.run(
    "sbatch",
    "--parsable",
    "--output=/dev/null",
    `--wrap=true; date +%s%N > ${mark}.new; mv ${mark}.new ${mark}`,
  );
  while (!existsSync(mark)) await delay(5);
  return Number(readFileSync(mark, "utf8")) / 1e6 - from;
}

async function idle(): Promise<void> {
  while ((await cluster.run("squeue", "--noheader")) !== "") await delay(50);
  await delay(200);
}

async function measureQuestions(count: number, seconds: number): Promise<void> {
  await using executor = open(["--hold"]);
  const jobs = Array.from({ length: count }, (_, index) => jobOf(`held-${index}`, "true"));
  const from = performance.now();
  const running: RunningJob[] = await Promise.all(
    jobs.map(async (job) =>
      executor.start(job, await executor.prepare(job, () => undefined, new AbortController().signal)),
    ),
  );
  console.log(`${count} jobs submitted in ${((performance.now() - from) / 1000).toFixed(1)} s`);
  const before = asked("squeue");
  const cpu = process.cpuUsage();
  await delay(seconds * 1000);
  const { user, system } = process.cpuUsage(cpu);
  const perSecond = (asked("squeue") - before) / seconds;
  console.log(
    `${count} jobs in flight: ${perSecond.toFixed(2)} questions a second (budget 1), ${((user + system) / 10_000 / seconds).toFixed(1)} % of a core`,
  );
  const stopping = performance.now();
  await Promise.all(running.map((job) => job.signal("kill")));
  await Promise.all(running.map(({ ended }) => ended));
  console.log(
    `${count} waiting jobs cancelled in ${((performance.now() - stopping) / 1000).toFixed(1)} s, by ${asked("scancel")} calls of scancel`,
  );
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

function spread(values: readonly number[]): string {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (share: number): string =>
    (sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0).toFixed(0);
  return `p50 ${at(0.5)} ms, p10 ${at(0.1)}, p90 ${at(0.9)} (${values.length} rounds)`;
}
