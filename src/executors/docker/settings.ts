import * as z from "zod";
import { keyedMapping, oneOf, text, textList } from "../../config/index.ts";
import { listedForm, notAbsolute } from "../../settings/index.ts";

export interface DockerSettings {
  /**
   * `unix:///path` of the engine's socket; absent: DOCKER_HOST, Docker's current context, then the usual places,
   * Podman's among them.
   */
  readonly host?: string;
  /** `bridge`, `none`, `host`, or a network of the engine; absent: the engine's default. */
  readonly network?: string;
  readonly pull: "missing" | "always" | "never";
  /** `auto`: whoever runs Headrace; `image`: as the image says; else `uid` or `uid:gid`. */
  readonly user: string;
  /** Folders of the machine that a step's `mounts` may name, with what is below them. */
  readonly allowMounts: readonly string[];
  /** Size of /dev/shm; PyTorch's data loaders want more than Docker's 64 MB. */
  readonly shmMb?: number;
}

const schema = keyedMapping("docker", "Settings of an environment in Docker or Podman.", {
  host: text(
    "The engine's socket, `unix:///path`; unless set DOCKER_HOST, Docker's context, then the usual places.",
  ).optional(),
  network: text("`bridge`, `none`, `host`, or the name of a network of the engine.").optional(),
  pull: oneOf(["missing", "always", "never"], "When images are pulled.", "missing").optional(),
  user: z
    .string()
    .regex(/^(auto|image|\d+(:\d+)?)$/, "`auto`, `image`, or numbers such as 1000:1000")
    .meta({
      description: "Who a step is: `auto` whoever runs Headrace, `image` as the image says, or `uid:gid`.",
      default: "auto",
    })
    .optional(),
  "allow-mounts": textList("Folders of the machine that a step's `mounts` may name.").optional(),
  "shm-size": z.int().min(1).meta({ description: "Size of /dev/shm in MB." }).optional(),
});

type Source = z.infer<typeof schema>;

export const dockerForm = listedForm<Source, DockerSettings>({
  name: "docker",
  schema,
  builtIn: { name: "Containers on this machine", holds: "images" },
  problems: ({ "allow-mounts": folders = [] }) =>
    [...folders.entries()]
      .filter(([, folder]) => !folder.startsWith("/"))
      .map(([index, folder]) => ({ path: ["allow-mounts", index], message: notAbsolute(folder) })),
  grants: ({ host, network, user, "allow-mounts": folders = [] } = {}) => [
    ...(host === undefined ? [] : ["docker.host"]),
    ...(network === undefined || network === "none" || network === "bridge" ? [] : ["docker.network"]),
    ...(user === undefined || user === "auto" ? [] : ["docker.user"]),
    ...(folders.length > 0 ? ["docker.allow-mounts"] : []),
  ],
  read: ({ host, network, pull, user, "allow-mounts": allowMounts, "shm-size": shmMb } = {}) => ({
    ...{ pull: pull ?? "missing", user: user ?? "auto", allowMounts: allowMounts ?? [] },
    ...(host === undefined ? {} : { host }),
    ...(network === undefined ? {} : { network }),
    ...(shmMb === undefined ? {} : { shmMb }),
  }),
});
