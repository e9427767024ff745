import { execFile } from "node:child_process";

/** A file server that is well answers in milliseconds; one that is away holds whoever asks for good. */
const PATIENCE_MS = 10_000;

const PROBE = 'mkdir -p -- "$1" && : >"$1/.headrace-$$" && rm -f -- "$1/.headrace-$$"';

/**
 * Returns the reason why nothing can be written to a folder; undefined if something can. Another process tries it: on a
 * mount that hangs, none of this one's calls would come back. (Node's own recursive mkdir also never ends below /proc,
 * where each folder is "not there" and cannot be made.)
 */
export function whyNotWritable(folder: string, patienceMs = PATIENCE_MS): Promise<string | undefined> {
  return new Promise((resolve) => {
    const options = { cwd: "/", env: { PATH: "/usr/bin:/bin", LC_ALL: "C" } };
    const child = execFile("/bin/sh", ["-c", PROBE, "sh", folder], options, (error, _, stderr) => {
      clearTimeout(timer);
      resolve(error === null ? undefined : `the work folder ${folder} cannot be written (${lastWords(stderr)})`);
    });
    const timer = setTimeout(() => {
      child.kill("SIGKILL");
      // Not even that ends a process which waits for a dead file server: it must not hold this one up.
      child.stdout?.destroy();
      child.stderr?.destroy();
      child.unref();
      resolve(`the work folder ${folder} does not answer within ${patienceMs / 1000} s`);
    }, patienceMs);
  });
}

/** `mkdir: cannot create directory '/x': Not a directory` → `Not a directory` */
function lastWords(stderr: string): string {
  const [line = ""] = stderr.trim().split("\n");
  return line.slice(line.lastIndexOf(": ") + 2) || "no reason given";
}
