import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

/**
 * The files that a job keeps on the shared disk, in `control/` of its execution's folder. An engine on any machine that
 * sees the folder learns all from them.
 *
 *     job           made before the job is handed to Slurm, filled with its number afterwards: without it, there is surely no job
 *     script        the step's commands for bash, script.sh for a node that has none
 *     launch        the step's variables and its command line; removed by the job as soon as it has read them
 *     claim         who runs the step: job, restart count, node, second since the epoch; made once, exclusively, by the job itself
 *     status        what the batch script noted, line by line, while the step ran
 *     exit          its last word: begins with a number and a newline = the step has ended; blanks until then
 *     interrupted   the step was sent SIGINT by us
 *     asked         and SIGTERM, when its grace was over
 *     killed        and SIGKILL
 *     terminated    Slurm sent SIGTERM: the job was cancelled, preempted, or at its time limit
 *     use           what the step has used of its node, line by line (use-sampler.ts)
 *     batch.log     what Slurm itself printed into the job
 */
export interface SlurmFiles {
  readonly control: string;
  readonly job: string;
  readonly script: string;
  readonly plainScript: string;
  readonly launch: string;
  readonly claim: string;
  /** The addresses of its node, as that one says them. */
  readonly addresses: string;
  readonly status: string;
  readonly exit: string;
  readonly interrupted: string;
  readonly asked: string;
  readonly killed: string;
  readonly terminated: string;
  readonly use: string;
  readonly batchLog: string;
}

export function slurmFiles(control: string): SlurmFiles {
  const at = (name: string): string => join(control, name);
  return {
    control,
    job: at("job"),
    script: at("script"),
    plainScript: at("script.sh"),
    launch: at("launch"),
    claim: at("claim"),
    addresses: at("addresses"),
    status: at("status"),
    exit: at("exit"),
    interrupted: at("interrupted"),
    asked: at("asked"),
    killed: at("killed"),
    terminated: at("terminated"),
    use: at("use"),
    batchLog: at("batch.log"),
  };
}

/** The number under which Slurm took the job; empty where nobody noted it. */
export function recordedJob({ job }: SlurmFiles): string {
  return existsSync(job) ? readFileSync(job, "utf8").trim() : "";
}

export interface Claim {
  readonly jobId: string;
  readonly restarts: number;
  readonly node: string;
  readonly beganAt: number;
}

/** Undefined while its one line is not whole. */
export function parseClaim(text: string): Claim | undefined {
  const match = /^(\S+) (\d+) (\S*) (\d+)\n/.exec(text);
  if (match === null) return undefined;
  const [, jobId = "", restarts, node = "", second] = match;
  return { jobId, restarts: Number(restarts), node, beganAt: Number(second) * 1000 };
}

/** The first word of the exit file: `logged` or `unlogged` says whether the whole log reached the disk. */
export function parseExit(text: string): { readonly exitCode: number; readonly logged: boolean } | undefined {
  const match = /^(\d+) (logged|unlogged)\n/.exec(text);
  return match === null ? undefined : { exitCode: Number(match[1]), logged: match[2] === "logged" };
}

export interface StatusNotes {
  readonly started: boolean;
  readonly failedLine: number | undefined;
  /** The shell announced that the step died by a signal. */
  readonly announced: boolean;
}

export function parseStatus(text: string): StatusNotes {
  let started = false;
  let failedLine: number | undefined;
  let announced = false;
  for (const line of text.split("\n")) {
    const own = /^headrace: (started|line) ?(\d*)$/.exec(line);
    if (own?.[1] === "started") started = true;
    else if (own?.[1] === "line") failedLine = Number(own[2]);
    else if (started && line.trim() !== "") announced = true;
  }
  return { started, failedLine, announced };
}
