import { SUPERVISOR_SCRIPT } from "../wrapper-script.ts";
import { KEPT_CAPABILITIES } from "./capabilities.ts";
import type { Network } from "./command.ts";
import { beyondPlain } from "./devices.ts";
import { KEY_FILTER_DESCRIPTOR, keyFilter } from "./key-filter.ts";
import { layerOptions } from "./layers.ts";
import { MOUNT_TABLE, mountLine, writeMountTable } from "./mount-table.ts";
import type { SandboxUser } from "./unshare.ts";
import { dangerousInProc, VALOHAI_IN_VIEW } from "./view.ts";
import type { ViewPart } from "./view-part.ts";

export interface BubblewrapRequest {
  readonly bubblewrap: string;
  /** Needed where the view has layers. */
  readonly unshare: string | undefined;
  readonly view: readonly ViewPart[];
  readonly scratch: string;
  readonly user: SandboxUser;
  readonly network: Network;
}

/**
 * The command that runs the supervisor (with `supervised` as its arguments) as process 1 of a bubblewrap sandbox. Most
 * versions of bubblewrap cannot make layers: these are mounted in a mount namespace around it, to an ordinary user also
 * a user namespace.
 */
export function bubblewrapCommand(request: BubblewrapRequest, supervised: readonly string[]): readonly string[] {
  const { view, user, scratch, unshare } = request;
  const layers = view.filter((part) => part.kind === "layer");
  const sandbox = sandboxCommand(request, layers.length > 0, supervised);
  if (layers.length === 0 || unshare === undefined) return sandbox;
  const isRoot = user.uid === 0;
  const lines = layers.map((layer) => mountLine("overlay", layer.merged, layerOptions(layer, isRoot), "overlay"));
  writeMountTable(scratch, `${lines.join("\n")}\n`);
  return [
    unshare,
    ...(isRoot ? [] : ["--user", "--map-root-user"]),
    "--mount",
    "--",
    "/bin/sh",
    "-c",
    LAYERS_SCRIPT,
    "headrace",
    scratch,
    ...sandbox,
  ];
}

const LAYERS_SCRIPT = `cd "$1" && PATH=/usr/sbin:/usr/bin:/sbin:/bin mount -n -a -T ${MOUNT_TABLE} || exit 1
shift; unset OLDPWD; exec "$@"`;

function sandboxCommand(
  request: BubblewrapRequest,
  layered: boolean,
  supervised: readonly string[],
): readonly string[] {
  const { bubblewrap, view, user } = request;
  const isRoot = user.uid === 0;
  return [
    bubblewrap,
    // In the namespace around it he is root; he becomes himself again.
    ...(layered && !isRoot ? ["--unshare-user", "--uid", String(user.uid), "--gid", String(user.gid)] : []),
    "--unshare-pid",
    ...(request.network === "none" ? ["--unshare-net"] : []),
    // Shared memory of other programs, and their message queues.
    "--unshare-ipc",
    "--as-pid-1",
    // The step's process group holds nothing but process 1 and the step: an interrupt can go to all of it.
    "--new-session",
    "--die-with-parent",
    ...(keyFilter(process.arch) === undefined ? [] : ["--seccomp", String(KEY_FILTER_DESCRIPTOR)]),
    // An ordinary user has no capability left in there anyhow.
    ...(isRoot || layered ? ["--cap-drop", "ALL"] : []),
    ...(isRoot ? KEPT_CAPABILITIES.flatMap((name) => ["--cap-add", `CAP_${name.toUpperCase()}`]) : []),
    ...view.flatMap(argumentsOf),
    "--remount-ro",
    "/",
    "--chdir",
    `${VALOHAI_IN_VIEW}/repository`,
    "--",
    "/bin/sh",
    "-c",
    SUPERVISOR_SCRIPT,
    "headrace",
    ...supervised,
  ];
}

function argumentsOf(part: ViewPart): readonly string[] {
  switch (part.kind) {
    case "symlink":
      return ["--symlink", part.target, part.path];
    case "folder":
      return ["--dir", part.path];
    case "bind":
      return [part.writable ? "--bind" : "--ro-bind", part.source, part.path];
    case "layer":
      return ["--bind", part.merged, part.path];
    case "devices":
      // bubblewrap makes the plain ones itself, with a /dev/shm and terminals of the step's own; a device may go while
      // we look.
      return [
        "--dev",
        "/dev",
        ...beyondPlain(part.names).flatMap((name) => ["--dev-bind-try", `/dev/${name}`, `/dev/${name}`]),
      ];
    case "processes":
      // bubblewrap covers these itself only where it finds the folder writable, which /proc/sys never is, though its
      // files are.
      return ["--proc", "/proc", ...dangerousInProc().flatMap((path) => ["--ro-bind", path, path])];
  }
}
