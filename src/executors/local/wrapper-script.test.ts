import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { WRAPPER_SCRIPT } from "./wrapper-script.ts";

// In a user and mount namespace of its own, so that no privileges are needed for a file system that can be filled.
const ON_A_SMALL_DISK = `mount -t tmpfs -o size=256k tmpfs "$1" && cd "$1" && mkdir control logs
setsid --wait sh -c "$2" headrace control logs none no sh -c 'cat /dev/zero >fill; exit 7'
df --output=avail . | tail -1
cat control/exit control/status`;

test("the status of a step that has filled the disk is kept, without waiting for room", () => {
  const folder = mkdtempSync(join(tmpdir(), "headrace-wrapper-"));
  try {
    const said = execFileSync("unshare", ["--map-root-user", "--mount", "sh", "-c", ON_A_SMALL_DISK, "sh", folder, WRAPPER_SCRIPT], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
      timeout: 30_000,
    });
    expect(said.trimStart()).toBe("0\n0\n \nheadrace: started\n\nheadrace: exited 7\n");
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
