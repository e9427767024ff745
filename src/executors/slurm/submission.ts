import type { JobLabels, JobResources, JobSpec } from "../executor.ts";
import type { SlurmSettings } from "./settings.ts";
import type { SlurmFiles } from "./slurm-files.ts";
import { jobName } from "./slurm-settings.ts";

/** Slurm's own limit lies this far above the step's: it is for the time when no engine is there to keep the latter. */
const LIMIT_MARGIN_MIN = 5;

/** The options of `sbatch` for a step; the script's path follows. Later ones count, so those of the site come last. */
export function sbatchOptions(settings: SlurmSettings, job: JobSpec, files: SlurmFiles): readonly string[] {
  const { partition, account, qos, constraint } = settings;
  const { labels } = job;
  return [
    "--parsable",
    `--job-name=${jobName(job.executionId)}`,
    ...(labels === undefined ? [] : [`--comment=${comment(labels)}`]),
    // The engine decides what is tried again; a job that Slurm puts back would find its step begun, and end.
    "--no-requeue",
    "--export=ALL",
    `--chdir=${files.control}`,
    "--input=/dev/null",
    `--output=${files.batchLog.replaceAll("%", "%%")}`,
    "--open-mode=append",
    "--nodes=1",
    "--ntasks=1",
    ...optional("partition", partition),
    ...optional("account", account),
    ...optional("qos", qos),
    ...optional("constraint", constraint),
    ...resourceOptions(job.resources ?? {}),
    ...(job.timeLimitS === undefined ? [] : [`--time=${Math.ceil(job.timeLimitS / 60) + LIMIT_MARGIN_MIN}`]),
    ...settings.options,
  ];
}

function optional(name: string, value: string | undefined): readonly string[] {
  return value === undefined ? [] : [`--${name}=${value}`];
}

/** Returns the text that a human sees in `squeue --format=%k`: printable, short. */
function comment({ project, step, executionNumber, creator }: JobLabels): string {
  const by = creator === undefined ? "" : ` by ${creator}`;
  return `${project}: ${step} #${executionNumber}${by}`.replaceAll(/[^\p{L}\p{N}\p{P}\p{S} ]|\|/gu, " ").slice(0, 200);
}

/** In Slurm what is asked for is also the limit: so the upper bound where the step names one. */
export function resourceOptions({
  cpuMin,
  cpuMax,
  memoryMinMb,
  memoryMaxMb,
  devices,
}: JobResources): readonly string[] {
  const cpus = cpuMax ?? cpuMin;
  const memoryMb = memoryMaxMb ?? memoryMinMb;
  const gres = Object.entries(devices ?? {})
    .filter(([, count]) => count > 0)
    .map(([device, count]) => `${genericResource(device)}:${count}`);
  return [
    ...(cpus === undefined ? [] : [`--cpus-per-task=${Math.max(1, Math.ceil(cpus))}`]),
    ...(memoryMb === undefined ? [] : [`--mem=${Math.ceil(memoryMb)}M`]),
    ...(gres.length === 0 ? [] : [`--gres=${gres.join(",")}`]),
  ];
}

/** `nvidia.com/gpu` is Slurm's `gpu`; `gpu:a100` stays as it is. */
function genericResource(device: string): string {
  return device.slice(device.lastIndexOf("/") + 1);
}
