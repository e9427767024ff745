import { findProgram } from "../../ask-program.ts";
import { HeadraceError } from "../../errors.ts";
import { FREE_SUPERVISOR_SCRIPT } from "./wrapper-script.ts";

const SYSTEM_PATH = "/usr/local/bin:/usr/bin:/bin:/opt/homebrew/bin:/run/current-system/sw/bin";

/** macOS has no setsid(1). */
const PERL_SETSID = "use POSIX (); POSIX::setsid(); exec { $ARGV[0] } @ARGV or die";

/**
 * The command that runs the supervisor, with `supervised` as its arguments, in a session of its own and without a
 * sandbox.
 */
export function unsandboxedCommand(supervised: readonly string[], searchPath = SYSTEM_PATH): readonly string[] {
  return [...newSession(searchPath), "/bin/sh", "-c", FREE_SUPERVISOR_SCRIPT, "headrace", ...supervised];
}

function newSession(searchPath: string): readonly string[] {
  const setsid = findProgram("setsid", searchPath);
  if (setsid !== undefined) return [setsid];
  const perl = findProgram("perl", searchPath);
  if (perl !== undefined) return [perl, "-e", PERL_SETSID];
  throw new HeadraceError(
    "HR_STEP_START",
    "steps cannot be started without a sandbox: neither setsid nor perl is installed",
    {
      hint: "install util-linux (setsid), or bubblewrap for a sandbox",
    },
  );
}
