import type * as z from "zod";
import { duration, keyedMapping, oneOf, text, textList } from "../../config/index.ts";
import { durationProblem, listedForm, notAbsolute, secondsOf } from "../../settings/index.ts";

export interface SlurmSettings {
  /** A folder that this machine and every node see at the same path. */
  readonly workFolder: string;
  readonly partition?: string;
  readonly account?: string;
  readonly qos?: string;
  readonly constraint?: string;
  /** Further options of `sbatch`, as they are: `--exclusive`, `--mail-type=END`. */
  readonly options: readonly string[];
  /** The program that runs images on the nodes; absent: steps run without their image, with a warning. */
  readonly containers?: "apptainer" | "podman";
  /** Interval at which the queue is asked for the state of all jobs, in one question. */
  readonly pollS: number;
  /** The folder of Slurm's programs, if they are not on the path. */
  readonly programs?: string;
}

const POLL_S = 2;

const schema = keyedMapping("slurm", "Settings of an environment on a Slurm cluster.", {
  "work-folder": text("A folder that this machine and all nodes see at the same path."),
  partition: text("Partition of the jobs.").optional(),
  account: text("Account that is charged.").optional(),
  qos: text("Quality of service.").optional(),
  constraint: text("Features that the nodes must have.").optional(),
  options: textList("Further options of sbatch.").optional(),
  containers: oneOf(["apptainer", "podman"], "What runs images on the nodes.").optional(),
  "poll-interval": duration("How often the queue is asked for all jobs at once; 2 s unless set.").optional(),
  programs: text("Folder of Slurm's programs, if they are not on the path.").optional(),
});

type Source = z.infer<typeof schema>;

export const slurmForm = listedForm<Source, SlurmSettings>({
  name: "slurm",
  schema,
  needed: "an environment on a Slurm cluster needs `slurm` with a `work-folder` that all nodes see",
  problems: ({ "work-folder": work, "poll-interval": poll }) => [
    ...(work.startsWith("/") ? [] : [{ path: ["work-folder"], message: notAbsolute(work) }]),
    ...[durationProblem(poll, ["poll-interval"])].filter((problem) => problem !== undefined),
  ],
  // Steps on a cluster run without a sandbox, as the user.
  grants: () => ["slurm"],
  read: ({ "work-folder": workFolder = "", options, "poll-interval": poll, ...rest } = { "work-folder": "" }) => {
    const { partition, account, qos, constraint, containers, programs } = rest;
    return {
      ...{ workFolder, options: options ?? [], pollS: secondsOf(poll) ?? POLL_S },
      ...(partition === undefined ? {} : { partition }),
      ...(account === undefined ? {} : { account }),
      ...(qos === undefined ? {} : { qos }),
      ...(constraint === undefined ? {} : { constraint }),
      ...(containers === undefined ? {} : { containers }),
      ...(programs === undefined ? {} : { programs }),
    };
  },
});
