import { spawn } from "node:child_process";
import { withoutCurrentFolder } from "../../ask-program.ts";

/**
 * Shows a text in the user's pager and waits until it is left; false where there is none, or where it cannot be
 * started. PAGER is a command line, as git and man take it. `less` gets git's own options, unless the user has set
 * others: it ends by itself where the text fits.
 */
export function pageThrough(text: string, env: Readonly<Record<string, string | undefined>>): Promise<boolean> {
  const pager = env.PAGER === undefined || env.PAGER === "" ? "less" : env.PAGER;
  if (pager === "cat") return Promise.resolve(false);
  return new Promise((resolve) => {
    // `exec` fails with 127 where there is no such program; nothing was shown then.
    const child = spawn("/bin/sh", ["-c", `command -v ${pager.split(" ")[0]} >/dev/null || exit 127; ${pager}`], {
      stdio: ["pipe", "inherit", "inherit"],
      env: { ...env, PATH: withoutCurrentFolder(env.PATH ?? ""), LESS: env.LESS ?? "FRX" },
    });
    // A pager that is left early reads no further.
    child.stdin.on("error", () => undefined);
    child.on("error", () => resolve(false));
    child.on("close", (code) => resolve(code !== 127));
    child.stdin.end(text);
  });
}
