import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import type { RunDetailView, RunView } from "../src/api/index.ts";
import { ProjectRig } from "./rig.ts";

/**
 * A step that tells that it runs, and waits for a word from outside. Steps see the project's folder of this machine.
 */
function project(): ProjectRig & { readonly go: () => void; readonly begun: () => Promise<void> } {
  const rig = new ProjectRig();
  const go = join(rig.root, "go");
  const step = `echo begin; while ! [ -e "${go}" ]; do sleep 0.02; done; echo end`;
  rig.write("valohai.yaml", `- step: { name: s, image: "", command: ${JSON.stringify(step)} }\n`);
  return Object.assign(rig, {
    go: () => writeFileSync(go, ""),
    begun: async () => {
      while (!(await rig.headrace("logs", "latest")).stdout.includes("begin")) await delay(20);
    },
  });
}

/** The background engine has a life of its own: it is waited for, and ended where a test fails. */
function backgroundEngine(rig: ProjectRig): AsyncDisposable & { readonly ended: () => Promise<void> } {
  const log = (): string =>
    existsSync(join(rig.root, ".headrace/engine.log")) ? rig.read(".headrace/engine.log") : "";
  return {
    ended: async () => {
      while (!log().endsWith("ended\n")) await delay(20);
    },
    async [Symbol.asyncDispose]() {
      const pid = Number(/engine [^:]*:(\d+):/.exec(log())?.[1]);
      if (log().endsWith("ended\n") || !(pid > 1)) return;
      try {
        process.kill(pid, "SIGKILL");
      } catch {
        // It has ended meanwhile.
      }
    },
  };
}

describe("a detached run", () => {
  it("is driven by an engine in the background, and followed with attach", async () => {
    await using rig = project();
    await using engine = backgroundEngine(rig);
    const run = await rig.json<RunView>(0, "run", "s", "--detach");
    expect(run).toMatchObject({ number: 1, name: "s", finishedAt: null });
    const leaving = rig.start("attach", "latest");
    await leaving.sees("started");
    leaving.child.kill("SIGINT");
    const left = await leaving.result;
    expect([left.code, left.stdout + left.stderr]).toEqual([
      130,
      expect.stringContaining("left run 1, which goes on; `headrace stop 1` would stop it"),
    ]);
    const attached = rig.start("attach", "1", "--json");
    await rig.begun();
    rig.go();
    const result = await attached.result;
    expect(result.code, result.stdout + result.stderr).toBe(0);
    expect(JSON.parse(result.stdout)).toMatchObject({ state: "complete", nodes: [{ state: "complete" }] });
    expect((await rig.headrace("logs", "1")).stdout).toMatch(/begin\n.*end\n$/s);
    await engine.ended();
    // A run that has ended is shown as it ended, and no engine is needed for that.
    expect((await rig.headrace("attach", "1")).code).toBe(0);
  });

  it("is stopped from anywhere", async () => {
    await using rig = project();
    await using engine = backgroundEngine(rig);
    await rig.json(0, "run", "s", "--detach");
    await rig.begun();
    expect((await rig.headrace("stop", "latest")).stdout).toMatch(/^■ run \d+ \(.*\) has been stopped \(stopped\)/);
    await engine.ended();
  });

  it("is refused, with nothing recorded, where the request does not fit", async () => {
    await using rig = project();
    expect((await rig.headrace("run", "t", "--detach")).code).toBe(2);
    expect(existsSync(join(rig.root, ".headrace/engine.log"))).toBe(false);
  });
});

describe("headrace engine", () => {
  it.each(["SIGKILL", "SIGTERM"] as const)(
    "that %s ends leaves its step running for the next, which adopts it",
    async (signal) => {
      await using rig = project();
      const first = rig.start("engine");
      await first.sees("works on up to");
      await rig.json(0, "run", "s", "--detach");
      // An engine lives, so none was started.
      expect(existsSync(join(rig.root, ".headrace/engine.log"))).toBe(false);
      await first.sees("run 1 (s): driving it");
      await rig.begun();
      first.child.kill(signal);
      const ended = await first.result;
      if (signal === "SIGTERM")
        expect([ended.code, ended.stdout]).toEqual([
          0,
          expect.stringMatching(/leaving; steps that run go on.*\nended\n$/),
        ]);
      const second = rig.start("engine", "--exit-when-idle");
      await second.sees("execution 2 (s): adopted from an engine that is dead");
      rig.go();
      const result = await second.result;
      expect([result.code, result.stdout]).toEqual([0, expect.stringContaining("run 1 (s): complete\n")]);
      const { run } = await rig.json<{ readonly run: RunDetailView }>(0, "info", "1");
      expect(run.nodes.map(({ state, execution }) => [state, execution?.number])).toEqual([["complete", 2]]);
      const logs = (await rig.headrace("logs", "1")).stdout;
      expect([logs.match(/begin/g)?.length, logs.match(/end\n/g)?.length]).toEqual([1, 1]);
    },
  );

  it("shares the steps of a run with another one", async () => {
    await using rig = new ProjectRig();
    const meet = join(rig.root, "meet");
    mkdirSync(meet);
    // Each prints that it is there and waits until the test has seen both.
    const step = `while ! [ -e "${meet}/go" ]; do sleep 0.02; done`;
    const nodes = ["a", "b"].map((name) => `{ name: ${name}, step: s, type: execution }`).join(", ");
    rig.write(
      "valohai.yaml",
      `- step: { name: s, image: "", command: '${step}' }\n- pipeline: { name: p, nodes: [${nodes}], edges: [] }\n`,
    );
    const engines = [rig.start("engine", "--jobs", "1"), rig.start("engine", "--jobs", "1")];
    await Promise.all(engines.map((engine) => engine.sees("works on up to 1 steps")));
    const { number } = await rig.json<RunView>(0, "run", "p", "--detach");
    const attached = rig.start("attach", String(number));
    // With one place each, both run only where both engines work.
    await attached.sees(/a +started/);
    await attached.sees(/b +started/);
    writeFileSync(join(meet, "go"), "");
    expect((await attached.result).code).toBe(0);
    for (const engine of engines) engine.child.kill("SIGTERM");
    for (const engine of engines) expect((await engine.result).code).toBe(0);
  });
});
