import { spawnSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { RunDetailView } from "../src/api/index.ts";
import { ProjectRig } from "./rig.ts";

/** Node `bad` gets the input, node `good` nothing. */
function twoNodes(input: string): string {
  return `
- step: { name: good, image: "", command: echo fine }
- step: { name: bad, image: "", command: ls /valohai/inputs/x, inputs: [{ name: x, default: ${JSON.stringify(input)} }] }
- pipeline:
    name: both
    nodes: [{ name: bad, step: bad, type: execution, on-error: stop-next }, { name: good, step: good, type: execution }]
    edges: []
`;
}

const ends = (run: RunDetailView): readonly unknown[] =>
  run.nodes.map(({ name, state }) => `${name} ${state}`).toSorted();
const reasonOf = (run: RunDetailView): string | null | undefined =>
  run.nodes.find(({ name }) => name === "bad")?.execution?.reason;

describe("one bad thing fails one node, and the others go on:", () => {
  test.skipIf(process.platform !== "linux")("an input that the disk cannot read", async () => {
    await using rig = new ProjectRig({ "valohai.yaml": twoNodes("/proc/self/mem") });
    // The kernel's files about processes are hidden from steps, unless the user shows them.
    const { stdout } = await rig.startIn(rig.root, { HEADRACE_STEPS_SEE: "/proc" }, "run", "both", "--json").result;
    const run = JSON.parse(stdout) as RunDetailView;
    expect(ends(run)).toEqual(["bad error", "good complete"]);
    expect(reasonOf(run)).toBe(
      "input /proc/self/mem: /proc/self/mem cannot be read: the disk cannot be read or written (EIO)\nhint: check the disk or the mount that it lies on",
    );
  });

  test.skipIf(process.platform !== "linux" || process.getuid?.() !== 0)(
    "inputs that do not fit on the disk",
    async () => {
      await using rig = new ProjectRig({ "valohai.yaml": twoNodes("big.bin"), ".headraceignore": "big.bin" });
      rig.write("big.bin", new Uint8Array(8_000_000).fill(1));
      const executions = join(rig.root, ".headrace/executions");
      mkdirSync(executions, { recursive: true });
      const mounted = spawnSync("mount", ["-t", "tmpfs", "-o", "size=4m", "tmpfs", executions], { encoding: "utf8" });
      expect(mounted.stderr).toBe("");
      using _unmounting = { [Symbol.dispose]: () => spawnSync("umount", ["-l", executions]) };
      // One after the other: while the disk is full, it is so for whoever else writes there.
      const run = await rig.json<RunDetailView>(1, "run", "both", "--jobs", "1");
      expect(ends(run)).toEqual(["bad error", "good complete"]);
      expect(reasonOf(run)).toMatch(
        /^no space left on the disk while writing .*big\.bin\nhint: free some space and run again; what was stored before is intact$/,
      );
    },
  );
});
