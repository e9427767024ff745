import { SUPERVISOR_SCRIPT } from "../wrapper-script.ts";
import { KEPT_CAPABILITIES } from "./capabilities.ts";
import { beyondPlain } from "./devices.ts";
import { dangerousInProc, VALOHAI_IN_VIEW, type ViewPart } from "./view.ts";

/** The command that runs the supervisor (with `supervised` as its arguments) as process 1 of a bubblewrap sandbox. */
export function bubblewrapCommand(
  program: string,
  view: readonly ViewPart[],
  isRoot: boolean,
  supervised: readonly string[],
): readonly string[] {
  return [
    program,
    "--unshare-pid",
    // Shared memory of other programs, and their message queues.
    "--unshare-ipc",
    "--as-pid-1",
    // The step's process group holds nothing but process 1 and the step: an interrupt can go to all of it.
    "--new-session",
    "--die-with-parent",
    // An ordinary user has no capability left in there anyhow.
    ...(isRoot ? ["--cap-drop", "ALL", ...KEPT_CAPABILITIES.flatMap((name) => ["--cap-add", `CAP_${name.toUpperCase()}`])] : []),
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
    case "bind":
      return [part.writable ? "--bind" : "--ro-bind", part.source, part.path];
    case "devices":
      // bubblewrap makes the plain ones itself, with a /dev/shm and terminals of the step's own; a device may go while we look.
      return ["--dev", "/dev", ...beyondPlain(part.names).flatMap((name) => ["--dev-bind-try", `/dev/${name}`, `/dev/${name}`])];
    case "processes":
      // bubblewrap covers these itself only where it finds the folder writable, which /proc/sys never is, though its files are.
      return ["--proc", "/proc", ...dangerousInProc().flatMap((path) => ["--ro-bind", path, path])];
  }
}
