import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { RunDriver, Worker, WorkerSlots } from "../../engine/index.ts";
import { openTestStore } from "../../store/fixtures/open-test-store.ts";
import { assembleEngine } from "../installation/assemble-engine.ts";
import { ProjectResources } from "../installation/project-resources.ts";
import { executionFolderOf } from "../installation/state-folder.ts";
import { findProject } from "../local/find-project.ts";
import { readLogs } from "../logs/read-logs.ts";
import { pinCode } from "../plans/plan-code.ts";
import { planRequest } from "../plans/plan-request.ts";

const YAML = `
- step: { name: a, image: "", time-limit: 1h, command: ['echo "{\\"n\\": 1}"', sleep 0.3, 'echo "{\\"n\\": 2}"', sleep 0.3, echo end] }
- step: { name: b, image: "", time-limit: 1h, no-output-timeout: 1h, command: echo after }
- pipeline:
    name: p
    nodes: [{ name: a, step: a, type: execution }, { name: b, step: b, type: execution }]
    edges: [[a.metadata.n, b.parameter.n]]
`.replace("command: echo after", "command: echo after, parameters: [{ name: n, type: integer }]");

const HOUR = 3_600_000;

it.each([
  ["forwards", 30 * HOUR],
  ["backwards", -30 * HOUR],
])("a clock that jumps %s ends no step, loses nothing and puts nothing out of order", async (_way, jumpMs) => {
  const root = mkdtempSync(join(tmpdir(), "headrace-clock-"));
  using _removal = { [Symbol.dispose]: () => rmSync(root, { recursive: true, force: true }) };
  writeFileSync(join(root, "valohai.yaml"), YAML);
  const project = ProjectResources.ofFolder(findProject({ cwd: root }), { env: process.env, sandbox: "off" });
  mkdirSync(project.stateFolder);
  await using store = await openTestStore({ file: join(project.stateFolder, "headrace.db"), projectName: "local" });
  await using engine = await assembleEngine({ actor: "local:tests", project, store, now: Date.now });
  const { plan, code } = await planRequest(project, {
    target: "p",
    parameters: [],
    inputs: [],
    environmentVariables: {},
  });
  const { record } = await pinCode(plan, code, engine.recorder.places);
  const run = await store.runs.create({
    plan,
    commit: record.identifier,
    jobs: 1,
    actor: "local:me",
    tags: [],
    at: Date.now(),
  });
  // Each reading of the clock jumps once more than the one before: to and fro in the midst of everything.
  let readings = 0;
  const now = (): number => Date.now() + (readings++ % 2 === 0 ? 0 : jumpMs);
  const parts = { ...engine.parts, clock: { now, monotonic: () => performance.now() } };
  expect(await new RunDriver(parts, new Worker(parts, new WorkerSlots(2).share()), run, plan, {}).execute()).toBe(
    "complete",
  );
  const executions = (await store.lists.executions({ runId: run.id, limit: 10 })).items;
  expect(executions.map(({ node, state, parameters }) => [node, state, parameters])).toEqual([
    ["b", "complete", { n: 2 }],
    ["a", "complete", {}],
  ]);
  const read = await Array.fromAsync(
    readLogs(
      {
        store,
        blobs: () => project.blobs(),
        folderOf: async ({ id }) => executionFolderOf(project, id),
        ask: async () => undefined,
      },
      `${run.number}.a`,
      { follow: false },
    ),
  );
  const lines = read.flatMap((part) => part.lines);
  expect(lines.map(({ text }) => text)).toEqual(['{"n": 1}', '{"n": 2}', "end"]);
  expect(lines.map(({ at }) => at)).toEqual(lines.map(({ at }) => at).toSorted());
});
