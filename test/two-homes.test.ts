import { cpSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { tarOf } from "../src/snapshots/fixtures/tar.ts";
import { HomeProcesses } from "./home-process.ts";
import { isOnPostgres, type RunningCommand } from "./rig.ts";

/** Starts a server that is refused; returns the words. */
async function refused(
  { rig, folder }: Pick<HomeProcesses, "rig" | "folder">,
  env: Readonly<Record<string, string>>,
): Promise<string> {
  const serve = ["serve", "--home", folder, "--port", "0", "--only", "api"];
  const { code, stderr } = await rig.startIn(rig.root, env, ...serve).result;
  expect([code, stderr]).toEqual([1, expect.stringContaining("HR_CONFLICT")]);
  return stderr;
}

test.runIf(isOnPostgres)("a second home with files of its own is refused on the database of another one", async () => {
  await using home = await HomeProcesses.make();
  await using other = await HomeProcesses.make();
  await home.start({ args: ["--only", "api"] });
  const said = await refused(other, home.environment);
  for (const { folder } of [home, other]) expect(said).toContain(folder);
  // Another server on the same home, and the other home with a database of its own.
  const second = await home.start({ args: ["--only", "engine"], until: '"ready"' });
  await other.start({ args: ["--only", "api"] });
  expect((await home.call("/projects/")).count).toBe(0);
  second.child.kill("SIGTERM");
  expect((await second.result).code).toBe(0);
});

test.runIf(isOnPostgres)("homes of one database share a bucket, and one without it is refused", async () => {
  await using home = await HomeProcesses.make();
  await using other = await HomeProcesses.make();
  const bucket = { HEADRACE_BLOBS: "s3://bucket/files", AWS_REGION: "us-east-1" };
  await home.start({ args: ["--only", "api"], env: bucket });
  await other.start({
    ...{ args: ["--only", "api"], env: { ...bucket, ...home.environment, HEADRACE_BLOBS: "s3://bucket/files/" } },
  });
  for (const env of [{}, { ...bucket, HEADRACE_BLOBS: "s3://bucket/others" }])
    expect(await refused(other, { ...home.environment, ...env })).toContain("s3://bucket/files");
});

const CONFIGURATION = "- step: {name: once, image: alpine, command: 'echo once'}\n";

async function stopped(server: RunningCommand): Promise<void> {
  server.child.kill("SIGTERM");
  expect((await server.result).code).toBe(0);
}

/** A project with a run for which nobody works yet, and the server that took it. */
async function waitingRun(home: HomeProcesses) {
  const server = await home.start({ args: ["--only", "api"] });
  const project = await home.project();
  const form = new FormData();
  form.append("data", new Blob([gzipSync(tarOf({ "valohai.yaml": CONFIGURATION }))]), "data.tgz");
  const answer = await fetch(`${home.url}/api/v0/projects/${project}/import-package/`, {
    ...{ method: "POST", headers: { authorization: `Token ${await home.token()}` }, body: form },
  });
  const { identifier } = (await answer.json()) as { readonly identifier: string };
  return { server, project, run: await home.run(project, "once", identifier) };
}

async function executionsOf(home: HomeProcesses, project: string): Promise<readonly string[]> {
  const { items } = await home.call(`/projects/${project}/executions/`);
  return items.map(({ state }: { readonly state: string }) => state);
}

test("a home that was moved goes on, and a copy of it is refused as long as it is there", async () => {
  await using home = await HomeProcesses.make();
  const { server, project, run } = await waitingRun(home);
  await stopped(server);
  const [first, moved, copy] = [home.folder, join(home.rig.root, "moved"), join(home.rig.root, "copy")];
  renameSync(first, moved);
  home.folder = moved;
  const again = await home.start();
  expect(await home.ended(project, run)).toBe("complete");
  await stopped(again);

  cpSync(moved, copy, { recursive: true, preserveTimestamps: true });
  home.folder = copy;
  const said = await refused(home, home.environment);
  expect(said).toContain(`${copy} is a copy of the home`);
  expect(said).toContain(`${moved}, which is still there`);
  // It takes the place of the other one once that is gone, and has its runs.
  rmSync(moved, { recursive: true });
  const last = await home.start();
  expect(await executionsOf(home, project)).toEqual(["complete"]);
  await stopped(last);
});

test.runIf(isOnPostgres)("of two copies of a home on two machines, one works, and the other is refused", async () => {
  await using home = await HomeProcesses.make();
  const { server, project, run } = await waitingRun(home);
  await stopped(server);
  const [first, copy] = [home.folder, join(home.rig.root, "copy")];
  cpSync(first, copy, { recursive: true });
  // The first one is on a machine that cannot be seen from here.
  await home.change("update headrace.files_place set host = 'laptop', described_as = 'the home laptop:/srv/headrace'");
  await home.change("update headrace.runs set pool = 'laptop:/srv/headrace'");
  home.folder = copy;
  const second = await home.start();
  expect(await home.ended(project, run)).toBe("complete");
  expect(await executionsOf(home, project)).toEqual(["complete"]);
  const said = await refused({ rig: home.rig, folder: first }, home.environment);
  expect(said).toContain(copy);

  // Another copy finds that somebody works.
  const third = join(home.rig.root, "third");
  cpSync(copy, third, { recursive: true });
  await home.change("update headrace.files_place set host = 'laptop'");
  expect(await refused({ rig: home.rig, folder: third }, home.environment)).toContain("for which a server works on");
  await stopped(second);
});
