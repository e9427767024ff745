import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { RunDetailView } from "../src/api/index.ts";
import { ProjectRig } from "./rig.ts";

/** The step counts to ten, waits for a word from outside in the middle, and says which process it is. */
const STEP = `
import json, os, pathlib, time
print("pid", os.getpid(), flush=True)
for number in range(10):
    print(json.dumps({"number": number}), flush=True)
    if number == 4:
        print("half way", flush=True)
        go = pathlib.Path(os.path.expanduser(os.environ["GO"]))
        while not go.exists():
            time.sleep(0.02)
pathlib.Path("/valohai/outputs/done.txt").write_text("done")
`;

function yaml(go: string): string {
  return `
- step: { name: count, image: i, command: python3 count.py, environment-variables: [{ name: GO, default: "${go}" }] }
- step: { name: next, image: i, command: "cat /valohai/inputs/from/done.txt", inputs: [{ name: from }] }
- pipeline:
    name: p
    nodes:
      - { name: count, step: count, type: execution }
      - { name: next, step: next, type: execution }
    edges:
      - [count.output.done.txt, next.input.from]
`;
}

describe("a killed engine", () => {
  it("leaves the step running; resume adopts it, and the log has no gap and no repeat", async () => {
    await using rig = new ProjectRig();
    // A step sees the project's folder, and of /tmp and /dev nothing else that the test could write to.
    const go = join(rig.root, "go");
    rig.write("valohai.yaml", yaml(go));
    rig.write("count.py", STEP);
    const first = rig.start("run", "p");
    await first.sees("count");
    for (;;) {
      const logs = await rig.headrace("logs", "latest");
      if (logs.stdout.includes("half way")) break;
    }
    first.child.kill("SIGKILL");
    await first.result;
    const listed = await rig.json<{ readonly run: RunDetailView }>(0, "info", "latest");
    expect(listed.run.state).toBe("started");
    expect((await rig.headrace("ls")).stdout).toContain(
      `no process drives run ${listed.run.number}: \`headrace resume\` or \`headrace engine\` carries on, \`headrace stop N\` ends it`,
    );

    const second = rig.start("resume", "latest", "--json");
    writeFileSync(go, "");
    const result = await second.result;
    expect(result.code, result.stdout + result.stderr).toBe(0);
    const run = JSON.parse(result.stdout) as RunDetailView;
    expect(run.nodes.map((node) => [node.name, node.state])).toEqual([
      ["count", "complete"],
      ["next", "complete"],
    ]);
    const { stdout } = await rig.headrace("logs", "latest.count");
    const numbers = [...stdout.matchAll(/"number": (\d+)/g)].map((match) => Number(match[1]));
    expect(numbers).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(stdout.match(/pid \d+/g)).toHaveLength(1);
    expect(run.nodes[0]?.execution?.metadata).toEqual({ number: 9 });
  });

  it("leaves runs that `resume` takes up one after the other; Ctrl-C ends the first and begins no other", async () => {
    const text = "- step: { name: wait, image: i, command: 'echo half way; sleep 600' }\n";
    await using rig = new ProjectRig({ "valohai.yaml": text });
    for (const number of ["1", "3"]) {
      const command = rig.start("run", "wait");
      while (!(await rig.headrace("logs", number)).stdout.includes("half way"));
      command.child.kill("SIGKILL");
      await command.result;
    }
    const resuming = rig.start("resume");
    await resuming.sees(/wait/);
    resuming.child.kill("SIGINT");
    expect((await resuming.result).code).toBe(130);
    const runs = await rig.json<readonly RunDetailView[]>(0, "ls");
    expect(runs.map((run) => [run.number, run.state])).toEqual([
      [3, "started"],
      [1, "stopped"],
    ]);
    expect((await rig.headrace("stop", "3")).code).toBe(0);
  });

  it("is no obstacle to `stop`: the step is stopped and recorded", async () => {
    await using rig = new ProjectRig({ "valohai.yaml": yaml("/nowhere/at/all"), "count.py": STEP });
    const first = rig.start("run", "p");
    for (;;) {
      const logs = await rig.headrace("logs", "latest");
      if (logs.stdout.includes("half way")) break;
    }
    first.child.kill("SIGKILL");
    await first.result;
    const one = await rig.headrace("stop", "latest.count");
    expect([one.code, one.stderr]).toEqual([
      1,
      "error: execution 2 belongs to run 1, which no process drives any more [HR_CONFLICT]\n" +
        "hint: `headrace resume 1` carries on with the run and stops this execution, `headrace stop 1` stops all of it\n",
    ]);
    expect((await rig.headrace("stop", "latest")).code).toBe(0);
    const { run } = await rig.json<{ readonly run: RunDetailView }>(0, "info", "latest");
    expect(run.nodes.map((node) => [node.name, node.state])).toEqual([
      ["count", "stopped"],
      ["next", "skipped"],
    ]);
    expect(run.state).toBe("stopped");
  });
});
