import { isatty } from "node:tty";
import { HeadraceError } from "../../errors.ts";

/** Throws HR_USAGE where the command cannot hand a terminal on. */
export function requireTerminal(what: string): void {
  if (isatty(0) && isatty(1)) return;
  throw new HeadraceError("HR_USAGE", `${what} needs a terminal, and ${isatty(0) ? "stdout" : "stdin"} is none here`, {
    hint: "start it in a terminal, without a pipe or a redirection (over ssh: ssh -t)",
  });
}
