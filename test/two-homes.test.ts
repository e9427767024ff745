import { expect, test } from "vitest";
import { HomeProcesses } from "./home-process.ts";
import { isOnPostgres } from "./rig.ts";

/** Starts a server that is refused; returns the words. */
async function refused({ rig, folder }: HomeProcesses, env: Readonly<Record<string, string>>): Promise<string> {
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
