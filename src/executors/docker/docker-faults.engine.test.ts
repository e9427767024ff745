import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { ConformanceRig } from "../conformance-rig.ts";
import type { JobSpec } from "../executor.ts";
import { containerName } from "./container-spec.ts";
import { DockerDaemon } from "./fixtures/docker-daemon.ts";
import { BARE_IMAGE, importTestImages, TEST_IMAGE } from "./fixtures/test-image.ts";

const module = new URL("./conformance-subject.ts", import.meta.url);
const KILLED = {
  kind: "signalled",
  signal: "SIGKILL",
  reason: "its container was killed from outside, or by a restart of the container engine",
};

function rigOf(host: string, image: string): ConformanceRig {
  return new ConformanceRig({ module, variant: host, isolated: "container", image });
}

function dockerAt(host: string): (...args: readonly string[]) => string {
  return (...args) => spawnSync("docker", ["--host", host, ...args], { encoding: "utf8" }).stdout;
}

/** An image for arm64 as `docker load` takes it, whose only program is one for that processor. */
function foreignArchive(folder: string, name: string): string {
  const at = (...names: readonly string[]): string => join(folder, "foreign", ...names);
  const program = readFileSync("/bin/dash");
  // e_machine of ELF: AArch64.
  program.writeUInt16LE(0xb7, 18);
  mkdirSync(at("files/bin"), { recursive: true });
  writeFileSync(at("files/bin/sh"), program, { mode: 0o755 });
  spawnSync("tar", ["-C", at("files"), "-cf", at("layer.tar"), "."]);
  const layer = `sha256:${createHash("sha256")
    .update(readFileSync(at("layer.tar")))
    .digest("hex")}`;
  const config = { architecture: "arm64", os: "linux", config: {}, rootfs: { type: "layers", diff_ids: [layer] } };
  writeFileSync(at("config.json"), JSON.stringify(config));
  writeFileSync(
    at("manifest.json"),
    JSON.stringify([{ Config: "config.json", RepoTags: [name], Layers: ["layer.tar"] }]),
  );
  spawnSync("tar", ["-C", at(), "-cf", at("image.tar"), "manifest.json", "config.json", "layer.tar"]);
  return at("image.tar");
}

describe("a container and whoever meddles with it", () => {
  const host = inject("dockerHost");
  const docker = dockerAt(host);
  const rig = rigOf(host, TEST_IMAGE);
  beforeAll(() => rig.open());
  afterAll(() => rig.close());

  async function ready(job: JobSpec) {
    const running = await rig.start(job);
    await rig.logged(job, "ready\n");
    return running;
  }

  test("killed from outside", async () => {
    const job = rig.job(["echo ready; sleep 60"]);
    const running = await ready(job);
    docker("kill", containerName(job.executionId));
    expect(await running.ended).toEqual(KILLED);
  });

  test("restarted from outside", async () => {
    const job = rig.job(['echo ready; echo ran >> "$VH_OUTPUTS_DIR/count"; sleep 60']);
    const running = await ready(job);
    docker("restart", "--time", "0", containerName(job.executionId));
    expect(await running.ended).toEqual(KILLED);
    expect(readFileSync(join(job.folder, "valohai/outputs/count"), "utf8")).toBe("ran\n");
  });

  test("an image for another machine is named", async () => {
    docker("load", "--input", foreignArchive(rig.home, "headrace-test/arm:1"));
    const job = { ...rig.job(["true"]), image: "headrace-test/arm:1" };
    await expect(rig.run(job)).rejects.toMatchObject({
      code: "HR_STEP_START",
      message: "the image headrace-test/arm:1 is for linux/arm64, and this machine is linux/amd64",
      hint: "use an image that is made for linux/amd64, or set up the emulation of the other (binfmt_misc)",
    });
  });

  test("removed from outside, and never run again", async () => {
    const job = rig.job(['echo ready; echo ran >> "$VH_OUTPUTS_DIR/count"; sleep 60']);
    const running = await ready(job);
    docker("rm", "-f", containerName(job.executionId));
    const lost = { kind: "lost", reason: "its container was removed from outside" };
    expect(await running.ended).toEqual(lost);
    expect(await (await rig.start(job)).ended).toEqual(lost);
    expect(await (await rig.executor.attach(job))?.ended).toEqual(lost);
    expect(readFileSync(join(job.folder, "valohai/outputs/count"), "utf8")).toBe("ran\n");
  });

  test("started a second time by hand, it runs nothing and its end stays", async () => {
    const job = rig.job(['echo ran >> "$VH_OUTPUTS_DIR/count"; exit 4']);
    expect((await rig.run(job)).end).toEqual({ kind: "exited", exitCode: 4 });
    docker("start", "-a", containerName(job.executionId));
    expect(await (await rig.executor.attach(job))?.ended).toEqual({ kind: "exited", exitCode: 4 });
    expect(readFileSync(join(job.folder, "valohai/outputs/count"), "utf8")).toBe("ran\n");
  });

  test("its image is removed while it runs", async () => {
    docker("tag", TEST_IMAGE, "headrace-test/passing:1");
    const job = {
      ...rig.job(["echo ready; until [ -e go ]; do sleep 0.05; done; echo end"]),
      image: "headrace-test/passing:1",
    };
    const running = await ready(job);
    docker("rmi", "-f", "headrace-test/passing:1");
    writeFileSync(join(job.folder, "valohai/repository/go"), "");
    expect(await running.ended).toEqual({ kind: "exited", exitCode: 0 });
    expect(rig.stdout(job)).toBe("ready\nend\n");
  });

  test("removed when it is forgotten, and twice does no harm", async () => {
    const job = rig.job(["true"]);
    await rig.run(job);
    const names = (): string => docker("ps", "-a", "--format", "{{.Names}}");
    expect(names()).toContain(containerName(job.executionId));
    await rig.executor.forget(job);
    await rig.executor.forget(job);
    expect(names()).not.toContain(containerName(job.executionId));
    expect(existsSync(join(job.folder, "scratch"))).toBe(false);
  });

  test("renamed, it is removed all the same", async () => {
    const job = rig.job(["true"]);
    await rig.run(job);
    docker("rename", containerName(job.executionId), `kept-${job.executionId}`);
    await rig.executor.forget(job);
    expect(docker("ps", "-a", "--format", "{{.Names}}")).not.toContain(job.executionId);
  });

  test("its labels say whose it is", async () => {
    const job = {
      ...rig.job(["true"]),
      labels: { project: "demo", step: "train", executionNumber: 12, creator: "ada" },
    };
    await rig.run(job);
    const labels = JSON.parse(docker("inspect", "--format", "{{json .Config.Labels}}", containerName(job.executionId)));
    expect(labels).toMatchObject({
      "headrace.execution": job.executionId,
      "headrace.project": "conformance",
      "headrace.project-name": "demo",
      "headrace.step": "train",
      "headrace.number": "12",
      "headrace.creator": "ada",
    });
  });

  test("out of memory", async () => {
    const job = {
      ...rig.job(["#!/usr/bin/env python3", "x = bytearray(512 * 1024 * 1024)"]),
      resources: { memoryMaxMb: 64 },
    };
    expect((await rig.run(job)).end).toMatchObject({
      reason: "it ran out of memory: it needed more than the 64 MB that it may use (resources.memory)",
      outOfMemory: true,
    });
  });

  test("the disk inside is full", async () => {
    const job = rig.job(["dd if=/dev/zero of=/dev/shm/full bs=1M count=100 2>/dev/null || { echo full; exit 28; }"]);
    expect(await rig.run(job)).toMatchObject({ end: { kind: "exited", exitCode: 28 }, stdout: "full\n" });
  });

  test("a mounted folder is seen, and one that is absent is named", async () => {
    writeFileSync(join(rig.home, "data.txt"), "data\n");
    const mount = { source: rig.home, destination: "/data", readonly: true, options: {} };
    const job = { ...rig.job(["cat /data/data.txt; touch /data/x 2>/dev/null || echo read-only"]), mounts: [mount] };
    expect((await rig.run(job)).stdout).toBe("data\nread-only\n");
    const absent = { ...rig.job(["true"]), mounts: [{ ...mount, source: "/no/such/folder" }] };
    await expect(rig.run(absent)).rejects.toMatchObject({
      code: "HR_STEP_START",
      message: expect.stringContaining("/no/such/folder"),
    });
  });
});

describe("an image with nothing but a POSIX shell", () => {
  const rig = rigOf(inject("dockerHost"), BARE_IMAGE);
  beforeAll(() => rig.open());
  afterAll(() => rig.close());

  test("runs commands and says how they end", async () => {
    const job = rig.job(["A=1; echo $A; echo two > /dev/stderr; echo three >&2", "(exit 7)", "echo never"]);
    expect(await rig.run(job)).toEqual({ end: { kind: "exited", exitCode: 7 }, stdout: "1\n", stderr: "two\nthree\n" });
    expect((await rig.run(rig.job(["kill -TERM $$"]))).end).toEqual({ kind: "signalled", signal: "SIGTERM" });
  });

  test("bytes reach the logs as they are", async () => {
    const job = rig.job(["printf '\\000\\377\\r\\n'"]);
    await rig.run(job);
    expect(readFileSync(join(job.folder, "logs/stdout"))).toEqual(Buffer.from([0, 255, 13, 10]));
  });
});

describe("the daemon", () => {
  const daemon = new DockerDaemon();
  let rig: ConformanceRig;
  beforeAll(async () => {
    await daemon.start();
    importTestImages(daemon);
    rig = rigOf(daemon.host, BARE_IMAGE);
    await rig.open();
  });
  afterAll(async () => {
    await rig.close();
    await daemon[Symbol.asyncDispose]();
  });

  test.each(["orderly", "crash"] as const)(
    "that goes down (%s) and comes back ends its containers, and the step is said to be killed",
    async (how) => {
      const job = rig.job(["echo ready", "while :; do :; done"]);
      const running = await rig.start(job);
      await rig.logged(job, "ready\n");
      await daemon.stop(how);
      await daemon.start();
      expect(await running.ended).toEqual(KILLED);
      await rig.executor.forget(job);
    },
  );

  test("a step that ends while it is away has its end on record", async () => {
    const job = rig.job(["echo ready", "until [ -e go ]; do :; done", "echo end; exit 5"]);
    const running = await rig.start(job);
    await rig.logged(job, "ready\n");
    await daemon.stop("crash");
    writeFileSync(join(job.folder, "valohai/repository/go"), "");
    await rig.logged(job, "end\n");
    expect(await running.ended).toEqual({ kind: "exited", exitCode: 5 });
    await daemon.start();
    expect(await (await rig.executor.attach(job))?.ended).toEqual({ kind: "exited", exitCode: 5 });
  });

  test("a step that begins while it is away waits for it", async () => {
    const first = rig.job(["echo first"]);
    // The image has not been looked up yet.
    const second = { ...rig.job(["echo second; exit 3"]), image: TEST_IMAGE };
    const preparation = await rig.prepare(first);
    await daemon.stop("crash");
    const said = Promise.withResolvers<string>();
    const preparing = rig.executor.prepare(second, said.resolve, new AbortController().signal);
    const reports: string[] = [];
    const running = await rig.executor.start(first, preparation, (detail) => reports.push(detail));
    const words = "waiting for the container engine, which does not answer (ECONNREFUSED)";
    expect([await said.promise, ...reports]).toEqual([words, words]);
    await daemon.start();
    expect(await running.ended).toEqual({ kind: "exited", exitCode: 0 });
    expect(await running.began).toBeGreaterThan(0);
    expect(await (await rig.executor.start(second, await preparing)).ended).toEqual({ kind: "exited", exitCode: 3 });
    expect(rig.stdout(first)).toBe("first\n");
  });

  test("a step that waits for it can be ended, and does not run afterwards", async () => {
    const job = rig.job(["echo ran"]);
    const preparation = await rig.prepare(job);
    await daemon.stop("crash");
    const running = await rig.executor.start(job, preparation);
    await running.signal("interrupt");
    expect(await running.ended).toEqual({ kind: "signalled", signal: "SIGINT" });
    await expect(running.began).rejects.toThrow("it never began");
    await daemon.start();
    expect((await (await rig.executor.start(job, preparation)).ended).kind).toBe("lost");
    expect(rig.stdout(job)).toBe("");
    await rig.executor.forget(job);
  });

  test("the wish to end a step is passed on when it is back", async () => {
    const job = rig.job(["echo ready", "while :; do :; done"]);
    const running = await rig.start(job);
    await rig.logged(job, "ready\n");
    await daemon.stop("crash");
    await running.signal("interrupt");
    await running.signal("kill");
    await daemon.start();
    expect(await running.ended).toMatchObject({ kind: "signalled" });
    await rig.executor.forget(job);
  });

  test("that is not there is named, with the mend", async () => {
    const absent = rigOf("unix:///no/such/docker.sock", BARE_IMAGE);
    await absent.open();
    await expect(absent.run(absent.job(["true"]))).rejects.toMatchObject({
      code: "HR_STEP_START",
      message: "the step cannot run in a container: the container engine does not answer (ENOENT)",
      hint: "start Docker (or Podman's socket), or run with the option environment “local”",
    });
    expect(await absent.executor.health()).toMatchObject({ healthy: false });
    await absent.close();
  });
});
