import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { RunDetailView } from "../src/api/index.ts";
import { ProjectRig } from "./rig.ts";

/** Fails until it has been called so often; the count stands outside of what a step may forget. */
class Rig extends ProjectRig {
  readonly shared = mkdtempSync(join(tmpdir(), "headrace-shared-"));
  readonly environment = { XDG_CACHE_HOME: this.shared, HEADRACE_STEP_CACHE: this.shared };

  async run(...args: readonly string[]): Promise<RunDetailView> {
    const { stdout, stderr } = await this.startIn(this.root, this.environment, "run", ...args, "--json").result;
    if (stdout === "") throw new Error(stderr);
    return JSON.parse(stdout) as RunDetailView;
  }

  override async [Symbol.asyncDispose](): Promise<void> {
    await super[Symbol.asyncDispose]();
    rmSync(this.shared, { recursive: true, force: true });
  }
}

const COUNT = `echo x >> $XDG_CACHE_HOME/calls; calls=$(wc -l < $XDG_CACHE_HOME/calls); echo "call $calls"`;

function project(command: string, retry: string): string {
  return `- step: { name: flaky, image: "", command: ${JSON.stringify(`${COUNT}; ${command}`)}${retry} }
- step: { name: after, image: "", command: 'echo done > /valohai/outputs/done' }
- pipeline:
    name: p
    nodes:
      - { name: flaky, type: execution, step: flaky, on-error: ONERROR }
      - { name: after, type: execution, step: after }
    edges: [[flaky.dependency.x, after.dependency.x]]
`;
}

function rigOf(command: string, { retry = "", onError = "stop-next" } = {}): Rig {
  return new Rig({ "valohai.yaml": project(command, retry).replace("ONERROR", onError) });
}

const statesOf = (run: RunDetailView): readonly string[] => [run.state, ...run.nodes.map((node) => node.state)];

describe("a node that fails", () => {
  it("is tried again until it succeeds, each attempt an execution of its own", async () => {
    await using rig = rigOf("test $calls -ge 3", { retry: ", retry: { limit: 5 }" });
    const run = await rig.run("p");
    expect(statesOf(run)).toEqual(["complete", "complete", "complete"]);
    const [flaky] = run.nodes;
    expect([flaky?.execution?.attempt, flaky?.attempts, flaky?.earlierAttempts]).toEqual([
      3,
      6,
      [
        { number: 2, attempt: 1, state: "error", reason: "it exited with code 1" },
        { number: 3, attempt: 2, state: "error", reason: "it exited with code 1" },
      ],
    ]);
    const logs = await rig.headrace("logs", "1.flaky");
    expect(logs.stdout).toContain("call 3");
    expect((await rig.headrace("logs", "2")).stdout).toContain("call 1");
  });

  it("with on-error: retry has three attempts in all; then its dependants are skipped", async () => {
    await using rig = rigOf("exit 7", { retry: ", retry: { limit: 2 }", onError: "retry" });
    const run = await rig.run("p");
    expect(statesOf(run)).toEqual(["error", "error", "skipped"]);
    expect([run.nodes[0]?.execution?.number, run.nodes[0]?.execution?.attempt, run.nodes[0]?.reason]).toEqual([
      4,
      3,
      "it exited with code 7",
    ]);
  });

  it.each([
    ["another exit code than those listed", "exit 7", "[8, signal]", 1],
    ["a listed exit code", "exit 7", "[8, 7]", 2],
    ["a signal", "kill -9 $$", "[signal]", 2],
  ])("by %s", async (_, command, on, attempts) => {
    await using rig = rigOf(command, { retry: `, retry: { limit: 1, on: ${on} }` });
    const run = await rig.run("flaky");
    expect([run.state, run.nodes[0]?.execution?.attempt]).toEqual(["error", attempts]);
  });

  it("by its time-limit", async () => {
    await using rig = rigOf("test $calls = 2 || sleep 60", {
      retry: ", time-limit: 1s, retry: { limit: 1, on: [timeout] }",
    });
    const run = await rig.run("flaky");
    expect([run.state, run.nodes[0]?.execution?.attempt]).toEqual(["complete", 2]);
  });
});

describe("while it waits for another attempt", () => {
  const waiting = (): Rig => rigOf("test $calls -ge 2", { retry: ", retry: { limit: 1, backoff: 1h }" });

  async function begin(rig: Rig): Promise<ReturnType<Rig["startIn"]>> {
    const running = rig.startIn(rig.root, rig.environment, "run", "p");
    for (;;) {
      const { code, stdout } = await rig.headrace("info", "1", "--json");
      if (code === 0 && (JSON.parse(stdout) as { run: RunDetailView }).run.nodes[0]?.waitingFor) return running;
    }
  }

  it("Ctrl-C ends the wait", async () => {
    await using rig = waiting();
    const running = await begin(rig);
    running.child.kill("SIGINT");
    await running.result;
    const { run } = await rig.json<{ readonly run: RunDetailView }>(0, "info", "1");
    expect(statesOf(run)).toEqual(["stopped", "skipped", "skipped"]);
    expect(run.nodes[0]?.execution?.state).toBe("error");
  });

  it("the engine may die: the next one waits on, for as long as was left", async () => {
    await using rig = waiting();
    const running = await begin(rig);
    running.child.kill("SIGKILL");
    await running.result;
    // The clock of the next engine is two hours ahead: by then the attempt is due.
    writeFileSync(join(rig.shared, "ahead.mjs"), "const now = Date.now; Date.now = () => now() + 7_200_000;");
    const NODE_OPTIONS = `--import=${join(rig.shared, "ahead.mjs")}`;
    const resumed = await rig.startIn(rig.root, { ...rig.environment, NODE_OPTIONS }, "resume", "1", "--json").result;
    expect(statesOf(JSON.parse(resumed.stdout) as RunDetailView)).toEqual(["complete", "complete", "complete"]);
  });
});
