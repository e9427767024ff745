import { execFile } from "node:child_process";
import { join } from "node:path";

/** The answer of a program of Slurm. */
export type SlurmAnswer =
  | { readonly kind: "said"; readonly text: string }
  /** It ran and refused: `words` are Slurm's own. */
  | { readonly kind: "refused"; readonly words: string }
  /** The controller does not answer, or cannot take more just now: to be tried again. */
  | { readonly kind: "busy"; readonly words: string }
  /** The program is not there. */
  | { readonly kind: "absent"; readonly words: string };

export type SlurmProgram = "sbatch" | "squeue" | "scancel" | "sacct" | "sinfo";

export interface SlurmCall {
  /** Without an answer within it, the program counts as busy. */
  readonly patienceMs?: number;
  /** Variables for this call alone; a call of `sbatch` gives them to the job. */
  readonly variables?: Readonly<Record<string, string>>;
}

export interface SlurmPrograms {
  run(program: SlurmProgram, options: readonly string[], more?: SlurmCall): Promise<SlurmAnswer>;
}

/**
 * A controller that is up answers in milliseconds, a busy one in seconds; Slurm's own patience (MessageTimeout) is 10 s
 * a try.
 */
const PATIENCE_MS = 60_000;
const LARGEST_ANSWER_BYTES = 256 * 1024 * 1024;

/**
 * The variables that the programs get: no more than they need, because `sbatch` hands its whole environment on to the
 * job, and Slurm keeps that with the job on the controller's disk. Site-wide defaults (`SBATCH_…`, `SLURM_…`) are the
 * user's way to say them.
 */
const PASSED_ON =
  /^(PATH|HOME|USER|LOGNAME|SHELL|LD_LIBRARY_PATH|TZ|SLURM_CONF|SLURM_CLUSTERS|SLURM_JWT|SBATCH_[A-Z_]+)$/;

export function slurmPrograms(folder: string | undefined, base: Readonly<Record<string, string>>): SlurmPrograms {
  const environment = {
    PATH: "/usr/local/bin:/usr/bin:/bin",
    ...Object.fromEntries(Object.entries(base).filter(([name]) => PASSED_ON.test(name))),
    // Answers are recognised by their English words.
    LC_ALL: "C",
  };
  return {
    run: (program, options, { patienceMs = PATIENCE_MS, variables = {} } = {}) =>
      new Promise((resolve) => {
        const path = folder === undefined ? program : join(folder, program);
        const limits = { timeout: patienceMs, maxBuffer: LARGEST_ANSWER_BYTES, killSignal: "SIGKILL" } as const;
        // From a folder that is always there: the one Headrace was started in may be gone.
        execFile(
          path,
          options,
          { env: { ...environment, ...variables }, cwd: "/", ...limits },
          (error, stdout, stderr) => {
            if (error === null) resolve({ kind: "said", text: stdout });
            else if (error.code === "ENOENT") resolve({ kind: "absent", words: `${path} is not installed` });
            else if (error.killed === true)
              resolve({ kind: "busy", words: `${program} did not answer within ${patienceMs / 1000} s` });
            else resolve(judged(wordsOf(stderr, `${program} ended with status ${String(error.code)}`)));
          },
        );
      }),
  };
}

/**
 * Failures that pass by themselves. The first line is a controller (or its database) that is down or overloaded, the
 * second its limits on jobs that a user may have in the queue, the third a machine without room for another process.
 */
const PASSING: readonly RegExp[] = [
  /Unable to contact slurm controller|Socket timed out|Connection (refused|reset|timed out)|Zero Bytes were transmitted|slurm_receive_msg|Transport endpoint|Communication connection failure|Slurm backup controller in standby|in standby mode|Slurm database daemon is not running|Protocol authentication error|Munge|auth_g_create/i,
  /QOSMaxSubmitJob|AssocMaxSubmitJob|MaxSubmitJobs|job submit limit|Slurm temporarily unable to accept job|queue is full|rate limit|Too many pending/i,
  /Resource temporarily unavailable|Cannot allocate memory|EAGAIN|ENOMEM/i,
];

function judged(words: string): SlurmAnswer {
  return { kind: PASSING.some((pattern) => pattern.test(words)) ? "busy" : "refused", words };
}

/**
 * `sbatch: error: Batch job submission failed: Invalid partition name specified` → `Invalid partition name specified`,
 * all lines of it.
 */
function wordsOf(stderr: string, otherwise: string): string {
  const lines = stderr
    .split("\n")
    .map((line) =>
      line
        .replace(/^(sbatch|squeue|scancel|sacct|sinfo): (error: )?/, "")
        .replace(/^Batch job submission failed: /, "")
        .trim(),
    )
    .filter((line) => line !== "");
  return lines.length === 0 ? otherwise : [...new Set(lines)].join("; ");
}
