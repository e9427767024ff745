import { availableParallelism } from "node:os";
import { executionFolder } from "../../contract/index.ts";
import { HeadraceError } from "../../errors.ts";
import type { JobMount, JobResources, JobSpec } from "../executor.ts";
import type { ContainerUser } from "./container-user.ts";
import type { DockerSettings } from "./settings.ts";

export interface ContainerSpecParts {
  readonly job: JobSpec;
  readonly imageId: string;
  readonly settings: DockerSettings;
  readonly user: ContainerUser;
  readonly projectId: string;
  /** Arguments of process 1: `script`, or `shebang` and the interpreter. */
  readonly interpreter: readonly string[];
  readonly scratch: string;
  /**
   * The devices that are this step's alone, by kind: names of NVIDIA's, files of AMD's. Those of a kind that is absent
   * are for the engine to choose.
   */
  readonly given: Readonly<Record<string, readonly string[]>>;
}

/** The execution that the container belongs to; names can be changed. */
export const EXECUTION_LABEL = "headrace.execution";

export function containerName(executionId: string): string {
  return `headrace-${executionId}`;
}

/**
 * Returns the request for a container to the engine. Nothing of the step itself decides on privileges, only the
 * environment's settings do.
 */
export function containerSpec(parts: ContainerSpecParts): Readonly<Record<string, unknown>> {
  const { job, settings, user } = parts;
  return {
    Image: parts.imageId,
    Entrypoint: ["/bin/sh", "/headrace/control/boot"],
    Cmd: [user.handOver, ...parts.interpreter],
    Env: Object.entries(environmentOf(parts)).map(([name, value]) => `${name}=${value}`),
    ...(job.secrets !== undefined && { OpenStdin: true, StdinOnce: true, AttachStdin: true }),
    WorkingDir: "/valohai/repository",
    Labels: labelsOf(parts),
    Healthcheck: { Test: ["NONE"] },
    NetworkDisabled: false,
    ...(user.asked === undefined ? {} : { User: user.asked }),
    HostConfig: {
      Mounts: mountsOf(parts),
      LogConfig: { Type: "none" },
      SecurityOpt: ["no-new-privileges"],
      CapDrop: ["ALL"],
      CapAdd: user.isRoot ? ROOT_CAPABILITIES : [],
      ...(settings.network === undefined ? {} : { NetworkMode: settings.network }),
      ...(settings.shmMb === undefined ? {} : { ShmSize: settings.shmMb * MB }),
      ...limitsOf(job.resources),
      ...devicesOf(job.resources?.devices ?? {}, parts.given),
    },
  };
}

const MB = 1024 * 1024;

/** Capabilities that package managers need if they run as root in an image; none of it reaches out of the container. */
const ROOT_CAPABILITIES = ["CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID", "KILL", "SETGID", "SETUID"];

/** By their names on the machine. In the container, the devices that it was given are all that there are. */
const CHOOSES_DEVICES = /^(CUDA|NVIDIA|ROCR|HIP)_VISIBLE_DEVICES$/;

function environmentOf({ job, user, given }: ContainerSpecParts): Readonly<Record<string, string>> {
  const isGiven = Object.keys(given).length > 0;
  return {
    LANG: "C.UTF-8",
    PYTHONUNBUFFERED: "1",
    // A number without an entry in the image's /etc/passwd has no home and no name; programs ask for both.
    ...(user.isNamed ? {} : { HOME: "/headrace/home", USER: user.name, LOGNAME: user.name }),
    ...Object.fromEntries(Object.entries(job.environment).filter(([name]) => !isGiven || !CHOOSES_DEVICES.test(name))),
    VH_REPOSITORY_DIR: "/valohai/repository",
    VH_INPUTS_DIR: "/valohai/inputs",
    VH_OUTPUTS_DIR: "/valohai/outputs",
    VH_CONFIG_DIR: "/valohai/config",
    HEADRACE_EXECUTION_ID: job.executionId,
  };
}

function labelsOf({ job, projectId }: ContainerSpecParts): Readonly<Record<string, string>> {
  return {
    [EXECUTION_LABEL]: job.executionId,
    "headrace.project": projectId,
    ...(job.labels === undefined
      ? {}
      : {
          "headrace.project-name": job.labels.project,
          "headrace.step": job.labels.step,
          "headrace.number": String(job.labels.executionNumber),
          ...(job.labels.creator !== undefined && { "headrace.creator": job.labels.creator }),
        }),
  };
}

function mountsOf({ job, scratch }: ContainerSpecParts): readonly unknown[] {
  const folder = executionFolder(job.folder);
  return [
    bind(folder.repository, "/valohai/repository", false),
    bind(folder.inputs, "/valohai/inputs", true),
    bind(folder.outputs, "/valohai/outputs", false),
    bind(folder.config, "/valohai/config", true),
    bind(folder.logs, "/headrace/logs", false),
    bind(folder.control, "/headrace/control", false),
    bind(scratch, "/headrace/home", false),
    ...(job.mounts ?? []).map(ownMount),
  ];
}

/** The engine is told, not its command's `-v`: a source that is absent is an error and not made as root. */
function bind(source: string, target: string, readOnly: boolean): unknown {
  return { Type: "bind", Source: source, Target: target, ReadOnly: readOnly };
}

const OURS = /^\/(valohai|headrace)(\/|$)/;

function ownMount({ source, destination, readonly, type }: JobMount): unknown {
  if (OURS.test(destination) && !destination.startsWith("/valohai/inputs/")) {
    throw new HeadraceError(
      "HR_STEP_START",
      `nothing can be mounted at ${destination}: that folder belongs to the step contract`,
      {
        hint: "choose another destination",
      },
    );
  }
  if (type !== undefined && type !== "bind") {
    throw new HeadraceError("HR_STEP_START", `mounts of type ${type} are not supported in containers`, {
      hint: "mount the share on this machine, and name its folder",
    });
  }
  return bind(source, destination, readonly);
}

function limitsOf(resources: JobResources | undefined): Readonly<Record<string, unknown>> {
  const { cpuMax, memoryMaxMb } = resources ?? {};
  return {
    // The engine refuses more than the machine has.
    ...(cpuMax === undefined ? {} : { NanoCpus: Math.round(Math.min(cpuMax, availableParallelism()) * 1e9) }),
    // As much memory with swap as without: no swap.
    ...(memoryMaxMb === undefined
      ? {}
      : { Memory: Math.round(memoryMaxMb * MB), MemorySwap: Math.round(memoryMaxMb * MB) }),
  };
}

/** A count alone would give every step the same devices, the first ones. */
function devicesOf(
  devices: Readonly<Record<string, number>>,
  given: ContainerSpecParts["given"],
): Readonly<Record<string, unknown>> {
  const requests: unknown[] = [];
  const nodes: unknown[] = [];
  for (const [name, count] of Object.entries(devices)) {
    if (count === 0) continue;
    const own = given[name];
    if (name.startsWith("nvidia.com/") && own !== undefined)
      requests.push({ Driver: "nvidia", DeviceIDs: own, Capabilities: [["gpu"]] });
    else if (name === "nvidia.com/gpu") requests.push({ Driver: "nvidia", Count: count, Capabilities: [["gpu"]] });
    else if (name === "amd.com/gpu") nodes.push(device("/dev/kfd"), ...(own ?? ["/dev/dri"]).map(device));
    else {
      throw new HeadraceError("HR_STEP_START", `the device ${name} is not known to the Docker executor`, {
        hint: "nvidia.com/gpu and amd.com/gpu are, and the parts of a divided card that `nvidia-smi -L` lists",
      });
    }
  }
  return {
    ...(requests.length === 0 ? {} : { DeviceRequests: requests }),
    ...(nodes.length === 0 ? {} : { Devices: nodes }),
  };
}

function device(path: string): unknown {
  return { PathOnHost: path, PathInContainer: path, CgroupPermissions: "rwm" };
}
