import type { ExecutionFolder } from "../../contract/index.ts";
import type { JobMount } from "../executor.ts";

export interface ContainerParts {
  readonly kind: "apptainer" | "podman";
  readonly image: string;
  readonly executionId: string;
  readonly folder: ExecutionFolder;
  /** The script on the shared disk. */
  readonly script: string;
  readonly mounts: readonly JobMount[];
  /** Names of the step's variables: their values come from the environment, so that none stands on a command line. */
  readonly variables: readonly string[];
  readonly gpus: boolean;
  readonly isRoot: boolean;
}

export const VALOHAI_IN_CONTAINER = "/valohai";
/** An image need not hold a mount point for it: both make one. */
export const SCRIPT_IN_CONTAINER = "/.headrace-step";

/** Arguments: a script of a step's commands. As everywhere, bash runs it where the image has one. */
const BY_ITS_SHELL: readonly string[] = [
  "/bin/sh",
  "-c",
  'if [ -x /bin/bash ]; then exec /bin/bash "$0"; else exec /bin/sh "$0"; fi',
];

/** Returns the command that runs the script inside; `shebang` is the interpreter that the step itself names. */
export function interpreterInContainer(shebang: readonly string[] | undefined): readonly string[] {
  return shebang ?? BY_ITS_SHELL;
}

/**
 * The command line that runs a script in an image, without the script itself: `…, "/bin/sh"` follows from the caller.
 */
export function containerCommand(parts: ContainerParts): readonly string[] {
  return parts.kind === "apptainer" ? apptainerCommand(parts) : podmanCommand(parts);
}

/**
 * Apptainer runs as the user, in the job's own process tree. It hands the whole environment on, save PATH and
 * LD_LIBRARY_PATH, which are the image's. `--no-mount home` would hide what many sites keep data in; the temporary
 * folders stay the node's own.
 */
function apptainerCommand({ image, folder, script, mounts, gpus }: ContainerParts): readonly string[] {
  const binds = [
    `${folder.valohai}:${VALOHAI_IN_CONTAINER}`,
    `${folder.inputs}:${VALOHAI_IN_CONTAINER}/inputs:ro`,
    `${folder.config}:${VALOHAI_IN_CONTAINER}/config:ro`,
    `${script}:${SCRIPT_IN_CONTAINER}:ro`,
    ...mounts.map((mount) => `${mount.source}:${mount.destination}${mount.readonly ? ":ro" : ""}`),
  ];
  return [
    "apptainer",
    "--quiet",
    "exec",
    ...(gpus ? ["--nv"] : []),
    "--pwd",
    `${VALOHAI_IN_CONTAINER}/repository`,
    ...binds.flatMap((bind) => ["--bind", bind]),
    /^[a-z-]+:\/\//.test(image) || image.startsWith("/") ? image : `docker://${image}`,
  ];
}

/**
 * `--cgroups=disabled` and the user's own ids: the container stays within the job, whose limits hold, and its files are
 * the user's.
 */
function podmanCommand({
  image,
  executionId,
  folder,
  script,
  mounts,
  variables,
  gpus,
  isRoot,
}: ContainerParts): readonly string[] {
  const volumes = [
    `${folder.valohai}:${VALOHAI_IN_CONTAINER}:rw`,
    `${folder.inputs}:${VALOHAI_IN_CONTAINER}/inputs:ro`,
    `${folder.config}:${VALOHAI_IN_CONTAINER}/config:ro`,
    `${script}:${SCRIPT_IN_CONTAINER}:ro`,
    ...mounts.map((mount) => `${mount.source}:${mount.destination}:${mount.readonly ? "ro" : "rw"}`),
  ];
  return [
    "podman",
    "run",
    "--rm",
    "--quiet",
    "--name",
    `headrace-${executionId}`,
    "--cgroups=disabled",
    // For root there is nothing to keep, and Podman refuses to.
    ...(isRoot ? [] : ["--userns=keep-id"]),
    "--security-opt=no-new-privileges",
    "--entrypoint=",
    "--workdir",
    `${VALOHAI_IN_CONTAINER}/repository`,
    ...(gpus ? ["--device", "nvidia.com/gpu=all"] : []),
    ...volumes.flatMap((volume) => ["--volume", volume]),
    ...variables
      .filter((name) => name !== "PATH" && name !== "HOME" && name !== "LD_LIBRARY_PATH")
      .flatMap((name) => ["--env", name]),
    image,
  ];
}
