import { spawnSync } from "node:child_process";
import { connect, createServer } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { ConformanceRig } from "../conformance-rig.ts";
import { testSecrets } from "../conformance-secrets.ts";
import { open } from "./conformance-subject.ts";
import { containerName } from "./container-spec.ts";
import { BARE_IMAGE, PERL_IMAGE } from "./fixtures/test-image.ts";

const module = new URL("./conformance-subject.ts", import.meta.url);
const SECRETS = { TOKEN: "hunter2-hunter2" };

describe("secrets in a container with Perl", () => {
  const host = inject("dockerHost");
  const rig = new ConformanceRig({ module, variant: host, isolated: "container", image: PERL_IMAGE });
  const docker = (...args: readonly string[]): string =>
    spawnSync("docker", ["--host", host, ...args], { encoding: "utf8" }).stdout;
  beforeAll(() => rig.open());
  afterAll(() => rig.close());

  testSecrets(rig);

  test("are no part of what Docker tells of it", async () => {
    const job = { ...rig.job(["echo ready; sleep 60"]), secrets: SECRETS };
    const running = await rig.start(job);
    await rig.logged(job, "ready\n");
    const told = docker("inspect", containerName(job.executionId));
    expect(told).toContain(job.executionId);
    expect(told).not.toContain(SECRETS.TOKEN);
    await running.signal("kill");
    await running.ended;
  });

  test("come again where whoever sent them died while it did", async () => {
    await using cut = await cutOff(host, join(rig.home, "cut.sock"));
    const dying = await open(rig.place, cut.host);
    const job = { ...rig.job(['printf %s "$TOKEN" | wc -c']), secrets: SECRETS };
    const preparation = await rig.prepare(job);
    const first = await dying.start(job, preparation);
    expect(await first.ended).toMatchObject({ kind: "lost" });
    const { secrets: _, ...known } = job;
    expect(await rig.executor.attach(known)).toBeUndefined();
    const again = await rig.executor.start(job, preparation);
    expect(await again.ended).toEqual({ kind: "exited", exitCode: 0 });
    expect(rig.stdout(job)).toBe("15\n");
    await dying[Symbol.asyncDispose]();
  });

  test("are refused where nothing can hide them", async () => {
    const job = { ...rig.job(["echo $TOKEN"]), image: BARE_IMAGE, secrets: SECRETS };
    await expect(rig.run(job)).rejects.toMatchObject({
      code: "HR_STEP_START",
      message: `the step has secrets, and nothing in the image ${BARE_IMAGE} can hide them in what it prints`,
    });
  });
});

/** Passes all calls on to Docker, but breaks the connection before the bytes for a container's stdin. */
async function cutOff(host: string, path: string): Promise<{ readonly host: string } & AsyncDisposable> {
  const server = createServer((client) => {
    const docker = connect(host.replace("unix://", ""));
    let isInput = false;
    client.on("data", (bytes) => {
      if (isInput) docker.destroy();
      else docker.write(bytes);
      isInput ||= /^POST \S+\/attach\?/.test(bytes.toString("latin1"));
    });
    docker.on("data", (bytes) => client.write(bytes));
    for (const [one, other] of [
      [client, docker],
      [docker, client],
    ] as const) {
      one.on("error", () => other.destroy());
      one.on("close", () => other.destroy());
    }
  });
  await new Promise<void>((resolve) => server.listen(path, resolve));
  return {
    host: `unix://${path}`,
    [Symbol.asyncDispose]: () => new Promise((resolve) => server.close(() => resolve())),
  };
}
