import { statSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { ConformanceRig } from "../conformance-rig.ts";
import type { Executor, JobSpec } from "../executor.ts";
import { DockerExecutor } from "./docker-executor.ts";
import { PodmanService } from "./fixtures/podman-service.ts";
import { pythonArchive } from "./fixtures/test-image.ts";

const IMAGE = "localhost/headrace-test/python:1";
const isRoot = process.getuid?.() === 0;

const service = new PodmanService();
await service.start();
service.podman("import", pythonArchive(), IMAGE);
const rig = new ConformanceRig({
  module: new URL("./conformance-subject.ts", import.meta.url),
  variant: service.host,
  isolated: "container",
  image: IMAGE,
});
afterAll(async () => {
  await rig.close();
  await service[Symbol.asyncDispose]();
});

function executorOf(user: string): Executor {
  return new DockerExecutor({
    settings: { host: service.host, pull: "never", user, allowMounts: [], network: "none" },
    baseEnvironment: rig.place.baseEnvironment,
    projectId: "tests",
  });
}

async function run(user: string, job: JobSpec) {
  await using executor = executorOf(user);
  const preparation = await executor.prepare(job, () => undefined, new AbortController().signal);
  const end = await (await executor.start(job, preparation)).ended;
  await executor.forget(job);
  return { end, warnings: preparation.warnings };
}

describe(`who a step is in Podman, run ${isRoot ? "as root" : "without root"}`, () => {
  test.each(["auto", "image", "0:0", "root"])("%s: its files belong to whoever runs Headrace", async (user) => {
    const job = rig.job(['id -u; echo made > "$VH_OUTPUTS_DIR/made"; echo x > note; mkdir "$VH_OUTPUTS_DIR/deep"']);
    expect((await run(user, job)).end).toEqual({ kind: "exited", exitCode: 0 });
    expect(rig.stdout(job)).toBe("0\n");
    const owners = ["outputs/made", "outputs/deep", "repository/note"].map(
      (name) => statSync(join(job.folder, "valohai", name)).uid,
    );
    expect(owners).toEqual([process.getuid?.(), process.getuid?.(), process.getuid?.()]);
    expect(service.podman("ps", "--all", "--quiet")).toBe("");
  });

  test.skipIf(isRoot)("without root nobody else can be the step, which is said before anything is made", async () => {
    await expect(run("1000:1000", rig.job(["true"]))).rejects.toMatchObject({
      code: "HR_STEP_START",
      message: expect.stringMatching(
        /^the step cannot be the user 1000:1000: podman .* runs without root, where only root is you$/,
      ),
      hint: "leave `docker.user` of the environment at `auto`",
    });
    expect(service.podman("ps", "--all", "--quiet")).toBe("");
  });

  test("limits are kept, or it is said that they are not", async () => {
    const { CgroupVersion } = JSON.parse(
      service.podman("info", "--format", '{"CgroupVersion":"{{.Host.CgroupsVersion}}"}'),
    ) as {
      readonly CgroupVersion: string;
    };
    const job = { ...rig.job(["python3 -c 'bytearray(300_000_000)'"]), resources: { memoryMaxMb: 64 } };
    const { end, warnings } = await run("auto", job);
    const ignores = !isRoot && CgroupVersion === "v1";
    expect(warnings).toEqual(
      ignores
        ? [
            expect.stringMatching(
              /^the limits of the step's memory are not kept: podman .* cannot limit them on this machine$/,
            ),
          ]
        : [],
    );
    // Podman does not tell that a process other than the container's first one was killed for its memory.
    expect(end).toMatchObject({ kind: "exited", exitCode: ignores ? 0 : 137 });
  });
});
