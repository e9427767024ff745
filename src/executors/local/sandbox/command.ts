import { HeadraceError } from "../../../errors.ts";
import { bubblewrapCommand } from "./bubblewrap.ts";
import { standInsFolder } from "./stand-in.ts";
import { unshareCommand } from "./unshare.ts";
import { scratchFolder } from "./view.ts";
import type { ViewPart } from "./view-part.ts";

export interface SandboxPrograms {
  readonly bubblewrap: string | undefined;
  readonly unshare: string | undefined;
  readonly setpriv: string | undefined;
  readonly setsid: string | undefined;
}

/** The command that the supervisor is to run in there, see wrapper-script.ts. */
export interface Supervised {
  readonly report: "yes" | "no";
  readonly command: readonly string[];
  /** `none`: it has a network of its own, with nothing but a loopback. */
  readonly network: Network;
}

export type Network = "host" | "none";

/** The command line that builds the sandbox and runs the supervisor in it, or which program is missing. */
export function sandboxCommand(
  kind: "bubblewrap" | "unshare",
  programs: SandboxPrograms,
  view: readonly ViewPart[],
  { folder, stateFolder }: { readonly folder: string; readonly stateFolder: string },
  supervised: Supervised,
): readonly string[] | string {
  const user = { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 };
  if (kind === "bubblewrap") {
    if (programs.bubblewrap === undefined) return "bwrap is not installed";
    const request = {
      ...{ bubblewrap: programs.bubblewrap, unshare: programs.unshare, view, scratch: scratchFolder(folder), user },
      network: supervised.network,
    };
    return bubblewrapCommand(request, [supervised.report, ...supervised.command]);
  }
  const places = { scratch: scratchFolder(folder), standIns: standInsFolder(stateFolder) };
  const { unshare, setpriv, setsid } = programs;
  if (unshare === undefined) return "unshare is not installed";
  if (setpriv === undefined) return "setpriv is not installed";
  if (setsid === undefined) return "setsid is not installed";
  return unshareCommand({ unshare, setpriv, setsid }, view, places, user, supervised);
}

export function networkCannotBeKept(): HeadraceError {
  return new HeadraceError(
    "HR_SANDBOX",
    "the step's environment has `network: none`, which only a sandbox can keep, and none is used here",
    {
      hint: ["run it in a sandbox that works (", { do: "list-environments" }, "), or take out `network`"],
    },
  );
}
