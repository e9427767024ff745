import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { executionFolder } from "../../../contract/index.ts";
import { INDEX_LOGINS } from "../../../credential-places.ts";
import { HeadraceError } from "../../../errors.ts";
import { sandboxCommand } from "./command.ts";
import type { Sandbox } from "./detect.ts";
import { keyFilterFile } from "./key-filter.ts";
import { buildView, type PlacedFolder, type ViewRequest } from "./view.ts";

export type MachineView = Omit<
  ViewRequest,
  "folder" | "script" | "recorded" | "pythonEnvironment" | "programs" | "mayInstall" | "layers" | "building" | "watch"
>;

export interface BuildPlace {
  /** Laid out like an execution's folder: the build runs in its repository. */
  readonly folder: string;
  /** The environment that is being built. */
  readonly target: PlacedFolder;
  /** True if the build may write to it, and so to more than its folder and the cache. */
  readonly mayWrite: boolean;
  /** The folder in the place of the user's cache folder. */
  readonly cache: string;
  /** Programs that the build starts, which may lie in a home: their installations are seen. */
  readonly programs: readonly string[];
}

/**
 * The confinement of builds: how, in a view of what, and the pipe by which they count as steps that run
 * (running-mark.ts).
 */
export interface Confinement {
  readonly sandbox: Sandbox;
  readonly machine: MachineView;
  readonly runningMark: string;
}

/**
 * Gives the supervisor its descriptors, and passes on the status that it notes. Arguments: the file for that, the pipe
 * of running-mark.ts or nothing (a package's code, too, can take over open files of a step), the file of key-filter.ts
 * or nothing, then the sandbox's command.
 */
const CONFINED_SCRIPT = `__hr_status=$1; __hr_running=$2; __hr_filter=$3; shift 3
if [ -p "$__hr_running" ]; then exec 4<>"$__hr_running"; fi
if [ -n "$__hr_filter" ]; then exec 9<"$__hr_filter"; fi
exec 5>&1 6>&2 7>"$__hr_status"
"$@" </dev/null >/dev/null 4>&-
exec 7>&-
__hr_code=125
while read -r __hr_who __hr_what __hr_value; do if [ "$__hr_who $__hr_what" = "headrace: exited" ]; then __hr_code=$__hr_value; fi; done <"$__hr_status"
exit "$__hr_code"
`;

/**
 * Returns the words to put before a build's command. Installing a package can run code of its author, and a stranger's
 * requirements file names packages of his: so builds get a step's view of the machine, save that they may log in to
 * package indexes.
 */
export function confineBuild({ sandbox, machine, runningMark }: Confinement, place: BuildPlace): readonly string[] {
  const { folder, target, mayWrite, cache, programs } = place;
  const { inputs, config, outputs, control } = executionFolder(folder);
  for (const path of [inputs, config, outputs, control]) mkdirSync(path, { recursive: true });
  const script = join(control, "script");
  writeFileSync(script, "");
  const shownSecrets = [...machine.shownSecrets, ...INDEX_LOGINS];
  const kept = machine.kept === undefined ? undefined : { path: machine.kept.path, source: cache, links: {} };
  const view = buildView({
    ...machine,
    ...{ kept, folder, script, shownSecrets, pythonEnvironment: undefined, programs, mayInstall: false, layers: false },
    building: { ...target, writable: mayWrite },
  });
  const kind = sandbox.kind === "unshare" ? "unshare" : "bubblewrap";
  const command = sandboxCommand(
    kind,
    sandbox.programs,
    view,
    { folder, stateFolder: machine.stateFolder },
    { report: "no", command: [], network: "host" },
  );
  if (typeof command === "string") throw new HeadraceError("HR_SANDBOX", `the sandbox cannot be set up: ${command}`);
  return [
    "/bin/sh",
    "-c",
    CONFINED_SCRIPT,
    "headrace",
    join(control, "status"),
    runningMark,
    keyFilterFile(kind, machine.stateFolder),
    ...command,
  ];
}
