import { spawnSync } from "node:child_process";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { isOnPostgres, ProjectRig } from "../rig.ts";

const COMMAND = join(
  dirname(fileURLToPath(import.meta.url)),
  "../..",
  process.env.HEADRACE_TEST_COMMAND ?? "src/cli/main.ts",
);
const NAMESPACE = ["--user", "--map-root-user", "--mount"];
const canMount = spawnSync("unshare", [...NAMESPACE, "mount", "-t", "tmpfs", "none", "/mnt"]).status === 0;

/** Runs the command in a mount namespace in which the project's folder is read-only. */
function readOnly(root: string, ...args: readonly string[]) {
  const script = 'mount --bind "$1" "$1" && mount -o remount,ro,bind "$1" && shift && exec "$@"';
  const env = { ...process.env, NO_COLOR: "1", HEADRACE_ENVIRONMENT: "local" };
  const all = [...NAMESPACE, "sh", "-c", script, "sh", root, process.execPath, COMMAND, "-C", root, ...args];
  const { status, stdout, stderr } = spawnSync("unshare", all, { encoding: "utf8", env });
  return { status, stdout, stderr };
}

test.skipIf(!canMount || isOnPostgres)(
  "in a read-only project everything can be looked at, and it is said why nothing can run",
  async () => {
    await using rig = new ProjectRig({
      "valohai.yaml": `- step: { name: s, image: "", command: "echo hello; echo x > /valohai/outputs/x" }`,
    });
    expect(readOnly(rig.root, "run", "s")).toMatchObject({
      status: 1,
      stderr: `error: the state folder ${rig.root}/.headrace cannot be made (EROFS) [HR_STORE_UNAVAILABLE]\nhint: that file system is read-only, and Headrace keeps its records beside the configuration file: work in a copy of the project\n`,
    });
    await rig.json(0, "run", "s");
    expect(readOnly(rig.root, "logs", "latest")).toEqual({ status: 0, stdout: "hello\n", stderr: "" });
    for (const call of [["ls"], ["info", "1"], ["outputs", "1"], ["why", "1"], ["verify"]]) {
      expect(readOnly(rig.root, ...call)).toMatchObject({ status: 0, stderr: "" });
    }
    expect(readOnly(rig.root, "run", "s")).toMatchObject({
      status: 1,
      stderr: `error: the database ${rig.root}/.headrace/headrace.db cannot be written: its folder is on a read-only file system (EROFS) [HR_STORE_UNAVAILABLE]\nhint: commands that only look work there; to run something, work in a copy of the project\n`,
    });
  },
);
