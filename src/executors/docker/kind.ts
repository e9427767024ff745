import { posix } from "node:path";
import type { Advice } from "../../advice.ts";
import type { Mount } from "../../config/index.ts";
import type { ExecutorKind } from "../executor-kind.ts";
import { type DockerSettings, dockerForm } from "./settings.ts";

export const dockerKind: ExecutorKind<DockerSettings> = {
  form: dockerForm,
  where: "in a container",
  ...{ terminals: false, seesMachine: false, knowsImages: true },
  refuseMount: (settings, mount) => {
    const reason = whyRefused(settings, mount);
    return reason === undefined ? undefined : { reason, hint: ALLOW_HINT };
  },
  presence: async ({ host }, variables, machine) => {
    const { pingEngine } = await import("./docker-answers.ts");
    return await pingEngine(host, variables, { machine });
  },
  open: async (settings, { baseEnvironment, projectId }) => {
    const { DockerExecutor } = await import("./docker-executor.ts");
    return new DockerExecutor({ settings, baseEnvironment, projectId });
  },
};

const ALLOW_HINT: Advice = [
  "whoever runs this installation may add the folder to `docker.allow-mounts` of the environment (",
  { do: "read-manual", page: "docker" },
  ")",
];

function whyRefused({ allowMounts }: DockerSettings, { source, type }: Mount): string | undefined {
  if (type !== undefined && type !== "bind") return `mounts of type ${type} are not supported`;
  if (!source.startsWith("/")) return "its path is not absolute";
  return allowMounts.some((folder) => isBelow(source, folder)) ? undefined : "it is not among those that steps may see";
}

function isBelow(path: string, folder: string): boolean {
  const relative = posix.relative(posix.normalize(folder), posix.normalize(path));
  return relative === "" || !(relative === ".." || relative.startsWith("../"));
}
