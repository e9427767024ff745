import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, expect, test } from "vitest";
import { findProgram, SYSTEM_PATH } from "../../ask-program.ts";

const strace = process.platform === "linux" ? findProgram("strace", SYSTEM_PATH) : undefined;
const program = fileURLToPath(new URL("./fixtures/run-steps.ts", import.meta.url));
const root = realpathSync(mkdtempSync(join(tmpdir(), "headrace-costs-")));
afterAll(() => rmSync(root, { recursive: true, force: true }));

/**
 * By what is counted, the calls that count. A line of strace that ends in "unfinished" has its result in another one.
 */
const COUNTED = {
  programs: /\bexecve\(.*(= 0|unfinished \.\.\.>)$/,
  processes: /(\b(clone|clone3|vfork|fork)\(|(clone|clone3|vfork|fork) resumed>).* = \d+$/,
  syncs: /\b(fsync|fdatasync|sync|syncfs|sync_file_range)\(/,
  // On the disk, not in the memory that bubblewrap lays out as the root.
  "files and folders":
    /(\bopenat\(AT_FDCWD, "[^"]*headrace-costs-[^)]*O_CREAT|\b(mkdir|link|symlink)\("(?!\/?newroot)[^"]*headrace-costs-).*(= \d+|unfinished \.\.\.>)$/,
};

/**
 * The calls that one step takes: those of three steps less those of one. Threads that Node makes for itself are no
 * processes.
 */
function costsOfAStep(sandbox: string): Readonly<Record<string, number>> {
  const [one, three] = [1, 3].map((count) => callsOf(sandbox, count));
  return Object.fromEntries(
    Object.entries(COUNTED).map(([what, pattern]) => {
      const [few, many] = [one, three].map(
        (lines) => lines?.filter((line) => pattern.test(line) && !line.includes("CLONE_THREAD")).length ?? 0,
      );
      return [what, ((many ?? 0) - (few ?? 0)) / 2];
    }),
  );
}

function callsOf(sandbox: string, count: number): readonly string[] {
  const folder = join(root, `${sandbox}-${count}`);
  mkdirSync(folder);
  const log = join(root, `${sandbox}-${count}.log`);
  const trace =
    "execve,?fork,?vfork,clone,?clone3,openat,mkdir,link,symlink,/^(fsync|fdatasync|sync|syncfs|sync_file_range)$";
  const run = [process.execPath, program, folder, sandbox, String(count)];
  const { status, stderr } = spawnSync(strace ?? "", [
    "-f",
    "-qq",
    "--seccomp-bpf",
    "-e",
    `trace=${trace}`,
    "-o",
    log,
    ...run,
  ]);
  expect([status, String(stderr)]).toEqual([0, ""]);
  return readFileSync(log, "utf8").split("\n");
}

// Not milliseconds, which the machine's other work decides. A figure that rises makes every step dearer.
test.runIf(strace !== undefined).each([
  ["off", { programs: 6, processes: 5, syncs: 0, "files and folders": 19 }],
  ["bubblewrap", { programs: 6, processes: 6, syncs: 0, "files and folders": 34 }],
  ["unshare", { programs: 11, processes: 9, syncs: 0, "files and folders": 36 }],
])("the start of a trivial step costs no more than it has to (sandbox %s)", { timeout: 300_000 }, (sandbox, most) => {
  const costs = costsOfAStep(sandbox);
  for (const [what, limit] of Object.entries(most)) expect.soft(costs[what], what).toBeLessThanOrEqual(limit);
  expect(costs.programs).toBeGreaterThan(3);
});
