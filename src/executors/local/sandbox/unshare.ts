import { join } from "node:path";
import { SUPERVISOR_SCRIPT } from "../wrapper-script.ts";
import { KEPT_CAPABILITIES } from "./capabilities.ts";
import { isDeviceFolder } from "./devices.ts";
import { layerOptions } from "./layers.ts";
import { makeFolders } from "./make-folders.ts";
import { type HostMount, hostMounts, isReachable, MOUNT_TABLE, mountLine, writeMountTable } from "./mount-table.ts";
import { isWithin } from "./paths.ts";
import { standIn } from "./stand-in.ts";
import { dangerousInProc, VALOHAI_IN_VIEW } from "./view.ts";
import type { ViewPart } from "./view-part.ts";

/**
 * The same sandbox as bubblewrap's from the tools of util-linux, which every distribution has. It costs more processes.
 *
 * `unshare` gives mount and pid namespaces (to an ordinary user through a user namespace in which he is root); one
 * `mount -a` lays the view out below a skeleton of empty folders; `pivot_root` makes that the root, and the old one is
 * let go. The step then runs without capabilities: root's are cut to KEPT_CAPABILITIES, the ordinary user goes on into
 * a second user namespace in which he has his own number again and owns no mount.
 */
const SETUP_SCRIPT = `__hr_scratch=$1; __hr_network=$2; shift 2
__hr_run() { PATH=/usr/sbin:/usr/bin:/sbin:/bin "$@"; }
if [ "$__hr_network" = none ]; then __hr_run ip link set lo up || exit 1; fi
cd "$__hr_scratch" && __hr_run mount -n -a -T ${MOUNT_TABLE} && cd root && __hr_run pivot_root . .headrace/old && __hr_run umount -n -l /.headrace/old && cd ${VALOHAI_IN_VIEW}/repository || exit 1
unset OLDPWD
${SUPERVISOR_SCRIPT}`;

export interface SandboxUser {
  readonly uid: number;
  readonly gid: number;
}

export interface UnsharePrograms {
  readonly unshare: string;
  readonly setpriv: string;
  readonly setsid: string;
}

/**
 * The command that runs the supervisor as process 1 of the sandbox; `supervised` are its arguments. Writes the mount
 * table into `scratch`.
 */
export function unshareCommand(
  programs: UnsharePrograms,
  view: readonly ViewPart[],
  { scratch, standIns }: { readonly scratch: string; readonly standIns: string },
  user: SandboxUser,
  supervised: { readonly report: string; readonly command: readonly string[]; readonly network: "host" | "none" },
): readonly string[] {
  const skeleton = makeSkeleton(standIns, view);
  // Mounted at one place, so that nothing but the table says which skeleton it is: engines that make the same start may
  // differ in it.
  const root = join(scratch, "root");
  makeFolders(root);
  const isRoot = user.uid === 0;
  writeMountTable(scratch, mountTable({ root, skeleton }, view, hostMounts(), isRoot));
  return [
    programs.unshare,
    ...(isRoot ? [] : ["--user", "--map-root-user"]),
    "--mount",
    "--pid",
    "--ipc",
    ...(supervised.network === "none" ? ["--net"] : []),
    "--fork",
    "--kill-child",
    "--",
    programs.setsid,
    "/bin/sh",
    "-c",
    SETUP_SCRIPT,
    "headrace",
    scratch,
    supervised.network,
    supervised.report,
    ...dropPrivileges(programs, user),
    ...supervised.command,
  ];
}

function dropPrivileges(programs: UnsharePrograms, user: SandboxUser): readonly string[] {
  if (user.uid === 0) {
    const kept = ["-all", ...KEPT_CAPABILITIES.map((name) => `+${name}`)].join(",");
    return [programs.setpriv, "--no-new-privs", "--inh-caps", "-all", "--bounding-set", kept, "--"];
  }
  const own = ["--user", `--map-user=${user.uid}`, `--map-group=${user.gid}`];
  return [programs.unshare, ...own, "--", programs.setpriv, "--no-new-privs", "--"];
}

/**
 * Mount points for every part that stands directly in the root; deeper ones exist in what is bound there. It is nearly
 * the same for all steps, which share it.
 */
function makeSkeleton(home: string, view: readonly ViewPart[]): string {
  const folders = [".headrace/old"];
  const files: string[] = [];
  const links: Record<string, string> = {};
  for (const part of view) {
    if (part.kind === "devices") addDevices(part.names, { folders, files, links });
    else if (part.kind === "processes") folders.push("proc");
    else if (part.kind === "symlink") links[part.path.slice(1)] = part.target;
    else if (!isInRoot(part.path)) continue;
    else (part.kind === "bind" && part.isFile ? files : folders).push(part.path.slice(1));
  }
  return standIn(home, { folders, files, links });
}

function isInRoot(path: string): boolean {
  return path.lastIndexOf("/") === 0 || path.startsWith("/.headrace/");
}

/** Mount points for the devices, and the links that programs expect beside them. */
function addDevices(
  names: readonly string[],
  to: { readonly folders: string[]; readonly files: string[]; readonly links: Record<string, string> },
): void {
  to.folders.push("dev/shm", "dev/pts");
  for (const name of names) (isDeviceFolder(name) ? to.folders : to.files).push(`dev/${name}`);
  const links = {
    fd: "/proc/self/fd",
    stdin: "/proc/self/fd/0",
    stdout: "/proc/self/fd/1",
    stderr: "/proc/self/fd/2",
    ptmx: "pts/ptmx",
  };
  for (const [name, target] of Object.entries(links)) to.links[`dev/${name}`] = target;
}

export function mountTable(
  { root, skeleton }: { readonly root: string; readonly skeleton: string },
  view: readonly ViewPart[],
  mounts: readonly HostMount[],
  isRoot: boolean,
): string {
  const lines = [mountLine(skeleton, root, "rbind,ro")];
  for (const part of view) {
    if (part.kind === "symlink" || part.kind === "folder") continue;
    if (part.kind === "layer")
      lines.push(mountLine("overlay", join(root, part.path), layerOptions(part, isRoot), "overlay"));
    else if (part.kind === "devices") lines.push(...deviceLines(join(root, "dev"), part.names));
    else if (part.kind === "processes") {
      lines.push(mountLine("proc", join(root, "proc"), "nosuid,nodev,noexec", "proc"));
      for (const name of dangerousInProc()) {
        const path = join(root, name);
        lines.push(mountLine(path, path, "rbind,ro,nosuid,nodev,noexec"));
      }
    } else if (part.writable) lines.push(mountLine(part.source, join(root, part.path), "rbind"));
    else lines.push(...readOnlyLines(part.source, join(root, part.path), mounts));
  }
  return `${lines.join("\n")}\n`;
}

function deviceLines(dev: string, names: readonly string[]): readonly string[] {
  return [
    ...names.map((name) => mountLine(`/dev/${name}`, join(dev, name), "rbind")),
    mountLine("tmpfs", join(dev, "shm"), "nosuid,nodev,mode=1777", "tmpfs"),
    mountLine("devpts", join(dev, "pts"), "newinstance,ptmxmode=0666,mode=620", "devpts"),
  ];
}

/**
 * Binding is recursive but making read-only is not (before Linux 5.12): each mount further below is bound again,
 * read-only.
 */
function readOnlyLines(source: string, target: string, mounts: readonly HostMount[]): readonly string[] {
  const own = mounts.filter((mount) => isWithin(source, mount.path)).sort((a, b) => b.path.length - a.path.length)[0];
  const below = mounts.filter(
    (mount) =>
      mount.path !== source &&
      isWithin(mount.path, source) &&
      !mount.readOnly &&
      mount.kind !== "autofs" &&
      isReachable(mount.path),
  );
  return [
    mountLine(source, target, ["rbind", "ro", ...(own?.locked ?? [])].join(",")),
    ...below.map((mount) =>
      mountLine(mount.path, join(target, mount.path.slice(source.length)), ["rbind", "ro", ...mount.locked].join(",")),
    ),
  ];
}
