import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { ExecutorKinds, KINDS, listed } from "../src/executors/kinds.ts";
import { examine } from "../src/services/local/doctor/examine.ts";
import { openProject } from "../src/services/local/open-project.ts";
import { kindTable } from "../src/settings/manual.ts";
import { laneKind } from "./fixture-kind/kind.ts";

/** Nothing of src/ knows this kind: what its folder says must be all that settings, plans, runs and reports need. */
const executorKinds = new ExecutorKinds([...KINDS, listed(laneKind)]);

const CONFIGURATION = `
- step: {name: show, image: "", environment: second, command: 'echo lane $LANE | tee $VH_OUTPUTS_DIR/lane.txt'}
- step: {name: lost, image: "", environment: shut, command: "true"}
`;
const SETTINGS = `
environments:
  second: {executor: lane, lane: {number: "2"}}
  shut: {executor: lane, lane: {number: closed}}
`;

let folder: string;
let env: Readonly<Record<string, string | undefined>>;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "headrace-kinds-"));
  writeFileSync(join(folder, "valohai.yaml"), CONFIGURATION);
  env = { ...process.env, HEADRACE_CONFIG: join(folder, "settings.yaml"), HEADRACE_DATABASE_URL: undefined };
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

const write = (settings: string) => writeFileSync(join(folder, "settings.yaml"), settings);

test("a kind that is registered in one place runs steps, and is told of in lists, records and the examination", async () => {
  write(SETTINGS);
  {
    await using project = await openProject({ cwd: folder, env, executorKinds });
    const listedOnes = await project.api.environments.list();
    expect(listedOnes.find(({ slug }) => slug === "second")).toMatchObject({
      ...{ executor: "lane", healthy: true, details: { lane: "2" } },
    });
    const { id } = await project.api.plans.create({
      ...{ target: "show", parameters: [], inputs: [], environmentVariables: {} },
    });
    const run = await project.driving.run(id, { tags: [] });
    expect(run.state).toBe("complete");
    const execution = await project.api.executions.get(String(run.nodes[0]?.execution?.number));
    expect(execution).toMatchObject({ environment: "second", runtimeFacts: { executor: "lane", lane: "2" } });
    expect(execution.outputs.map(({ name, sizeBytes }) => [name, sizeBytes])).toEqual([["lane.txt", 7]]);
  }
  const { findings } = await examine({ cwd: folder, env, executorKinds });
  expect(findings.filter(({ check }) => /second|shut/.test(check))).toMatchObject([
    { check: "environment second", state: "ok", found: "lane 2" },
    { check: "environment shut", state: "broken", found: "the lane is closed", mend: "take another lane" },
  ]);
});

test.each([
  ["{executor: lane}", "an environment in a lane needs `lane` with its `number`"],
  ["{executor: lane, lane: {nummer: '2'}}", "`lane` has no key `nummer`"],
  ["{executor: lane, lane: {number: '2', folder: x}}", "the folder is not absolute"],
  ["{executor: local, lane: {number: '2'}}", "`lane` stands in an environment whose executor is local"],
  ["{executor: lame}", "`executor` has to be one of local, docker, slurm, lane, not `lame`"],
])("a mistake in its settings is explained as any other: %s", async (environment, message) => {
  write(`environments:\n  a: ${environment}\n`);
  await using project = await openProject({ cwd: folder, env, executorKinds });
  const error: unknown = await project.api.environments.list().catch((reason: unknown) => reason);
  expect(error).toMatchObject({ code: "HR_CONFIG_INVALID" });
  expect((error as { readonly details: readonly string[] }).details.join("\n")).toContain(message);
});

test("the file of a stranger's project may not grant what the kind says is a grant", async () => {
  writeFileSync(
    join(folder, "headrace.config.yaml"),
    "environments:\n  a: {executor: lane, lane: {number: '2', folder: /srv}}\n",
  );
  await using project = await openProject({ cwd: folder, env: { ...env, HEADRACE_CONFIG: undefined }, executorKinds });
  await expect(project.api.environments.list()).rejects.toThrow(/grants steps more .*: environments\.a\.lane\.folder/);
});

test("the manual's table has its settings, and its mounts are asked for", async () => {
  expect(kindTable(executorKinds.forms)).toContain(
    "| `lane.number` | text | The number of the lane, which its steps see as LANE. Required. |",
  );
  write(SETTINGS);
  writeFileSync(
    join(folder, "valohai.yaml"),
    '- step: {name: show, image: "", environment: second, mounts: [/srv:/srv], command: "true"}\n',
  );
  await using project = await openProject({ cwd: folder, env, executorKinds });
  await expect(
    project.api.plans.create({ ...{ target: "show", parameters: [], inputs: [], environmentVariables: {} } }),
  ).rejects.toThrow("cannot be mounted in the environment second: lanes share no such folder");
});

test("without it in the list, the same file names a kind that is not there", async () => {
  write(SETTINGS);
  await using project = await openProject({ cwd: folder, env });
  await expect(project.api.environments.list()).rejects.toThrow("has 4 errors");
});
