import * as z from "zod";
import { duration, mapping, mountSchema, oneOf, text, textList } from "../config/index.ts";

/** The form of headrace.config.yaml. docs/environments.md shows it to users. */

const count = (description: string) => z.int().min(1).meta({ description });

const limits = mapping("limits", "What a step may use at most; one that asks for nothing gets all of it, save devices.", {
  cpu: z.number().gt(0).meta({ description: "Processors." }).optional(),
  memory: count("Memory in MB.").optional(),
  devices: z.record(z.string().min(1), z.int().min(0)).meta({ description: "Devices by name, such as `nvidia.com/gpu: 2`." }).optional(),
});

const local = mapping("local", "Settings of an environment on this machine.", {
  // YAML reads a plain `off` as false.
  sandbox: z
    .union([oneOf(["auto", "bubblewrap", "unshare", "off"], ""), z.literal(false)])
    .meta({ description: "How steps are kept apart from the machine.", default: "auto" })
    .optional(),
  network: oneOf(["host", "none"], "`none`: steps reach no network, not even this machine's.", "host").optional(),
  shows: textList("Places that steps see although homes are closed: absolute, or below `~/`.").optional(),
});

const docker = mapping("docker", "Settings of an environment in Docker or Podman.", {
  host: text("The engine's socket, `unix:///path`; unless set DOCKER_HOST, Docker's context, then the usual places.").optional(),
  network: text("`bridge`, `none`, `host`, or the name of a network of the engine.").optional(),
  pull: oneOf(["missing", "always", "never"], "When images are pulled.", "missing").optional(),
  user: z
    .string()
    .regex(/^(auto|image|\d+(:\d+)?)$/, "`auto`, `image`, or numbers such as 1000:1000")
    .meta({ description: "Who a step is: `auto` whoever runs Headrace, `image` as the image says, or `uid:gid`.", default: "auto" })
    .optional(),
  "allow-mounts": textList("Folders of the machine that a step's `mounts` may name.").optional(),
  "shm-size": count("Size of /dev/shm in MB.").optional(),
});

const slurm = mapping("slurm", "Settings of an environment on a Slurm cluster.", {
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

export const environmentSchema = mapping("environment", "A place where steps run.", {
  name: text("As people call it; the slug unless set.").optional(),
  executor: oneOf(["local", "docker", "slurm"], "What runs the steps."),
  concurrency: count("How many executions run there at a time.").optional(),
  image: text("Image of steps that name none.").optional(),
  limits: limits.optional(),
  mounts: z.array(mountSchema).meta({ description: "Folders of the machine that every step sees." }).optional(),
  variables: z.record(z.string().min(1), z.string()).meta({ description: "Environment variables of every step." }).optional(),
  local: local.optional(),
  docker: docker.optional(),
  slurm: slurm.optional(),
});

const retention = mapping("retention", "What `headrace gc` leaves alone; what is not said here is kept for good.", {
  "keep-runs": z.int().min(0).meta({ description: "The newest so many runs." }).optional(),
  "keep-for": duration("Runs that ended within this time, e.g. `30d`.").optional(),
});

export const settingsSchema = mapping("settings-file", "headrace.config.yaml: what an installation says of itself.", {
  "default-environment": text("Slug of the environment of steps that name none.").optional(),
  concurrency: count("How many executions of a project run at a time, over all its runs.").optional(),
  environments: z.record(z.string(), environmentSchema).meta({ description: "Environments by slug." }).optional(),
  retention: retention.optional(),
  trust: textList("Folders whose projects may grant their steps more than usual by a headrace.config.yaml of their own.").optional(),
});

export type SettingsSource = z.infer<typeof settingsSchema>;
export type EnvironmentSource = z.infer<typeof environmentSchema>;

export function sandboxOf({ local: { sandbox } = {} }: Pick<EnvironmentSource, "local">) {
  return sandbox === false ? "off" : sandbox;
}
