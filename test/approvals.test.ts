import { setTimeout as delay } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import type { ApprovalView, RunDetailView } from "../src/api/index.ts";
import { type CommandResult, ProjectRig } from "./rig.ts";

const STEPS = ["train", "deploy", "report", "beside"]
  .map(
    (name) =>
      `- step: { name: ${name}, image: "", command: 'echo "{\\"rows\\": 5}" ; echo ${name} > /valohai/outputs/x' }\n`,
  )
  .join("");

function rigOf(action = "{ when: node-starting, then: require-approval }"): ProjectRig {
  return new ProjectRig({
    "valohai.yaml": `${STEPS}- pipeline:
    name: p
    nodes:
      - { name: train, type: execution, step: train }
      - { name: deploy, type: execution, step: deploy, actions: [${action}] }
      - { name: report, type: execution, step: report }
      - { name: beside, type: execution, step: beside }
    edges: [[train.dependency.x, deploy.dependency.x], [deploy.dependency.x, report.dependency.x]]
`,
  });
}

const statesOf = (run: RunDetailView): Readonly<Record<string, string>> =>
  Object.fromEntries(run.nodes.map(({ name, state }) => [name, state]));
const show = async (rig: ProjectRig): Promise<RunDetailView> =>
  (await rig.json<{ readonly run: RunDetailView }>(0, "info", "1")).run;

/** Returns a command's result as text, for a command that the test did not give time: nothing else ends it. */
function resultText({ code, stdout, stderr }: CommandResult): string {
  return `${code}\n${stdout}\n${stderr}`;
}

describe("a node that requires approval", () => {
  it("waits, says what to type and reminds, holds no slot, and begins when somebody approves", async () => {
    await using rig = rigOf("{ when: node-starting, then: require-approval, remind: 1s }");
    const running = rig.start("run", "p", "--jobs", "1");
    await running.sees(/deploy .*waits for: approval \(headrace approve 1 deploy, or reject\)/);
    await running.sees(/beside .*complete/);
    await running.sees(/deploy .*nobody has approved or rejected it for \d+ (?:s|min)/);
    const waiting = await show(rig);
    const states = { train: "complete", deploy: "waiting", report: "waiting", beside: "complete" };
    expect([waiting.state, statesOf(waiting)]).toEqual(["started", states]);
    expect(waiting.nodes.find(({ name }) => name === "deploy")).toMatchObject({
      ...{ execution: null, waitingFor: { kind: "approval", since: expect.any(String) } },
    });
    expect((await rig.headrace("info", "1")).stdout).toMatch(
      /deploy .*waits for: approval[\s\S]*headrace approve 1 deploy/,
    );
    const approval = await rig.json<ApprovalView>(0, "approve", "1", "deploy", "--comment", "numbers look right");
    expect(approval).toMatchObject({ run: 1, node: "deploy", decision: "approved", comment: "numbers look right" });
    const result = await running.result;
    expect(resultText(result)).toMatch(/^0\n[\s\S]*deploy .*approved by .+: numbers look right/);
    expect(new Set(Object.values(statesOf(await show(rig))))).toEqual(new Set(["complete"]));
  });

  it("is skipped with all that follows when somebody rejects, and the run is stopped with the reason", async () => {
    await using rig = rigOf();
    const running = rig.start("run", "p");
    await running.sees("waits for: approval");
    expect((await rig.headrace("reject", "1", "deploy", "-m", "too few rows")).code).toBe(0);
    expect((await running.result).code).toBe(1);
    const run = await show(rig);
    const byName = new Map(run.nodes.map((node) => [node.name, node]));
    expect([run.state, run.reason]).toEqual([
      "stopped",
      expect.stringMatching(/^deploy was rejected by .+: too few rows$/),
    ]);
    expect(byName.get("deploy")).toMatchObject({ state: "skipped", reason: expect.stringContaining("too few rows") });
    expect(byName.get("report")).toMatchObject({ state: "skipped", reason: "deploy was rejected" });
    expect(byName.get("beside")).toMatchObject({ state: "complete" });
    const again = await rig.headrace("approve", "1", "deploy");
    expect(resultText(again)).toMatch(/^1\n[\s\S]*node deploy was rejected by .+ already/);
  });

  it.each([
    ["reject", 1, "skipped"],
    ["approve", 0, "complete"],
  ])("gets the answer of the file (%s) when nobody has answered in time", async (answer, code, state) => {
    await using rig = rigOf(`{ when: node-starting, then: require-approval, timeout: 1s, on-timeout: ${answer} }`);
    const running = rig.start("run", "p");
    await running.sees(/deploy .*waits for: approval; (approved|rejected) at \d\d:\d\d:\d\d/);
    const result = await running.result;
    expect(resultText(result)).toMatch(/deploy .*(?:approved|rejected) by its timeout: nobody had answered by 20\d\d-/);
    expect(result.code).toBe(code);
    expect(statesOf(await show(rig))).toMatchObject({ deploy: state, report: state });
  });

  it("gets it from the engine that comes after the time, where the one that asked was killed", async () => {
    await using rig = rigOf("{ when: node-complete, then: require-approval, timeout: 1s }");
    const running = rig.start("run", "p");
    await running.sees("waits for: approval of what follows; rejected at");
    running.child.kill("SIGKILL");
    await running.result;
    expect((await rig.headrace("resume")).code).toBe(1);
    const run = await show(rig);
    expect([run.state, run.reason]).toEqual([
      "stopped",
      expect.stringMatching(/^deploy was rejected: nobody had answered by 20/),
    ]);
    expect(statesOf(run)).toMatchObject({ deploy: "complete", report: "skipped" });
  });

  it.each(["approve", "reject"])(
    "survives kill -9, also where somebody says %s before an engine comes",
    async (say) => {
      await using rig = rigOf();
      const killed = rig.startIn(rig.root, { HEADRACE_TEST_KILL_AT: "approval-requested:1" }, "run", "p");
      expect((await killed.result).signal).toBe("SIGKILL");
      const said = await rig.headrace(say, "1", "deploy");
      expect(resultText(said)).toMatch(/^0\n[\s\S]*no process drives the run: headrace resume 1/);
      const run = await rig.json<RunDetailView>(say === "approve" ? 0 : 1, "resume", "1");
      const after = say === "approve" ? "complete" : "skipped";
      expect(statesOf(run)).toEqual({ train: "complete", deploy: after, report: after, beside: "complete" });
      expect(run.state).toBe(say === "approve" ? "complete" : "stopped");
    },
  );

  it("goes on waiting after kill -9, and in the resumed run is heard of at once", async () => {
    await using rig = rigOf();
    const first = rig.start("run", "p");
    await first.sees("waits for: approval");
    first.child.kill("SIGKILL");
    await first.result;
    const second = rig.start("resume", "1");
    await second.sees(/beside .*complete|waits for: approval|resum/);
    expect((await show(rig)).nodes.find(({ name }) => name === "deploy")).toMatchObject({ state: "waiting" });
    await rig.json(0, "approve", "1", "deploy");
    expect((await second.result).code).toBe(0);
  });

  it("in a detached run waits in the engine that drives it", async () => {
    await using rig = rigOf();
    await rig.json(0, "run", "p", "--detach");
    const attached = rig.start("attach", "1");
    await attached.sees("waits for: approval");
    await rig.json(0, "approve", "1", "deploy");
    expect((await attached.result).code).toBe(0);
    expect((await show(rig)).state).toBe("complete");
  });

  it("is given up by Ctrl-C", async () => {
    await using rig = rigOf();
    const running = rig.start("run", "p");
    await running.sees("waits for: approval");
    running.child.kill("SIGINT");
    await running.result;
    const run = await show(rig);
    expect([run.state, run.nodes.find(({ name }) => name === "deploy")?.state]).toEqual(["stopped", "skipped"]);
    expect(resultText(await rig.headrace("approve", "1", "deploy"))).toMatch(/^1\n[\s\S]*run 1 has ended already/);
  });

  it("asks only where the condition of the action holds", async () => {
    await using rig = rigOf('{ when: node-starting, if: "parameter.rate > 1", then: require-approval }');
    expect((await rig.json<RunDetailView>(0, "run", "p")).state).toBe("complete");
    expect(resultText(await rig.headrace("approve", "1", "train"))).toMatch(
      /run 1 has ended already|does not wait for an approval/,
    );
  });

  it("has a log that can be followed before there is one", async () => {
    await using rig = rigOf();
    const running = rig.start("run", "p");
    await running.sees("waits for: approval");
    expect(resultText(await rig.headrace("logs", "1.deploy"))).toMatch(
      /^2\n[\s\S]*node deploy of run 1 has not been executed \(waiting\)/,
    );
    const following = [rig.start("logs", "-f", "1.deploy"), rig.start("logs", "-f", "1.report", "--grep", "(?:ro)ws")];
    await delay(500);
    expect(following.map(({ child }) => child.exitCode)).toEqual([null, null]);
    await rig.json(0, "approve", "1", "deploy");
    await running.result;
    expect(await Promise.all(following.map(async ({ result }) => (await result).stdout))).toEqual([
      '{"rows": 5}\n',
      '{"rows": 5}\n',
    ]);
  });

  it("that is rejected ends the wait for its log", async () => {
    await using rig = rigOf();
    const running = rig.start("run", "p");
    await running.sees("waits for: approval");
    const following = rig.start("logs", "-f", "latest.deploy");
    await delay(500);
    await rig.json(0, "reject", "1", "deploy");
    expect(resultText(await following.result)).toMatch(
      /^2\n[\s\S]*node deploy of run 1 has not been executed \(skipped\)/,
    );
    await running.result;
  });

  it("is named in the list of runs and in the drawing of the pipeline", async () => {
    await using rig = rigOf();
    const running = rig.start("run", "p");
    await running.sees("waits for: approval");
    await running.sees(/beside .*complete/);
    expect((await rig.headrace("ls")).stdout).toMatch(/1 +p +● started 2\/4, waits for approval/);
    expect(await rig.json<readonly object[]>(0, "ls")).toMatchObject([{ number: 1, approvals: 1 }]);
    expect((await rig.headrace("graph")).stdout).toMatch(/\ndeploy: approval before\n$/);
    await rig.json(0, "approve", "1", "deploy");
    await running.result;
    expect(await rig.json<readonly object[]>(0, "ls")).toMatchObject([{ number: 1, approvals: 0 }]);
  });
});

describe("a node at whose end an approval is required", () => {
  const AT_END = "{ when: [node-complete, node-error], if: metadata.rows < 10, then: require-approval }";

  it("is complete, and what follows from it waits until somebody approves", async () => {
    await using rig = rigOf(AT_END);
    const running = rig.start("run", "p");
    await running.sees(/deploy .*waits for: approval of what follows \(headrace approve 1 deploy, or reject\)/);
    await running.sees(/beside .*complete/);
    const waiting = await show(rig);
    const states = { train: "complete", deploy: "complete", report: "waiting", beside: "complete" };
    expect([waiting.state, statesOf(waiting)]).toEqual(["started", states]);
    expect(waiting.nodes.find(({ name }) => name === "deploy")).toMatchObject({
      waitingFor: { kind: "approval", moment: "end", since: expect.any(String) },
    });
    expect((await rig.headrace("graph")).stdout).toMatch(/\ndeploy: approval after\n$/);
    expect(await rig.json<ApprovalView>(0, "approve", "1", "deploy")).toMatchObject({ moment: "end" });
    expect((await running.result).code).toBe(0);
    const run = await show(rig);
    expect([run.state, statesOf(run)]).toEqual(["complete", { ...states, report: "complete" }]);
    expect(run.nodes.find(({ name }) => name === "deploy")).toMatchObject({ waitingFor: null });
  });

  it("keeps what it has made when somebody rejects it, and what follows is skipped", async () => {
    await using rig = rigOf(AT_END);
    const running = rig.start("run", "p");
    await running.sees("waits for: approval of what follows");
    await rig.json(0, "reject", "1", "deploy", "-m", "too few rows");
    expect((await running.result).code).toBe(1);
    const run = await show(rig);
    expect([run.state, run.reason]).toEqual([
      "stopped",
      expect.stringMatching(/^deploy was rejected by .+: too few rows$/),
    ]);
    expect(statesOf(run)).toEqual({ train: "complete", deploy: "complete", report: "skipped", beside: "complete" });
    expect(run.nodes.find(({ name }) => name === "report")?.reason).toBe("deploy was rejected");
  });

  it("asks about a failure as well; who approves has its on-error followed", async () => {
    await using rig = rigOf("{ when: node-error, then: require-approval }");
    rig.write(
      "valohai.yaml",
      rig
        .read("valohai.yaml")
        .replace("echo deploy > ", "exit 3 > ")
        .replace("step: deploy, actions", "step: deploy, on-error: continue, actions"),
    );
    const running = rig.start("run", "p");
    await running.sees("waits for: approval of what follows");
    expect(statesOf(await show(rig))).toMatchObject({ deploy: "error", report: "waiting" });
    await rig.json(0, "approve", "1", "deploy");
    expect((await running.result).code).toBe(0);
    expect(statesOf(await show(rig))).toMatchObject({ deploy: "error", report: "complete" });
  });

  it.each(["approve", "reject"])("survives kill -9 before and after it is asked: %s", async (say) => {
    await using rig = rigOf(AT_END);
    const killed = rig.startIn(rig.root, { HEADRACE_TEST_KILL_AT: "approval-requested:1" }, "run", "p");
    expect((await killed.result).signal).toBe("SIGKILL");
    const second = rig.start("resume", "1");
    await second.sees(/beside .*complete|waits for: approval|resum/);
    second.child.kill("SIGKILL");
    await second.result;
    await rig.headrace(say, "1", "deploy");
    const run = await rig.json<RunDetailView>(say === "approve" ? 0 : 1, "resume", "1");
    const report = say === "approve" ? "complete" : "skipped";
    expect(statesOf(run)).toEqual({ train: "complete", deploy: "complete", report, beside: "complete" });
    expect(run.state).toBe(say === "approve" ? "complete" : "stopped");
  });

  it("asks again in a run that has its result from an earlier one, once that is recorded", async () => {
    await using rig = rigOf(AT_END);
    const first = rig.start("run", "p");
    await first.sees("waits for: approval of what follows");
    await rig.json(0, "approve", "1", "deploy");
    await first.result;
    const second = rig.start("run", "p");
    await second.sees("waits for: approval of what follows");
    const number = (await rig.json<readonly { readonly number: number }[]>(0, "ls"))[0]?.number ?? 0;
    const { run } = await rig.json<{ readonly run: RunDetailView }>(0, "info", String(number));
    expect(run.nodes.find(({ name }) => name === "deploy")).toMatchObject({
      ...{ reused: true, state: "complete", waitingFor: { kind: "approval", moment: "end" } },
    });
    await rig.json(0, "approve", String(number), "deploy");
    expect((await second.result).code).toBe(0);
  });

  it("asks nobody any more when the run is stopped", async () => {
    await using rig = rigOf(AT_END);
    const running = rig.start("run", "p");
    await running.sees("waits for: approval of what follows");
    running.child.kill("SIGINT");
    await running.result;
    const run = await show(rig);
    expect([run.state, statesOf(run).report]).toEqual(["stopped", "skipped"]);
    expect(run.nodes.find(({ name }) => name === "deploy")).toMatchObject({ state: "complete", waitingFor: null });
    expect(resultText(await rig.headrace("reject", "1", "deploy"))).toMatch(/^1\n[\s\S]*run 1 has ended already/);
  });
});
