import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import type { RunDetailView } from "../src/api/index.ts";
import { ProjectRig } from "./rig.ts";
import { twoCards } from "./two-cards.ts";

const ALL = availableParallelism();

function step(name: string, command: string, more: string): string {
  return `- step: { name: ${name}, image: "", command: ${JSON.stringify(command)}, ${more} }\n`;
}

describe("resources of a step", () => {
  it("are slots of the machine: two that need all of it do not run at once", async () => {
    const alone = "mkdir $XDG_CACHE_HOME/busy; sleep 0.3; rmdir $XDG_CACHE_HOME/busy";
    const nodes = ["a", "b", "c"].map((name) => `      - { name: ${name}, type: execution, step: s }`).join("\n");
    await using rig = new ProjectRig({
      "valohai.yaml": `${step("s", alone, `resources: { cpu: { min: ${ALL} } }`)}- pipeline:\n    name: p\n    nodes:\n${nodes}\n    edges: []\n`,
    });
    const shared = mkdtempSync(join(tmpdir(), "headrace-shared-"));
    using _removal = { [Symbol.dispose]: () => rmSync(shared, { recursive: true }) };
    const environment = { XDG_CACHE_HOME: shared, HEADRACE_STEP_CACHE: shared };
    const { code, stdout } = await rig.startIn(rig.root, environment, "run", "p", "--jobs", "3", "--fresh", "--json")
      .result;
    expect([code, (JSON.parse(stdout) as RunDetailView).nodes.map(({ state }) => state)]).toEqual([
      0,
      ["complete", "complete", "complete"],
    ]);
    expect(existsSync(join(shared, "busy"))).toBe(false);
  });

  it("are slots that the runs of all projects share", async () => {
    const alone =
      "for n in 1 2 3; do mkdir $XDG_CACHE_HOME/busy || exit 1; sleep 0.1; rmdir $XDG_CACHE_HOME/busy; done";
    const yaml = step("s", alone, `resources: { cpu: { min: ${ALL} } }`);
    await using one = new ProjectRig({ "valohai.yaml": yaml });
    await using two = new ProjectRig({ "valohai.yaml": yaml });
    const shared = mkdtempSync(join(tmpdir(), "headrace-shared-"));
    using _removal = { [Symbol.dispose]: () => rmSync(shared, { recursive: true }) };
    const environment = { XDG_CACHE_HOME: shared, HEADRACE_STEP_CACHE: shared };
    const runs = [one, one, two, two].map((rig) => rig.startIn(rig.root, environment, "run", "s", "--fresh").result);
    expect(
      (await Promise.all(runs)).map(({ code, stdout, stderr }) => [code, code === 0 ? "" : stdout + stderr]),
    ).toEqual(runs.map(() => [0, ""]));
  });

  it("that the machine does not have are refused in words", async () => {
    await using rig = new ProjectRig({ "valohai.yaml": step("s", "true", `resources: { cpu: { min: ${ALL + 1} } }`) });
    const run = await rig.json<RunDetailView>(1, "run", "s");
    expect(run.nodes[0]?.reason).toBe(
      `step s needs ${ALL + 1} processors (resources.cpu.min), and this machine has ${ALL}\nhint: run it in an environment that has so much (the option environment), or let the step ask for less`,
    );
  });

  it("are kept: a step that uses more memory is killed, that is said, and it can be tried again", async () => {
    const hungry = "python3 -c 'x = bytearray(400 * 1024 * 1024)'";
    await using rig = new ProjectRig({
      "valohai.yaml": step("s", hungry, "resources: { memory: { max: 100 } }, retry: { limit: 1, on: [memory] }"),
    });
    const run = await rig.json<RunDetailView>(1, "run", "s");
    const execution = run.nodes[0]?.execution;
    if (execution?.runtimeFacts.limits === "rlimit") {
      console.error("SKIPPED: there are no control groups here to hold a step to its memory.");
      return;
    }
    expect(execution).toMatchObject({
      state: "error",
      attempt: 2,
      exitCode: 137,
      reason: "it was killed for using more than its 100 MB of memory (resources.memory)",
      runtimeFacts: { limits: expect.stringMatching(/^cgroup[12]$/) },
    });
  });

  it("of a step that waits for them end with a stop", async () => {
    const command = "touch $XDG_CACHE_HOME/begun; sleep 60";
    await using rig = new ProjectRig({
      "valohai.yaml": `${step("s", command, `resources: { cpu: { min: ${ALL} } }`)}- pipeline:
    name: p
    nodes:
      - { name: a, type: execution, step: s }
      - { name: b, type: execution, step: s }
    edges: []
`,
    });
    const shared = mkdtempSync(join(tmpdir(), "headrace-shared-"));
    using _removal = { [Symbol.dispose]: () => rmSync(shared, { recursive: true }) };
    const environment = { XDG_CACHE_HOME: shared, HEADRACE_STEP_CACHE: shared, HEADRACE_GRACE_S: "5" };
    const running = rig.startIn(rig.root, environment, "run", "p", "--jobs", "2");
    while (!existsSync(join(shared, "begun"))) await delay(20);
    // Another process sees what the waiting step waits for.
    const waiting = async () =>
      (await rig.json<{ readonly run: RunDetailView }>(0, "info", "1")).run.nodes.map(
        ({ execution }) => execution?.statusDetail ?? null,
      );
    while (!(await waiting()).includes(`waits for ${ALL} ${ALL === 1 ? "processor" : "processors"}`)) await delay(100);
    running.child.kill("SIGINT");
    await running.result;
    const { run } = await rig.json<{ readonly run: RunDetailView }>(0, "info", "1");
    expect([run.state, ...run.nodes.map(({ state }) => state)]).toEqual(["stopped", "stopped", "stopped"]);
    expect(run.nodes.map(({ execution }) => execution?.statusDetail)).toEqual([null, null]);
  });

  it("are devices, each of which is one step's alone, over all projects", async () => {
    const alone = `mkdir "$XDG_CACHE_HOME/$CUDA_VISIBLE_DEVICES" || exit 1; echo "has $CUDA_VISIBLE_DEVICES"; sleep 0.4; rmdir "$XDG_CACHE_HOME/$CUDA_VISIBLE_DEVICES"`;
    const nodes = ["a", "b", "c"].map((name) => `      - { name: ${name}, type: execution, step: s }`).join("\n");
    const yaml = `${step("s", alone, "resources: { devices: { nvidia.com/gpu: 1 } }")}- pipeline:\n    name: p\n    nodes:\n${nodes}\n    edges: []\n`;
    await using one = new ProjectRig({ "valohai.yaml": yaml });
    await using two = new ProjectRig({ "valohai.yaml": yaml });
    const machine = twoCards();
    using _removal = { [Symbol.dispose]: () => rmSync(machine.folder, { recursive: true }) };
    const runs = [one, two].map(
      (rig) => rig.startIn(rig.root, machine.environment, "run", "p", "--jobs", "3", "--fresh", "--json").result,
    );
    for (const { code, stdout } of await Promise.all(runs)) {
      const { nodes: done } = JSON.parse(stdout) as RunDetailView;
      expect([code, done.map(({ state }) => state)]).toEqual([0, ["complete", "complete", "complete"]]);
      for (const { execution } of done)
        expect(execution?.runtimeFacts).toMatchObject({
          devices: expect.stringMatching(/^nvidia\.com\/gpu GPU-(aaaa|bbbb)$/),
        });
    }
    const used = await one.headrace("logs", "1");
    expect(used.stdout.match(/has GPU-(aaaa|bbbb)$/gm)).toHaveLength(3);
  });

  it("are devices of which the user's shell may show fewer; which of them it was does not count for reuse", async () => {
    await using rig = new ProjectRig({
      "valohai.yaml":
        step("s", "echo has $CUDA_VISIBLE_DEVICES", "resources: { devices: { nvidia.com/gpu: 1 } }") +
        step("both", "true", "resources: { devices: { nvidia.com/gpu: 2 } }"),
    });
    const machine = twoCards();
    using _removal = { [Symbol.dispose]: () => rmSync(machine.folder, { recursive: true }) };
    const second = { ...machine.environment, CUDA_VISIBLE_DEVICES: "1" };
    expect((await rig.startIn(rig.root, second, "run", "s").result).stdout).toContain("has GPU-bbbb\n");
    const both = await rig.startIn(rig.root, second, "run", "both", "--json").result;
    expect((JSON.parse(both.stdout) as RunDetailView).nodes[0]?.reason).toContain(
      "the step needs 2 nvidia.com/gpu (resources.devices), and this machine has 1",
    );
    expect((await rig.startIn(rig.root, second, "run", "s").result).stdout).toContain("reused");
  });
});
