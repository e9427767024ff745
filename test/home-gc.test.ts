import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import type { HomeGarbageView } from "../src/api/index.ts";
import { tarOf } from "../src/snapshots/fixtures/tar.ts";
import { HomeProcesses, seen } from "./home-process.ts";
import { type CommandResult, ProjectRig } from "./rig.ts";

const CONFIGURATION = `
- step: {name: make, image: x, command: 'echo $HR_GO > $VH_OUTPUTS_DIR/shared.txt; date +%N > $VH_OUTPUTS_DIR/own.txt'}
`;

interface TwoProjects {
  readonly processes: HomeProcesses;
  readonly projects: readonly string[];
}

/** A home with three runs in each of two projects, in which nothing was cleared up. Its server is stopped. */
async function twoProjects(): Promise<TwoProjects> {
  const processes = await HomeProcesses.make();
  const server = await processes.start({ env: { HEADRACE_RETENTION: "off" } });
  const projects: string[] = [];
  for (const name of ["flights", "trains"]) {
    const { id } = await processes.call("/projects/", { body: { name } });
    projects.push(id);
    const form = new FormData();
    form.append("data", new Blob([gzipSync(tarOf({ "valohai.yaml": CONFIGURATION }))]), "data.tgz");
    const answer = await fetch(`${processes.url}/api/v0/projects/${id}/import-package/`, {
      ...{ method: "POST", body: form, headers: { authorization: `Token ${await processes.token()}` } },
    });
    const { identifier } = (await answer.json()) as { readonly identifier: string };
    for (let run = 0; run < 3; run += 1) {
      const body = {
        target: "make",
        commit: identifier,
        parameters: [],
        inputs: [],
        environmentVariables: {},
        fresh: true,
      };
      const plan = await processes.call(`/projects/${id}/plans/`, { body });
      const { number } = await processes.call(`/projects/${id}/runs/`, { body: { plan: plan.id } });
      expect(await processes.ended(id, number)).toBe("complete");
    }
  }
  server.child.kill("SIGTERM");
  await server.result;
  return { processes, projects };
}

async function runsOf({ processes, projects }: TwoProjects): Promise<readonly number[]> {
  const lists = await Promise.all(projects.map((id) => processes.call(`/projects/${id}/runs/`)));
  return lists.map(({ items }) => items.length);
}

async function gc(
  { processes }: TwoProjects,
  { args = [], env = {} }: { readonly args?: readonly string[]; readonly env?: Readonly<Record<string, string>> } = {},
): Promise<CommandResult> {
  const { rig, folder, environment } = processes;
  return await rig.startIn(rig.root, { ...environment, ...env }, "gc", "--home", folder, "--json", ...args).result;
}

const garbageOf = ({ stdout }: CommandResult) => JSON.parse(stdout) as HomeGarbageView;

/** The newest run of each project still has its files, in whole. */
async function expectFiles({ processes, projects }: TwoProjects): Promise<void> {
  for (const project of projects) {
    const { items } = await processes.call(`/projects/${project}/files/`);
    expect(items.length).toBeGreaterThanOrEqual(2);
    for (const { id } of items) await processes.call(`/projects/${project}/files/${id}/content/`);
  }
}

test("gc --home removes runs of all projects or of one, while a server works in it", async () => {
  const home = await twoProjects();
  await home.processes.start({ env: { HEADRACE_RETENTION: "off" } });
  const dry = garbageOf(await gc(home, { args: ["--keep-last", "1"] }));
  expect(dry).toMatchObject({
    applied: false,
    removals: expect.arrayContaining([{ kind: "runs", count: 4, sizeBytes: 0 }]),
  });
  expect(await runsOf(home)).toEqual([3, 3]);
  const one = garbageOf(await gc(home, { args: ["--keep-last", "2", "--yes", "--only", "admin/trains"] }));
  expect(one.projects).toMatchObject([{ project: "admin/trains", problem: null }]);
  expect(await runsOf(home)).toEqual([3, 2]);
  expect(garbageOf(await gc(home, { args: ["--keep-last", "1", "--yes"] })).applied).toBe(true);
  expect(await runsOf(home)).toEqual([1, 1]);
  await expectFiles(home);
});

test("a killed gc --home is gone on with by the next one, and what stays is whole", async () => {
  const home = await twoProjects();
  const killed = await gc(home, {
    args: ["--keep-last", "1", "--yes"],
    env: { HEADRACE_TEST_KILL_AT: "project-cleared:1" },
  });
  expect(killed.signal).toBe("SIGKILL");
  expect(garbageOf(await gc(home, { args: ["--keep-last", "1", "--yes"] }))).toMatchObject({
    projects: [{ problem: null }, { problem: null }],
    removals: expect.arrayContaining([{ kind: "runs", count: 2, sizeBytes: 0 }]),
  });
  await home.processes.start({ env: { HEADRACE_RETENTION: "off" } });
  expect(await runsOf(home)).toEqual([1, 1]);
  await expectFiles(home);
});

test("servers clear up by themselves, by the settings of the home, once a day", async () => {
  const home = await twoProjects();
  const { processes } = home;
  writeFileSync(join(processes.folder, "headrace.config.yaml"), "retention: {keep-runs: 1}\n");
  await processes.start();
  await processes.start();
  await seen(async () => ((await runsOf(home)).every((count) => count === 1) ? true : undefined));
  await expectFiles(home);
  const log = await processes.call("/audit/?action=run.delete&limit=100");
  expect(log.items.map(({ actor }: { readonly actor: string }) => actor)).toEqual(Array(4).fill("local:server"));
});

test("gc --home makes no home, and refuses what it cannot do", async () => {
  const rig = new ProjectRig();
  await using _rig = rig;
  const missing = await rig.headrace("gc", "--home", join(rig.root, "none"));
  expect(missing).toMatchObject({ code: 2, stderr: expect.stringContaining("is no home: it has no records") });
  expect(existsSync(join(rig.root, "none"))).toBe(false);
  for (const [args, message] of [
    [["--home", ".", "--max-size", "1GB"], "--max-size does not go with --home"],
    [["--only", "x"], "--only goes with --home"],
  ] as const)
    expect((await rig.headrace("gc", ...args)).stderr).toContain(message);
});
