import { readdirSync, utimesSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { RunDetailView } from "../src/api/index.ts";
import { ProjectRig } from "./rig.ts";

const SLOW = `
import pathlib, time
try:
    pathlib.Path("/valohai/outputs/partial.txt").write_text("half")
    print("ready", flush=True)
    time.sleep(600)
except KeyboardInterrupt:
    print("interrupted", flush=True)
    pathlib.Path("/valohai/outputs/last.txt").write_text("saved")
    raise SystemExit(1)
`;

function yaml(extra = ""): string {
  return `
- step: { name: slow, image: i, command: python3 slow.py${extra} }
- step: { name: next, image: i, command: "true" }
- pipeline:
    name: p
    nodes:
      - { name: slow, step: slow, type: execution }
      - { name: next, step: next, type: execution }
    edges:
      - [slow.dependency.x, next.dependency.x]
`;
}

describe("stopping", () => {
  it("Ctrl-C interrupts the step, keeps its outputs and log, and records it as stopped", async () => {
    await using rig = new ProjectRig({ "valohai.yaml": yaml(), "slow.py": SLOW });
    const command = rig.start("run", "p");
    await followUntil(rig, "ready");
    command.child.kill("SIGINT");
    expect((await command.result).code).toBe(130);
    const { run } = await rig.json<{ readonly run: RunDetailView }>(0, "info", "latest");
    expect(run).toMatchObject({
      state: "stopped",
      stoppedBy: run.startedBy,
      startedBy: expect.stringMatching(/^local:./),
    });
    expect(run.nodes.map((node) => [node.name, node.state])).toEqual([
      ["slow", "stopped"],
      ["next", "skipped"],
    ]);
    expect(run.nodes[0]?.execution?.outputs.map((file) => file.name)).toEqual(["last.txt", "partial.txt"]);
    expect((await rig.headrace("logs", "latest.slow")).stdout).toContain("interrupted");
  });

  it("`headrace stop` from another process does the same", async () => {
    await using rig = new ProjectRig({ "valohai.yaml": yaml(), "slow.py": SLOW });
    const command = rig.start("run", "p");
    await followUntil(rig, "ready");
    const stopped = await rig.headrace("stop", "latest");
    expect(stopped.code).toBe(0);
    expect((await command.result).code).toBe(1);
    const { run } = await rig.json<{ readonly run: RunDetailView }>(0, "info", "latest");
    expect(run.state).toBe("stopped");
    expect(run.nodes[0]?.execution?.outputs.map((file) => file.name)).toContain("last.txt");
  });

  it("`headrace stop` of one node leaves no run that calls itself complete", async () => {
    await using rig = new ProjectRig({ "valohai.yaml": yaml(), "slow.py": SLOW });
    const command = rig.start("run", "p");
    await followUntil(rig, "ready");
    expect((await rig.headrace("stop", "latest.slow")).code).toBe(0);
    expect((await command.result).code).toBe(1);
    const { run } = await rig.json<{ readonly run: RunDetailView }>(0, "info", "latest");
    expect(run).toMatchObject({
      state: "stopped",
      reason: "slow was stopped",
      stoppedBy: null,
      nodes: [{ state: "stopped", execution: { stoppedBy: expect.stringMatching(/^local:./) } }, { state: "skipped" }],
    });
  });

  it("a time-limit interrupts the step and is the reason of its error", async () => {
    // Long enough for a Python that starts late on a busy machine: only then does it save.
    await using rig = new ProjectRig({ "valohai.yaml": yaml(", time-limit: 5s"), "slow.py": SLOW });
    const run = await rig.json<RunDetailView>(1, "run", "p");
    expect(run.nodes[0]?.execution).toMatchObject({ state: "error", reason: "its time-limit of 5 s was reached" });
    expect(run.nodes[0]?.execution?.outputs.map((file) => file.name)).toContain("last.txt");
  });

  it("a time-limit begins with the step, however long ago an engine died that was about to start it", async () => {
    const step = `- step: { name: s, image: i, command: sleep 1, time-limit: 1m }\n`;
    await using rig = new ProjectRig({ "valohai.yaml": step });
    const killed = rig.startIn(rig.root, { HEADRACE_TEST_KILL_AT: "marker-written:1" }, "run", "s");
    expect((await killed.result).signal).toBe("SIGKILL");
    const executions = join(rig.root, ".headrace/executions");
    for (const id of readdirSync(executions)) utimesSync(join(executions, id, "control/prepared.json"), 1, 1);
    expect((await rig.json<RunDetailView>(0, "resume", "1")).state).toBe("complete");
  });

  it("a no-output-timeout ends a silent step", async () => {
    await using rig = new ProjectRig({ "valohai.yaml": yaml(", no-output-timeout: 1s"), "slow.py": SLOW });
    const run = await rig.json<RunDetailView>(1, "run", "p");
    expect(run.nodes[0]?.execution).toMatchObject({
      state: "error",
      reason: "it printed nothing for 1 s (no-output-timeout)",
    });
  });

  it("a true stop-condition ends the step early and well", async () => {
    const script =
      'import json, time\nfor step in range(10**6):\n    print(json.dumps({"loss": 10 - step}), flush=True)\n    time.sleep(0.05)\n';
    await using rig = new ProjectRig({
      "valohai.yaml": `- step: { name: s, image: i, command: python3 s.py, stop-condition: "metadata.loss < 5" }\n`,
      "s.py": script,
    });
    const run = await rig.json<RunDetailView>(0, "run", "s");
    expect(run.nodes[0]?.execution).toMatchObject({
      state: "complete",
      reason: "its stop-condition became true: metadata.loss < 5",
    });
  });
});

/** Waits until the log of the newest run's slow node shows a text, as a user would: with `logs -f`. */
async function followUntil(rig: ProjectRig, text: string): Promise<void> {
  for (;;) {
    const follow = rig.start("logs", "latest.slow", "-f");
    const seen = await follow.sees(text).then(
      () => true,
      () => false,
    );
    follow.child.kill("SIGTERM");
    await follow.result;
    if (seen) return;
  }
}
