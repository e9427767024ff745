import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { RunDriver, Worker, WorkerSlots } from "../../engine/index.ts";
import { type ErrorCode, HeadraceError } from "../../errors.ts";
import { openTestStore } from "../../store/fixtures/open-test-store.ts";
import { type ProjectStore, RefusedWrite } from "../../store/index.ts";
import { assembleEngine } from "../installation/assemble-engine.ts";
import { ProjectResources } from "../installation/project-resources.ts";
import { findProject } from "../local/find-project.ts";
import { pinCode } from "../plans/plan-code.ts";
import { planRequest } from "../plans/plan-request.ts";

/** The store, but for one method that fails as a full disk or a lost server would make it. */
function failing(store: ProjectStore, method: "metadata.add" | "executions.finish", code: ErrorCode): ProjectStore {
  const fail = () =>
    Promise.reject(
      code === "HR_CONFLICT"
        ? new RefusedWrite("fence", "another engine has it", "stop")
        : new HeadraceError(code, "it cannot be written"),
    );
  return method === "metadata.add"
    ? { ...store, metadata: { ...store.metadata, add: fail } }
    : { ...store, executions: { ...store.executions, finish: fail } };
}

it.each([
  ["metadata.add", "HR_DISK_FULL"],
  ["metadata.add", "HR_STORE_UNAVAILABLE"],
  ["metadata.add", "HR_CONFLICT"],
  ["executions.finish", "HR_DISK_FULL"],
] as const)(
  "an engine whose %s fails with %s gives up and leaves its steps running; another one carries on",
  async (method, code) => {
    const root = mkdtempSync(join(tmpdir(), "headrace-give-up-"));
    const go = join(root, "go");
    using _removal = { [Symbol.dispose]: () => rmSync(root, { recursive: true, force: true }) };
    const wait = `while ! [ -e ${go} ]; do sleep 0.02; done`;
    const command =
      method === "metadata.add" ? ["echo '{\"n\": 1}'", wait, "echo '{\"n\": 2}'"] : ["echo '{\"n\": 2}'"];
    writeFileSync(
      join(root, "valohai.yaml"),
      `- step: { name: a, image: "", command: ${JSON.stringify(command)} }
- step: { name: b, image: "", command: ${JSON.stringify([wait, "echo '{\"done\": true}'"])} }
- pipeline:
    name: p
    nodes: [{ name: a, step: a, type: execution }, { name: b, step: b, type: execution }]
    edges: []
`,
    );
    const project = ProjectResources.ofFolder(findProject({ cwd: root }), { env: process.env, sandbox: "off" });
    mkdirSync(project.stateFolder);
    await using store = await openTestStore({ file: join(project.stateFolder, "headrace.db"), projectName: "local" });
    const { plan, code: planned } = await planRequest(project, {
      target: "p",
      parameters: [],
      inputs: [],
      environmentVariables: {},
    });
    const setting = { actor: "local:tests" as const, project, store, now: Date.now };
    const run = await (async () => {
      await using engine = await assembleEngine(setting);
      const { record } = await pinCode(plan, planned, engine.recorder.places);
      const made = await store.runs.create({
        plan,
        commit: record.identifier,
        jobs: 2,
        actor: "local:me",
        tags: [],
        at: Date.now(),
      });
      const parts = { ...engine.parts, store: failing(store, method, code) };
      await expect(
        new RunDriver(parts, new Worker(parts, new WorkerSlots(2).share()), made, plan, {}).execute(),
      ).rejects.toMatchObject({
        code,
      });
      return made;
    })();
    const claims = await store.queue.listClaimed();
    expect(claims.map(({ node, state }) => `${node} ${state}`)).toContain("a started");
    expect(existsSync(go)).toBe(false);
    writeFileSync(go, "");
    await using engine = await assembleEngine(setting);
    const known = (await store.runs.get(run.id)) ?? run;
    expect(
      await new RunDriver(
        engine.parts,
        new Worker(engine.parts, new WorkerSlots(2).share()),
        known,
        plan,
        {},
      ).execute(),
    ).toBe("complete");
    const executions = (await store.lists.executions({ runId: run.id, limit: 10 })).items;
    expect(executions.map(({ node, state, metadata }) => [node, state, metadata]).toSorted()).toEqual([
      ["a", "complete", { n: 2 }],
      ["b", "complete", { done: true }],
    ]);
  },
);
