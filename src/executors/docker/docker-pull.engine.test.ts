import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { DockerExecutor } from "./docker-executor.ts";
import { Registry } from "./fixtures/registry.ts";
import { BARE_IMAGE } from "./fixtures/test-image.ts";

const host = inject("dockerHost");
const registry = new Registry();
const folder = mkdtempSync(join(tmpdir(), "headrace-pull-"));
let image: string;

beforeAll(async () => {
  await registry.start();
  image = `${registry.address}/team/bare:1`;
  const auth = Buffer.from("me:secret").toString("base64");
  writeFileSync(join(folder, "config.json"), JSON.stringify({ auths: { [registry.address]: { auth } } }));
  docker("tag", BARE_IMAGE, image);
  docker("--config", folder, "push", image);
});
afterAll(async () => {
  docker("rmi", "-f", image);
  await registry[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
});

function docker(...args: readonly string[]): string {
  const own = args[0] === "--config" ? args.slice(0, 2) : [];
  const result = spawnSync("docker", [...own, "--host", host, ...args.slice(own.length)], { encoding: "utf8" });
  return result.status === 0 ? result.stdout : result.stderr;
}

/** An executor whose user has these files of Docker's. */
function executor(configFolder: string, pull: "missing" | "always" | "never" = "missing"): DockerExecutor {
  return new DockerExecutor({
    settings: { host, pull, user: "auto", allowMounts: [], network: "none" },
    baseEnvironment: { DOCKER_CONFIG: configFolder, PATH: "/usr/bin:/bin" },
    projectId: "tests",
  });
}

async function prepare(name: string, by: DockerExecutor) {
  const said: string[] = [];
  const job = { executionId: "pull", folder: join(folder, "job"), command: [], image: name, environment: {} };
  mkdirSync(job.folder, { recursive: true });
  await using _ = by;
  const { facts } = await by.prepare(job, (line) => said.push(line), new AbortController().signal);
  return { facts, said };
}

test("an image is pulled with the user's credentials, and pinned by its digest", async () => {
  docker("rmi", "-f", image);
  const { facts, said } = await prepare(image, executor(folder));
  expect(said[0]).toBe(`pulling the image ${image}`);
  expect(facts).toMatchObject({
    image,
    imageId: expect.stringMatching(/^sha256:[0-9a-f]{64}$/),
    imageDigest: expect.stringMatching(new RegExp(`^${registry.address}/team/bare@sha256:[0-9a-f]{64}$`)),
  });
  expect((await prepare(image, executor(folder))).said).toEqual([]);
  expect((await prepare(image, executor(folder, "always"))).said[0]).toBe(`pulling the image ${image}`);
  // By its digest it is the same image, whatever its tag says by then.
  docker("rmi", "-f", image);
  expect((await prepare(facts.imageDigest ?? "", executor(folder))).facts.imageId).toBe(facts.imageId);
});

test("what keeps it from being pulled is said, with the mend", async () => {
  docker("rmi", "-f", image);
  await expect(prepare(image, executor(join(folder, "none")))).rejects.toMatchObject({
    code: "HR_STEP_START",
    message: expect.stringMatching(
      new RegExp(
        `^the image ${image} cannot be pulled: .*(no basic auth credentials|unauthorized|authentication required)`,
      ),
    ),
    hint: "check the name; for a private image run `docker login` first",
  });
  await expect(prepare(`${registry.address}/team/bare:none`, executor(folder))).rejects.toMatchObject({
    message: expect.stringContaining("cannot be pulled: "),
    hint: "check the name and the tag",
  });
  await expect(prepare(image, executor(folder, "never"))).rejects.toMatchObject({
    message: `the image ${image} is not on this machine, and its environment does not pull (\`pull: never\`)`,
    hint: `\`docker pull ${image}\` brings it`,
  });
  await expect(prepare("No Image", executor(folder))).rejects.toMatchObject({
    message: "`No Image` is no name of an image",
    hint: "write it as for `docker pull`, such as python:3.12-slim or ghcr.io/owner/name@sha256:…",
  });
  await expect(prepare("", executor(folder))).rejects.toMatchObject({
    message: "the step names no image, and its environment has no default one",
  });
});

test("an image is known by its id, and one that is not here by none", async () => {
  await using known = executor(folder);
  expect(await known.imageId(BARE_IMAGE)).toMatch(/^sha256:/);
  expect(await known.imageId("no/such:1")).toBeUndefined();
  await using nowhere = new DockerExecutor({
    settings: { host: "unix:///no/such.sock", pull: "missing", user: "auto", allowMounts: [] },
    baseEnvironment: {},
    projectId: "tests",
  });
  expect(await nowhere.imageId(BARE_IMAGE)).toBeUndefined();
});
