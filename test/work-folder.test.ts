import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import type { RunDetailView } from "../src/api/index.ts";
import { COMMAND, ProjectRig } from "./rig.ts";

// Below /proc, Node's own recursive mkdir never ends.
it.each([
  ["/etc/hostname/x", "Not a directory"],
  ["/proc/headrace", "No such file or directory"],
])("a cluster's work folder %s is an error of the execution, and nothing else", async (folder, why) => {
  await using rig = new ProjectRig({
    "valohai.yaml": '- step: { name: s, image: "", command: echo x, environment: cluster }\n',
    "settings.yaml": `environments: { cluster: { executor: slurm, slurm: { work-folder: ${folder} } } }\n`,
  });
  const variables = { HEADRACE_CONFIG: `${rig.root}/settings.yaml`, HEADRACE_ENVIRONMENT: "" };
  const { code, stdout, stderr } = await rig.startIn(rig.root, variables, "run", "s", "--json").result;
  const run = JSON.parse(stdout) as RunDetailView;
  const reason = [
    `the work folder ${folder} cannot be written (${why})`,
    "hint: name a folder in `slurm.work-folder` that all nodes see and you may write to",
  ].join("\n");
  expect([code, run.state, run.nodes[0]?.execution?.reason]).toEqual([1, "error", reason]);
  expect(stderr).not.toContain("could not be cleared");
});

const NOBODY = "65534";
const asNobody = (...command: readonly string[]): readonly string[] => [
  ...["--reuid", NOBODY, "--regid", NOBODY, "--clear-groups", "--"],
  ...command,
];
/** The sources may lie where only root gets to. */
const canBeNobody =
  process.platform === "linux" &&
  process.getuid?.() === 0 &&
  spawnSync("setpriv", asNobody("test", "-r", COMMAND)).status === 0;
if (!canBeNobody)
  console.error("SKIPPED: the test of another user's work folder needs root, and sources that every user may read.");

it.skipIf(!canBeNobody)("so is one that belongs to another user, whose step cannot have printed anything", async () => {
  const closed = mkdtempSync(join(tmpdir(), "headrace-closed-"));
  using _removal = { [Symbol.dispose]: () => rmSync(closed, { recursive: true }) };
  await using rig = new ProjectRig({
    "valohai.yaml": '- step: { name: s, image: "", command: echo x, environment: cluster }\n',
    "settings.yaml": `environments: { cluster: { executor: slurm, slurm: { work-folder: ${closed}/work } } }\n`,
  });
  mkdirSync(join(rig.root, "home"));
  spawnSync("chown", ["-R", `${NOBODY}:${NOBODY}`, rig.root]);
  const env = {
    ...process.env,
    HOME: join(rig.root, "home"),
    HEADRACE_CONFIG: join(rig.root, "settings.yaml"),
    HEADRACE_ENVIRONMENT: "",
  };
  const { status, stdout, stderr } = spawnSync("setpriv", asNobody(process.execPath, COMMAND, "run", "s"), {
    cwd: rig.root,
    env: { ...env, HEADRACE_DATABASE_URL: "", NO_COLOR: "1" },
    encoding: "utf8",
  });
  expect(status).toBe(1);
  expect(stdout).toContain(`✗ s #2: the work folder ${closed}/work cannot be written (Permission denied)`);
  expect(stdout).toContain("✗ step s #1 failed");
  expect(stdout + stderr).not.toContain("HR_SYSTEM");
});
